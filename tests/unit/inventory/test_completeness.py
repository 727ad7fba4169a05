"""Nothing of the contract was forgotten in the inventory file."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, Final, get_args, get_type_hints

import pytest
from frequenz.api.common.v1alpha8.market import market_area_pb2
from frequenz.client.common.grid import EnergyMarketCodeType
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message_factory import GetMessageClass

from frequenz.client import assets
from frequenz.client.assets import inventory
from frequenz.client.assets.electrical_component import (
    BatteryType,
    ElectricalComponentCategory,
    ElectricalComponentOperationalMode,
    EvChargerType,
    InverterType,
)
from frequenz.client.assets.inventory import Inventory, Site
from frequenz.client.assets.inventory._schema import json_schema
from frequenz.client.assets.metrics import Metric

from ..inventory_messages import (
    CATEGORIES_WITH_DATA,
    MESSAGES,
    ComponentMessage,
    ConnectionMessage,
    MicrogridMessage,
    assert_reads_back,
    component_text,
    inventory_of,
    one_component,
    parsed,
    read_back,
    site_text,
)

# Fields -------------------------------------------------------------------------------------------

SAMPLES: Final = {
    FieldDescriptor.TYPE_UINT64: 17,
    FieldDescriptor.TYPE_UINT32: 63,
    FieldDescriptor.TYPE_INT64: 1_715_934_600,
    FieldDescriptor.TYPE_INT32: 250_000_000,
    FieldDescriptor.TYPE_FLOAT: -12.5,
    FieldDescriptor.TYPE_DOUBLE: 0.1,
    FieldDescriptor.TYPE_STRING: "Depot",
    FieldDescriptor.TYPE_ENUM: 1,
}
"""The type of a field -> a value that is not its default."""

FieldPath = tuple[FieldDescriptor, ...]


def paths_of(kind: Any, *before: FieldDescriptor) -> Iterator[FieldPath]:
    """Iterate over the paths of all fields of a message, and of the messages in it."""
    for field in kind.DESCRIPTOR.fields:
        yield *before, field
        if field.message_type is not None:
            yield from paths_of(GetMessageClass(field.message_type), *before, field)


def put(message: Any, path: FieldPath) -> None:
    """Set the field at the end of a path to what is not its default; an empty message is set."""
    for field in path:
        if field.is_repeated:
            message = getattr(message, field.name).add()
        elif field.message_type is not None:
            message = getattr(message, field.name)
            message.SetInParent()
        else:
            setattr(message, field.name, SAMPLES[field.type])


every_message = pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.DESCRIPTOR.name)


def test_the_walk_finds_the_fields() -> None:
    paths = {
        ".".join([kind.DESCRIPTOR.name, *(field.name for field in path)])
        for kind in MESSAGES
        for path in paths_of(kind)
    }
    assert len(paths) == 119
    assert "Microgrid.create_timestamp.nanos" in paths
    assert "ElectricalComponent.category_specific_info.power_transformer.primary" in paths
    assert "ElectricalComponent.metric_config_bounds.config_bounds.upper" in paths
    assert "ElectricalComponentConnection.operational_lifetime.end_timestamp.seconds" in paths
    assert "MarketTopologyRelation.market_location_ref.market_location_id.id.value" in paths


@every_message
def test_every_field_is_in_the_file(kind: Any) -> None:
    text_without = inventory.to_text(inventory_of(kind()))
    for path in paths_of(kind):
        message = kind()
        put(message, path)
        assert message != kind()
        held = inventory_of(message)
        assert inventory.to_text(held) != text_without, path
        assert_reads_back(held)


@every_message
def test_all_fields_together_are_in_the_file(kind: Any) -> None:
    message = kind()
    for path in paths_of(kind):
        put(message, path)
    assert_reads_back(inventory_of(message))


@pytest.mark.parametrize(("data", "category"), CATEGORIES_WITH_DATA.items())
def test_the_data_of_a_category_is_beside_the_other_keys(data: str, category: int) -> None:
    held = one_component(category=category, category_specific_info={data: {}})
    assert "category_specific_info" not in inventory.to_text(held)
    assert_reads_back(held)


def test_every_kind_of_data_has_a_category() -> None:
    info = type(ComponentMessage().category_specific_info)
    assert set(CATEGORIES_WITH_DATA) == {field.name for field in info.DESCRIPTOR.fields}


# The model ----------------------------------------------------------------------------------------

MODELS: Final = (
    assets.BalancingGroup,
    assets.DeliveryArea,
    assets.Gridpool,
    assets.GridpoolEnergySchedule,
    assets.GridpoolEnergyScheduleTimeSeriesEntry,
    assets.Interval,
    assets.Lifetime,
    assets.MarketLocationId,
    assets.MarketLocationRef,
    assets.MarketParticipation,
    assets.MarketTopologyRelation,
    assets.Sensor,
)
"""The classes whose fields are the keys of the file, one for one."""


def test_the_keys_are_the_fields_of_the_model() -> None:
    definitions = json_schema()["$defs"]
    for model in MODELS:
        keys = definitions[model.__name__]["properties"]
        assert set(keys) == {field.name for field in dataclasses.fields(model)}


def test_every_message_has_its_model_in_the_table() -> None:
    # These have more keys than their classes have fields.
    kinds = [
        kind
        for kind in MESSAGES
        if kind not in (MicrogridMessage, ComponentMessage, ConnectionMessage)
    ]
    names = {kind.DESCRIPTOR.name for kind in kinds} | {
        path[-1].message_type.name
        for kind in kinds
        for path in paths_of(kind)
        if path[-1].message_type is not None
    }
    # A timestamp is a text, and the value of a market location's ID is in its ID.
    assert names - {"Timestamp", "MarketLocationIdValue"} == {cls.__name__ for cls in MODELS}


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

_SCHEDULE: Final = "version: 1\nenergy_schedules: [{gridpool_id: 1, schedule_id: 1, %s}]\n"
_RELATION: Final = "version: 1\nmarket_topology: [{%s}]\n"

ENUMS: Final[Mapping[str, tuple[str, dict[str, int]]]] = {
    **{
        members.__name__: (
            text,
            {name.lower(): member.value for name, member in members.__members__.items()},
        )
        for members, text in {
            assets.MicrogridStatus: site_text("status: %s"),
            EnergyMarketCodeType: site_text("delivery_area: {code_type: %s}"),
            ElectricalComponentCategory: component_text("category: %s"),
            ElectricalComponentOperationalMode: component_text("operational_mode: %s"),
            BatteryType: component_text("category: battery\n    type: %s"),
            EvChargerType: component_text("category: ev_charger\n    type: %s"),
            InverterType: component_text("category: inverter\n    type: %s"),
            Metric: component_text("rated_bounds: {%s: {}}"),
            assets.GridpoolEnergyScheduleDirection: _SCHEDULE % "direction: %s",
            assets.DeliveryDuration: _SCHEDULE % "delivery_duration: %s",
            assets.MarketLocationIdType: (
                _RELATION % "market_location_ref: {market_location_id: {type: %s}}"
            ),
            assets.MarketParticipationType: _RELATION % "participations: [{type: %s}]",
        }.items()
    },
    "MarketArea": (
        _RELATION % "market_location_ref: {market_area: %s}",
        {
            name.removeprefix("MARKET_AREA_").lower(): number
            for name, number in market_area_pb2.MarketArea.items()
        },
    ),
}
"""An enum -> a file with a gap for a member, and the members: name in the file -> number."""


def test_every_enum_of_the_messages_is_tested() -> None:
    names = {
        path[-1].enum_type.name
        for kind in MESSAGES
        for path in paths_of(kind)
        if path[-1].enum_type is not None
    }
    assert names == set(ENUMS)


@pytest.mark.parametrize(("text", "numbers"), ENUMS.values(), ids=ENUMS)
def test_every_member_has_its_name(text: str, numbers: dict[str, int]) -> None:
    written_names = {number: name for name, number in reversed(numbers.items())}
    if "grid" in numbers:
        written_names[numbers["grid"]] = "grid_connection_point"
    for name, number in numbers.items():
        held = parsed(text % number)
        for spelling in (name, name.upper(), name.title().replace("_", "-")):
            assert held == parsed(text % spelling)
        assert (held == parsed(text % 0)) is (number == 0)
        written = inventory.to_text(held)
        if number:
            assert written_names[number] in written
        assert parsed(written) == held


@pytest.mark.parametrize("enum", ENUMS)
def test_every_member_of_the_api_is_read_and_written_by_name(enum: str) -> None:
    text, _ = ENUMS[enum]
    values = _api_enum(enum).values
    prefix = values[0].name.removesuffix("UNSPECIFIED")
    for value in values:
        held = parsed(text % value.number)
        assert held == parsed(text % value.name)
        short = value.name.removeprefix(prefix).lower()
        if short.isidentifier():
            assert held == parsed(text % short) == parsed(text % short.replace("_", "-"))
        if value.number:
            with_number = inventory.to_text(parsed(text % 9999)).replace("9999", str(value.number))
            assert inventory.to_text(held) != with_number


def _api_enum(name: str) -> Any:
    return next(
        path[-1].enum_type
        for kind in MESSAGES
        for path in paths_of(kind)
        if path[-1].enum_type is not None and path[-1].enum_type.name == name
    )
