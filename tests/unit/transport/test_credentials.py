"""Checks of keys, secrets and files for TLS, before gRPC uses them."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import grpc
import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from frequenz.client.base.channel import ChannelOptions, SslOptions
from hypothesis import given
from hypothesis import strategies as st

from frequenz.client.assets import AssetsApiClient
from frequenz.client.assets._transport.credentials import channel_credentials, check_key
from frequenz.client.assets._transport.url import TlsFiles

# Keys and secrets ---------------------------------------------------------------------------------

EMPTY: Final = "must not be empty; omit it if there is none"
WHITESPACE: Final = "must not start or end with whitespace"
NOT_PRINTABLE: Final = "must only contain printable ASCII characters"

INVALID: Final = {
    "": EMPTY,
    " ": WHITESPACE,
    " hunter2": WHITESPACE,
    "hunter2 ": WHITESPACE,
    "hunter2\n": WHITESPACE,
    "\r\nhunter2": WHITESPACE,
    "hunter2\u00a0": WHITESPACE,
    "hun\nter2": NOT_PRINTABLE,
    "hun\tter2": NOT_PRINTABLE,
    "hun\0ter2": NOT_PRINTABLE,
    "hunter2\x7f": NOT_PRINTABLE,
    "h\u00fcnter2": NOT_PRINTABLE,
    "hunter2\N{GRINNING FACE}": NOT_PRINTABLE,
    "hunter2\ufeff": NOT_PRINTABLE,
}


@pytest.mark.parametrize("name", ["auth_key", "sign_secret"])
def test_a_key_or_secret_that_cannot_be_sent_is_refused(name: str) -> None:
    for value, message in INVALID.items():
        keys = {"auth_key": "key", name: value}
        with pytest.raises(ValueError) as refused:
            AssetsApiClient("grpc://localhost", **keys)  # type: ignore[arg-type]
        assert str(refused.value) == f"{name}: {message}", repr(value)


@pytest.mark.parametrize("name", ["auth_key", "sign_secret"])
@pytest.mark.parametrize("value", [b"hunter2", ["hunter2"]])
def test_a_key_or_secret_that_is_not_a_string_is_refused(name: str, value: Any) -> None:
    with pytest.raises(TypeError) as refused:
        check_key(**{"auth_key": "key", "sign_secret": None, name: value})
    expected = f"{name}: expected a string, got one of type {type(value).__name__}"
    assert str(refused.value) == expected


def test_a_secret_without_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^sign_secret: requires an auth_key$") as refused:
        AssetsApiClient("grpc://localhost", sign_secret="hunter2")
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("key", "secret"),
    [(None, None), ("key", None), ("key", "secret"), ("k e:y,=~!", "s \"e' c")],
)
def test_a_key_or_both_or_neither_is_accepted(key: str | None, secret: str | None) -> None:
    check_key(key, secret)


@given(word=st.text(min_size=6), is_key=st.booleans())
def test_messages_do_not_repeat_keys_and_secrets(word: str, is_key: bool) -> None:
    value = f"hunter2{word}"
    is_valid = value.isascii() and value.isprintable() and value == value.strip()
    try:
        check_key(value if is_key else "key", None if is_key else value)
    except ValueError as error:
        assert "hunter2" not in str(error)
        assert not is_valid
    else:
        assert is_valid


# Files for TLS ------------------------------------------------------------------------------------


class Pem(NamedTuple):
    """The contents of the files for TLS."""

    roots: bytes
    key: bytes
    chain: bytes


def issue_pem() -> Pem:
    authority = trustme.CA()
    issued = authority.create_child_ca().issue_cert("localhost")
    return Pem(
        authority.cert_pem.bytes(),
        issued.private_key_pem.bytes(),
        b"".join(part.bytes() for part in issued.cert_chain_pems),
    )


PEM: Final = issue_pem()
OTHER: Final = issue_pem()
NOT_PEM: Final = b"not PEM\n"
BROKEN: Final = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
BROKEN_KEY: Final = b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
ENCRYPTED: Final = serialization.load_pem_private_key(PEM.key, password=None).private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.BestAvailableEncryption(b"pass phrase"),
)

INVALID_PEM: Final[Mapping[str, tuple[Pem, str]]] = {
    "roots that are not PEM": (PEM._replace(roots=NOT_PEM), "root certificates: "),
    "empty roots": (PEM._replace(roots=b""), "root certificates: "),
    "roots that are a key": (PEM._replace(roots=PEM.key), "root certificates: "),
    "broken roots": (PEM._replace(roots=BROKEN), "root certificates: "),
    "a key that is not PEM": (PEM._replace(key=NOT_PEM), "private key: "),
    "an empty key": (PEM._replace(key=b""), "private key: "),
    "a broken key": (PEM._replace(key=BROKEN_KEY), "private key"),
    "an encrypted key": (PEM._replace(key=ENCRYPTED), "private key"),
    "the key of another certificate": (PEM._replace(key=OTHER.key), "private key"),
    "a chain that is not PEM": (PEM._replace(chain=NOT_PEM), "certificate chain: "),
    "a broken chain": (PEM._replace(chain=BROKEN), "certificate chain"),
    "a chain that is a key": (PEM._replace(chain=PEM.key), "certificate chain"),
    "a key that is a chain": (PEM._replace(key=PEM.chain), "private key"),
    "key and chain swapped": (PEM._replace(key=PEM.chain, chain=PEM.key), "private key"),
    "a key with the chain, and a chain without": (
        PEM._replace(key=PEM.key + PEM.chain, chain=PEM.key),
        "certificate chain",
    ),
}


def in_files(pem: Pem, folder: Path) -> TlsFiles:
    paths = [folder / f"{name}.pem" for name in Pem._fields]
    for path, content in zip(paths, pem, strict=True):
        path.write_bytes(content)
    return TlsFiles(*paths)


@pytest.mark.parametrize("source", ["files", "bytes"])
def test_pem_that_tls_cannot_use_is_refused(source: str, tmp_path: Path) -> None:
    for name, (pem, part) in INVALID_PEM.items():
        files = in_files(pem, tmp_path) if source == "files" else TlsFiles(*pem)
        with pytest.raises(ValueError) as refused:
            channel_credentials(files)
        assert part in str(refused.value), name
        assert "AAAA" not in str(refused.value), name


@pytest.mark.parametrize("field", ["root_certificates", "private_key", "certificate_chain"])
def test_a_file_that_cannot_be_read_is_named(field: str, tmp_path: Path) -> None:
    files = in_files(PEM, tmp_path)
    part = field.replace("_", " ")
    for path, reason in (
        (tmp_path / "missing.pem", "No such file or directory"),
        (tmp_path, "Is a directory"),
    ):
        with pytest.raises(ValueError) as refused:
            channel_credentials(files._replace(**{field: path}))
        assert str(refused.value) == f"{part}: {path}: cannot be read: {reason}"


@pytest.mark.parametrize(
    ("part", "name"),
    [("root certificates", "roots"), ("private key", "key"), ("certificate chain", "chain")],
)
def test_a_file_that_is_not_pem_is_named(part: str, name: str, tmp_path: Path) -> None:
    files = in_files(PEM._replace(**{name: NOT_PEM}), tmp_path)
    with pytest.raises(ValueError) as refused:
        channel_credentials(files)
    path = tmp_path / f"{name}.pem"
    kind = "PRIVATE KEY" if name == "key" else "CERTIFICATE"
    expected = f"{part}: {path}: expected a PEM file with a line -----BEGIN {kind}-----"
    assert str(refused.value) == expected


@pytest.mark.parametrize(
    "files",
    [
        TlsFiles(None, None, None),
        TlsFiles(PEM.roots, None, None),
        TlsFiles(None, PEM.key, PEM.chain),
        TlsFiles(*PEM),
        TlsFiles(b"some text before it\n" + PEM.roots + OTHER.roots, None, None),
        TlsFiles("# F\u0151tan\u00fas\u00edtv\u00e1ny\n".encode() + PEM.roots, None, None),
        TlsFiles(None, PEM.chain + PEM.key, PEM.chain + PEM.key),
    ],
    ids=["none", "roots", "a pair", "all", "two roots", "a comment not in ASCII", "one file"],
)
def test_pem_that_tls_can_use_is_accepted(files: TlsFiles) -> None:
    assert isinstance(channel_credentials(files), grpc.ChannelCredentials)


def test_the_client_names_the_invalid_file(tmp_path: Path) -> None:
    missing = tmp_path / "missing.pem"
    with pytest.raises(ValueError, match=r"root certificates: .*missing\.pem: cannot be read"):
        AssetsApiClient(f"grpc://localhost?ssl_root_certificates_path={missing}")
    defaults = ChannelOptions(ssl=SslOptions(private_key=OTHER.key, certificate_chain=PEM.chain))
    with pytest.raises(ValueError, match="private key and certificate chain: "):
        AssetsApiClient("grpc://localhost", channel_defaults=defaults)


SCRIPT: Final = """
import asyncio, sys
from frequenz.client.assets import AssetsApiClient

async def call(url):
    try:
        async with AssetsApiClient(url) as client:
            await client.list_gridpools(timeout=0.1)
    except ValueError:
        print("refused")

for url in sys.argv[1:]:
    asyncio.run(call(url))
"""


def test_no_file_aborts_the_process(tmp_path: Path) -> None:
    urls = []
    for number, (pem, _) in enumerate(INVALID_PEM.values()):
        folder = tmp_path / str(number)
        folder.mkdir()
        in_files(pem, folder)
        urls.append(
            f"grpc://localhost:1?ssl_root_certificates_path={folder}/roots.pem"
            f"&ssl_private_key_path={folder}/key.pem&ssl_certificate_chain_path={folder}/chain.pem"
        )
    for half in ("private_key", "certificate_chain"):
        urls.append(f"grpc://localhost:1?ssl_{half}_path={folder}/key.pem")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *urls],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["refused"] * len(urls)
