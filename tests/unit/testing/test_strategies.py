"""The strategies: good fleets have no findings, faulty ones have theirs, and all shrink."""

from random import Random

import pytest
from hypothesis import find, given, settings

from frequenz.client.assets import inventory
from frequenz.client.assets.findings import Rule
from frequenz.client.assets.inventory import Inventory
from frequenz.client.assets.testing import strategies
from frequenz.client.assets.testing.strategies import FaultyFleet

from .test_spoil import fields_of


@given(strategies.fleets())
def test_good_fleets_have_no_findings(fleet: Inventory) -> None:
    assert inventory.check(fleet) == []
    text = inventory.to_text(fleet, file_format="json")
    assert inventory.diff(inventory.parse_text(text, name="a", file_format="json"), fleet) == []


@given(strategies.faulty_fleets())
def test_faulty_fleets_have_the_finding(faulty: FaultyFleet) -> None:
    assert faulty.field in fields_of(faulty.fleet, faulty.rule)


@given(strategies.faulty_fleets([Rule.CYCLE, Rule.ID_TAKEN]))
def test_rules_can_be_chosen(faulty: FaultyFleet) -> None:
    assert faulty.rule in {Rule.CYCLE, Rule.ID_TAKEN}


def test_rules_that_no_inventory_can_break_are_refused() -> None:
    with pytest.raises(ValueError, match="rules: expected some that an inventory can break"):
        strategies.faulty_fleets([Rule.REPLY_WITHOUT_ID])


def test_fleets_shrink_to_little() -> None:
    few = settings(max_examples=500, database=None)  # and the same ones each time, see `Random`
    smallest = find(
        strategies.fleets(), lambda fleet: bool(fleet.sites), settings=few, random=Random(1)
    )
    (site,) = smallest.sites
    assert (site.microgrid.id, site.microgrid.name, len(site.components)) == (1, "", 2)
    assert smallest.gridpools == ()

    def has_battery(fleet: Inventory) -> bool:
        return any(it.category == 5 for site in fleet.sites for it in site.components)

    (site,) = find(strategies.fleets(), has_battery, settings=few, random=Random(1)).sites
    assert [it.category for it in site.components] == [1, 2, 3, 5]  # grid, meter, inverter, battery
