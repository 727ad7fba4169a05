"""Several servers on one port and one database, each in a process of its own."""

import asyncio
import itertools
import logging
import multiprocessing
import os
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from functools import partial
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Final, NamedTuple

from ._callers.keys import KeysError
from ._operation import event_loop
from ._operation.background import end, keep_running
from ._operation.lazy_metrics import metrics as metrics_module
from ._operation.loaded import Loaded
from ._operation.memory import collect_rarely, returning_free_memory
from ._operation.standard_error import log_in_background
from ._ports import reserve_port
from ._processes import start_process
from ._server import Handed, use_loaded, worker_server
from ._settings import ServerSettings
from ._stores import StoreError

if TYPE_CHECKING:
    from ._operation.metrics import Counts

_MIN_SECONDS: Final = 1.0
"""A worker that ends sooner is started again only after this time."""

_ANSWER_SECONDS: Final = 2.0
"""How long a worker may take to answer the first process; it does so beside the calls."""

_USE_SECONDS: Final = 5.0
"""How long a worker may take to use other keys and certificates before it is replaced."""

_COUNT_SECONDS: Final = 1.0
"""How often the workers are asked what they have counted.

One that is killed takes with it what it has counted since.
"""

_logger = logging.getLogger("frequenz.server.assets")


class WorkerError(Exception):
    """A worker cannot start; says why."""


class Workers:
    """Processes that serve the same database on the same port; one that dies is replaced."""

    def __init__(self, settings: ServerSettings, count: int) -> None:
        """Prepare workers.

        Args:
            settings: Those of each worker, with a database.
            count: How many there are.
        """
        self._count = count
        self._socket = reserve_port(settings.host, settings.port)
        port = self._socket.getsockname()[1]
        self._settings = replace(settings, port=port, shares_port=True)
        self._workers: set[_Worker] = set()
        self._loaded: Loaded | None = None
        self._counts: dict[_Worker, Counts] = {}
        self._past: Counts | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def url(self) -> str:
        """The URL for clients."""
        return self._settings.url_at(self._settings.port)

    async def start(self, loaded: Loaded) -> None:
        """Start the workers.

        Args:
            loaded: What they use, until `use()` is called.

        Raises:
            WorkerError: If one cannot start.
        """
        self._loaded = loaded
        try:
            workers = await asyncio.gather(*(self._start() for _ in range(self._count)))
        except BaseException:
            await self.stop()
            raise
        watches: list[tuple[Callable[[], Awaitable[None]], str]] = [
            (partial(self._supervise, it), "the watch of a worker") for it in workers
        ]
        if self._settings.metrics is not None:
            watches.append((self._keep_counts, "the counts of workers"))
        self._tasks = [asyncio.create_task(keep_running(*watch)) for watch in watches]

    async def _start(self) -> "_Worker":
        assert self._loaded is not None
        worker = _Worker(self._settings, self._loaded)
        self._workers.add(worker)
        try:
            await worker.started()
        except WorkerError:
            self._workers.discard(worker)
            raise
        return worker

    async def _supervise(self, worker: "_Worker") -> None:
        while True:
            begin = time.monotonic()
            code = await worker.ended()
            self._workers.discard(worker)
            self._remember(worker)
            _logger.error("A worker has ended (%s); starting another one", _describe(code))
            await asyncio.sleep(max(0.0, _MIN_SECONDS - (time.monotonic() - begin)))
            while True:
                try:
                    worker = await self._start()
                    break
                except (WorkerError, OSError) as error:
                    _logger.error("A worker cannot start: %s", error)
                    await asyncio.sleep(_MIN_SECONDS)

    async def use(self, loaded: Loaded) -> None:
        """Let all workers use what was read; one that does not is replaced."""
        self._loaded = loaded
        await asyncio.gather(*(_use(worker, loaded) for worker in self._workers))

    async def counts(self) -> "Counts":
        """Return what all workers have counted, also those that have ended."""
        await asyncio.gather(*(self._count_of(worker) for worker in self._workers))
        total = metrics_module.Counts()
        for counts in (self._past, *self._counts.values()):
            if counts is not None:
                total.merge(counts)
        for counts in self._counts.values():
            total.merge_gauges(counts)
        return total

    async def _count_of(self, worker: "_Worker") -> None:
        answer = await worker.ask()
        if answer is not None and answer.counts is not None and worker in self._workers:
            self._counts[worker] = answer.counts

    async def _keep_counts(self) -> None:
        while True:
            await asyncio.sleep(_COUNT_SECONDS)
            await asyncio.gather(*(self._count_of(worker) for worker in self._workers))

    def _remember(self, worker: "_Worker") -> None:
        """Keep what a worker has counted that has ended, so that no counter is set back."""
        if (counts := self._counts.pop(worker, None)) is not None:
            if self._past is None:
                self._past = metrics_module.Counts()
            self._past.merge(counts)

    async def stop(self) -> None:
        """Stop all workers, each with its pause and grace."""
        await end(*self._tasks)
        for worker in self._workers:
            worker.send(signal.SIGTERM)
        await asyncio.gather(*(worker.ended() for worker in self._workers))
        self._socket.close()


async def _use(worker: "_Worker", loaded: Loaded) -> None:
    if await worker.ask(loaded, _USE_SECONDS) is None:
        _logger.error("A worker does not use what was read within %g s; ending it", _USE_SECONDS)
        worker.send(signal.SIGKILL)


class _Answer(NamedTuple):
    """What a process that serves sends for each message."""

    number: int
    """That of the message."""

    counts: "Counts | None"
    """What it has counted; None = it counts nothing."""


class _Worker:
    """A process that serves."""

    def __init__(self, settings: ServerSettings, loaded: Loaded) -> None:
        self._pipe, theirs = multiprocessing.Pipe()
        self._process = start_process(_serve, settings, loaded, theirs)
        theirs.close()
        self._ended = asyncio.create_task(_readable(self._process.sentinel))
        self._asking = asyncio.Lock()
        self._numbers = itertools.count()
        self._messages: asyncio.Queue[tuple[int, Loaded | None]] = asyncio.Queue()
        sending = asyncio.create_task(self._send_messages())
        self._ended.add_done_callback(lambda _: sending.cancel())

    async def started(self) -> None:
        """Wait until it listens.

        Raises:
            WorkerError: If it cannot.
        """
        async with self._asking:
            await _readable(self._pipe.fileno())
            try:
                message = self._pipe.recv()
            except (EOFError, ConnectionError):
                message = f"the process has ended early ({_describe(await self.ended())})"
        if message != "started":
            raise WorkerError(message)

    async def ask(
        self, loaded: Loaded | None = None, seconds: float = _ANSWER_SECONDS
    ) -> _Answer | None:
        """Return the answer of the process; None if there is none in time.

        Args:
            loaded: What it shall use from now on, also if it answers too late.
            seconds: How long it may take, in s, also to answer what was asked before, or to start.
        """
        with suppress(TimeoutError, EOFError, OSError):
            async with asyncio.timeout(seconds), self._asking:
                number = next(self._numbers)
                self._messages.put_nowait((number, loaded))
                while True:
                    await _readable(self._pipe.fileno())
                    answer: _Answer = self._pipe.recv()
                    if answer.number == number:  # not one that has come too late
                        return answer
        return None

    async def _send_messages(self) -> None:
        """Send one message after the other, however long the process reads nothing."""
        with suppress(OSError):
            while True:
                await asyncio.to_thread(self._pipe.send, await self._messages.get())

    async def ended(self) -> int | None:
        """Wait until the process has ended, and return its exit code."""
        await asyncio.shield(self._ended)
        self._process.join()
        return self._process.exitcode

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process, if it is still there."""
        if self._process.pid is not None and self._process.is_alive():
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, number)


async def _readable(descriptor: int) -> None:
    """Wait until there is something to read, or the end, without a thread for each worker."""
    loop = asyncio.get_running_loop()
    is_readable = asyncio.Event()
    loop.add_reader(descriptor, is_readable.set)
    try:
        await is_readable.wait()
    finally:
        loop.remove_reader(descriptor)


def _describe(code: int | None) -> str:
    if code is not None and code < 0:
        return signal.Signals(-code).name
    return f"exit code {code}"


# In the process of a worker -----------------------------------------------------------------------


def _serve(settings: ServerSettings, loaded: Loaded, pipe: Connection) -> None:
    with log_in_background():
        event_loop.run(_serve_until_told(settings, loaded, pipe))


async def _serve_until_told(settings: ServerSettings, loaded: Loaded, pipe: Connection) -> None:
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    metrics = None if settings.metrics is None else metrics_module.Metrics()
    server = worker_server(settings, Handed(loaded, metrics))
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    loop.add_signal_handler(signal.SIGHUP, lambda: None)  # the first process reads files again

    async def answer() -> None:
        while True:
            await _readable(pipe.fileno())
            number, other = pipe.recv()
            if other is not None:
                await use_loaded(server, other)
            counts = None if metrics is None else metrics.counts()
            await asyncio.to_thread(pipe.send, _Answer(number, counts))

    async with AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(server)
        except (OSError, RuntimeError, StoreError, KeysError, ValueError) as error:
            with suppress(ConnectionError):
                pipe.send(str(error))
            return
        await stack.enter_async_context(returning_free_memory())
        collect_rarely()
        with suppress(ConnectionError):
            pipe.send("started")
        answering = loop.create_task(answer())
        # The other end closes when the first process ends, whatever ends it.
        answering.add_done_callback(lambda _: stopped.set())
        await stopped.wait()
    answering.cancel()
    with suppress(asyncio.CancelledError, EOFError, ConnectionError):
        await answering
