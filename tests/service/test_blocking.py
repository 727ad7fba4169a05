"""The blocking client, against a server in another thread."""

import asyncio
import contextvars
import gc
import inspect
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import grpc.aio
import pytest

from frequenz.client.assets import AssetsApiClient as AsynchronousClient
from frequenz.client.assets import Transport, blocking, fleet
from frequenz.client.assets._blocking import make_blocking
from frequenz.client.assets.blocking import (
    AssetsApiClient,
    fetch_fleet,
    fetch_site,
    iter_sites,
    watch,
)
from frequenz.client.assets.exceptions import ClientNotConnected, EntityNotFound
from frequenz.client.assets.findings import CallFindings
from frequenz.client.assets.fleet import FailedPart, SiteAdded
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


def test_from_env_makes_a_blocking_client(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSETS_API_URL", url)
    with AssetsApiClient.from_env() as client:
        assert type(client) is AssetsApiClient
        assert client.get_microgrid(1) == client.list_microgrids([1])[0]


class _Interceptor(grpc.aio.UnaryUnaryClientInterceptor):
    """Calls a function before each call."""

    def __init__(self, function: Callable[[], object]) -> None:
        self._function = function

    async def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
        self._function()
        return await continuation(details, request)


def test_interceptors_run_in_the_background_thread(url: str) -> None:
    threads: list[str] = []
    seen = _Interceptor(lambda: threads.append(threading.current_thread().name))
    with AssetsApiClient(url, transport=Transport(interceptors=[seen])) as client:
        assert client.get_microgrid(1).id == client.list_microgrids([1])[0].id
    assert threads == ["frequenz-assets-blocking"] * 2


def test_a_blocking_call_in_an_interceptor_is_an_error(url: str, client: AssetsApiClient) -> None:
    calling = _Interceptor(client.list_microgrids)
    with (
        AssetsApiClient(url, transport=Transport(interceptors=[calling])) as intercepted,
        pytest.raises(RuntimeError, match="use the asynchronous client there"),
    ):
        intercepted.get_microgrid(1)


def test_fleets_are_those_of_the_asynchronous_functions(client: AssetsApiClient) -> None:
    async def fetched() -> Any:
        async with AsynchronousClient(client.server_url) as other:
            return await fleet.fetch_fleet(other), await fleet.fetch_site(other, 1)

    snapshot, site = asyncio.run(fetched())
    assert fetch_fleet(client).inventory == snapshot.inventory
    assert fetch_site(client, 1).messages == site.messages
    assert {it.id for it in iter_sites(client)} == {it.id for it in snapshot.sites}


def test_progress_and_failures_are_reported_in_the_calling_thread(
    client: AssetsApiClient,
) -> None:
    threads: list[threading.Thread] = []
    fetch_fleet(client, [1], on_progress=lambda *_: threads.append(threading.current_thread()))
    failed: list[FailedPart] = []

    def on_failure(part: FailedPart) -> None:
        threads.append(threading.current_thread())
        failed.append(part)

    assert [int(it.id) for it in iter_sites(client, [1, 10**6], on_failure=on_failure)] == [1]
    assert [part.part.id for part in failed] == [10**6]
    assert len(threads) > 1
    assert set(threads) == {threading.current_thread()}


def test_a_watch_can_be_closed(client: AssetsApiClient) -> None:
    with closing(watch(client, [1], every=3600)) as events:
        event = next(events)
    assert isinstance(event, SiteAdded)
    assert event.site.id == client.get_microgrid(1).id
    assert [*events] == []


def test_wrong_arguments_of_iterators_raise_at_the_call(client: AssetsApiClient) -> None:
    with pytest.raises(ValueError, match="concurrency"):
        iter_sites(client, concurrency=0)
    with pytest.raises(ValueError, match="every"):
        watch(client, every=0)


def _takes_client(function: object) -> bool:
    return inspect.isfunction(function) and any(
        parameter.annotation is AsynchronousClient
        for parameter in inspect.signature(function).parameters.values()
    )


def test_every_function_of_fleet_that_takes_a_client_has_a_blocking_version() -> None:
    expected = {name for name in fleet.__all__ if _takes_client(getattr(fleet, name))}
    missing = expected - {*blocking.__all__}
    assert not missing, f"add to _EXPORTS in blocking.py, and run `make blocking`: {missing}"
    assert {*blocking.__all__} == expected | {"AssetsApiClient"}


@pytest.mark.parametrize("name", blocking.__all__[1:])
def test_functions_of_fleet_have_the_same_parameters(name: str) -> None:
    function = getattr(blocking, name)
    ours, theirs = inspect.signature(function), inspect.signature(getattr(fleet, name))
    assert ours.parameters.keys() == theirs.parameters.keys()
    assert ours.parameters["client"].annotation is AssetsApiClient
    assert "async" not in function.__doc__.lower()
    assert "aclosing" not in function.__doc__
    assert pickle.loads(pickle.dumps(function)) is function


def test_iterators_are_annotated_as_plain_ones() -> None:
    returned = inspect.signature(iter_sites).return_annotation
    assert returned == Generator[fleet.Site, None, None]


def test_fleets_are_imported_at_first_use() -> None:
    run(
        """
import sys
from frequenz.client.assets import blocking
assert "grpc" not in sys.modules
blocking.AssetsApiClient
package = "frequenz.client.assets.fleet"
assert package not in sys.modules
blocking.fetch_fleet
assert package in sys.modules
assert not {"pyarrow", "numpy", f"{package}._watch"} & set(sys.modules)
try:
    blocking.fetch_fleets
except AttributeError as error:
    assert str(error) == "module 'frequenz.client.assets.blocking' has no attribute 'fetch_fleets'"
else:
    raise AssertionError
"""
    )


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


def test_a_script_ends_with_an_open_client_and_a_call_in_flight() -> None:
    out = run(
        """
import atexit, socket, sys, threading

def end():
    thread.join(10)
    connection.close()
    silent.close()

atexit.register(end)  # it runs after what the client registers
from frequenz.client.assets.blocking import AssetsApiClient
from frequenz.client.assets.exceptions import ClientDisconnected

silent = socket.create_server(("127.0.0.1", 0))
client = AssetsApiClient(f"grpc://127.0.0.1:{silent.getsockname()[1]}?ssl=false")

def call():
    try:
        client.list_microgrids(timeout=None)
    except ClientDisconnected:
        print("disconnected", flush=True)

thread = threading.Thread(target=call, daemon=True)
thread.start()
connection, _ = silent.accept()  # the call is in flight
print("end", flush=True)
"""
    )
    assert out == "end\ndisconnected\n"


def test_a_script_ends_with_an_open_iterator(url: str) -> None:
    out = run(
        """
import sys
from frequenz.client.assets.blocking import AssetsApiClient, iter_sites, watch

client = AssetsApiClient(sys.argv[1])
sites, events = iter_sites(client), watch(client)
next(sites), next(events)
print("end")
""",
        url,
    )
    assert out == "end\n"


def test_an_iterator_that_is_collected_in_the_background_thread_does_not_wait_for_itself(
    url: str,
) -> None:
    out = run(
        """
import gc, sys, threading
from frequenz.client.assets._blocking import make_blocking
from frequenz.client.assets.blocking import AssetsApiClient, watch

client = AssetsApiClient(sys.argv[1])
gc.disable()
cycle = [watch(client)]
next(cycle[0])
cycle.append(cycle)
del cycle

async def collect():
    return gc.collect() > 0, threading.current_thread().name

print(*make_blocking(collect)())
print(len(client.list_microgrids()) > 0)
""",
        url,
    )
    assert out.split() == ["True", "frequenz-assets-blocking", "True"]


def test_a_client_that_is_collected_in_the_background_thread_is_disconnected(url: str) -> None:
    out = run(
        """
import asyncio, gc, sys
from frequenz.client.assets._blocking import make_blocking
from frequenz.client.assets.blocking import AssetsApiClient

clients = [AssetsApiClient(sys.argv[1])]
clients[0].list_microgrids()
asynchronous = clients[0]._client

async def collect():
    clients.clear()
    gc.collect()
    while asynchronous.is_connected:
        await asyncio.sleep(0)

make_blocking(collect)()
print(asynchronous.is_connected)
""",
        url,
    )
    assert out.split() == ["False"]


def test_a_script_ends_with_a_function_in_flight(url: str) -> None:
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
def test_after_a_fork_an_iterator_says_what_to_do_and_can_be_closed() -> None:
    # Not with a server: gRPC sometimes crashes in a process that was forked during a call.
    out = run(
        """
import os, warnings
from collections.abc import AsyncIterator
from frequenz.client.assets._blocking import make_blocking

warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of forks with threads

@make_blocking
async def numbers() -> AsyncIterator[int]:
    for number in range(10):
        yield number

read, closed = numbers(), numbers()
next(read), next(closed)
child = os.fork()
if child == 0:
    closed.close()
    try:
        next(read)
    except RuntimeError as error:
        print("after the fork" in str(error), flush=True)
    os._exit(0)
os.waitpid(child, 0)
print([*read] == [*range(1, 10)])
"""
    )
    assert out.split() == ["True"] * 2


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
