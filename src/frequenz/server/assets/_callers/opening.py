"""Opens what the settings of a server say about callers."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from .callers import Callers
from .key_file import KeyFile
from .keys import Keyring, KeysError, KeyStore
from .nonce_file import NonceFile
from .nonces import MemoryNonces, Nonces
from .secret_box import SecretBox

MEMORY: Final = "memory"
"""Instead of a file: nonces are kept in memory, and forgotten when the server ends."""


class CallerSettings(NamedTuple):
    """What the settings of a server say about callers."""

    keys: Path
    encryption_key: Path | None
    nonces: Path | None
    """The file; None = in memory."""

    max_nonces: int
    tolerance_seconds: float
    allow_keys_without_secret: bool


class OpenedCallers(NamedTuple):
    """Callers, and what they are made of."""

    callers: Callers
    nonces: Nonces
    read_keys: Callable[[], Keyring]
    """Reads the keys again.

    Raises:
        KeysError: If they cannot be read or used.
    """


def nonces_path(keys: Path, nonces: str | None) -> Path | None:
    """Return the file of nonces: beside the keys if none is given, None for memory."""
    if nonces == MEMORY:
        return None
    return keys.with_name(f"{keys.name}.nonces") if nonces is None else Path(nonces)


async def open_callers(settings: CallerSettings) -> OpenedCallers:
    """Read the keys, and open the nonces.

    Raises:
        KeysError: If the keys cannot be read, or there is one without a secret that is not allowed.
        NonceFileError: If the nonces cannot be opened.
    """

    def read_keys() -> Keyring:
        # The encryption key too: both may have been replaced.
        store: KeyStore = KeyFile(settings.keys, SecretBox.open(settings.encryption_key))
        keys = store.read()
        without = [key.id for key in keys if not key.secrets]
        if without and not settings.allow_keys_without_secret:
            raise KeysError(
                f"{settings.keys}: key {without[0]} has no secret: whoever sees a call can make"
                " others; remove the key, or allow keys without a secret"
            )
        return Keyring(keys)

    keyring = read_keys()
    path = settings.nonces
    nonces: Nonces = (
        MemoryNonces(settings.max_nonces)
        if path is None
        else await NonceFile.open(path, settings.max_nonces)
    )
    callers = Callers(keyring, nonces, time.time, settings.tolerance_seconds)
    return OpenedCallers(callers, nonces, read_keys)
