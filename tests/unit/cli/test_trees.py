"""Component graphs as trees: where components appear, and their marks."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

import pytest
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from hypothesis import given
from hypothesis import strategies as st

from frequenz.client.assets import Lifetime
from frequenz.client.assets.cli.showing.trees import (
    Branch,
    Elsewhere,
    Mark,
    build_trees,
    walk,
)
from frequenz.client.assets.electrical_component import (
    ComponentConnection,
    ElectricalComponent,
    ElectricalComponentOperationalMode,
    GridConnectionPoint,
    Meter,
)

NOW: Final = datetime(2024, 5, 17, 8, 30, tzinfo=UTC)
DAY: Final = timedelta(days=1)
PAST: Final = Lifetime(end=NOW - DAY)
FUTURE: Final = Lifetime(start=NOW + DAY)
MICROGRID: Final = MicrogridId(1)

ARROWS: Final = {None: "", Elsewhere.ABOVE: "↑", Elsewhere.BELOW: "↓"}


def point(number: int) -> ElectricalComponent:
    return GridConnectionPoint(
        id=ElectricalComponentId(number), microgrid_id=MICROGRID, rated_fuse_current=100
    )


def meter(number: int, **fields: Any) -> ElectricalComponent:
    return Meter(id=ElectricalComponentId(number), microgrid_id=MICROGRID, **fields)


def wire(source: int, destination: int, lifetime: Lifetime = Lifetime()) -> ComponentConnection:  # noqa: B008 - frozen
    return ComponentConnection(
        source=ElectricalComponentId(source),
        destination=ElectricalComponentId(destination),
        operational_lifetime=lifetime,
    )


def drawn(
    components: Iterable[ElectricalComponent],
    connections: Iterable[ComponentConnection],
    max_levels: int = 32,
) -> list[str]:
    """Return a line for each branch: dots for its depth, arrow and ID, and marks."""
    return [
        " ".join(
            (
                f"{'.' * depth}{ARROWS[branch.elsewhere]}{int(branch.component_id)}",
                *(mark.name for mark in branch.marks),
            )
        )
        for depth, branch in walk(build_trees(components, connections, NOW, max_levels))
    ]


WIRE: Final = wire(1, 2)

GRAPHS: Final[dict[str, tuple[list[Any], list[Any], list[str]]]] = {
    "nothing": ([], [], []),
    "in the order of the connections": (
        [meter(3), meter(2), point(1), meter(4)],
        [wire(1, 2), wire(2, 4), wire(2, 3)],
        ["1", ".2", "..4", "..3"],
    ),
    "several paths: once, and references": (
        [point(1), meter(2), meter(3), meter(4)],
        [wire(1, 2), wire(1, 3), wire(2, 4), wire(3, 4)],
        ["1", ".2", "..4", ".3", "..↑4"],
    ),
    "the same connection twice": (
        [point(1), meter(2), meter(3)],
        [wire(1, 2), wire(1, 2), wire(2, 3)],
        ["1", ".2", "..3", ".↑2"],
    ),
    "the very same object twice": (
        [point(1), meter(2)],
        [WIRE, WIRE],
        ["1", ".2", ".↑2"],
    ),
    "a cycle": (
        [point(1), meter(2), meter(3)],
        [wire(1, 2), wire(2, 3), wire(3, 2)],
        ["1", ".2", "..3", "...↑2 CYCLE"],
    ),
    "a cycle to the grid": (
        [point(1), meter(2)],
        [wire(1, 2), wire(2, 1)],
        ["1", ".2", "..↑1 CYCLE"],
    ),
    "a former connection within a cycle": (
        [point(1), meter(2), meter(3), meter(4)],
        [wire(1, 2), wire(2, 3), wire(3, 4), wire(4, 2), wire(2, 4, PAST)],
        ["1", ".2", "..3", "...4", "....↑2 CYCLE", "..↑4 CONNECTION_ENDED"],
    ),
    "two cycles with a connection in common": (
        [point(1), meter(2), meter(3), meter(4)],
        [wire(1, 2), wire(2, 3), wire(3, 4), wire(4, 2), wire(2, 4)],
        ["1", ".2", "..3", "...4", "....↑2 CYCLE", "..↑4 CYCLE"],
    ),
    "a cycle that nothing leads to": (
        [point(1), meter(2), meter(3)],
        [wire(3, 2), wire(2, 3)],
        ["1", "2 UNCONNECTED", ".3 UNCONNECTED", "..↑2 CYCLE"],
    ),
    "unconnected, with the components below": (
        [meter(5), meter(4), point(1), meter(2)],
        [wire(1, 2), wire(4, 5), wire(5, 2)],
        ["1", ".2", "4 UNCONNECTED", ".5 UNCONNECTED", "..↑2"],
    ),
    "several grid connection points": (
        [point(2), point(1), meter(3)],
        [wire(1, 3), wire(2, 3)],
        ["2", ".3", "1", ".↑3"],
    ),
    "an island is connected, except for single components": (
        [meter(1), meter(2), meter(3)],
        [wire(1, 2)],
        ["1", ".2", "3 UNCONNECTED"],
    ),
    "connections that exist now come first": (
        [point(1), meter(2), meter(3), meter(4)],
        [wire(1, 2), wire(2, 4, PAST), wire(1, 3), wire(3, 4)],
        ["1", ".2", "..↓4 CONNECTION_ENDED", ".3", "..4"],
    ),
    "connections that do not exist now are used where no others lead": (
        [point(1), meter(2), meter(3), meter(4)],
        [wire(1, 2, PAST), wire(2, 3), wire(1, 4, FUTURE)],
        ["1", ".2 CONNECTION_ENDED", "..3", ".4 CONNECTION_NOT_STARTED"],
    ),
    "a former connection back is not a cycle": (
        [point(1), meter(2)],
        [wire(1, 2), wire(2, 1, PAST)],
        ["1", ".2", "..↑1 CONNECTION_ENDED"],
    ),
    "not in use": (
        [
            point(1),
            meter(2, operational_mode=ElectricalComponentOperationalMode.INACTIVE),
            meter(3, operational_lifetime=PAST),
            meter(4, operational_lifetime=FUTURE),
        ],
        [wire(1, 2), wire(1, 3), wire(1, 4)],
        ["1", ".2 INACTIVE", ".3 ENDED", ".4 NOT_STARTED"],
    ),
    "an id given twice": (
        [point(1), meter(2), meter(2), meter(3)],
        [wire(1, 2), wire(2, 3)],
        ["1", ".2 SAME_ID", "..3", ".2 SAME_ID"],
    ),
    "only connections refer to it": (
        [point(1), meter(2)],
        [wire(1, 9), wire(8, 2)],
        ["1", ".9 NO_SUCH_COMPONENT", "8 NO_SUCH_COMPONENT", ".2 UNCONNECTED"],
    ),
    "the ends of a lifetime are part of it": (
        [point(1), meter(2, operational_lifetime=Lifetime(start=NOW, end=NOW))],
        [wire(1, 2)],
        ["1", ".2"],
    ),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_a_graph_is_drawn(name: str) -> None:
    components, connections, expected = GRAPHS[name]
    assert drawn(components, connections) == expected


def test_a_deep_branch_continues_as_a_tree_of_its_own() -> None:
    chain = [point(1), *map(meter, range(2, 8))]
    connections = [wire(source, source + 1) for source in range(1, 7)]

    assert drawn(chain, connections, max_levels=3) == [
        *("1", ".2", "..↓3"),
        *("3", ".4", "..↓5"),
        *("5", ".6", "..7"),
    ]
    assert drawn(chain, connections, max_levels=7) == [f"{'.' * (n - 1)}{n}" for n in range(1, 8)]


def test_a_connection_back_into_an_earlier_tree_is_a_cycle() -> None:
    connections = [wire(1, 2), wire(2, 3), wire(3, 4), wire(4, 2)]

    lines = drawn([point(1), meter(2), meter(3), meter(4)], connections, max_levels=3)

    assert lines == ["1", ".2", "..↓3", "3", ".4", "..↑2 CYCLE"]


def test_a_chain_of_any_length_is_drawn() -> None:
    length = 10_000
    chain = [point(1), *map(meter, range(2, length + 1))]
    forest = build_trees(chain, [wire(*ends) for ends in pairwise(range(1, length + 1))], NOW)

    listed = [branch for _, branch in walk(forest) if branch.elsewhere is None]

    assert [int(branch.component_id) for branch in listed] == list(range(1, length + 1))
    assert max(depth for depth, _ in walk(forest)) == 31


_IDS: Final = st.integers(0, 6)
_LIFETIMES: Final = st.sampled_from([Lifetime(), Lifetime(), PAST, FUTURE])
_COMPONENTS: Final = st.lists(
    st.one_of(st.builds(point, _IDS), st.builds(meter, _IDS, operational_lifetime=_LIFETIMES)),
    max_size=8,
)
_CONNECTIONS: Final = st.lists(
    st.tuples(_IDS, _IDS, _LIFETIMES)
    .filter(lambda parts: parts[0] != parts[1])
    .map(lambda parts: wire(*parts)),
    max_size=12,
)


@given(_COMPONENTS, _CONNECTIONS, st.integers(2, 5))
def test_every_component_and_every_connection_appears_once(
    components: list[Any], connections: list[Any], max_levels: int
) -> None:
    walked = list(walk(build_trees(components, connections, NOW, max_levels)))
    here = [branch for _, branch in walked if branch.elsewhere is None]

    present = [branch.component for branch in here if branch.component]
    assert sorted(map(id, present)) == sorted(map(id, components))
    by_connection = {id(branch.connection): branch for _, branch in walked if branch.connection}
    assert by_connection.keys() == {id(connection) for connection in connections}
    assert all(depth < max_levels for depth, _ in walked)
    assert all(int(branch.component_id) == int(_end(branch)) for _, branch in walked)
    _check_arrows([branch for _, branch in walked])


def _end(branch: Branch) -> ElectricalComponentId:
    return branch.connection.destination if branch.connection else branch.component_id


def _check_arrows(branches: list[Branch]) -> None:
    first: dict[ElectricalComponentId, int] = {}
    for index, branch in enumerate(branches):
        if branch.elsewhere is None:
            first.setdefault(branch.component_id, index)
    for index, branch in enumerate(branches):
        if branch.elsewhere:
            is_above = first[branch.component_id] < index
            assert branch.elsewhere is (Elsewhere.ABOVE if is_above else Elsewhere.BELOW)


@given(_COMPONENTS, _CONNECTIONS)
def test_components_without_a_path_to_them_are_unconnected(
    components: list[Any], connections: list[Any]
) -> None:
    roots = {one.id for one in components if isinstance(one, GridConnectionPoint)}
    reached, before = set(roots), -1
    while len(reached) != before:
        before = len(reached)
        reached |= {one.destination for one in connections if one.source in reached}
    if not roots:
        reached = {end for one in connections for end in (one.source, one.destination)}

    branches = [branch for _, branch in walk(build_trees(components, connections, NOW))]

    marked = {branch.component_id for branch in branches if Mark.UNCONNECTED in branch.marks}
    assert marked == {one.id for one in components} - reached
