"""How a server serves: its address, database, TLS and shutdown."""

import ipaddress
import os
from dataclasses import dataclass
from types import UnionType
from typing import Final

from frequenz.client.assets._readable_defaults import ReadableDefaults

from ._stores.urls import check_url, is_url

_NUMBERS: Final[dict[str, tuple[type | UnionType, str]]] = {
    "port": (int, "an integer"),
    "grace_seconds": (int | float, "a number of seconds"),
}
"""The type of settings that are numbers, and what it is called."""

_PATHS: Final = ("database", "ssl_certificate_chain", "ssl_private_key")


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerSettings(metaclass=ReadableDefaults):
    """How a server serves.

    Raises:
        ValueError: If `port` or `grace_seconds` is out of range, `host` is not a loopback address
            and `insecure` is not set, only one of the two files for TLS is given, or the database is a
            URL with a password or with unknown parameters.
        TypeError: If `host` is not a string, `port` or `grace_seconds` not a number, `insecure` not
            a bool, or a file not a path.
    """

    host: str = "127.0.0.1"
    """The address to listen on: an IP address, or `localhost`."""

    port: int = 0
    """The port to listen on; 0 = any free one."""

    database: str | os.PathLike[str] | None = None
    """Where to keep the inventory: an SQLite file, or the URL of a PostgreSQL database,
    `postgresql://USER@HOST,HOST/NAME`, without a password; None = in memory."""

    grace_seconds: float = 30.0
    """How long calls in flight may continue after the server stops, in s."""

    insecure: bool = False
    """Whether other machines may be served, although callers are not checked."""

    ssl_certificate_chain: str | os.PathLike[str] | None = None
    """PEM file with the server's certificate and its issuers; the server then only speaks TLS."""

    ssl_private_key: str | os.PathLike[str] | None = None
    """PEM file with the private key of the certificate, unencrypted."""

    def __post_init__(self) -> None:
        self._check_types()
        if isinstance(self.database, str) and is_url(self.database):
            check_url(self.database)
        if not 0 <= self.port <= 65535:
            raise ValueError(f"port: expected a number from 0 to 65535, got {self.port}")
        if not self.grace_seconds >= 0:  # nor NaN
            raise ValueError(f"grace_seconds: expected 0 or more, got {self.grace_seconds}")
        if not self.insecure and not _is_loopback(self.host):
            raise ValueError(
                f"host: {self.host!r} is not a loopback address; callers are not checked yet, so"
                " set insecure to serve other machines"
            )
        if (self.ssl_certificate_chain is None) != (self.ssl_private_key is None):
            raise ValueError(
                "ssl_certificate_chain, ssl_private_key: expected both or neither, got one"
            )

    def _check_types(self) -> None:
        if not isinstance(self.host, str):
            raise TypeError(f"host: expected a string, got {self.host!r}")
        if not isinstance(self.insecure, bool):
            raise TypeError(f"insecure: expected a bool, got {self.insecure!r}")
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
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def has_tls(self) -> bool:
        """Whether the server speaks TLS."""
        return self.ssl_private_key is not None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
