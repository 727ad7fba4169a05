"""What notebooks show of sites and fleets."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, Protocol

from .._html import HasRow, Row, paragraph, record, table_of
from .._lazy import lazy_module
from .._model.sensor import Sensor
from ..findings import Finding
from ..topology._parts import HasSite

if TYPE_CHECKING:
    from .. import topology
else:
    topology = lazy_module("..topology", __package__)

MAX_DRAWN: Final = 1000
"""How many components notebooks draw: that takes a second or two."""

_LISTS: Final = ("components", "connections", "sensors")


class ShownSite(HasSite, Protocol):
    """A site as notebooks show it."""

    @property
    def sensors(self) -> Sequence[Sensor] | None:
        """The sensors; None if unknown."""


def site_html(site: ShownSite, findings: Sequence[Finding]) -> str:
    """Return a microgrid as a table with the numbers of its parts, and its diagram."""
    moment = {} if site.at is None else {"as of": site.at}
    counts = {name: _count(site, name) for name in _LISTS}
    found = {"findings": len(findings)} if findings else {}
    card = record({**site.microgrid._row(), **moment, **counts, **found})
    return f"<div>{card}{_diagram_html(site, counts, findings)}</div>"


def _count(site: ShownSite, name: str) -> int | None:
    """Return how many items a list has; None if it was not fetched."""
    try:
        items = getattr(site, name)
    except LookupError:
        return None
    return None if items is None else len(items)


def _diagram_html(
    site: ShownSite, counts: dict[str, int | None], findings: Sequence[Finding]
) -> str:
    components, connections = counts["components"], counts["connections"]
    if components is None or connections is None:
        return paragraph("no diagram: its components or connections were not fetched")
    if components > MAX_DRAWN:
        return paragraph(f"{components} components are too many to draw here; see diagram()")
    if not components and not connections:
        return ""
    return f'<div style="overflow-x:auto">{topology.diagram(site, findings=findings).svg}</div>'


def fleet_html(lines: Iterable[str], sites: Sequence[HasRow]) -> str:
    """Return some lines of text, and below them the sites of a fleet as a table."""
    shown = table_of(sites) if sites else ""
    return f"<div>{''.join(map(paragraph, lines))}{shown}</div>"


def site_row(site: ShownSite) -> Row:
    """Return the row of a site in a table: its microgrid, and the numbers of its parts."""
    values = site.microgrid._row()
    return {**values, **{name: _count(site, name) for name in _LISTS}}
