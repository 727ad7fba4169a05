"""The command `assets-server serve` in operation: reload, drain, TLS, metrics, access log."""

import asyncio
import itertools
import json
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import grpc.aio
import pytest
import trustme
from frequenz.client.common.microgrid import MicrogridId
from grpc_health.v1 import health_pb2, health_pb2_grpc
from harness.attack._mutations import a_connection

from frequenz.client.assets import AssetsApiClient, CallPolicy, inventory
from frequenz.client.assets.exceptions import (
    ApiClientError,
    EntityNotFound,
    ServiceUnavailable,
)
from frequenz.server.assets import AssetsServer, KeysError, ServerSettings
from frequenz.server.assets._callers.keys import NewKey, new_key
from frequenz.server.assets._operation.tls import CertificateFiles
from frequenz.server.assets._service import AssetsService

from .fleets import FLEET, big_fleet, fleet, site
from .keys import OURS, TWO_ENTERPRISES, KeyFolder, answer, client_of, sent_by
from .processes import line_of
from .raw import MICROGRID, SERVICE
from .servers import locked, raw_channel, start_and_stop
from .test_server_cli import serving, until_ended, wait

SITE: Final = MicrogridId(1)
ONCE: Final = CallPolicy(max_attempts=1)
SECONDS: Final = 20
"""How long to wait for what must happen."""


def write(path: Path, name: str) -> None:
    """Write a fleet of one site with a name."""
    named = site(1)
    named.microgrid.name = name
    inventory.write(fleet(named), path)


# Reload -------------------------------------------------------------------------------------------


async def test_sighup_reads_the_fleet_again_and_a_broken_one_changes_nothing(
    tmp_path: Path,
) -> None:
    file = tmp_path / "fleet.yaml"
    write(file, "before")
    async with serving(file, "--port=0") as (process, url), AssetsApiClient(url) as client:
        assert (await client.get_microgrid(SITE)).name == "before"
        write(file, "after")
        process.send_signal(signal.SIGHUP)
        assert str(file) in await line_of(process, "Reloaded: ")
        assert (await client.get_microgrid(SITE)).name == "after"
        file.write_text("version: 1\nmicrogrids: 7\n")
        process.send_signal(signal.SIGHUP)
        line = await line_of(process, "Not reloaded")
        assert f"what was read before is still served: {file}:2:13" in line
        assert (await client.get_microgrid(SITE)).name == "after"
        process.terminate()
        assert await process.wait() == 0


async def test_watched_files_are_read_again_when_they_change(
    tmp_path: Path, folder: KeyFolder, ours: NewKey
) -> None:
    file = tmp_path / "fleet.json"
    inventory.write(TWO_ENTERPRISES, file)
    other = new_key(OURS)
    files = "--keys", folder.keys, "--encryption-key", folder.encryption_key
    async with (
        serving(file, "--port=0", "--watch=0.1", *files) as (process, url),
        client_of(url, ours) as client,
        client_of(url, other, policy=ONCE) as later,
    ):
        assert len(await client.list_microgrids()) == 2
        with pytest.raises(ApiClientError):
            await later.list_microgrids()
        folder.add(other)
        await line_of(process, "Reloaded: ")
        assert len(await later.list_microgrids()) == 2


async def test_a_reload_uses_all_files_or_none(
    tmp_path: Path, folder: KeyFolder, ours: NewKey
) -> None:
    """The fleet is good and the keys are not, or the other way round."""
    file, second = tmp_path / "fleet.json", new_key(OURS)
    inventory.write(TWO_ENTERPRISES, file)
    async with (
        AssetsServer.from_fleet(file, settings=folder.settings()) as server,
        client_of(server, ours) as first,
        client_of(server, second) as other,
    ):
        assert (await first.get_microgrid(SITE)).name == "Site 1"
        inventory.write(replace(TWO_ENTERPRISES, sites=TWO_ENTERPRISES.sites[1:]), file)
        folder.keys.chmod(0o644)
        with pytest.raises(KeysError, match="chmod 600"):
            await server.reload()
        assert (await first.get_microgrid(SITE)).name == "Site 1"

        folder.keys.chmod(0o600)
        folder.replace([second.key])
        file.write_text("{")
        with pytest.raises(ValueError, match=r"fleet\.json:1"):
            await server.reload()
        assert (await first.get_microgrid(SITE)).name == "Site 1"

        inventory.write(replace(TWO_ENTERPRISES, sites=TWO_ENTERPRISES.sites[1:]), file)
        await server.reload()
        with pytest.raises(EntityNotFound):
            await other.get_microgrid(SITE)
        with pytest.raises(ApiClientError, match="UNAUTHENTICATED"):
            await first.get_microgrid(SITE)


async def test_calls_are_answered_while_files_are_read(tmp_path: Path) -> None:
    file = tmp_path / "fleet.jsonl"
    inventory.write(big_fleet(2_000, 20), file)
    async with AssetsServer.from_fleet(file) as server, AssetsApiClient(server.url) as client:
        reloading = asyncio.create_task(server.reload())
        answered = 0
        while not reloading.done():
            await client.get_microgrid(SITE, timeout=5)
            answered += 1
        await reloading
    assert answered > 10


async def test_a_server_that_does_not_run_cannot_reload() -> None:
    with pytest.raises(RuntimeError, match="not running"):
        await AssetsServer(FLEET).reload()


# Certificates -------------------------------------------------------------------------------------


class Certificates(NamedTuple):
    chain: Path
    key: Path
    roots: Path

    @property
    def settings(self) -> dict[str, Any]:
        return {"ssl_certificate_chain": self.chain, "ssl_private_key": self.key}


def issue(folder: Path, authority: trustme.CA, name: str = "server") -> Certificates:
    """Write a certificate, its key and its authority to a folder."""
    issued = authority.issue_cert("127.0.0.1", "localhost")
    files = Certificates(*(folder / f"{name}-{it}.pem" for it in ("chain", "key", "roots")))
    files.chain.write_bytes(b"".join(it.bytes() for it in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(files.key)
    authority.cert_pem.write_to_path(files.roots)
    return files


async def is_served(url: str, roots: Path, **files: Path) -> bool:
    parameters = "".join(f"&ssl_{name}_path={path}" for name, path in files.items())
    server_url = f"{url}&ssl_root_certificates_path={roots}{parameters}"
    async with AssetsApiClient(server_url, policy=ONCE) as client:
        try:
            return bool(await client.list_microgrids(timeout=5))
        except ServiceUnavailable:
            return False


async def test_replaced_certificates_are_used_and_bad_ones_are_not(tmp_path: Path) -> None:
    old, new = trustme.CA(), trustme.CA()
    files = issue(tmp_path, old)
    (tmp_path / "new").mkdir()
    replacing = issue(tmp_path / "new", new)
    async with (
        AssetsServer(FLEET, ServerSettings(**files.settings)) as server,
        AssetsApiClient(f"{server.url}&ssl_root_certificates_path={files.roots}") as staying,
    ):
        assert await staying.list_microgrids()
        files.key.write_bytes(replacing.key.read_bytes())
        with pytest.raises(OSError, match=r"server-chain\.pem and .*server-key\.pem for TLS"):
            await server.reload()
        assert await is_served(server.url, files.roots)

        files.chain.write_bytes(replacing.chain.read_bytes())
        await server.reload()
        assert await is_served(server.url, replacing.roots)
        assert not await is_served(server.url, files.roots)
        assert await staying.list_microgrids()  # on the connection that it has


def test_certificates_that_change_while_they_are_read_are_used_as_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pair is replaced between the reading of its two files, and its check."""
    (tmp_path / "new").mkdir()
    files, new = issue(tmp_path, trustme.CA()), issue(tmp_path / "new", trustme.CA())
    read_bytes, others = Path.read_bytes, [new]

    def read_and_replace(path: Path) -> bytes:
        content = read_bytes(path)
        if path == files.chain and others:
            other = others.pop()
            files.chain.write_bytes(read_bytes(other.chain))
            files.key.write_bytes(read_bytes(other.key))
        return content

    monkeypatch.setattr(Path, "read_bytes", read_and_replace)
    pem = CertificateFiles(files.chain, files.key, None).read()
    assert (pem.chain, pem.private_key) == (read_bytes(new.chain), read_bytes(new.key))

    numbers = itertools.count()
    monkeypatch.setattr(Path, "read_bytes", lambda path: read_bytes(path) + b"%d" % next(numbers))
    with pytest.raises(OSError, match=r"server-chain\.pem and .* for TLS: they keep changing"):
        CertificateFiles(files.chain, files.key, None).read()


async def test_with_mutual_tls_only_clients_with_a_certificate_are_served(tmp_path: Path) -> None:
    ca, clients, strangers = trustme.CA(), trustme.CA(), trustme.CA()
    files = issue(tmp_path, ca)
    ours, theirs = issue(tmp_path, clients, "ours"), issue(tmp_path, strangers, "theirs")
    settings = ServerSettings(**files.settings, ssl_client_root_certificates=ours.roots)
    async with AssetsServer(FLEET, settings) as server:
        for client, expected in ((ours, True), (theirs, False)):
            pair = {"certificate_chain": client.chain, "private_key": client.key}
            assert await is_served(server.url, files.roots, **pair) is expected
        assert not await is_served(server.url, files.roots)

    files.roots.write_text("not PEM")
    bad = ServerSettings(**files.settings, ssl_client_root_certificates=files.roots)
    with pytest.raises(OSError, match=r"server-roots\.pem for TLS"):
        await start_and_stop(AssetsServer(FLEET, bad))


# Drain --------------------------------------------------------------------------------------------


async def health(channel: grpc.aio.Channel) -> int:
    stub: Any = health_pb2_grpc.HealthStub(channel)
    status: int = (await stub.Check(health_pb2.HealthCheckRequest(), timeout=5)).status
    return status


async def test_sigterm_reports_not_serving_and_still_answers_for_the_pause(
    tmp_path: Path,
) -> None:
    write(tmp_path / "fleet.yaml", "Depot")
    async with (
        serving(tmp_path / "fleet.yaml", "--port=0", "--pause=1.5") as (process, url),
        raw_channel(url) as channel,
        AssetsApiClient(url, policy=ONCE) as client,
    ):
        assert await health(channel) == health_pb2.HealthCheckResponse.SERVING
        process.terminate()
        stub: Any = health_pb2_grpc.HealthStub(channel)
        async for change in stub.Watch(health_pb2.HealthCheckRequest(), timeout=SECONDS):
            if change.status == health_pb2.HealthCheckResponse.NOT_SERVING:
                break
        assert (await client.get_microgrid(SITE)).name == "Depot"
        assert await asyncio.wait_for(process.wait(), SECONDS) == 0
        with pytest.raises(ServiceUnavailable):
            await client.get_microgrid(SITE, timeout=1)


@pytest.mark.parametrize("first", [signal.SIGTERM, signal.SIGINT])
async def test_a_second_signal_ends_it_at_once(tmp_path: Path, first: signal.Signals) -> None:
    write(tmp_path / "fleet.yaml", "Depot")
    arguments = "--port=0", "--pause=60"
    async with serving(tmp_path / "fleet.yaml", *arguments, TMPDIR=str(tmp_path)) as (process, _):
        process.send_signal(first)
        await asyncio.sleep(0.3)
        assert process.returncode is None
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 10) == 128 + signal.SIGTERM
    assert os.listdir(tmp_path) == ["fleet.yaml"]  # noqa: PTH208 - before anything else runs


async def test_calls_in_flight_at_the_end_are_all_answered(tmp_path: Path) -> None:
    """They wait for a database that another process has locked."""
    write(tmp_path / "fleet.yaml", "Depot")
    database = tmp_path / "fleet.db"
    arguments = "--port=0", "--database", database, "--pause=0.3"
    async with (
        serving(tmp_path / "fleet.yaml", *arguments) as (process, url),
        AssetsApiClient(url, policy=ONCE) as client,
    ):
        await client.list_microgrids()
        with locked(database):
            calls = [asyncio.create_task(client.get_microgrid(SITE)) for _ in range(20)]
            await asyncio.sleep(0.3)
            process.terminate()
            await asyncio.sleep(0.6)
        names = {call.name for call in await asyncio.gather(*calls)}
        result = await wait(process)

    assert names == {"Depot"}
    assert (result.code, result.err.count("Traceback")) == (0, 0)


# Access log ---------------------------------------------------------------------------


@pytest.mark.parametrize("style", ["json", "text"])
async def test_the_access_log_has_a_line_for_each_call_and_no_secrets(
    tmp_path: Path, folder: KeyFolder, ours: NewKey, style: str
) -> None:
    file = tmp_path / "fleet.json"
    inventory.write(TWO_ENTERPRISES, file)
    files = "--keys", folder.keys, "--encryption-key", folder.encryption_key
    async with serving(file, "--port=0", f"--access-log={style}", *files) as (process, url):
        sent = sent_by(ours, MICROGRID)
        data = b"\x08\x01"
        for _ in range(2):
            await answer(url, MICROGRID, data, sent)
        process.terminate()
        result = await wait(process)

    lines = [line for line in result.err.splitlines() if MICROGRID in line]
    for text in (ours.text, str(ours.secret), *(value for _, value in sent)):
        assert text not in result.err
    if style == "json":
        good, bad = map(json.loads, lines)
        expected = {"method": MICROGRID, "service": SERVICE, "key": ours.key.id}
        assert good.items() >= (expected | {"status": "OK", "request_bytes": 2}).items()
        assert good["reply_bytes"] > 10
        assert good["ms"] > 0
        assert bad.items() >= (expected | {"status": "UNAUTHENTICATED"}).items()
        assert bad["reason"] == "nonce was used before"
    else:
        good_line, bad_line = lines
        assert f" {MICROGRID} OK service={SERVICE} key={ours.key.id} peer=ipv4:" in good_line
        assert 'reason="nonce was used before"' in bad_line


async def test_an_internal_error_has_its_id_in_the_access_log(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> bytes:
        raise ZeroDivisionError

    settings = ServerSettings(access_log="json")
    monkeypatch.setattr("frequenz.server.assets._service.AssetsService.list_microgrids", fail)
    async with AssetsServer(FLEET, settings) as server:
        failed = await answer(server, "ListMicrogrids")
    (line,) = [it for it in capfd.readouterr().err.splitlines() if it.startswith("{")]
    assert json.loads(line)["error"] in failed.details


async def test_an_access_log_that_nobody_reads_keeps_no_call_waiting(tmp_path: Path) -> None:
    """The pipe takes 64 KiB; each call has a line of some 200 bytes."""
    write(tmp_path / "fleet.yaml", "Depot")
    async with (
        serving(tmp_path / "fleet.yaml", "--port=0", "--access-log=json") as (process, url),
        AssetsApiClient(url, policy=ONCE) as client,
    ):
        for _ in range(20):
            await asyncio.gather(*(client.get_microgrid(SITE, timeout=10) for _ in range(50)))
        process.terminate()
        await asyncio.to_thread(until_ended, process)
    assert process.returncode == 0


# Faults of gRPC -----------------------------------------------------------------------------------


async def test_a_path_that_is_not_utf_8_stops_nobody(
    folder: KeyFolder, ours: NewKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With grpcio 1.85, it ends the loop that accepts calls. Calls under way go on."""
    going_on = asyncio.Event()

    async def wait_and_answer(*_: object) -> bytes:
        await going_on.wait()
        return b""

    monkeypatch.setattr(f"{AssetsService.__module__}.AssetsService.list_gridpools", wait_and_answer)
    broken = [
        b"".join(a_connection(ours.text, ours.secret)).replace(b"formassets", b"form\xe8ssets")
        for _ in range(3)
    ]
    async with (
        AssetsServer(TWO_ENTERPRISES, folder.settings()) as server,
        client_of(server, ours, policy=ONCE) as before,
    ):
        under_way = asyncio.create_task(before.list_gridpools())
        await asyncio.sleep(0.2)
        port = int(server.url.rpartition(":")[2].partition("?")[0])
        for data in broken:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(data)
            await asyncio.sleep(0.3)
            writer.close()
            async with client_of(server, ours) as client:
                assert (await client.get_microgrid(SITE, timeout=10)).name == "Site 1"
        going_on.set()
        assert await under_way == []
