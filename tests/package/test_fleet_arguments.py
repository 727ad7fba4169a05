"""Wrong arguments of the functions for fleets are refused by name."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, datetime
from math import inf
from pathlib import Path
from typing import Any

import pytest
from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2

from frequenz.client.assets import AssetsApiClient, blocking, fleet, inventory
from frequenz.server.assets import AssetsServer

_NOWHERE = "grpc://localhost:1?ssl=false"
_ONE = inventory.Inventory((inventory.Site(microgrid_pb2.Microgrid(id=1, enterprise_id=2)),))
_EMPTY = inventory.Inventory()
_SNAPSHOT: Any = fleet.FleetSnapshot.of(_EMPTY)


@pytest.mark.parametrize("every", [True, inf, float("nan"), 0, "1"])
async def test_watch_refuses_a_wrong_pause(every: Any) -> None:
    async with AssetsApiClient(_NOWHERE, auth_key="k") as client:
        with pytest.raises(ValueError, match=r"^every: "):
            fleet.watch(client, every=every)


async def test_watch_refuses_a_text_as_cursor() -> None:
    wrong: Any = "x"
    async with AssetsApiClient(_NOWHERE, auth_key="k") as client:
        with pytest.raises(TypeError, match=r"^cursor: "):
            fleet.watch(client, cursor=wrong)


def test_other_types_are_refused(tmp_path: Path) -> None:
    file: Any = "file"
    with pytest.raises(TypeError, match=r"^inventory: .*; pass its `inventory`$"):
        fleet.geojson(_SNAPSHOT)
    with pytest.raises(TypeError, match=r"^inventory: "):
        fleet.write_geojson(_SNAPSHOT, tmp_path / "a.geojson")
    with pytest.raises(TypeError, match=r"^inventory: "):
        fleet.FleetSnapshot.of(file)
    with pytest.raises(TypeError, match=r"^site: "):
        fleet.Site.of(file)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^at: "):
        fleet.geojson(_EMPTY, at=datetime(2026, 1, 1))


def test_something_else_than_a_datetime_is_refused() -> None:
    for wrong in ("2026-01-01", date(2026, 1, 1), 0):
        with pytest.raises(TypeError, match=r"^at: expected a datetime or None, got "):
            fleet.geojson(_EMPTY, at=wrong)  # type: ignore[arg-type] # on purpose


async def _refused_callbacks(client: AssetsApiClient) -> AsyncIterator[tuple[str, Any]]:
    wrong: Any = 3
    yield "on_progress", lambda: fleet.fetch_fleet(client, on_progress=wrong)
    yield "on_progress", lambda: fleet.fetch_tables(client, on_progress=wrong)
    yield "on_failure", lambda: fleet.fetch_tables(client, on_failure=wrong)
    yield "on_progress", lambda: fleet.export_parquet(client, "x", on_progress=wrong)
    yield "on_failure", lambda: fleet.export_parquet(client, "x", on_failure=wrong)
    yield "on_failure", lambda: anext(fleet.iter_sites(client, on_failure=wrong))


async def test_something_else_than_a_function_is_refused_before_any_call() -> None:
    async with AssetsApiClient(_NOWHERE, auth_key="k") as client:
        async for name, call in _refused_callbacks(client):
            with pytest.raises(TypeError, match=f"^{name}: expected a function or None, got 3$"):
                await call()


@pytest.mark.parametrize(
    ("include", "error"),
    [(None, TypeError), (5, TypeError), ("sensors", TypeError), ([[]], ValueError)],
)
async def test_wrong_lists_are_refused(include: Any, error: type[Exception]) -> None:
    async with AssetsApiClient(_NOWHERE, auth_key="k") as client:
        with pytest.raises(error, match=r"^include: expected "):
            await fleet.fetch_fleet(client, include=include)
        with pytest.raises(error, match=r"^include: expected "):
            fleet.watch(client, include=include)
        with pytest.raises(ValueError, match=r"^include: expected one or more of .*, got none"):
            fleet.watch(client, include=[])


async def test_something_else_than_an_asynchronous_client_is_refused() -> None:
    with blocking.AssetsApiClient(_NOWHERE, auth_key="k") as blocking_client:
        wrong: Any
        for wrong in (None, blocking_client):
            with pytest.raises(TypeError, match=r"^client: .* `frequenz.client.assets.blocking`"):
                await fleet.fetch_fleet(wrong)
            with pytest.raises(TypeError, match=r"^client: "):
                fleet.watch(wrong)
            with pytest.raises(TypeError, match=r"^client: "):
                await fleet.fetch_component_tables(wrong, 1)


async def test_something_else_than_a_blocking_client_is_refused() -> None:
    async with AssetsApiClient(_NOWHERE, auth_key="k") as client:
        wrong: Any
        for wrong in (None, client):
            for call in (blocking.fetch_fleet, blocking.iter_sites, blocking.watch):
                with pytest.raises(TypeError, match=r"^client: .* `frequenz.client.assets.fleet`"):
                    call(wrong)
                with pytest.raises(TypeError, match=r"^client: "):
                    call(client=wrong)
    nothing: Any = blocking.fetch_fleet
    with pytest.raises(TypeError, match="client"):
        nothing()


class _Wrapper:
    """Passes everything on to a client, and counts."""

    def __init__(self, client: Any) -> None:
        self._wrapped = client
        self.count = 0

    def __getattr__(self, name: str) -> Any:
        self.count += 1
        return getattr(self._wrapped, name)


async def test_a_wrapper_of_a_client_is_one() -> None:
    async with AssetsServer(_ONE) as server:
        async with AssetsApiClient(server.url) as client:
            wrapper: Any = _Wrapper(client)
            assert len((await fleet.fetch_fleet(wrapper)).sites) == 1
            assert (await fleet.fetch_tables(wrapper)).microgrids.num_rows == 1
            assert wrapper.count

        def fetch() -> int:
            with blocking.AssetsApiClient(server.url) as blocking_client:
                wrapper: Any = _Wrapper(blocking_client)
                return len(blocking.fetch_fleet(wrapper).sites)

        assert await asyncio.to_thread(fetch) == 1


def test_a_folder_says_what_reads_it(tmp_path: Path) -> None:
    folder = tmp_path / "fleet"
    fleet.write_parquet(folder, _EMPTY)
    for read in (fleet.tables, inventory.read):
        with pytest.raises(
            IsADirectoryError, match=r"`fleet\.read_parquet` reads a folder.*fleet'"
        ):
            read(folder)
