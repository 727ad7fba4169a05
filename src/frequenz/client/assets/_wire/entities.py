"""The table of entities: for each, all that code about any entity needs to know."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar

from frequenz.api.common.v1alpha8.gridpool import gridpool_pb2
from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2
from frequenz.api.common.v1alpha8.microgrid.sensors import sensors_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from frequenz.client.common.microgrid.sensors import SensorId

from .._lazy import lazy_module
from .._model.microgrid import Microgrid
from .._model.sensor import Sensor
from ..electrical_component import ComponentConnection, ElectricalComponent
from ..findings._rules import Fault
from .component import decode_component
from .connection import decode_connection
from .fast import COMPONENTS, CONNECTIONS, ColumnDecoder
from .microgrid import decode_microgrid
from .sensor import decode_sensor
from .text import quoted

if TYPE_CHECKING:
    from .. import exceptions
    from . import market
else:
    # Few programs ask for the market, and not all need the errors, which import gRPC.
    exceptions = lazy_module("..exceptions", __package__)
    market = lazy_module(".market", __package__)

ItemT = TypeVar("ItemT")


class Owner(NamedTuple):
    """The entity to which others belong."""

    noun: str
    field: str
    """The field with its ID, in a message and in a reply."""


class Entity(NamedTuple, Generic[ItemT]):
    """A type of entity."""

    noun: str
    """What sentences call it; also the attribute of the error that holds the object."""

    message: type[Any]
    list_field: str
    """The field of a reply that lists these."""

    inventory_list: str
    """The attribute of a site or an inventory that lists these."""

    decode: Callable[[Any, list[Fault]], ItemT | None]
    """Makes the object of a message, or None if it cannot exist, and appends the faults."""

    error: "Callable[[], type[exceptions.ValidationError]]"
    """Returns the error for an invalid one, which takes the object as the keyword `noun`."""

    id_of: Callable[[Any], Any]
    """Returns the ID of a message, as users know it; None if it has none."""

    name_of: Callable[[Any], str]
    """Returns the name of a message in sentences, such as `component 17`."""

    key: tuple[str, ...] = ("id",)
    """The fields of a message that distinguish it from others; none if they need not differ."""

    id_field: str = "id"
    """The field of a message with its own ID."""

    recurs_in_time: bool = False
    """Whether several may have one key, if their lifetimes do not overlap."""

    owner: Owner | None = None
    columns: ColumnDecoder[ItemT] | None = None
    """How long lists are decoded; None = message by message."""


_OF_MICROGRID: Final = Owner("microgrid", "microgrid_id")
_OF_GRIDPOOL: Final = Owner("gridpool", "gridpool_id")

_Component = electrical_components_pb2.ElectricalComponent
_Connection = electrical_components_pb2.ElectricalComponentConnection


def _connection_id(message: Any) -> tuple[ElectricalComponentId, ElectricalComponentId]:
    return (
        ElectricalComponentId(message.source_electrical_component_id),
        ElectricalComponentId(message.destination_electrical_component_id),
    )


def _relation_name(message: platformassets_pb2.MarketTopologyRelation) -> str:
    """Return the name of a relation, which has no ID, from what it relates."""
    value = message.market_location_ref.market_location_id.id.value
    location = value if value.isalnum() and value.isascii() and len(value) < 60 else quoted(value)
    ends = {
        "gridpool": message.gridpool_id if message.HasField("gridpool_id") else "",
        "microgrid": message.microgrid_id if message.HasField("microgrid_id") else "",
        "market location": location if value else "",
    }
    names = " - ".join(f"{kind} {end}" for kind, end in ends.items() if end != "")
    return f"relation {names or 'of nothing'}"


MICROGRID: Final = Entity[Microgrid](
    "microgrid",
    microgrid_pb2.Microgrid,
    list_field="microgrids",
    inventory_list="sites",
    decode=decode_microgrid,
    error=lambda: exceptions.InvalidMicrogridError,
    id_of=lambda message: MicrogridId(message.id),
    name_of=lambda message: f"microgrid {message.id}",
)
COMPONENT: Final = Entity[ElectricalComponent](
    "component",
    _Component,
    list_field="components",
    inventory_list="components",
    decode=decode_component,
    error=lambda: exceptions.InvalidElectricalComponentError,
    id_of=lambda message: ElectricalComponentId(message.id),
    name_of=lambda message: f"component {message.id}",
    owner=_OF_MICROGRID,
    columns=COMPONENTS,
)
CONNECTION: Final = Entity[ComponentConnection](
    "connection",
    _Connection,
    list_field="connections",
    inventory_list="connections",
    decode=decode_connection,
    error=lambda: exceptions.InvalidConnectionError,
    id_of=_connection_id,
    name_of=lambda message: (
        f"connection {message.source_electrical_component_id}"
        f" -> {message.destination_electrical_component_id}"
    ),
    key=("source_electrical_component_id", "destination_electrical_component_id"),
    recurs_in_time=True,
    columns=CONNECTIONS,
)
SENSOR: Final = Entity[Sensor](
    "sensor",
    sensors_pb2.Sensor,
    list_field="sensors",
    inventory_list="sensors",
    decode=decode_sensor,
    error=lambda: exceptions.InvalidSensorError,
    id_of=lambda message: SensorId(message.id),
    name_of=lambda message: f"sensor {message.id}",
    owner=_OF_MICROGRID,
)
GRIDPOOL: Final = Entity(
    "gridpool",
    gridpool_pb2.Gridpool,
    list_field="gridpools",
    inventory_list="gridpools",
    decode=lambda message, found: market.decode_gridpool(message, found),  # noqa: PLW0108 - imports it
    error=lambda: exceptions.InvalidGridpoolError,
    id_of=lambda message: message.id,
    name_of=lambda message: f"gridpool {message.id}",
)
SCHEDULE: Final = Entity(
    "schedule",
    platformassets_pb2.GridpoolEnergySchedule,
    list_field="schedules",
    inventory_list="energy_schedules",
    decode=lambda message, found: market.decode_schedule(message, found),  # noqa: PLW0108 - imports it
    error=lambda: exceptions.InvalidGridpoolEnergyScheduleError,
    id_of=lambda message: message.schedule_id,
    name_of=lambda message: (
        f"energy schedule {message.schedule_id} of gridpool {message.gridpool_id}"
    ),
    key=("gridpool_id", "schedule_id"),
    id_field="schedule_id",
    owner=_OF_GRIDPOOL,
)
RELATION: Final = Entity(
    "relation",
    platformassets_pb2.MarketTopologyRelation,
    list_field="relations",
    inventory_list="market_topology",
    decode=lambda message, found: market.decode_relation(message, found),  # noqa: PLW0108 - imports it
    error=lambda: exceptions.InvalidMarketTopologyRelationError,
    id_of=lambda _: None,
    name_of=_relation_name,
    key=(),
)

OF_SITE: Final[tuple[Entity[Any], ...]] = (COMPONENT, CONNECTION, SENSOR)
"""The entities that a site lists."""

OF_MARKET: Final[tuple[Entity[Any], ...]] = (GRIDPOOL, SCHEDULE, RELATION)
"""The entities that an inventory lists beside its sites."""

ENTITIES: Final[Mapping[type[Any], Entity[Any]]] = {
    entity.message: entity for entity in (MICROGRID, *OF_SITE, *OF_MARKET)
}
"""All entities, by the class of their messages."""


def name_of(message: Any) -> str:
    """Return the name of an entity in sentences, such as `component 17`."""
    return ENTITIES[type(message)].name_of(message)
