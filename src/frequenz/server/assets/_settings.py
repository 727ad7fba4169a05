"""How a server serves: its address, database, TLS and shutdown."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerSettings:
    """How a server serves.

    Raises:
        ValueError: If `port` or `grace_seconds` is out of range, `host` is not a loopback address
            and `insecure` is not set, or only one of the two files for TLS is given.
    """

    host: str = "127.0.0.1"
    """The address to listen on: an IP address, or `localhost`."""

    port: int = 0
    """The port to listen on; 0 = any free one."""

    database: Path | None = None
    """The SQLite file to keep the inventory in; None = in memory."""

    grace_seconds: float = 30.0
    """How long calls in flight may continue after the server stops, in s."""

    insecure: bool = False
    """Whether other machines may be served, although callers are not checked."""

    ssl_certificate_chain: Path | None = None
    """PEM file with the server's certificate and its issuers; the server then only speaks TLS."""

    ssl_private_key: Path | None = None
    """PEM file with the private key of the certificate, unencrypted."""

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise ValueError(f"port: expected a number from 0 to 65535, got {self.port}")
        if self.grace_seconds < 0:
            raise ValueError(f"grace_seconds: must not be negative, got {self.grace_seconds}")
        if not self.insecure and not _is_loopback(self.host):
            raise ValueError(
                f"host: {self.host!r} is not a loopback address; callers are not checked yet, so"
                " set insecure to serve other machines"
            )
        if (self.ssl_certificate_chain is None) != (self.ssl_private_key is None):
            raise ValueError(
                "ssl_certificate_chain, ssl_private_key: expected both or neither, got one"
            )

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
