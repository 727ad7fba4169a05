"""What is wrong with an inventory, entity by entity and across entities."""

from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias

from .._wire.component import decode_component, decode_connection
from .._wire.findings import Finding, Severity, decode_all, major
from .._wire.market import decode_gridpool, decode_relation, decode_schedule
from .._wire.microgrid import decode_microgrid
from .._wire.names import entity_name
from .._wire.sensor import decode_sensor
from ._inventory import Inventory, Site


class Checked(NamedTuple):
    """An entity of an inventory with one thing that is wrong with it."""

    microgrid_id: int | None
    """The microgrid of the site that lists the entity; None where no site does."""

    entity: str
    """The kind and the number of the entity, such as `component 17`."""

    finding: Finding

    def __str__(self) -> str:
        site = f"microgrid {self.microgrid_id}"
        is_part = self.microgrid_id is not None and self.entity != site
        where = f"{site}: {self.entity}" if is_part else self.entity
        return f"{self.finding.severity.value}: {where}: {self.finding}"


def check(inventory: Inventory) -> list[Checked]:
    """Return what is wrong with an inventory, in its own order.

    Everything that the client finds in the reply of a server is found here by the same code; what
    shows only when several entities are seen together comes after it, site by site and at the end.
    """
    microgrids = [site.microgrid for site in inventory.sites]
    found: list[tuple[int | None, _Found]] = [
        *((site.microgrid.id, found) for site in inventory.sites for found in _check_site(site)),
        *((found[0].id, found) for found in _namesakes(microgrids, "microgrids", "id")),
        *((None, found) for found in _check_market(inventory)),
    ]
    return [Checked(number, entity_name(message), it) for number, (message, it) in found]


def has_major(checked: list[Checked]) -> bool:
    """Return whether any of the findings is major."""
    return any(found.finding.severity is Severity.MAJOR for found in checked)


_Found: TypeAlias = tuple[Any, Finding]
"""A message, and what is wrong with it."""


def _check_site(site: Site) -> Iterator[_Found]:
    yield from _decoded([site.microgrid], decode_microgrid)
    yield from _decoded(site.components, decode_component)
    yield from _decoded(site.connections, decode_connection)
    yield from _decoded(site.sensors, decode_sensor)
    yield from _namesakes(site.components, "components of the microgrid", "id")
    yield from _namesakes(site.sensors, "sensors of the microgrid", "id")
    devices: tuple[Any, ...] = (*site.components, *site.sensors)
    for device in devices:
        if device.microgrid_id != site.microgrid.id:
            yield device, major("microgrid_id", f"{device.microgrid_id} is another microgrid")
    components = {component.id for component in site.components}
    for connection in site.connections:
        ends = {
            "source": connection.source_electrical_component_id,
            "destination": connection.destination_electrical_component_id,
        }
        for field, end in ends.items():
            if end not in components:
                yield connection, major(field, f"there is no component {end} in the microgrid")


def _check_market(inventory: Inventory) -> Iterator[_Found]:
    yield from _decoded(inventory.gridpools, decode_gridpool)
    yield from _decoded(inventory.energy_schedules, decode_schedule)
    yield from _decoded(inventory.market_topology, decode_relation)
    yield from _namesakes(inventory.gridpools, "gridpools", "id")
    yield from _namesakes(
        inventory.energy_schedules, "energy schedules of the gridpool", "gridpool_id", "schedule_id"
    )
    gridpools = {gridpool.id for gridpool in inventory.gridpools}
    microgrids = {site.microgrid.id for site in inventory.sites}
    for schedule in inventory.energy_schedules:
        if schedule.gridpool_id not in gridpools:
            yield schedule, _absent("gridpool", schedule.gridpool_id)
    for relation in inventory.market_topology:
        if relation.HasField("gridpool_id") and relation.gridpool_id not in gridpools:
            yield relation, _absent("gridpool", relation.gridpool_id)
        if relation.HasField("microgrid_id") and relation.microgrid_id not in microgrids:
            yield relation, _absent("microgrid", relation.microgrid_id)


def _decoded(messages: Iterable[Any], decode: Callable[..., Any]) -> Iterator[_Found]:
    """Find what the client finds in each message by itself."""
    for faulty in decode_all(messages, decode).faulty:
        for finding in faulty.findings:
            yield faulty.message, finding


def _namesakes(messages: Iterable[Any], what: str, *fields: str) -> Iterator[_Found]:
    """Find messages that have the same numbers in the fields that ought to tell them apart."""
    number_of = attrgetter(*fields)
    by_number: dict[Any, list[Any]] = {}
    for message in messages:
        by_number.setdefault(number_of(message), []).append(message)
    for same in by_number.values():
        if len(same) > 1:
            yield same[0], major(fields[-1], f"given to {len(same)} {what}")


def _absent(kind: str, number: int) -> Finding:
    return major(f"{kind}_id", f"there is no {kind} {number} in the inventory")
