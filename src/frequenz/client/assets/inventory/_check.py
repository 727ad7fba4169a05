"""What is wrong with an inventory, entity by entity and across entities."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from .._wire.catalogue import Rule, Severity
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
from .._wire.findings import Finding
from .._wire.lists import decode_list
from .._wire.names import entity_name
from ._graph import Found, check_graph
from ._inventory import Inventory, Site


class Checked(NamedTuple):
    """One thing that is wrong with an inventory."""

    microgrid_id: int | None
    """The microgrid of the site that lists the entity; None where no site does."""

    finding: Finding

    def __str__(self) -> str:
        site = f"microgrid {self.microgrid_id}"
        is_part = self.microgrid_id is not None and self.finding.entity != site
        where = f"{site}: {self.finding}" if is_part else str(self.finding)
        return f"{self.finding.severity.value}: {where}"


def check(inventory: Inventory) -> list[Checked]:
    """Return what is wrong with an inventory, in its own order.

    Everything that the client finds in the replies of a server is found here by the same code. What
    shows only when several kinds of entities are seen together comes after it, site by site and at
    the end: connections to components that there are not, components out of reach, cycles, several
    grid connection points, and numbers of microgrids and gridpools that there are not.
    """
    of_microgrids = _decoded(MICROGRID, [site.microgrid for site in inventory.sites])
    found: list[tuple[int | None, Found]] = [
        (site.microgrid.id, one)
        for index, site in enumerate(inventory.sites)
        for one in (*of_microgrids.get(index, ()), *_check_site(site))
    ]
    found += [(None, one) for one in _check_market(inventory)]
    return [
        Checked(number, Finding(entity_name(message), fault.rule, fault.path, fault.sentence))
        for number, (message, fault) in found
    ]


def has_major(checked: list[Checked]) -> bool:
    """Return whether any of the findings is major."""
    return any(found.finding.severity is Severity.MAJOR for found in checked)


def _check_site(site: Site) -> Iterator[Found]:
    lists: tuple[tuple[Entity[Any], Sequence[Any]], ...] = (
        (COMPONENT, site.components),
        (CONNECTION, site.connections),
        (SENSOR, site.sensors),
    )
    for entity, messages in lists:
        yield from _all(_decoded(entity, messages, site.microgrid.id))
    yield from check_graph(site)


def _check_market(inventory: Inventory) -> Iterator[Found]:
    lists: tuple[tuple[Entity[Any], Sequence[Any]], ...] = (
        (GRIDPOOL, inventory.gridpools),
        (SCHEDULE, inventory.energy_schedules),
        (RELATION, inventory.market_topology),
    )
    for entity, messages in lists:
        yield from _all(_decoded(entity, messages))
    # That 0 is the id of nothing is said above.
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


def _decoded(
    entity: Entity[Any], messages: Sequence[Any], owner: int | None = None
) -> dict[int | None, list[Found]]:
    """Find what the client finds in a list of messages, by their places."""
    return {
        faulty.index: [(faulty.message, fault) for fault in faulty.faults]
        for faulty in decode_list(entity, messages, owner).faulty
    }


def _all(found: dict[int | None, list[Found]]) -> Iterator[Found]:
    for of_one in found.values():
        yield from of_one
