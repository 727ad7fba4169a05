"""The kinds of entities: what differs between them in replies and inventories, in one table."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar

from .._lazy import lazy_module
from .._model.microgrid import Microgrid
from .._model.sensor import Sensor
from ..electrical_component import ComponentConnection, ElectricalComponent
from ..findings._rules import Fault
from .component import COMPONENTS, CONNECTIONS, decode_component, decode_connection
from .lists.items import Bulk
from .microgrid import decode_microgrid
from .sensor import decode_sensor

if TYPE_CHECKING:
    from . import market
else:
    # Few programs ask for the market.
    market = lazy_module(".market", __package__)

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

    decoder: Callable[[], Callable[[Any, list[Fault]], ItemT | None]]
    """Returns what `decode` is, so that the market's is imported at first use."""

    bulk: Bulk[ItemT] | None = None
    """How lists are decoded of what comes by the thousand; None = message by message."""

    key: tuple[str, ...] = ("id",)
    """The fields of a message that tell it from others of its kind; none where nothing has to."""

    id_field: str = "id"
    """The field of a message with the number of its own."""

    owner: Owner | None = None

    @property
    def decode(self) -> Callable[[Any, list[Fault]], ItemT | None]:
        """What makes an object of a message, None where none can exist, and finds faults."""
        return self.decoder()


_OF_MICROGRID: Final = Owner("microgrid", "microgrid_id")
_OF_GRIDPOOL: Final = Owner("gridpool", "gridpool_id")

MICROGRID: Final = Entity[Microgrid]("microgrid", "microgrids", lambda: decode_microgrid)
COMPONENT: Final = Entity[ElectricalComponent](
    "component", "components", lambda: decode_component, COMPONENTS, owner=_OF_MICROGRID
)
CONNECTION: Final = Entity[ComponentConnection](
    "connection",
    "connections",
    lambda: decode_connection,
    CONNECTIONS,
    key=("source_electrical_component_id", "destination_electrical_component_id"),
)
SENSOR: Final = Entity[Sensor]("sensor", "sensors", lambda: decode_sensor, owner=_OF_MICROGRID)
GRIDPOOL: Final = Entity("gridpool", "gridpools", lambda: market.decode_gridpool)
SCHEDULE: Final = Entity(
    "schedule",
    "schedules",
    lambda: market.decode_schedule,
    key=("gridpool_id", "schedule_id"),
    id_field="schedule_id",
    owner=_OF_GRIDPOOL,
)
RELATION: Final = Entity("relation", "relations", lambda: market.decode_relation, key=())
