"""Connections and calls that hold what others need: memory, places, the end of the server."""

import asyncio
import signal
import sqlite3
import sys
from asyncio import create_task
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack, closing
from pathlib import Path
from time import monotonic
from typing import Final

import grpc
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2

from frequenz.server.assets._callers.keys import NewKey

from ..shared.claims import Claim, Claims, exactly, within
from ..shared.http2 import DATA
from ..shared.processes import line_process
from ._http2_client import connection, headers, request, small_window
from ._target import Callers, Files, Metadata, Target, fleet, serving, signed

_METHOD: Final = "GetMicrogrid"
_LIST: Final = "ListMicrogrids"
_SMALL: Final = "ListGridpools"
_SITES: Final = 1000
_NAME_BYTES: Final = 3000
"""So that a list of those of one enterprise has 1.5 MB."""

_SLOW_KEYS: Final = 5

_WINDOW: Final = 1000
_UNREAD_SECONDS: Final = 4
_CALL_SECONDS: Final = 4
_WARMING: Final = 16
_SETTLE_SECONDS: Final = 12.0
"""How long the server has to return its memory."""

_PER_ADDRESS: Final = 100
_PER_KEY: Final = 100
_GRACE: Final = 30
_NEIGHBOUR: Final = "127.0.0.2"
_DATA: Final = platformassets_pb2.GetMicrogridRequest(microgrid_id=1).SerializeToString()


async def _is_answered(target: Target, metadata: Metadata = ()) -> bool:
    """Return whether another caller gets an answer in time."""
    callers = Callers([target.address], 1)
    status, _, _ = await callers.call(0, _METHOD, _DATA, metadata, timeout=5)
    await callers.close()
    return status is grpc.StatusCode.OK


async def _until(is_true: Callable[[], bool], seconds: float) -> float:
    """Wait until something is true, at most a time; return how long it took, in s."""
    begun = monotonic()
    while not is_true() and monotonic() < begun + seconds:  # noqa: ASYNC110 - no event to wait for
        await asyncio.sleep(0.05)
    return monotonic() - begun


async def readers(count: int, seed: int, folder: Path) -> Claims:
    """Ask for a number of large replies on one connection, and read none."""
    files = Files.create(folder, fleet(_SITES, _NAME_BYTES))
    polite, *slow_keys = files.add_keys(1 + _SLOW_KEYS)

    def call(new: NewKey, method: str, number: int) -> bytes:
        stream, metadata = 2 * number + 1, signed(new.text, new.secret, method)
        return headers(method, metadata, stream) + request(b"", stream)

    async with serving(files, *files.options, f"--max-unread-seconds={_UNREAD_SECONDS}") as target:
        async with connection(target.port) as first:  # all threads of the store have read
            for number in range(_WARMING):
                await first.send(call(polite, _LIST, number))
            await _until(lambda: len(first.ended) == _WARMING, 30)
        before = target.memory
        async with connection(target.port, small_window(_WINDOW)) as slow:
            begun = monotonic()
            for number in range(count):
                await slow.send(call(slow_keys[number % _SLOW_KEYS], _LIST, number))
            await asyncio.sleep(_UNREAD_SECONDS / 2)
            peak, held = target.memory, count - len(slow.ended)
            answered = await _is_answered(target, signed(polite.text, polite.secret, _METHOD))
            await _until(lambda: not slow.is_open, 30)
            seconds, is_open = monotonic() - begun, slow.is_open
            await asyncio.sleep(_SETTLE_SECONDS)
            after = target.memory
    more = after / before - 1
    return [
        Claim(f"unread replies held, of {count} of 1.5 MB", "", str(held)),
        Claim("memory with them", "", f"{_mib(peak)} ({_mib(before)} before)"),
        within("time until their connection is closed", _UNREAD_SECONDS + 6.0, seconds),
        exactly("the connection stays", False, is_open),
        Claim("memory after", "at most 10 % more", f"{more:+.1%}", more <= 0.1),
        exactly("a call with another key is answered meanwhile", True, answered),
    ]


def _mib(size: int) -> str:
    return f"{size / 2**20:.0f} MiB"


async def streams(count: int, seed: int, folder: Path) -> Claims:
    """Begin a number of calls on one connection whose requests never come."""
    files = Files.create(folder, fleet(100))
    greedy, polite = files.add_keys(2)
    options = f"--max-call-seconds={_CALL_SECONDS}", "--max-burst=100000"
    async with serving(files, *files.options, *options) as target:
        before = target.memory
        async with connection(target.port) as half_open:
            for number in range(count):
                metadata = signed(greedy.text, greedy.secret, _METHOD)
                await half_open.send(headers(_METHOD, metadata, 2 * number + 1))
            answered = await _is_answered(target, signed(polite.text, polite.secret, _METHOD))
            await asyncio.sleep(2)
            let_in, peak = count - len(half_open.ended), target.memory
            await asyncio.sleep(_CALL_SECONDS)
            left = count - len(half_open.ended) if half_open.is_open else 0
        await asyncio.sleep(_SETTLE_SECONDS)
        after = target.memory
    return [
        Claim(
            f"half-open calls of {count} let in",
            f"at most {_PER_KEY}",
            str(let_in),
            let_in <= _PER_KEY,
        ),
        exactly("of them after the time for a call", 0, left),
        exactly("a call with another key is answered meanwhile", True, answered),
        Claim("memory with them", "", f"{_mib(peak)} ({_mib(before)} before)"),
        Claim("memory after", "", _mib(after)),
    ]


async def silent(count: int, seed: int, folder: Path) -> Claims:
    """Open a number of connections from one address that say nothing beyond HTTP/2."""
    files = Files.create(folder, fleet(100))
    option = f"--max-connections-per-address={_PER_ADDRESS}"
    async with serving(files, option) as target, AsyncExitStack() as stack:
        opened = []
        for number in range(count):
            if number == _PER_ADDRESS // 2:
                await asyncio.sleep(3)  # the server looks at them
            connecting = connection(target.port, address=_NEIGHBOUR)
            opened.append(await stack.enter_async_context(connecting))
        answered = await _is_answered(target)
        await _until(lambda: sum(it.is_open for it in opened) <= _PER_ADDRESS, 10)
        await asyncio.sleep(1)
        stay = sum(it.is_open for it in opened)
        old_ones = sum(it.is_open for it in opened[: _PER_ADDRESS // 2])
    return [
        exactly(f"silent connections of {count} that stay", min(count, _PER_ADDRESS), stay),
        exactly("of the older half of them", min(count, _PER_ADDRESS // 2), old_ones),
        exactly("a caller with another address is answered meanwhile", True, answered),
    ]


async def ending(count: int, seed: int, folder: Path) -> Claims:
    """End the server while a number of calls run, beside a reader that does not read."""
    files, database = Files.create(folder, fleet(_SITES, _NAME_BYTES)), folder / "fleet.db"
    options = f"--database={database}", f"--grace={_GRACE}"
    async with serving(files, *options) as target:
        callers = Callers([target.address], 2)
        async with connection(target.port, small_window(_WINDOW)) as slow:
            await slow.send(headers(_LIST, ()), request(b""))
            await _until(lambda: slow.received[DATA] > 0, 20)
            with closing(sqlite3.connect(database, isolation_level=None)) as locking:
                locking.execute("BEGIN IMMEDIATE")
                running = [
                    create_task(callers.call(number, _METHOD, _request(number), (), timeout=20))
                    for number in range(count)
                ]
                await asyncio.sleep(0.5)
                begun = monotonic()
                target.process.send_signal(signal.SIGTERM)
                await asyncio.sleep(1)
            statuses = Counter([(await call)[0].name for call in running])
            code = await target.process.wait()
            seconds = monotonic() - begun
        await callers.close()
    async with serving(files, *options, "--pause=60") as target:
        for _ in range(2):
            target.process.send_signal(signal.SIGTERM)
            await asyncio.sleep(0.3)
        begun = monotonic()
        second = await target.process.wait()
        at_once = monotonic() - begun
    return [
        exactly(f"answered of {count} running calls", count, statuses["OK"], dict(statuses)),
        exactly("exit code", 0, code),
        within(f"time to the end, with a grace of {_GRACE} s", 10, seconds),
        exactly("exit code after a second signal", 128 + signal.SIGTERM, second % 256),
        within("time to the end after it", 2, at_once),
    ]


def _request(number: int) -> bytes:
    request_of = platformassets_pb2.GetMicrogridRequest(microgrid_id=number + 1)
    return request_of.SerializeToString()


async def resets(count: int, seed: int, folder: Path) -> Claims:
    """Make a number of calls on one connection and reset them at once, beside a polite caller."""
    files = Files.create(folder, fleet(100))
    (polite,) = files.add_keys(1)
    statuses: Counter[str] = Counter()
    longest = 0.0
    async with serving(files, *files.options) as target:
        callers = Callers([target.address], 1)

        async def call() -> None:
            nonlocal longest
            while not resetting.done():
                begun = monotonic()
                metadata = signed(polite.text, polite.secret, _METHOD)
                status, _, _ = await callers.call(0, _METHOD, _DATA, metadata)
                statuses[status.name] += 1
                longest = max(longest, monotonic() - begun)
                await asyncio.sleep(0.02)

        async with line_process(sys.executable, "-m", "harness.attack.resetting") as process:
            resetting = create_task(process.ask([target.port, "", "", count]))
            await asyncio.gather(call(), call())
            sent = await resetting
        await callers.close()
        is_up = target.is_running
    made = statuses.total()
    return [
        exactly(
            f"failed of {made} polite calls beside {sent} resets",
            0,
            made - statuses["OK"],
            dict(statuses),
        ),
        Claim("longest polite call", "", f"{longest:.1f} s"),
        exactly("server up", True, is_up),
    ]
