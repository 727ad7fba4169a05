"""Good messages of every kind, how to spoil them, and their way to the model and back."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, NamedTuple, TypeAlias

from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2
from google.protobuf.message import Message

from frequenz.client.assets._wire.component import (
    decode_component,
    decode_connection,
    encode_component,
    encode_connection,
)
from frequenz.client.assets._wire.findings import Finding
from frequenz.client.assets._wire.microgrid import decode_microgrid, encode_microgrid
from frequenz.client.assets.electrical_component import ElectricalComponentCategory
from frequenz.client.assets.metrics import Metric

Category: TypeAlias = ElectricalComponentCategory

# Typed as Any: the generated stubs have a type of their own for the numbers of each enum.
pb: Final[Any] = electrical_components_pb2


class Way(NamedTuple):
    """The way of a kind of message to the model and back."""

    decode: Callable[[Any, list[Finding]], Any]
    encode: Callable[[Any], Any]


WAYS: Final[dict[type[Message], Way]] = {
    microgrid_pb2.Microgrid: Way(decode_microgrid, encode_microgrid),
    electrical_components_pb2.ElectricalComponent: Way(decode_component, encode_component),
    electrical_components_pb2.ElectricalComponentConnection: Way(
        decode_connection, encode_connection
    ),
}


def decoded(message: Message) -> tuple[Any, list[Finding]]:
    """Return what a message is decoded to, and what is wrong with it."""
    found: list[Finding] = []
    return WAYS[type(message)].decode(message, found), found


def encoded_again(made: Any, like: Message) -> Any:
    """Return the message of the given one's kind for a model object."""
    return WAYS[type(like)].encode(made)


OWN_INFO: Final[dict[Category, str]] = {
    Category.BATTERY: "battery",
    Category.EV_CHARGER: "ev_charger",
    Category.INVERTER: "inverter",
    Category.GRID: "grid_connection_point",
    Category.POWER_TRANSFORMER: "power_transformer",
}
"""The categories with data of their own: written out, not taken from the tables under test."""


def good_microgrid() -> Any:
    """Return a message of a microgrid without findings."""
    return microgrid_pb2.Microgrid(
        id=4,
        enterprise_id=2,
        name="Depot",
        delivery_area={"code": "10Y1001A1001A450", "code_type": 1},  # type: ignore[arg-type]
        location={"latitude": 52.5, "longitude": 13.25, "country_code": "DE"},  # type: ignore[arg-type]
        status=1,  # type: ignore[arg-type]
        create_timestamp={"seconds": 1_640_995_200},  # type: ignore[arg-type]
    )


def good_component(category: Category) -> Any:
    """Return a message of a component without findings."""
    message = pb.ElectricalComponent(
        id=17,
        microgrid_id=4,
        category=category.value,
        operational_lifetime={"start_timestamp": {"seconds": 1_640_995_200}},
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
    """Return a message of a metric's bounds."""
    return pb.MetricConfigBounds(metric=metric.value, config_bounds=limits)


def good_connection() -> Any:
    """Return a message of a connection without findings."""
    return pb.ElectricalComponentConnection(
        source_electrical_component_id=1,
        destination_electrical_component_id=2,
        operational_lifetime={"start_timestamp": {"seconds": 1_640_995_200}},
    )


GOOD: Final[Mapping[str, Callable[[], Any]]] = {
    "microgrid": good_microgrid,
    "connection": good_connection,
    "meter": partial(good_component, Category.METER),
    "battery": partial(good_component, Category.BATTERY),
    "ev_charger": partial(good_component, Category.EV_CHARGER),
    "inverter": partial(good_component, Category.INVERTER),
    "grid": partial(good_component, Category.GRID),
    "transformer": partial(good_component, Category.POWER_TRANSFORMER),
}


def spoilt(good: str, changes: Mapping[str, Any]) -> Any:
    """Return a good message with some fields set otherwise."""
    message = GOOD[good]()
    spoil(message, changes)
    return message


def spoil(message: Any, changes: Mapping[str, Any]) -> None:
    """Set fields of a message, given by their paths; None clears a field, a list is added to it."""
    for path, value in changes.items():
        *parents, name = path.split(".")
        holder = message
        for parent in parents:
            part, _, index = parent.partition("[")
            holder = getattr(holder, part)
            holder = holder[int(index.rstrip("]"))] if index else holder
        field = getattr(holder, name)
        match value:
            case None:
                holder.ClearField(name)
            case dict():
                field.CopyFrom(type(field)(**value))
            case list():
                field.extend(value)
            case _:
                setattr(holder, name, value)
