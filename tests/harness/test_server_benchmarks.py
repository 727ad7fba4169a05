"""A part of `make bench-server`: each figure is measured. None of these tests asserts a time."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import grpc.aio
import pytest
from harness.server_benchmarks import light_client
from harness.server_benchmarks._calls import GET, LIST, Kind, calling, calls_per_second
from harness.server_benchmarks._parts import PARTS, Databases, Sizes, databases
from harness.server_benchmarks._programs import constant, measured

FEW = Sizes(imported=100, read=20, seconds=0.2, rounds=1)


@pytest.fixture(scope="module")
def made() -> Iterator[Databases]:
    with databases() as made:
        yield made


@pytest.mark.timeout(180)
@pytest.mark.parametrize("part", PARTS)
async def test_each_part_has_figures(made: Databases, part: str) -> None:
    rows = await PARTS[part](made, FEW)
    assert len({row.what for row in rows}) == len(rows) > 0
    assert all(row.target and row.details for row in rows)
    assert all(any(it.isdigit() and it != "0" for it in row.figure) for row in rows)


async def test_a_program_that_fails_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="import missing"):
        await measured("import", "missing.jsonl", "--database", str(tmp_path / "fleet.db"))


async def test_only_answered_calls_count() -> None:
    async with constant() as address, calling(address) as caller:
        assert await calls_per_second(caller.call(GET), 2, 0.1) > 0
        with pytest.raises(grpc.aio.AioRpcError):
            await calls_per_second(caller.call(GET._replace(operation="None")), 2, 0.1)


async def test_only_answered_calls_of_the_light_client_count() -> None:
    def call(kind: Kind) -> float:
        return light_client.calls_per_second(address, kind, 2, 0.1, is_new=True)

    async with constant() as address:
        assert await asyncio.to_thread(call, GET) > 0
        assert await asyncio.to_thread(call, LIST) > 0
        with pytest.raises(RuntimeError, match="a call has failed"):
            await asyncio.to_thread(call, GET._replace(operation="None"))
        with pytest.raises(ValueError, match="2 do not divide 3 callers"):
            await asyncio.to_thread(call, GET._replace(callers=3))
