"""Nothing of the contract was forgotten in the inventory file."""

import dataclasses
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, get_args, get_type_hints

import pytest
from frequenz.client.common.grid import EnergyMarketCodeType
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message_factory import GetMessageClass

from frequenz.client.assets import MicrogridStatus, inventory
from frequenz.client.assets.electrical_component import (
    BatteryType,
    ElectricalComponentCategory,
    ElectricalComponentOperationalMode,
    EvChargerType,
    InverterType,
)
from frequenz.client.assets.inventory import FileFormat, Inventory, Site
from frequenz.client.assets.metrics import Metric

from ..inventory_messages import (
    CATEGORIES_WITH_DATA,
    FORMATS,
    ComponentMessage,
    ConnectionMessage,
    MicrogridMessage,
    component_text,
    contents,
    one_component,
    parsed,
    read_back,
    site_text,
)

# Fields -------------------------------------------------------------------------------------------

ROOTS: Mapping[str, Any] = {
    "microgrid": MicrogridMessage,
    "components": ComponentMessage,
    "connections": ConnectionMessage,
}
"""The kinds of messages that a site of the file holds."""

SAMPLES = {
    FieldDescriptor.TYPE_UINT64: 17,
    FieldDescriptor.TYPE_UINT32: 63,
    FieldDescriptor.TYPE_INT64: 1_715_934_600,
    FieldDescriptor.TYPE_INT32: 250_000_000,
    FieldDescriptor.TYPE_FLOAT: -12.5,
    FieldDescriptor.TYPE_STRING: "Depot",
    FieldDescriptor.TYPE_ENUM: 1,
}
"""The type of a field -> a value that is not its default."""


def fields_of(kind: Any, *before: Any) -> Iterator[tuple[Any, ...]]:
    """Iterate over the ways to every field of a message, and of the messages in it."""
    for field in kind.DESCRIPTOR.fields:
        yield *before, field
        if field.message_type is not None:
            yield from fields_of(GetMessageClass(field.message_type), *before, field)


def put(message: Any, way: tuple[Any, ...]) -> None:
    """Set the field at the end of a way to what is not its default; an empty message is set."""
    for field in way:
        if field.is_repeated:
            message = getattr(message, field.name).add()
        elif field.message_type is not None:
            message = getattr(message, field.name)
            message.SetInParent()
        else:
            setattr(message, field.name, SAMPLES[field.type])


def with_message(part: str, message: Any) -> Inventory:
    """Return an inventory of one site that holds a message."""
    if part == "microgrid":
        return Inventory((Site(message),))
    return Inventory((Site(MicrogridMessage(id=1), **{part: (message,)}),))


WAYS = {
    f"{part}.{'.'.join(field.name for field in way)}": (part, way)
    for part, kind in ROOTS.items()
    for way in fields_of(kind)
}


def test_the_walk_finds_the_fields() -> None:
    assert len(WAYS) == 55
    assert "microgrid.create_timestamp.nanos" in WAYS
    assert "components.category_specific_info.power_transformer.primary" in WAYS
    assert "components.metric_config_bounds.config_bounds.upper" in WAYS
    assert "connections.operational_lifetime.end_timestamp.seconds" in WAYS


@FORMATS
@pytest.mark.parametrize(("part", "way"), WAYS.values(), ids=WAYS)
def test_every_field_has_its_place_in_the_file(
    part: str, way: tuple[Any, ...], file_format: FileFormat
) -> None:
    empty, message = ROOTS[part](), ROOTS[part]()
    put(message, way)
    assert message != empty
    held = with_message(part, message)
    assert contents(read_back(held, file_format=file_format)) == contents(held)
    texts = [
        inventory.to_text(with_message(part, it), file_format=file_format)
        for it in (empty, message)
    ]
    assert texts[0] != texts[1]


@FORMATS
def test_all_fields_at_once_have_their_places_in_the_file(file_format: FileFormat) -> None:
    site = Site(MicrogridMessage(), (ComponentMessage(),), (ConnectionMessage(),))
    messages = {
        "microgrid": site.microgrid,
        "components": site.components[0],
        "connections": site.connections[0],
    }
    for part, way in WAYS.values():
        put(messages[part], way)
    held = Inventory((site,))
    assert contents(read_back(held, file_format=file_format)) == contents(held)


@pytest.mark.parametrize(("data", "category"), CATEGORIES_WITH_DATA.items())
def test_the_data_of_every_category_stands_beside_the_other_keys(data: str, category: int) -> None:
    held = one_component(category=category, category_specific_info={data: {}})
    assert "category_specific_info" not in inventory.to_text(held)
    assert contents(read_back(held)) == contents(held)


def test_every_kind_of_data_has_a_category() -> None:
    info = type(ComponentMessage().category_specific_info)
    assert set(CATEGORIES_WITH_DATA) == {field.name for field in info.DESCRIPTOR.fields}


# What an inventory holds --------------------------------------------------------------------------


def held_by(holder: Any) -> list[Any]:
    """Return what an inventory or a site holds: the names of its fields and their messages."""
    hints = get_type_hints(holder)
    return [
        pytest.param(holder, field.name, get_args(hints[field.name])[0], id=field.name)
        for field in dataclasses.fields(holder)
        if get_args(hints[field.name])
    ]


@pytest.mark.parametrize(("holder", "name", "kind"), [*held_by(Site), *held_by(Inventory)])
def test_everything_that_an_inventory_holds_is_written(holder: Any, name: str, kind: Any) -> None:
    part: Any = kind(MicrogridMessage(id=1)) if kind is Site else kind()
    site = Site(MicrogridMessage(id=1), **({name: (part,)} if holder is Site else {}))
    held = Inventory((site,)) if holder is Site else Inventory(**{"sites": (site,), name: (part,)})
    assert read_back(held) == held


# Enums --------------------------------------------------------------------------------------------

ENUMS: Mapping[type[Enum], str] = {
    MicrogridStatus: site_text("status: %s"),
    EnergyMarketCodeType: site_text("delivery_area: {code_type: %s}"),
    ElectricalComponentCategory: component_text("category: %s"),
    ElectricalComponentOperationalMode: component_text("operational_mode: %s"),
    BatteryType: component_text("category: battery\n    type: %s"),
    EvChargerType: component_text("category: ev_charger\n    type: %s"),
    InverterType: component_text("category: inverter\n    type: %s"),
    Metric: component_text("rated_bounds: {%s: {}}"),
}
"""An enum of the model -> a file with a gap for a member."""

MEMBERS = [
    pytest.param(text, name.lower(), member, id=f"{enum.__name__}.{name}")
    for enum, text in ENUMS.items()
    for name, member in enum.__members__.items()
]


def enums_of(kind: Any) -> set[str]:
    """Return the names of the enums in a message."""
    return {way[-1].enum_type.name for way in fields_of(kind) if way[-1].enum_type is not None}


def test_every_enum_of_the_messages_is_tested() -> None:
    assert set().union(*map(enums_of, ROOTS.values())) == {enum.__name__ for enum in ENUMS}


@pytest.mark.parametrize(("text", "name", "member"), MEMBERS)
def test_every_member_is_read_by_its_name_and_by_its_number(
    text: str, name: str, member: Enum
) -> None:
    by_name, by_number = parsed(text % name), parsed(text % member.value)
    assert by_name == by_number
    assert (by_number == parsed(text % 0)) is (member.value == 0)


@pytest.mark.parametrize(("text", "name", "member"), MEMBERS)
def test_every_member_is_written_by_its_name(text: str, name: str, member: Enum) -> None:
    written = inventory.to_text(parsed(text % member.value))
    assert (member.name.lower() in written) or (member.value == 0 and name not in written)
    assert parsed(written) == parsed(text % name)
