"""The power formulas of topologies, by frequenz-microgrid-component-graph."""

from importlib import resources
from pathlib import Path
from typing import Final

import pytest

from frequenz.client.assets import inventory
from frequenz.client.assets._wire import entities
from frequenz.client.assets._wire.lists.decode import decode_list
from frequenz.client.assets.electrical_component import (
    ElectricalComponentOperationalMode,
    WindTurbine,
)
from frequenz.client.assets.findings import Rule
from frequenz.client.assets.topology import Formula, Topology, compare, formulas

from ..unit.small_sites import component, connection, site_of
from .test_component_graph import EXPECTED, demo_fleets

NAMES: Final = {"PV": "pv", "EV": "ev_charger", "CHP": "chp", "wind": "wind_turbine"}


def topology_of(microgrid: int, fleet: inventory.Inventory | None = None) -> Topology:
    """Return the topology of a site of the demo."""
    (site,) = (it for it in (fleet or demo_fleets()).sites if it.microgrid.id == microgrid)
    return Topology(
        decode_list(entities.COMPONENT, site.components, microgrid).items,
        decode_list(entities.CONNECTION, site.connections, microgrid).items,
    )


@pytest.mark.parametrize("microgrid", EXPECTED)
def test_formulas_are_those_of_the_library(microgrid: int) -> None:
    found = formulas(topology_of(microgrid))

    assert found.refusal is None
    assert len(found) == len(EXPECTED[microgrid])
    for name, formula in EXPECTED[microgrid].items():
        assert (
            found[NAMES.get(name, "steam_boiler" if name == "steam" else name)].formula == formula
        )
    assert all(it.reason is None for it in found)


def test_a_formula_that_leaves_out_wind_turbines_says_so() -> None:
    topology = topology_of(100)
    (turbine,) = (it for it in topology.components if isinstance(it, WindTurbine))
    found = formulas(topology)

    assert "#126" in (found["consumer"].formula or "")
    assert "#126" not in (found["producer"].formula or "")
    assert found["producer"].note == "leaves out component 126; see the formula wind_turbine"
    assert int(turbine.id) == 126
    assert [it.name for it in found if it.note] == ["producer"]
    assert not any(it.note for it in formulas(topology_of(201)))


def test_a_refused_topology_has_a_reason_for_each_formula_and_findings() -> None:
    topology = Topology(*site_of("GMB", "1-2 2-3"))
    found = formulas(topology)

    assert found.refusal is not None
    assert "can only have successors that are not Batteries" in found.refusal
    assert next(iter(found)) == Formula(name="grid", formula=None, reason=found.refusal)
    assert {it.formula for it in found} == {None}
    assert [it.rule for it in topology.findings] == [Rule.BATTERY_WITHOUT_INVERTER]
    with pytest.raises(KeyError):
        found["gird"]


def test_a_comparison_has_the_formulas_and_findings_that_change() -> None:
    before = Topology(*site_of("GMMsE", "1-2 2-3 3-4 2-5"))
    after = before.with_mode(ElectricalComponentOperationalMode.INACTIVE, 4).without(5)

    compared = compare(before, after)

    changed = {it.name: (it.before.formula, it.after.formula) for it in compared.formulas}
    assert changed["ev_charger"] == ("COALESCE(#5, 0.0)", "0.0")
    assert changed["pv"] == ("COALESCE(#4, #3, 0.0)", "COALESCE(#3, 0.0)")
    assert "grid" not in changed
    assert (compared.appeared, compared.vanished) == ((), ())
    assert [*map(str, compared.added)] == ["CID4"]
    assert [*map(str, compared.removed)] == ["CID4", "CID5", "CID2->CID5"]


def test_a_comparison_has_the_findings_that_appear_and_vanish() -> None:
    before = Topology(*site_of("GMbB", "1-2 2-3 3-4"))
    after = before.without(4).adding(component("s", 5), connection(2, 5))

    compared = compare(before, after)

    assert [it.rule for it in compared.appeared] == [Rule.INVERTER_WITHOUT_BATTERY]
    assert compared.vanished == ()
    assert {it.after.formula for it in compared.formulas} == {None}
    assert compare(after, before).vanished == compared.appeared
    assert compare(before, before) == type(compared)(before, before, (), (), (), (), ())


FLEETS: Final = [
    *Path(str(resources.files("frequenz.server.assets") / "demo" / "fleets")).glob("*.yaml"),
    *(Path(__file__).parents[1] / "service" / "screens").glob("*.yaml"),
]


@pytest.mark.parametrize("path", FLEETS, ids=[path.name for path in FLEETS])
def test_every_site_has_formulas_or_a_finding(path: Path) -> None:
    fleet = inventory.read(path)
    for site in fleet.sites:
        topology = topology_of(site.microgrid.id, fleet)
        assert bool(formulas(topology).refusal) is bool(topology.findings)
