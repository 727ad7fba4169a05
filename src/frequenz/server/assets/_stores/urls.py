"""URLs of PostgreSQL databases: what they say, completed from the environment and service files."""

import configparser
import getpass
import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlencode

from .store import StoreError


class UrlError(StoreError, ValueError):
    """A URL of a database is wrong."""


SCHEMES: Final = ("postgresql", "postgres")

_DEFAULT_PORT: Final = 5432

_DEFAULT_MAX_LAG: Final = 60.0
"""Longer than a failover by Patroni takes, so that standbys answer meanwhile."""

_READS: Final[Mapping[str, bool]] = {"primary": False, "prefer-standby": True}
"""A value of `reads` -> whether standbys are read."""

_PASSED_ON: Final = frozenset(
    {
        *("application_name", "gsslib", "krbsrvname", "options", "passfile", "service"),
        *("ssl_max_protocol_version", "ssl_min_protocol_version", "sslcert", "sslcrl", "sslkey"),
        *("sslmode", "sslnegotiation", "sslrootcert"),
    }
)
"""The parameters that the driver understands, or passes to the server."""

_OWN: Final = frozenset({"max-lag", "reads"})

_PLACES: Final = frozenset({"dbname", "host", "port", "user"})
"""The parameters that stand for other parts of the URL."""

_PASSWORDS: Final = frozenset({"password", "sslpassword"})

_OTHER_URL: Final = "database: expected a file, or postgresql://USER@HOST/NAME, not another URL"

_NO_PASSWORD: Final = (
    "database: the URL has a password, which every user of this machine can see in the list of"
    " processes; set PGPASSWORD, or put it into ~/.pgpass or a service file instead (an @ that"
    " is of no password is %40)"
)


class Address(NamedTuple):
    """Where a server listens."""

    host: str
    """A name, an IP address, or the directory of a Unix socket."""

    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Location:
    """A database, and how to connect to it; passwords are left to the driver."""

    addresses: tuple[Address, ...]
    user: str
    database: str

    reads_standbys: bool
    """Whether standbys answer queries where possible."""

    max_lag_seconds: float
    """How long ago an answer from a standby may have been out of date."""

    parameters: tuple[tuple[str, str], ...]
    """Those for the driver."""

    @property
    def name(self) -> str:
        """The database in errors."""
        hosts = ",".join(map(str, self.addresses))
        return f"postgresql://{quote(self.user)}@{hosts}/{quote(self.database)}"

    @property
    def dsn(self) -> str:
        """The parameters as a URL without hosts, user and database."""
        return f"postgresql://?{urlencode(self.parameters, quote_via=quote)}"


def is_url(database: str) -> bool:
    """Return whether a database is given as a URL, perhaps a wrong one, and not as a file."""
    return "://" in database or database.startswith(tuple(f"{it}:" for it in SCHEMES))


def check_url(url: str) -> None:
    """Check a URL without the environment.

    Raises:
        UrlError: If it is of no known kind, or has a password, unknown parameters, or wrong values.
            The error never repeats the URL.
    """
    _parse(url)


def locate(url: str) -> Location:
    """Return what a URL says; what it leaves out comes from a service file or the environment.

    Raises:
        StoreError: As `check_url` does, if there is no such service, and if nothing says the user.
    """
    parts = _parse(url)
    service_name = parts.get("service") or os.environ.get("PGSERVICE", "")
    service = _read_service(service_name) if service_name else {}

    def first_of(part: str, variable: str) -> str:
        return parts.get(part) or service.get(part) or os.environ.get(variable, "")

    user = first_of("user", "PGUSER") or _user_of_system()
    parameters = {name: value for name, value in parts.items() if name in _PASSED_ON}
    if service_name:
        parameters["service"] = service_name
    return Location(
        addresses=_addresses(first_of("host", "PGHOST") or "localhost", first_of("port", "PGPORT")),
        user=user,
        database=first_of("dbname", "PGDATABASE") or user,
        reads_standbys=_READS[parts.get("reads", "primary")],
        max_lag_seconds=float(parts.get("max-lag", _DEFAULT_MAX_LAG)),
        parameters=tuple(sorted(parameters.items())),
    )


def _user_of_system() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a user without a name
        raise UrlError(
            "database: the user of this process has no name; write postgresql://USER@HOST/NAME"
        ) from None


def _parse(url: str) -> dict[str, str]:
    """Return the parts of a URL by the names of their parameters; those left out are missing."""
    # Not by urlsplit(), which accepts a single host only.
    scheme, _, after = url.partition("://")
    if scheme not in SCHEMES:
        raise UrlError(_OTHER_URL)
    rest, _, query = after.partition("?")
    authority, _, database = rest.partition("/")
    userinfo, _, hosts = authority.rpartition("@")
    user, _, password = userinfo.partition(":")
    # An @ further on: that of a password with "/" or "?" in it, parts of which errors would show.
    if password or "@" in database or "@" in query:
        raise UrlError(_NO_PASSWORD)
    try:
        given = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        raise UrlError(
            "database: expected parameters of the URL as ?name=value&name=value"
        ) from None
    parameters = dict(given)
    if _PASSWORDS & parameters.keys():
        raise UrlError(_NO_PASSWORD)
    parts = {"user": unquote(user), "host": hosts, "dbname": unquote(database)}
    parts = {name: value for name, value in parts.items() if value} | parameters
    _check_names(given, parameters, _PLACES | _PASSED_ON | _OWN)
    _check_values(parts)
    return parts


def _check_names(
    given: list[tuple[str, str]], parameters: Mapping[str, str], known: Iterable[str]
) -> None:
    if unknown := parameters.keys() - known:
        hint = (
            "; writes go to the primary, and reads=prefer-standby lets standbys answer queries"
            if "target_session_attrs" in unknown
            else f"; known are {', '.join(sorted(known))}"
        )
        raise UrlError(
            f"database: unknown parameter of the URL: {', '.join(sorted(unknown))}{hint}"
        )
    if len(given) > len(parameters):
        raise UrlError("database: a parameter of the URL is given twice")


def _check_values(parts: Mapping[str, str]) -> None:
    reads = parts.get("reads", "primary")
    if reads not in _READS:
        raise UrlError(f"database: reads: expected {' or '.join(_READS)}, got {reads!r}")
    max_lag = parts.get("max-lag", "1")
    try:
        is_valid = 0 < float(max_lag) < math.inf
    except ValueError:
        is_valid = False
    if not is_valid:
        raise UrlError(f"database: max-lag: expected a number of seconds over 0, got {max_lag!r}")
    if "host" in parts:
        _addresses(parts["host"], parts.get("port", ""))


def _addresses(hosts: str, ports: str) -> tuple[Address, ...]:
    names = hosts.split(",")
    defaults = [_port(it) for it in ports.split(",")] if ports else [_DEFAULT_PORT]
    if len(defaults) == 1:
        defaults *= len(names)
    if len(defaults) != len(names):
        raise UrlError(f"database: {len(defaults)} ports do not fit {len(names)} hosts")
    return tuple(_address(name, port) for name, port in zip(names, defaults, strict=True))


def _address(quoted: str, default_port: int) -> Address:
    host = unquote(quoted)
    if host.startswith("/"):
        name, port = host, ""
    elif host.startswith("[") or host.count(":") > 1:
        name, bracket, rest = host.removeprefix("[").partition("]")
        if not (host.startswith("[") and bracket) or (rest and not rest.startswith(":")):
            raise UrlError(f"database: expected an IPv6 address in brackets, got {host!r}")
        port = rest[1:]
    else:
        name, _, port = host.partition(":")
    if not name:
        raise UrlError("database: the URL has an empty host")
    return Address(name, _port(port) if port else default_port)


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise UrlError(f"database: expected a port from 1 to 65535, got {text!r}")
    return int(text)


def _read_service(name: str) -> Mapping[str, str]:
    """Return the section of a service in the service file of the user."""
    path = Path(os.environ.get("PGSERVICEFILE") or Path.home() / ".pg_service.conf")
    parser = configparser.ConfigParser(interpolation=None)
    try:
        with path.open(encoding="utf-8") as file:
            parser.read_file(file)
        section = dict(parser[name])
    except OSError as error:
        raise StoreError(
            f"service {name!r}: cannot read {path}: {error.strerror or error}"
        ) from error
    except KeyError:
        raise StoreError(f"service {name!r}: {path} has no section [{name}]") from None
    except (configparser.Error, UnicodeDecodeError):
        # Without the error itself, which quotes lines, and these may have passwords.
        raise StoreError(f"service {name!r}: {path} is not a service file") from None
    if "dbname" not in section and "database" in section:
        section["dbname"] = section["database"]
    return section
