"""What `check` finds in inventories, and in the fleets of the demo."""

import copy
import pickle
from collections.abc import Mapping
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given, settings

from frequenz.client.assets import inventory
from frequenz.client.assets.findings import Rule
from frequenz.client.assets.inventory import Checked, Inventory

from ..inventory_messages import LAST_SECOND, assert_reads_back, one_site, parsed
from .strategies import any_whole

GOOD = (
    "enterprise_id: 3\n"
    "  status: active\n"
    "  delivery_area: {code: 10YDE-VE-------2, code_type: europe_eic}\n"
    "  location: {latitude: 52.5, longitude: 13.4, country_code: DE}\n"
    "  create_timestamp: 2024-05-17T08:30:00Z\n"
)


def of_category(category: str, number: int, lifetime: str = "{}") -> str:
    """Return the text of a component without findings."""
    rest = f"operational_mode: telemetry_only, operational_lifetime: {lifetime}"
    own = ", rated_fuse_current: 63" if category == "grid_connection_point" else ""
    return f"{{id: {number}, category: {category}, {rest}{own}}}"


def meters(*numbers: int) -> str:
    """Return the keys for some meters without findings."""
    return f"components: [{', '.join(of_category('meter', number) for number in numbers)}]"


def site_of(number: int, keys: str = meters(9)) -> str:
    """Return the text of a site without findings, except for those of some keys."""
    return f"- id: {number}\n  {GOOD}  {keys}\n"


def findings_of(held: Inventory) -> list[str]:
    """Return everything that is wrong with an inventory, without positions.

    That a site has no grid connection point is not among it: most sites here are islands.
    """
    return [
        str(replace(found, position=None))
        for found in inventory.check(held)
        if found.finding.rule is not Rule.NO_GRID_CONNECTION_POINT
    ]


def graph(*components: str, connections: str = "[]") -> list[str]:
    """Return the text of one site with some components and connections."""
    return [site_of(1, f"components: [{', '.join(components)}]\n  connections: {connections}")]


def lasting(source: int, destination: int, start: int | None, end: int | None) -> str:
    """Return the text of a connection that exists from one year to another."""
    years = {"start": start, "end": end}
    ends = [f"{name}: {year}-01-01T00:00:00Z" for name, year in years.items() if year is not None]
    lifetime = f"operational_lifetime: {{{', '.join(ends)}}}"
    return f"{{source: {source}, destination: {destination}, {lifetime}}}"


METERS = tuple(of_category("meter", number) for number in (1, 2, 3, 4))
GRID = of_category("grid_connection_point", 10)
SECOND_GRID = of_category("grid_connection_point", 11)
TOWARDS = (
    "destination: leads towards the grid connection point (component 10); swap source and"
    " destination?"
)
UNTIL_2024 = "{end: 2024-01-01T00:00:00Z}"
SINCE_2024 = "{start: 2024-01-01T00:00:00Z}"
SINCE_2023 = "{start: 2023-01-01T00:00:00Z}"

GRAPHS: Mapping[str, tuple[list[str], list[str]]] = {
    "a tree below a grid connection point": (
        graph(GRID, *METERS, connections="[[10, 1], [1, 2], [1, 3], [3, 4]]"),
        [],
    ),
    "two paths to a component": (
        graph(GRID, *METERS[:3], connections="[[10, 1], [10, 2], [1, 3], [2, 3]]"),
        [],
    ),
    "an island": (graph(*METERS[:3], connections="[[1, 2], [1, 3]]"), []),
    "an island of two parts": (graph(*METERS, connections="[[1, 2], [3, 4]]"), []),
    "a component alone": (graph(METERS[0]), []),
    "no components": (
        [site_of(1, "sensors: []")],
        ["minor: {}components: missing; the microgrid has no components"],
    ),
    "components without connections": (
        graph(GRID, METERS[0]),
        ["minor: {}connections: missing; the components of the microgrid are not connected"],
    ),
    "a component that is not reachable": (
        graph(GRID, *METERS, connections="[[10, 1], [2, 3]]"),
        [
            f"major: {{}}component {number}: connections: never reachable from the grid"
            " connection point (component 10)"
            for number in (2, 3, 4)
        ],
    ),
    "the connection of the grid connection point reversed": (
        graph(GRID, *METERS, connections="[[1, 10], [1, 2], [2, 3], [2, 4]]"),
        [f"major: {{}}connection 1 -> 10: {TOWARDS}"],
    ),
    "a connection in the middle reversed": (
        graph(GRID, *METERS, connections="[[10, 1], [2, 1], [2, 3], [3, 4]]"),
        [f"major: {{}}connection 2 -> 1: {TOWARDS}"],
    ),
    "all connections of a branch reversed": (
        graph(GRID, *METERS, connections="[[3, 2], [2, 1], [10, 1]]"),
        [
            f"major: {{}}connection 2 -> 1: {TOWARDS}",
            f"major: {{}}connection 3 -> 2: {TOWARDS}",
            "major: {}component 4: connections: never reachable from the grid connection point"
            " (component 10)",
        ],
    ),
    "a component with two connections, both reversed": (
        graph(GRID, *METERS[:3], connections="[[10, 1], [10, 2], [3, 1], [3, 2]]"),
        [
            f"major: {{}}connection 3 -> 1: {TOWARDS}",
            "major: {}component 2: connections: is directly behind the grid connection point, and"
            " also behind component 3; there are no power formulas",
        ],
    ),
    "a component not reachable from two grid connection points": (
        graph(GRID, of_category("grid_connection_point", 11), *METERS[:2], connections="[[11, 1]]"),
        [
            "major: {}component 11: category: the microgrid has another grid connection point at"
            " the same time, component 10",
            "major: {}component 2: connections: never reachable from the grid connection"
            " points (components 10, 11)",
        ],
    ),
    "a component of an island alone": (
        graph(*METERS[:3], connections="[[1, 2]]"),
        ["major: {}component 3: connections: never reachable from any other component"],
    ),
    "three grid connection points": (
        graph(
            GRID,
            SECOND_GRID,
            of_category("grid_connection_point", 12),
            METERS[0],
            connections="[[10, 1]]",
        ),
        [
            "major: {}component 11: category: the microgrid has another grid connection point at"
            " the same time, component 10",
            "major: {}component 12: category: the microgrid has another grid connection point at"
            " the same time, component 10",
        ],
    ),
    "a grid connection point after another": (
        graph(
            of_category("grid_connection_point", 10, UNTIL_2024),
            of_category("grid_connection_point", 11, SINCE_2024),
            METERS[0],
            connections="[[10, 1], [11, 1]]",
        ),
        [],
    ),
    "a grid connection point before the other one goes": (
        graph(
            of_category("grid_connection_point", 10, UNTIL_2024),
            of_category("grid_connection_point", 11, SINCE_2023),
            METERS[0],
            connections="[[10, 1], [11, 1]]",
        ),
        [
            "major: {}component 11: category: the microgrid has another grid connection point at"
            " the same time, component 10"
        ],
    ),
    "both directions": (
        graph(*METERS[:2], connections="[[1, 2], [2, 1]]"),
        ["major: {}connection 2 -> 1: destination: closes the cycle 1 -> 2 -> 1"],
    ),
    "a cycle below": (
        graph(GRID, *METERS, connections="[[10, 1], [1, 2], [2, 3], [3, 4], [4, 2]]"),
        ["major: {}connection 4 -> 2: destination: closes the cycle 2 -> 3 -> 4 -> 2"],
    ),
    "two cycles": (
        graph(*METERS, connections="[[1, 2], [2, 1], [3, 4], [4, 3]]"),
        [
            "major: {}connection 2 -> 1: destination: closes the cycle 1 -> 2 -> 1",
            "major: {}connection 4 -> 3: destination: closes the cycle 3 -> 4 -> 3",
        ],
    ),
    "both directions, one after the other": (
        graph(
            *METERS[:2], connections=f"[{lasting(1, 2, None, 2024)}, {lasting(2, 1, 2024, None)}]"
        ),
        [],
    ),
    "both directions, at the same time for a year": (
        graph(
            *METERS[:2], connections=f"[{lasting(1, 2, None, 2024)}, {lasting(2, 1, 2023, None)}]"
        ),
        ["major: {}connection 2 -> 1: destination: closes the cycle 1 -> 2 -> 1"],
    ),
    "both directions, gone": (
        graph(
            *METERS[:2], connections=f"[{lasting(1, 2, 2020, 2024)}, {lasting(2, 1, 2023, 2025)}]"
        ),
        ["major: {}connection 2 -> 1: destination: closes the cycle 1 -> 2 -> 1"],
    ),
    "a cycle of which two connections never existed together": (
        graph(
            *METERS[:3],
            connections=(
                f"[[1, 2], {lasting(2, 3, None, 2023)}, {lasting(3, 1, 2024, None)}, [1, 3]]"
            ),
        ),
        ["major: {}connection 3 -> 1: destination: closes the cycle 1 -> 3 -> 1"],
    ),
    "a cycle with an unreadable lifetime": (
        graph(
            *METERS[:2],
            connections=(
                "[[1, 2], {source: 2, destination: 1,"
                " operational_lifetime: {start: {seconds: 0, nanos: -1}}}]"
            ),
        ),
        [
            "major: {}connection 2 -> 1: operational_lifetime.start: -1 nanoseconds are outside 0"
            " to 999999999; treated as always operational"
        ],
    ),
    "a connection twice": (
        graph(*METERS[:2], connections="[[1, 2], [1, 2]]"),
        [
            "major: {}connection 1 -> 2: destination: the connection is listed twice, for"
            " overlapping times"
        ],
    ),
    "a connection removed and added again": (
        graph(
            *METERS[:2], connections=f"[{lasting(1, 2, None, 2023)}, {lasting(1, 2, 2023, None)}]"
        ),
        [],
    ),
}


@pytest.mark.parametrize(("sites", "findings"), GRAPHS.values(), ids=GRAPHS)
def test_check_finds_what_is_wrong_with_the_graph(sites: list[str], findings: list[str]) -> None:
    held = parsed("version: 1\nmicrogrids:\n" + "".join(sites))
    assert findings_of(held) == [finding.format("microgrid 1: ") for finding in findings]


IN_TIME: Mapping[str, tuple[list[str], list[str]]] = {
    "an island": (
        graph(*METERS[:2], connections="[[1, 2]]"),
        ["minor: microgrid 1: components: no grid connection point: an island, or"],
    ),
    "no grid connection point any more": (
        graph(
            of_category("grid_connection_point", 10, UNTIL_2024),
            of_category("meter", 1, UNTIL_2024),
            METERS[1],
            connections="[[10, 1], [10, 2]]",
        ),
        ["components: no grid connection point from 2024-01-01 00:00:00 UTC: an island"],
    ),
    "a meter that starts after what is behind it": (
        graph(
            GRID,
            of_category("meter", 1, SINCE_2024),
            of_category("meter", 2, SINCE_2023),
            METERS[2],
            connections="[[10, 1], [1, 2], [10, 3]]",
        ),
        [
            "minor: microgrid 1: component 2: connections: not reachable from the grid connection"
            " point from 2023-01-01 00:00:00 UTC until 2024-01-01 00:00:00 UTC; then"
        ],
    ),
    "components that end with the meter in front of them": (
        graph(
            GRID,
            of_category("meter", 1, UNTIL_2024),
            of_category("meter", 2, UNTIL_2024),
            METERS[2],
            connections="[[10, 1], [1, 2], [10, 3]]",
        ),
        [],
    ),
    "an interruption": (
        graph(
            GRID,
            *METERS[:2],
            connections=f"[[10, 1], {lasting(1, 2, None, 2022)}, {lasting(1, 2, 2023, 2024)}]",
        ),
        ["until 2023-01-01 00:00:00 UTC (and later again); then"],
    ),
    "nothing behind the grid connection point until the meter starts": (
        graph(GRID, of_category("meter", 1, SINCE_2024), connections="[[10, 1]]"),
        ["component 10: connections: nothing is behind the grid connection point until 2024-01-01"],
    ),
    "a component without a lifetime before the grid connection point": (
        graph(
            of_category("grid_connection_point", 10, SINCE_2024),
            METERS[0].replace(", operational_lifetime: {}", ""),
            connections="[[10, 1]]",
        ),
        ["component 1: operational_lifetime: missing"],
    ),
}


@pytest.mark.parametrize(("sites", "findings"), IN_TIME.values(), ids=IN_TIME)
def test_check_finds_when_there_are_no_formulas(sites: list[str], findings: list[str]) -> None:
    checked = [*map(str, inventory.check(parsed("version: 1\nmicrogrids:\n" + "".join(sites))))]
    assert len(checked) == len(findings)
    for found, expected in zip(checked, findings, strict=True):
        assert expected in found


def one_graph(components: str, connections: list[str]) -> Inventory:
    """Return an inventory of one site."""
    keys = f"{components}\n  connections: [{', '.join(connections)}]"
    return parsed("version: 1\nmicrogrids:\n" + site_of(1, keys))


def test_a_deep_graph_can_be_checked() -> None:
    depth = 1500  # more than Python's recursion allows
    cycle = [f"[{number}, {number % depth + 1}]" for number in range(1, depth + 1)]
    (finding,) = findings_of(one_graph(meters(*range(1, depth + 1)), cycle))
    assert finding.endswith("cycle 1 -> 2 -> 3 -> ... 1495 more ... -> 1499 -> 1500 -> 1")


def test_only_connections_of_a_cycle_are_compared_at_each_end() -> None:
    """A long chain whose connections all end at different times, and one back."""
    depth = 1500
    links = [lasting(number, number + 1, None, 1000 + number) for number in range(1, depth)]
    links.append("[3, 2]")
    (finding,) = findings_of(one_graph(meters(*range(1, depth + 1)), links))
    assert finding.endswith("connection 3 -> 2: destination: closes the cycle 2 -> 3 -> 2")


def test_many_grid_connection_points_are_listed_in_part() -> None:
    points = [of_category("grid_connection_point", number) for number in range(1, 21)]
    held = one_graph(
        f"components: [{', '.join((*points, METERS[0].replace('id: 1', 'id: 99', 1)))}]", ["[1, 2]"]
    )
    assert findings_of(held)[-1].endswith(
        "points (components 1, 2, 3, ... 14 more ..., 18, 19, 20)"
    )


def test_grid_connection_points_of_one_id_are_one_finding() -> None:
    held = one_graph(f"components: [{GRID}, {GRID}, {METERS[0]}]", ["[10, 1]"])
    (finding,) = findings_of(held)
    assert "component 10 (item 2): id" in finding


SITES: Mapping[str, tuple[list[str], list[str]]] = {
    "nothing": ([], []),
    "a good site": ([site_of(1, f"{meters(1, 2)}\n  connections: [[1, 2]]")], []),
    "a component in two sites": ([site_of(1, meters(1)), site_of(2, meters(1))], []),
    "one id for two sites": (
        [site_of(1), site_of(2), site_of(1)],
        [
            "major: microgrid 1 (item 3): id: duplicate ID 1: an earlier microgrid in the list has"
            " it"
        ],
    ),
    "one id for three components": (
        [site_of(1, f"{meters(7, 8, 7, 7)}\n  connections: [[7, 8]]")],
        [
            f"major: microgrid 1: component 7 (item {item}): id: duplicate ID 7: an earlier"
            " component in the list has it"
            for item in (3, 4)
        ],
    ),
    "a connection from an unknown component": (
        [site_of(1, f"{meters(1)}\n  connections: [[5, 1]]")],
        ["major: microgrid 1: connection 5 -> 1: source: there is no component 5 in the microgrid"],
    ),
    "a connection to an unknown component": (
        [site_of(1, f"{meters(1)}\n  connections: [[1, 5]]")],
        [
            "major: microgrid 1: connection 1 -> 5: destination: there is no component 5 in the"
            " microgrid"
        ],
    ),
    "a connection to a component of another site": (
        [site_of(1, f"{meters(1)}\n  connections: [[1, 5]]"), site_of(2, meters(5))],
        [
            "major: microgrid 1: connection 1 -> 5: destination: there is no component 5 in the"
            " microgrid"
        ],
    ),
    "a connection without components": (
        [site_of(1, "connections: [[4, 5]]")],
        [
            "minor: microgrid 1: components: missing; the microgrid has no components",
            "major: microgrid 1: connection 4 -> 5: source: there is no component 4 in the"
            " microgrid",
            "major: microgrid 1: connection 4 -> 5: destination: there is no component 5 in the"
            " microgrid",
        ],
    ),
    "a connection to itself": (
        [site_of(1, f"{meters(1)}\n  connections: [[1, 1]]")],
        [
            "major: microgrid 1: connection 1 -> 1: destination: same as the source, component 1;"
            " the connection is ignored"
        ],
    ),
    "a component of another microgrid": (
        [site_of(1, meters(3).replace("{id: 3", "{id: 3, microgrid_id: 2"))],
        [
            "major: microgrid 1: component 3: microgrid_id: belongs to microgrid 2, but is"
            " listed under microgrid 1"
        ],
    ),
    "findings of the client, in the order of the file": (
        [
            site_of(1, meters(4).replace("category: meter", "category: 99", 1)),
            site_of(2).replace("active", "99"),
        ],
        [
            "major: microgrid 1: component 4: category: unrecognized value 99; kept as a plain"
            " integer",
            "major: microgrid 2: status: unrecognized value 99; kept as a plain integer",
        ],
    ),
    "things that are merely absent": (
        [site_of(1).replace("code: 10YDE-VE-------2, ", "").replace(", country_code: DE", "")],
        [
            "minor: microgrid 1: delivery_area.code: missing",
            "minor: microgrid 1: location.country_code: missing",
        ],
    ),
}


@pytest.mark.parametrize(("sites", "findings"), SITES.values(), ids=SITES)
def test_check_finds_what_is_wrong(sites: list[str], findings: list[str]) -> None:
    held = parsed("version: 1\nmicrogrids:\n" + "".join(sites))
    assert findings_of(held) == findings
    assert inventory.has_major(inventory.check(held)) is any(
        finding.startswith("major") for finding in findings
    )


@settings(max_examples=30)
@given(any_whole)
def test_whatever_the_wire_can_carry_can_be_checked(held: Inventory) -> None:
    microgrids = {site.microgrid.id for site in held.sites}
    for found in inventory.check(held):
        finding = found.finding
        if finding.entity.startswith(("microgrid", "component", "connection", "sensor")):
            assert found.microgrid_id in microgrids
        else:
            assert found.microgrid_id is None
            assert str(found) == f"{finding.severity.value}: {finding}"


def test_the_first_second_after_the_year_9999_can_be_checked() -> None:
    held = one_site(create_timestamp=Timestamp(seconds=LAST_SECOND + 1))
    assert any("create_timestamp" in found for found in findings_of(held))


# Positions ----------------------------------------------------------------------------------------

FAULTY = """\
version: 1
microgrids:
- id: 1
  status: 99
  components:
  - {id: 7, category: 98}
  - id: 7
    category: 97
  - {id: 8, category: meter}
  connections:
  - [7, 7]
  -  {source: 7, destination: 9}
  sensors: [{id: 1}, {id: 0}]
energy_schedules: [{gridpool_id: 5, schedule_id: 6}]
market_topology:
- {microgrid_id: 1, gridpool_id: 5}
"""

POSITIONS = {
    "microgrid 1": (3, 3),
    "component 7 (item 1)": (6, 5),
    "component 7": (6, 5),
    "component 7 (item 2)": (7, 5),
    "component 8": (9, 5),
    "connection 7 -> 7": (11, 5),
    "connection 7 -> 9": (12, 6),
    "sensor 0 (item 2)": (13, 22),
    "energy schedule 6 of gridpool 5": (14, 20),
    "relation": (16, 3),
}


def position_of(found: Checked) -> tuple[int, int] | None:
    """Return the line and the column of a finding."""
    return found.position and (found.position.line, found.position.column)


def test_findings_of_a_file_have_the_positions_of_their_entities(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_text(FAULTY, encoding="utf-8")
    checked = inventory.check(inventory.read(path))
    for found in checked:
        entity = "relation" if "relation" in found.finding.entity else found.finding.entity
        assert position_of(found) == POSITIONS[entity], found
        line, column = POSITIONS[entity]
        assert str(found).startswith(f"{path}:{line}:{column}: {found.finding.severity.value}: ")
    assert checked == inventory.check(parsed(FAULTY))


def test_findings_of_several_files_name_theirs(tmp_path: Path) -> None:
    paths = [tmp_path / "a.yaml", tmp_path / "b.jsonl"]
    paths[0].write_text("version: 1\ngridpools: [{id: 0}]\n")
    paths[1].write_text('{"version": 1}\n\n{"gridpools": [{"id": 5}, {"id": 0}]}\n')
    positions = [found.position for found in inventory.check(inventory.read_all(paths))]
    assert [str(it) for it in positions if it] == [f"{paths[0]}:2:13", f"{paths[1]}:3:27"]


def test_positions_are_no_part_of_an_inventory(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_text(FAULTY, encoding="utf-8")
    held, plain = inventory.read(path), parsed(FAULTY)
    assert held == plain
    assert repr(held) == repr(plain)
    assert inventory.diff(held, plain) == []
    for other in (
        copy.copy(held),
        copy.deepcopy(held),
        replace(held),
        pickle.loads(pickle.dumps(held)),
    ):
        assert other == held
        assert {found.position for found in inventory.check(other)} == {None}
    assert pickle.dumps(held) == pickle.dumps(plain)


# The fleets of the demo ---------------------------------------------------------------------------

FAULTS = [
    ("minor", "microgrid 203", "delivery_area"),
    ("minor", "microgrid 203", "location.country_code"),
    ("major", "microgrid 203", "location.latitude"),
    ("major", "microgrid 203", "status"),
    ("minor", "component 1", "rated_fuse_current"),
    ("major", "component 3", "operational_lifetime"),
    ("major", "component 4", "category_specific_info"),
    ("minor", "component 5", "primary_power"),
    ("major", "component 5", "secondary_power"),
    ("major", "component 10", "rated_bounds[AC_POWER_ACTIVE]"),
    ("major", "component 11", "rated_bounds[0].metric"),
    ("major", "component 11 (item 9)", "id"),
    ("major", "component 12", "rated_bounds[AC_POWER_ACTIVE]"),
    ("major", "component 20", "type"),
    ("major", "component 21", "type"),
    ("major", "component 30", "category"),
    ("major", "component 31", "category"),
    ("minor", "component 31", "operational_mode"),
    ("major", "component 32", "microgrid_id"),
    ("minor", "component 33", "operational_lifetime"),
    ("major", "connection 3 -> 3", "destination"),
    ("major", "connection 2 -> 4", "destination"),
    ("major", "sensor 0 (item 1)", "id"),
    ("major", "connection 2 -> 999", "destination"),
    ("major", "component 6", "category"),
    ("major", "component 33", "connections"),
    ("major", "connection 21 -> 20", "destination"),
]


def fleet(name: str) -> Inventory:
    """Return a fleet of the demo."""
    held = resources.files("frequenz.server.assets.demo") / "fleets" / f"{name}.yaml"
    with resources.as_file(held) as path:
        return inventory.read(Path(path))


def sizes(held: Inventory) -> dict[int, tuple[int, int]]:
    """Return how many components and connections the sites have, by their ids."""
    return {site.microgrid.id: (len(site.components), len(site.connections)) for site in held.sites}


def test_the_fleets_of_the_demo_are_read_completely() -> None:
    assert sizes(fleet("sites")) == {201: (16, 15), 202: (13, 12), 203: (16, 16)}
    assert sizes(fleet("cigre-mv")) == {100: (57, 56)}


def test_the_benchmark_network_has_no_findings() -> None:
    assert findings_of(fleet("cigre-mv")) == []


@pytest.mark.parametrize("number", [201, 202])
def test_a_good_site_of_the_demo_has_no_findings(number: int) -> None:
    (site,) = (site for site in fleet("sites").sites if site.microgrid.id == number)
    assert findings_of(Inventory((site,))) == []


def test_the_faulty_site_of_the_demo_has_the_findings_in_its_comments() -> None:
    checked = inventory.check(fleet("sites"))
    assert {found.microgrid_id for found in checked} == {203}
    assert [
        (found.finding.severity.value, found.finding.entity, found.finding.path)
        for found in checked
    ] == FAULTS


@pytest.mark.parametrize("name", ["sites", "cigre-mv"])
def test_a_fleet_of_the_demo_reads_back_equal(name: str) -> None:
    assert_reads_back(fleet(name))


def test_sites_are_checked_each_on_its_own() -> None:
    held = fleet("sites")
    assert findings_of(held) == [
        found for site in held.sites for found in findings_of(Inventory((site,)))
    ]
