"""Metrics, read as Prometheus reads them: of one process, and of workers."""

import asyncio
import gc
import os
import signal
import time
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeAlias

import pytest
from frequenz.client.common.microgrid import MicrogridId
from prometheus_client.parser import text_string_to_metric_families

from frequenz.client.assets import inventory
from frequenz.client.assets.exceptions import EntityNotFound
from frequenz.server.assets import AssetsServer, ServerSettings
from frequenz.server.assets._callers.keys import NewKey
from frequenz.server.assets._operation.call_record import CallRecord
from frequenz.server.assets._operation.metrics import Metrics

from .fleets import FLEET, component, fleet, site
from .keys import TWO_ENTERPRISES, KeyFolder, answer, client_of, sent_by
from .processes import line_of, until, workers_of
from .raw import MICROGRID, request
from .servers import start_and_stop
from .test_server_cli import FAULTY, serving

SITE: Final = MicrogridId(1)
GET: Final = request(MICROGRID, 1).SerializeToString()
CALLS: Final = "assets_server_calls_total"

Samples: TypeAlias = Mapping[tuple[str, ...], float]
"""The name of a sample and the values of its labels, sorted -> its value."""


def read_metrics(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as reply:
        text: str = reply.read().decode()
        return text


async def scrape(port: int) -> Samples:
    """Read the page."""
    text = await asyncio.to_thread(read_metrics, port)
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def scrape_when(port: int, key: tuple[str, ...], count: int) -> Samples:
    """Read the page once a number of calls is counted: a call ends a moment after its reply."""
    async with asyncio.timeout(10):
        while (samples := await scrape(port)).get(key, 0) < count:  # noqa: ASYNC110 - counting sets no event
            await asyncio.sleep(0.02)
    return samples


async def test_metrics_count_calls_by_method_status_and_key(
    folder: KeyFolder, ours: NewKey, free_port: int
) -> None:
    settings = folder.settings(metrics=f"127.0.0.1:{free_port}")
    async with AssetsServer(TWO_ENTERPRISES, settings) as server:
        async with client_of(server, ours) as client:
            for _ in range(3):
                await client.get_microgrid(SITE)
            with pytest.raises(EntityNotFound):
                await client.get_microgrid(MicrogridId(2))
        await answer(server, MICROGRID)
        await server.reload()
        samples = await scrape(free_port)
        text = await asyncio.to_thread(read_metrics, free_port)

    key = ours.key.id
    assert samples[CALLS, *sorted([key, MICROGRID, "OK"])] == 3
    assert samples[CALLS, *sorted([key, MICROGRID, "NOT_FOUND"])] == 1
    assert samples[CALLS, *sorted(["", MICROGRID, "UNAUTHENTICATED"])] == 1
    assert samples["assets_server_call_seconds_count", MICROGRID] == 5
    assert samples["assets_server_reloads_total", "applied"] == 1
    assert samples["assets_server_refused_total", "UNAUTHENTICATED"] == 1
    assert samples["assets_server_nonces",] == 4
    assert samples["assets_server_keys",] == 1
    assert samples["assets_server_calls_now",] == samples["assets_server_unread_bytes",] == 0
    # Two of the replies are kept: the same request is not asked again.
    assert samples["assets_server_store_seconds_count",] == 2
    assert samples["assets_server_store_seconds_bucket", "+Inf"] == 2
    assert 0 < samples["assets_server_store_seconds_sum",] < 5
    assert samples["assets_server_microgrids",] == 4
    # Sites have two components and a connection; then gridpools, schedules and relations.
    assert samples["assets_server_entities",] == 4 * 4 + 2 + 2 + 9
    assert ours.text not in text
    with pytest.raises(OSError, match="refused"):
        await asyncio.to_thread(read_metrics, free_port)


@pytest.mark.parametrize("workers", [1, 2])
async def test_findings_and_size_are_those_of_the_inventory_that_is_served(
    tmp_path: Path, free_port: int, workers: int
) -> None:
    file = tmp_path / "fleet.yaml"
    file.write_text(FAULTY)
    metrics = f"--metrics=127.0.0.1:{free_port}"
    async with serving(file, "--port=0", f"--workers={workers}", metrics) as (process, _):
        samples = await scrape(free_port)
        assert samples["assets_server_findings", "major"] == 3
        before = samples["assets_server_entities",]
        assert (samples["assets_server_microgrids",], before) == (1, 4)

        inventory.write(fleet(site(1, [component(1)]), site(2)), file)
        process.send_signal(signal.SIGHUP)
        await line_of(process, "Reloaded: ")
        async with asyncio.timeout(20):
            while samples["assets_server_entities",] == before:
                samples = await scrape(free_port)
                await asyncio.sleep(0.1)
    assert samples["assets_server_microgrids",] == 2
    assert samples["assets_server_findings", "major"] == 0
    assert samples["assets_server_reloads_total", "applied"] == 1


async def test_metrics_of_workers_are_one_page_whose_counters_are_never_set_back(
    tmp_path: Path, folder: KeyFolder, ours: NewKey, free_port: int
) -> None:
    file = tmp_path / "fleet.json"
    inventory.write(TWO_ENTERPRISES, file)

    async def call(times: int) -> None:
        for _ in range(times):  # each on a connection of its own, so that both workers get some
            made = await answer(url, MICROGRID, GET, sent_by(ours, MICROGRID))
            assert made.status.name == "OK"

    async with serving(
        *(file, "--port=0", "--workers=2", "--keys", folder.keys),
        *("--encryption-key", folder.encryption_key, f"--metrics=127.0.0.1:{free_port}"),
    ) as (process, url):
        ok = CALLS, *sorted([ours.key.id, MICROGRID, "OK"])
        await call(24)
        samples = await scrape_when(free_port, ok, 24)
        assert samples[ok] == samples["assets_server_call_seconds_count", MICROGRID] == 24
        # Each worker has asked the store once: the numbers are those of both.
        assert samples["assets_server_store_seconds_count",] == 2
        assert samples["assets_server_microgrids",] == 4
        assert samples["assets_server_keys",] == 1
        assert samples["assets_server_nonces",] == 24

        killed, _ = workers_of(process)
        os.kill(killed, signal.SIGKILL)
        await line_of(process, "A worker has ended")
        after = await scrape(free_port)
        assert after[ok] == 24
        counted = [it for it in samples if it[0].endswith(("_total", "_count", "_sum", "_bucket"))]
        assert {it: after[it] >= samples[it] for it in counted} == dict.fromkeys(counted, True)

        await until(lambda: len({*workers_of(process)} - {killed}) == 2)
        await call(24)
        assert (await scrape_when(free_port, ok, 48))[ok] == 48


async def test_a_worker_that_does_not_answer_keeps_no_scrape_waiting(
    tmp_path: Path, free_port: int
) -> None:
    inventory.write(FLEET, tmp_path / "fleet.json")
    options = "--port=0", "--workers=2", f"--metrics=127.0.0.1:{free_port}"
    async with serving(tmp_path / "fleet.json", *options) as (process, url):
        ok = CALLS, "", MICROGRID, "OK"
        for _ in range(16):
            assert (await answer(url, MICROGRID, GET)).status.name == "OK"
        before = await scrape_when(free_port, ok, 16)
        stopped, _ = workers_of(process)
        os.kill(stopped, signal.SIGSTOP)
        try:
            assert (await scrape(free_port))[ok] == 16
        finally:
            os.kill(stopped, signal.SIGCONT)
        assert before[ok] == 16


@pytest.fixture
def collecting_lets_others_run() -> Iterator[None]:
    """Let the garbage collector run often, and other threads whenever it does."""

    def let_others_run(*_: object) -> None:
        time.sleep(0)

    thresholds = gc.get_threshold()
    gc.callbacks.append(let_others_run)
    gc.set_threshold(100)
    yield
    gc.set_threshold(*thresholds)
    gc.callbacks.remove(let_others_run)


def test_calls_may_be_counted_while_metrics_are_read(
    collecting_lets_others_run: None,
) -> None:
    metrics = Metrics()

    def count() -> None:
        for number in range(2_000):
            metrics(CallRecord("service", str(number), 0))

    with ThreadPoolExecutor(1) as thread:
        counting = thread.submit(count)
        while not counting.done():
            metrics.counts()
    assert metrics.counts().calls.total() == 2_000


async def test_an_address_for_metrics_that_is_in_use_is_refused(free_port: int) -> None:
    settings = ServerSettings(metrics=f"127.0.0.1:{free_port}")
    async with AssetsServer(FLEET, settings):
        with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1:{free_port}"):
            await start_and_stop(AssetsServer(FLEET, settings))
