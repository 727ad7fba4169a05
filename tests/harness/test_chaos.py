"""A part of `make chaos`: its counts and classes, no times; and whether it notices faults."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

import pytest
from harness.chaos import __main__ as command
from harness.chaos import _calls, _deadlines, _failing, _idle, _network, _restarts
from harness.chaos._calls import HANG, WRONG, Tally
from harness.chaos._http2_server import CASES, Case
from harness.shared.claims import Claim, Claims, Scenario

from frequenz.client.assets import AssetsApiClient, CallPolicy
from frequenz.client.assets.exceptions import ServiceUnavailable
from frequenz.client.assets.testing._proxy import (
    BLACK_HOLE,
    GOAWAY,
    HALF_OPEN,
    LOOPBACK,
    PASS,
    PING,
    REFUSE,
    STALL,
    Fault,
    FaultKind,
    Frames,
    Proxy,
    url_of,
)

SEED: Final = 5

SMALL_RUNS: Final[dict[str, Callable[[int], Awaitable[Claims]]]] = {
    "flaky": partial(_failing.flaky, calls=300),
    "streams": _failing.streams,
    "statuses": _failing.statuses,
    "dead": partial(_failing.dead, calls=100),
    "deadlines": partial(_deadlines.deadlines, calls=60, longest=0.3),
    "kills": partial(_restarts.kills, restarts=2),
    "outages": partial(_restarts.outages, seconds=(1,)),
    "network": partial(_network.network, times=1, deadline=0.3),
    "draining": partial(_restarts.draining, calls=200, rounds=1),
    "misbehaving": partial(_network.misbehaving, deadline=0.5),
    "cancellations": partial(_deadlines.cancellations, calls=100),
    "idle": partial(_idle.idle, seconds=1, long_call=1),
}
"""Each scenario with few calls, except for those that wait for pings."""


def broken(claims: Claims) -> list[Claim]:
    """Return the broken claims of counts and classes."""
    return [claim for claim in claims if claim.verdict == "BROKEN"]


def test_every_scenario_has_a_small_run() -> None:
    assert {*command.ALL} == {*SMALL_RUNS, "silence", "slow"}


@pytest.mark.parametrize("name", SMALL_RUNS)
async def test_the_promises_of_a_scenario_are_kept(name: str) -> None:
    claims = await SMALL_RUNS[name](SEED)
    assert any(claim.promised and not claim.is_time for claim in claims)
    assert not broken(claims)


# Intended faults ----------------------------------------------------------------------------------

ONCE: Final = CallPolicy(max_attempts=1, wait_for_connection=False)
ENDLESS: Final = CallPolicy(budget=None)


@pytest.mark.parametrize(
    ("module", "run", "policy", "what"),
    [
        (_failing, SMALL_RUNS["flaky"], ONCE, "calls that failed"),
        (_failing, partial(_failing.dead, calls=35), ENDLESS, "attempts per call"),
        (_failing, SMALL_RUNS["statuses"], ONCE, "calls with a wrong number of attempts"),
        (_restarts, partial(_restarts.kills, restarts=1), ONCE, "calls that failed"),
        (_restarts, SMALL_RUNS["outages"], ONCE, "calls that failed"),
        (_restarts, SMALL_RUNS["draining"], ONCE, "SIGTERM: calls just arrived"),
    ],
)
async def test_a_worse_client_is_noticed(
    module: Any,
    run: Callable[[int], Awaitable[Claims]],
    policy: CallPolicy,
    what: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "AssetsApiClient", partial(AssetsApiClient, policy=policy))
    assert what in " ".join(claim.what for claim in broken(await run(SEED)))


async def test_a_client_that_pings_too_much_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def pinging(url: str) -> AssetsApiClient:
        return AssetsApiClient(f"{url}&keep_alive=true&keep_alive_interval_s=0.5")

    monkeypatch.setattr(_idle, "AssetsApiClient", pinging)
    claims = await _idle.idle(SEED, seconds=5, long_call=1)
    assert [claim.what for claim in broken(claims)] == [
        "idle for 5 s: GOAWAY",
        "idle for 5 s: connections",
    ]


async def test_cancellations_that_do_not_reach_the_server_are_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[asyncio.Future[Any]] = []

    async def call(client: AssetsApiClient, **options: Any) -> Any:
        calls.append(asyncio.ensure_future(_calls.GET(client, **options)))
        return await asyncio.shield(calls[-1])

    monkeypatch.setattr(_deadlines, "GET", call)
    monkeypatch.setattr(_deadlines, "_SETTLE_SECONDS", 0.2)
    claims = await _deadlines.cancellations(SEED, calls=20)
    await asyncio.gather(*calls, return_exceptions=True)
    assert "handlers without an end" in broken(claims)[0].what


async def test_too_many_parallel_calls_are_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    without_limit = Case(CASES["ping flood"].answer, True, parallel_calls=10)
    monkeypatch.setattr(_network, "CASES", {"max_streams change": without_limit})
    (claim,) = broken(await SMALL_RUNS["misbehaving"](SEED))
    assert claim.what == "max_streams change"


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (KeyError("intended"), "KeyError"),
        (asyncio.CancelledError(), "CancelledError"),
        (asyncio.InvalidStateError(), "InvalidStateError"),
    ],
)
async def test_an_error_that_is_not_an_api_client_error_is_noticed(
    error: BaseException, outcome: str
) -> None:
    async def call(_: object, **__: object) -> None:
        raise error

    tally = Tally()
    assert await tally.make(call, no_client(), 1.0) == outcome
    assert tally.foreign == {outcome: 1}
    assert tally.failed == 1


async def test_an_api_client_error_is_counted_by_its_class() -> None:
    client = AssetsApiClient(url_of(1), policy=ONCE)
    tally = Tally()
    async with client:
        outcome = await tally.make(lambda caller, **_: caller.list_gridpools(), client, 1.0)
    assert outcome == ServiceUnavailable.__name__
    assert not tally.foreign


async def test_a_wrong_answer_and_a_hang_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.chaos._calls._HANG_SECONDS", 0.0)

    async def wrong(_: object, **__: object) -> int:
        return 1

    async def hang(_: object, **__: object) -> None:
        await asyncio.Event().wait()

    tally = Tally()
    assert await tally.make(wrong, no_client(), 1.0, 2) == WRONG
    assert await tally.make(hang, no_client(), 0.01) == HANG
    assert tally.failed == 2


def no_client() -> Any:
    """Stands for a client in calls that do not use it."""
    return None


# The proxy ----------------------------------------------------------------------------------------

SENT: Final = b"0123456789" * 20


async def echoed(proxy: Proxy, data: bytes) -> bytes:
    """Return the bytes that come back within a while, until the connection ends."""
    reader, writer = await asyncio.open_connection(LOOPBACK, proxy.port)
    received = b""
    try:
        writer.write(data)
        async with asyncio.timeout(0.5):
            while len(received) < len(data) and (got := await reader.read(1000)):
                received += got
    except TimeoutError:
        pass
    finally:
        writer.close()
    return received


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1000):
        writer.write(data)
    writer.close()


@pytest.fixture
async def proxy() -> Any:
    """A proxy of a server that sends everything back."""
    async with (
        await asyncio.start_server(echo, LOOPBACK, 0) as server,
        Proxy(server.sockets[0].getsockname()[1], SEED) as proxy,
    ):
        yield proxy


@pytest.mark.parametrize(
    ("fault", "received"),
    [
        (PASS, SENT),
        (Fault(FaultKind.DELAY, 0.01), SENT),
        (Fault(FaultKind.DRIP, 50), SENT),
        (Fault(FaultKind.BANDWIDTH, 10_000), SENT),
        (Fault(FaultKind.RESET, 0), SENT),
        (Fault(FaultKind.TRUNCATE, 7), SENT[:7]),
        (STALL, b""),
        (HALF_OPEN, b""),
    ],
    ids=str,
)
async def test_a_network_fault_changes_what_arrives(
    fault: Fault, received: bytes, proxy: Proxy
) -> None:
    await proxy.set_fault(fault)
    assert await echoed(proxy, SENT) == received
    assert proxy.connections == 1
    await proxy.set_fault(PASS)
    assert await echoed(proxy, SENT) == SENT


@pytest.mark.parametrize(
    ("fault", "error"), [(REFUSE, ConnectionRefusedError), (BLACK_HOLE, TimeoutError)], ids=str
)
async def test_a_proxy_that_accepts_nothing(
    fault: Fault, error: type[Exception], proxy: Proxy
) -> None:
    await proxy.set_fault(fault)
    with pytest.raises(error):
        async with asyncio.timeout(0.3):
            await asyncio.open_connection(LOOPBACK, proxy.port)
    assert proxy.connections == 0
    await proxy.set_fault(PASS)
    assert await echoed(proxy, SENT) == SENT


async def test_connections_are_reset_at_random_and_on_demand(proxy: Proxy) -> None:
    await proxy.set_fault(Fault(FaultKind.RESET, 1))
    with pytest.raises(ConnectionResetError):
        await echoed(proxy, SENT)
    await proxy.set_fault(PASS)
    reader, writer = await asyncio.open_connection(LOOPBACK, proxy.port)
    writer.write(SENT)
    await reader.readexactly(len(SENT))
    proxy.reset()
    with pytest.raises(ConnectionResetError):
        await reader.read(1)
    writer.close()
    assert proxy.resets == 2


async def test_only_existing_connections_are_silenced(proxy: Proxy) -> None:
    reader, writer = await asyncio.open_connection(LOOPBACK, proxy.port)
    writer.write(SENT)
    await reader.readexactly(len(SENT))
    proxy.silence()
    writer.write(SENT)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await reader.read(1)
    writer.close()
    assert await echoed(proxy, SENT) == SENT


@pytest.mark.parametrize("size", [1, 2, 9, 10, 1000])
def test_frames_are_counted_however_the_bytes_arrive(size: int) -> None:
    data = b"".join(
        length.to_bytes(3, "big") + bytes([type_]) + bytes(5 + length)
        for type_, length in ((PING, 8), (0, 0), (GOAWAY, 20), (PING, 8))
    )
    frames = Frames()
    for at in range(0, len(data), size):
        frames.feed(data[at : at + size])
    assert frames.types == {PING: 2, 0: 1, GOAWAY: 1}


# The command --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claims", "code", "verdict"),
    [
        ([Claim("it", "0", "0")], 0, "kept"),
        ([Claim("it", "0", "1", is_kept=False)], 1, "BROKEN"),
        ([Claim("it", "0 s", "1 s", is_kept=False, is_time=True)], 0, "MISSED"),
    ],
)
def test_the_command_prints_what_was_measured(
    claims: Claims,
    code: int,
    verdict: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def run(seed: int) -> Claims:
        assert seed == 7
        return claims

    assert _called(monkeypatch, run) == code
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first.startswith("Seed 7; ")
    assert last.startswith("| fake | it | ")
    assert last.endswith(f" | {verdict} |")


async def _fail(_: int) -> Claims:
    raise KeyError("intended")


async def _hang(_: int) -> Claims:
    await asyncio.Event().wait()
    return []


@pytest.mark.parametrize(("run", "words"), [(_fail, "intended"), (_hang, "it did not end")])
def test_a_scenario_that_fails_or_does_not_end_is_broken(
    run: Callable[[int], Awaitable[Claims]],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert _called(monkeypatch, run) == 1
    assert words in capsys.readouterr().out


def _called(monkeypatch: pytest.MonkeyPatch, run: Callable[[int], Awaitable[Claims]]) -> int:
    monkeypatch.setitem(command.ALL, "fake", Scenario("fake", "a scenario", run, 0.1))
    monkeypatch.setattr("sys.argv", ["chaos", "fake", "--seed", "7"])
    return command.main()
