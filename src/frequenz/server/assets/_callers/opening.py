"""Opens what the settings of a server say about callers."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeAlias

from .._stores import Store, StoreError
from .key_file import KeyFile
from .key_table import KeyTable, tag_of_keys
from .keys import Keys, KeysError, KeyStore
from .nonce_database import open_nonce_table
from .nonce_file import open_nonce_file
from .nonces import MemoryNonces, Nonces
from .secret_box import SecretBox

MEMORY: Final = "memory"
"""Instead of a file: nonces are kept in memory, and forgotten when the server ends."""

DATABASE: Final = "database"
"""Instead of a file: keys or nonces are kept in the database with the inventory."""

KEYS_SECONDS: Final = 0.5
"""How often servers look whether the keys in their database have changed."""

Place: TypeAlias = Path | Literal["database", "memory"]


class CallerSettings(NamedTuple):
    """What the settings of a server say about callers."""

    keys: Path | None
    """The file; None = in the database."""

    encryption_key: Path | None
    nonces: Place
    max_nonces: int
    tolerance_seconds: float
    allow_keys_without_secret: bool


def nonces_place(keys: str, nonces: str | None, database: str | None, *, is_url: bool) -> Place:
    """Return where nonces are kept: by default, beside the keys.

    Those of an SQLite database are in a file of their own beside it: each call writes one, which
    would wait for imports.

    Args:
        keys: The file of keys, or `database`.
        nonces: A file, `memory` or `database`, if it is given.
        database: The database, if it is given.
        is_url: Whether the database is a URL.
    """
    chosen = keys if nonces is None else nonces
    if chosen == MEMORY:
        return "memory"
    if chosen == DATABASE and is_url:
        return "database"
    if nonces is not None and chosen != DATABASE:
        return Path(nonces)
    beside = Path(str(database) if chosen == DATABASE else keys)
    return beside.with_name(f"{beside.name}.nonces")


def open_key_store(store: Store, file: Path | None, encryption_key: Path | None) -> KeyStore:
    """Return where the keys are: a file, or the database (None).

    Raises:
        KeysError: If the encryption key cannot be read.
    """
    box = SecretBox.open(encryption_key)
    return KeyTable(store, box) if file is None else KeyFile(file, box)


async def read_keys(settings: CallerSettings, store: Store) -> Keys:
    """Return the keys of a server.

    Raises:
        KeysError: If they cannot be read, or there is one without a secret that is not allowed.
        StoreError: If the database with them cannot be used.
    """
    # The encryption key too: both may have been replaced.
    keys = await open_key_store(store, settings.keys, settings.encryption_key).load()
    without = [key.id for key in keys if not key.secrets]
    if without and not settings.allow_keys_without_secret:
        raise KeysError(
            f"{settings.keys or store.name}: key {without[0]} has no secret: whoever sees a call"
            " can make others; remove the key, or allow keys without a secret"
        )
    return keys


async def follow_keys(
    store: Store,
    tag: str,
    changed: Callable[[str], Awaitable[bool]],
    seconds: float = KEYS_SECONDS,
) -> None:
    """Call a function whenever the keys in a database have changed, until cancelled.

    Args:
        store: The database.
        tag: The tag of the keys that are known.
        changed: Takes the newest tag, and returns whether the keys are used now; if not, it is
            called again.
        seconds: How often to look, in s.
    """
    while True:
        await asyncio.sleep(seconds)
        try:
            newest = await tag_of_keys(store)
        except StoreError:
            continue  # health says that it does not answer; the keys that are known still count
        if newest != tag and await changed(newest):
            tag = newest


async def open_nonces(settings: CallerSettings, store: Store) -> Nonces:
    """Open the nonces of a server.

    Raises:
        NonceFileError: If they cannot be opened.
    """
    match settings.nonces:
        case "memory":
            return MemoryNonces(settings.max_nonces)
        case "database":
            return open_nonce_table(store, settings.max_nonces)
        case path:
            return await open_nonce_file(path, settings.max_nonces)
