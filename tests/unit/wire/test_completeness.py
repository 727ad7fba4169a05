"""Everything that the contract has is in the model, in the tables and in the messages."""

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
from frequenz.client.assets._wire.component import encode_component
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
from frequenz.client.assets.metrics import Metric

from ..examples import component, component_classes, example

# Enums --------------------------------------------------------------------------------------------


class Pair(NamedTuple):
    """An enum of the contract and the model's enum for it."""

    contract: Any
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
"""Members that the model calls otherwise than the contract."""

WITHOUT_MEMBER: Final = {
    # frequenz-client-common, whose enum this is, has not followed the contract yet.
    "METRIC_PRESSURE_ABSOLUTE": 180,
}
"""Members that the model does not have."""


@pytest.mark.parametrize("pair", ENUMS, ids=lambda pair: pair.model.__name__)
def test_every_member_of_an_enum_has_its_name_and_number_in_the_model(pair: Pair) -> None:
    contract = {
        OTHER_NAMES.get(name, name.removeprefix(pair.prefix)): number
        for name, number in pair.contract.items()
        if name not in WITHOUT_MEMBER
    }
    model = {name: member.value for name, member in pair.model.__members__.items()}
    if pair.model is ElectricalComponentCategory:
        assert model.pop("GRID") == contract["GRID_CONNECTION_POINT"]
    assert model == contract


def test_the_members_that_the_model_lacks_are_still_lacking() -> None:
    lacking = {
        name: number
        for pair in ENUMS
        for name, number in pair.contract.items()
        if number not in {member.value for member in pair.model}
    }
    assert lacking == WITHOUT_MEMBER


# Tables -------------------------------------------------------------------------------------------


def test_every_category_and_type_has_a_class() -> None:
    expected = {
        (category, kind)
        for category in ElectricalComponentCategory
        for kind in (OWN_DATA[category].types if category in OWN_DATA else None) or [None]
    }
    assert set(CLASSES) == expected


@pytest.mark.parametrize(("category", "kind"), CLASSES, ids=str)
def test_a_class_of_the_table_is_of_its_category_and_type(
    category: ElectricalComponentCategory, kind: enum.Enum | None
) -> None:
    made: Any = component(CLASSES[category, kind])
    assert made.category is category
    assert getattr(made, "type", None) is kind


def test_every_type_that_the_client_may_not_know_has_a_class() -> None:
    assert set(UNRECOGNIZED) == {category for category, own in OWN_DATA.items() if own.types}
    for category, cls in UNRECOGNIZED.items():
        assert component(cls).category is category


def test_every_data_that_only_one_category_has_is_in_the_table() -> None:
    info = electrical_components_pb2.ElectricalComponentCategorySpecificInfo.DESCRIPTOR
    named = {ElectricalComponentCategory[field.name.upper()]: field.name for field in info.fields}
    assert {category: own.field for category, own in OWN_DATA.items()} == named


@pytest.mark.parametrize("category", OWN_DATA, ids=str)
def test_every_field_of_a_categorys_own_data_is_in_the_table(
    category: ElectricalComponentCategory,
) -> None:
    own = OWN_DATA[category]
    info = electrical_components_pb2.ElectricalComponentCategorySpecificInfo.DESCRIPTOR
    message = info.fields_by_name[own.field].message_type
    assert message is not None
    assert {field.name for field in message.fields} == {
        *own.ratings.values(),
        *(["type"] if own.types else []),
    }


def test_every_declared_class_has_one_for_foreign_data() -> None:
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
def test_a_union_of_types_names_every_public_class_of_its_family(
    union: Any, base: type[ElectricalComponent]
) -> None:
    family = {cls for cls in component_classes() if issubclass(cls, base)}
    assert set(get_args(union)) == family - set(MISMATCHED.values())


# Messages -----------------------------------------------------------------------------------------


ENCODERS: Final[dict[type[Any], Callable[[Any], Message]]] = {
    ComponentConnection: encode_connection,
    Gridpool: encode_gridpool,
    GridpoolEnergySchedule: encode_schedule,
    MarketTopologyRelation: encode_relation,
    Microgrid: encode_microgrid,
    Sensor: encode_sensor,
}


def untouched(message: Any, examples: Iterable[Message], path: str = "") -> Iterator[str]:
    """Yield the path of every field that none of the examples has set."""
    told: dict[str, list[Any]] = {}
    for sample in examples:
        for field, value in sample.ListFields():
            values = told.setdefault(field.name, [])
            if isinstance(value, Message) or field.message_type is None:
                values.append(value)
            else:
                values.extend(value)
    for field in message.fields:
        if not told.get(field.name):
            yield f"{path}{field.name}"
        elif field.message_type is not None:
            yield from untouched(field.message_type, told[field.name], f"{path}{field.name}.")


@pytest.mark.parametrize("cls", ENCODERS, ids=lambda cls: cls.__name__)
def test_the_encoder_sets_every_field_of_a_message(cls: type[Any]) -> None:
    message = ENCODERS[cls](example(cls))
    assert list(untouched(message.DESCRIPTOR, [message])) == []


def test_the_encoder_sets_every_field_of_a_component_and_its_kind() -> None:
    messages = [encode_component(component(cls)) for cls in component_classes()]
    assert list(untouched(messages[0].DESCRIPTOR, messages)) == []


def test_a_field_that_the_encoder_forgets_is_found() -> None:
    message = encode_component(component(electrical_component.LiIonBattery))
    message.ClearField("model")
    message.operational_lifetime.end_timestamp.ClearField("nanos")
    del message.metric_config_bounds[0]  # the other one has no lower bound
    assert set(untouched(message.DESCRIPTOR, [message])) == {
        "model",
        "operational_lifetime.end_timestamp.nanos",
        "metric_config_bounds.config_bounds.lower",
        *(
            f"category_specific_info.{name}"
            for name in ("ev_charger", "grid_connection_point", "inverter", "power_transformer")
        ),
    }


@pytest.mark.parametrize("cls", component_classes(), ids=lambda cls: cls.__name__)
def test_an_example_has_every_field_set(cls: type[ElectricalComponent]) -> None:
    made = component(cls)
    for field in fields(cls):
        if field.name not in ("category", "type"):
            default = None if field.default is MISSING else field.default
            assert getattr(made, field.name) not in (default, {}), field.name
