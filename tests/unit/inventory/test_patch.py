"""Patching is the inverse of diff, and refuses what does not fit."""

import pickle
from dataclasses import replace
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frequenz.client.assets.inventory import (
    ConflictError,
    Difference,
    DifferenceError,
    Inventory,
    diff,
    patch,
)
from frequenz.client.assets.inventory._keys import SITE

from ..inventory_messages import parsed
from .strategies import any_whole
from .test_diff import BEFORE, CASES, content, edited

TWICE: Final = "a connection twice"

# Any inventories ----------------------------------------------------------------------------------


@settings(max_examples=25)
@given(any_whole, any_whole, st.data())
def test_a_patch_makes_what_differs(one: Inventory, other: Inventory, data: st.DataObject) -> None:
    # Some of one in the other, so that they have something in common, sites with one ID included.
    mixed = Inventory.joined([other, data.draw(st.sampled_from([one, Inventory(one.sites[:1])]))])
    for before, after in ((one, other), (one, mixed), (mixed, other), (mixed, one)):
        copy = pickle.loads(pickle.dumps(before))
        patched = patch(before, diff(before, after))
        assert diff(patched, after) == []
        assert content(patched) == content(after)
        assert before == copy
    assert patch(one, []) == one


_SOME: Final = ((), (0,), (1,), (2,), (0, 1), (1, 0), (0, 0), (0, 1, 2), (2, 1, 0), (0, 1, 0))


def _of(lists: tuple[tuple[int, ...], ...]) -> Inventory:
    """Return sites, entities and parts of entities that often have the same IDs and labels."""
    gridpools, entries, participations, bounds, sites = lists
    return parsed(
        "version: 1\n"
        f"gridpools: [{', '.join(f'{{id: 1, name: n{it}}}' for it in gridpools)}]\n"
        "energy_schedules: [{gridpool_id: 1, schedule_id: 1, time_series: ["
        f"{', '.join(f'[2024-01-01T00:0{it}:00Z, {len(entries)}.5]' for it in entries)}]}}]\n"
        "market_topology: [{gridpool_id: 1, microgrid_id: 1, participations: ["
        f"{', '.join(f'{{type: {it}, validity_period: {{}}}}' for it in participations)}]}}]\n"
        "microgrids: [{id: 1, components: [{id: 1, rated_bounds: ["
        f"{', '.join(f'{{{it}: {{lower: {len(bounds)}}}}}' for it in bounds)}]}}]}},"
        f"{', '.join(f'{{id: 9, name: a, sensors: [{{id: {it}}}, {{id: 0}}]}}' for it in sites)}]"
    )


any_like: Final = st.tuples(*[st.sampled_from(_SOME)] * 5).map(_of)


@settings(max_examples=150)
@given(any_like, any_like)
def test_a_patch_keeps_the_order_of_parts_and_tells_twins_apart(
    before: Inventory, after: Inventory
) -> None:
    patched = patch(before, diff(before, after))
    assert diff(patched, after) == []
    assert content(patched) == content(after)


@pytest.mark.parametrize("case", CASES.keys() - {TWICE})
def test_the_fields_of_differences_are_enough(case: str) -> None:
    before, after = parsed(BEFORE), parsed(edited(CASES[case][0]))
    assert diff(patch(before, [replace(it) for it in diff(before, after)]), after) == []


def test_only_diff_can_add_another_entity_with_the_same_name() -> None:
    before = parsed(BEFORE)
    (found,) = diff(before, parsed(edited(CASES[TWICE][0])))
    with pytest.raises(ConflictError, match=r"^microgrid 1: connection 2 -> 3: exists already$"):
        patch(before, [replace(found)])


# What does not fit --------------------------------------------------------------------------------

SCHEDULE: Final = "energy schedule 51 of gridpool 5"
ENTRY: Final = "time_series[2024-01-01T00:00:00Z]"
LIMITS: Final = "rated_bounds.ac_power_active"

CONFLICTS: Final[dict[str, tuple[tuple[Any, ...], str]]] = {
    "another value": (
        ("changed", 1, "microgrid 1", "name", "Barn", "Farm"),
        'microgrid 1: name: expected "Barn", got "Depot"',
    ),
    "another value to remove": (
        ("removed", 1, "component 3", "type", "na_ion", None),
        'microgrid 1: component 3: type: expected "na_ion", got "li_ion"',
    ),
    "a field that is new": (
        ("added", 1, "component 2", f"{LIMITS}.lower", None, 2),
        f"microgrid 1: component 2: {LIMITS}.lower: expected nothing, got -1.0",
    ),
    "a field that is gone": (
        ("changed", 2, "microgrid 2", "name", None, "New"),
        "microgrid 2: name: expected null, got nothing",
    ),
    "a field of a field that is gone": (
        ("changed", 2, "microgrid 2", "location.latitude", 1.0, 2.0),
        "microgrid 2: location.latitude: location does not exist",
    ),
    "a field of one value": (
        ("added", 1, "microgrid 1", "name.first", None, "D"),
        "microgrid 1: name.first: name can only be changed as a whole",
    ),
    "an entry of a time series": (
        ("changed", None, SCHEDULE, f"{ENTRY}.active_power_w", 3.0, 4.0),
        f"{SCHEDULE}: {ENTRY}.active_power_w: expected 3.0, got 1.0",
    ),
    "a microgrid that is gone": (
        ("changed", 7, "component 1", "name", "a", "b"),
        "microgrid 7: component 1: name: there is no microgrid 7",
    ),
    "a component that is gone": (
        ("changed", 2, "component 1", "name", "a", "b"),
        "microgrid 2: component 1: name: there is no component 1",
    ),
    "another component to remove": (
        ("removed", 1, "sensor 1", "", {"id": 1, "name": "Wall"}, None),
        'microgrid 1: sensor 1: expected {"id": 1, "name": "Wall"}, got {"id": 1, "name": "Roof"}',
    ),
    "an entity that exists": (
        ("added", None, "gridpool 5", "", None, {"id": 5}),
        "gridpool 5: exists already",
    ),
    "a site that exists": (
        ("added", 2, "microgrid 2", "", None, {"id": 2}),
        "microgrid 2: exists already",
    ),
}

MISTAKES: Final[dict[str, tuple[tuple[Any, ...], str]]] = {
    "an unknown field": (
        ("added", 1, "component 2", "nmae", None, "A"),
        "microgrid 1: component 2: nmae: unknown key; did you mean name?",
    ),
    "an unknown value": (
        ("changed", 1, "component 2", "category", "meter", "metre"),
        "microgrid 1: component 2: category: expected a category or its number"
        " (did you mean meter?), got 'metre'",
    ),
    "an unknown kind": (
        ("changed", 1, "gridpool 5", "name", "North", "South"),
        "microgrid 1: gridpool 5: name: unknown kind of entity; expected one of component,"
        " connection, sensor",
    ),
    "a kind of the market": (
        ("changed", None, "component 2", "name", "North", "South"),
        "component 2: name: unknown kind of entity; expected one of gridpool, energy, relation",
    ),
    "an invalid path": (
        ("changed", 1, "microgrid 1", "..name", "Depot", "Barn"),
        "microgrid 1: ..name: invalid path",
    ),
    "another ID": (
        ("changed", None, "gridpool 5", "id", 5, 6),
        "gridpool 5: id: expected data of gridpool 5, got data of gridpool 6",
    ),
    "another entity": (
        ("added", None, "gridpool 6", "", None, {"id": 7}),
        "gridpool 6: expected data of gridpool 6, got data of gridpool 7",
    ),
    "no entity": (
        ("added", 3, "microgrid 3", "", None, None),
        f"microgrid 3: expected a mapping of {', '.join(SITE._KNOWN)}, got nothing",
    ),
    "no plain data": (
        ("changed", None, "gridpool 5", "name", "North", b"South"),
        "gridpool 5: name: expected plain data: Object of type bytes is not JSON serializable",
    ),
    "an unknown change": (
        ("moved", None, "gridpool 5", "", None, None),
        "gridpool 5: unknown change 'moved'",
    ),
}


@pytest.mark.parametrize(("values", "text"), CONFLICTS.values(), ids=CONFLICTS)
def test_a_difference_that_does_not_fit_is_a_conflict(values: Any, text: str) -> None:
    with pytest.raises(ConflictError) as caught:
        patch(parsed(BEFORE), [Difference(*values)])
    error = pickle.loads(pickle.dumps(caught.value))
    assert str(error) == text
    assert (error.microgrid_id, error.entity, error.path) == (values[1], values[2], values[3])


@pytest.mark.parametrize(("values", "text"), MISTAKES.values(), ids=MISTAKES)
def test_a_difference_that_fits_no_inventory_is_an_error(values: Any, text: str) -> None:
    with pytest.raises(DifferenceError) as caught:
        patch(parsed(BEFORE), [Difference(*values)])
    assert str(caught.value) == text
    assert not isinstance(caught.value, ConflictError)


def test_a_field_that_is_given_twice_is_an_error() -> None:
    renamed = Difference("changed", None, "gridpool 5", "name", "North", "South")
    removed = Difference("removed", None, "gridpool 5", "", {"id": 5, "name": "North"}, None)
    for others in ([renamed], [removed]):
        with pytest.raises(DifferenceError, match=r"expected each field in one difference$"):
            patch(parsed(BEFORE), [renamed, *others])


def test_what_is_not_a_difference_is_an_error() -> None:
    with pytest.raises(TypeError, match=r"^differences: expected a Difference, got 'name'$"):
        patch(Inventory(), ["name"])  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("text", "difference", "error"),
    [
        (
            "gridpools: [{id: 1}, {id: 1}]",
            Difference("added", None, "gridpool 1", "name", None, "a"),
            "gridpool 1: name: ambiguous; 2 have the name gridpool 1",
        ),
        (
            "microgrids: [{id: 1}, {id: 1, sensors: [{id: 1}]}]",
            Difference("added", 1, "sensor 1", "name", None, "a"),
            "microgrid 1: sensor 1: name: ambiguous; 2 have the name microgrid 1",
        ),
    ],
)
def test_which_of_several_with_one_name_is_not_guessed(
    text: str, difference: Difference, error: str
) -> None:
    with pytest.raises(DifferenceError) as caught:
        patch(parsed(f"version: 1\n{text}"), [difference])
    assert str(caught.value) == error


# What fits ----------------------------------------------------------------------------------------


def test_fields_that_no_difference_names_can_have_changed() -> None:
    before = parsed(BEFORE)
    wanted = [
        Difference("changed", 1, "component 2", f"{LIMITS}.lower", -1, -2),  # an integer does
        Difference("removed", 1, "connection 2 -> 3", "", {"source": 2, "destination": 3}, None),
        Difference("added", None, "gridpool 6", "", None, {"id": 6}),
    ]
    renamed = patch(before, [Difference("added", 1, "component 2", "name", None, "Main meter")])
    assert [str(it) for it in diff(renamed, patch(renamed, iter(wanted)))] == [
        f"changed: microgrid 1: component 2: {LIMITS}.lower: -1.0 -> -2.0",
        "removed: microgrid 1: connection 2 -> 3",
        "added: gridpool 6",
    ]
