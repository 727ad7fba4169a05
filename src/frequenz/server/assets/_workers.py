"""Several servers on one port and one database, each in a process of its own."""

import asyncio
import logging
import multiprocessing
import os
import signal
import time
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from typing import Final

from ._callers.keys import KeysError
from ._operation.standard_error import log_in_background
from ._ports import reserve_port
from ._processes import start_process
from ._server import AssetsServer
from ._settings import ServerSettings
from ._stores import StoreError

_MIN_SECONDS: Final = 1.0
"""A worker that ends sooner is started again only after this time."""

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
        self._supervising: list[asyncio.Task[None]] = []

    @property
    def url(self) -> str:
        """The URL for clients."""
        return self._settings.url_at(self._settings.port)

    async def start(self) -> None:
        """Start the workers.

        Raises:
            WorkerError: If one cannot start.
        """
        try:
            workers = await asyncio.gather(*(self._start() for _ in range(self._count)))
        except BaseException:
            await self.stop()
            raise
        self._supervising = [asyncio.create_task(self._supervise(it)) for it in workers]

    async def _start(self) -> "_Worker":
        worker = _Worker(self._settings)
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
            _logger.error("A worker has ended (%s); starting another one", _describe(code))
            await asyncio.sleep(max(0.0, _MIN_SECONDS - (time.monotonic() - begin)))
            while True:
                try:
                    worker = await self._start()
                    break
                except WorkerError as error:
                    _logger.error("A worker cannot start: %s", error)
                    await asyncio.sleep(_MIN_SECONDS)

    def reload(self) -> None:
        """Let the workers read keys and certificates again."""
        for worker in self._workers:
            worker.send(signal.SIGHUP)

    async def stop(self) -> None:
        """Stop all workers, each with its pause and grace."""
        for task in self._supervising:
            task.cancel()
        for worker in self._workers:
            worker.send(signal.SIGTERM)
        await asyncio.gather(*(worker.ended() for worker in self._workers))
        self._socket.close()

    def kill(self) -> None:
        """End all workers at once."""
        for worker in self._workers:
            worker.send(signal.SIGKILL)


class _Worker:
    """A process that serves."""

    def __init__(self, settings: ServerSettings) -> None:
        self._pipe, theirs = multiprocessing.Pipe()
        self._process = start_process(_serve, settings, theirs)
        theirs.close()
        self._ended = asyncio.create_task(_readable(self._process.sentinel))

    async def started(self) -> None:
        """Wait until it serves.

        Raises:
            WorkerError: If it cannot.
        """
        await _readable(self._pipe.fileno())
        try:
            message = self._pipe.recv()
        except (EOFError, ConnectionError):
            message = f"the process has ended early ({_describe(await self.ended())})"
        if message != "serving":
            raise WorkerError(message)

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


def _serve(settings: ServerSettings, pipe: Connection) -> None:
    try:
        with log_in_background():
            asyncio.run(_serve_until_told(settings, pipe))
    except (OSError, RuntimeError, StoreError, KeysError, ValueError) as error:
        with suppress(BrokenPipeError):
            pipe.send(str(error))


async def _serve_until_told(settings: ServerSettings, pipe: Connection) -> None:
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    server = AssetsServer(None, settings)
    reloads: set[asyncio.Task[None]] = set()

    def reload() -> None:
        reloads.add(task := loop.create_task(_reload(server)))
        task.add_done_callback(reloads.discard)

    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    # The other end closes when the first process ends, whatever ends it.
    abandoned = loop.create_task(_readable(pipe.fileno()))
    abandoned.add_done_callback(lambda _: stopped.set())
    async with server:
        loop.add_signal_handler(signal.SIGHUP, reload)
        with suppress(ConnectionError):
            pipe.send("serving")
        await stopped.wait()
    abandoned.cancel()


async def _reload(server: AssetsServer) -> None:
    try:
        await server.reload()
    except (OSError, ValueError, StoreError, KeysError) as error:
        _logger.error("Not reloaded: %s", error)
