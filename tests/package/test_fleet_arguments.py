"""Wrong arguments of the functions for fleets are refused by name."""

from datetime import datetime
from math import inf
from pathlib import Path
from typing import Any

import pytest

from frequenz.client.assets import AssetsApiClient, fleet, inventory

_EMPTY = inventory.Inventory()
_SNAPSHOT: Any = fleet.FleetSnapshot.of(_EMPTY)


@pytest.mark.parametrize("every", [True, inf, float("nan"), 0, "1"])
async def test_watch_refuses_a_wrong_pause(every: Any) -> None:
    async with AssetsApiClient("grpc://localhost:1?ssl=false", auth_key="k") as client:
        with pytest.raises(ValueError, match=r"^every: "):
            fleet.watch(client, every=every)


async def test_watch_refuses_a_text_as_cursor() -> None:
    wrong: Any = "x"
    async with AssetsApiClient("grpc://localhost:1?ssl=false", auth_key="k") as client:
        with pytest.raises(TypeError, match=r"^cursor: "):
            fleet.watch(client, cursor=wrong)


def test_other_types_are_refused(tmp_path: Path) -> None:
    file: Any = "file"
    with pytest.raises(TypeError, match=r"^inventory: "):
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


async def test_something_else_than_an_asynchronous_client_is_refused() -> None:
    wrong: Any = None
    with pytest.raises(TypeError, match=r"^client: .* `frequenz.client.assets.blocking`"):
        await fleet.fetch_fleet(wrong)
    with pytest.raises(TypeError, match=r"^client: "):
        fleet.watch(wrong)
