"""Nonces in a PostgreSQL database, which servers on several machines share."""

from collections.abc import Sequence
from typing import Final

from .._stores import Store
from .._stores.store import Query, Values
from .nonce_batches import BatchedNonces, Nonce, Used
from .nonces import CLOCK_SECONDS, Use, max_per_key

# One statement, so that no lock is kept while the server is asked. Rows are written in the same
# order by all servers, so that none waits for another one that waits for it. What another server
# inserts meanwhile is a conflict, and so neither FIRST nor FULL.
_USE: Final = f"""
WITH given AS (SELECT key, nonce, until, number FROM {{}} AS it),
new AS (
    SELECT g.*, row_number() OVER (PARTITION BY g.key ORDER BY g.number) AS number_of_key,
        row_number() OVER (ORDER BY g.number) AS number_of_all
    FROM given AS g
    WHERE NOT EXISTS (SELECT 1 FROM nonce AS n WHERE n.key = g.key AND n.nonce = g.nonce)
),
total AS (SELECT coalesce(sum(nonces), 0)::bigint AS nonces FROM nonce_count),
fitting AS (
    SELECT new.* FROM new CROSS JOIN total LEFT JOIN nonce_count AS c ON c.key = new.key
    WHERE total.nonces + number_of_all <= {{}}
        AND coalesce(c.nonces, 0) + number_of_key <= {{}}
),
first AS (
    INSERT INTO nonce (key, nonce, until)
    SELECT key, nonce, until FROM fitting ORDER BY key, nonce
    ON CONFLICT DO NOTHING RETURNING key, nonce
),
counted AS (
    INSERT INTO nonce_count AS c (key, nonces)
    SELECT key, count(*) FROM first GROUP BY key ORDER BY key
    ON CONFLICT (key) DO UPDATE SET nonces = c.nonces + excluded.nonces
)
SELECT key, nonce, {Use.FIRST.value} FROM first
UNION ALL (
    SELECT key, nonce, {Use.FULL.value} FROM new
    EXCEPT SELECT key, nonce, {Use.FULL.value} FROM fitting
)
UNION ALL SELECT NULL, NULL, (SELECT nonces FROM total) + (SELECT count(*) FROM first)
"""

# Counts are locked in the order in which `_USE` writes them. What another server is deleting at the
# moment is left to it.
_FORGET: Final = """
WITH due AS (SELECT key, nonce FROM nonce WHERE until < {} FOR UPDATE SKIP LOCKED),
gone AS (
    DELETE FROM nonce AS n USING due WHERE n.key = due.key AND n.nonce = due.nonce
    RETURNING n.key
),
counted AS (SELECT key, count(*) AS nonces FROM gone GROUP BY key),
locked AS (
    SELECT c.key FROM nonce_count AS c
    WHERE c.key IN (SELECT key FROM counted) ORDER BY c.key FOR UPDATE
)
UPDATE nonce_count AS c SET nonces = c.nonces - counted.nonces
FROM counted JOIN locked ON locked.key = counted.key WHERE c.key = counted.key
"""

_FORGET_KEYS: Final = Query("""
DELETE FROM nonce_count WHERE nonces = 0 AND key IN (
    SELECT key FROM nonce_count WHERE nonces = 0 FOR UPDATE SKIP LOCKED
)
""")
_COUNT: Final = Query("SELECT coalesce(sum(nonces), 0)::bigint FROM nonce_count")


class DatabaseNonces:
    """The nonces of all servers of a database.

    Servers that use nonces at the same moment may exceed the limit by that many.
    """

    def __init__(self, store: Store, max_nonces: int, clock_seconds: int = CLOCK_SECONDS) -> None:
        """Use a database.

        Args:
            store: The store in PostgreSQL.
            max_nonces: How many nonces to remember; for a key, an eighth of them.
            clock_seconds: By how much the clocks of servers may differ, in s.
        """
        self._store = store
        self._max = max_nonces
        self._clock_seconds = clock_seconds
        self._forgotten = 0

    async def use(self, nonces: Sequence[Nonce], now: int) -> Used:
        """Use nonces."""
        if now != self._forgotten:
            await self._store.run(Query(_FORGET, (now - self._clock_seconds,)))
            await self._store.run(_FORGET_KEYS)
            self._forgotten = now
        if not nonces:
            ((count,),) = await self._store.run(_COUNT)
            return Used((), count)
        rows = [(*nonce, number) for number, nonce in enumerate(nonces)]
        given = Values(("key", "nonce", "until", "number"), rows)
        parameters = given, self._max, max_per_key(self._max)
        # Not run again if only its answer was lost: then all would be used already.
        records = await self._store.run(Query(_USE, parameters), repeats=False)
        found = {(key, nonce): number for key, nonce, number in records}
        uses = [Use(found.get(nonce[:2], Use.REPEATED.value)) for nonce in nonces]
        return Used(uses, found[None, None])

    async def close(self) -> None:
        """Do nothing: the store is closed by who opened it."""


def open_nonce_table(
    store: Store, max_nonces: int, clock_seconds: int = CLOCK_SECONDS
) -> BatchedNonces:
    """Return the nonces of all servers of a database."""
    return BatchedNonces(DatabaseNonces(store, max_nonces, clock_seconds))
