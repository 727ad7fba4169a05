"""Ports to listen on: whether they can be used, which gRPC does not say."""

import errno
import socket
from typing import Final

_LOOPBACKS: Final = ("127.0.0.1", "::1")
"""What gRPC resolves `localhost` to, whatever the system says."""


def check_port(host: str, port: int) -> None:
    """Raise why a port cannot be used on an address of the host; gRPC does not say why."""
    shown = f"[{host}]" if ":" in host else host
    failure = f"cannot listen on {shown}:{port}"
    for address in _LOOPBACKS if host == "localhost" else (host,):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError as error:
                if host == "localhost" and error.errno == errno.EADDRNOTAVAIL:
                    continue  # this machine has no IPv6
                reason = error.strerror or str(error)
                raise OSError(error.errno, f"{failure}: {reason}") from error


def reserve_port(host: str, port: int) -> socket.socket:
    """Return a socket that keeps a port for servers which share it, without listening.

    Raises:
        OSError: If the port cannot be used.
    """
    check_port(host, port)
    address = _LOOPBACKS[0] if host == "localhost" else host
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    reserved = socket.socket(family, socket.SOCK_STREAM)
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    reserved.bind((address, port))
    return reserved
