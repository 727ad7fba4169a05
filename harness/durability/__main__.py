"""The command `python -m harness.durability`."""

import argparse
import asyncio
import itertools
import platform
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.service.stores.clusters import Folder, PostgresServer, url

from ..shared.progress import progress_of
from ..shared.tables import head, row
from . import __doc__ as description
from ._kills import Tally, kill_again_and_again

_COLUMNS: Final = ("clients of", "kills", "acknowledged", "as acknowledged", "one more", "faults")


def main() -> int:
    """Kill, and print a table; return 1 if anything was lost or half done."""
    known = ", ".join(_ENGINES)
    parser = argparse.ArgumentParser(prog="python -m harness.durability", description=description)
    parser.add_argument("engines", nargs="*", metavar="ENGINE", help=f"some of {known} [all]")
    parser.add_argument("--kills", type=int, default=500, help="how many for each engine [500]")
    parser.add_argument("--seed", type=int, help="the seed of the random moments [a new one]")
    given = parser.parse_args()
    engines = given.engines or _ENGINES
    if unknown := {*engines} - {*_ENGINES}:
        parser.error(f"ENGINE: expected some of {known}, got {', '.join(unknown)}")
    seed = secrets.randbits(32) if given.seed is None else given.seed
    print(f"Seed {seed}; {platform.system()}, Python {platform.python_version()}\n")
    print(head(_COLUMNS, has_numbers=True), flush=True)
    faults = []
    for engine in engines:
        with _ENGINES[engine]() as new_database:
            tally = _killed(engine, new_database, given.kills, seed)
        print(_row(engine, tally), flush=True)
        faults += tally.faults
    print("\n".join(faults))
    return 1 if faults else 0


@contextmanager
def _sqlite() -> Iterator[Callable[[], str]]:
    numbers = itertools.count(1)
    with tempfile.TemporaryDirectory() as folder:
        yield lambda: f"{folder}/{next(numbers)}.db"


@contextmanager
def _postgres() -> Iterator[Callable[[], str]]:
    numbers = itertools.count(1)
    folder = Folder()
    server = PostgresServer.create(folder)
    server.configure(fsync="on")  # as in production
    server.start()
    try:
        yield lambda: _create(server, next(numbers))
    finally:
        server.stop()
        folder.remove()


_ENGINES: Final = {"sqlite": _sqlite, "postgres": _postgres}


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


def _row(engine: str, tally: Tally) -> str:
    counts = tally.kills, tally.acknowledged, tally.discarded, tally.completed, len(tally.faults)
    return row((engine, *map(str, counts)))


if __name__ == "__main__":
    raise SystemExit(main())
