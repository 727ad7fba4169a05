"""What is wrong with an inventory: on its own, and in the fleets of the demo."""

from collections.abc import Mapping
from importlib import resources
from pathlib import Path

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given, settings

from frequenz.client.assets import inventory
from frequenz.client.assets.inventory import Inventory

from .inventory_messages import (
    FORMATS,
    LAST_SECOND,
    any_inventory,
    contents,
    one_site,
    parsed,
    read_back,
)

GOOD = (
    "status: active\n"
    "  delivery_area: {code: 10YDE-VE-------2, code_type: europe_eic}\n"
    "  location: {latitude: 52.5, longitude: 13.4, country_code: DE}\n"
    "  create_timestamp: 2024-05-17T08:30:00Z\n"
)


def site_of(number: int, keys: str = "components: []") -> str:
    """Return the text of a site that is as it should be but for some keys."""
    return f"- id: {number}\n  {GOOD}  {keys}\n"


def meters(*numbers: int) -> str:
    """Return the keys for some meters that are as they should be."""
    rest = "category: meter, operational_mode: telemetry_only, operational_lifetime: {}"
    return f"components: [{', '.join(f'{{id: {number}, {rest}}}' for number in numbers)}]"


def told(held: Inventory) -> list[str]:
    """Return everything that is wrong with an inventory."""
    return [str(found) for found in inventory.check(held)]


SITES: Mapping[str, tuple[list[str], list[str]]] = {
    "nothing": ([], []),
    "a good site": ([site_of(1, f"{meters(1, 2)}\n  connections: [[1, 2]]")], []),
    "a component in two sites": ([site_of(1, meters(1)), site_of(2, meters(1))], []),
    "both directions": ([site_of(1, f"{meters(1, 2)}\n  connections: [[1, 2], [2, 1]]")], []),
    "one id for two sites": (
        [site_of(1), site_of(2), site_of(1)],
        ["major: microgrid 1: id: given to 2 microgrids"],
    ),
    "one id for three components": (
        [site_of(1, meters(7, 8, 7, 7))],
        ["major: microgrid 1: component 7: id: given to 3 components of the microgrid"],
    ),
    "a connection from nowhere": (
        [site_of(1, f"{meters(1)}\n  connections: [[5, 1]]")],
        ["major: microgrid 1: connection 5 -> 1: source: there is no component 5 in the microgrid"],
    ),
    "a connection to nowhere": (
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
    "a connection of nothing": (
        [site_of(1, "connections: [[4, 5]]")],
        [
            "major: microgrid 1: connection 4 -> 5: source: there is no component 4 in the"
            " microgrid",
            "major: microgrid 1: connection 4 -> 5: destination: there is no component 5 in the"
            " microgrid",
        ],
    ),
    "a connection to itself": (
        [site_of(1, f"{meters(1)}\n  connections: [[1, 1]]")],
        [
            "major: microgrid 1: connection 1 -> 1: destination: is the source, component 1; the"
            " connection is left out"
        ],
    ),
    "a component of another microgrid": (
        [site_of(1, meters(3).replace("{id: 3", "{id: 3, microgrid_id: 2"))],
        ["major: microgrid 1: component 3: microgrid_id: 2 is another microgrid"],
    ),
    "what the client finds, in the order of the file": (
        [
            site_of(1, meters(4, 3).replace("category: meter", "category: 99", 1)),
            site_of(2).replace("active", "99"),
        ],
        [
            "major: microgrid 1: component 4: category: 99 is unrecognized; it stays a plain"
            " integer",
            "major: microgrid 2: status: 99 is unrecognized; it stays a plain integer",
        ],
    ),
    "merely absent things": (
        [site_of(1).replace("code: 10YDE-VE-------2, ", "").replace(", country_code: DE", "")],
        [
            "minor: microgrid 1: delivery_area.code: missing",
            "minor: microgrid 1: location.country_code: missing",
        ],
    ),
}


@pytest.mark.parametrize(("sites", "findings"), SITES.values(), ids=SITES)
def test_check_says_what_is_wrong(sites: list[str], findings: list[str]) -> None:
    held = parsed("version: 1\nmicrogrids:\n" + "".join(sites))
    assert told(held) == findings
    assert inventory.has_major(inventory.check(held)) is any(
        finding.startswith("major") for finding in findings
    )


@settings(max_examples=60)
@given(any_inventory())
def test_whatever_the_wire_can_carry_can_be_checked(held: Inventory) -> None:
    for found in inventory.check(held):
        assert str(found)
        assert found.microgrid_id in {site.microgrid.id for site in held.sites}


def test_the_first_second_after_the_year_9999_can_be_checked() -> None:
    held = one_site(create_timestamp=Timestamp(seconds=LAST_SECOND + 1))
    assert any("create_timestamp" in found for found in told(held))


# The fleets of the demo ---------------------------------------------------------------------------

FAULTS = [
    ("minor", "microgrid 203", "delivery_area"),
    ("minor", "microgrid 203", "location.country_code"),
    ("major", "microgrid 203", "location.latitude"),
    ("major", "microgrid 203", "status"),
    ("minor", "component 1", "rated_fuse_current"),
    ("major", "component 3", "operational_lifetime"),
    ("major", "component 4", "category_specific_info"),
    ("major", "component 10", "rated_bounds[AC_POWER_ACTIVE]"),
    ("major", "component 11", "rated_bounds.metric"),
    ("major", "component 20", "type"),
    ("major", "component 21", "type"),
    ("major", "component 30", "category"),
    ("major", "component 31", "category"),
    ("major", "connection 3 -> 3", "destination"),
    ("major", "component 11", "id"),
    ("major", "component 32", "microgrid_id"),
    ("major", "connection 2 -> 999", "destination"),
]


def fleet(name: str) -> Inventory:
    """Return a fleet of the demo."""
    held = resources.files("frequenz.server.assets.demo") / "fleets" / f"{name}.yaml"
    with resources.as_file(held) as path:
        return inventory.read(Path(path))


def sizes(held: Inventory) -> dict[int, tuple[int, int]]:
    """Return how many components and connections the sites have, by their ids."""
    return {site.microgrid.id: (len(site.components), len(site.connections)) for site in held.sites}


def test_the_fleets_of_the_demo_are_read_whole() -> None:
    assert sizes(fleet("sites")) == {201: (16, 15), 202: (13, 12), 203: (12, 12)}
    assert sizes(fleet("cigre-mv")) == {100: (57, 56)}


def test_the_benchmark_network_has_no_findings() -> None:
    assert told(fleet("cigre-mv")) == []


@pytest.mark.parametrize("number", [201, 202])
def test_a_good_site_of_the_demo_has_no_findings(number: int) -> None:
    (site,) = (site for site in fleet("sites").sites if site.microgrid.id == number)
    assert told(Inventory((site,))) == []


def test_the_faulty_site_of_the_demo_has_the_findings_that_its_comments_say() -> None:
    checked = inventory.check(fleet("sites"))
    assert {found.microgrid_id for found in checked} == {203}
    assert [
        (found.finding.severity.value, found.entity, found.finding.path) for found in checked
    ] == FAULTS


@FORMATS
@pytest.mark.parametrize("name", ["sites", "cigre-mv"])
def test_a_fleet_of_the_demo_reads_back_equal(name: str, is_json: bool) -> None:
    held = fleet(name)
    back = read_back(held, is_json=is_json)
    assert contents(back) == contents(held)
    assert told(back) == told(held)


def test_sites_are_checked_each_on_its_own() -> None:
    held = fleet("sites")
    assert told(held) == [found for site in held.sites for found in told(Inventory((site,)))]
