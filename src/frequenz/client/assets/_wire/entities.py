"""The kinds of entities: what differs between them in replies and inventories, in one table."""

from collections.abc import Callable
from typing import Any, Final, Generic, NamedTuple, TypeVar

from .._market import Gridpool, GridpoolEnergySchedule, MarketTopologyRelation
from .._microgrid import Microgrid
from .._sensor import Sensor
from ..electrical_component import ComponentConnection, ElectricalComponent
from .catalogue import Fault
from .component import COMPONENTS, CONNECTIONS, decode_component, decode_connection
from .findings import Bulk
from .market import decode_gridpool, decode_relation, decode_schedule
from .microgrid import decode_microgrid
from .sensor import decode_sensor

ItemT = TypeVar("ItemT")


class Owner(NamedTuple):
    """To what the entities of a kind belong."""

    noun: str
    field: str
    """The field of a message, and of a reply, that says to which one."""


class Entity(NamedTuple, Generic[ItemT]):
    """A kind of entity."""

    noun: str
    list_field: str
    """The field of a reply that holds a list of these."""

    decode: Callable[[Any, list[Fault]], ItemT | None]
    """Decodes one message."""

    bulk: Bulk[ItemT] | None = None
    """How lists are decoded of what comes by the thousand; None = message by message."""

    key: tuple[str, ...] = ("id",)
    """The fields of a message that tell it from others of its kind; none where nothing has to."""

    id_field: str = "id"
    """The field of a message with the number of its own."""

    owner: Owner | None = None


_OF_MICROGRID: Final = Owner("microgrid", "microgrid_id")
_OF_GRIDPOOL: Final = Owner("gridpool", "gridpool_id")

MICROGRID: Final = Entity[Microgrid]("microgrid", "microgrids", decode_microgrid)
COMPONENT: Final = Entity[ElectricalComponent](
    "component", "components", decode_component, COMPONENTS, owner=_OF_MICROGRID
)
CONNECTION: Final = Entity[ComponentConnection](
    "connection",
    "connections",
    decode_connection,
    CONNECTIONS,
    key=("source_electrical_component_id", "destination_electrical_component_id"),
)
SENSOR: Final = Entity[Sensor]("sensor", "sensors", decode_sensor, owner=_OF_MICROGRID)
GRIDPOOL: Final = Entity[Gridpool]("gridpool", "gridpools", decode_gridpool)
SCHEDULE: Final = Entity[GridpoolEnergySchedule](
    "schedule",
    "schedules",
    decode_schedule,
    key=("gridpool_id", "schedule_id"),
    id_field="schedule_id",
    owner=_OF_GRIDPOOL,
)
RELATION: Final = Entity[MarketTopologyRelation]("relation", "relations", decode_relation, key=())
