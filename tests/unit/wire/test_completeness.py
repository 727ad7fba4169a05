"""Everything in the API is in the model, in the tables and in encoded messages."""

import enum
from collections.abc import Callable, Iterable, Iterator
from dataclasses import MISSING, fields
from typing import Any, Final, NamedTuple, get_args

import pytest
from frequenz.api.common.v1alpha8.grid import (
    delivery_area_pb2,
    delivery_duration_pb2,
    market_location_pb2,
)
from frequenz.api.common.v1alpha8.metrics import metrics_pb2
from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from google.protobuf.message import Message

from frequenz.client.assets import (
    DeliveryDuration,
    EnergyMarketCodeType,
    Gridpool,
    GridpoolEnergySchedule,
    GridpoolEnergyScheduleDirection,
    MarketLocationIdType,
    MarketParticipationType,
    MarketTopologyRelation,
    Microgrid,
    MicrogridStatus,
    Sensor,
    electrical_component,
)
from frequenz.client.assets._wire.component import decode_component, encode_component
from frequenz.client.assets._wire.component_classes import CLASSES, OWN_DATA, UNRECOGNIZED
from frequenz.client.assets._wire.connection import encode_connection
from frequenz.client.assets._wire.market import encode_gridpool, encode_relation, encode_schedule
from frequenz.client.assets._wire.microgrid import encode_microgrid
from frequenz.client.assets._wire.sensor import encode_sensor
from frequenz.client.assets.electrical_component import (
    BatteryType,
    BatteryTypes,
    ComponentConnection,
    ElectricalComponent,
    ElectricalComponentCategory,
    ElectricalComponentOperationalMode,
    ElectricalComponentTypes,
    EvChargerType,
    EvChargerTypes,
    InverterType,
    InverterTypes,
    MismatchedCategoryComponent,
    ProblematicComponent,
    ProblematicComponentTypes,
    UnrecognizedComponent,
)
from frequenz.client.assets.electrical_component._mismatched import MISMATCHED
from frequenz.client.assets.findings._rules import Fault
from frequenz.client.assets.metrics import Bounds, Metric

from ..examples import component, component_classes, example
from ..messages import valid_component

# Enums --------------------------------------------------------------------------------------------


class Pair(NamedTuple):
    """An enum of the API, and the model's enum for it."""

    api: Any
    prefix: str
    model: type[enum.Enum]


ENUMS: Final = [
    Pair(delivery_area_pb2.EnergyMarketCodeType, "ENERGY_MARKET_CODE_TYPE_", EnergyMarketCodeType),
    Pair(delivery_duration_pb2.DeliveryDuration, "DELIVERY_DURATION_", DeliveryDuration),
    Pair(
        market_location_pb2.MarketLocationIdType, "MARKET_LOCATION_ID_TYPE_", MarketLocationIdType
    ),
    Pair(
        platformassets_pb2.GridpoolEnergyScheduleDirection,
        "GRIDPOOL_ENERGY_SCHEDULE_DIRECTION_",
        GridpoolEnergyScheduleDirection,
    ),
    Pair(
        platformassets_pb2.MarketParticipationType,
        "MARKET_PARTICIPATION_TYPE_",
        MarketParticipationType,
    ),
    Pair(metrics_pb2.Metric, "METRIC_", Metric),
    Pair(microgrid_pb2.MicrogridStatus, "MICROGRID_STATUS_", MicrogridStatus),
    Pair(electrical_components_pb2.BatteryType, "BATTERY_TYPE_", BatteryType),
    Pair(electrical_components_pb2.EvChargerType, "EV_CHARGER_TYPE_", EvChargerType),
    Pair(electrical_components_pb2.InverterType, "INVERTER_TYPE_", InverterType),
    Pair(
        electrical_components_pb2.ElectricalComponentCategory,
        "ELECTRICAL_COMPONENT_CATEGORY_",
        ElectricalComponentCategory,
    ),
    Pair(
        electrical_components_pb2.ElectricalComponentOperationalMode,
        "ELECTRICAL_COMPONENT_OPERATIONAL_MODE_",
        ElectricalComponentOperationalMode,
    ),
]

OTHER_NAMES: Final = {
    "INVERTER_TYPE_PV": "SOLAR",
    **{f"DELIVERY_DURATION_{minutes}": f"MINUTES_{minutes}" for minutes in (5, 15, 30, 60)},
}
"""By name in the API, members with other names in the model."""

WITHOUT_MEMBER: Final = {
    # frequenz-client-common, which defines this enum, does not have it yet.
    "METRIC_PRESSURE_ABSOLUTE": 180,
}
"""Members that the model lacks."""


@pytest.mark.parametrize("pair", ENUMS, ids=lambda pair: pair.model.__name__)
def test_every_member_of_an_enum_has_its_name_and_number_in_the_model(pair: Pair) -> None:
    api = {
        OTHER_NAMES.get(name, name.removeprefix(pair.prefix)): number
        for name, number in pair.api.items()
        if name not in WITHOUT_MEMBER
    }
    model = {name: member.value for name, member in pair.model.__members__.items()}
    if pair.model is ElectricalComponentCategory:
        assert model.pop("GRID") == api["GRID_CONNECTION_POINT"]
    assert model == api


def test_the_model_lacks_only_the_listed_members() -> None:
    lacking = {
        name: number
        for pair in ENUMS
        for name, number in pair.api.items()
        if number not in {member.value for member in pair.model}
    }
    assert lacking == WITHOUT_MEMBER


def test_a_metric_that_only_the_api_has_is_its_number_without_a_finding() -> None:
    number = WITHOUT_MEMBER["METRIC_PRESSURE_ABSOLUTE"]
    message = valid_component(ElectricalComponentCategory.METER)
    (entry,) = message.metric_config_bounds
    entry.metric = number
    found: list[Fault] = []
    decoded = decode_component(message, found)
    assert (found, decoded.rated_bounds) == ([], {number: Bounds(lower=-5.0, upper=5.0)})
    assert encode_component(decoded).metric_config_bounds == message.metric_config_bounds

    entry.config_bounds.lower = 6.0
    decode_component(message, found)
    assert [fault.path for fault in found] == ["rated_bounds[PRESSURE_ABSOLUTE]"]


# Tables -------------------------------------------------------------------------------------------


def test_every_category_and_type_has_a_class() -> None:
    expected = {
        (category, kind)
        for category in ElectricalComponentCategory
        for kind in (OWN_DATA[category].types if category in OWN_DATA else None) or [None]
    }
    assert set(CLASSES) == expected


def test_each_class_in_the_table_has_its_category_and_type() -> None:
    for (category, kind), cls in CLASSES.items():
        instance: Any = component(cls)
        assert instance.category is category, cls
        assert getattr(instance, "type", None) is kind, cls


def test_every_category_with_types_has_a_class_for_unrecognized_types() -> None:
    assert set(UNRECOGNIZED) == {category for category, own in OWN_DATA.items() if own.types}
    for category, cls in UNRECOGNIZED.items():
        assert component(cls).category is category


def test_all_category_specific_data_is_in_the_table() -> None:
    info = electrical_components_pb2.ElectricalComponentCategorySpecificInfo.DESCRIPTOR
    named = {ElectricalComponentCategory[field.name.upper()]: field.name for field in info.fields}
    assert {category: own.field for category, own in OWN_DATA.items()} == named


def test_every_field_of_category_specific_data_is_in_the_table() -> None:
    info = electrical_components_pb2.ElectricalComponentCategorySpecificInfo.DESCRIPTOR
    for own in OWN_DATA.values():
        message = info.fields_by_name[own.field].message_type
        assert message is not None
        assert {field.name for field in message.fields} == {
            *own.ratings.values(),
            *(["type"] if own.types else []),
        }, own.field


def test_the_class_of_every_category_has_one_for_foreign_data() -> None:
    declared = {
        cls
        for (category, kind), cls in CLASSES.items()
        if category.value and not (kind and kind.value)
    }
    assert set(MISMATCHED) == declared


def test_every_public_class_is_in_the_tables() -> None:
    assert set(component_classes()) == {
        *CLASSES.values(),
        *UNRECOGNIZED.values(),
        *MISMATCHED.values(),
        MismatchedCategoryComponent,
        UnrecognizedComponent,
    }


@pytest.mark.parametrize(
    ("union", "base"),
    [
        (BatteryTypes, electrical_component.Battery),
        (EvChargerTypes, electrical_component.EvCharger),
        (InverterTypes, electrical_component.Inverter),
        (ProblematicComponentTypes, ProblematicComponent),
        (ElectricalComponentTypes, ElectricalComponent),
    ],
    ids=lambda value: getattr(value, "__name__", "union"),
)
def test_a_union_of_types_has_every_public_class_of_its_base(
    union: Any, base: type[ElectricalComponent]
) -> None:
    classes = {cls for cls in component_classes() if issubclass(cls, base)}
    assert set(get_args(union)) == classes - set(MISMATCHED.values())


# Messages -----------------------------------------------------------------------------------------


ENCODERS: Final[dict[type[Any], Callable[[Any], Message]]] = {
    ComponentConnection: encode_connection,
    Gridpool: encode_gridpool,
    GridpoolEnergySchedule: encode_schedule,
    MarketTopologyRelation: encode_relation,
    Microgrid: encode_microgrid,
    Sensor: encode_sensor,
}


def unset_fields(message: Any, examples: Iterable[Message], path: str = "") -> Iterator[str]:
    """Yield the paths of the fields that are not set in any of the examples."""
    values: dict[str, list[Any]] = {}
    for sample in examples:
        for field, value in sample.ListFields():
            of_field = values.setdefault(field.name, [])
            if isinstance(value, Message) or field.message_type is None:
                of_field.append(value)
            else:
                of_field.extend(value)
    for field in message.fields:
        if not values.get(field.name):
            yield f"{path}{field.name}"
        elif field.message_type is not None:
            yield from unset_fields(field.message_type, values[field.name], f"{path}{field.name}.")


@pytest.mark.parametrize("cls", ENCODERS, ids=lambda cls: cls.__name__)
def test_the_encoder_sets_every_field_of_a_message(cls: type[Any]) -> None:
    message = ENCODERS[cls](example(cls))
    assert list(unset_fields(message.DESCRIPTOR, [message])) == []


def test_the_encoder_sets_every_field_of_a_component_and_its_category_specific_data() -> None:
    messages = [encode_component(component(cls)) for cls in component_classes()]
    assert list(unset_fields(messages[0].DESCRIPTOR, messages)) == []


def test_unset_fields_are_found() -> None:
    message = encode_component(component(electrical_component.LiIonBattery))
    message.ClearField("model")
    message.operational_lifetime.end_timestamp.ClearField("nanos")
    del message.metric_config_bounds[0]  # the other one has no lower bound
    assert set(unset_fields(message.DESCRIPTOR, [message])) == {
        "model",
        "operational_lifetime.end_timestamp.nanos",
        "metric_config_bounds.config_bounds.lower",
        *(
            f"category_specific_info.{name}"
            for name in ("ev_charger", "grid_connection_point", "inverter", "power_transformer")
        ),
    }


def test_examples_have_every_field_set() -> None:
    for cls in component_classes():
        instance = component(cls)
        for field in fields(cls):
            if field.name not in ("category", "type"):
                default = None if field.default is MISSING else field.default
                assert getattr(instance, field.name) not in (default, {}), (cls, field.name)
