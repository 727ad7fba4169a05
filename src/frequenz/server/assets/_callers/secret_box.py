"""Encryption of the secrets that the server keeps.

Whoever checks a signature needs the secret itself, not a hash of it. So secrets are encrypted with
a key that is kept elsewhere: a copy of the file with the keys is then worth nothing.
"""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .keys import KeysError
from .private_files import check_private, write_private

VARIABLE: Final = "ASSETS_SERVER_ENCRYPTION_KEY"
"""The environment variable with the encryption key."""

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12


class SecretBox:
    """Encrypts and decrypts secrets (AES-256-GCM)."""

    def __init__(self, text: str, origin: str) -> None:
        """Take an encryption key.

        Args:
            text: 32 bytes in URL-safe base64.
            origin: Where it comes from, for errors.

        Raises:
            KeysError: If it is not one.
        """
        key = _decoded(text.strip())
        if key is None or len(key) != _KEY_BYTES:
            raise KeysError(f"{origin}: expected an encryption key: 32 bytes in URL-safe base64")
        self._cipher = AESGCM(key)

    @classmethod
    def open(cls, path: Path | None, *, create: bool = False) -> Self:
        """Take the encryption key from a file, or from the environment.

        Args:
            path: The file. None = the environment variable.
            create: Whether to create the file if it does not exist.

        Raises:
            KeysError: If there is none, or the file can be read by others.
        """
        if path is None:
            text = os.environ.get(VARIABLE, "")
            if not text:
                raise KeysError(
                    "no encryption key for the secrets; give --encryption-key FILE, or set the"
                    f" environment variable {VARIABLE}"
                )
            return cls(text, VARIABLE)
        if create and not path.exists():
            content = urlsafe_b64encode(os.urandom(_KEY_BYTES)) + b"\n"
            write_private(path, content, replaces=False)  # another process may be creating it, too
        return cls(check_private(path).decode("utf-8", "replace"), str(path))

    def encrypt(self, secret: str, key_id: str) -> str:
        """Return a secret encrypted; it can be decrypted as one of the same key only."""
        nonce = os.urandom(_NONCE_BYTES)
        encrypted = self._cipher.encrypt(nonce, secret.encode(), key_id.encode())
        return urlsafe_b64encode(nonce + encrypted).decode()

    def decrypt(self, text: str, key_id: str) -> str:
        """Return a secret.

        Raises:
            KeysError: If it was not encrypted with this encryption key for that key.
        """
        data = _decoded(text)
        try:
            if data is None or len(data) < _NONCE_BYTES:
                raise InvalidTag
            secret = self._cipher.decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], key_id.encode())
        except InvalidTag:
            raise KeysError(
                f"key {key_id}: cannot decrypt a secret; it was encrypted with another encryption"
                " key, or changed"
            ) from None
        return secret.decode()


def _decoded(text: str) -> bytes | None:
    try:
        return urlsafe_b64decode(text.encode())
    except ValueError:
        return None
