"""A quick look finds nothing only where `check` finds nothing, and does so for most sites."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frequenz.client.assets import inventory
from frequenz.client.assets.inventory import Inventory, Site
from frequenz.client.assets.inventory._packed import PackedSite
from frequenz.client.assets.inventory._quick_check import is_clean
from frequenz.server.assets import demo

from ..inventory_messages import any_inventory

FLEETS: Final = [inventory.read(path) for path in demo.FLEETS]
CLEAN: Final = [
    site for fleet in FLEETS for site in fleet.sites if not inventory.check(Inventory((site,)))
]

_YEARS: Final = st.none() | st.integers(2014, 2018).map(lambda it: datetime(it, 1, 1, tzinfo=UTC))


def looks_clean(site: Site) -> bool:
    """Return what the quick look finds."""
    return is_clean(PackedSite.of(site))


def assert_nothing_is_missed(site: Site) -> None:
    """Check that a site has no finding if it looks clean."""
    if looks_clean(site):
        assert inventory.check(Inventory((site,))) == []


def copied(message: Any) -> Any:
    """Return a copy of a message."""
    return type(message).FromString(message.SerializeToString())


@pytest.mark.parametrize("site", CLEAN, ids=lambda site: str(site.microgrid.id))
def test_sites_without_findings_look_clean(site: Site) -> None:
    assert looks_clean(site)


def test_sites_with_findings_do_not_look_clean() -> None:
    faulty = [it for fleet in FLEETS for it in fleet.sites if it not in CLEAN]
    assert faulty
    assert not any(map(looks_clean, faulty))


@given(any_inventory())
def test_nothing_is_missed_in_any_site(whole: Inventory) -> None:
    for site in whole.sites:
        assert_nothing_is_missed(site)


@given(st.data())
@settings(max_examples=500)
def test_nothing_is_missed_in_sites_with_one_or_two_changes(data: st.DataObject) -> None:
    site = data.draw(st.sampled_from(CLEAN))
    components = [*map(copied, site.components)]
    connections = [*map(copied, site.connections)]
    numbers = st.sampled_from([0, 77, *(it.id for it in components)])
    for _ in range(data.draw(st.integers(1, 2))):
        changed = data.draw(st.sampled_from([*components, *connections]))
        fields = [
            "operational_lifetime",
            *(
                ("id", "microgrid_id", "category", "operational_mode", "metric_config_bounds")
                if changed in components
                else ("source_electrical_component_id", "destination_electrical_component_id")
            ),
            "removed",
        ]
        field = data.draw(st.sampled_from(fields))
        if field == "removed":
            listed = components if changed in components else connections
            listed.remove(changed)
        elif field == "operational_lifetime":
            changed.ClearField(field)
            start, end = data.draw(_YEARS), data.draw(_YEARS)
            life = changed.operational_lifetime
            life.SetInParent()
            if start:
                life.start_timestamp.FromDatetime(start)
            if end:
                life.end_timestamp.FromDatetime(end)
        elif field == "metric_config_bounds":
            limits = st.sampled_from([-1.0, 0.0, 1.0, float("nan")])
            bounds = changed.metric_config_bounds.add(metric=data.draw(st.sampled_from([0, 1, 2])))
            bounds.config_bounds.lower = data.draw(limits)
            bounds.config_bounds.upper = data.draw(limits)
        elif field in {"category", "operational_mode"}:
            setattr(changed, field, data.draw(st.integers(0, 20)))
        else:
            setattr(changed, field, data.draw(numbers))
    assert_nothing_is_missed(
        replace(site, components=tuple(components), connections=tuple(connections))
    )
