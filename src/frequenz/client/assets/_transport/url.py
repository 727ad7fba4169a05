"""The URL of a server: what each part of it means, and what is wrong with it."""

import ipaddress
import math
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias
from urllib.parse import parse_qsl, quote, unquote

from frequenz.client.base.channel import ChannelOptions, KeepAliveOptions

DEFAULT_PORT: Final = 9090

FORM: Final = "grpc://HOST[:PORT][?PARAMETER=VALUE&...]"

_HOST: Final = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?")
_LONGEST_PING: Final = 2_147_483.0
"""gRPC counts milliseconds in 31 bits."""

_LONGEST_PATH: Final = 107
"""What the system takes as the path of a socket, in bytes."""

_BOOLEANS: Final = {"true": True, "on": True, "1": True, "false": False, "off": False, "0": False}

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address


class TlsFiles(NamedTuple):
    """Where to find what TLS needs: files, or their contents."""

    root_certificates: Path | bytes | None
    private_key: Path | bytes | None
    certificate_chain: Path | bytes | None


class Pings(NamedTuple):
    """Pings that were asked for, also while there are no calls."""

    interval: float
    """How often, in s."""

    timeout: float
    """How long the answer may take, in s."""


class Server(NamedTuple):
    """Where a server is, and how to speak to it."""

    target: str
    """The target for gRPC."""

    is_balanced: bool
    """Whether calls go to all addresses of the target in turn."""

    is_loopback: bool
    """Whether the server is on this machine."""

    tls: TlsFiles | None
    """None = plaintext."""

    pings: Pings | bool
    """True = those of the client, only during calls; False = none."""


def read_url(url: str, defaults: ChannelOptions) -> Server:
    """Return what a URL says, filled up with the defaults.

    Raises:
        TypeError: If the URL is no string.
        ValueError: If a part of it is not as it must be; it is named.
    """
    if not isinstance(url, str):
        raise TypeError(f"server_url: expected a string, got {url!r}")
    scheme, separator, rest = url.partition("://")
    if has_user_info(url):
        raise _wrong("user info", "there must be none; give keys as auth_key and sign_secret")
    if re.search(r"[\s\x00-\x1f]", url):
        raise _wrong("the URL", "there must be no blanks")
    if not separator or scheme not in SCHEMES:
        shown = url.partition("?")[0]  # what follows may hold a secret
        raise _wrong("scheme", f"expected {FORM}, grpc+dns:// or grpc+unix://, got {shown!r}")
    if "#" in rest:
        raise _wrong("fragment", f"there must be none, got {rest[rest.index('#') :]!r}")
    place_text, mark, query = rest.partition("?")
    netloc, slash, path = place_text.partition("/")
    parameters = _parameters(query, has_query=bool(mark))
    port = DEFAULT_PORT if defaults.port is None else defaults.port
    if not 1 <= port <= 65535:
        raise ValueError(f"channel_defaults: port: expected a number from 1 to 65535, got {port}")
    place = SCHEMES[scheme](netloc, slash + path, port)
    return Server(*place, _tls(parameters, defaults), _pings(parameters, defaults.keep_alive))


def has_user_info(url: str) -> bool:
    """Return whether there is what looks like a password, which is not to be repeated.

    That is an @ anywhere but in the path of a socket or a file.
    """
    scheme, _, rest = url.partition("://")
    place, _, query = rest.partition("?")
    is_path = scheme == "grpc+unix" and place.startswith("/")
    others = (one for one in query.split("&") if not one.partition("=")[0].endswith("_path"))
    return any("@" in part for part in (scheme, "" if is_path else place, *others))


def _wrong(part: str, what: str) -> ValueError:
    return ValueError(f"server_url: {part}: {what}")


# Where the server is ------------------------------------------------------------------------------

_Place: TypeAlias = tuple[str, bool, bool]
"""Target, whether it is balanced, whether it is this machine."""


def _of_addresses(netloc: str, path: str, default_port: int) -> _Place:
    """Read a host, or several addresses."""
    _refuse_path(path)
    ends = [_host_and_port(end, default_port) for end in netloc.split(",")]
    addresses = [_address(host) for host, _ in ends]
    if len(ends) == 1 and addresses[0] is None:
        ((host, port),) = ends
        return f"dns:///{host}:{port}", False, host.rstrip(".").lower() == "localhost"
    known = [address for address in addresses if address is not None]
    if len(known) < len(ends) or len({address.version for address in known}) > 1:
        raise _wrong(
            "host",
            f"several hosts must be IP addresses of one family, got {netloc!r}; for a name with"
            " several addresses, use grpc+dns://NAME:PORT",
        )
    listed = ",".join(
        f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"
        for address, (_, port) in zip(known, ends, strict=True)
    )
    is_loopback = all(address.is_loopback for address in known)
    return f"ipv{known[0].version}:{listed}", len(ends) > 1, is_loopback


def _of_name(netloc: str, path: str, default_port: int) -> _Place:
    """Read a name, all of whose addresses are used."""
    _refuse_path(path)
    if "," in netloc:
        raise _wrong("host", f"grpc+dns:// takes one name, got {netloc!r}")
    host, port = _host_and_port(netloc, default_port)
    if _address(host) is not None:
        raise _wrong("host", f"grpc+dns:// takes a name, got the address {host}; use grpc://")
    return f"dns:///{host}:{port}", True, host.rstrip(".").lower() == "localhost"


def _of_socket(netloc: str, path: str, _: int) -> _Place:
    """Read the path of a Unix socket."""
    if netloc or len(path) < 2:
        raise _wrong("path", "expected grpc+unix:///PATH with the absolute path of a socket")
    decoded = unquote(path)
    if "\0" in decoded or len(decoded.encode()) > _LONGEST_PATH:
        raise _wrong("path", f"expected at most {_LONGEST_PATH} bytes without NUL, got {path!r}")
    return f"unix://{quote(decoded)}", False, True  # gRPC decodes it again


SCHEMES: Final[Mapping[str, Callable[[str, str, int], _Place]]] = {
    "grpc": _of_addresses,
    "grpc+dns": _of_name,
    "grpc+unix": _of_socket,
}


def _refuse_path(path: str) -> None:
    if path:
        raise _wrong("path", f"there must be none, got {path!r}")


def _host_and_port(end: str, default_port: int) -> tuple[str, int]:
    """Return the host, without the brackets of an IPv6 address, and the port."""
    if end.startswith("["):
        host, bracket, after = end[1:].partition("]")
        if not bracket or not isinstance(_address(host), ipaddress.IPv6Address):
            raise _wrong("host", f"expected an IPv6 address in brackets, got {end!r}")
    else:
        host, colon, after = end.partition(":")
        after = colon + after
        if not host:
            raise _wrong("host", f"missing; expected {FORM}")
        if after.count(":") > 1:
            raise _wrong("host", f"an IPv6 address stands in brackets, got {end!r}")
        if _address(host) is None and (not _HOST.fullmatch(host) or re.fullmatch(r"[\d.]+", host)):
            raise _wrong("host", f"expected a host name or an IP address, got {host!r}")
    if not after:
        return host, default_port
    digits = after.removeprefix(":")
    if not after.startswith(":") or not re.fullmatch(r"[0-9]{1,5}", digits):
        raise _wrong("port", f"expected a number from 1 to 65535, got {digits!r}")
    if not 1 <= int(digits) <= 65535:
        raise _wrong("port", f"expected a number from 1 to 65535, got {digits}")
    return host, int(digits)


def _address(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


# How to speak to it -------------------------------------------------------------------------------

_TLS: Final = ("ssl_root_certificates_path", "ssl_private_key_path", "ssl_certificate_chain_path")
_PING: Final = ("keep_alive_interval_s", "keep_alive_timeout_s")
_KNOWN: Final = ("ssl", *_TLS, "keep_alive", *_PING)


def _parameters(query: str, *, has_query: bool) -> dict[str, str]:
    """Return the parameters; of one that is given several times, the last."""
    if has_query and not query:
        raise _wrong("parameters", "there are none after the ?")
    try:
        found = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        raise _wrong("parameters", "expected PARAMETER=VALUE&...") from None
    for name, value in found:
        if name not in _KNOWN:
            raise _wrong(f"parameter {name!r}", f"unknown; there are {', '.join(_KNOWN)}")
        if not value:
            raise _wrong(f"parameter {name}", "there is no value")
    return dict(found)


def _tls(parameters: Mapping[str, str], defaults: ChannelOptions) -> TlsFiles | None:
    enabled = _boolean(parameters, "ssl", default=defaults.ssl.enabled)
    if not enabled:
        for name in _TLS:
            if name in parameters:
                raise _wrong(f"parameter {name}", "means nothing without TLS; give ssl=true")
        return None
    given = (
        defaults.ssl.root_certificates,
        defaults.ssl.private_key,
        defaults.ssl.certificate_chain,
    )
    roots, key, chain = (
        Path(parameters[name]) if name in parameters else default
        for name, default in zip(_TLS, given, strict=True)
    )
    for name, one, other in (
        ("ssl_certificate_chain_path", key, chain),
        ("ssl_private_key_path", chain, key),
    ):
        if one is not None and other is None:
            raise _wrong(f"parameter {name}", "missing; key and certificate chain go together")
    return TlsFiles(roots, key, chain)


def _pings(parameters: Mapping[str, str], defaults: KeepAliveOptions) -> Pings | bool:
    is_asked = "keep_alive" in parameters or any(name in parameters for name in _PING)
    # What everybody's default is nobody has asked for.
    if not is_asked and defaults == KeepAliveOptions():
        return True
    if not _boolean(parameters, "keep_alive", default=defaults.enabled):
        for name in _PING:
            if name in parameters:
                raise _wrong(f"parameter {name}", "means nothing without keep_alive=true")
        return False
    return Pings(
        *(
            _seconds(parameters, name, default)
            for name, default in zip(_PING, (defaults.interval, defaults.timeout), strict=True)
        )
    )


def _boolean(parameters: Mapping[str, str], name: str, *, default: bool) -> bool:
    if name not in parameters:
        return default
    value = _BOOLEANS.get(parameters[name].lower())
    if value is None:
        raise _wrong(f"parameter {name}", f"expected true or false, got {parameters[name]!r}")
    return value


def _seconds(parameters: Mapping[str, str], name: str, default: timedelta) -> float:
    given: Any = parameters.get(name, default.total_seconds())
    try:
        seconds = float(given)
    except ValueError:
        seconds = math.nan
    if not 0.001 <= seconds <= _LONGEST_PING:
        raise _wrong(
            f"parameter {name}", f"expected 0.001 to {_LONGEST_PING:.0f} seconds, got {given}"
        )
    return seconds
