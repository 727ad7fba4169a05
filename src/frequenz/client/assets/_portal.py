"""A background thread with an event loop, for callers that do not use asyncio."""

import asyncio
import atexit
import functools
import os
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from contextlib import aclosing
from queue import SimpleQueue
from typing import Any, Final, Generic, TypeVar

ResultT = TypeVar("ResultT")
ItemT = TypeVar("ItemT")

_STOP_SECONDS: Final = 5.0


class _Portal:
    """One event loop in one thread, which starts at the first call and runs until exit."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._kept: set[asyncio.Task[object]] = set()

    def loop(self) -> asyncio.AbstractEventLoop:
        """Return the loop, which runs."""
        if self._loop is None:
            with self._lock:
                if self._loop is None:
                    self._start()
        assert self._loop is not None
        return self._loop

    def is_started(self) -> bool:
        """Return whether the loop runs."""
        return self._loop is not None and not self._loop.is_closed()

    def is_current_thread(self) -> bool:
        """Return whether this is the thread of the loop."""
        return self._thread is threading.current_thread()

    def _start(self) -> None:
        loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=_run_loop, args=(loop,), name="frequenz-assets-blocking", daemon=True
        )
        self._thread.start()
        self._loop = loop

    def keep(self, function: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Start a task in the thread of the loop; asyncio itself does not keep it alive."""
        task = asyncio.get_running_loop().create_task(function())
        self._kept.add(task)
        task.add_done_callback(self._kept.discard)

    def stop(self) -> None:
        """Wait for the tasks that are kept, cancel all others, and end the thread."""
        if self._loop is not None and self._thread is not None:
            asyncio.run_coroutine_threadsafe(self._stop(), self._loop)
            self._thread.join(_STOP_SECONDS)

    async def _stop(self) -> None:
        if self._kept:
            await asyncio.wait(self._kept, timeout=_STOP_SECONDS / 2)
        asyncio.get_running_loop().stop()


def _run_loop(loop: asyncio.AbstractEventLoop) -> None:
    with asyncio.Runner(loop_factory=lambda: loop) as runner:  # cancels what runs at the end
        runner.get_loop().run_forever()


class _Process:
    """This process."""

    portal = _Portal()


def _after_fork() -> None:
    # The thread stayed in the parent.
    _Process.portal = _Portal()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_after_fork)


def _at_exit() -> None:
    _Process.portal.stop()


atexit.register(_at_exit)


def run_later(function: Callable[[], Coroutine[Any, Any, object]]) -> None:
    """Call an asynchronous function without waiting for it, if there were calls before."""
    if _Process.portal.is_started():
        loop = _Process.portal.loop()
        loop.call_soon_threadsafe(_Process.portal.keep, function)


class Running(Generic[ResultT]):
    """A coroutine in the background loop, and the messages from it to the calling thread."""

    def __init__(self) -> None:
        """Raise RuntimeError in the thread of the loop, which would wait for itself."""
        self._portal = _Process.portal
        if self._portal.is_current_thread():
            raise RuntimeError(
                "A blocking call cannot be made in the background thread of blocking clients;"
                " use the asynchronous client there"
            )
        self._inbox: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._task: asyncio.Task[ResultT] | None = None

    def start(self, coroutine: Callable[[], Coroutine[Any, Any, ResultT]]) -> None:
        """Start a coroutine in the context of the caller."""
        self._portal.loop().call_soon_threadsafe(self._start, coroutine)

    def _start(self, coroutine: Callable[[], Coroutine[Any, Any, ResultT]]) -> None:
        self._task = asyncio.get_running_loop().create_task(coroutine())
        self._task.add_done_callback(self._end)

    def _end(self, task: "asyncio.Task[ResultT]") -> None:
        if not task.cancelled():
            task.exception()  # the caller may no longer be interested, which is no error
        self._inbox.put(None)

    def in_calling_thread(self, function: Callable[..., object]) -> Callable[..., None]:
        """Return a function for the loop that has another one called in the calling thread."""

        @functools.wraps(function)
        def post(*arguments: Any, **named: Any) -> None:
            self._inbox.put(functools.partial(function, *arguments, **named))

        return post

    def work(self) -> bool:
        """Wait for a message and do what it says; return whether the coroutine goes on."""
        function = self._inbox.get()
        if function is not None:
            function()
        return function is not None

    def result(self) -> ResultT:
        """Return the result of the coroutine, which has ended, or raise its error."""
        assert self._task is not None
        return self._task.result()

    def cancel(self) -> None:
        """Cancel the coroutine and wait for its end; a second Ctrl-C ends the waiting."""
        self.call_soon(self._cancel)
        if not self._portal.is_current_thread():  # the garbage collector runs in any thread
            while self._inbox.get() is not None:
                pass

    def _cancel(self) -> None:
        if self._task is None or self._task.done():  # Ctrl-C came before it, or just after it
            self._inbox.put(None)
        else:
            self._task.cancel()

    def call_soon(self, function: Callable[[], object]) -> None:
        """Call a function in the thread of the loop."""
        self._portal.loop().call_soon_threadsafe(function)


def run(
    function: Callable[..., Coroutine[Any, Any, ResultT]],
    arguments: tuple[Any, ...],
    named: dict[str, Any],
) -> ResultT:
    """Call an asynchronous function in the background loop, and return its result.

    Callbacks, which are arguments whose names begin with `on_`, are called in this thread.
    """
    running: Running[ResultT] = Running()
    named = _with_callbacks(running, named)
    try:
        running.start(lambda: function(*arguments, **named))
        while running.work():
            pass
    except BaseException:  # Ctrl-C, or an error of a callback
        running.cancel()
        raise
    return running.result()


def iterate(
    function: Callable[..., AsyncGenerator[ItemT, None]],
    arguments: tuple[Any, ...],
    named: dict[str, Any],
) -> Iterator[ItemT]:
    """Yield what an asynchronous generator yields, which never runs ahead of the caller.

    It runs in a single task, so that it can hold timeouts and groups of tasks open.
    """
    running: Running[None] = Running()
    named = _with_callbacks(running, named)
    wanted = asyncio.Semaphore(1)
    received: list[ItemT] = []
    receive = running.in_calling_thread(received.append)

    async def pump() -> None:
        async with aclosing(function(*arguments, **named)) as items:
            await wanted.acquire()
            async for item in items:
                receive(item)
                await wanted.acquire()

    is_running = True
    try:
        running.start(pump)
        while is_running := running.work():
            if received:
                yield received.pop()
                running.call_soon(wanted.release)
        running.result()
    finally:
        if is_running:
            running.cancel()


def _with_callbacks(running: "Running[Any]", named: dict[str, Any]) -> dict[str, Any]:
    return {
        name: running.in_calling_thread(value)
        if name.startswith("on_") and callable(value)
        else value
        for name, value in named.items()
    }
