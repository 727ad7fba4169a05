"""The hosts of a database: which is the primary, which standbys may answer, what they have."""

import asyncio
import itertools
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

import asyncpg
from asyncpg.connect_utils import SessionAttribute

from ..store import StoreError, UnavailableError
from ..urls import Address, Location
from .errors import FAILURES, LostError, named_errors

_logger = logging.getLogger("frequenz.server.assets")

CHANNEL: Final = "assets_revision"
"""Where a process that makes a revision notifies the others, with its number."""

_CONNECTIONS: Final = 8
"""How many connections to a host answer queries."""

_CONNECT_SECONDS: Final = 5.0

_ANSWER_SECONDS: Final = 5.0
"""How long a host may take to answer; then it counts as down."""

_INTERVAL_SECONDS: Final = 0.5
"""How often a host is asked for its role and its newest revision."""

_CLOSE_SECONDS: Final = 2.0

_FIRST_DELAY_SECONDS: Final = 0.1
_LAST_DELAY_SECONDS: Final = 1.0
"""How long after a failure a host is tried again; twice as long after each one."""

_WAIT_SECONDS: Final = 2.0
"""How long a query or a change waits for a host that can be used."""

# The timeline is the first part of the name of the file to which the server writes its log.
_TIMELINE: Final = (
    "SELECT CASE WHEN pg_is_in_recovery() THEN NULL"
    " ELSE left(pg_walfile_name(pg_current_wal_lsn()), 8) END"
)
"""NULL = a standby."""

STATE: Final = f"{_TIMELINE}, (SELECT coalesce(max(number), 0) FROM revision)"

_numbers: Final = itertools.count(1)


async def connect(location: Location, address: Address) -> "asyncpg.Connection[Any]":
    """Connect to a host.

    Raises:
        StoreError: If it cannot be reached, or refuses.
    """
    with named_errors(name_at(location, address)):
        try:
            connection: asyncpg.Connection[Any] = await asyncpg.connect(
                location.dsn,
                host=address.host,
                port=address.port,
                user=location.user,
                database=location.database,
                target_session_attrs=SessionAttribute.any,
                timeout=_CONNECT_SECONDS,
            )
            return connection
        except ValueError as error:  # of the driver, about files for TLS
            raise asyncpg.ClientConfigurationError(str(error)) from error


async def close(connection: "asyncpg.Connection[Any]") -> None:
    """Close a connection, which may be lost."""
    with suppress(*FAILURES):  # nothing depends on it any more
        await connection.close(timeout=_CLOSE_SECONDS)


async def connect_to_primary(location: Location) -> "asyncpg.Connection[Any]":
    """Connect to the host that is the primary.

    Raises:
        StoreError: If there is none, with what is wrong with each host.
    """
    results = await asyncio.gather(
        *(_connect_to_a_primary(location, address) for address in location.addresses),
        return_exceptions=True,
    )
    problems = [it for it in results if isinstance(it, BaseException)]
    found = [it for it in results if not isinstance(it, BaseException)]
    if not found:
        raise _no_primary(location, problems)
    connection, _ = max(found, key=lambda it: it[1])
    for other, _ in found:
        if other is not connection:
            await close(other)
    return connection


async def _connect_to_a_primary(
    location: Location, address: Address
) -> tuple["asyncpg.Connection[Any]", str]:
    """Connect to a host; return its timeline, too."""
    connection = await connect(location, address)
    name = name_at(location, address)
    try:
        with named_errors(name):
            timeline = await connection.fetchval(_TIMELINE, timeout=_ANSWER_SECONDS)
        if timeline is None:
            raise UnavailableError(f"{name}: it is a standby")
    except BaseException:
        connection.terminate()
        raise
    return connection, timeline


def _no_primary(location: Location, problems: Sequence[BaseException]) -> BaseException:
    """Return the error for the problems of all hosts."""
    for problem in problems:
        if not isinstance(problem, StoreError):
            return problem
    if len(problems) == 1:
        return problems[0]
    kinds = {type(problem) for problem in problems}
    kind = UnavailableError if kinds <= {LostError, UnavailableError} else StoreError
    return kind(f"{location.name}: no host is a primary: {'; '.join(map(str, problems))}")


def name_at(location: Location, address: Address) -> str:
    """Return the database at one of its hosts, for errors."""
    return f"database {location.database!r} at {address}"


class Session:
    """The connections to a host from the time when it answered first until it is lost.

    A pool of the driver would reset a connection after each query, which takes a round trip, and
    would try each connection of a host that is lost.
    """

    def __init__(self, open_connection: Callable[[], Any]) -> None:
        """Connect when needed."""
        self.number = next(_numbers)
        self._open = open_connection
        self._slots = asyncio.Semaphore(_CONNECTIONS)
        self._free: list[asyncpg.Connection[Any]] = []
        self._all: set[asyncpg.Connection[Any]] = set()
        self._is_over = False

    async def fetch(self, text: str, parameters: Sequence[Any]) -> list[Any]:
        """Return the result of a query."""
        async with self._slots:
            connection = await self._take()
            try:
                return await connection.fetch(text, *parameters)
            finally:
                if connection.is_closed():
                    self._all.discard(connection)
                    self._drop_free()
                else:
                    self._free.append(connection)

    def _drop_free(self) -> None:
        """Drop what is not in use: what ended one connection may have ended these, unnoticed."""
        for connection in self._free:
            connection.terminate()
            self._all.discard(connection)
        self._free.clear()

    async def _take(self) -> "asyncpg.Connection[Any]":
        while self._free:
            connection = self._free.pop()
            if not connection.is_closed():
                return connection
            self._all.discard(connection)
        if self._is_over:
            raise asyncpg.ConnectionDoesNotExistError("the connection to the host is lost")
        opened: asyncpg.Connection[Any] = await self._open()
        if self._is_over:
            opened.terminate()
            raise asyncpg.ConnectionDoesNotExistError("the connection to the host is lost")
        self._all.add(opened)
        return opened

    def terminate(self) -> None:
        """Drop all connections; the queries under way fail."""
        self._is_over = True
        for connection in self._all:
            connection.terminate()
        self._all.clear()
        self._free.clear()


class Host:
    """One of the hosts of a database, which a task watches."""

    def __init__(self, location: Location, address: Address, changed: Callable[[], None]) -> None:
        """Know nothing yet; `watch()` finds out.

        Args:
            location: The database.
            address: The host.
            changed: Called when something that is known about the host has changed.
        """
        self.name = name_at(location, address)
        self.session: Session | None = None
        """None = the host is down."""

        self.answered = float("-inf")
        """When the host was asked for what is known about it, by the clock of the loop."""

        self.timeline = ""
        """That of a primary, which grows with each failover; empty = a standby."""

        self.revision = 0
        """The newest revision that a query would see."""

        self.problem: StoreError = UnavailableError(f"{self.name}: not tried yet")
        """Why the host is down."""

        self._location = location
        self._address = address
        self._changed = changed
        self._connection: asyncpg.Connection[Any] | None = None
        self._wake = asyncio.Event()

    @property
    def is_up(self) -> bool:
        """Whether the host answers."""
        return self._connection is not None and not self._connection.is_closed()

    def ask_now(self) -> None:
        """Ask the host for its state at once."""
        self._wake.set()

    async def connect(self) -> "asyncpg.Connection[Any]":
        """Open a connection."""
        return await connect(self._location, self._address)

    async def fetch(self, text: str, parameters: Sequence[Any]) -> list[Any]:
        """Return the result of a query."""
        if self.session is None:
            raise self.problem
        return await self.session.fetch(text, parameters)

    async def watch(self) -> None:
        """Connect, follow the state of the host, and connect again when it was lost."""
        delay = _FIRST_DELAY_SECONDS
        while True:
            was_up = False
            try:
                connection = await self.connect()
                with named_errors(self.name):
                    try:
                        await self._follow(connection)
                    finally:
                        was_up = self.session is not None
                        self._lose()
                        connection.terminate()
            except StoreError as error:
                if str(error) != str(self.problem):
                    _logger.warning("%s", error)
                self.problem = error
            delay = _FIRST_DELAY_SECONDS if was_up else min(2 * delay, _LAST_DELAY_SECONDS)
            await asyncio.sleep(delay)

    async def _follow(self, connection: "asyncpg.Connection[Any]") -> None:
        """Read the state of the host again and again."""
        connection.add_termination_listener(lambda _: self._wake.set())
        listens = False
        while True:
            self._wake.clear()
            began = asyncio.get_running_loop().time()
            ((timeline, revision),) = await connection.fetch(STATE, timeout=_ANSWER_SECONDS)
            if timeline and not listens:
                await connection.add_listener(CHANNEL, self._hear)
                listens = True
                continue  # nobody has told what was stored before
            self.answered = began
            self._learn(connection, timeline or "", revision)
            with suppress(TimeoutError):
                async with asyncio.timeout(_INTERVAL_SECONDS):
                    await self._wake.wait()

    def _learn(self, connection: "asyncpg.Connection[Any]", timeline: str, revision: int) -> None:
        self._connection = connection
        # A promoted standby may lack what an earlier primary had, and have other revisions instead.
        if self.session is None or timeline != self.timeline:
            self.revision = 0
            self.session, former = Session(self.connect), self.session
            if former is not None:
                former.terminate()
        self.timeline = timeline
        # A notification may have been faster than the answer.
        self.revision = max(self.revision, revision)
        self._changed()

    def _hear(self, _connection: Any, _process: int, _channel: str, payload: object) -> None:
        self.stored(int(str(payload)))

    def stored(self, revision: int) -> None:
        """Learn of a new revision."""
        self.revision = max(self.revision, revision)
        self._changed()

    def _lose(self) -> None:
        self._connection = None
        self.timeline = ""
        session, self.session = self.session, None
        if session is not None:
            session.terminate()
        self._changed()


class Hosts:
    """All hosts of a database."""

    def __init__(self, location: Location) -> None:
        """Know nothing yet; `start()` finds out."""
        self._location = location
        self._all = [Host(location, it, self._look) for it in location.addresses]
        self._tasks: list[asyncio.Task[None]] = []
        self._changed = asyncio.Event()
        self._turn = itertools.count()
        self._timeline = ""
        self._newest = 0
        self._confirmed = float("-inf")

    def start(self) -> None:
        """Watch the hosts."""
        self._tasks = [asyncio.create_task(host.watch()) for host in self._all]

    async def stop(self) -> None:
        """Close all connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def primary(self) -> Host | None:
        """The primary; None = there is none at the moment.

        A former primary that has come back, and does not know yet that it is one no more, is none.
        """
        up = [host for host in self._all if host.timeline and host.is_up]
        host = max(up, key=lambda it: it.timeline, default=None)
        return host if host is not None and host.timeline >= self._timeline else None

    def _look(self) -> None:
        primary = self.primary
        if primary is not None:
            self._timeline = primary.timeline
            if primary.revision != self._newest:
                self._newest = primary.revision
                for host in self._all:
                    if not host.timeline:
                        host.ask_now()
            self._confirmed = primary.answered
        self._changed.set()
        self._changed = asyncio.Event()

    def _reader(self) -> Host | None:
        """Return the host for the next query."""
        if self._location.reads_standbys:
            silence = asyncio.get_running_loop().time() - self._confirmed
            if silence <= self._location.max_lag_seconds:
                standbys = [
                    host
                    for host in self._all
                    if host.is_up and not host.timeline and host.revision >= self._newest
                ]
                if standbys:
                    return standbys[next(self._turn) % len(standbys)]
        return self.primary

    async def reader(self) -> Host:
        """Return the host for the next query; wait a little for one if all are down.

        Raises:
            UnavailableError: If there is none.
        """
        return await self._wait_for(self._reader)

    async def writer(self) -> Host:
        """Return the primary; wait a little for one if it is down.

        Raises:
            UnavailableError: If there is none.
        """
        return await self._wait_for(lambda: self.primary)

    async def _wait_for(self, choose: Callable[[], Host | None]) -> Host:
        with suppress(TimeoutError):
            async with asyncio.timeout(_WAIT_SECONDS):
                while (host := choose()) is None:
                    await self._changed.wait()
                return host
        problems = "; ".join(
            f"{host.name}: it is a standby, or an earlier primary"
            if host.is_up
            else str(host.problem)
            for host in self._all
        )
        raise UnavailableError(f"{self._location.name}: there is no primary: {problems}")
