"""Valid messages of all entities, changes to them, and their conversion to the model and back."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from itertools import chain
from typing import Any, Final, NamedTuple, TypeAlias

from frequenz.api.common.v1alpha8.gridpool import gridpool_pb2
from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2
from frequenz.api.common.v1alpha8.microgrid.sensors import sensors_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from google.protobuf.message import Message

from frequenz.client.assets._wire.component import decode_component, encode_component
from frequenz.client.assets._wire.connection import decode_connection, encode_connection
from frequenz.client.assets._wire.entities import ENTITIES
from frequenz.client.assets._wire.lists.decode import decode_list
from frequenz.client.assets._wire.market import (
    decode_gridpool,
    decode_relation,
    decode_schedule,
    encode_gridpool,
    encode_relation,
    encode_schedule,
)
from frequenz.client.assets._wire.microgrid import decode_microgrid, encode_microgrid
from frequenz.client.assets._wire.sensor import decode_sensor, encode_sensor
from frequenz.client.assets.electrical_component import ElectricalComponentCategory
from frequenz.client.assets.findings._rules import Fault
from frequenz.client.assets.metrics import Metric

Category: TypeAlias = ElectricalComponentCategory

# Typed as Any: the generated stubs have a type of their own for the numbers of each enum.
pb: Final[Any] = electrical_components_pb2
market_pb: Final[Any] = platformassets_pb2
microgrid_pb: Final[Any] = microgrid_pb2
sensor_pb: Final[Any] = sensors_pb2


class Codec(NamedTuple):
    """The decoder and the encoder of a type of message."""

    decode: Callable[[Any, list[Fault]], Any]
    encode: Callable[[Any], Any]


CODECS: Final[dict[type[Message], Codec]] = {
    microgrid_pb2.Microgrid: Codec(decode_microgrid, encode_microgrid),
    electrical_components_pb2.ElectricalComponent: Codec(decode_component, encode_component),
    electrical_components_pb2.ElectricalComponentConnection: Codec(
        decode_connection, encode_connection
    ),
    sensors_pb2.Sensor: Codec(decode_sensor, encode_sensor),
    gridpool_pb2.Gridpool: Codec(decode_gridpool, encode_gridpool),
    platformassets_pb2.GridpoolEnergySchedule: Codec(decode_schedule, encode_schedule),
    platformassets_pb2.MarketTopologyRelation: Codec(decode_relation, encode_relation),
}


def decode(message: Message) -> tuple[Any, list[Fault]]:
    """Return the object of a message, None if it cannot exist, and the faults.

    Components and connections are decoded in both ways, by message and by column.
    """
    faults: list[Fault] = []
    item = CODECS[type(message)].decode(message, faults)
    entity = ENTITIES[type(message)]
    if entity.columns is None:
        return item, faults
    items, faulty = decode_list(entity, [message])
    assert repr(items) == repr([] if item is None else [item])
    assert [*chain.from_iterable(one.faults for one in faulty)] == faults
    return (items[0] if items else None), faults


def encode(item: Any, message_type: type[Message]) -> Any:
    """Return the message of an object."""
    return CODECS[message_type].encode(item)


_BRACKETS: Final = re.compile(r"\[[^]]*\]")


def field_of(message: Message, path: str) -> str:
    """Return the name of a field as in `Rule.fields`, given a message of an entity or a reply."""
    entity = ENTITIES.get(type(message))
    noun = entity.noun if entity else "reply"
    return f"{noun}: {_BRACKETS.sub('[*]', path)}"


OWN_INFO: Final[dict[Category, str]] = {
    Category.BATTERY: "battery",
    Category.EV_CHARGER: "ev_charger",
    Category.INVERTER: "inverter",
    Category.GRID: "grid_connection_point",
    Category.POWER_TRANSFORMER: "power_transformer",
}
"""By category, its field in `category_specific_info`: not taken from the tables under test."""


_MOMENT: Final = {"seconds": 1_640_995_200}
_AREA: Final = {"code": "10YDE-VE-------2", "code_type": 1}


def valid_microgrid() -> Any:
    """Return the message of a microgrid without findings."""
    return microgrid_pb.Microgrid(
        id=4,
        enterprise_id=2,
        name="Depot",
        delivery_area=_AREA,
        location={"latitude": 52.5, "longitude": 13.25, "country_code": "DE"},
        status=1,
        create_timestamp=_MOMENT,
    )


def valid_component(category: Category) -> Any:
    """Return the message of a component without findings."""
    message = pb.ElectricalComponent(
        id=17,
        microgrid_id=4,
        category=category.value,
        operational_lifetime={"start_timestamp": _MOMENT},
        metric_config_bounds=[bounds_message(Metric.AC_POWER_ACTIVE, lower=-5, upper=5)],
        operational_mode=4,
    )
    match category:
        case Category.BATTERY | Category.INVERTER | Category.EV_CHARGER:
            getattr(message.category_specific_info, OWN_INFO[category]).type = 1
        case Category.GRID:
            message.category_specific_info.grid_connection_point.rated_fuse_current = 63
        case Category.POWER_TRANSFORMER:
            message.category_specific_info.power_transformer.primary = 20000
            message.category_specific_info.power_transformer.secondary = 400
    return message


def bounds_message(metric: Metric, **limits: float) -> Any:
    """Return the message of a metric's bounds."""
    return pb.MetricConfigBounds(metric=metric.value, config_bounds=limits)


def valid_connection() -> Any:
    """Return the message of a connection without findings."""
    return pb.ElectricalComponentConnection(
        source_electrical_component_id=1,
        destination_electrical_component_id=2,
        operational_lifetime={"start_timestamp": _MOMENT},
    )


def valid_sensor() -> Any:
    """Return the message of a sensor without findings."""
    return sensor_pb.Sensor(id=8, microgrid_id=4, operational_lifetime={"start_timestamp": _MOMENT})


def valid_gridpool() -> Any:
    """Return the message of a gridpool without findings."""
    return gridpool_pb2.Gridpool(id=3, name="North")


def valid_schedule() -> Any:
    """Return the message of an energy schedule without findings."""
    return market_pb.GridpoolEnergySchedule(
        gridpool_id=3,
        schedule_id=5,
        counterparty_balancing_group=_AREA,
        counterparty_delivery_area=_AREA,
        frequenz_delivery_area=_AREA,
        direction=1,
        validity_period={"start_time": _MOMENT},
        cancel_time=_MOMENT,
        delivery_duration=2,
        time_series=[{"start_time": _MOMENT, "active_power_w": 1.5}],
    )


def valid_relation() -> Any:
    """Return the message of a market topology relation without findings."""
    return market_pb.MarketTopologyRelation(
        gridpool_id=3,
        microgrid_id=4,
        market_location_ref={
            "market_area": 101,
            "market_location_id": {"id": {"value": "50012345678"}, "type": 1},
        },
        delivery_area=_AREA,
        participations=[{"type": 1, "validity_period": {"start_time": _MOMENT}}, {"type": 2}],
    )


VALID: Final[Mapping[str, Callable[[], Any]]] = {
    "microgrid": valid_microgrid,
    "connection": valid_connection,
    "meter": partial(valid_component, Category.METER),
    "battery": partial(valid_component, Category.BATTERY),
    "ev_charger": partial(valid_component, Category.EV_CHARGER),
    "inverter": partial(valid_component, Category.INVERTER),
    "grid": partial(valid_component, Category.GRID),
    "transformer": partial(valid_component, Category.POWER_TRANSFORMER),
    "sensor": valid_sensor,
    "gridpool": valid_gridpool,
    "schedule": valid_schedule,
    "relation": valid_relation,
}


def changed(kind: str, changes: Mapping[str, Any]) -> Any:
    """Return a valid message with changed fields, see `change`."""
    message = VALID[kind]()
    change(message, changes)
    return message


def change(message: Any, changes: Mapping[str, Any]) -> None:
    """Set fields of a message, given by paths; None clears a field, and lists are extended."""
    for path, value in changes.items():
        *parents, name = path.split(".")
        parent = message
        for part in parents:
            field_name, _, index = part.partition("[")
            parent = getattr(parent, field_name)
            parent = parent[int(index.rstrip("]"))] if index else parent
        field = getattr(parent, name)
        match value:
            case None:
                parent.ClearField(name)
            case dict():
                field.CopyFrom(type(field)(**value))
            case list():
                field.extend(value)
            case _:
                setattr(parent, name, value)
