"""Each row of the table: what is measured, and how."""

import asyncio
import itertools
import random
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
)
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

from tests.service.stores.clusters import Folder, PostgresServer, url

from frequenz.client.assets import inventory
from frequenz.server.assets._callers.key_file import KeyFile
from frequenz.server.assets._callers.keys import new_key
from frequenz.server.assets._callers.secret_box import SecretBox

from ..benchmarks.reading import reading
from ._calls import (
    GET,
    LARGEST_FILTER,
    LIST,
    Call,
    Caller,
    Kind,
    Waited,
    after,
    calling,
    calls_per_second,
    waited,
)
from ._fleet import MOST_IN_FILTER, served_fleet, write_fleet
from ._programs import Ran, constant, lightly_called, measured, served

SQLITE: Final = "SQLite"
POSTGRES: Final = "PostgreSQL"

_ENTERPRISE: Final = 7
"""That of the served microgrid."""

_KEYS: Final = 8
"""With how many keys calls are signed."""

_CONNECTIONS: Final = 16
"""Over how many connections several workers are called: each connection stays with one of them."""

_GROWTH: Final = 10
"""By how much the larger one of two fleets is larger."""

_READERS: Final = 8
"""How many callers read during an import."""


class Row(NamedTuple):
    """A figure."""

    what: str
    target: str
    """Empty = there is none."""
    figure: str
    is_met: bool | None = None
    """None = there is no target."""
    details: str = ""


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    imported: int = 1_000_000
    """How many components are imported."""
    read: int = 200
    """How many sites of 52 components are read."""
    seconds: float = 1.0
    """How long calls are measured at a time."""
    rounds: int = 7
    """How often they are."""


class Databases:
    """Makes empty databases of both engines."""

    def __init__(self, folder: Path, server: PostgresServer) -> None:
        self.folder = folder
        self._server = server
        self._numbers = itertools.count(1)

    def create(self, engine: str) -> str:
        """Return an empty database: a file or a URL."""
        name = f"fleet_{next(self._numbers)}"
        if engine == SQLITE:
            return str(self.folder / f"{name}.db")
        self._server.sql(f"CREATE DATABASE {name}")
        return url(self._server, database=name)

    def size(self, database: str) -> int:
        """Return how many bytes a database has, beside its log."""
        if database.endswith(".db"):
            return Path(database).stat().st_size
        name = database.rpartition("/")[2]
        return int(self._server.sql(f"SELECT pg_database_size('{name}')"))

    def postgres_version(self) -> str:
        """Return the version of PostgreSQL."""
        return self._server.sql("SHOW server_version")

    async def with_served_fleet(self, engine: str) -> str:
        """Return a database with the fleet that is served."""
        database, file = self.create(engine), self.folder / "served.jsonl"
        inventory.write(served_fleet(), file)
        await measured("import", str(file), "--database", database, "--no-check")
        return database


@contextmanager
def databases() -> Iterator[Databases]:
    """Start a PostgreSQL server; remove it, and all databases, in the end."""
    servers = Folder()
    server = PostgresServer.create(servers)
    # As it is by default, but for what is tested.
    server.configure(fsync="on", shared_buffers="128MB", max_wal_size="1GB")
    server.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            yield Databases(Path(folder), server)
    finally:
        server.stop()
        servers.remove()


# Import and reading -------------------------------------------------------------------------------


async def importing(made: Databases, sizes: Sizes) -> list[Row]:
    """Import a fleet into each engine, with and without a check."""
    file = made.folder / "fleet.jsonl"
    components = write_fleet(file, sizes.imported).components
    rows = []
    for engine, check in itertools.product((SQLITE, POSTGRES), ("--no-check", "--check")):
        database = made.create(engine)
        ran = await measured("import", str(file), "--database", database, check)
        rows.append(_imported(f"import into {engine}, {check}", ran, components))
    return rows


def _imported(what: str, ran: Ran, components: int) -> Row:
    speed = components / ran.seconds
    return Row(
        what,
        "≥ 50 000 components/s, ≤ 500 MB",
        f"{number(speed)} components/s, {number(ran.peak_mb)} MB",
        speed >= 50_000 and ran.peak_mb <= 500,
        f"{number(components)} components with {number(components)} connections in"
        f" {ran.seconds:.1f} s; {1e6 * ran.processor_seconds / components:.0f} µs of processor time"
        f" per component",
    )


async def reading_files(_: Databases, sizes: Sizes) -> list[Row]:
    """Read files of each format."""
    targets = {"jsonl": 60_000, "json": 60_000, "yaml": 15_000}
    figures = await asyncio.to_thread(reading, sizes.read)
    return [
        Row(
            f"reading {name}",
            f"≥ {number(targets[name])} components/s, ≤ 3 x the messages in memory",
            f"{number(of['components_per_s'])} components/s, {of['peak_mb'] / of['kept_mb']:.1f} x",
            of["components_per_s"] >= targets[name] and of["peak_mb"] <= 3 * of["kept_mb"],
            f"{of['over_parsing']:.1f} x the time of parsing alone; in memory, the messages take"
            f" {of['kept_mb'] / of['serialized_mb']:.1f} x their serialized size",
        )
        for name, of in figures.items()
    ]


# Calls --------------------------------------------------------------------------------------------


async def calls(made: Databases, sizes: Sizes) -> list[Row]:
    """Call servers of both engines, and one with constant bytes, in turns."""
    targets = {
        (GET, SQLITE): 0.75,
        (GET, POSTGRES): 0.5,
        (LIST, SQLITE): 0.6,
        (LIST, POSTGRES): 0.4,
    }
    rows = []
    async with AsyncExitStack() as stack:
        floors = await _constant(stack)
        servers = {}
        for engine in (SQLITE, POSTGRES):
            server = served("--database", await made.with_served_fleet(engine))
            servers[engine] = await stack.enter_async_context(_caller(server))
        for (kind, engine), target in targets.items():
            for is_new in (False, True):
                speeds = await _in_turns(
                    kind,
                    [it.call(kind, is_new=is_new) for it in (*floors, servers[engine])],
                    sizes,
                )
                what = f"{kind.operation}, {kind.callers} callers, {engine}"
                rows.append(_compared(f"{what}, {_asked(is_new=is_new)}", target, speeds))
    return rows


async def _constant(stack: AsyncExitStack) -> tuple[Caller, Caller]:
    """Start servers of constant bytes, on the event loop of asyncio and on ours."""
    first = await stack.enter_async_context(_caller(constant()))
    return first, await stack.enter_async_context(_caller(constant("uvloop")))


async def _in_turns(kind: Kind, calls: Sequence[Call], sizes: Sizes) -> list[list[float]]:
    """Return how many calls per second each of some servers answers, round by round."""
    for call in calls:
        await calls_per_second(call, kind.callers, sizes.seconds / 4)
    speeds: list[list[float]] = [[] for _ in calls]
    for _ in range(sizes.rounds):
        for call, of_call in zip(calls, speeds, strict=True):
            of_call.append(await calls_per_second(call, kind.callers, sizes.seconds))
    return speeds


def _compared(
    what: str, target: float, speeds: Sequence[Sequence[float]], details: str = ""
) -> Row:
    """Return the row of speeds: of constant bytes on each event loop, and of our server."""
    of_floor, of_other_floor, ours = speeds
    ratio, other = (
        median(mine / least for least, mine in zip(floor, ours, strict=True))
        for floor in (of_floor, of_other_floor)
    )
    return Row(
        what,
        f"≥ {target} x constant bytes",
        f"{ratio:.2f} x",
        ratio >= target,
        f"{number(median(ours))} of {number(median(of_floor))} calls/s{details}; {other:.2f} x of"
        " constant bytes on uvloop",
    )


@asynccontextmanager
async def _caller(server: AbstractAsyncContextManager[str]) -> AsyncIterator[Caller]:
    async with server as address, calling(address) as caller:
        yield caller


async def signatures(made: Databases, sizes: Sizes) -> list[Row]:
    """Call servers that check signatures, with nonces in each place, and one that does not."""
    keys = [new_key(_ENTERPRISE) for _ in range(_KEYS)]
    encryption_key = made.folder / "encryption.key"
    box = SecretBox.open(encryption_key, create=True)
    KeyFile(made.folder / "keys.toml", box).change(lambda _: tuple(it.key for it in keys))
    options = (
        *(f"--keys={made.folder / 'keys.toml'}", f"--encryption-key={encryption_key}"),
        *("--max-calls-per-second=100000", "--max-burst=1000000", "--max-nonces=9000000"),
    )
    rows = []
    async with AsyncExitStack() as stack:
        floors = await _constant(stack)
        for engine, place in (
            (SQLITE, "memory"),
            (SQLITE, str(made.folder / "nonces.db")),
            (POSTGRES, "database"),
        ):
            database = await made.with_served_fleet(engine)
            server = served("--database", database, f"--nonces={place}", *options)
            async with _caller(server) as ours:
                speeds = await _in_turns(
                    GET, [it.signed_call(GET, keys) for it in (*floors, ours)], sizes
                )
            where = "in a file" if "/" in place else f"in the {place}"
            what = f"signed {GET.operation}, {GET.callers} callers, {engine}, nonces {where}"
            details = f", with {_KEYS} keys; all get signed calls"
            rows.append(_compared(what, 0.7, speeds, details))
    return rows


async def strangers(made: Databases, sizes: Sizes) -> list[Row]:
    """Call while another caller filters by as many IDs as are allowed."""
    rows = []
    seconds = sizes.seconds * sizes.rounds
    for engine in (SQLITE, POSTGRES):
        async with _caller(served("--database", await made.with_served_fleet(engine))) as caller:
            call = caller.call(GET, is_new=True)
            before = await waited(call, 1, after(seconds))
            filtering = caller.call(LARGEST_FILTER, is_new=True)
            during, filtered = await asyncio.gather(
                waited(call, 1, after(seconds)), waited(filtering, 1, after(seconds))
            )
            delay = during.p99 - before.p99
            rows.append(
                Row(
                    f"a call beside filters of {number(MOST_IN_FILTER)} IDs, {engine}",
                    "99 % ≤ 20 ms later",
                    f"{delay:.1f} ms later",
                    delay <= 20,
                    f"99 % within {during.p99:.1f} ms, {before.p99:.1f} at rest; median"
                    f" {during.median:.1f} and {before.median:.1f}; {filtered.calls} filters of"
                    f" {filtered.median:.0f} ms",
                )
            )
    return rows


async def workers(made: Databases, sizes: Sizes) -> list[Row]:
    """Call a server of two workers, and one of a single process, in turns."""
    database = await made.with_served_fleet(SQLITE)
    rows = []
    async with AsyncExitStack() as stack:
        one, two = [
            await stack.enter_async_context(served("--database", database, "--workers", count))
            for count in ("1", "2")
        ]
        for kind, is_new in itertools.product((GET, LIST), (False, True)):
            rounds: list[tuple[float, float]] = []
            for _ in range(sizes.rounds + 1):
                single, both = [
                    await lightly_called(address, kind, _CONNECTIONS, sizes.seconds, is_new=is_new)
                    for address in (one, two)
                ]
                rounds.append((single, both))
            rows.append(_workers(kind, rounds[1:], is_new=is_new))  # the first one warms up
    return rows


def _workers(kind: Kind, rounds: Sequence[tuple[float, float]], *, is_new: bool) -> Row:
    singles, boths = zip(*rounds, strict=True)
    ratio = median(both / single for single, both in rounds)
    return Row(
        f"2 workers over 1, {kind.operation}, {kind.callers} callers, {_asked(is_new=is_new)}",
        "≥ 1.3 x",
        f"{ratio:.2f} x",
        ratio >= 1.3,
        f"{number(median(boths))} over {number(median(singles))} calls/s",
    )


async def growth(made: Databases, sizes: Sizes) -> list[Row]:
    """Call a server with a fleet, and one with a fleet of ten times the size."""
    counts = sizes.imported // _GROWTH, sizes.imported
    rows = []
    for engine in (SQLITE, POSTGRES):
        fleets = [await _imported_fleet(made, engine, count) for count in counts]
        for kind in (GET, LIST):
            times = [await _time_of(kind, it, sizes.seconds * sizes.rounds) for it in fleets]
            rows.append(_grown(kind, engine, fleets, times))
    return rows


class _Fleet(NamedTuple):
    """A fleet in a database."""

    database: str
    microgrid_ids: range
    components: int
    size: int


async def _imported_fleet(made: Databases, engine: str, count: int) -> _Fleet:
    file, database = made.folder / "fleet.jsonl", made.create(engine)
    written = write_fleet(file, count)
    await measured("import", str(file), "--database", database, "--no-check")
    return _Fleet(database, *written, made.size(database))


async def _time_of(kind: Kind, fleet: _Fleet, seconds: float) -> float:
    """Return the median time of a call for each of the microgrids of a fleet, in ms."""
    async with _caller(served("--database", fleet.database)) as caller:
        # Not in the order in which they are stored.
        ids = random.Random(kind.operation).sample(fleet.microgrid_ids, len(fleet.microgrid_ids))
        return (await waited(caller.call_for_each(kind, ids), 1, after(seconds))).median


def _grown(kind: Kind, engine: str, fleets: Sequence[_Fleet], times: Sequence[float]) -> Row:
    (few, many), (before, after_) = fleets, times
    ratio = after_ / before
    return Row(
        f"{kind.operation} of {_GROWTH} x the components, {engine}",
        "≤ 2 x the time",
        f"{ratio:.1f} x",
        ratio <= 2,
        f"{after_:.2f} ms of {number(many.components)} components, {before:.2f} ms of"
        f" {number(few.components)}; a microgrid has"
        f" {many.components / len(many.microgrid_ids):.0f} of them, each takes"
        f" {number(many.size / many.components)} bytes with its connection",
    )


def _asked(*, is_new: bool) -> str:
    return "never asked twice" if is_new else "asked again and again"


async def readers(made: Databases, sizes: Sizes) -> list[Row]:
    """Call while a fleet is imported into the same database."""
    file = made.folder / "fleet.jsonl"
    components = write_fleet(file, sizes.imported).components
    rows = []
    for engine in (SQLITE, POSTGRES):
        database = await made.with_served_fleet(engine)
        async with _caller(served("--database", database)) as caller:
            call = caller.call(GET, is_new=True)
            before = await waited(call, _READERS, after(sizes.seconds * sizes.rounds))
            task = asyncio.create_task(
                measured("import", str(file), "--merge", "--no-check", "--database", database)
            )
            during = await waited(call, _READERS, task.done)
            rows.append(_read(engine, components, before, during, await task))
    return rows


def _read(engine: str, components: int, before: Waited, during: Waited, ran: Ran) -> Row:
    ratio = during.p99 / before.p99
    return Row(
        f"{_READERS} readers during an import, {engine}",
        "no failed call, 99 % ≤ 3 x at rest",
        f"{during.failed} failed, {ratio:.1f} x",
        not during.failed and ratio <= 3,
        f"{number(during.calls)} calls, 99 % within {during.p99:.1f} ms, {before.p99:.1f} at rest;"
        f" {number(components)} components in {ran.seconds:.1f} s",
    )


def number(value: float) -> str:
    """Return a number with spaces between thousands."""
    return f"{value:,.0f}".replace(",", " ")


PARTS: Final = {
    "import": importing,
    "reading": reading_files,
    "calls": calls,
    "signatures": signatures,
    "strangers": strangers,
    "workers": workers,
    "growth": growth,
    "readers": readers,
}
"""The parts of the table by their names."""
