"""The blocking client, against a server in another thread."""

import asyncio
import contextvars
import gc
import inspect
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from frequenz.client.assets import AssetsApiClient as AsynchronousClient
from frequenz.client.assets import blocking
from frequenz.client.assets._blocking import make_blocking
from frequenz.client.assets.blocking import AssetsApiClient
from frequenz.client.assets.exceptions import ClientNotConnected, EntityNotFound
from frequenz.client.assets.findings import CallFindings
from frequenz.server.assets import AssetsServer

from .fleets import FLEET

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The URL of a server that runs in another thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = AssetsServer(FLEET)
    asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result(10)
    yield server.url
    asyncio.run_coroutine_threadsafe(server.__aexit__(None, None, None), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def client(url: str) -> Iterator[AssetsApiClient]:
    """A client of that server."""
    with AssetsApiClient(url) as connected:
        yield connected


def test_results_are_those_of_the_asynchronous_client(client: AssetsApiClient) -> None:
    async def listed() -> Any:
        async with AsynchronousClient(client.server_url) as other:
            return await other.list_microgrids(), await other.get_microgrid(1)

    assert (client.list_microgrids(), client.get_microgrid(1)) == asyncio.run(listed())


async def test_calls_work_while_a_loop_runs(client: AssetsApiClient) -> None:
    assert client.get_microgrid(1).id == client.list_microgrids([1])[0].id


def test_errors_are_those_of_the_asynchronous_client(client: AssetsApiClient) -> None:
    with pytest.raises(EntityNotFound):
        client.get_microgrid(10**6)
    with pytest.raises(TypeError, match="microgrid_id"):
        client.get_microgrid("1")  # type: ignore[arg-type]


def test_many_threads_share_a_client_and_its_background_thread(client: AssetsApiClient) -> None:
    with ThreadPoolExecutor(8) as pool:
        ids = [it.id for it in pool.map(client.get_microgrid, [1] * 100)]
    assert len(ids) == 100
    names = [thread.name for thread in threading.enumerate()]
    assert names.count("frequenz-assets-blocking") == 1


def test_clients_leave_no_threads(url: str, client: AssetsApiClient) -> None:
    client.list_microgrids()
    before = threading.active_count()
    for _ in range(20):
        with AssetsApiClient(url) as another:
            another.list_microgrids()
    assert threading.active_count() == before


def test_a_client_can_be_closed_twice_and_connected_again(url: str) -> None:
    client = AssetsApiClient(url)
    client.disconnect()
    client.disconnect()
    assert not client.is_connected
    with pytest.raises(ClientNotConnected):
        client.list_microgrids()
    client.connect()
    assert client.list_microgrids()
    client.disconnect()


def test_a_client_that_nobody_closes_is_collected(url: str) -> None:
    AssetsApiClient(url).list_microgrids()
    gc.collect()


def test_callbacks_run_in_the_calling_thread_and_their_errors_propagate() -> None:
    async def report(*, on_findings: Any) -> str:
        on_findings("first")
        on_findings("second")
        return "done"

    threads: list[Any] = []
    blocking_report = make_blocking(report)
    result = blocking_report(
        on_findings=lambda text: threads.append((text, threading.current_thread()))
    )
    here = threading.current_thread()
    assert (result, threads) == ("done", [("first", here), ("second", here)])

    def fail(_: CallFindings) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        blocking_report(on_findings=fail)


def test_an_error_of_a_callback_cancels_what_runs() -> None:
    ended: list[str] = []

    async def endless(*, on_progress: Any) -> None:
        try:
            on_progress()
            await asyncio.sleep(60)
        finally:
            ended.append("cancelled")

    with pytest.raises(ZeroDivisionError):
        make_blocking(endless)(on_progress=lambda: 1 / 0)
    assert ended == ["cancelled"]


async def _numbers(client: AsynchronousClient, made: list[int]) -> AsyncIterator[int]:
    """Yield numbers, in one task."""
    assert isinstance(client, AsynchronousClient)
    async with asyncio.timeout(60), asyncio.TaskGroup():
        try:
            for number in range(100):
                made.append(number)
                yield number
        finally:
            made.append(-1)


def test_an_asynchronous_iterator_is_a_plain_one_which_does_not_run_ahead(
    client: AssetsApiClient,
) -> None:
    numbers = make_blocking(_numbers)
    made: list[int] = []
    iterator = numbers(client, made)
    assert (next(iterator), made) == (0, [0])
    assert (next(iterator), made) == (1, [0, 1])
    iterator.close()
    assert made == [0, 1, -1]
    assert list(numbers(client, [])) == list(range(100))
    assert inspect.signature(numbers).return_annotation == Iterator[int]


def test_a_generator_that_fails_raises_its_error() -> None:
    async def failing() -> AsyncIterator[int]:
        yield 1
        raise ZeroDivisionError

    iterator = make_blocking(failing)()
    assert next(iterator) == 1
    with pytest.raises(ZeroDivisionError):
        next(iterator)


def test_calls_see_the_context_of_the_caller() -> None:
    variable = contextvars.ContextVar("variable", default="unset")

    async def read() -> str:
        return variable.get()

    variable.set("set")
    assert make_blocking(read)() == "set"


def test_a_blocking_call_in_the_background_thread_is_an_error(client: AssetsApiClient) -> None:
    async def call() -> Any:
        return client.list_microgrids()

    with pytest.raises(RuntimeError, match="use the asynchronous client there"):
        make_blocking(call)()


@pytest.mark.parametrize("name", ["channel", "stub"])
def test_the_client_says_what_it_does_not_have(client: AssetsApiClient, name: str) -> None:
    with pytest.raises(AttributeError, match=f"A blocking client has no '{name}'"):
        getattr(client, name)


@pytest.mark.parametrize("name", [n for n in dir(AsynchronousClient) if not n.startswith("_")])
def test_every_method_is_there_with_the_same_parameters(name: str) -> None:
    ours = inspect.getattr_static(AssetsApiClient, name)
    theirs = inspect.getattr_static(AsynchronousClient, name)
    assert isinstance(ours, property) == isinstance(theirs, property)
    if not isinstance(theirs, property):
        method = getattr(AssetsApiClient, name)
        assert inspect.signature(method) == inspect.signature(getattr(AsynchronousClient, name))
        assert not inspect.iscoroutinefunction(method)
        assert method.__doc__
        assert "async" not in method.__doc__


def test_the_constructor_has_the_same_parameters() -> None:
    assert inspect.signature(AssetsApiClient) == inspect.signature(AsynchronousClient)


def test_the_types_are_those_of_the_asynchronous_client(tmp_path: Path) -> None:
    written = tmp_path / "blocking.pyi"
    subprocess.run([sys.executable, ROOT / "scripts" / "write_blocking.py", written], check=True)
    committed = Path(blocking.__file__).with_suffix(".pyi")
    assert written.read_text(encoding="utf-8") == committed.read_text(encoding="utf-8")


def run(program: str, *arguments: str) -> str:
    """Run a program, which must write nothing to its standard error."""
    command = [sys.executable, "-W", "error", "-c", program, *arguments]
    quiet = os.environ | {"GRPC_VERBOSITY": "ERROR"}  # gRPC itself comments on forks
    ended = subprocess.run(
        command, capture_output=True, text=True, timeout=30, check=False, env=quiet
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout


def test_ctrl_c_cancels_the_call_and_the_client_stays_usable(url: str) -> None:
    out = run(
        """
import os, signal, socket, sys, threading, time
from frequenz.client.assets.blocking import AssetsApiClient

silent = socket.create_server(("127.0.0.1", 0))
client = AssetsApiClient(f"grpc://127.0.0.1:{silent.getsockname()[1]}?ssl=false")
threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
began = time.monotonic()
try:
    client.list_microgrids(timeout=20)
except KeyboardInterrupt:
    print("interrupted", time.monotonic() - began < 5)
client.connect(sys.argv[1])
print(len(client.list_microgrids()) > 0)
silent.close()
""",
        url,
    )
    assert out.split() == ["interrupted", "True", "True"]


def test_a_script_ends_with_an_open_client_and_a_call_in_flight(url: str) -> None:
    out = run(
        """
import sys, threading, time
from frequenz.client.assets._blocking import make_blocking
from frequenz.client.assets.blocking import AssetsApiClient
import asyncio

async def endless():
    await asyncio.sleep(1000)

client = AssetsApiClient(sys.argv[1])
client.list_microgrids()

def wait():
    try:
        make_blocking(endless)()
    except asyncio.CancelledError:
        pass

threading.Thread(target=wait, daemon=True).start()
time.sleep(0.2)
print("end")
""",
        url,
    )
    assert out == "end\n"


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
def test_after_a_fork_the_client_says_what_to_do(url: str) -> None:
    out = run(
        """
import multiprocessing, sys, warnings
from frequenz.client.assets.blocking import AssetsApiClient

warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of forks with threads
fork = multiprocessing.get_context("fork")
client = AssetsApiClient(sys.argv[1])

def count(_):
    try:
        return str(len(client.list_microgrids(timeout=5)) > 0)
    except RuntimeError as error:
        return str("after the fork" in str(error) and "spawn" in str(error))

with fork.Pool(2) as pool:  # nothing was called yet, so that it works there
    print(*pool.map(count, range(2)))
client.list_microgrids()
with fork.Pool(2) as pool:
    print(*pool.map(count, range(2)))
print(count(0))
""",
        url,
    )
    assert out.split() == ["True"] * 5
