"""Sites as GeoJSON."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from frequenz.client.assets import inventory
from frequenz.client.assets.fleet._geojson import geojson, write_geojson
from frequenz.client.assets.inventory import Inventory, Site
from frequenz.client.assets.metrics import Metric
from frequenz.server.assets.demo import FLEETS

from ..inventory.strategies import any_whole
from ..messages import microgrid_pb, pb


def _battery(number: int, *bounds: tuple[int, float | None, float | None], end: int = 0) -> Any:
    lifetime = {"end_timestamp": {"seconds": end}} if end else {}
    entries = [
        {
            "metric": metric,
            "config_bounds": {
                name: limit
                for name, limit in (("lower", lower), ("upper", upper))
                if limit is not None
            },
        }
        for metric, lower, upper in bounds
    ]
    message: Any = pb.ElectricalComponent
    return message(
        id=number, category=5, operational_lifetime=lifetime, metric_config_bounds=entries
    )


AC = Metric.AC_POWER_ACTIVE.value


def _feature(*components: Any, at: datetime | None = None, **fields: Any) -> Any:
    site = Site(microgrid_pb.Microgrid(id=1, **fields), components)
    (feature,) = json.loads(geojson(Inventory((site,)), at=at))["features"]
    return feature


def test_a_site_is_a_point_with_its_totals() -> None:
    feature = _feature(
        _battery(1, (AC, -5000.0, 3000.0)),
        _battery(2, (AC, None, 0.1)),
        pb.ElectricalComponent(id=3, category=2),
        pb.ElectricalComponent(id=4, category=77),
        enterprise_id=7,
        name="Depot",
        status=1,
        location={"latitude": 52.52, "longitude": 13.41, "country_code": "DE"},
        delivery_area={"code": "10YDE-VE-------2", "code_type": 1},
    )
    assert feature == {
        "type": "Feature",
        "id": 1,
        "geometry": {"type": "Point", "coordinates": [13.41, 52.52]},
        "properties": {
            "microgrid_id": 1,
            "enterprise_id": 7,
            "name": "Depot",
            "status": "active",
            "country_code": "DE",
            "delivery_area": "10YDE-VE-------2",
            "components": {"77": 1, "battery": 2, "meter": 1},
            "rated_power_w": {"battery": 5000.1},
        },
    }


@pytest.mark.parametrize(
    "location",
    [
        {},
        {"location": {"country_code": "DE"}},
        {"location": {"latitude": 91.0, "longitude": 5.0}},
        {"location": {"latitude": float("nan")}},
    ],
)
def test_a_site_without_a_valid_location_has_no_geometry(location: dict[str, Any]) -> None:
    assert _feature(**location)["geometry"] is None


def test_dc_power_counts_if_there_is_no_active_power() -> None:
    dc = Metric.DC_POWER.value
    feature = _feature(
        _battery(1, (dc, -7.0, None)),
        _battery(2, (dc, -7.0, 7.0), (AC, -2.0, 2.0)),
        _battery(3, (dc, 0.0, float("inf"))),
        _battery(4, (AC, 5.0, 1.0)),
    )
    assert feature["properties"]["rated_power_w"] == {"battery": 9.0}


def test_components_that_do_not_operate_are_left_out() -> None:
    battery = _battery(1, (AC, 0.0, 5.0), end=10)
    before, after = (datetime.fromtimestamp(seconds, UTC) for seconds in (5, 15))
    assert _feature(battery, at=before)["properties"]["components"] == {"battery": 1}
    assert _feature(battery, at=after)["properties"]["components"] == {}


@given(any_whole)
@settings(max_examples=30, deadline=None)
def test_any_fleet_is_valid_json_and_the_same_each_time(fleet: Inventory) -> None:
    text = geojson(fleet)
    assert text == geojson(fleet)
    json.loads(text, parse_constant=pytest.fail)
    assert len(json.loads(text)["features"]) == len(fleet.sites)


def test_the_file_replaces_another_one(tmp_path: Path) -> None:
    fleet = inventory.read_all(FLEETS)
    path = tmp_path / "fleet.geojson"
    path.write_text("old", encoding="utf-8")
    write_geojson(fleet, path)
    assert path.read_text(encoding="utf-8") == geojson(fleet)
    with pytest.raises(OSError, match="missing"):
        write_geojson(fleet, tmp_path / "missing" / "fleet.geojson")
