"""The command `python -m harness.durability`."""

import argparse
import asyncio
import itertools
import platform
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.service.stores.clusters import Folder, PostgresServer, url

from ..shared.progress import progress_of
from ..shared.tables import table
from . import __doc__ as description
from ._kills import Tally, kill_again_and_again

_COLUMNS = ("clients of", "kills", "acknowledged", "as acknowledged", "one more", "faults")


def main() -> int:
    """Kill, and print a table; return 1 if anything was lost or half done."""
    parser = argparse.ArgumentParser(prog="python -m harness.durability", description=description)
    parser.add_argument("--kills", type=int, default=500, help="how many for each engine [500]")
    parser.add_argument("--seed", type=int, help="the seed of the random moments [a new one]")
    given = parser.parse_args()
    seed = secrets.randbits(32) if given.seed is None else given.seed
    print(f"Seed {seed}; {platform.system()}, Python {platform.python_version()}", flush=True)
    numbers = itertools.count(1)
    with tempfile.TemporaryDirectory() as folder:
        sqlite = _killed("SQLite", lambda: f"{folder}/{next(numbers)}.db", given.kills, seed)
        servers = Folder()
        server = PostgresServer.create(servers).start()
        try:
            postgres = _killed(
                "PostgreSQL", lambda: _create(server, next(numbers)), given.kills, seed
            )
        finally:
            server.stop()
            servers.remove()
    print(table(_COLUMNS, (_row("SQLite", sqlite), _row("PostgreSQL", postgres)), has_numbers=True))
    for fault in (*sqlite.faults, *postgres.faults):
        print(fault)
    return 1 if sqlite.faults or postgres.faults else 0


def _create(server: PostgresServer, number: int) -> str:
    """Return the URL of a new database."""
    server.sql(f"CREATE DATABASE fleet_{number}")
    return url(server, database=f"fleet_{number}")


def _killed(engine: str, new_database: Callable[[], str], kills: int, seed: int) -> Tally:
    with tempfile.TemporaryDirectory() as folder, progress_of(engine, kills) as advance:
        return asyncio.run(
            kill_again_and_again(
                new_database, Path(folder), kills=kills, seed=seed, on_kill=advance
            )
        )


def _row(engine: str, tally: Tally) -> tuple[str, ...]:
    counts = tally.kills, tally.acknowledged, tally.discarded, tally.completed, len(tally.faults)
    return engine, *(f"{count:,}".replace(",", " ") for count in counts)


if __name__ == "__main__":
    raise SystemExit(main())
