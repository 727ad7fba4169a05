"""The errors of PostgreSQL, its driver and the network, as those of a store."""

import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final, NamedTuple

import asyncpg

from ..store import CorruptError, ReadOnlyError, StoreError, UnavailableError


class LostError(UnavailableError):
    """The connection is gone; a query may succeed on another one."""


class Meaning(NamedTuple):
    """What an error means."""

    error: type[StoreError]
    text: str


_LOST: Final = Meaning(LostError, "the connection is lost; try again")
_NOT_ALLOWED: Final = Meaning(
    StoreError, "access is refused; check the user, PGPASSWORD or ~/.pgpass, and pg_hba.conf"
)
_BUSY: Final = Meaning(UnavailableError, "another process is changing it; try again later")
_FULL: Final = Meaning(UnavailableError, "no space is left; make room and try again")
_DAMAGED: Final = Meaning(CorruptError, "it is damaged; restore it from a copy")
_INCOMPLETE: Final = Meaning(CorruptError, "a table or column is missing; restore it from a copy")

MEANINGS: Final[Mapping[str, Meaning]] = {
    "08": _LOST,
    "25006": Meaning(
        ReadOnlyError, "it is read-only; name the host of the primary in the URL, too"
    ),
    "28": _NOT_ALLOWED,
    "28P01": Meaning(
        StoreError, "the password is wrong or missing; set PGPASSWORD or correct ~/.pgpass"
    ),
    "3D000": Meaning(StoreError, "there is no such database; create it with createdb"),
    "40": Meaning(LostError, "the query was cancelled by another one; try again"),
    "42501": Meaning(StoreError, "the user lacks a permission; GRANT it"),
    "42703": _INCOMPLETE,
    "42P01": _INCOMPLETE,
    "53": Meaning(UnavailableError, "the server has no resources left; try again later"),
    "53100": _FULL,
    "53300": Meaning(
        UnavailableError, "it has too many connections; raise max_connections or try again later"
    ),
    "55P03": _BUSY,
    "57": Meaning(UnavailableError, "the query was cancelled; try again"),
    "57P01": _LOST,
    "57P02": _LOST,
    "57P03": Meaning(LostError, "the server is starting or stopping; try again"),
    "58": Meaning(UnavailableError, "the disk of the server reports an error"),
    "58P01": _DAMAGED,
    "XX001": _DAMAGED,
    "XX002": _DAMAGED,
}
"""An SQLSTATE, or its first two characters for a whole class -> what it means."""

_OTHER: Final = Meaning(StoreError, "it cannot be used as a database")

MEANINGS_OF_TYPES: Final[Mapping[type[BaseException], Meaning]] = {
    ssl.SSLError: Meaning(StoreError, "TLS fails; check sslmode and sslrootcert"),
    socket.gaierror: Meaning(LostError, "the host name is not known"),
    TimeoutError: Meaning(LostError, "the server does not answer; check that it runs"),
    OSError: Meaning(LostError, "the server cannot be reached; check that it runs"),
    asyncpg.ClientConfigurationError: Meaning(StoreError, "the URL or a PG... variable is wrong"),
    asyncpg.InterfaceError: _LOST,  # of a connection that is closed
    asyncpg.InternalClientError: _LOST,  # of one that the server is closing
}
"""The class of an error that does not come from the server -> what it means; the first one fits."""


def meaning(error: BaseException) -> Meaning:
    """Return what an error means."""
    if isinstance(error, asyncpg.PostgresError):
        code = error.sqlstate or ""
        return MEANINGS.get(code) or MEANINGS.get(code[:2]) or _OTHER
    of_types = (it for kind, it in MEANINGS_OF_TYPES.items() if isinstance(error, kind))
    return next(of_types, _OTHER)


FAILURES: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)
"""What the driver raises."""


def named(error: BaseException, name: str) -> StoreError:
    """Return an error as that of a store, which names the database and says what to do."""
    kind, text = meaning(error)
    reason = str(error) or type(error).__name__
    return kind(f"{name}: {text}: {reason}")


@contextmanager
def named_errors(name: str) -> Iterator[None]:
    """Raise the errors of the driver as those of a store."""
    try:
        yield
    except FAILURES as error:
        raise named(error, name) from error
