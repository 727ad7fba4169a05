"""Every difference between inventories is found, and nothing else."""

import json
import math
from collections import Counter
from collections.abc import Hashable
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frequenz.client.assets import inventory
from frequenz.client.assets.inventory import Difference, Inventory, Site, diff, diff_sites

from ..inventory_messages import any_site, parsed
from .strategies import any_whole

LISTS: Final = (
    *("microgrids", "components", "connections", "sensors"),
    *("gridpools", "energy_schedules", "market_topology"),
)
"""The keys of the lists of entities, whose order does not matter."""


def content(held: Inventory) -> str:
    """Return the content of a file, with sorted entities."""
    return json.dumps(_sorted(json.loads(inventory.to_text(held, file_format="json")), ""))


def _sorted(plain: Any, key: str) -> Any:
    if isinstance(plain, dict):
        return {name: _sorted(plain[name], name) for name in sorted(plain)}
    if isinstance(plain, list):
        items = [_sorted(item, "") for item in plain]
        return sorted(items, key=json.dumps) if key in LISTS else items
    return plain


SWAPPED: Final = {"added": "removed", "removed": "added", "changed": "changed"}


def unordered(found: list[Difference], *, swapped: bool = False) -> Counter[Hashable]:
    """Return differences without their order; swapped ones are those from `after` to `before`."""
    return Counter(
        (
            SWAPPED[one.change] if swapped else one.change,
            one.microgrid_id,
            one.entity,
            one.path,
            *map(repr, (one.after, one.before) if swapped else (one.before, one.after)),
        )
        for one in found
    )


@st.composite
def shuffled(draw: st.DrawFn, held: Inventory) -> Inventory:
    """Return the same entities in another order."""

    def other(items: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(draw(st.permutations(items)))

    sites = tuple(
        Site(it.microgrid, other(it.components), other(it.connections), other(it.sensors))
        for it in held.sites
    )
    return Inventory(
        other(sites),
        other(held.gridpools),
        other(held.energy_schedules),
        other(held.market_topology),
    )


# Any inventories ----------------------------------------------------------------------------------


@settings(max_examples=30)
@given(any_whole, st.data())
def test_an_inventory_does_not_differ_from_itself(held: Inventory, data: st.DataObject) -> None:
    assert diff(held, held) == []
    assert diff(held, inventory.parse_text(inventory.to_text(held), name="")) == []
    assert diff(held, data.draw(shuffled(held))) == []
    for site in held.sites:
        assert diff_sites(site, site) == []


@settings(max_examples=40)
@given(any_whole, any_whole, st.data())
def test_every_difference_is_found(one: Inventory, other: Inventory, data: st.DataObject) -> None:
    # Some of one in the other, so that they have something in common.
    mixed = Inventory.joined([other, data.draw(st.sampled_from([one, Inventory(one.sites[:1])]))])
    for after in (other, mixed):
        assert (diff(one, after) == []) is (content(one) == content(after))
        assert unordered(diff(one, after)) == unordered(diff(after, one), swapped=True)


@settings(max_examples=50)
@given(any_whole, st.data())
def test_a_field_that_is_changed_is_found(held: Inventory, data: st.DataObject) -> None:
    """Change one number or text somewhere in a file."""
    plain = json.loads(inventory.to_text(held, file_format="json"))
    spots = [*_spots(plain)]
    if not spots:
        return
    container, key = data.draw(st.sampled_from(spots))
    value = container[key]
    container[key] = 1 - value if value in (0, 1) else 1 if isinstance(value, int) else "other"
    try:
        other = parsed(json.dumps(plain), file_format="json")
    except inventory.InventoryFileError:
        return  # "other" is not a timestamp, for instance
    assert (diff(held, other) == []) is (content(held) == content(other))


def _spots(plain: Any) -> Any:
    items = plain.items() if isinstance(plain, dict) else enumerate(plain)
    for key, value in items:
        if isinstance(value, dict | list):
            yield from _spots(value)
        elif key != "version" and not isinstance(value, float):
            yield plain, key


@settings(max_examples=40)
@given(any_site(), any_site())
def test_sites_differ_whatever_their_ids_are(one: Site, other: Site) -> None:
    found = diff_sites(one, other)
    ids = [(it.before, it.after) for it in found if it.path == "id"]
    is_another = one.microgrid.id != other.microgrid.id
    assert ids == ([(one.microgrid.id, other.microgrid.id)] if is_another else [])
    if not is_another:
        assert unordered(found) == unordered(diff(Inventory((one,)), Inventory((other,))))


# What is found ------------------------------------------------------------------------------------

NEW_YEAR: Final = "2024-01-01T00:00:00Z"

BEFORE: Final = """\
version: 1
microgrids:
- id: 1
  name: Depot
  location: {latitude: 53.5, country_code: DE}
  components:
  - {id: 1, category: grid_connection_point, rated_fuse_current: 630}
  - {id: 2, category: meter, rated_bounds: {ac_power_active: {lower: -1, upper: .nan}}}
  - {id: 3, category: battery, type: li_ion}
  connections: [[1, 2], [2, 3]]
  sensors: [{id: 1, name: Roof}]
- {id: 2}
gridpools: [{id: 5, name: North}]
energy_schedules:
- gridpool_id: 5
  schedule_id: 51
  time_series: [[2024-01-01T00:00:00Z, 1.0], [2024-01-01T00:15:00Z, 2.0]]
market_topology:
- gridpool_id: 5
  microgrid_id: 1
  participations: [{type: energy_trading}]
"""

CASES: Final[dict[str, tuple[list[tuple[str, str]], list[str]]]] = {
    "nothing": ([], []),
    "order": ([("[[1, 2], [2, 3]]", "[[2, 3], [1, 2]]")], []),
    "a field": ([("Depot", "Barn")], ['changed: microgrid 1: name: "Depot" -> "Barn"']),
    "a field that is new": (
        [("- {id: 2}", "- {id: 2, name: New}")],
        ['added: microgrid 2: name: "New"'],
    ),
    "a field that is gone": (
        [("latitude: 53.5, ", "")],
        ["removed: microgrid 1: location.latitude: 53.5"],
    ),
    "a bound": (
        [("lower: -1", "lower: -2")],
        [
            "changed: microgrid 1: component 2: rated_bounds.ac_power_active.lower: -1.0 -> -2.0",
        ],
    ),
    "a metric twice": (
        [
            ("rated_bounds: {ac_power_active: {", "rated_bounds: [{ac_power_active: {"),
            (".nan}}", ".nan}}, {ac_power_active: ~}]"),
        ],
        [
            "changed: microgrid 1: component 2: rated_bounds:"
            ' {"ac_power_active": {"lower": -1.0, "upper": NaN}} ->'
            ' [{"ac_power_active": {"lower": -1.0, "upper": NaN}}, {"ac_power_active": null}]'
        ],
    ),
    "the data of a category": (
        [("category: battery, type: li_ion", "category: inverter, type: solar")],
        [
            'changed: microgrid 1: component 3: category: "battery" -> "inverter"',
            'changed: microgrid 1: component 3: type: "li_ion" -> "solar"',
        ],
    ),
    "an entity": (
        [("- {id: 3,", "- {id: 4,")],
        ["removed: microgrid 1: component 3", "added: microgrid 1: component 4"],
    ),
    "a site": ([("- {id: 2}", "- {id: 3}")], ["removed: microgrid 2", "added: microgrid 3"]),
    "a component of another microgrid": (
        [("{id: 1, name: Roof}", "{id: 1, name: Roof, microgrid_id: 7}")],
        ["added: microgrid 1: sensor 1: microgrid_id: 7"],
    ),
    "a connection twice": (
        [("[2, 3]]", "[2, 3], [2, 3]]")],
        ["added: microgrid 1: connection 2 -> 3"],
    ),
    "a connection with a lifetime": (
        [("[2, 3]]", f"{{source: 2, destination: 3, operational_lifetime: {{end: {NEW_YEAR}}}}}]")],
        [
            'added: microgrid 1: connection 2 -> 3: operational_lifetime: {"end":'
            ' "2024-01-01T00:00:00Z"}',
        ],
    ),
    "an entry of a time series": (
        [("00:15:00Z, 2.0", "00:15:00Z, 2.5")],
        [
            "changed: energy schedule 51 of gridpool 5:"
            " time_series[2024-01-01T00:15:00Z].active_power_w: 2.0 -> 2.5",
        ],
    ),
    "an entry that is gone": (
        [("[2024-01-01T00:00:00Z, 1.0], ", "")],
        [
            "removed: energy schedule 51 of gridpool 5: time_series[2024-01-01T00:00:00Z]:"
            ' {"start_time": "2024-01-01T00:00:00Z", "active_power_w": 1.0}',
        ],
    ),
    "the order of entries": (
        [(f"[{NEW_YEAR}, 1.0], ", ""), ("2.0]]", f"2.0], [{NEW_YEAR}, 1.0]]")],
        [
            "changed: energy schedule 51 of gridpool 5: time_series:"
            ' [["2024-01-01T00:00:00Z", 1.0], ["2024-01-01T00:15:00Z", 2.0]] ->'
            ' [["2024-01-01T00:15:00Z", 2.0], ["2024-01-01T00:00:00Z", 1.0]]',
        ],
    ),
    "a participation": (
        [("{type: energy_trading}", "{type: energy_trading, validity_period: {}}")],
        [
            "added: relation gridpool 5 - microgrid 1:"
            " participations[energy_trading].validity_period: {}",
        ],
    ),
    "an end of a relation": (
        [("microgrid_id: 1", "microgrid_id: 2")],
        [
            "removed: relation gridpool 5 - microgrid 1",
            "added: relation gridpool 5 - microgrid 2",
        ],
    ),
}


@pytest.mark.parametrize(("edits", "expected"), CASES.values(), ids=CASES)
def test_a_difference_is_printed_with_its_path_and_values(
    edits: list[tuple[str, str]], expected: list[str]
) -> None:
    assert [str(one) for one in diff(parsed(BEFORE), parsed(edited(edits)))] == expected


def edited(edits: list[tuple[str, str]]) -> str:
    """Return `BEFORE` with replaced texts."""
    after = BEFORE
    for old, new in edits:
        assert after.count(old) == 1
        after = after.replace(old, new)
    return after


def test_a_difference_holds_plain_data() -> None:
    after = parsed(BEFORE.replace("- {id: 2}", "").replace("name: North", "name: South"))
    assert diff(parsed(BEFORE), after) == [
        Difference("removed", 2, "microgrid 2", "", {"id": 2}, None),
        Difference("changed", None, "gridpool 5", "name", "North", "South"),
    ]


def test_of_several_with_one_id_the_equal_ones_are_left_out() -> None:
    text = "version: 1\ngridpools: [{id: 1, name: a}, {id: 1, name: b}, {id: 1, name: c}]"
    after = "version: 1\ngridpools: [{id: 1, name: c}, {id: 1, name: d}, {id: 1, name: a}]"
    found = diff(parsed(text), parsed(after))
    assert [str(one) for one in found] == ['changed: gridpool 1: name: "b" -> "d"']


def test_of_sites_with_one_id_the_equal_ones_are_left_out() -> None:
    text = "version: 1\nmicrogrids: [{id: 1, connections: [[1, 2], [3, 4]]}, {id: 1, name: b}]"
    after = "version: 1\nmicrogrids: [{id: 1, name: c}, {id: 1, connections: [[3, 4], [1, 2]]}]"
    found = diff(parsed(text), parsed(after))
    assert [str(one) for one in found] == ['changed: microgrid 1: name: "b" -> "c"']


def test_components_of_sites_with_different_ids_do_not_differ_in_their_microgrid() -> None:
    one, other = (
        parsed(BEFORE.replace("id: 1\n  name", f"id: {number}\n  name").replace("- {id: 2}", ""))
        for number in (1, 8)
    )
    (found,) = diff_sites(one.sites[0], other.sites[0])
    assert str(found) == "changed: microgrid 1: id: 1 -> 8"


def test_a_sensor_of_another_microgrid_than_its_site_differs() -> None:
    # Both name the microgrid 1: only in the first site is it that of the site.
    one, other = (
        Inventory((Site(held.microgrid, sensors=parsed(BEFORE).sites[0].sensors),))
        for held in (parsed(f"version: 1\nmicrogrids: [{{id: {n}}}]").sites[0] for n in (1, 8))
    )
    found = diff_sites(one.sites[0], other.sites[0])
    assert [str(it) for it in found] == [
        "changed: microgrid 1: id: 1 -> 8",
        "added: microgrid 1: sensor 1: microgrid_id: 1",
    ]


@pytest.mark.parametrize(("old", "new", "differ"), [(0.0, -0.0, True), (math.nan, math.nan, False)])
def test_zeros_differ_by_their_signs(old: float, new: float, differ: bool) -> None:
    one, other = (
        parsed(
            "version: 1\nenergy_schedules: [{gridpool_id: 1, schedule_id: 1, time_series: ["
            f"[2024-01-01T00:00:00Z, {'.nan' if math.isnan(it) else it}]]}}]"
        )
        for it in (old, new)
    )
    assert bool(diff(one, other)) is differ


def test_many_entities_are_compared_in_one_go() -> None:
    """Comparing each with each other would take minutes: the test would time out."""
    many = range(9_000)
    text = json.dumps({"version": 1, "gridpools": [{"id": it % 9} for it in many]})
    held = parsed(text, file_format="json")
    assert diff(held, Inventory(gridpools=held.gridpools[:-1])) == [
        Difference("removed", None, f"gridpool {many[-1] % 9}", "", {"id": many[-1] % 9}, None)
    ]
