"""What is wrong with an inventory, entity by entity and across entities."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .._wire.entities import (
    COMPONENT,
    CONNECTION,
    GRIDPOOL,
    MICROGRID,
    RELATION,
    SCHEDULE,
    SENSOR,
    Entity,
)
from .._wire.entities import name_of as entity_name
from .._wire.lists.decode import decode_list
from ..findings._rules import Fault, Finding, Rule, Severity
from ._graph import check_graph
from ._inventory import Inventory, Site


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Checked:
    """One thing that is wrong with an inventory."""

    microgrid_id: int | None
    """The microgrid of the site that lists the entity; None where no site does."""

    finding: Finding

    def __str__(self) -> str:
        is_part = self.microgrid_id is not None and not self.finding.entity.startswith("microgrid")
        where = f"microgrid {self.microgrid_id}: {self.finding}" if is_part else str(self.finding)
        return f"{self.finding.severity.value}: {where}"


def check(inventory: Inventory) -> list[Checked]:
    """Return what is wrong with an inventory, in its own order.

    Everything that the client finds in the replies of a server is found here by the same code. What
    shows only when several kinds of entities are seen together comes after it, site by site and at
    the end: connections to components that there are not, components out of reach, cycles, several
    grid connection points, and numbers of microgrids and gridpools that there are not.
    """
    of_microgrids = {
        faulty.list_index: faulty.findings
        for faulty in decode_list(MICROGRID, [site.microgrid for site in inventory.sites]).faulty
    }
    checked = [
        Checked(site.microgrid.id, finding)
        for index, site in enumerate(inventory.sites)
        for finding in (*of_microgrids.get(index, ()), *_check_site(site))
    ]
    return checked + [Checked(None, finding) for finding in _check_market(inventory)]


def has_major(checked: list[Checked]) -> bool:
    """Return whether any of the findings is major."""
    return any(found.finding.severity is Severity.MAJOR for found in checked)


def _check_site(site: Site) -> Iterator[Finding]:
    lists: tuple[tuple[Entity[Any], Sequence[Any]], ...] = (
        (COMPONENT, site.components),
        (CONNECTION, site.connections),
        (SENSOR, site.sensors),
    )
    for entity, messages in lists:
        for faulty in decode_list(entity, messages, site.microgrid.id).faulty:
            yield from faulty.findings
    for message, fault in check_graph(site):
        yield fault.of(entity_name(message))


def _check_market(inventory: Inventory) -> Iterator[Finding]:
    lists: tuple[tuple[Entity[Any], Sequence[Any]], ...] = (
        (GRIDPOOL, inventory.gridpools),
        (SCHEDULE, inventory.energy_schedules),
        (RELATION, inventory.market_topology),
    )
    for entity, messages in lists:
        for faulty in decode_list(entity, messages).faulty:
            yield from faulty.findings
    for message, fault in _unknown_ends(inventory):
        yield fault.of(entity_name(message))


def _unknown_ends(inventory: Inventory) -> Iterator[tuple[Any, Fault]]:
    """Find what refers to gridpools and microgrids that there are not."""
    # That 0 is the id of nothing is said already.
    gridpools = {0, *(gridpool.id for gridpool in inventory.gridpools)}
    microgrids = {0, *(site.microgrid.id for site in inventory.sites)}
    for schedule in inventory.energy_schedules:
        if schedule.gridpool_id not in gridpools:
            yield schedule, Rule.NO_SUCH_GRIDPOOL.at("gridpool_id", number=schedule.gridpool_id)
    for relation in inventory.market_topology:
        if relation.HasField("gridpool_id") and relation.gridpool_id not in gridpools:
            yield relation, Rule.NO_SUCH_GRIDPOOL.at("gridpool_id", number=relation.gridpool_id)
        if relation.HasField("microgrid_id") and relation.microgrid_id not in microgrids:
            yield relation, Rule.NO_SUCH_MICROGRID.at("microgrid_id", number=relation.microgrid_id)
