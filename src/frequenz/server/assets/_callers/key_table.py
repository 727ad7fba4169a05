"""Keys in the database of a server: for several servers, and for those without files."""

import asyncio
import json
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from .._stores import Store
from .._stores.rows import to_signed, to_unsigned
from .._stores.store import Query, Record
from .keys import Key, Keys, KeysError
from .secret_box import SecretBox

_TABLE: Final = "caller_key"
_COLUMNS: Final = (
    *("position", "id", "sha256", "enterprise_id", "gridpool_ids", "created", "expires"),
    *("is_disabled", "comment", "secrets"),
)
_ALL: Final = Query(f"SELECT {', '.join(_COLUMNS)} FROM {_TABLE} ORDER BY position")
_TAG: Final = Query("SELECT tag FROM caller_key_state")
_TAG_BYTES: Final = 16
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class KeyTable:
    """Keys in a database; the secrets in it are encrypted."""

    def __init__(self, store: Store, box: SecretBox) -> None:
        """Use a database, and what its secrets are encrypted with."""
        self._store = store
        self._box = box

    async def load(self) -> Keys:
        """Return the keys."""
        return await self._keys(await self._store.run(_ALL))

    async def update(self, function: Callable[[Keys], Keys]) -> Keys:
        """Replace the keys by what a function makes of them."""
        async with self._store.transaction("keys") as transaction:
            keys = function(await self._keys(await transaction.fetch(_ALL)))
            rows = [_row(position, key, self._box) for position, key in enumerate(keys)]
            for table in (_TABLE, "caller_key_state"):
                await transaction.execute(Query(f"DELETE FROM {table}"))
            await transaction.insert(_TABLE, _COLUMNS, rows)
            tag = secrets.token_hex(_TAG_BYTES)
            await transaction.insert("caller_key_state", ("tag",), [(tag,)])
        return keys

    async def _keys(self, records: Sequence[Record]) -> Keys:
        # In a thread: thousands of keys take longer to decrypt than calls may wait.
        return await asyncio.to_thread(
            lambda: tuple(_key(record, self._store.name, self._box) for record in records)
        )


async def tag_of_keys(store: Store) -> str:
    """Return what is different once the keys in a database have changed.

    Raises:
        StoreError: If the database cannot be used.
    """
    return "".join(tag for (tag,) in await store.run(_TAG))


def _row(position: int, key: Key, box: SecretBox) -> tuple[Any, ...]:
    return (
        position,
        key.id,
        key.key_hash,
        to_signed(key.enterprise_id),
        json.dumps(sorted(key.gridpool_ids)),
        _microseconds(key.created),
        None if key.expires is None else _microseconds(key.expires),
        int(key.is_disabled),
        key.comment,
        json.dumps([box.encrypt(secret, key.id) for secret in key.secrets]),
    )


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _moment(microseconds: int) -> datetime:
    return _EPOCH + microseconds * _MICROSECOND


def _key(record: Record, database: str, box: SecretBox) -> Key:
    values = dict(zip(_COLUMNS, record, strict=True))
    try:
        return Key(
            id=values["id"],
            key_hash=values["sha256"],
            enterprise_id=to_unsigned(values["enterprise_id"]),
            gridpool_ids=frozenset(json.loads(values["gridpool_ids"])),
            created=_moment(values["created"]),
            expires=None if values["expires"] is None else _moment(values["expires"]),
            is_disabled=bool(values["is_disabled"]),
            comment=values["comment"],
            secrets=tuple(box.decrypt(it, values["id"]) for it in json.loads(values["secrets"])),
        )
    except (ValueError, TypeError, OverflowError) as error:
        # Without the value, which may be a secret that somebody has put in the wrong place.
        raise KeysError(f"{database}: key {values['id']}: a column has a wrong value") from error
