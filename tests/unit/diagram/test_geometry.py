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
    Breaker,
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
from frequenz.client.assets.topology._diagram.symbols import HALF
from frequenz.server.assets.demo import FLEETS

from .sites import component, connections, near_trees

Site = tuple[list[ElectricalComponent], list[ComponentConnection]]

_SITES = [fleet.Site.of(site) for site in inventory.read_all(FLEETS).sites]


@pytest.mark.timeout(240)  # 20 s alone
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
        if source.is_lying or destination.is_lying:
            ends = [points[0], points[-1]] if source.is_lying else [points[-1], points[0]]
            coupler, section = (source, destination) if source.is_lying else (destination, source)
            assert ends[0][1] == coupler.y
            assert abs(ends[0][0] - coupler.x) == HALF
            assert ends[1] == (section.x, section.y + section.symbol.bottom)
        else:
            assert points[0] == (source.x, source.y + source.symbol.bottom)
            assert points[-1] == (destination.x, destination.y + destination.symbol.top)


_SECTIONS = [
    component(GridConnectionPoint, 1),
    component(GridConnectionPoint, 2),
    *(component(Meter, number) for number in range(3, 20)),
    component(Breaker, 20, "Coupler"),
    component(Breaker, 21, "Second coupler with a long name"),
    component(Breaker, 22),
]
_FEEDERS = [(1, 3), (2, 4), (3, 6), (3, 7), (4, 8), (4, 9)]


def test_a_coupler_lies_between_busbars_that_are_side_by_side() -> None:
    ends = [*_FEEDERS, (2, 5), (5, 10), (5, 11), (3, 20), (20, 4), (4, 21), (21, 5)]
    state = State(components=_SECTIONS[:-1], connections=connections(*ends))
    scene = prepare(state)
    assert faults(scene) == []
    at = {scene.network.nodes[it.node].id: it for it in scene.drawing.placed}
    assert {number for number, it in at.items() if it.is_lying} == {20, 21}
    assert len({at[number].y for number in (3, 20, 4, 21, 5)}) == 1
    from_left = sorted((3, 20, 4, 21, 5), key=lambda number: at[number].x)
    assert from_left in ([3, 20, 4, 21, 5], [5, 21, 4, 20, 3])
    assert count_crossings(scene.drawing) == 0


@pytest.mark.parametrize(
    "ends",
    [
        [(1, 3), (3, 6), (3, 20), (20, 4), (4, 8), (4, 9)],
        [(1, 3), (2, 4), (3, 6), (3, 20), (20, 4)],
        [*_FEEDERS, (3, 20), (20, 4), (6, 4)],
        [*_FEEDERS, (3, 20), (20, 4), (3, 4)],
        [*_FEEDERS, (3, 20), (20, 4), (4, 3)],
        [*_FEEDERS, (3, 20), (20, 4), (20, 12)],
        [(2, 3), (3, 1), *_FEEDERS[2:], (1, 20), (20, 4)],
    ],
    ids=["one supply", "no busbar", "another way", "also without it", "cycle", "feeds", "grid"],
)
def test_other_breakers_stand(ends: list[tuple[int, int]]) -> None:
    used = {number for end in ends for number in end}
    own = [it for it in _SECTIONS if int(it.id) in used]
    scene = prepare(State(components=own, connections=connections(*ends)))
    assert faults(scene) == []
    assert not any(placed.is_lying for placed in scene.drawing.placed)


def test_two_couplers_between_the_same_busbars() -> None:
    ends = [*_FEEDERS, (3, 20), (20, 4), (3, 22), (22, 4)]
    own = [
        it
        for it in _SECTIONS
        if (int(it.id) not in {5, 21} and int(it.id) < 10) or int(it.id) in {20, 22}
    ]
    scene = prepare(State(components=own, connections=connections(*ends)))
    assert faults(scene) == []
    assert sum(placed.is_lying for placed in scene.drawing.placed) <= 1


def test_a_section_has_at_most_two_couplers_beside_it() -> None:
    sections = (3, 4, 5, 6)
    ends = [*((1, it) for it in sections), *((it, it + 4) for it in sections)]
    ends += [(3, 11), (4, 20), (20, 3), (5, 21), (21, 3), (6, 22), (22, 3)]
    used = {number for end in ends for number in end}
    own = [it for it in _SECTIONS if int(it.id) in used]
    scene = prepare(State(components=own, connections=connections(*ends)), fold=False)
    assert faults(scene) == []
    lying = {scene.network.nodes[it.node].id for it in scene.drawing.placed if it.is_lying}
    assert lying == {20, 21}


@settings(max_examples=200)
@given(st.data())
def test_couplers_in_random_networks(data: st.DataObject) -> None:
    count = data.draw(st.integers(2, 6))
    components = [component(GridConnectionPoint, 1)]
    ends = []
    for section in range(count):
        first = 10 * (section + 1)
        components.append(component(Meter, first, "Section" * data.draw(st.integers(0, 4))))
        ends.append((1, first))
        for load in range(first + 1, first + 1 + data.draw(st.integers(0, 3))):
            components.append(component(SolarInverter, load, "PV"))
            ends.append((first, load))
    ids = {int(it.id) for it in components}
    sections = st.sampled_from([10 * (number + 1) for number in range(count)])
    pairs = data.draw(st.lists(st.tuples(sections, sections), max_size=5))
    for number, (one, other) in enumerate(pairs, 200):
        name = data.draw(st.sampled_from([None, "Coupler", "The coupler of both sections"]))
        components.append(component(Breaker, number, name))
        ends += [(one, number), (number, other)]
    more = data.draw(st.lists(st.tuples(sections, sections), max_size=2))
    ends += [(one, other + 1) for one, other in more if other + 1 in ids]
    scene = prepare(State(components=components, connections=connections(*ends)), fold=False)
    assert faults(scene) == []
    assert whole_lines(scene).keys() == set(range(len(scene.network.edges)))


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
