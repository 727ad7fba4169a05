"""How a server serves: its address, database, callers, TLS and shutdown."""

import ipaddress
import os
import warnings
from dataclasses import dataclass, field
from datetime import datetime
from types import UnionType
from typing import Final, NamedTuple

from frequenz.client.assets._readable_defaults import ReadableDefaults

from ._callers.callers import DEFAULT_TOLERANCE_SECONDS
from ._callers.limits import Limits
from ._callers.opening import DATABASE, MEMORY
from ._stores.urls import check_url, is_url

_NUMBERS: Final[dict[str, tuple[type | UnionType, str]]] = {
    "port": (int, "an integer"),
    "grace_seconds": (int | float, "a number of seconds"),
    "pause_seconds": (int | float, "a number of seconds"),
    "clock_tolerance_seconds": (int | float, "a number of seconds"),
    "max_nonces": (int | None, "an integer or None"),
}
"""The type of settings that are numbers, and what it is called."""

_PATHS: Final = (
    *("database", "keys", "encryption_key", "nonces"),
    *("ssl_certificate_chain", "ssl_private_key", "ssl_client_root_certificates"),
)

_FLAGS: Final = ("insecure", "allow_anonymous", "allow_plaintext", "allow_keys_without_secret")

_CHOICES: Final = {
    "health": ("open", "off"),
    "reflection": ("open", "keys", "off"),
    "access_log": ("off", "text", "json"),
}
"""The values of settings that are one of a few words."""

_ADDRESSES: Final = ("health", "reflection", "metrics")
"""Settings that may be HOST:PORT."""

MAX_TOLERANCE_SECONDS: Final = 86400
"""In s; larger ones would only need more memory for nonces."""


class Address(NamedTuple):
    """An address to listen on."""

    host: str
    port: int

    @property
    def in_url(self) -> str:
        """The host as in a URL, an IPv6 address in brackets."""
        return f"[{self.host}]" if ":" in self.host else self.host


def parse_address(text: str) -> Address | None:
    """Return the address in HOST:PORT or [IPv6]:PORT, or None if it is not one."""
    host, separator, port = text.rpartition(":")
    is_bracketed = host.startswith("[") and host.endswith("]")
    is_port = port.isascii() and port.isdecimal() and len(port) <= 5 and int(port) <= 65535
    if not separator or not host or not is_port or (":" in host and not is_bracketed):
        return None
    return Address(host.strip("[]"), int(port))


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerSettings(metaclass=ReadableDefaults):
    """How a server serves.

    Raises:
        ValueError: If a setting is out of range or not one of its values, `host` is not a loopback
            address and callers are not checked over TLS without that being allowed, only one of the
            two files for TLS is given, a setting needs another one that is missing, or
            the database is a URL with a password or unknown parameters.
        TypeError: If a setting has a wrong type; the message names it.
    """

    host: str = "127.0.0.1"
    """The address to listen on: an IP address, or `localhost`."""

    port: int = 0
    """The port to listen on; 0 = any free one."""

    database: str | os.PathLike[str] | None = None
    """The SQLite file to keep the inventory in, or a URL, `postgresql://user@host/name`.

    None = a temporary file, removed when the server stops.
    """

    as_of: datetime | None = None
    """Serve the inventory in the database as it was known at this moment, with a time zone."""

    shares_port: bool = False
    """Whether other servers on the same database may listen on the same port; needs a `port`."""

    grace_seconds: float = 30.0
    """How long calls in flight may continue after the server stops, in s."""

    pause_seconds: float = 0.0
    """How long a server that stops still answers while its health is NOT_SERVING, in s."""

    keys: str | os.PathLike[str] | None = None
    """The TOML file with the keys of callers; None = callers are not checked.

    `database` = they are in the database, where changes count within a second.
    """

    encryption_key: str | os.PathLike[str] | None = None
    """The file with the key that the secrets of keys are encrypted with.

    None = the environment variable `ASSETS_SERVER_ENCRYPTION_KEY`.
    """

    nonces: str | os.PathLike[str] | None = None
    """The SQLite file with the nonces of calls; None = beside the keys, with the suffix `.nonces`.

    `database` = in the PostgreSQL database, or beside the SQLite one. Servers with the same keys
    need the same nonces. `memory` = none: then a recorded call can be repeated once after each
    restart.
    """

    max_nonces: int | None = None
    """How many nonces are remembered; calls beyond are refused. A key has an eighth of the space.

    None = as many as eight keys need that call as often as the limits allow.
    """

    clock_tolerance_seconds: float = DEFAULT_TOLERANCE_SECONDS
    """By how much the clocks of callers may differ from that of the server, in s."""

    allow_keys_without_secret: bool = False
    """Whether keys may have no secret, so that their calls are not signed."""

    allow_anonymous: bool = False
    """Whether other machines may be served although callers are not checked."""

    allow_plaintext: bool = False
    """Whether other machines may be served without TLS, such as by a proxy that has it."""

    insecure: bool = False
    """Deprecated: `allow_anonymous` and `allow_plaintext`."""

    limits: Limits = field(default_factory=Limits)
    """How much callers may ask for."""

    health: str = "open"
    """Who may ask for the health: `open` = anybody, `off`, or another address, HOST:PORT."""

    reflection: str = "keys"
    """Who may use reflection: `keys` = callers, `open`, `off`, or another address, HOST:PORT."""

    metrics: str | None = None
    """The address, HOST:PORT, to serve metrics for Prometheus on."""

    access_log: str = "off"
    """Whether each call is logged on standard error, as `text` or `json`."""

    ssl_certificate_chain: str | os.PathLike[str] | None = None
    """PEM file with the server's certificate and its issuers; the server then only speaks TLS."""

    ssl_private_key: str | os.PathLike[str] | None = None
    """PEM file with the private key of the certificate, unencrypted."""

    ssl_client_root_certificates: str | os.PathLike[str] | None = None
    """PEM file with the authorities of clients, which then need a certificate (mutual TLS)."""

    def __post_init__(self) -> None:
        self._check_types()
        if isinstance(self.database, str) and is_url(self.database):
            check_url(self.database)
        if not 0 <= self.port <= 65535:
            raise ValueError(f"port: expected a number from 0 to 65535, got {self.port}")
        for name in ("grace_seconds", "pause_seconds"):
            if not getattr(self, name) >= 0:  # nor NaN
                raise ValueError(f"{name}: expected 0 or more, got {getattr(self, name)}")
        if not 1 <= self.clock_tolerance_seconds <= MAX_TOLERANCE_SECONDS:
            raise ValueError(
                f"clock_tolerance_seconds: expected 1 to {MAX_TOLERANCE_SECONDS}, got"
                f" {self.clock_tolerance_seconds}"
            )
        if self.max_nonces is not None and self.max_nonces < 1:
            raise ValueError(f"max_nonces: expected 1 or more, got {self.max_nonces}")
        self._check_words()
        self._check_files()
        if self.insecure:
            text = "insecure is deprecated; use allow_anonymous and allow_plaintext"
            warnings.warn(text, DeprecationWarning, stacklevel=3)
        self._check_host()

    def _check_words(self) -> None:
        for name in {*_CHOICES, *_ADDRESSES}:
            value, choices = getattr(self, name), _CHOICES.get(name, ())
            is_address = name in _ADDRESSES and value is not None and parse_address(value)
            if value is not None and value not in choices and not is_address:
                expected = [*choices, *(["HOST:PORT"] if name in _ADDRESSES else [])]
                raise ValueError(f"{name}: expected {' or '.join(expected)}, got {value!r}")

    def _check_files(self) -> None:
        if (self.ssl_certificate_chain is None) != (self.ssl_private_key is None):
            raise ValueError(
                "ssl_certificate_chain, ssl_private_key: expected both or neither, got one"
            )
        if self.ssl_client_root_certificates is not None and not self.has_tls:
            raise ValueError("ssl_client_root_certificates: needs ssl_certificate_chain")
        for name in ("encryption_key", "nonces"):
            if getattr(self, name) is not None and self.keys is None:
                raise ValueError(f"{name}: needs keys")
        for name in ("keys", "nonces"):
            if getattr(self, name) == DATABASE and self.database is None:
                raise ValueError(f"{name}: {DATABASE!r} needs a database")
        if self.shares_port and self.nonces == MEMORY:
            raise ValueError(f"nonces: {MEMORY!r} is of one process, and others share the port")

    def _check_host(self) -> None:
        """Raise if other machines are served without what protects them."""
        if _is_loopback(self.host):
            return
        missing = [
            (what, allowing)
            for is_missing, what, allowing in (
                (self.keys is None and not self.allow_anonymous, "keys", "allow_anonymous"),
                (
                    not self.has_tls and not self.allow_plaintext,
                    "ssl_certificate_chain and ssl_private_key",
                    "allow_plaintext",
                ),
            )
            if is_missing and not self.insecure
        ]
        if missing:
            needed = " and ".join(what for what, _ in missing)
            allowing = " and ".join(allowing for _, allowing in missing)
            raise ValueError(
                f"host: {self.host!r} is not a loopback address, and other machines need {needed};"
                f" to serve them without, set {allowing}"
            )

    def _check_types(self) -> None:
        if not isinstance(self.host, str):
            raise TypeError(f"host: expected a string, got {self.host!r}")
        if not isinstance(self.limits, Limits):
            raise TypeError(f"limits: expected Limits, got {self.limits!r}")
        for name in _FLAGS:
            if not isinstance(getattr(self, name), bool):
                raise TypeError(f"{name}: expected a bool, got {getattr(self, name)!r}")
        for name in {*_CHOICES, *_ADDRESSES}:
            value = getattr(self, name)
            if not isinstance(value, str) and not (value is None and name == "metrics"):
                raise TypeError(f"{name}: expected a string, got {value!r}")
        for name, (kind, expected) in _NUMBERS.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, kind):
                raise TypeError(f"{name}: expected {expected}, got {value!r}")
        for name in _PATHS:
            value = getattr(self, name)
            if not isinstance(value, str | os.PathLike | None):
                raise TypeError(f"{name}: expected a path or None, got {value!r}")

    @property
    def address(self) -> str:
        """The host as in a URL, an IPv6 address in brackets."""
        return Address(self.host, self.port).in_url

    def url_at(self, port: int) -> str:
        """Return the URL for clients of a server that listens on a port."""
        return f"grpc://{self.address}:{port}?ssl={str(self.has_tls).lower()}"

    @property
    def has_tls(self) -> bool:
        """Whether the server speaks TLS."""
        return self.ssl_private_key is not None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
