"""Making and changing sites and inventories, of model objects or messages."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Protocol

from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from frequenz.client.common.microgrid.sensors import SensorId

from .._model.market import Gridpool, GridpoolEnergySchedule, MarketTopologyRelation
from .._model.microgrid import Microgrid
from .._model.sensor import Sensor
from .._wire.component import encode_component
from .._wire.connection import encode_connection
from .._wire.entities import (
    COMPONENT,
    CONNECTION,
    ENTITIES,
    GRIDPOOL,
    MICROGRID,
    OF_MARKET,
    OF_SITE,
    RELATION,
    SCHEDULE,
    SENSOR,
    Entity,
)
from .._wire.market import encode_gridpool, encode_relation, encode_schedule
from .._wire.microgrid import encode_microgrid
from .._wire.sensor import encode_sensor
from ..electrical_component import ComponentConnection, ElectricalComponent


class _Site(Protocol):
    """A site: `_inventory` has the class, and imports this module."""

    @property
    def microgrid(self) -> microgrid_pb2.Microgrid: ...

    @property
    def components(self) -> tuple[Any, ...]: ...

    @property
    def connections(self) -> tuple[Any, ...]: ...


_ENCODERS: Final[tuple[tuple[Entity[Any], type[Any], Callable[[Any], Any]], ...]] = (
    (MICROGRID, Microgrid, encode_microgrid),
    (COMPONENT, ElectricalComponent, encode_component),
    (CONNECTION, ComponentConnection, encode_connection),
    (SENSOR, Sensor, encode_sensor),
    (GRIDPOOL, Gridpool, encode_gridpool),
    (SCHEDULE, GridpoolEnergySchedule, encode_schedule),
    (RELATION, MarketTopologyRelation, encode_relation),
)
"""Each entity with the class of its objects, and what makes a message of one."""


def entity_of(value: object, expected: Sequence[Entity[Any]], name: str) -> Entity[Any]:
    """Return the entity that an object or a message is.

    Raises:
        TypeError: If it is not one of the expected entities; it names the argument.
    """
    for entity, kind, _ in _ENCODERS:
        if entity in expected and isinstance(value, kind | entity.message):
            return entity
    nouns = [entity.noun for entity in expected]
    listed = nouns[0] if len(nouns) == 1 else f"{', '.join(nouns[:-1])} or {nouns[-1]}"
    raise TypeError(f"{name}: expected a {listed}, as an object or a message, got {value!r}")


def message_of(value: object, expected: Sequence[Entity[Any]], name: str) -> Any:
    """Return the message of an object, or a copy of a message.

    Raises:
        TypeError: If it is not one of the expected entities.
        ValueError: If an object has a value that the API cannot carry.
    """
    entity = entity_of(value, expected, name)
    if isinstance(value, entity.message):
        copied = entity.message()
        copied.CopyFrom(value)
        return copied
    encode = next(encode for one, _, encode in _ENCODERS if one is entity)
    return encode(value)


def messages_of(values: Iterable[object], entity: Entity[Any], name: str) -> tuple[Any, ...]:
    """Return the messages of some objects or messages of one entity."""
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise TypeError(f"{name}: expected some of a {entity.noun}, got {values!r}")
    return tuple(message_of(value, (entity,), name) for value in values)


def with_entities(
    owner: object, values: Iterable[object], expected: Sequence[Entity[Any]]
) -> dict[str, Any]:
    """Return the lists of a site or an inventory that change when it gets some entities.

    One with the key of an existing one takes its place; others come at the end.
    """
    changed: dict[str, tuple[Any, ...]] = {}
    for value in values:
        message = message_of(value, expected, "entities")
        entity = ENTITIES[type(message)]
        listed = changed.get(entity.inventory_list, getattr(owner, entity.inventory_list))
        changed[entity.inventory_list] = _put(listed, message, entity)
    return changed


def _put(listed: tuple[Any, ...], message: Any, entity: Entity[Any]) -> tuple[Any, ...]:
    key = _key(message, entity)
    for index, existing in enumerate(listed):
        if key == _key(existing, entity):
            return (*listed[:index], message, *listed[index + 1 :])
    return (*listed, message)


def _key(message: Any, entity: Entity[Any]) -> object:
    """Return what distinguishes a message from others; for a relation, what it relates."""
    if entity is RELATION:
        location = message.market_location_ref.market_location_id.id.value
        ends = [message.HasField(name) and getattr(message, name) for name in _RELATION_IDS]
        return (*ends, location, message.delivery_area.code)
    key: list[Any] = [getattr(message, field) for field in entity.key]
    if entity.recurs_in_time:  # the same connection may come back later
        key.append(message.operational_lifetime.SerializeToString(deterministic=True))
    return key


_RELATION_IDS: Final = ("gridpool_id", "microgrid_id")


def without_parts(site: _Site, parts: Iterable[object]) -> dict[str, Any]:
    """Return the lists of a site without components, connections and sensors.

    Raises:
        TypeError: If a part is not an ID or an object of one.
        LookupError: If the site does not have it.
    """
    lists = {entity.inventory_list: getattr(site, entity.inventory_list) for entity in OF_SITE}
    for part in parts:
        match part:
            case ElectricalComponentId() | ElectricalComponent():
                number = _number(part)
                lists["components"] = _without(lists["components"], COMPONENT, site, id=number)
                lists["connections"] = tuple(
                    it for it in lists["connections"] if number not in _ends(it)
                )
            case SensorId() | Sensor():
                lists["sensors"] = _without(lists["sensors"], SENSOR, site, id=_number(part))
            case ComponentConnection():
                lists["connections"] = _without(
                    lists["connections"],
                    CONNECTION,
                    site,
                    source_electrical_component_id=int(part.source),
                    destination_electrical_component_id=int(part.destination),
                )
            case _:
                raise TypeError(
                    "parts: expected an ElectricalComponentId, a SensorId, or an object that"
                    f" belongs to a site, got {part!r}"
                )
    return lists


def _number(part: Any) -> int:
    return int(getattr(part, "id", part))


def _ends(connection: Any) -> tuple[int, int]:
    return (
        connection.source_electrical_component_id,
        connection.destination_electrical_component_id,
    )


def _without(
    listed: tuple[Any, ...], entity: Entity[Any], site: _Site, **key: int
) -> tuple[Any, ...]:
    kept = tuple(
        it for it in listed if any(getattr(it, field) != value for field, value in key.items())
    )
    if len(kept) == len(listed):
        name = entity.name_of(entity.message(**key))
        raise LookupError(f"parts: microgrid {site.microgrid.id} has no {name}")
    return kept


def index_of(sites: Sequence[_Site], microgrid_id: MicrogridId | int) -> int:
    """Return the index of the first site of a microgrid.

    Raises:
        LookupError: If there is none.
    """
    number = int(microgrid_id)
    for index, site in enumerate(sites):
        if site.microgrid.id == number:
            return index
    raise LookupError(f"There is no microgrid {number} in the inventory")


def site_index(sites: Sequence[_Site], message: Any, microgrid_id: MicrogridId | int | None) -> int:
    """Return the index of the site to which a component, connection or sensor belongs.

    Raises:
        LookupError: If there is no such site.
        ValueError: If a connection does not say to which of several sites it belongs.
    """
    if microgrid_id is not None:
        return index_of(sites, microgrid_id)
    if ENTITIES[type(message)] is not CONNECTION:
        return index_of(sites, message.microgrid_id)
    ends = {*_ends(message)}
    found = [index for index, site in enumerate(sites) if ends <= {it.id for it in site.components}]
    if len(found) == 1:
        return found[0]
    name = CONNECTION.name_of(message)
    if not found:
        raise LookupError(f"{name}: no site has both components; add them first")
    numbers = ", ".join(str(sites[index].microgrid.id) for index in found)
    raise ValueError(f"{name}: the microgrids {numbers} have both components; give microgrid_id")


SITE_ENTITIES: Final = (MICROGRID, *OF_SITE)
ALL_ENTITIES: Final = (MICROGRID, *OF_SITE, *OF_MARKET)
