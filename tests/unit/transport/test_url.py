"""URLs of servers: what is read from them, and the messages for invalid ones."""

from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from frequenz.client.base.channel import ChannelOptions, KeepAliveOptions, SslOptions
from hypothesis import assume, example, given
from hypothesis import strategies as st

from frequenz.client.assets._transport.url import FORM, Pings, Server, TlsFiles, read_url

PLAIN: Final = ChannelOptions(ssl=SslOptions(enabled=False))
NO_FILES: Final = TlsFiles(None, None, None)


def server(target: str, **fields: Any) -> Server:
    """The server of a URL without parameters."""
    defaults = {"is_balanced": False, "is_loopback": False, "tls": None, "pings": True}
    return Server(target=target, **defaults | fields)


def read_or_error(url: str, defaults: ChannelOptions = PLAIN) -> Server | str:
    """The server of a URL, or the message that refuses it."""
    try:
        return read_url(url, defaults)
    except ValueError as error:
        return str(error)


# The address --------------------------------------------------------------------------------------

SERVERS: Final = {
    "grpc://example.com": server("dns:///example.com:9090"),
    "grpc://example.com:1": server("dns:///example.com:1"),
    "grpc://example.com:65535": server("dns:///example.com:65535"),
    "grpc://example.com.:00443": server("dns:///example.com.:443"),
    "grpc://under_score-1.example": server("dns:///under_score-1.example:9090"),
    "grpc://localhost": server("dns:///localhost:9090", is_loopback=True),
    "grpc://LocalHost.:5": server("dns:///LocalHost.:5", is_loopback=True),
    "grpc://10.0.0.1": server("ipv4:10.0.0.1:9090"),
    "grpc://127.0.0.1:50051": server("ipv4:127.0.0.1:50051", is_loopback=True),
    "grpc://127.3.2.1": server("ipv4:127.3.2.1:9090", is_loopback=True),
    "grpc://[::1]": server("ipv6:[::1]:9090", is_loopback=True),
    "grpc://[2001:db8::1]:443": server("ipv6:[2001:db8::1]:443"),
    "grpc://10.0.0.1:9090,10.0.0.2:9091": server(
        "ipv4:10.0.0.1:9090,10.0.0.2:9091", is_balanced=True
    ),
    "grpc://10.0.0.1,10.0.0.2:7": server("ipv4:10.0.0.1:9090,10.0.0.2:7", is_balanced=True),
    "grpc://127.0.0.1:1,127.0.0.1:2": server(
        "ipv4:127.0.0.1:1,127.0.0.1:2", is_balanced=True, is_loopback=True
    ),
    "grpc://127.0.0.1,10.0.0.2": server("ipv4:127.0.0.1:9090,10.0.0.2:9090", is_balanced=True),
    "grpc://[::1]:5,[2001:db8::2]": server("ipv6:[::1]:5,[2001:db8::2]:9090", is_balanced=True),
    "grpc+dns://example.com": server("dns:///example.com:9090", is_balanced=True),
    "grpc+dns://localhost:5": server("dns:///localhost:5", is_balanced=True, is_loopback=True),
    "grpc+unix:///run/assets.sock": server("unix:///run/assets.sock", is_loopback=True),
}


def test_the_address_of_a_server() -> None:
    assert {url: read_or_error(url) for url in SERVERS} == SERVERS


def test_the_default_port_is_used_if_the_url_has_none() -> None:
    targets = {
        "grpc://example.com": "dns:///example.com:50051",
        "grpc://example.com:9": "dns:///example.com:9",
        "grpc://[::1]": "ipv6:[::1]:50051",
        "grpc://10.0.0.1,10.0.0.2:9": "ipv4:10.0.0.1:50051,10.0.0.2:9",
        "grpc+dns://example.com": "dns:///example.com:50051",
    }
    defaults = ChannelOptions(port=50051)
    assert {url: read_url(url, defaults).target for url in targets} == targets


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_an_invalid_default_port_is_refused(port: int) -> None:
    with pytest.raises(ValueError, match=r"^channel_defaults: port: expected a number from 1 to"):
        read_url("grpc://example.com", ChannelOptions(port=port))


# The parameters -----------------------------------------------------------------------------------

FILES: Final = (
    "ssl_root_certificates_path=/r.pem&ssl_private_key_path=k%20y.pem"
    "&ssl_certificate_chain_path=../c.pem"
)


def test_the_url_sets_tls() -> None:
    expected = {
        "": NO_FILES,
        "?ssl=true": NO_FILES,
        "?ssl=ON": NO_FILES,
        "?ssl=1": NO_FILES,
        "?ssl=false": None,
        "?ssl=Off": None,
        "?ssl=0": None,
        "?ssl=true&ssl=false": None,
        "?ssl_root_certificates_path=%2Fr.pem": TlsFiles(Path("/r.pem"), None, None),
        f"?{FILES}": TlsFiles(Path("/r.pem"), Path("k y.pem"), Path("../c.pem")),
    }
    url, defaults = "grpc://example.com", ChannelOptions()
    assert {query: read_url(url + query, defaults).tls for query in expected} == expected


OWN_FILES: Final = SslOptions(
    root_certificates=b"roots", private_key=Path("key"), certificate_chain=b"chain"
)


@pytest.mark.parametrize(
    ("query", "defaults", "tls"),
    [
        ("", SslOptions(enabled=False), None),
        ("?ssl=true", SslOptions(enabled=False), NO_FILES),
        ("", OWN_FILES, TlsFiles(b"roots", Path("key"), b"chain")),
        ("?ssl=false", OWN_FILES, None),
        (f"?{FILES}", OWN_FILES, TlsFiles(Path("/r.pem"), Path("k y.pem"), Path("../c.pem"))),
        ("?ssl_private_key_path=k", OWN_FILES, TlsFiles(b"roots", Path("k"), b"chain")),
        (
            "?ssl_certificate_chain_path=c",
            SslOptions(private_key=b"key"),
            TlsFiles(None, b"key", Path("c")),
        ),
    ],
)
def test_the_defaults_set_tls_if_the_url_does_not(
    query: str, defaults: SslOptions, tls: TlsFiles | None
) -> None:
    assert read_url(f"grpc://example.com{query}", ChannelOptions(ssl=defaults)).tls == tls


NO_PINGS: Final = KeepAliveOptions(enabled=False)
OWN_PINGS: Final = KeepAliveOptions(interval=timedelta(seconds=7), timeout=timedelta(seconds=3))


@pytest.mark.parametrize(
    ("query", "defaults", "pings"),
    [
        ("", KeepAliveOptions(), True),
        ("?keep_alive=true", KeepAliveOptions(), Pings(60.0, 20.0)),
        ("?keep_alive=on&keep_alive_interval_s=0.5", KeepAliveOptions(), Pings(0.5, 20.0)),
        ("?keep_alive_interval_s=5", KeepAliveOptions(), Pings(5.0, 20.0)),
        ("?keep_alive_timeout_s=0.001", KeepAliveOptions(), Pings(60.0, 0.001)),
        (
            "?keep_alive_interval_s=2147483&keep_alive_timeout_s=1e3",
            KeepAliveOptions(),
            Pings(2_147_483.0, 1000.0),
        ),
        ("?keep_alive=false", KeepAliveOptions(), False),
        ("", NO_PINGS, False),
        ("?keep_alive=1", NO_PINGS, Pings(60.0, 20.0)),
        ("", OWN_PINGS, Pings(7.0, 3.0)),
        ("?keep_alive_interval_s=5", OWN_PINGS, Pings(5.0, 3.0)),
        ("?keep_alive=0", OWN_PINGS, False),
    ],
)
def test_the_url_or_else_the_defaults_set_pings(
    query: str, defaults: KeepAliveOptions, pings: Pings | bool
) -> None:
    read = read_url(f"grpc://example.com{query}", ChannelOptions(keep_alive=defaults))
    assert read.pings == pings


def test_a_url_may_have_every_parameter() -> None:
    query = f"ssl=true&{FILES}&keep_alive=true&keep_alive_interval_s=30&keep_alive_timeout_s=10"
    assert read_url(f"grpc+dns://example.com:5?{query}", PLAIN) == server(
        "dns:///example.com:5",
        is_balanced=True,
        tls=TlsFiles(Path("/r.pem"), Path("k y.pem"), Path("../c.pem")),
        pings=Pings(30.0, 10.0),
    )


# Invalid URLs -------------------------------------------------------------------------------------

KNOWN: Final = (
    "ssl, ssl_root_certificates_path, ssl_private_key_path, ssl_certificate_chain_path, keep_alive,"
    " keep_alive_interval_s, keep_alive_timeout_s"
)
MISSING_HOST: Final = f"host: missing; expected {FORM}"
NO_WHITESPACE: Final = "must not contain whitespace or control characters"
NO_USER: Final = "user info: not allowed; pass keys as auth_key and sign_secret"
ONE_HOST: Final = "expected one host name, or IP addresses of one family, got"
USE_DNS: Final = "for a name with several addresses, use grpc+dns://NAME:PORT"
USE_GRPC: Final = "use grpc:// for IP addresses"
NO_SOCKET: Final = "path: expected grpc+unix:///PATH with the absolute path of a socket"
MISSING_CHAIN: Final = "parameter ssl_certificate_chain_path: missing; a private key requires it"
MISSING_KEY: Final = "parameter ssl_private_key_path: missing; a certificate chain requires it"
SECONDS: Final = "expected 0.001 to 2147483 seconds, got"


def schemes(url: str) -> str:
    return f"scheme: expected {FORM}, grpc+dns:// or grpc+unix://, got {url!r}"


def port(got: str) -> str:
    return f"port: expected a number from 1 to 65535, got {got}"


INVALID: Final = {
    "": schemes(""),
    "example.com:9090": schemes("example.com:9090"),
    "http://example.com": schemes("http://example.com"),
    "grpc:/example.com": schemes("grpc:/example.com"),
    "grpc+tls://example.com": schemes("grpc+tls://example.com"),
    "grpc://host:0": port("0"),
    "grpc://host:00000": port("00000"),
    "grpc://host:65536": port("65536"),
    "grpc://host:100000": port("'100000'"),
    "grpc://host:abc": port("'abc'"),
    "grpc://host:-1": port("'-1'"),
    "grpc://host:": port("''"),
    "grpc://host:\u0661": port("'\u0661'"),
    "grpc://[::1]9090": port("'9090'"),
    "grpc://10.0.0.1,10.0.0.2:0": port("0"),
    "grpc+dns://host:0": port("0"),
    "grpc://user:secret@host": NO_USER,
    "grpc://user@host:9090?ssl=false": NO_USER,
    "http://user:secret@host": NO_USER,
    "grpc://user:sec ret@host": NO_USER,
    "grpc://user:sec/ret@host": NO_USER,
    "grpc://user:sec#ret@host": NO_USER,
    "grpc+dns://user:secret@host": NO_USER,
    "grpc://ho st": NO_WHITESPACE,
    " grpc://host": NO_WHITESPACE,
    "grpc://host\n": NO_WHITESPACE,
    "grpc://host?ssl=true\t": NO_WHITESPACE,
    "grpc://ho\0st": NO_WHITESPACE,
    "grpc://host#there": "fragment: not allowed, got '#there'",
    "grpc://host?ssl=true#there": "fragment: not allowed, got '#there'",
    "grpc://host/": "path: not allowed, got '/'",
    "grpc://host/some/where?ssl=true": "path: not allowed, got '/some/where'",
    "grpc+dns://host/": "path: not allowed, got '/'",
    "grpc://": MISSING_HOST,
    "grpc://:9090": MISSING_HOST,
    "grpc://?ssl=false": MISSING_HOST,
    "grpc://10.0.0.1,": MISSING_HOST,
    "grpc+dns://": MISSING_HOST,
    "grpc://::1": MISSING_HOST,
    "grpc://2001:db8::1": "host: expected brackets around an IPv6 address, got '2001:db8::1'",
    "grpc://host:1:2": "host: expected brackets around an IPv6 address, got 'host:1:2'",
    "grpc://[::1": "host: expected an IPv6 address in brackets, got '[::1'",
    "grpc://[]:1": "host: expected an IPv6 address in brackets, got '[]:1'",
    "grpc://[host]": "host: expected an IPv6 address in brackets, got '[host]'",
    "grpc://[10.0.0.1]": "host: expected an IPv6 address in brackets, got '[10.0.0.1]'",
    "grpc://1.2.3": "host: expected a host name or an IP address, got '1.2.3'",
    "grpc://1.2.3.256": "host: expected a host name or an IP address, got '1.2.3.256'",
    "grpc://-host": "host: expected a host name or an IP address, got '-host'",
    "grpc://a..b": "host: expected a host name or an IP address, got 'a..b'",
    "grpc://h%6fst": "host: expected a host name or an IP address, got 'h%6fst'",
    "grpc://h\u00f6st": "host: expected a host name or an IP address, got 'h\u00f6st'",
    "grpc://10.0.0.1,[::1]": f"host: {ONE_HOST} '10.0.0.1,[::1]'; {USE_DNS}",
    "grpc://a:1,b:1": f"host: {ONE_HOST} 'a:1,b:1'; {USE_DNS}",
    "grpc://10.0.0.1,b": f"host: {ONE_HOST} '10.0.0.1,b'; {USE_DNS}",
    "grpc+dns://a:1,b:1": "host: expected one host name, got 'a:1,b:1'",
    "grpc+dns://10.0.0.1": f"host: expected a host name, got '10.0.0.1'; {USE_GRPC}",
    "grpc+dns://[::1]:5": f"host: expected a host name, got '::1'; {USE_GRPC}",
    "grpc+unix://": NO_SOCKET,
    "grpc+unix:///": NO_SOCKET,
    "grpc+unix://host/run/assets.sock": NO_SOCKET,
    "grpc://host?": "parameters: missing after the ?",
    "grpc://host?ssl": "parameters: expected PARAMETER=VALUE&...",
    "grpc://host?ssl=1&": "parameters: expected PARAMETER=VALUE&...",
    "grpc://host?tls=1": f"parameter 'tls': unknown; expected one of: {KNOWN}",
    "grpc://host?=1": f"parameter '': unknown; expected one of: {KNOWN}",
    "grpc://host?SSL=1": f"parameter 'SSL': unknown; expected one of: {KNOWN}",
    "grpc://host?ssl=1&a=": f"parameter 'a': unknown; expected one of: {KNOWN}",
    "grpc://host?ssl=": "parameter ssl: must not be empty",
    "grpc://host?ssl=true&ssl=": "parameter ssl: must not be empty",
    "grpc://host?ssl_private_key_path=": "parameter ssl_private_key_path: must not be empty",
    "grpc://host?ssl=yes": "parameter ssl: expected true or false, got 'yes'",
    "grpc://host?keep_alive=2": "parameter keep_alive: expected true or false, got '2'",
    **{
        f"grpc://host?ssl=false&{name}=file": f"parameter {name}: requires ssl=true"
        for name in (
            "ssl_root_certificates_path",
            "ssl_private_key_path",
            "ssl_certificate_chain_path",
        )
    },
    "grpc://host?ssl_private_key_path=file": MISSING_CHAIN,
    "grpc://host?ssl_certificate_chain_path=file": MISSING_KEY,
    **{
        f"grpc://host?{name}={value}": f"parameter {name}: {SECONDS} {value}"
        for name in ("keep_alive_interval_s", "keep_alive_timeout_s")
        for value in ("abc", "nan", "inf", "-inf", "-1", "0", "0.0009", "2147484", "1e400")
    },
    **{
        f"grpc://host?keep_alive=false&{name}=5": f"parameter {name}: requires keep_alive=true"
        for name in ("keep_alive_interval_s", "keep_alive_timeout_s")
    },
}


def test_the_message_names_the_invalid_part_of_a_url() -> None:
    messages = {url: f"server_url: {message}" for url, message in INVALID.items()}
    assert {url: read_or_error(url, ChannelOptions()) for url in messages} == messages


@pytest.mark.parametrize(
    ("defaults", "message"),
    [
        (ChannelOptions(ssl=SslOptions(private_key=b"key")), MISSING_CHAIN),
        (ChannelOptions(ssl=SslOptions(certificate_chain=b"chain")), MISSING_KEY),
        (
            ChannelOptions(keep_alive=KeepAliveOptions(interval=timedelta(0))),
            f"parameter keep_alive_interval_s: {SECONDS} 0.0",
        ),
        (
            ChannelOptions(keep_alive=KeepAliveOptions(timeout=timedelta(days=-1))),
            f"parameter keep_alive_timeout_s: {SECONDS} -86400.0",
        ),
    ],
)
def test_the_message_names_the_invalid_default(defaults: ChannelOptions, message: str) -> None:
    assert read_or_error("grpc://host", defaults) == f"server_url: {message}"


@pytest.mark.parametrize("url", [None, b"grpc://host", 5, Path("grpc://host")])
def test_a_url_that_is_not_a_string_is_refused(url: Any) -> None:
    with pytest.raises(TypeError, match="server_url: expected a string, got"):
        read_url(url, ChannelOptions())


@pytest.mark.parametrize("path", ["a%00b", "a" * 108])
def test_an_invalid_path_of_a_socket_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="path"):
        read_url(f"grpc+unix:///{path}", PLAIN)


# Any text -----------------------------------------------------------------------------------------

# fmt: off
PARTS: Final = st.sampled_from([
    "grpc://", "grpc+dns://", "grpc+unix://", "host", "10.0.0.1", "[::1]", "::1", ":", "0", "9090",
    ",", "/", "?", "&", "=", "#", "%", "%00", "[", "]", ";", " ", ".", "-", "\u0661", "\u00e9",
    "ssl", "ssl_private_key_path", "keep_alive", "keep_alive_interval_s", "true", "1e9", "nan",
])
# fmt: on
URLS: Final = st.text() | st.lists(PARTS | st.characters(), max_size=12).map("".join)


@given(url=URLS | URLS.map("grpc://{}".format))
@example(url="grpc://" + "a" * 1000 + "]?ssl_root_certificates_path=/a@b")
@example(url="grpc://[::1%25lo]")
@example(url="grpc://host?ssl_root_certificates_path=%00")
def test_any_text_is_read_or_refused(url: str) -> None:
    read = read_or_error(url, ChannelOptions())
    if isinstance(read, str):
        assert read.startswith("server_url: ")
    else:
        assert read.target.startswith(("dns:///", "ipv4:", "ipv6:", "unix:///"))


@given(
    scheme=st.sampled_from(["grpc", "grpc+dns", "grpc+unix", "http", ""]),
    before=st.text(max_size=5),
    after=st.text(max_size=5),
    is_password=st.booleans(),
)
@example(scheme="grpc+unix", before="/", after="", is_password=True)
def test_messages_never_repeat_user_info(
    scheme: str, before: str, after: str, is_password: bool
) -> None:
    word = "hunter2"
    user = f"user:{before}{word}" if is_password else f"{before}{word}"
    assume(scheme != "grpc+unix" or not user.startswith("/"))  # the path of a socket
    with pytest.raises(ValueError, match="user info") as refused:
        read_url(f"{scheme}://{user}@host{after}", ChannelOptions())
    assert word not in str(refused.value)


WITH_SECRET: Final = (
    "grpc://user:hun?ter2@host",
    "grpc://user:?hunter2@host",
    "grpc://user:hunt? er2@host",
    "grpc+unix://user:?hunter2=t@host",
    "grpc://user:?hunter2=t@host",
    "grpc://user:1?hunter2=@host",
    "grpc://user:?ssl=hunter2@host",
    "grpc://user:?#hunter2@host",
    "user:hunter2@grpc://host",
    "grpc:user:hunter2@host://",
    "user:hunter2://x@host",
    "user:hunter2@host",
    "grpc:/user:hunter2@host",
    "grpc://key:er2VjcmV0PQ==@host:9090",
    "grpc://key:s3er2=t@host",
    "grpc+dns://key:er2=@host",
    "http://host?auth_key=er2",
    "grpc://host?auth_key=s3 er2",
    "grpc://host?er2",
    "grpc://host:1?auth_key=er2",
)


def test_messages_never_repeat_what_may_be_a_secret() -> None:
    for url in WITH_SECRET:
        message = read_or_error(url, ChannelOptions())
        assert isinstance(message, str), url
        assert message.startswith("server_url: "), url
        assert "er2" not in message, url


@pytest.mark.parametrize(
    "url",
    [
        "grpc+unix:///run/assets@1.sock?ssl=false",
        "grpc://[::1]:9090?ssl_root_certificates_path=/a@b.pem",
        "grpc://10.0.0.1,10.0.0.2:9090?ssl_root_certificates_path=/a@b.pem",
    ],
)
def test_an_at_sign_may_be_part_of_a_path(url: str) -> None:
    assert read_url(url, ChannelOptions()).is_loopback is not None
