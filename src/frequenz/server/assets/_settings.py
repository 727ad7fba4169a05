"""What a server can be told."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerSettings:
    """What a server can be told.

    Raises:
        ValueError: If the host is not this machine's loopback and `insecure` is not set, the port
            is none, or only one of the two files for TLS is given.
    """

    host: str = "127.0.0.1"
    """The address to listen on: an IP address, or `localhost`."""

    port: int = 0
    """The port to listen on; 0 = any free one."""

    database: Path | None = None
    """The file in which the inventory is kept; None = in memory."""

    grace_seconds: float = 30.0
    """How long calls in flight may go on when the server stops, in s."""

    insecure: bool = False
    """Whether others than this machine may be served, though callers are not checked."""

    ssl_certificate_chain: Path | None = None
    """The server's certificate and those above it (PEM); with it, the server speaks TLS only."""

    ssl_private_key: Path | None = None
    """The key of the certificate (PEM)."""

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise ValueError(f"port must be from 0 to 65535, got {self.port}")
        if self.grace_seconds < 0:
            raise ValueError(f"grace_seconds must not be negative, got {self.grace_seconds}")
        if not self.insecure and not _is_loopback(self.host):
            raise ValueError(
                f"host {self.host} is not a loopback address: the server does not check its callers"
                " yet, so it is refused unless insecure is set"
            )
        if (self.ssl_certificate_chain is None) != (self.ssl_private_key is None):
            raise ValueError("ssl_certificate_chain and ssl_private_key go together, got only one")

    @property
    def address(self) -> str:
        """The host as it stands in a URL, without the port."""
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
