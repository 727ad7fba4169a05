"""What is wrong with an inventory, entity by entity and across entities."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from .._wire.component import decode_component, decode_connection
from .._wire.findings import Finding, Severity, decode_all, major
from .._wire.microgrid import decode_microgrid
from .._wire.names import entity_name
from ._inventory import Inventory, Site


class Checked(NamedTuple):
    """An entity of an inventory with one thing that is wrong with it."""

    microgrid_id: int
    """The microgrid of the site that lists the entity."""

    entity: str
    """The kind and the number of the entity, such as `component 17`."""

    finding: Finding

    def __str__(self) -> str:
        site = f"microgrid {self.microgrid_id}"
        where = site if self.entity == site else f"{site}: {self.entity}"
        return f"{self.finding.severity.value}: {where}: {self.finding}"


def check(inventory: Inventory) -> list[Checked]:
    """Return what is wrong with an inventory, in its own order.

    Everything that the client finds in the reply of a server is found here by the same code; what
    shows only when several entities are seen together comes after it, site by site.
    """
    checked = [finding for site in inventory.sites for finding in _check_site(site)]
    numbers = Counter(site.microgrid.id for site in inventory.sites)
    checked += [
        Checked(number, f"microgrid {number}", major("id", f"given to {count} microgrids"))
        for number, count in numbers.items()
        if count > 1
    ]
    return checked


def _check_site(site: Site) -> Iterator[Checked]:
    number = site.microgrid.id
    lists: tuple[tuple[Any, Callable[..., Any]], ...] = (
        ([site.microgrid], decode_microgrid),
        (site.components, decode_component),
        (site.connections, decode_connection),
    )
    for messages, decode in lists:
        for faulty in decode_all(messages, decode).faulty:
            for finding in faulty.findings:
                yield Checked(number, entity_name(faulty.message), finding)
    components = Counter(component.id for component in site.components)
    for component, count in components.items():
        if count > 1:
            finding = major("id", f"given to {count} components of the microgrid")
            yield Checked(number, f"component {component}", finding)
    for listed in site.components:
        if listed.microgrid_id != number:
            finding = major("microgrid_id", f"{listed.microgrid_id} is another microgrid")
            yield Checked(number, entity_name(listed), finding)
    for connection in site.connections:
        ends = {
            "source": connection.source_electrical_component_id,
            "destination": connection.destination_electrical_component_id,
        }
        for field, end in ends.items():
            if end not in components:
                finding = major(field, f"there is no component {end} in the microgrid")
                yield Checked(number, entity_name(connection), finding)


def has_major(checked: list[Checked]) -> bool:
    """Return whether any of the findings is major."""
    return any(found.finding.severity is Severity.MAJOR for found in checked)
