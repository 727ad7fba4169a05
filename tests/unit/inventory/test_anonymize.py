"""Anonymized inventories: what stays, what does not, and that equal values stay equal."""

from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf.message import Message
from hypothesis import given

from frequenz.client.assets import inventory
from frequenz.client.assets._wire.eic import eic_fault
from frequenz.client.assets.inventory import Inventory
from frequenz.client.assets.inventory._anonymize import _made_location_id, _malo_check
from frequenz.server.assets.demo import FLEETS

from ..inventory_messages import parsed
from ..market_messages import EXAMPLE
from .strategies import any_whole

DEMO = inventory.read(FLEETS[0])


def messages(fleet: Inventory) -> Iterator[Message]:
    for site in fleet.sites:
        yield from (site.microgrid, *site.components, *site.connections, *site.sensors)
    yield from (*fleet.gridpools, *fleet.energy_schedules, *fleet.market_topology)


def leaves(message: Message, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the path and the value of each field that is set."""
    for field, value in message.ListFields():
        items = value if field.is_repeated else [value]
        for item in items:
            name = f"{path}.{field.name}"
            if isinstance(item, Message):
                yield from leaves(item, name)
            else:
                yield f"{message.DESCRIPTOR.name}: {name}", item


def rules(fleet: Inventory) -> list[tuple[str, str]]:
    """Return the rules that are broken, and where."""
    return [(it.finding.id, it.finding.path) for it in inventory.check(fleet)]


@given(any_whole)
def test_structure_and_findings_stay(fleet: Inventory) -> None:
    changed = inventory.anonymize(fleet)
    for before, after in zip(messages(fleet), messages(changed), strict=True):
        kept = [path for path, _ in leaves(before)]
        assert [path for path, _ in leaves(after)] == kept
    assert rules(changed) == rules(fleet)
    assert inventory.anonymize(fleet) == changed


@given(any_whole)
def test_equal_ids_stay_equal_and_different_ones_different(fleet: Inventory) -> None:
    mapped: dict[str, dict[int, int]] = {}
    pairs = zip(messages(fleet), messages(inventory.anonymize(fleet)), strict=True)
    for before, after in pairs:
        for (path, old), (_, new) in zip(leaves(before), leaves(after), strict=True):
            name = path.rpartition(".")[2]
            if name.endswith("_id") or path.endswith(": .id"):
                kind = {"id": path.split(":")[0].lower()}.get(name, name.removesuffix("_id"))
                kind = "electricalcomponent" if kind.endswith("electrical_component") else kind
                assert mapped.setdefault(kind, {}).setdefault(old, new) == new
    for numbers in mapped.values():
        assert len({*numbers.values()}) == len(numbers)


@pytest.mark.parametrize("fleet", [DEMO, parsed(EXAMPLE)], ids=["demo", "every key"])
def test_no_name_code_or_place_stays(fleet: Inventory) -> None:
    changed = inventory.anonymize(fleet)
    secret = ("name", "manufacturer", "model", "model_name", "code", "value")
    old = {
        value
        for message in messages(fleet)
        for path, value in leaves(message)
        if path.endswith(secret) and not path.endswith("country_code") and str(value).strip()
    }
    new = {value for message in messages(changed) for _, value in leaves(message)}
    assert old
    assert old & new == set()
    places = [
        (it.microgrid.location.latitude, it.microgrid.location.longitude) for it in DEMO.sites
    ]
    for site in changed.sites:
        place = (site.microgrid.location.latitude, site.microgrid.location.longitude)
        assert place not in places or place == (0.0, 0.0)


def test_made_up_codes_are_valid_and_others_stay_faulty() -> None:
    changed = inventory.anonymize(DEMO)
    before, after = (
        [site.microgrid.delivery_area.code for site in it.sites] for it in (DEMO, changed)
    )
    for old, new in zip(before, after, strict=True):
        assert old != new or not old
        assert new[:3] == old[:3]
        assert (eic_fault(old, "") is None) == (eic_fault(new, "") is None)
    assert [code == before[0] for code in before] == [code == after[0] for code in after]


def test_a_market_location_id_keeps_its_check_digit_right_or_wrong() -> None:
    # An example of the specification.
    assert _malo_check("4137355924") == "1"
    for last, is_right in (("1", True), ("2", False)):
        made = {_made_location_id(f"4137355924{last}", number, 1) for number in range(1, 200)}
        assert len(made) == 199
        assert {_malo_check(it[:10]) == it[10] for it in made} == {is_right}


def test_other_market_location_ids_keep_their_characters() -> None:
    assert _made_location_id("AT0010000000000000001-x9", 12, 2) == "AA0000000000000000000-b2"
    assert _made_location_id("7", 12, 2) == "21"
    assert len({_made_location_id("A1", number, 2) for number in range(1, 500)}) == 499


def test_unknown_data_is_removed() -> None:
    microgrid = type(DEMO.sites[0].microgrid)()
    microgrid.ParseFromString(DEMO.sites[0].microgrid.SerializeToString() + b"\xba\x3e\x05later")
    fleet = Inventory.of(inventory.Site.of(microgrid))
    assert b"later" in fleet.sites[0].microgrid.SerializeToString()
    assert b"later" not in inventory.anonymize(fleet).sites[0].microgrid.SerializeToString()
