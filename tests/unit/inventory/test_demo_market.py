"""The market in the fleets of the demo."""

import pytest

from frequenz.client.assets import MarketLocationIdType, inventory
from frequenz.server.assets.demo import FLEETS


def test_the_market_of_the_demo_is_in_the_delivery_areas_of_its_sites() -> None:
    held = inventory.read(FLEETS[0])
    areas = {site.microgrid.id: site.microgrid.delivery_area.code for site in held.sites}
    pools = {
        relation.gridpool_id: areas[relation.microgrid_id] for relation in held.market_topology
    }
    for relation in held.market_topology:
        assert relation.delivery_area.code == areas[relation.microgrid_id]
        assert relation.delivery_area.code == pools[relation.gridpool_id]
    for schedule in held.energy_schedules:
        assert schedule.frequenz_delivery_area.code == pools[schedule.gridpool_id]


@pytest.mark.parametrize("number", [11, 12])
def test_the_day_ahead_schedules_of_the_demo_cover_their_day_without_gaps(number: int) -> None:
    days = 0
    for message in inventory.read(FLEETS[0]).energy_schedules:
        if message.gridpool_id == number and message.name == "Day-ahead":
            times = [entry.start_time.seconds for entry in message.time_series]
            step = 86_400 // len(times)
            start, end = message.validity_period.start_time, message.validity_period.end_time
            assert times == list(range(start.seconds, end.seconds, step))
            days += 1
    assert days == 1


@pytest.mark.parametrize(
    ("id_type", "weights"),
    [
        pytest.param(MarketLocationIdType.MALO_ID, (1, 2), id="malo"),
        pytest.param(MarketLocationIdType.EAN, (3, 1), id="ean"),
    ],
)
def test_the_market_locations_of_the_demo_have_the_right_check_digits(
    id_type: MarketLocationIdType, weights: tuple[int, int]
) -> None:
    """The digits with their weights, and the check digit, add up to a multiple of 10."""
    codes = [
        relation.market_location_ref.market_location_id.id.value
        for relation in inventory.read(FLEETS[0]).market_topology
        if relation.market_location_ref.market_location_id.type == id_type.value
    ]
    assert codes
    for code in codes:
        weighted = sum(
            int(digit) * weights[place % 2] for place, digit in enumerate(code[:-1])
        ) + int(code[-1])
        assert weighted % 10 == 0, code
