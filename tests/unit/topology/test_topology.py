"""Topologies: queries, faults as values, what-if, and time."""

import copy
import pickle
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from math import inf, nan, sqrt
from typing import Any, Final

import numpy as np
import pytest
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from hypothesis import given
from hypothesis import strategies as st

from frequenz.client.assets import Lifetime
from frequenz.client.assets.electrical_component import (
    ElectricalComponent,
    ElectricalComponentCategory,
    ElectricalComponentOperationalMode,
    MismatchedCategoryComponent,
)
from frequenz.client.assets.findings import Rule
from frequenz.client.assets.metrics import Bounds, Metric
from frequenz.client.assets.topology import (
    Change,
    RatedPower,
    Topology,
    changes,
    rated_power_bounds,
    rated_power_by_category,
)

from ..small_sites import DAY, START, component, connection, site_of

Category: Final = ElectricalComponentCategory
LATER: Final = START + DAY


def topology(letters: str, ends: str = "") -> Topology:
    return Topology(*site_of(letters, ends))


def ids(components: Iterable[ElectricalComponent]) -> list[int]:
    return [int(it.id) for it in components]


DEPOT: Final = topology("GMMsMbBMEEW", "1-2 2-3 3-4 2-5 5-6 6-7 2-8 8-9 8-10 2-11")
"""A grid meter, meters for PV, a battery and two chargers, and a wind turbine without a meter."""


def test_neighbors_are_in_the_order_of_the_connections() -> None:
    site = topology("GMMMM", "1-2 2-5 2-3 2-4 3-4")
    assert ids(site.grid_connection_points) == [1]
    assert ids(site.successors(2)) == [5, 3, 4]
    assert ids(site.predecessors(4)) == [2, 3]
    assert ids(site.predecessors(1)) == []


@pytest.mark.parametrize("wrong", [2.9, "2", True, None])
def test_nothing_but_an_id_is_taken_for_one(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"^component_id: expected an ElectricalComponentId or an "):
        DEPOT.behind(wrong)


def test_ids_may_be_of_any_type_of_integers() -> None:
    from_table: Any = np.uint64(2)
    assert DEPOT.component(from_table) == DEPOT.component(2)


def test_parts_of_another_type_are_refused_by_their_position() -> None:
    parts: Any = (*DEPOT.components[:2], *DEPOT.connections)
    with pytest.raises(TypeError, match=r"^components\[2\]: expected ElectricalComponent, got "):
        Topology(parts, [])
    with pytest.raises(TypeError, match=r"^connections\[0\]: expected ComponentConnection, got "):
        Topology([], parts)
    nothing: Any = None
    with pytest.raises(TypeError, match=r"^components: expected ElectricalComponent objects, got "):
        Topology(nothing, nothing)


def test_a_mode_of_another_type_is_refused() -> None:
    wrong: Any = "inactive"
    with pytest.raises(TypeError, match=r"^mode: expected an ElectricalComponentOperationalMode, "):
        DEPOT.with_mode(wrong, 2)


def test_ids_may_be_numbers() -> None:
    assert DEPOT.behind(5) == DEPOT.behind(ElectricalComponentId(5))
    assert DEPOT.component(7) is DEPOT.components[6]


def test_everything_behind_a_component_is_without_itself() -> None:
    assert ids(DEPOT.behind(2)) == [3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert ids(DEPOT.behind(5)) == [6, 7]
    assert ids(DEPOT.behind(7)) == []
    assert ids(topology("GMM", "1-2 2-3 3-2").behind(2)) == [3]


def test_the_path_to_the_grid_has_both_ends_and_the_fewest_connections() -> None:
    site = topology("GMMMM", "1-2 2-3 3-4 2-4 4-5")
    assert ids(site.path_to_grid(5)) == [5, 4, 2, 1]
    assert ids(site.path_to_grid(1)) == [1]
    assert ids(topology("GMM", "1-2").path_to_grid(3)) == []
    assert ids(topology("MM", "1-2").path_to_grid(2)) == []


def test_levels_count_the_fewest_connections_from_the_grid() -> None:
    site = topology("GMMMGMM", "1-2 2-3 1-3 3-4 5-4")
    assert [*map(ids, site.levels)] == [[1, 5], [2, 3, 4]]
    assert topology("MM", "1-2").levels == ()


QUERIES: Final = (
    *("component", "predecessors", "successors", "behind", "path_to_grid", "measurement"),
    *("rated_power_behind", "fuse_load", "without"),
)


@pytest.mark.parametrize("query", QUERIES)
def test_an_unknown_component_is_named(query: str) -> None:
    with pytest.raises(LookupError, match="component_id: there is no component 99"):
        getattr(DEPOT, query)(99)


# Faults -------------------------------------------------------------------------------------------


def test_faults_are_values() -> None:
    parts = site_of("GMMMMMM", "1-2 2-3 3-2 3-2 4-5 6-9")
    site = Topology([*parts[0], component("s", 2)], parts[1])
    assert [*map(ids, site.cycles)] == [[2, 3]]
    assert [*map(ids, site.islands)] == [[4, 5], [6], [7]]
    assert [*map(str, site.dangling_connections)] == ["CID6->CID9"]
    assert [[str(it) for it in group] for group in site.parallel_connections] == [
        ["CID2->CID3", "CID3->CID2", "CID3->CID2"]
    ]
    assert ids(site.duplicates) == [2]
    assert site.duplicates[0] is site.components[-1]
    assert site.component(2) is site.components[1]
    assert ids(topology("GMG", "1-2 3-2").grid_connection_points) == [1, 3]
    assert {it.rule for it in site.findings} == {
        *(Rule.ID_TAKEN, Rule.CONNECTION_TWICE, Rule.NO_SUCH_COMPONENT),
        *(Rule.UNREACHABLE, Rule.CYCLE),
    }


def test_findings_name_their_entity() -> None:
    assert [*map(str, topology("GMB", "1-2 2-3").findings)] == [
        "component 3: connections: a battery cannot be directly behind a meter (component 2);"
        " there are no power formulas"
    ]
    assert [*map(str, topology("MM", "2-1").findings)] == [
        "microgrid 1: components: no grid connection point: an island, or incomplete data; there"
        " are no power formulas"
    ]
    assert [it.entity for it in Topology([], []).findings] == ["microgrid"]
    assert [it.entity for it in topology("GM", "1-2 2-9").findings] == ["connection 2 -> 9"]
    assert DEPOT.findings == ()


UNCERTAIN: Final[dict[str, tuple[Any, Rule]]] = {
    "u": ({}, Rule.UNSPECIFIED),
    "U": ({"category": 99}, Rule.UNRECOGNIZED),
    "X": ({"type": 99}, Rule.UNRECOGNIZED),
    "?": ({}, Rule.UNSPECIFIED),
}


@pytest.mark.parametrize("letter", UNCERTAIN)
def test_components_of_uncertain_kind_have_a_finding(letter: str) -> None:
    fields, rule = UNCERTAIN[letter]
    parts, connections = site_of("GM", "1-2 2-3")
    site = Topology([*parts, component(letter, 3, **fields)], connections)
    assert [it.rule for it in site.findings] == [rule]


def test_a_component_of_a_bare_mismatched_class_has_a_finding() -> None:
    parts, connections = site_of("GM", "1-2 2-3")
    mismatched = MismatchedCategoryComponent(
        id=ElectricalComponentId(3), microgrid_id=parts[0].microgrid_id, category=Category.CHP
    )
    found = Topology([*parts, mismatched], connections).findings
    assert [it.rule for it in found] == [Rule.CATEGORY_DATA_FOREIGN]


# Measuring ----------------------------------------------------------------------------------------

MEASURED: Final[dict[str, tuple[Topology, int, str | None]]] = {
    "a meter": (DEPOT, 2, "#2"),
    "behind a meter of its own": (DEPOT, 4, "#3"),
    "a battery, by the meter of its inverter": (DEPOT, 7, "#5"),
    "by difference": (DEPOT, 11, "#2 - #3 - #5 - #8"),
    "two behind one meter": (DEPOT, 9, None),
    "the grid, by the meter behind it": (DEPOT, 1, "#2"),
    "the grid, by two meters": (topology("GMM", "1-2 1-3"), 1, "#2 + #3"),
    "the grid, with a device without a meter": (topology("GMs", "1-2 1-3"), 1, None),
    "a transformer with meters behind it": (topology("GTMMs", "1-2 2-3 2-4 1-5"), 2, "#3 + #4"),
    "a device behind a breaker": (topology("GMKs", "1-2 2-3 3-4"), 4, "#2"),
    "a device beside a breaker with a meter": (topology("GMKMs", "1-2 2-3 3-4 2-5"), 5, "#2 - #4"),
    "a device beside a breaker with two devices": (
        topology("GMKssE", "1-2 2-3 3-4 3-5 2-6"),
        6,
        None,
    ),
    "fed by two meters": (topology("GMMs", "1-2 1-3 2-4 3-4"), 4, "#2 + #3"),
    "beside a device fed by two meters": (topology("GMMsE", "1-2 1-3 2-4 3-4 2-5"), 5, None),
    "on the grid without a meter": (topology("GE", "1-2"), 2, None),
    "connected to nothing": (topology("GME", "1-2"), 3, None),
    "behind a device, whose meter measures both": (topology("GMEW", "1-2 2-3 3-4"), 4, None),
    "one of two batteries of an inverter": (topology("GMbBB", "1-2 2-3 3-4 3-5"), 4, None),
    "a battery of two inverters with meters": (
        topology("GMMbbB", "1-2 1-3 2-4 3-5 4-6 5-6"),
        6,
        "#2 + #3",
    ),
    "in a cycle": (topology("GMKKE", "1-2 2-3 3-4 4-3 4-5"), 5, None),
}


@pytest.mark.parametrize("name", MEASURED)
def test_meters_measure_a_component(name: str) -> None:
    site, number, expected = MEASURED[name]
    found = site.measurement(number)
    assert (None if found is None else str(found)) == expected
    if found:
        assert found.is_direct is ("-" not in str(found))
    assert (site.component(number) in site.unmetered) is (expected is None)


def test_components_without_a_meter_are_listed() -> None:
    assert ids(DEPOT.unmetered) == [9, 10]


def rated(letter: str, number: int, lower: float | None, upper: float | None) -> Any:
    bounds = {Metric.AC_POWER_ACTIVE: Bounds(lower=lower, upper=upper)}
    return component(letter, number, rated_bounds=bounds)


def test_rated_power_is_by_category_and_direction() -> None:
    battery = component("B", 6, rated_bounds={Metric.DC_POWER: Bounds(lower=-7.0, upper=8.0)})
    grid, meter = site_of("GM", "")[0]
    devices = [rated("s", 3, -10.0, 0.0), rated("s", 4, -5.0, None), rated("b", 5, -9.0, 6.0)]
    ends = site_of("", "1-2 2-3 2-4 2-5 5-6")[1]
    site = Topology([grid, meter, *devices, battery], ends)
    assert site.rated_power_behind(1) == {
        Category.METER: RatedPower(1, 0.0, 0.0, (meter,)),
        Category.INVERTER: RatedPower(3, 6.0, 24.0, (devices[1],)),
        Category.BATTERY: RatedPower(1, 8.0, 7.0),
    }
    assert site.rated_power_behind(6) == {}


def test_a_missing_or_infinite_active_power_leaves_the_dc_power() -> None:
    dc = Bounds(lower=-7.0, upper=8.0)
    unbounded = Bounds(lower=None, upper=inf)
    both = {Metric.AC_POWER_ACTIVE: unbounded, Metric.DC_POWER: dc}
    half = {Metric.AC_POWER_ACTIVE: Bounds(lower=nan, upper=5.0), Metric.DC_POWER: dc}
    assert rated_power_bounds(component("b", 1, rated_bounds=both)) is dc
    assert rated_power_bounds(component("b", 1, rated_bounds=half)) == Bounds(upper=5.0)
    assert rated_power_bounds(component("b", 1, rated_bounds={Metric.DC_POWER: unbounded})) is None
    assert rated_power_bounds(component("b", 1)) is None


def test_rated_powers_need_no_connections() -> None:
    unknown = [
        component("U", it, category=int("1000"), rated_bounds={Metric.DC_POWER: Bounds(upper=2.0)})
        for it in (1, 2)
    ]
    inverter = rated("s", 3, -10.0, 0.0)
    assert rated_power_by_category([*unknown, inverter]) == {
        1000: RatedPower(2, 4.0, 0.0, (unknown[0], unknown[1])),
        Category.INVERTER: RatedPower(1, 0.0, 10.0),
    }
    assert rated_power_by_category([]) == {}


def test_the_fuse_is_compared_with_the_outermost_devices() -> None:
    grid, meter, breaker, charger = site_of("GMKE", "")[0]
    devices = [rated("b", 5, -200e3, 50e3), rated("B", 6, -1e6, 1e6), rated("s", 7, -1e3, 0.0)]
    ends = site_of("", "1-2 2-3 3-4 2-5 5-6 2-7")[1]
    site = Topology([grid, meter, breaker, charger, *devices], ends)

    load = site.fuse_load()

    assert load == site.fuse_load(1, line_voltage=400)
    assert (load.grid_connection_point, load.fuse) == (grid, 100)
    assert ids(load.devices) == [5, 7]
    assert ids(load.unrated) == [4]
    assert load.production == pytest.approx(201e3 / 400 / sqrt(3))
    assert load.consumption == pytest.approx(50e3 / 400 / sqrt(3))
    assert load.is_exceeded is True
    assert site.fuse_load(line_voltage=20_000).is_exceeded is False


def test_a_fuse_may_be_unknown() -> None:
    grid = component("G", 1, rated_fuse_current=0)
    load = Topology([grid], []).fuse_load()
    assert (load.fuse, load.is_exceeded, load.consumption) == (None, None, 0)


def test_the_fuse_needs_a_grid_connection_point_and_a_voltage() -> None:
    with pytest.raises(LookupError, match="component_id: 2 grid connection points to choose from"):
        topology("GMG", "1-2 3-2").fuse_load()
    with pytest.raises(ValueError, match=r"component_id: .* is not a grid connection point"):
        DEPOT.fuse_load(2)
    with pytest.raises(ValueError, match="line_voltage: expected a positive number of volts"):
        DEPOT.fuse_load(line_voltage=0)


# What if ------------------------------------------------------------------------------------------


def test_a_topology_without_a_component_has_none_of_its_connections() -> None:
    without = DEPOT.without(3, ElectricalComponentId(9))
    assert ids(without.components) == [1, 2, 4, 5, 6, 7, 8, 10, 11]
    assert [*map(str, without.connections)] == [
        *("CID1->CID2", "CID2->CID5", "CID5->CID6", "CID6->CID7", "CID2->CID8"),
        *("CID8->CID10", "CID2->CID11"),
    ]
    assert [str(it.rule.id) for it in without.findings] == ["unreachable"]
    assert len(DEPOT.components) == 11


def test_a_topology_without_a_connection_keeps_the_components() -> None:
    removed = connection(2, 11)
    without = DEPOT.without(removed)
    assert without.components == DEPOT.components
    assert ids(without.successors(2)) == [3, 5, 8]
    with pytest.raises(LookupError, match="there is no connection CID2->CID11"):
        without.without(removed)


def test_a_topology_can_have_more() -> None:
    more = DEPOT.without(11).adding(component("M", 12), connection(2, 12))
    assert ids(more.successors(2)) == [3, 5, 8, 12]
    assert more.findings == ()
    wrong: Any = 5
    with pytest.raises(TypeError, match="parts: expected a component or connection, got 5"):
        more.adding(wrong)


def test_a_topology_can_have_other_modes() -> None:
    mode = ElectricalComponentOperationalMode.INACTIVE
    changed = DEPOT.with_mode(mode, 4, 9)
    assert ids(it for it in changed.components if it.operational_mode is mode) == [4, 9]
    assert changed.component(3) is DEPOT.component(3)


# Time ---------------------------------------------------------------------------------------------


def lasting(letter: str, number: int, *, start: Any = None, end: Any = None) -> ElectricalComponent:
    return component(letter, number, operational_lifetime=Lifetime(start=start, end=end))


REPLACED: Final = Topology(
    [
        *site_of("GM", "")[0],
        lasting("s", 3, end=LATER),
        lasting("s", 4, start=LATER),
    ],
    site_of("", "1-2 2-3 2-4")[1],
)
"""An inverter that another one replaces."""


def test_only_what_is_operational_counts() -> None:
    assert ids(REPLACED.components) == [1, 2, 3, 4]
    before, after = REPLACED.as_of(START), REPLACED.as_of(LATER + DAY)
    assert (ids(before.components), ids(after.components)) == ([1, 2, 3], [1, 2, 4])
    assert [*map(str, after.connections)] == ["CID1->CID2", "CID2->CID4"]
    assert after.findings == ()
    assert after.at == LATER + DAY
    assert after.as_of(START) == before
    assert after.as_of(None) == REPLACED


def test_what_if_remembers_the_moment_and_what_is_not_operational() -> None:
    then = REPLACED.as_of(START).without(3)
    assert (ids(then.components), then.at) == ([1, 2], START)
    assert ids(then.as_of(LATER + DAY).components) == [1, 2, 4]


def test_a_connection_to_an_unknown_component_is_still_dangling_at_a_moment() -> None:
    assert len(topology("GM", "1-2 2-9").as_of(START).dangling_connections) == 1


def test_a_moment_needs_a_time_zone() -> None:
    with pytest.raises(ValueError, match=r"at: expected a time with a time zone, got datetime"):
        DEPOT.as_of(datetime(2024, 1, 1))


@pytest.mark.parametrize("wrong", ["2024", date(2024, 1, 1), 0], ids=["text", "date", "number"])
def test_a_moment_is_a_datetime(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"^at: expected a datetime, got "):
        DEPOT.as_of(wrong)


def test_something_else_than_components_is_refused() -> None:
    number: Any = 5
    with pytest.raises(TypeError, match=r"^components: expected ElectricalComponent objects, got "):
        changes(number, number)
    with pytest.raises(TypeError, match=r"^connections\[0\]: expected ComponentConnection, got 5"):
        changes([], [number])
    with pytest.raises(TypeError, match=r"^component: expected an ElectricalComponent, got 5"):
        rated_power_bounds(number)


def test_changes_are_the_moments_of_lifetimes() -> None:
    zone = timezone(timedelta(hours=1))
    old = lasting("s", 3, start=START, end=LATER.astimezone(zone))
    new = lasting("s", 4, start=LATER)
    wire = connection(2, 4, Lifetime(start=LATER))
    parts = [*site_of("GM", "")[0], old, new]
    assert changes(parts, [wire]) == (
        Change(START, (old,), ()),
        Change(LATER, (new, wire), (old,)),
    )
    assert Topology(parts, [wire], at=START).changes() == changes(parts, [wire])
    assert all(it.moment.tzinfo is UTC for it in changes(parts, [wire]))


# A value ------------------------------------------------------------------------------------------


def test_a_topology_is_a_value() -> None:
    again = topology("GMMsMbBMEEW", "1-2 2-3 3-4 2-5 5-6 6-7 2-8 8-9 8-10 2-11")
    for other in (again, copy.copy(DEPOT), copy.deepcopy(DEPOT), pickle.loads(pickle.dumps(DEPOT))):
        assert other == DEPOT
        assert hash(other) == hash(DEPOT)
    assert DEPOT.without(11) != DEPOT
    assert DEPOT.as_of(START) != DEPOT
    assert DEPOT != 1
    assert repr(DEPOT) == "<Topology of 11 components and 10 connections>"
    assert repr(DEPOT.as_of(START)).endswith(" at 2024-01-01 00:00:00+00:00>")


def test_a_topology_is_immutable() -> None:
    with pytest.raises(AttributeError, match="cannot assign to 'at'"):
        DEPOT.at = START
    with pytest.raises(AttributeError, match="cannot delete 'at'"):
        del DEPOT.at


def test_a_chain_of_any_length_can_be_queried() -> None:
    length = 10_000
    ends = " ".join(f"{one}-{other}" for one, other in pairwise(range(1, length + 1)))
    chain = topology("G" + "K" * (length - 2) + "M", ends)
    assert len(chain.path_to_grid(length)) == length
    assert len(chain.levels) == length
    assert str(chain.measurement(1)) == f"#{length}"
    assert chain.findings == ()


# Any graph ----------------------------------------------------------------------------------------

_IDS: Final = st.integers(1, 8)
_COMPONENTS: Final = st.lists(st.tuples(st.sampled_from("GMKbBsEWu"), _IDS), max_size=9)
_ENDS: Final = st.lists(st.tuples(_IDS, _IDS).filter(lambda ends: ends[0] != ends[1]), max_size=14)


@given(_COMPONENTS, _ENDS)
def test_any_graph_can_be_queried(listed: Any, ends: Any) -> None:
    parts = [component(letter, number) for letter, number in listed]
    site = Topology(parts, [connection(*pair) for pair in ends])
    known = {number for _, number in listed}
    edges = [(one, other) for one, other in ends if {one, other} <= known]

    for number in known:
        reached = _reach(number, edges)
        assert set(ids(site.behind(number))) == reached - {number}
        path = ids(site.path_to_grid(number))
        assert all((after, before) in edges for before, after in pairwise(path))
        points = {int(it.id) for it in site.grid_connection_points} & known
        if path:
            assert path[0] == number
            assert path[-1] in points
        else:
            assert not any(number in _reach(point, edges) for point in points)
        site.measurement(number)
        site.rated_power_behind(number)
    on_cycles = {
        number
        for number in known
        if any(number in _reach(b, edges) for a, b in edges if a == number)
    }
    for cycle in map(ids, site.cycles):
        assert all(pair in edges for pair in pairwise([*cycle, cycle[0]]))
    assert bool(site.cycles) is bool(on_cycles)
    island_members = [number for island in site.islands for number in ids(island)]
    assert len(island_members) == len(set(island_members))
    assert {Rule.CYCLE} & {it.rule for it in site.findings} == (
        {Rule.CYCLE} if on_cycles else set()
    )


def _reach(start: int, edges: list[tuple[int, int]]) -> set[int]:
    reached, before = {start}, 0
    while len(reached) != before:
        before = len(reached)
        reached |= {other for one, other in edges if one in reached}
    return reached


# Large graphs: nothing may take quadratic time ----------------------------------------------------

LONG: Final = 5000


def hours(number: int) -> Lifetime:
    """Return lifetimes that do not overlap."""
    start = START + DAY * number
    return Lifetime(start=start, end=start + DAY / 2)


def _disjoint_points() -> Topology:
    points = [component("G", it, operational_lifetime=hours(it)) for it in range(1, LONG)]
    return Topology(
        [*points, component("M", LONG)], [connection(it, LONG) for it in range(1, LONG)]
    )


def _disjoint_connections() -> Topology:
    connections = [connection(1, 2, hours(it)) for it in range(LONG)]
    return Topology(site_of("GM", "")[0], connections)


def _chain(*, back: bool) -> Topology:
    pairs = pairwise(range(1, LONG + 1))
    ends = [(other, one) if back else (one, other) for one, other in pairs]
    parts = [component("G" if it == 1 else "M", it) for it in range(1, LONG + 1)]
    return Topology(parts, [connection(*pair) for pair in ends])


LARGE: Final = {
    "points": (_disjoint_points, [Rule.NO_GRID_CONNECTION_POINT]),
    "connections": (
        _disjoint_connections,
        [Rule.UNREACHABLE_AT_TIMES, Rule.NOTHING_BEHIND_GRID_CONNECTION_POINT],
    ),
    "a chain": (lambda: _chain(back=False), []),
    "a reversed chain": (lambda: _chain(back=True), [Rule.CONNECTION_REVERSED] * (LONG - 1)),
}


@pytest.mark.parametrize("name", LARGE)
def test_large_graphs_can_be_checked(name: str) -> None:
    build, rules = LARGE[name]
    assert [it.rule for it in build().findings] == rules
