"""The HTTP proxy that gRPC takes from the environment."""

from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from .url import Server

PROXY_VARIABLES: Final = ("grpc_proxy", "https_proxy", "http_proxy")
"""gRPC uses the first one that is set."""

NO_PROXY_VARIABLES: Final = ("no_grpc_proxy", "no_proxy", "NO_PROXY")
"""The hosts without a proxy. gRPC itself ignores the last one."""


class Proxy(NamedTuple):
    """A proxy, and the variable that names it."""

    variable: str
    address: str
    """Without user name and password."""


def find_proxy(server: Server, environment: Mapping[str, str]) -> Proxy | None:
    """Return the proxy for a server; None if it is on this machine, or excluded."""
    if server.is_loopback or any(_is_excluded(host, environment) for host in server.hosts):
        return None
    for variable in PROXY_VARIABLES:
        if url := environment.get(variable):
            return Proxy(
                variable, urlsplit(url if "://" in url else f"//{url}").netloc.rpartition("@")[2]
            )
    return None


def _is_excluded(host: str, environment: Mapping[str, str]) -> bool:
    entries = (
        entry.strip().lower()
        for variable in NO_PROXY_VARIABLES
        for entry in environment.get(variable, "").split(",")
    )
    return any(entry == "*" or (entry and host.lower().endswith(entry)) for entry in entries)
