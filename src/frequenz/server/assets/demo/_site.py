"""What the tour shows of a site."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from rich.console import Group, RenderableType
from rich.text import Text

from frequenz.client.assets.cli.showing.screens import (
    ComponentTree,
    findings_table,
    formulas_table,
    microgrid_card,
)
from frequenz.client.assets.fleet import Site
from frequenz.client.assets.inventory import Checked
from frequenz.client.assets.topology import FormulasError, Topology, formulas

_MAX_FINDINGS: Final = 2
"""How many findings of a site are shown."""


def site_screen(site: Site) -> RenderableType:
    """Return a site with its component graph and its formulas."""
    return Group(
        microgrid_card(site),
        _section("Component graph", ComponentTree(site, datetime.now(UTC))),
        _section("Power formulas", formulas_screen(site)),
    )


def formulas_screen(site: Site) -> RenderableType:
    """Return the formulas of a site, or why it has none."""
    topology = Topology(site.components, site.connections, at=datetime.now(UTC))
    try:
        found = formulas(topology)
    except FormulasError as error:
        return Text(f"none: {error}", "bold red")
    if found.refusal:
        return Text(f"none: {found.refusal}", "bold red")
    return formulas_table(found)


def faults_screen(site: Site, findings: Sequence[Checked]) -> RenderableType:
    """Return the first findings of a site, and that it has no formulas."""
    parts: list[RenderableType] = [findings_table(findings[:_MAX_FINDINGS])]
    more = len(findings) - _MAX_FINDINGS
    if more > 0:
        parts.append(Text(f"and {more} more findings", "dim"))
    return Group(*parts, _section("Power formulas", formulas_screen(site)))


def _section(heading: str, body: RenderableType) -> Group:
    return Group(Text(f"\n{heading}", "italic"), body)
