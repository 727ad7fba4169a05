"""Finding what is wrong with an inventory, in each entity and across entities."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, TypeAlias

from .._html import Row, ShownAsRow, TableList
from .._readable_defaults import ReadableDefaults
from .._wire.entities import MICROGRID, OF_MARKET, OF_SITE, Entity, name_of
from .._wire.lists.decode import decode_list
from ..findings._rules import Fault, Finding, Rule, Severity
from ._graph import check_site_graph
from ._inventory import Inventory, Site, positions_of, with_microgrid
from ._problems import FilePosition

_Found: TypeAlias = tuple[Any, Finding]
"""A message, and what is wrong with it."""


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Checked(ShownAsRow, metaclass=ReadableDefaults):
    """Something that is wrong with an inventory."""

    microgrid_id: int | None
    """The microgrid of the site that lists the entity; None for gridpools and the like."""

    finding: Finding
    position: FilePosition | None = field(default=None, compare=False)
    """Where the entity is in its file; None if the inventory was not read from a file."""

    def __str__(self) -> str:
        """Return the position, the severity and the finding."""
        position = f"{self.position}: " if self.position else ""
        sentence = with_microgrid(self.microgrid_id, self.finding)
        return f"{position}{self.finding.severity.value}: {sentence}"

    def _row(self) -> Row:
        return {"microgrid": self.microgrid_id, **self.finding._row(), "position": self.position}


def check(inventory: Inventory) -> list[Checked]:
    """Return what is wrong with an inventory, in the order of its entities.

    These are the findings of the client in a server's replies, by the same code, and those that
    need several kinds of entities: for each site the rules about its component graph, among them
    all by which frequenz-microgrid-component-graph refuses it; at the end unknown microgrids and
    gridpools of the market.

    Raises:
        ModuleNotFoundError: If rustworkx is not installed.
    """
    return check_parts(inventory)


def check_parts(inventory: Inventory, *, without_graph: Collection[int] = ()) -> list[Checked]:
    """Return what `check` does, but nothing about the graphs of some sites, given by index."""
    positions = positions_of(inventory)

    def checked(microgrid_id: int | None, found: Iterable[_Found]) -> Iterator[Checked]:
        for message, finding in found:
            yield Checked(microgrid_id, finding, positions.of(message))

    of_microgrids = {
        faulty.list_index: faulty.findings
        for faulty in decode_list(MICROGRID, [site.microgrid for site in inventory.sites]).faulty
    }
    all_checked: list[Checked] = []
    for index, site in enumerate(inventory.sites):
        found = _check_site(site, has_graph=index not in without_graph)
        of_microgrid = ((site.microgrid, finding) for finding in of_microgrids.get(index, ()))
        all_checked += checked(site.microgrid.id, chain(of_microgrid, found))
    return TableList([*all_checked, *checked(None, check_market(inventory))])


def has_major(checked: list[Checked]) -> bool:
    """Return whether any of the findings is major."""
    return any(found.finding.severity is Severity.MAJOR for found in checked)


def _check_site(site: Site, *, has_graph: bool) -> Iterator[_Found]:
    yield from _check_lists(site, OF_SITE, site.microgrid.id)
    for message, fault in check_site_graph(site) if has_graph else ():
        yield message, fault.of(name_of(message))


def check_market(inventory: Inventory) -> Iterator[_Found]:
    """Find what is wrong with the market of an inventory."""
    yield from _check_lists(inventory, OF_MARKET)
    for message, fault in _unknown_references(inventory):
        yield message, fault.of(name_of(message))


def _check_lists(
    owner: Site | Inventory, entities: Sequence[Entity[Any]], microgrid_id: int | None = None
) -> Iterator[_Found]:
    for entity in entities:
        decoded = decode_list(entity, getattr(owner, entity.inventory_list), microgrid_id)
        for faulty in decoded.faulty:
            for finding in faulty.findings:
                yield faulty.message, finding


def _unknown_references(inventory: Inventory) -> Iterator[tuple[Any, Fault]]:
    """Find references to gridpools and microgrids that are not in the inventory."""
    # 0 is a finding already, as an invalid ID.
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
