"""The connections of callers: a limit for those of an address, and their ends.

gRPC for Python neither tells nor closes connections. Their sockets are files of this process,
though: these are listed, and shut down, which gRPC takes as a disconnected caller.
"""

import asyncio
import errno
import ipaddress
import logging
import os
import socket
import stat
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias
from urllib.parse import unquote

Host: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

_OPEN_FILES: Final = Path("/dev/fd")
_LOOK_SECONDS: Final = 1.0
_IPV6_PREFIX: Final = 64
"""The part of an IPv6 address that counts as one address: who has one mostly has all with it."""

_logger = logging.getLogger("frequenz.server.assets")


class Connections:
    """The connections of callers to some ports of this process."""

    def __init__(self, ports: Callable[[], Collection[int]], per_address: int) -> None:
        """Limit the connections of each address.

        Args:
            ports: Returns the ports of this process that are for callers.
            per_address: How many connections an address may have.
        """
        self._ports = ports
        self._per_address = per_address
        self._known: dict[int, str | None] = {}
        """The callers of sockets, by inode, in the order in which they were seen.

        None for sockets of another kind.
        """

    def __len__(self) -> int:
        """Return how many connections there were a moment ago."""
        return sum(caller is not None for caller in self._known.values())

    async def watch(self) -> None:
        """Keep to the limit, until cancelled."""
        while True:
            if closed := self.close_surplus():
                _logger.warning(
                    "Closed connections beyond %d for an address: %s",
                    self._per_address,
                    ", ".join(f"{count} of {caller}" for caller, count in closed.items()),
                )
            await asyncio.sleep(_LOOK_SECONDS)

    def close_surplus(self) -> Counter[str]:
        """Close connections beyond the limit, those seen last first; return how many of whom."""
        numbers = _sockets()
        new = numbers.keys() - self._known.keys()
        self._known = {
            **{inode: caller for inode, caller in self._known.items() if inode in numbers},
            **{inode: self._caller(numbers[inode]) for inode in new},
        }
        counts, closed = Counter[str](), Counter[str]()
        for inode, caller in self._known.items():
            if caller is not None:
                counts[caller] += 1
                if counts[caller] > self._per_address:
                    closed[caller] += _shut_down(numbers[inode], inode)
        return closed

    def _caller(self, number: int) -> str | None:
        """Return who has opened a connection: an IPv4 address, or the network of an IPv6 one."""
        ends = _ends(number)
        return group(ends.host) if ends is not None and ends.port in self._ports() else None


class _Ends(NamedTuple):
    """The ends of a connection."""

    port: int
    """That of this process."""

    host: Host
    caller_port: int


def disconnect(peers: Collection[str]) -> None:
    """Shut connections down, given what gRPC calls their peers: `ipv4:192.0.2.7:50123`."""
    callers = {_parsed(peer) for peer in peers}
    for inode, number in _sockets().items():
        ends = _ends(number)
        if ends is not None and (ends.host, ends.caller_port) in callers:
            _shut_down(number, inode)


def _parsed(peer: str) -> tuple[Host, int]:
    _, _, address = unquote(peer).partition(":")
    host, _, port = address.rpartition(":")
    return parse_host(host.strip("[]")), int(port)


def _ends(number: int) -> _Ends | None:
    """Return the ends of a connection; None for a socket of another kind."""
    try:
        connection = socket.socket(fileno=number)
    except OSError:
        return None
    try:
        here, there = connection.getsockname(), connection.getpeername()
    except OSError:  # it listens, or was closed meanwhile
        return None
    finally:
        connection.detach()  # it belongs to gRPC
    if connection.family not in (socket.AF_INET, socket.AF_INET6):
        return None
    return _Ends(here[1], parse_host(there[0]), there[1])


def parse_host(text: str) -> Host:
    """Return an address; that of IPv4 which one of IPv6 stands for."""
    address = ipaddress.ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _sockets() -> dict[int, int]:
    """Return the descriptors of the sockets of this process, by inode."""
    found: dict[int, int] = {}
    if not _OPEN_FILES.is_dir():  # such as on Windows
        return found
    for number in _open_files():
        try:
            status = os.fstat(number)
        except OSError:  # closed meanwhile
            continue
        if stat.S_ISSOCK(status.st_mode):
            found[status.st_ino] = number
    return found


def _open_files() -> Iterable[int]:
    """Return the descriptors that may be open."""
    try:
        return [int(file.name) for file in _OPEN_FILES.iterdir()]
    except OSError as error:
        if error.errno != errno.EMFILE:
            raise
        return range(os.sysconf("SC_OPEN_MAX"))  # all are in use, so that none is left to list them


def _shut_down(number: int, inode: int) -> bool:
    """Shut a socket down, unless its descriptor is another file by now."""
    try:
        used = os.dup(number)  # this one stays the same file
    except OSError:
        used = number  # all descriptors are in use
    try:
        connection = socket.socket(fileno=used)
    except OSError:
        return False
    try:
        if os.fstat(used).st_ino != inode:
            return False
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:  # disconnected meanwhile
        return False
    finally:
        if used == number:
            connection.detach()  # it belongs to gRPC
        else:
            connection.close()
    return True


def group(host: Host) -> str:
    """Return what counts as one address: an IPv4 address, or the network of an IPv6 one."""
    if isinstance(host, ipaddress.IPv4Address):
        return str(host)
    return str(ipaddress.ip_network((host, _IPV6_PREFIX), strict=False))
