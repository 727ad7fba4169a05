"""Nothing overlaps in a diagram, and no line runs through a symbol or a label."""

from itertools import pairwise
from random import Random

import pytest
from harness.diagrams.geometry import count_crossings, faults
from harness.diagrams.lines import whole_lines
from hypothesis import given, settings
from hypothesis import strategies as st

from frequenz.client.assets import fleet, inventory
from frequenz.client.assets.electrical_component import (
    AcEvCharger,
    BatteryInverter,
    ComponentConnection,
    ElectricalComponent,
    GridConnectionPoint,
    LiIonBattery,
    Meter,
    SolarInverter,
)
from frequenz.client.assets.topology._diagram.channels import Net, assign_tracks
from frequenz.client.assets.topology._diagram.network import State
from frequenz.client.assets.topology._diagram.scene import prepare
from frequenz.server.assets.demo import FLEETS

from .sites import component, connections, near_trees

Site = tuple[list[ElectricalComponent], list[ComponentConnection]]

_SITES = [fleet.Site.of(site) for site in inventory.read_all(FLEETS).sites]


@settings(max_examples=300)
@given(near_trees(), st.booleans())
def test_near_trees(site: Site, fold: bool) -> None:
    components, lines = site
    scene = prepare(State(components=components, connections=lines), fold=fold)
    assert faults(scene) == []


@settings(max_examples=50)
@given(near_trees(), near_trees())
def test_two_states_in_one(before: Site, after: Site) -> None:
    scene = prepare(
        State(components=after[0], connections=after[1]),
        before=State(components=before[0], connections=before[1]),
    )
    assert faults(scene) == []


@settings(max_examples=50)
@given(near_trees())
def test_every_line_leads_from_its_source_to_its_destination(site: Site) -> None:
    components, lines = site
    scene = prepare(State(components=components, connections=lines), fold=False)
    places = {placed.node: placed for placed in scene.drawing.placed}
    drawn = whole_lines(scene)
    assert drawn.keys() == set(range(len(scene.network.edges)))
    for number, points in drawn.items():
        edge = scene.network.edges[number]
        source, destination = places[edge.source], places[edge.destination]
        assert points[0] == (source.x, source.y + source.symbol.bottom)
        assert points[-1] == (destination.x, destination.y + destination.symbol.top)


@pytest.mark.parametrize("site", _SITES, ids=lambda site: str(site.microgrid.id))
@pytest.mark.parametrize("fold", [True, False], ids=["folded", "unfolded"])
def test_the_demo_fleets(site: fleet.Site, fold: bool) -> None:
    state = State(components=site.components, connections=site.connections)
    assert faults(prepare(state, fold=fold)) == []


@pytest.mark.parametrize("count", [9, 10, 40, 200])
def test_many_components_on_one_busbar(count: int) -> None:
    chargers = [component(AcEvCharger, 2 + number, f"Bay {number}") for number in range(count)]
    scene = prepare(
        State(
            components=[component(GridConnectionPoint, 1), *chargers],
            connections=connections(*((1, 2 + number) for number in range(count))),
        ),
        fold=False,
    )
    assert faults(scene) == []
    assert scene.drawing.width < max(1500, 40 * count)


def test_many_branches_on_one_busbar_are_stacked() -> None:
    components, ends = [component(GridConnectionPoint, 1)], []
    for number in range(100, 2600, 100):
        kinds = (Meter, BatteryInverter, LiIonBattery)[: 1 + number // 100 % 3]
        ids = range(number, number + len(kinds))
        components += [
            component(kind, it, f"Branch {it}") for kind, it in zip(kinds, ids, strict=True)
        ]
        ends += [*pairwise((1, *ids))]
    scene = prepare(State(components=components, connections=connections(*ends)), fold=False)
    assert faults(scene) == []
    assert scene.drawing.width < 1500
    height = {scene.network.nodes[it.node].id: it.y for it in scene.drawing.placed}
    assert height[200] < height[201] < height[202]


def test_branches_that_branch_out_or_are_long_are_not_stacked() -> None:
    components = [component(Meter, number) for number in range(2, 300)]
    ends = [
        *((1, 10 * number) for number in range(1, 13)),
        *((10 * number, 10 * number + 1) for number in range(1, 13)),
        *((10 * number, 10 * number + 2) for number in range(1, 13)),
    ]
    used = {number for end in ends for number in end}
    own = [component(GridConnectionPoint, 1), *(it for it in components if int(it.id) in used)]
    scene = prepare(State(components=own, connections=connections(*ends)), fold=False)
    assert faults(scene) == []
    assert not any(wire.is_rail for wire in scene.drawing.wires)


def test_a_long_chain_is_straight() -> None:
    chain = [component(GridConnectionPoint, 1), *(component(Meter, it) for it in range(2, 400))]
    loads = [component(Meter, 1000 + number) for number in range(2, 399)]
    scene = prepare(
        State(
            components=[*chain, *loads],
            connections=connections(
                *((number, number + 1) for number in range(1, 399)),
                *((number, 1000 + number) for number in range(2, 399)),
            ),
        )
    )
    assert faults(scene) == []
    assert scene.drawing.width < 600


def test_trees_have_no_crossings() -> None:
    random = Random(1)
    components = [component(GridConnectionPoint, 1)]
    components += [component(SolarInverter, number, f"PV {number}") for number in range(2, 120)]
    ends = [(random.randint(max(1, number // 3), number - 1), number) for number in range(2, 120)]
    scene = prepare(State(components=components, connections=connections(*ends)), fold=False)
    assert count_crossings(scene.drawing) == 0


def test_grid_connection_points_are_side_by_side_at_the_top() -> None:
    components = [component(GridConnectionPoint, 1), component(GridConnectionPoint, 2)]
    components += [component(Meter, number) for number in (3, 4, 5)]
    scene = prepare(
        State(
            components=components, connections=connections((1, 3), (3, 4), (2, 4), (4, 5), (5, 2))
        )
    )
    height = {scene.network.nodes[it.node].id: it.y for it in scene.drawing.placed}
    assert height[1] == height[2] < height[3] < height[4] < height[5]


def test_nets_that_would_lie_on_each_other_step_aside() -> None:
    one, other = Net(upper=[0], lower=[40]), Net(upper=[40], lower=[0])
    assert assign_tracks({"one": one, "other": other}) == 3
    assert len(one.detours) + len(other.detours) == 1


def test_lines_down_come_before_lines_to_the_side() -> None:
    above, below = Net(upper=[0], lower=[100]), Net(upper=[100], lower=[200])
    assert assign_tracks({"below": Net(upper=[100], lower=[200]), "above": above}) == 2
    assert assign_tracks({"below": below, "above": above}) == 2
    assert below.track < above.track
