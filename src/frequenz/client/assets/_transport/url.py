"""The URL of a server: reads its parts, and names the part that is invalid."""

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
"""The limit of gRPC, which has 31 bits for milliseconds, in s."""

_LONGEST_PATH: Final = 107
"""The limit of the system for the path of a socket, in bytes."""

_BOOLEANS: Final = {"true": True, "on": True, "1": True, "false": False, "off": False, "0": False}

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address


class TlsFiles(NamedTuple):
    """The files for TLS, or their contents."""

    root_certificates: Path | bytes | None
    private_key: Path | bytes | None
    certificate_chain: Path | bytes | None


class Pings(NamedTuple):
    """Keep-alive pings, sent during calls and between them."""

    interval: float
    """How often, in s."""

    timeout: float
    """How long a reply may take, in s."""


class Server(NamedTuple):
    """The address of a server, and the options for its channel."""

    target: str
    """The target for gRPC."""

    is_balanced: bool
    """Whether calls go to all addresses of the target, one after the other."""

    is_loopback: bool
    """Whether the server is on this machine."""

    tls: TlsFiles | None
    """None = plaintext."""

    pings: Pings | bool
    """True = those of the client, only during calls; False = no pings."""

    @property
    def hosts(self) -> tuple[str, ...]:
        """The host names or IP addresses; none for a Unix socket."""
        scheme, _, rest = self.target.partition(":")
        if scheme == "unix":
            return ()
        ends = rest.removeprefix("///").split(",")
        return tuple(end.rpartition(":")[0].strip("[]") for end in ends)


def read_url(url: str, defaults: ChannelOptions) -> Server:
    """Return the server of a URL; defaults replace what the URL omits.

    Raises:
        TypeError: If the URL is not a string.
        ValueError: If a part of the URL is invalid; names the part.
    """
    if not isinstance(url, str):
        raise TypeError(f"server_url: expected a string, got {url!r}")
    scheme, separator, rest = url.partition("://")
    if has_user_info(url):
        raise _error("user info", "not allowed; pass keys as auth_key and sign_secret")
    if re.search(r"[\s\x00-\x1f]", url):
        raise ValueError("server_url: must not contain whitespace or control characters")
    scheme = scheme.lower()
    if not separator or scheme not in SCHEMES:
        without_query = url.partition("?")[0]  # the query may contain a secret
        raise _error(
            "scheme", f"expected {FORM}, grpc+dns:// or grpc+unix://, got {without_query!r}"
        )
    if "#" in rest:
        raise _error("fragment", f"not allowed, got {rest[rest.index('#') :]!r}")
    address, mark, query = rest.partition("?")
    netloc, slash, path = address.partition("/")
    parameters = _parameters(query, has_query=bool(mark))
    port = DEFAULT_PORT if defaults.port is None else defaults.port
    if not 1 <= port <= 65535:
        raise ValueError(f"channel_defaults: port: expected a number from 1 to 65535, got {port}")
    target = SCHEMES[scheme](netloc, slash + path, port)
    return Server(*target, _tls(parameters, defaults), _pings(parameters, defaults.keep_alive))


def has_user_info(url: str) -> bool:
    """Return whether a URL may contain a password, which messages must not repeat.

    It may if it has an @ anywhere but in the path of a socket or a file.
    """
    scheme, _, rest = url.partition("://")
    address, _, query = rest.partition("?")
    is_path = scheme.lower() == "grpc+unix" and address.startswith("/")
    others = (it for it in query.split("&") if not it.partition("=")[0].endswith("_path"))
    return any("@" in part for part in (scheme, "" if is_path else address, *others))


def _error(part: str, problem: str) -> ValueError:
    return ValueError(f"server_url: {part}: {problem}")


# The address --------------------------------------------------------------------------------------

_Target: TypeAlias = tuple[str, bool, bool]
"""The first three fields of `Server`."""


def _read_hosts(netloc: str, path: str, default_port: int) -> _Target:
    """Read a host, or several IP addresses."""
    _refuse_path(path)
    hosts = [_host_and_port(text, default_port) for text in netloc.split(",")]
    addresses = [_address(host) for host, _ in hosts]
    if len(hosts) == 1 and addresses[0] is None:
        ((host, port),) = hosts
        return f"dns:///{host}:{port}", False, host.rstrip(".").lower() == "localhost"
    known = [address for address in addresses if address is not None]
    if len(known) < len(hosts) or len({address.version for address in known}) > 1:
        raise _error(
            "host",
            f"expected one host name, or IP addresses of one family, got {netloc!r}; for a name"
            " with several addresses, use grpc+dns://NAME:PORT",
        )
    targets = ",".join(
        f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"
        for address, (_, port) in zip(known, hosts, strict=True)
    )
    is_loopback = all(address.is_loopback for address in known)
    return f"ipv{known[0].version}:{targets}", len(hosts) > 1, is_loopback


def _read_name(netloc: str, path: str, default_port: int) -> _Target:
    """Read a host name, all of whose addresses are used."""
    _refuse_path(path)
    if "," in netloc:
        raise _error("host", f"expected one host name, got {netloc!r}")
    host, port = _host_and_port(netloc, default_port)
    if _address(host) is not None:
        raise _error("host", f"expected a host name, got {host!r}; use grpc:// for IP addresses")
    return f"dns:///{host}:{port}", True, host.rstrip(".").lower() == "localhost"


def _read_socket(netloc: str, path: str, _: int) -> _Target:
    """Read the path of a Unix socket."""
    if netloc or len(path) < 2:
        raise _error("path", "expected grpc+unix:///PATH with the absolute path of a socket")
    decoded = unquote(path)
    if "\0" in decoded or len(decoded.encode()) > _LONGEST_PATH:
        raise _error("path", f"expected at most {_LONGEST_PATH} bytes without NUL, got {path!r}")
    return f"unix://{quote(decoded)}", False, True  # gRPC decodes the path again


SCHEMES: Final[Mapping[str, Callable[[str, str, int], _Target]]] = {
    "grpc": _read_hosts,
    "grpc+dns": _read_name,
    "grpc+unix": _read_socket,
}


def _refuse_path(path: str) -> None:
    if path:
        raise _error("path", f"not allowed, got {path!r}")


def _host_and_port(text: str, default_port: int) -> tuple[str, int]:
    """Return the host, without the brackets of an IPv6 address, and the port."""
    if text.startswith("["):
        host, bracket, after = text[1:].partition("]")
        if not bracket or not isinstance(_address(host), ipaddress.IPv6Address):
            raise _error("host", f"expected an IPv6 address in brackets, got {text!r}")
    else:
        host, colon, after = text.partition(":")
        after = colon + after
        if not host:
            raise _error("host", f"missing; expected {FORM}")
        if after.count(":") > 1:
            raise _error("host", f"expected brackets around an IPv6 address, got {text!r}")
        if _address(host) is None and (not _HOST.fullmatch(host) or re.fullmatch(r"[\d.]+", host)):
            raise _error("host", f"expected a host name or an IP address, got {host!r}")
    if not after:
        return host, default_port
    digits = after.removeprefix(":")
    if not after.startswith(":") or not re.fullmatch(r"[0-9]{1,5}", digits):
        raise _error("port", f"expected a number from 1 to 65535, got {digits!r}")
    if not 1 <= int(digits) <= 65535:
        raise _error("port", f"expected a number from 1 to 65535, got {digits}")
    return host, int(digits)


def _address(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


# The parameters -----------------------------------------------------------------------------------

_TLS: Final = ("ssl_root_certificates_path", "ssl_private_key_path", "ssl_certificate_chain_path")
_PING: Final = ("keep_alive_interval_s", "keep_alive_timeout_s")
_KNOWN: Final = ("ssl", *_TLS, "keep_alive", *_PING)


def _parameters(query: str, *, has_query: bool) -> dict[str, str]:
    """Return the parameters; if one is given several times, the last value."""
    if has_query and not query:
        raise _error("parameters", "missing after the ?")
    try:
        found = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        raise _error("parameters", "expected PARAMETER=VALUE&...") from None
    for name, value in found:
        if name not in _KNOWN:
            raise _error(f"parameter {name!r}", f"unknown; expected one of: {', '.join(_KNOWN)}")
        if not value:
            raise _error(f"parameter {name}", "must not be empty")
    return dict(found)


def _tls(parameters: Mapping[str, str], defaults: ChannelOptions) -> TlsFiles | None:
    enabled = _boolean(parameters, "ssl", default=defaults.ssl.enabled)
    if not enabled:
        for name in _TLS:
            if name in parameters:
                raise _error(f"parameter {name}", "requires ssl=true")
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
    if key is not None and chain is None:
        raise _error("parameter ssl_certificate_chain_path", "missing; a private key requires it")
    if chain is not None and key is None:
        raise _error("parameter ssl_private_key_path", "missing; a certificate chain requires it")
    return TlsFiles(roots, key, chain)


def _pings(parameters: Mapping[str, str], defaults: KeepAliveOptions) -> Pings | bool:
    is_in_url = any(name in parameters for name in ("keep_alive", *_PING))
    if not is_in_url and defaults == KeepAliveOptions():  # the caller did not set them either
        return True
    if not _boolean(parameters, "keep_alive", default=defaults.enabled):
        for name in _PING:
            if name in parameters:
                raise _error(f"parameter {name}", "requires keep_alive=true")
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
        raise _error(f"parameter {name}", f"expected true or false, got {parameters[name]!r}")
    return value


def _seconds(parameters: Mapping[str, str], name: str, default: timedelta) -> float:
    value: Any = parameters.get(name, default.total_seconds())
    try:
        seconds = float(value)
    except ValueError:
        seconds = math.nan
    if not 0.001 <= seconds <= _LONGEST_PING:
        raise _error(
            f"parameter {name}", f"expected 0.001 to {_LONGEST_PING:.0f} seconds, got {value}"
        )
    return seconds
