"""The keys of callers: whom each belongs to, what it may see, and until when."""

import hashlib
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final, NamedTuple, Protocol

from .scope import Scope
from .signatures import MAX_SECRETS, Secret

_ID_BYTES: Final = 4
_KEY_BYTES: Final = 24
_SECRET_BYTES: Final = 32
_MAX_ID: Final = 2**64 - 1
_HASH: Final = re.compile(r"[0-9a-f]{64}")


class KeysError(Exception):
    """Keys cannot be read or changed; the message says where and why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """A key of a caller.

    The text of the key itself is not kept, as it is enough to call with if there is no secret. The
    secrets are needed to check signatures.

    Raises:
        ValueError: If an ID is out of range, the hash is not one, a time has no time zone, the
            comment has line breaks, or there are more than two secrets.
    """

    id: str
    """What logs, metrics and commands call the key; it is no secret."""

    key_hash: str
    """The SHA-256 of the text of the key, in hexadecimal digits."""

    enterprise_id: int
    gridpool_ids: frozenset[int] = frozenset()
    created: datetime
    expires: datetime | None = None
    is_disabled: bool = False
    comment: str = ""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """The secrets, the newest one last: two while they are rotated, none for a key without."""

    def __post_init__(self) -> None:
        if not self.id or not self.id.isalnum() or not self.id.isascii():
            raise ValueError(f"id: expected ASCII letters and digits, got {self.id!r}")
        if not _HASH.fullmatch(self.key_hash):
            raise ValueError(f"key_hash: expected 64 hexadecimal digits, got {self.key_hash!r}")
        for name, number in (
            ("enterprise", self.enterprise_id),
            *(("gridpools", gridpool_id) for gridpool_id in sorted(self.gridpool_ids)),
        ):
            if not 0 < number <= _MAX_ID:
                raise ValueError(f"{name}: expected an ID from 1 to 2^64-1, got {number}")
        for name, moment in (("created", self.created), ("expires", self.expires)):
            if moment is not None and moment.tzinfo is None:
                raise ValueError(f"{name}: expected a time with a time zone, got {moment}")
        if not self.comment.isprintable():
            raise ValueError("comment: expected printable characters only")
        if len(self.secrets) > MAX_SECRETS:
            raise ValueError(f"secrets: expected at most {MAX_SECRETS}, got {len(self.secrets)}")

    @property
    def scope(self) -> Scope:
        """What a caller with the key may see."""
        return Scope(self.enterprise_id, self.gridpool_ids)

    def reason_not_usable(self, now: float) -> str | None:
        """Return why the key does not count, or None if it does.

        Args:
            now: The present, in s since 1970.
        """
        if self.is_disabled:
            return "key is disabled"
        if self.expires is not None and now >= self.expires.timestamp():
            return "key has expired"
        return None

    def state(self, now: datetime) -> str:
        """Return `active`, `rotating`, `disabled` or `expired`."""
        if self.is_disabled:
            return "disabled"
        if self.reason_not_usable(now.timestamp()):
            return "expired"
        return "rotating" if len(self.secrets) == MAX_SECRETS else "active"


Keys = tuple[Key, ...]


class KeyStore(Protocol):
    """Where keys are kept.

    Both methods raise a `KeysError` if the keys cannot be read or written, and a `StoreError` if
    they are in a database that cannot be used.
    """

    async def load(self) -> Keys:
        """Return the keys."""

    async def update(self, function: Callable[[Keys], Keys]) -> Keys:
        """Replace the keys by what a function makes of them; others wait meanwhile.

        If the function raises an error, nothing is changed.
        """


class NewKey(NamedTuple):
    """A new key, with the texts that are shown only once."""

    key: Key
    text: str
    secret: str | None


def hash_of(text: str) -> str:
    """Return the hash by which a key is found.

    Keys are long and random, so that neither salt nor many rounds are needed.
    """
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def new_key(
    enterprise_id: int,
    gridpool_ids: Iterable[int] = (),
    *,
    expires: datetime | None = None,
    comment: str = "",
    has_secret: bool = True,
) -> NewKey:
    """Return a new random key.

    Raises:
        ValueError: If an ID is out of range, or the expiry has no time zone.
    """
    text = secrets.token_urlsafe(_KEY_BYTES)
    secret = secrets.token_urlsafe(_SECRET_BYTES) if has_secret else None
    key = Key(
        id=secrets.token_hex(_ID_BYTES),
        key_hash=hash_of(text),
        enterprise_id=enterprise_id,
        gridpool_ids=frozenset(gridpool_ids),
        created=datetime.now(UTC).replace(microsecond=0),
        expires=expires,
        comment=comment,
        secrets=() if secret is None else (secret,),
    )
    return NewKey(key, text, secret)


def with_new_secret(key: Key) -> tuple[Key, str]:
    """Return a key with a second secret, and that secret.

    Raises:
        KeysError: If it has none, or two already.
    """
    if not key.secrets:
        raise KeysError(f"key {key.id} has no secret to rotate; add another key instead")
    if len(key.secrets) == MAX_SECRETS:
        raise KeysError(f"key {key.id} has two secrets already; finish its rotation first")
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    return replace(key, secrets=(*key.secrets, secret)), secret


def with_newest_secret(key: Key) -> Key:
    """Return a key without its older secret.

    Raises:
        KeysError: If it does not have two.
    """
    if len(key.secrets) != MAX_SECRETS:
        raise KeysError(f"key {key.id} is not being rotated")
    return replace(key, secrets=key.secrets[-1:])


def changed(keys: Keys, key_id: str, function: Callable[[Key], Key | None]) -> Keys:
    """Return keys with one of them replaced, or removed if a function returns None.

    Raises:
        KeysError: If there is no key with the ID, or the function raises it.
    """
    if all(key.id != key_id for key in keys):
        raise KeysError(f"no such key: {key_id!r}")
    results = (function(key) if key.id == key_id else key for key in keys)
    return tuple(key for key in results if key is not None)


class KnownKey(NamedTuple):
    """A key as a server uses it."""

    key: Key
    secrets: tuple[Secret, ...]
    scope: Scope


class Keyring:
    """Keys as a server uses them: found by what callers send."""

    def __init__(self, keys: Iterable[Key]) -> None:
        """Take the keys; another keyring replaces them."""
        self._by_hash = {
            key.key_hash: KnownKey(key, tuple(map(Secret, key.secrets)), key.scope) for key in keys
        }
        # Those that callers have sent: they need not be hashed again.
        self._by_text: dict[str, KnownKey] = {}

    def __len__(self) -> int:
        """Return how many keys there are."""
        return len(self._by_hash)

    def find(self, text: str) -> KnownKey | None:
        """Return the key with a text; None for an unknown one."""
        known = self._by_text.get(text)
        if known is None:
            known = self._by_hash.get(hash_of(text))
            if known is not None:
                self._by_text[text] = known
        return known
