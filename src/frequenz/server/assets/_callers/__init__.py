"""Who may call: keys, signatures, nonces, and what a caller may see."""

from .callers import (
    DEFAULT_TOLERANCE_SECONDS,
    Caller,
    Callers,
    NoncesFullError,
    NotAuthenticatedError,
)
from .keys import Key, Keyring, KeysError, KeyStore
from .nonces import MemoryNonces, Nonces
from .scope import Scope

__all__ = [
    "DEFAULT_TOLERANCE_SECONDS",
    "Caller",
    "Callers",
    "Key",
    "KeyStore",
    "Keyring",
    "KeysError",
    "MemoryNonces",
    "Nonces",
    "NoncesFullError",
    "NotAuthenticatedError",
    "Scope",
]
