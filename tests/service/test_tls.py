"""The server over TLS, with the certificates of an authority for these tests."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from frequenz.client.base.channel import ChannelOptions, SslOptions
from frequenz.client.common.microgrid import MicrogridId

from frequenz.client.assets import AssetsApiClient, Transport
from frequenz.client.assets.exceptions import ServiceUnavailable
from frequenz.server.assets import AssetsServer, ServerSettings

from .fleets import FLEET
from .servers import start_and_stop

SITE = MicrogridId(1)

LONG = 50.0
"""A timeout longer than that of its test: the call must fail before, in s."""

short_timeout = pytest.mark.timeout(30)


class Certificates(NamedTuple):
    """PEM files."""

    root: Path
    """The authority that clients trust."""

    chain: Path
    """The server's certificate, and the one between it and the authority."""

    key: Path
    wrong_root: Path
    """An authority that did not issue the server's certificate."""

    wrong_key: Path
    """The key of another certificate."""


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    folder = tmp_path_factory.mktemp("certificates")
    authority, stranger = trustme.CA(), trustme.CA()
    issued = authority.create_child_ca().issue_cert("127.0.0.1", "localhost")
    made = Certificates(
        *(folder / f"{name}.pem" for name in ("root", "chain", "key", "wrong_root", "wrong_key"))
    )
    authority.cert_pem.write_to_path(made.root)
    issued.private_key_pem.write_to_path(made.key)
    for part in issued.cert_chain_pems:
        part.write_to_path(made.chain, append=True)
    stranger.cert_pem.write_to_path(made.wrong_root)
    stranger.issue_cert("127.0.0.1").private_key_pem.write_to_path(made.wrong_key)
    return made


@pytest.fixture
async def server(certificates: Certificates) -> AsyncIterator[AssetsServer]:
    settings = ServerSettings(
        ssl_certificate_chain=certificates.chain, ssl_private_key=certificates.key
    )
    async with AssetsServer(FLEET, settings) as running:
        yield running


@pytest.fixture
def attempts(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """The log of the client, with a line for each attempt of a call."""
    caplog.set_level(logging.DEBUG, "frequenz.client.assets.calls")
    return caplog


async def test_a_client_that_trusts_the_authority_is_served(
    server: AssetsServer, certificates: Certificates
) -> None:
    assert server.url.endswith("?ssl=true")
    async with AssetsApiClient(
        f"{server.url}&ssl_root_certificates_path={certificates.root}"
    ) as client:
        assert (await client.get_microgrid(SITE)).name == "Site 1"
        assert len(await client.list_microgrid_electrical_components(SITE)) == 4


async def test_channel_defaults_can_set_the_authority_to_trust(
    server: AssetsServer, certificates: Certificates
) -> None:
    defaults = ChannelOptions(ssl=SslOptions(root_certificates=certificates.root))
    async with AssetsApiClient(server.url, channel_defaults=defaults) as client:
        assert (await client.get_microgrid(SITE)).name == "Site 1"


@short_timeout
async def test_a_client_that_trusts_another_authority_gets_an_error_with_the_reason(
    server: AssetsServer, certificates: Certificates, attempts: pytest.LogCaptureFixture
) -> None:
    url = f"{server.url}&ssl_root_certificates_path={certificates.wrong_root}"
    async with AssetsApiClient(url) as client:
        with pytest.raises(ServiceUnavailable, match="CERTIFICATE_VERIFY_FAILED") as raised:
            await client.get_microgrid(SITE, timeout=LONG)
    assert "handshake" in str(raised.value).lower()
    assert len(attempts.messages) == 1  # a retry would not help


@short_timeout
async def test_a_client_that_expects_another_name_gets_an_error_with_the_reason(
    server: AssetsServer, certificates: Certificates, attempts: pytest.LogCaptureFixture
) -> None:
    url = f"{server.url}&ssl_root_certificates_path={certificates.root}"
    async with AssetsApiClient(url, transport=Transport(authority="other.example")) as client:
        with pytest.raises(ServiceUnavailable, match=r"(?i)hostname verification") as raised:
            await client.get_microgrid(SITE, timeout=LONG)
    assert not raised.value.is_retryable
    assert len(attempts.messages) == 1


async def test_a_client_without_tls_is_not_served(server: AssetsServer) -> None:
    async with AssetsApiClient(server.url.replace("ssl=true", "ssl=false")) as client:
        with pytest.raises(ServiceUnavailable):
            await client.get_microgrid(SITE, timeout=0.5)


@short_timeout
async def test_a_client_with_tls_gets_an_error_from_a_server_without(
    attempts: pytest.LogCaptureFixture,
) -> None:
    async def call(url: str, timeout: float | None) -> None:
        async with AssetsApiClient(url) as client:
            with pytest.raises(ServiceUnavailable, match="Tls handshake failed"):
                await client.get_microgrid(SITE, timeout=timeout)

    timeouts = (LONG, 2 * LONG, None)
    async with AssetsServer(FLEET) as server:
        url = server.url.replace("ssl=false", "ssl=true")
        await asyncio.gather(*(call(url, timeout) for timeout in timeouts))
    assert len(attempts.messages) == len(timeouts)


@pytest.mark.parametrize("given", ["ssl_certificate_chain", "ssl_private_key"])
def test_a_certificate_without_a_key_or_a_key_without_a_certificate_is_refused(given: str) -> None:
    with pytest.raises(
        ValueError, match="ssl_certificate_chain, ssl_private_key: expected both or neither"
    ):
        ServerSettings(**{given: Path("file.pem")})  # type: ignore[arg-type]


async def test_an_encrypted_key_is_an_error_that_names_the_file(
    certificates: Certificates, tmp_path: Path
) -> None:
    key = tmp_path / "encrypted.pem"
    plain = serialization.load_pem_private_key(certificates.key.read_bytes(), password=None)
    key.write_bytes(
        plain.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"pass phrase"),
        )
    )
    settings = ServerSettings(ssl_certificate_chain=certificates.chain, ssl_private_key=key)

    with pytest.raises(OSError, match=r"encrypted\.pem"):
        await start_and_stop(AssetsServer(FLEET, settings))


async def test_paths_of_files_can_be_text(certificates: Certificates) -> None:
    settings = ServerSettings(
        ssl_certificate_chain=str(certificates.chain), ssl_private_key=str(certificates.key)
    )
    await start_and_stop(AssetsServer(FLEET, settings))


@pytest.mark.parametrize("missing", ["chain", "key"])
async def test_a_missing_file_is_an_error_that_names_it(
    certificates: Certificates, missing: str, tmp_path: Path
) -> None:
    files = certificates._replace(**{missing: tmp_path / "missing.pem"})
    settings = ServerSettings(ssl_certificate_chain=files.chain, ssl_private_key=files.key)

    with pytest.raises(FileNotFoundError, match=r"missing\.pem"):
        await start_and_stop(AssetsServer(FLEET, settings))


@pytest.mark.parametrize("wrong", ["chain", "key", "key of another certificate"])
async def test_files_that_are_not_a_certificate_and_its_key_are_an_error_that_names_them(
    certificates: Certificates, wrong: str, tmp_path: Path
) -> None:
    text = tmp_path / "text.pem"
    text.write_text("not PEM\n")
    files = {
        "chain": certificates._replace(chain=text),
        "key": certificates._replace(key=text),
        "key of another certificate": certificates._replace(key=certificates.wrong_key),
    }[wrong]
    settings = ServerSettings(ssl_certificate_chain=files.chain, ssl_private_key=files.key)

    with pytest.raises(OSError, match=r"\.pem"):
        await start_and_stop(AssetsServer(FLEET, settings))
