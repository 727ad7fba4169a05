"""Sites of branches and sensors, and fleets of sites."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any, Final, TypeAlias, TypeVar

from frequenz.api.common.v1alpha8.microgrid.sensors import sensors_pb2
from frequenz.client.common.grid import DeliveryArea
from frequenz.client.common.microgrid import EnterpriseId, MicrogridId
from frequenz.client.common.microgrid.sensors import SensorId

from .._model.market import Gridpool, GridpoolEnergySchedule, MarketTopologyRelation
from .._model.microgrid import Location, Microgrid, MicrogridStatus
from .._model.sensor import Sensor
from .._wire.component import ComponentMessage
from .._wire.connection import ConnectionMessage
from .._wire.market import encode_gridpool, encode_relation, encode_schedule
from .._wire.microgrid import encode_microgrid
from .._wire.sensor import encode_sensor
from ..inventory import Inventory, Site
from ._branch import (
    Branch,
    Numbered,
    check_enum,
    check_moment,
    check_texts,
    checked_id,
    label,
    lifetime,
    lines_of,
    naming,
    parts_of,
)

_NumberedT = TypeVar("_NumberedT", bound=Numbered)
_MessageT = TypeVar("_MessageT", ComponentMessage, sensors_pb2.Sensor)


@dataclass(frozen=True, eq=False)
class Device:
    """A sensor without its microgrid; `sensor` makes it."""

    id: int | None
    message: sensors_pb2.Sensor

    def __str__(self) -> str:
        """Return what errors call it."""
        return label(Sensor, self.message.name)


def sensor(
    name: str | None = None,
    *,
    id: int | None = None,
    manufacturer: str | None = None,
    model_name: str | None = None,
    model: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
) -> Device:
    """Return a sensor for `site`.

    Raises:
        TypeError: If the ID is not an integer, or a text is not text.
        ValueError: If the ID is not positive, a moment has no time zone, or the end is before the
            start.
    """
    texts = {
        "name": name,
        "manufacturer": manufacturer,
        "model_name": model_name,
        "model": model,
    }
    with naming(Sensor, name):
        number = checked_id(id)
        check_texts(texts)
        operational = lifetime(start, end) if start or end else None
        message = encode_sensor(
            Sensor(
                id=SensorId(number or 1),
                microgrid_id=MicrogridId(1),
                name=name,
                manufacturer=manufacturer,
                model_name=model_name,
                model=model,
                operational_lifetime=operational,
            )
        )
    return Device(number, message)


def site(
    id: int,
    name: str | None = None,
    *content: Branch | Device,
    enterprise_id: int = 1,
    status: MicrogridStatus | int = MicrogridStatus.ACTIVE,
    delivery_area: DeliveryArea | None = None,
    location: Location | None = None,
    create_timestamp: datetime | None = None,
) -> Site:
    """Return a microgrid with its components, connections and sensors.

    Args:
        id: The ID of the microgrid.
        name: Its name.
        *content: Its branches, each from a grid connection point or the root of an island; and its
            sensors.
        enterprise_id: The enterprise that it belongs to.
        status: Whether it is in use.
        delivery_area: Its delivery area; None if it is an island, or unknown.
        location: Where it is.
        create_timestamp: When it was created on the platform.

    Raises:
        TypeError: If something in it is neither a branch nor a sensor, or an argument has another
            type.
        ValueError: If an ID is not positive, or given twice, or a moment has no time zone.
    """
    for it in content:
        if not isinstance(it, Branch | Device):
            raise TypeError(f"site {id}: expected branches and sensors, got {it!r}")
    with naming(Microgrid, name):
        checked_id(id)
        check_texts({"name": name})
        check_enum("status", status, MicrogridStatus)
        check_moment("create_timestamp", create_timestamp)
        for argument, value, kind in (
            ("delivery_area", delivery_area, DeliveryArea),
            ("location", location, Location),
        ):
            if not isinstance(value, kind | None):
                raise TypeError(f"{argument}: expected a {kind.__name__}, got {value!r}")
        microgrid = encode_microgrid(
            Microgrid(
                id=MicrogridId(id),
                enterprise_id=EnterpriseId(enterprise_id),
                name=name,
                delivery_area=delivery_area,
                location=location,
                status=status,
                create_timestamp=create_timestamp,
            )
        )
        branches = [it for it in content if isinstance(it, Branch)]
        numbers = _numbers(parts_of(branches))
        sensors = _numbers(dict.fromkeys(it for it in content if isinstance(it, Device)))
    return Site(
        microgrid,
        tuple(_placed(part.message, number, id) for part, number in numbers.items()),
        tuple(
            ConnectionMessage(
                source_electrical_component_id=numbers[one],
                destination_electrical_component_id=numbers[other],
            )
            for one, other in lines_of(branches)
        ),
        tuple(_placed(it.message, number, id) for it, number in sensors.items()),
    )


def _numbers(items: Iterable[_NumberedT]) -> dict[_NumberedT, int]:
    """Return the IDs of components or sensors: those that are given, and from 1 the others.

    Raises:
        ValueError: If an ID is given twice.
    """
    ordered = [*items]
    given: dict[int, _NumberedT] = {}
    for it in ordered:
        if it.id is not None and (other := given.setdefault(it.id, it)) is not it:
            raise ValueError(f"ID {it.id} is given to {other} and to {it}; expected one of them")
    free = (number for number in count(1) if number not in given)
    return {it: next(free) if it.id is None else it.id for it in ordered}


def _placed(message: _MessageT, number: int, microgrid_id: int) -> _MessageT:
    """Return the message of a component or sensor with its ID and that of its microgrid."""
    placed = type(message)()
    placed.CopyFrom(message)
    placed.id, placed.microgrid_id = number, microgrid_id
    return placed


FleetPart: TypeAlias = Site | Gridpool | GridpoolEnergySchedule | MarketTopologyRelation
"""What a fleet consists of."""


def fleet(*parts: FleetPart) -> Inventory:
    """Return the inventory of sites, gridpools, energy schedules and market topology relations.

    Raises:
        TypeError: If a part is something else.
        ValueError: If two sites or gridpools have the same ID.
    """
    messages: dict[str, list[Any]] = {name: [] for name in _LISTS.values()}
    for part in parts:
        name = _LISTS.get(type(part))
        if name is None:
            expected = ", ".join(it.__name__ for it in _LISTS)
            raise TypeError(f"fleet: expected {expected}, got {part!r}")
        messages[name].append(_MESSAGES.get(type(part), lambda it: it)(part))
    for noun, ids in (
        ("microgrid", [it.microgrid.id for it in messages["sites"]]),
        ("gridpool", [it.id for it in messages["gridpools"]]),
    ):
        if twice := [it for number, it in enumerate(ids) if it in ids[:number]]:
            raise ValueError(f"fleet: {noun} {twice[0]} is given twice")
    return Inventory(**{name: tuple(items) for name, items in messages.items()})


_LISTS: Final[Mapping[type, str]] = {
    Site: "sites",
    Gridpool: "gridpools",
    GridpoolEnergySchedule: "energy_schedules",
    MarketTopologyRelation: "market_topology",
}
"""The part of a fleet -> the list of an inventory that has it."""

_MESSAGES: Final[Mapping[type, Callable[[Any], Any]]] = {
    Gridpool: encode_gridpool,
    GridpoolEnergySchedule: encode_schedule,
    MarketTopologyRelation: encode_relation,
}
"""What makes the message of a part that is not one already."""
