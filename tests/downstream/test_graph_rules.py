"""What frequenz-microgrid-component-graph refuses, has a finding that says so beforehand."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import pytest
from frequenz.microgrid_component_graph import ComponentGraph, InvalidGraphError
from hypothesis import given, settings
from hypothesis import strategies as st

from frequenz.client.assets import Lifetime, inventory
from frequenz.client.assets._wire.component import encode_component
from frequenz.client.assets._wire.connection import encode_connection
from frequenz.client.assets.electrical_component import ComponentConnection, ElectricalComponent
from frequenz.client.assets.findings import Rule
from frequenz.client.assets.topology import Topology

from ..unit.messages import valid_microgrid
from ..unit.small_sites import DAY, START, component, connection, site_of

ABOUT_FORMULAS: Final = {
    Rule.NO_COMPONENTS,
    Rule.NO_CONNECTIONS,
    Rule.NO_GRID_CONNECTION_POINT,
    Rule.NOTHING_BEHIND_GRID_CONNECTION_POINT,
    Rule.SEVERAL_GRID_CONNECTION_POINTS,
    Rule.NO_SUCH_COMPONENT,
    Rule.UNREACHABLE,
    Rule.UNREACHABLE_AT_TIMES,
    Rule.CONNECTION_REVERSED,
    Rule.CYCLE,
    Rule.SECOND_FEED,
    Rule.NOT_BEHIND_METER,
    Rule.BATTERY_WITHOUT_INVERTER,
    Rule.INVERTER_WITHOUT_BATTERY,
    Rule.UNSPECIFIED,
    Rule.ID_TAKEN,
}


def rules_of(
    components: Sequence[ElectricalComponent], connections: Sequence[ComponentConnection]
) -> set[Rule]:
    """Return the rules about the graph of which `check` has findings."""
    site = inventory.Site(
        valid_microgrid(),
        tuple(map(encode_component, components)),
        tuple(map(encode_connection, connections)),
    )
    found = inventory.check(inventory.Inventory((site,)))
    rules = {it.finding.rule for it in found} & ABOUT_FORMULAS
    assert {it.rule for it in Topology(components, connections).findings} & ABOUT_FORMULAS == rules
    return rules


def refusal(
    components: Sequence[ElectricalComponent], connections: Sequence[ComponentConnection]
) -> str | None:
    """Return why the library refuses a graph; None if it does not."""
    try:
        ComponentGraph(components, connections)
    except InvalidGraphError as error:
        return str(error)
    return None


REFUSED: Final = {
    "no components": ("", "", Rule.NO_COMPONENTS),
    "no grid connection point": ("MM", "1-2", Rule.NO_GRID_CONNECTION_POINT),
    "no connections": ("GM", "", Rule.NO_CONNECTIONS),
    "a grid connection point alone": ("G", "", Rule.NOTHING_BEHIND_GRID_CONNECTION_POINT),
    "only a transformer behind the grid": (
        "GT",
        "1-2",
        Rule.NOTHING_BEHIND_GRID_CONNECTION_POINT,
    ),
    "two grid connection points": ("GMG", "1-2 2-3", Rule.SEVERAL_GRID_CONNECTION_POINTS),
    "an unknown end": ("GM", "1-2 2-9", Rule.NO_SUCH_COMPONENT),
    "not connected": ("GMMM", "1-2 3-4", Rule.UNREACHABLE),
    "a reversed connection": ("GMM", "1-2 3-2", Rule.CONNECTION_REVERSED),
    "a cycle": ("GMMM", "1-2 2-3 3-4 4-2", Rule.CYCLE),
    "a cycle of breakers": ("GMKK", "1-2 2-3 3-4 4-3", Rule.CYCLE),
    "a meter behind the grid and another meter": ("GMM", "1-2 1-3 2-3", Rule.SECOND_FEED),
    "the same past a transformer": ("GMMT", "1-2 2-3 1-4 4-3", Rule.SECOND_FEED),
    "a meter fed by the grid and PV": ("GMsM", "1-2 2-3 1-4 3-4", Rule.NOT_BEHIND_METER),
    "a meter behind a wind turbine": ("GWM", "1-2 2-3", Rule.NOT_BEHIND_METER),
    "an inverter behind an inverter": ("GMbsB", "1-2 2-3 3-4 3-5", Rule.NOT_BEHIND_METER),
    "a charger behind a CHP": ("GCE", "1-2 2-3", Rule.NOT_BEHIND_METER),
    "a CHP behind a charger": ("GEC", "1-2 2-3", Rule.NOT_BEHIND_METER),
    "a boiler behind a battery": ("GbBS", "1-2 2-3 3-4", Rule.NOT_BEHIND_METER),
    "a wind turbine behind a solar inverter": ("GsW", "1-2 2-3", Rule.NOT_BEHIND_METER),
    "a wind turbine behind a hybrid inverter": ("GhW", "1-2 2-3", Rule.NOT_BEHIND_METER),
    "a wind turbine behind a boiler": ("GSW", "1-2 2-3", Rule.NOT_BEHIND_METER),
    "a battery on the grid": ("GB", "1-2", Rule.BATTERY_WITHOUT_INVERTER),
    "a battery on a meter": ("GMB", "1-2 2-3", Rule.BATTERY_WITHOUT_INVERTER),
    "a battery on a meter, with a breaker": ("GMKB", "1-2 2-3 3-4", Rule.BATTERY_WITHOUT_INVERTER),
    "a battery behind a solar inverter": ("GMsB", "1-2 2-3 3-4", Rule.BATTERY_WITHOUT_INVERTER),
    "a battery behind a battery": ("GMbBB", "1-2 2-3 3-4 4-5", Rule.BATTERY_WITHOUT_INVERTER),
    "an inverter without its battery": ("GMb", "1-2 2-3", Rule.INVERTER_WITHOUT_BATTERY),
    "a breaker instead of the battery": ("GMbK", "1-2 2-3 3-4", Rule.INVERTER_WITHOUT_BATTERY),
    "an inverter of unspecified type": ("GMuB", "1-2 2-3 3-4", Rule.UNSPECIFIED),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_library_refuses_has_one_finding(name: str) -> None:
    letters, ends, rule = REFUSED[name]
    components, connections = site_of(letters, ends)

    assert refusal(components, connections)
    assert rules_of(components, connections) == {rule}


ACCEPTED: Final = {
    "a meter": ("GM", "1-2"),
    "a battery with a breaker behind its inverter": ("GMbKB", "1-2 2-3 3-4 4-5"),
    "two inverters with one battery": ("GMbbB", "1-2 2-3 2-4 3-5 4-5"),
    "a hybrid inverter without a battery": ("GMh", "1-2 2-3"),
    "a wind turbine behind another": ("GMWW", "1-2 2-3 3-4"),
    "two transformers in front of a meter": ("GTTM", "1-2 1-3 2-4 3-4"),
    "two meters in front of a third": ("GMMM", "1-2 1-3 2-4 3-4"),
    "a breaker behind a charger": ("GEK", "1-2 2-3"),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_the_library_accepts_has_no_finding(name: str) -> None:
    components, connections = site_of(*ACCEPTED[name])

    assert refusal(components, connections) is None
    assert rules_of(components, connections) == set()


@st.composite
def _sites(draw: st.DrawFn, lifetimes: st.SearchStrategy[Lifetime]) -> Any:
    """Draw a small site, mostly a tree behind a grid connection point."""
    letters = draw(st.text("MMMbshBECSWTKGu", max_size=6))
    root = draw(st.sampled_from(["G", "G", "G", "G", "M", ""]))
    components = [
        component(letter, number, operational_lifetime=draw(lifetimes))
        for number, letter in enumerate(root + letters, 1)
    ]
    ends = {
        (draw(st.integers(1, number - 1)), number)
        for number in range(2, len(components) + 1)
        if draw(st.integers(0, 9))
    }
    last = len(components) + draw(st.integers(0, 1))
    for _ in range(draw(st.integers(0, 2)) if last > 1 else 0):
        ends.add((draw(st.integers(1, last)), draw(st.integers(1, last))))
    return components, [
        connection(*pair, draw(lifetimes)) for pair in sorted(ends) if pair[0] != pair[1]
    ]


@settings(max_examples=500, deadline=None)
@given(_sites(st.just(Lifetime())))
def test_the_library_refuses_what_has_findings_and_nothing_else(site: Any) -> None:
    refused = refusal(*site)
    rules = rules_of(*site)
    if refused is None and rules <= {Rule.UNREACHABLE, Rule.CONNECTION_REVERSED, Rule.CYCLE}:
        # The library ignores passive components to which nothing leads.
        return
    assert bool(refused) == bool(rules), (refused, rules)


_DAYS: Final = [START + DAY * day for day in range(3)]
_LIFETIMES: Final = st.sampled_from(
    [
        *[Lifetime()] * 4,
        *(Lifetime(start=day) for day in _DAYS),
        *(Lifetime(end=day) for day in _DAYS),
        *(Lifetime(start=day, end=after) for day, after in pairwise(_DAYS)),
    ]
)


@settings(max_examples=500, deadline=None)
@given(_sites(_LIFETIMES))
def test_what_the_library_refuses_at_some_moment_has_findings(site: Any) -> None:
    components, connections = site
    moments = (START - DAY / 2, *(day + DAY / 2 for day in _DAYS))
    topologies = [Topology(components, connections, at=moment) for moment in moments]
    refused = [refusal(it.components, it.connections) for it in topologies if it.components]

    assert bool(rules_of(components, connections)) >= any(refused), refused
    for topology in topologies:
        assert bool(topology.findings) >= bool(refusal(topology.components, topology.connections))
