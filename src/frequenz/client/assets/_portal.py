"""A background thread with an event loop, for callers that do not use asyncio."""

import asyncio
import atexit
import functools
import os
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextlib import aclosing
from queue import SimpleQueue
from typing import Any, Final, Generic, TypeVar

from . import _fork

ResultT = TypeVar("ResultT")
ItemT = TypeVar("ItemT")

_STOP_SECONDS: Final = 5.0
"""How long the exit of the process waits for the thread; half of it for what cleans up."""


class _Portal:
    """One event loop in one thread, which starts at the first call and runs until exit."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._calls: set[asyncio.Task[Any]] = set()
        self._cleanups: set[asyncio.Task[Any]] = set()

    def loop(self) -> asyncio.AbstractEventLoop:
        """Return the loop; start it if necessary."""
        with self._lock:
            if self._loop is None:
                loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=_run_loop, args=(loop,), name="frequenz-assets-blocking", daemon=True
                )
                self._thread.start()
                self._loop = loop
            return self._loop

    def is_current_thread(self) -> bool:
        """Return whether this is the thread of the loop."""
        return self._thread is threading.current_thread()

    def clean_up(self, function: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Call an asynchronous function without waiting for it, if the loop runs."""
        # Finalizers call this, in any thread and at any time: it must not take the lock.
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(lambda: _start(function(), self._cleanups))

    def start_call(self, coroutine: Coroutine[Any, Any, ResultT]) -> "asyncio.Task[ResultT]":
        """Start a task; this is called in the thread of the loop."""
        return _start(coroutine, self._calls)

    def stop(self) -> None:
        """Wait for the functions that clean up, cancel everything else, and end the thread."""
        if self._loop is not None and self._thread is not None:
            asyncio.run_coroutine_threadsafe(self._stop(), self._loop)
            self._thread.join(_STOP_SECONDS)

    async def _stop(self) -> None:
        if self._cleanups:
            await asyncio.wait(self._cleanups, timeout=_STOP_SECONDS / 2)
        asyncio.get_running_loop().stop()


def _start(
    coroutine: Coroutine[Any, Any, ResultT], running: set[asyncio.Task[Any]]
) -> "asyncio.Task[ResultT]":
    """Start a task and keep it alive, which asyncio itself does not."""
    task = asyncio.get_running_loop().create_task(coroutine)
    running.add(task)
    task.add_done_callback(running.discard)
    return task


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


def clean_up(function: Callable[[], Coroutine[Any, Any, object]]) -> None:
    """Call an asynchronous function without waiting for it, if there were calls before."""
    _Process.portal.clean_up(function)


class _Call(Generic[ResultT]):
    """A coroutine in the background thread, and what the calling thread does for it."""

    def __init__(self) -> None:
        """Prepare a call.

        Raises:
            RuntimeError: If this is the background thread, which would wait for itself.
        """
        self._portal = _Process.portal
        if self._portal.is_current_thread():
            raise RuntimeError(
                "A blocking call cannot be made in the background thread of blocking clients;"
                " use the asynchronous client there"
            )
        self._loop = self._portal.loop()
        self._task: asyncio.Task[ResultT] | None = None
        self._inbox: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        """Functions to call in the calling thread; None at the end of the coroutine."""

    def start(self, function: Callable[[], Coroutine[Any, Any, ResultT]]) -> None:
        """Call an asynchronous function in the background, in the context of the caller."""
        self.call_soon(lambda: self._start(function))

    def _start(self, function: Callable[[], Coroutine[Any, Any, ResultT]]) -> None:
        self._task = self._portal.start_call(function())
        self._task.add_done_callback(self._end)

    def _end(self, task: "asyncio.Task[ResultT]") -> None:
        if not task.cancelled():
            task.exception()  # the caller may no longer be interested, which is no error
        self._inbox.put(None)

    def call_soon(self, function: Callable[[], object]) -> None:
        """Call a function in the background thread.

        Raises:
            RuntimeError: If this process was forked since.
        """
        if self._portal is not _Process.portal:
            raise RuntimeError(_fork.ADVICE)
        self._loop.call_soon_threadsafe(function)

    def in_calling_thread(self, function: Callable[..., object]) -> Callable[..., None]:
        """Return a function for the background thread that leaves the work to the calling one."""

        @functools.wraps(function)
        def post(*arguments: Any, **named: Any) -> None:
            self._inbox.put(functools.partial(function, *arguments, **named))

        return post

    def with_callbacks(self, named: dict[str, Any]) -> dict[str, Any]:
        """Return arguments whose callbacks, `on_...`, are called in the calling thread."""
        return {
            name: self.in_calling_thread(value)
            if name.startswith("on_") and callable(value)
            else value
            for name, value in named.items()
        }

    def run_next(self) -> bool:
        """Wait for the next function and call it; return False at the end of the coroutine."""
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
        if self._portal is not _Process.portal or self._loop.is_closed():
            return  # it stayed in the parent of a fork, or was cancelled at exit
        self.call_soon(self._cancel)
        if not self._portal.is_current_thread():  # the garbage collector runs in any thread
            while self._inbox.get() is not None:
                pass

    def _cancel(self) -> None:
        if self._task is None or self._task.done():  # Ctrl-C came before it, or just after it
            self._inbox.put(None)
        else:
            self._task.cancel()


def run(
    function: Callable[..., Coroutine[Any, Any, ResultT]], /, *arguments: Any, **named: Any
) -> ResultT:
    """Call an asynchronous function in the background thread, and return its result.

    Callbacks, which are arguments whose names begin with `on_`, are called in this thread.
    """
    call = _Call[ResultT]()
    named = call.with_callbacks(named)
    try:
        call.start(lambda: function(*arguments, **named))
        while call.run_next():
            pass
    except BaseException:  # Ctrl-C, or an error of a callback
        call.cancel()
        raise
    return call.result()


def iterate(
    function: Callable[..., AsyncGenerator[ItemT, None]], /, *arguments: Any, **named: Any
) -> Generator[ItemT, None, None]:
    """Call a function now, and yield what its asynchronous generator yields in the background.

    The generator never runs ahead of the caller. Callbacks are called in the thread that iterates.
    """
    call = _Call[None]()
    return _iterate(call, function(*arguments, **call.with_callbacks(named)))


def _iterate(call: _Call[None], items: AsyncGenerator[ItemT, None]) -> Generator[ItemT, None, None]:
    wanted = asyncio.Semaphore(1)
    received: list[ItemT] = []
    receive = call.in_calling_thread(received.append)

    # A single task, so that the generator can hold timeouts and groups of tasks open.
    async def send() -> None:
        async with aclosing(items):
            await wanted.acquire()
            async for item in items:
                receive(item)
                await wanted.acquire()

    may_run = True
    try:
        call.start(send)
        while may_run := call.run_next():
            if received:
                yield received.pop()
                call.call_soon(wanted.release)
        call.result()
    finally:
        if may_run:
            call.cancel()
