"""Clients and servers in forked processes, which have none of the threads of gRPC."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="needs fork")

_START = """
import asyncio, multiprocessing, os, sys, time, warnings
from frequenz.client.assets import AssetsApiClient
from frequenz.server.assets import AssetsServer
from tests.service.fleets import FLEET

warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of forks with threads
fork = multiprocessing.get_context("fork")

def ids(client):
    async def listed():
        return [int(microgrid.id) for microgrid in await client.list_microgrids(timeout=5)]
    return asyncio.run(listed())

def outcome(make):
    began = time.monotonic()
    try:
        result = make()
    except RuntimeError as error:
        result = str(error)
    return result, time.monotonic() - began < 10
"""


def run(program: str) -> str:
    """Run a program in a process of its own, whose only gRPC is its own."""
    ended = subprocess.run(
        [sys.executable, "-c", _START + program],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_a_client_from_before_the_fork_says_what_to_do() -> None:
    out = run("""
async def main():
    async with AssetsServer(FLEET) as server, AssetsApiClient(server.url) as client:
        await client.list_microgrids()
        globals()["client"] = client
        with fork.Pool(2) as pool:
            for result, is_fast in pool.map(task, range(4)):
                print(result.startswith("gRPC was in use when this process was forked"), is_fast)
                print("after the fork" in result, "spawn" in result)
        assert await client.list_microgrids()  # the parent goes on

def task(_):
    return outcome(lambda: ids(client))

asyncio.run(main())
""")
    assert out.split() == ["True"] * 16


def test_a_new_client_in_the_child_of_a_process_that_used_grpc_says_the_same() -> None:
    out = run("""
async def main():
    async with AssetsServer(FLEET) as server:
        globals()["url"] = server.url
        with fork.Pool(1) as pool:
            result, is_fast = pool.apply(task)
            print("after the fork" in result, is_fast)

def task():
    return outcome(lambda: ids(AssetsApiClient(url)))

asyncio.run(main())
""")
    assert out.split() == ["True", "True"]


def test_clients_work_in_children_if_the_parent_did_not_use_grpc() -> None:
    out = run("""
def task(url):
    return outcome(lambda: ids(AssetsApiClient(url))), outcome(lambda: ids(early))

early = AssetsApiClient(sys.argv[1] if len(sys.argv) > 1 else "grpc://127.0.0.1:1?ssl=false")

def serve(pipe):
    async def main():
        async with AssetsServer(FLEET) as server:
            pipe.send(server.url)
            await asyncio.to_thread(pipe.recv)
    asyncio.run(main())

spawn = multiprocessing.get_context("fork")
ours, theirs = multiprocessing.Pipe()
process = spawn.Process(target=serve, args=(theirs,))
process.start()
url = ours.recv()
early = AssetsApiClient(url)
with fork.Pool(2) as pool:
    for (new, _), (old, _) in pool.map(task, [url] * 3):
        print(new == old and len(new) > 0)
ours.send("stop")
process.join()
""")
    assert out.split() == ["True"] * 3


def test_a_deadline_holds_in_the_child_of_a_process_that_used_grpc_by_itself() -> None:
    out = run("""
import grpc.aio

async def main():
    async with AssetsServer(FLEET) as server:
        pass
    from frequenz.client.assets import _fork as state
    state._Process.uses_grpc = False  # as if another library had used gRPC
    with fork.Pool(1) as pool:
        print(*pool.apply_async(task).get(20))

def task():
    async def call():
        client = AssetsApiClient("grpc://127.0.0.1:1?ssl=false")
        began = time.monotonic()
        try:
            await client.list_microgrids(timeout=1)
        except Exception as error:
            return type(error).__name__, time.monotonic() - began < 5
    result = asyncio.run(call())
    return result

asyncio.run(main())
""")
    name, is_fast = out.split()
    assert name in {"OperationTimedOut", "ServiceUnavailable"}
    assert is_fast == "True"
