"""What callers may ask for, and that the others do not suffer."""

import asyncio
import sqlite3
import time
from collections import Counter
from contextlib import closing
from typing import Any, Final

import grpc
import grpc.aio
import pytest
from frequenz.client.common.microgrid import MicrogridId

from frequenz.client.assets import AssetsApiClient, CallPolicy
from frequenz.client.assets.exceptions import ApiClientError
from frequenz.server.assets import AssetsServer, Limits, ServerSettings
from frequenz.server.assets._callers.keys import NewKey, new_key
from frequenz.server.assets._callers.limits import CallLimits, LimitError, Rate, limit_fields

from .fleets import FLEET, big_fleet
from .keys import OURS, TWO_ENTERPRISES, KeyFolder, answer, client_of, sent_by
from .raw import COMPONENTS, SERVICE
from .servers import locked, raw_channel

SITE: Final = MicrogridId(1)
ONCE: Final = CallPolicy(max_attempts=1)
OK: Final = grpc.StatusCode.OK
EXHAUSTED: Final = grpc.StatusCode.RESOURCE_EXHAUSTED


# Counting -----------------------------------------------------------------------------------------


def test_a_rate_allows_a_burst_and_then_its_rate() -> None:
    rate = Rate(10, 3)
    assert [rate.take(0.0, 0.25) for _ in range(3)] == [0, 0, 0]
    waits = [rate.take(0.0, 0.25) for _ in range(5)]
    assert waits == pytest.approx([0.1, 0.2, 0.3, 0.3, 0.3])  # what is refused does not count
    assert rate.take(0.3, 0) == pytest.approx(0)
    served = sum(rate.take(1 + i / 1000, 0) == 0 for i in range(10_000))
    assert 100 <= served <= 104


def test_keys_that_begin_together_do_not_stay_in_step() -> None:
    limits, keys = CallLimits(Limits(calls_per_second=10, burst=1)), [str(i) for i in range(20)]
    assert {limits.take_turn(key, 0.0) for key in keys} == {0}
    for turn in range(1, 10):
        waits = [limits.take_turn(key, 0.0) for key in keys]
        assert turn / 10 <= min(waits) < max(waits) <= (turn + 1) / 10
    for key in keys:  # as long as a call may wait, and no longer
        assert limits.take_turn(key, 0.0) == pytest.approx(1)


def test_a_key_has_no_more_calls_than_it_may_and_the_others_their_share() -> None:
    limits = CallLimits(Limits(calls=8, calls_per_key=6))
    for _ in range(6):
        limits.begin("greedy")
    with pytest.raises(LimitError, match="a key may make 6"):
        limits.begin("greedy")
    limits.begin("a")
    limits.begin("a")  # as many as there may be
    limits.begin("a")  # beyond, but fewer than a half
    limits.begin("b")
    with pytest.raises(LimitError, match="The server has too many calls"):
        limits.begin("a")  # already more than a third
    assert limits.calls == 10
    for key in ("greedy",) * 6 + ("a",) * 3 + ("b",):
        limits.end(key, 0)
    assert (limits.calls, limits.unread_bytes) == (0, 0)


def test_a_key_whose_replies_are_not_read_waits_and_others_do_not() -> None:
    limits = CallLimits(Limits(unread_bytes=100, unread_bytes_per_key=50))
    for key in ("slow", "slower"):
        limits.begin(key)
        limits.replied(key, 60)
        with pytest.raises(LimitError, match="not read yet"):
            limits.begin(key)
    limits.begin("polite")
    with pytest.raises(LimitError, match="not read yet"):
        limits.begin(None)
    limits.end("slow", 60)
    limits.begin("slow")
    limits.begin(None)


INVALID: Final[dict[str, tuple[Any, type[Exception], str]]] = {
    "calls": (0, ValueError, "calls: expected 1 to 2147483647, got 0"),
    "burst": (1.5, TypeError, "burst: expected an integer, got 1.5"),
    "call_seconds": (float("nan"), ValueError, "call_seconds: expected 0.001 to 1000000, got nan"),
    "connections": (2**31, ValueError, "connections: expected 1 to"),
    "calls_per_second": (True, TypeError, "calls_per_second: expected a number, got True"),
}


@pytest.mark.parametrize("name", INVALID)
def test_invalid_limits_are_errors_that_name_them(name: str) -> None:
    value, error, message = INVALID[name]
    with pytest.raises(error, match=message):
        Limits(**{name: value})


def test_every_limit_has_a_text_and_a_default_that_is_allowed() -> None:
    for limit in limit_fields():
        assert limit.metadata["text"]
        assert limit.default >= limit.metadata["minimum"]


# Calls --------------------------------------------------------------------------------------------


async def test_our_client_obeys_the_pause_of_a_key_that_calls_too_often(
    folder: KeyFolder, ours: NewKey
) -> None:
    limits = Limits(calls_per_second=20, burst=5)
    async with (
        AssetsServer(TWO_ENTERPRISES, folder.settings(limits=limits)) as server,
        client_of(server, ours) as client,
    ):
        start = time.monotonic()
        found = await asyncio.gather(*(client.get_microgrid(SITE) for _ in range(65)))
        assert len(found) == 65
        assert time.monotonic() - start > 2.9  # 60 calls beyond the burst


async def test_a_refusal_says_when_to_try_again_in_both_ways(
    folder: KeyFolder, ours: NewKey
) -> None:
    settings = folder.settings(limits=Limits(calls_per_second=0.1, burst=1))
    async with AssetsServer(TWO_ENTERPRISES, settings) as server:
        made = [
            await answer(server, "ListMicrogrids", b"", sent_by(ours, "ListMicrogrids"))
            for _ in range(2)
        ]
    assert [it.status for it in made] == [OK, EXHAUSTED]
    trailing = dict(made[1].trailing)
    # 10 to 20 s, less what the refusal was held back.
    assert 8000 < int(trailing["grpc-retry-pushback-ms"]) <= 19500
    details: bytes = trailing["grpc-status-details-bin"]
    assert b"type.googleapis.com/google.rpc.RetryInfo" in details
    assert made[1].details.encode() in details


async def test_calls_beyond_the_rate_use_no_nonces_and_repeated_ones_no_rate(
    folder: KeyFolder, ours: NewKey
) -> None:
    limits = Limits(calls_per_second=0.01, burst=2)
    async with AssetsServer(TWO_ENTERPRISES, folder.settings(limits=limits)) as server:
        sent = sent_by(ours, "ListMicrogrids")
        repeated = [await answer(server, "ListMicrogrids", b"", sent) for _ in range(4)]
        new = await asyncio.gather(
            *(
                answer(server, "ListMicrogrids", b"", sent_by(ours, "ListMicrogrids"))
                for _ in range(6)
            )
        )
        with closing(sqlite3.connect(f"{folder.keys}.nonces")) as nonces:
            ((count,),) = nonces.execute("SELECT count(*) FROM nonce")

    assert [it.status for it in repeated] == [OK, *[grpc.StatusCode.UNAUTHENTICATED] * 3]
    assert Counter(it.status for it in new) == {OK: 1, EXHAUSTED: 5}
    assert count == 2


async def test_who_repeats_a_call_and_cancels_it_takes_no_turn_of_its_key(
    folder: KeyFolder, ours: NewKey
) -> None:
    limits = Limits(calls_per_second=0.01, burst=2)
    async with AssetsServer(TWO_ENTERPRISES, folder.settings(limits=limits)) as server:
        sent = sent_by(ours, "ListMicrogrids")
        assert (await answer(server, "ListMicrogrids", b"", sent)).status is OK
        with closing(sqlite3.connect(f"{folder.keys}.nonces", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")  # nonces wait meanwhile
            async with raw_channel(server) as channel:
                method: Any = channel.unary_unary(f"/{SERVICE}/ListMicrogrids")
                calls = [method(b"", metadata=sent) for _ in range(3)]
                await asyncio.sleep(0.3)
                for call in calls:
                    call.cancel()
                await asyncio.sleep(0.3)
            other.execute("ROLLBACK")
        new = await answer(server, "ListMicrogrids", b"", sent_by(ours, "ListMicrogrids"))
    assert new.status is OK


async def test_another_key_is_served_while_one_is_refused(folder: KeyFolder, ours: NewKey) -> None:
    polite = folder.add(new_key(OURS))
    limits = Limits(calls_per_second=0.01, burst=5)
    async with (
        AssetsServer(TWO_ENTERPRISES, folder.settings(limits=limits)) as server,
        client_of(server, ours, policy=ONCE) as greedy,
        client_of(server, polite, policy=ONCE) as other,
    ):
        results = asyncio.gather(
            *(greedy.get_microgrid(SITE) for _ in range(50)), return_exceptions=True
        )
        for _ in range(5):
            await other.get_microgrid(SITE, timeout=5)
        kinds = Counter(type(it).__name__ for it in await results)
    assert kinds["Microgrid"] == 5


async def test_a_call_that_takes_too_long_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    async def sleep(*_: object) -> bytes:
        await asyncio.sleep(60)
        return b""

    monkeypatch.setattr("frequenz.server.assets._service.AssetsService.list_microgrids", sleep)
    settings = ServerSettings(limits=Limits(call_seconds=0.2))
    async with AssetsServer(FLEET, settings) as server:
        ended = await answer(server, "ListMicrogrids")
    assert ended.status is grpc.StatusCode.DEADLINE_EXCEEDED
    assert ended.details == "The call took longer than 0.2 s."


async def test_a_request_that_never_arrives_ends_its_call() -> None:
    settings = ServerSettings(limits=Limits(call_seconds=0.2, calls=20))
    async with AssetsServer(FLEET, settings) as server, raw_channel(server) as channel:
        method: Any = channel.stream_unary(f"/{SERVICE}/ListMicrogrids")
        calls = [method(timeout=10) for _ in range(20)]
        codes = Counter([await call.code() for call in calls])
        assert codes == {grpc.StatusCode.DEADLINE_EXCEEDED: 20}
        assert (await answer(server, "ListMicrogrids")).status is OK


async def test_a_call_ends_in_time_while_its_nonce_cannot_be_stored(folder: KeyFolder) -> None:
    ours = folder.add(new_key(OURS))
    settings = folder.settings(limits=Limits(call_seconds=0.3))
    async with AssetsServer(TWO_ENTERPRISES, settings) as server:
        begun = time.monotonic()
        with locked(folder.keys.with_name(f"{folder.keys.name}.nonces")):
            ended = await answer(server, "ListMicrogrids", b"", sent_by(ours, "ListMicrogrids"))
        assert ended.status is grpc.StatusCode.DEADLINE_EXCEEDED
        assert time.monotonic() - begun < 2
        good = await answer(server, "ListMicrogrids", b"", sent_by(ours, "ListMicrogrids"))
        assert good.status is OK


async def test_who_is_not_known_is_refused_before_the_request_arrives(folder: KeyFolder) -> None:
    folder.add(new_key(OURS))
    async with (
        AssetsServer(TWO_ENTERPRISES, folder.settings()) as server,
        raw_channel(server) as channel,
    ):
        method: Any = channel.stream_unary(f"/{SERVICE}/ListMicrogrids")
        call = method(timeout=10)  # sends nothing
        assert await call.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_large_requests_and_metadata_are_refused() -> None:
    limits = Limits(request_bytes=1000, metadata_bytes=2000)
    async with AssetsServer(FLEET, ServerSettings(limits=limits)) as server:
        large = await answer(server, COMPONENTS, b"\x00" * 1001)
        assert large.status is EXHAUSTED
        assert "it has 1001 bytes, and a request may have at most 1000 bytes" in large.details
        much = await answer(server, "ListMicrogrids", b"", [("x", "y" * 3000)])
        assert much.status is EXHAUSTED
        assert (await answer(server, "ListMicrogrids", b"", [("x", "y" * 500)])).status is OK


async def test_connections_beyond_the_limit_wait_or_fail_and_then_work() -> None:
    settings = ServerSettings(limits=Limits(connections=3))
    async with AssetsServer(FLEET, settings) as server:
        port = int(server.url.rpartition(":")[2].partition("?")[0])
        silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        async with AssetsApiClient(server.url, policy=ONCE) as client:
            with pytest.raises(ApiClientError):
                await client.get_microgrid(SITE, timeout=1)
        for _, writer in silent:
            writer.close()
        async with AssetsApiClient(server.url) as client:
            assert (await client.get_microgrid(SITE, timeout=10)).name == "Site 1"


async def test_connections_that_say_nothing_are_closed() -> None:
    settings = ServerSettings(limits=Limits(handshake_seconds=0.3))
    async with AssetsServer(FLEET, settings) as server:
        port = int(server.url.rpartition(":")[2].partition("?")[0])
        opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(5)]
        async with asyncio.timeout(10):
            for reader, writer in opened:
                await reader.read()  # what the server sends, until it closes
                writer.close()


async def test_the_age_of_connections_ends_without_failed_calls() -> None:
    """A call that meets the end of its connection is made again, on another one."""
    settings = ServerSettings(limits=Limits(connection_seconds=1, idle_seconds=1))
    async with AssetsServer(FLEET, settings) as server, AssetsApiClient(server.url) as client:
        end = time.monotonic() + 3.5
        while time.monotonic() < end:
            await asyncio.gather(*(client.get_microgrid(SITE, timeout=5) for _ in range(10)))
        await asyncio.sleep(1.5)
        await client.get_microgrid(SITE, timeout=5)


async def test_replies_that_are_not_read_are_bounded_and_end_with_their_connection() -> None:
    """The window of the reader is so small that nothing of the replies is sent."""
    limits = Limits(unread_bytes=2**20, connection_seconds=2, call_seconds=5)
    fleet = big_fleet(1000, 500)  # half a MiB
    async with AssetsServer(fleet, ServerSettings(limits=limits)) as server:
        port = int(server.url.rpartition(":")[2].partition("?")[0])
        options = [("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 1024)]
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=options) as channel:
            method: Any = channel.unary_stream(f"/{SERVICE}/{COMPONENTS}")
            calls = []
            for _ in range(20):
                calls.append(method(b"\x08\x01", timeout=30))
                await asyncio.sleep(0.05)
            codes = await asyncio.gather(*(call.code() for call in calls))
            assert EXHAUSTED in codes
            assert OK not in codes
        async with AssetsApiClient(server.url) as client:
            await client.get_microgrid(SITE, timeout=10)
