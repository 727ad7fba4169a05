"""URLs of servers: what they mean, and which part is wrong with a bad one."""

import re
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
    """What a URL says that says nothing but where the server is."""
    usual = {"is_balanced": False, "is_loopback": False, "tls": None, "pings": True}
    return Server(target=target, **usual | fields)


# Where the server is ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("grpc://example.com", server("dns:///example.com:9090")),
        ("grpc://example.com:1", server("dns:///example.com:1")),
        ("grpc://example.com:65535", server("dns:///example.com:65535")),
        ("grpc://example.com.:00443", server("dns:///example.com.:443")),
        ("grpc://under_score-1.example", server("dns:///under_score-1.example:9090")),
        ("grpc://localhost", server("dns:///localhost:9090", is_loopback=True)),
        ("grpc://LocalHost.:5", server("dns:///LocalHost.:5", is_loopback=True)),
        ("grpc://10.0.0.1", server("ipv4:10.0.0.1:9090")),
        ("grpc://127.0.0.1:50051", server("ipv4:127.0.0.1:50051", is_loopback=True)),
        ("grpc://127.3.2.1", server("ipv4:127.3.2.1:9090", is_loopback=True)),
        ("grpc://[::1]", server("ipv6:[::1]:9090", is_loopback=True)),
        ("grpc://[2001:db8::1]:443", server("ipv6:[2001:db8::1]:443")),
        (
            "grpc://10.0.0.1:9090,10.0.0.2:9091",
            server("ipv4:10.0.0.1:9090,10.0.0.2:9091", is_balanced=True),
        ),
        (
            "grpc://10.0.0.1,10.0.0.2:7",
            server("ipv4:10.0.0.1:9090,10.0.0.2:7", is_balanced=True),
        ),
        (
            "grpc://127.0.0.1:1,127.0.0.1:2",
            server("ipv4:127.0.0.1:1,127.0.0.1:2", is_balanced=True, is_loopback=True),
        ),
        (
            "grpc://127.0.0.1,10.0.0.2",
            server("ipv4:127.0.0.1:9090,10.0.0.2:9090", is_balanced=True),
        ),
        (
            "grpc://[::1]:5,[2001:db8::2]",
            server("ipv6:[::1]:5,[2001:db8::2]:9090", is_balanced=True),
        ),
        ("grpc+dns://example.com", server("dns:///example.com:9090", is_balanced=True)),
        (
            "grpc+dns://localhost:5",
            server("dns:///localhost:5", is_balanced=True, is_loopback=True),
        ),
        ("grpc+unix:///run/assets.sock", server("unix:///run/assets.sock", is_loopback=True)),
    ],
)
def test_where_a_server_is(url: str, expected: Server) -> None:
    assert read_url(url, PLAIN) == expected


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("grpc://example.com", "dns:///example.com:50051"),
        ("grpc://example.com:9", "dns:///example.com:9"),
        ("grpc://[::1]", "ipv6:[::1]:50051"),
        ("grpc://10.0.0.1,10.0.0.2:9", "ipv4:10.0.0.1:50051,10.0.0.2:9"),
        ("grpc+dns://example.com", "dns:///example.com:50051"),
    ],
)
def test_the_port_where_the_url_says_none(url: str, target: str) -> None:
    assert read_url(url, ChannelOptions(port=50051)).target == target


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_default_port_that_is_none_is_refused(port: int) -> None:
    with pytest.raises(ValueError, match="port"):
        read_url("grpc://example.com", ChannelOptions(port=port))


# How to speak to it -------------------------------------------------------------------------------

FILES: Final = (
    "ssl_root_certificates_path=/r.pem&ssl_private_key_path=k%20y.pem"
    "&ssl_certificate_chain_path=../c.pem"
)


@pytest.mark.parametrize(
    ("query", "tls"),
    [
        ("", NO_FILES),
        ("?ssl=true", NO_FILES),
        ("?ssl=ON", NO_FILES),
        ("?ssl=1", NO_FILES),
        ("?ssl=false", None),
        ("?ssl=Off", None),
        ("?ssl=0", None),
        ("?ssl=true&ssl=false", None),
        ("?ssl_root_certificates_path=%2Fr.pem", TlsFiles(Path("/r.pem"), None, None)),
        (f"?{FILES}", TlsFiles(Path("/r.pem"), Path("k y.pem"), Path("../c.pem"))),
    ],
)
def test_tls_as_the_url_asks_for_it(query: str, tls: TlsFiles | None) -> None:
    assert read_url(f"grpc://example.com{query}", ChannelOptions()).tls == tls


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
def test_tls_where_the_url_leaves_it_open(
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
def test_pings(query: str, defaults: KeepAliveOptions, pings: Pings | bool) -> None:
    read = read_url(f"grpc://example.com{query}", ChannelOptions(keep_alive=defaults))
    assert read.pings == pings


def test_every_parameter_at_once() -> None:
    query = f"ssl=true&{FILES}&keep_alive=true&keep_alive_interval_s=30&keep_alive_timeout_s=10"
    assert read_url(f"grpc+dns://example.com:5?{query}", PLAIN) == server(
        "dns:///example.com:5",
        is_balanced=True,
        tls=TlsFiles(Path("/r.pem"), Path("k y.pem"), Path("../c.pem")),
        pings=Pings(30.0, 10.0),
    )


# What is wrong ------------------------------------------------------------------------------------

KNOWN: Final = (
    "ssl, ssl_root_certificates_path, ssl_private_key_path, ssl_certificate_chain_path, keep_alive,"
    " keep_alive_interval_s, keep_alive_timeout_s"
)
MISSING_HOST: Final = f"host: missing; expected {FORM}"
NO_BLANKS: Final = "the URL: there must be no blanks"
NO_USER: Final = "user info: there must be none; give keys as auth_key and sign_secret"
SEVERAL: Final = "several hosts must be IP addresses of one family, got"
USE_DNS: Final = "for a name with several addresses, use grpc+dns://NAME:PORT"
TOGETHER: Final = "missing; key and certificate chain go together"
SECONDS: Final = "expected 0.001 to 2147483 seconds, got"


def schemes(url: str) -> str:
    return f"scheme: expected {FORM}, grpc+dns:// or grpc+unix://, got {url!r}"


def port(got: str) -> str:
    return f"port: expected a number from 1 to 65535, got {got}"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", schemes("")),
        ("example.com:9090", schemes("example.com:9090")),
        ("http://example.com", schemes("http://example.com")),
        ("GRPC://example.com", schemes("GRPC://example.com")),
        ("grpc:/example.com", schemes("grpc:/example.com")),
        ("grpc+tls://example.com", schemes("grpc+tls://example.com")),
        ("grpc://host:0", port("0")),
        ("grpc://host:00000", port("00000")),
        ("grpc://host:65536", port("65536")),
        ("grpc://host:100000", port("'100000'")),
        ("grpc://host:abc", port("'abc'")),
        ("grpc://host:-1", port("'-1'")),
        ("grpc://host:", port("''")),
        ("grpc://host:\u0661", port("'\u0661'")),
        ("grpc://[::1]9090", port("'9090'")),
        ("grpc://10.0.0.1,10.0.0.2:0", port("0")),
        ("grpc+dns://host:0", port("0")),
        ("grpc://user:secret@host", NO_USER),
        ("grpc://user@host:9090?ssl=false", NO_USER),
        ("http://user:secret@host", NO_USER),
        ("grpc://user:sec ret@host", NO_USER),
        ("grpc://user:sec/ret@host", NO_USER),
        ("grpc://user:sec#ret@host", NO_USER),
        ("grpc+dns://user:secret@host", NO_USER),
        ("grpc://ho st", NO_BLANKS),
        (" grpc://host", NO_BLANKS),
        ("grpc://host\n", NO_BLANKS),
        ("grpc://host?ssl=true\t", NO_BLANKS),
        ("grpc://ho\0st", NO_BLANKS),
        ("grpc://host#there", "fragment: there must be none, got '#there'"),
        ("grpc://host?ssl=true#there", "fragment: there must be none, got '#there'"),
        ("grpc://host/", "path: there must be none, got '/'"),
        ("grpc://host/some/where?ssl=true", "path: there must be none, got '/some/where'"),
        ("grpc+dns://host/", "path: there must be none, got '/'"),
        ("grpc://", MISSING_HOST),
        ("grpc://:9090", MISSING_HOST),
        ("grpc://?ssl=false", MISSING_HOST),
        ("grpc://10.0.0.1,", MISSING_HOST),
        ("grpc+dns://", MISSING_HOST),
        ("grpc://::1", MISSING_HOST),
        ("grpc://2001:db8::1", "host: an IPv6 address stands in brackets, got '2001:db8::1'"),
        ("grpc://host:1:2", "host: an IPv6 address stands in brackets, got 'host:1:2'"),
        ("grpc://[::1", "host: expected an IPv6 address in brackets, got '[::1'"),
        ("grpc://[]:1", "host: expected an IPv6 address in brackets, got '[]:1'"),
        ("grpc://[host]", "host: expected an IPv6 address in brackets, got '[host]'"),
        ("grpc://[10.0.0.1]", "host: expected an IPv6 address in brackets, got '[10.0.0.1]'"),
        ("grpc://1.2.3", "host: expected a host name or an IP address, got '1.2.3'"),
        ("grpc://1.2.3.256", "host: expected a host name or an IP address, got '1.2.3.256'"),
        ("grpc://-host", "host: expected a host name or an IP address, got '-host'"),
        ("grpc://a..b", "host: expected a host name or an IP address, got 'a..b'"),
        ("grpc://h%6fst", "host: expected a host name or an IP address, got 'h%6fst'"),
        ("grpc://h\u00f6st", "host: expected a host name or an IP address, got 'h\u00f6st'"),
        ("grpc://10.0.0.1,[::1]", f"host: {SEVERAL} '10.0.0.1,[::1]'; {USE_DNS}"),
        ("grpc://a:1,b:1", f"host: {SEVERAL} 'a:1,b:1'; {USE_DNS}"),
        ("grpc://10.0.0.1,b", f"host: {SEVERAL} '10.0.0.1,b'; {USE_DNS}"),
        ("grpc+dns://a:1,b:1", "host: grpc+dns:// takes one name, got 'a:1,b:1'"),
        (
            "grpc+dns://10.0.0.1",
            "host: grpc+dns:// takes a name, got the address 10.0.0.1; use grpc://",
        ),
        (
            "grpc+dns://[::1]:5",
            "host: grpc+dns:// takes a name, got the address ::1; use grpc://",
        ),
        *(
            (url, "path: expected grpc+unix:///PATH with the absolute path of a socket")
            for url in ("grpc+unix://", "grpc+unix:///", "grpc+unix://host/run/assets.sock")
        ),
        ("grpc://host?", "parameters: there are none after the ?"),
        ("grpc://host?ssl", "parameters: expected PARAMETER=VALUE&..."),
        ("grpc://host?ssl=1&", "parameters: expected PARAMETER=VALUE&..."),
        ("grpc://host?tls=1", f"parameter 'tls': unknown; there are {KNOWN}"),
        ("grpc://host?=1", f"parameter '': unknown; there are {KNOWN}"),
        ("grpc://host?SSL=1", f"parameter 'SSL': unknown; there are {KNOWN}"),
        ("grpc://host?ssl=1&a=", f"parameter 'a': unknown; there are {KNOWN}"),
        ("grpc://host?ssl=", "parameter ssl: there is no value"),
        ("grpc://host?ssl=true&ssl=", "parameter ssl: there is no value"),
        ("grpc://host?ssl_private_key_path=", "parameter ssl_private_key_path: there is no value"),
        ("grpc://host?ssl=yes", "parameter ssl: expected true or false, got 'yes'"),
        ("grpc://host?keep_alive=2", "parameter keep_alive: expected true or false, got '2'"),
        *(
            (
                f"grpc://host?ssl=false&{name}=file",
                f"parameter {name}: means nothing without TLS; give ssl=true",
            )
            for name in (
                "ssl_root_certificates_path",
                "ssl_private_key_path",
                "ssl_certificate_chain_path",
            )
        ),
        (
            "grpc://host?ssl_private_key_path=file",
            f"parameter ssl_certificate_chain_path: {TOGETHER}",
        ),
        (
            "grpc://host?ssl_certificate_chain_path=file",
            f"parameter ssl_private_key_path: {TOGETHER}",
        ),
        *(
            (f"grpc://host?{name}={value}", f"parameter {name}: {SECONDS} {value}")
            for name in ("keep_alive_interval_s", "keep_alive_timeout_s")
            for value in ("abc", "nan", "inf", "-inf", "-1", "0", "0.0009", "2147484", "1e400")
        ),
        *(
            (
                f"grpc://host?keep_alive=false&{name}=5",
                f"parameter {name}: means nothing without keep_alive=true",
            )
            for name in ("keep_alive_interval_s", "keep_alive_timeout_s")
        ),
    ],
)
def test_what_is_wrong_with_a_url_is_named(url: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(f'server_url: {message}')}$"):
        read_url(url, ChannelOptions())


@pytest.mark.parametrize(
    ("defaults", "message"),
    [
        (
            ChannelOptions(ssl=SslOptions(private_key=b"key")),
            f"parameter ssl_certificate_chain_path: {TOGETHER}",
        ),
        (
            ChannelOptions(ssl=SslOptions(certificate_chain=b"chain")),
            f"parameter ssl_private_key_path: {TOGETHER}",
        ),
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
def test_what_is_wrong_with_the_defaults_is_named(defaults: ChannelOptions, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(f'server_url: {message}')}$"):
        read_url("grpc://host", defaults)


@pytest.mark.parametrize("url", [None, b"grpc://host", 5, Path("grpc://host")])
def test_a_url_that_is_no_string_is_refused(url: Any) -> None:
    with pytest.raises(TypeError, match="server_url: expected a string, got"):
        read_url(url, ChannelOptions())


@pytest.mark.parametrize("path", ["a%00b", "a" * 108])
def test_a_path_that_no_socket_can_have_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="path"):
        read_url(f"grpc+unix:///{path}", PLAIN)


# Whatever is given --------------------------------------------------------------------------------

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
def test_whatever_is_given_is_read_or_refused(url: str) -> None:
    try:
        read = read_url(url, ChannelOptions())
    except ValueError as error:
        assert str(error).startswith("server_url: ")
    else:
        assert read.target.startswith(("dns:///", "ipv4:", "ipv6:", "unix:///"))


@given(
    scheme=st.sampled_from(["grpc", "grpc+dns", "grpc+unix", "http", ""]),
    before=st.text(max_size=5),
    after=st.text(max_size=5),
    is_password=st.booleans(),
)
@example(scheme="grpc+unix", before="/", after="", is_password=True)
def test_user_info_never_comes_back(
    scheme: str, before: str, after: str, is_password: bool
) -> None:
    word = "hunter2"
    user = f"user:{before}{word}" if is_password else f"{before}{word}"
    assume(scheme != "grpc+unix" or not user.startswith("/"))  # the path of a socket
    with pytest.raises(ValueError, match="user info") as refused:
        read_url(f"{scheme}://{user}@host{after}", ChannelOptions())
    assert word not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
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
    ],
)
def test_a_password_at_an_odd_place_does_not_come_back_either(url: str) -> None:
    with pytest.raises(ValueError, match="server_url: ") as refused:
        read_url(url, ChannelOptions())
    assert "er2" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "grpc://key:er2VjcmV0PQ==@host:9090",
        "grpc://key:s3er2=t@host",
        "grpc+dns://key:er2=@host",
        "http://host?auth_key=er2",
        "grpc://host?auth_key=s3 er2",
        "grpc://host?er2",
        "grpc://host:1?auth_key=er2",
    ],
)
def test_what_may_be_a_secret_does_not_come_back(url: str) -> None:
    with pytest.raises(ValueError, match="server_url: ") as refused:
        read_url(url, ChannelOptions())
    assert "er2" not in str(refused.value)


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
