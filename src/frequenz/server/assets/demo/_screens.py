"""What the tour shows, as pictures for a terminal."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from enum import Enum
from math import isinf

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from frequenz.client.assets import Microgrid
from frequenz.client.assets.electrical_component import (
    ElectricalComponent,
    ElectricalComponentOperationalMode,
    GridConnectionPoint,
    PowerTransformer,
)
from frequenz.client.assets.inventory import Checked
from frequenz.client.assets.metrics import Bounds, Metric

from ._site import Branch, Site, formulas, trees

_DAYS_A_YEAR = 365.2425
_UNITS = {
    "POWER_ACTIVE": "W",
    "DC_POWER": "W",
    "POWER_APPARENT": "VA",
    "POWER_REACTIVE": "var",
    "VOLTAGE": "V",
    "CURRENT": "A",
    "BATTERY_CAPACITY": "Wh",
}
"""A part of a metric's name -> the metric's unit."""

_PREFIXES = ((1e6, "M"), (1e3, "k"))
_STYLES = {"major": "bold red", "minor": "yellow"}


def site_screen(site: Site, findings: Sequence[Checked]) -> RenderableType:
    """Return all that the tour shows of a site."""
    parts: list[RenderableType] = [card(site), components_table(site), tree(site)]
    parts.append(formulas_table(site))
    if findings:
        parts.append(findings_table(site, findings))
    return Group(*parts)


def card(site: Site) -> RenderableType:
    """Return the card of a microgrid."""
    microgrid = site.microgrid
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="dim")
    rows.add_column()
    for label, value in (
        ("id", f"{microgrid.id}"),
        ("enterprise", f"{microgrid.enterprise_id}"),
        ("status", _member(microgrid.status)),
        ("delivery area", f"{microgrid.delivery_area or 'unknown'}"),
        ("location", f"{microgrid.location or 'unknown'}"),
        ("age", age(microgrid, datetime.now(UTC))),
        ("components", f"{len(site.components)}"),
        ("connections", f"{len(site.connections)}"),
    ):
        rows.add_row(label, Text(value))
    title = Text(microgrid.name or "a microgrid without a name", style="bold")
    return Panel(rows, title=title, title_align="left", expand=False, border_style="cyan")


def age(microgrid: Microgrid, now: datetime) -> str:
    """Return how old a microgrid is."""
    if microgrid.create_timestamp is None:
        return "unknown"
    days = (now - microgrid.create_timestamp).days
    return f"{days} days" if days < 2 * _DAYS_A_YEAR else f"{days / _DAYS_A_YEAR:.1f} years"


def components_table(site: Site) -> Table:
    """Return the components of a site, a line each."""
    table = Table(title="Components", title_justify="left", box=None, header_style="dim")
    table.add_column("id", justify="right")
    for heading in ("name", "kind", "product", "rating", "mode", "since"):
        table.add_column(heading, no_wrap=heading in {"kind", "mode", "since"})
    for component in site.components:
        start = component.operational_lifetime.start
        table.add_row(
            str(int(component.id)),
            Text(component.name or ""),
            kind(component),
            Text(component.product or ""),
            rating(component),
            _member(component.operational_mode).replace(" and ", "+").removesuffix(" only"),
            f"{start:%Y-%m-%d}" if start else "",
            style="dim" if _is_inactive(component) else None,
        )
    return table


def tree(site: Site) -> RenderableType:
    """Return the component graph, from the grid connection point down."""
    drawn: list[RenderableType] = [Text("Component graph", style="italic")]
    for branch in trees(site):
        top = Tree(_label(branch.component), guide_style="dim")
        _draw(top, branch.below)
        drawn.append(top)
    return Group(*drawn)


def _draw(node: Tree, branches: Iterable[Branch]) -> None:
    for branch in branches:
        _draw(node.add(_label(branch.component)), branch.below)


def _label(component: ElectricalComponent) -> Text:
    label = Text.assemble(
        (f"{int(component.id)} ", "bold cyan"),
        component.name or "",
        (f"  {kind(component)}", "dim"),
        (f"  {rating(component)}", "green"),
    )
    if _is_inactive(component):
        label.append("  inactive", style="bold yellow")
    return label


def formulas_table(site: Site) -> RenderableType:
    """Return the power formulas of a site, or why there are none."""
    heading = Text("Power formulas (frequenz-microgrid-component-graph)", style="italic")
    found = formulas(site)
    if isinstance(found, str):
        return Group(heading, Text(f"refused: {found}", style="bold red"))
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="dim")
    rows.add_column()
    for name, formula in found.items():
        rows.add_row(name, formula)
    return Group(heading, rows)


def findings_table(site: Site, findings: Sequence[Checked]) -> RenderableType:
    """Return what is wrong with a site, and what the client raises of it when asked to."""
    table = Table(title="Findings", title_justify="left", box=None, header_style="dim")
    for heading in ("severity", "entity", "finding"):
        table.add_column(heading)
    for found in findings:
        severity = found.finding.severity.value
        table.add_row(
            Text(severity, style=_STYLES[severity]),
            found.finding.entity,
            Text(f"{found.finding.path}: {found.finding.sentence}"),
        )
    raised = Text("With raise_on_errors=True the client raises of these:\n", style="italic")
    for error in site.errors:
        raised.append(f"  {type(error).__name__}: ", style="bold")
        raised.append(f"{error}\n")
    return Group(table, raised)


def kind(component: ElectricalComponent) -> str:
    """Return what a component is: its class, and the number of what that does not know."""
    name = type(component).__name__
    unknown = (component.category, getattr(component, "type", None))
    number = next((value for value in unknown if isinstance(value, int)), None)
    return name if number is None else f"{name} ({number})"


def rating(component: ElectricalComponent) -> str:
    """Return what a component is made for, in short."""
    if isinstance(component, GridConnectionPoint):
        return f"{component.rated_fuse_current} A" if component.rated_fuse_current else ""
    parts = []
    if isinstance(component, PowerTransformer):
        voltages = (component.primary_power, component.secondary_power)
        parts.append(" / ".join(_quantity(voltage, "V") for voltage in voltages))
    parts += [_limits(metric, bounds) for metric, bounds in component.rated_bounds.items()]
    return ", ".join(parts)


def _limits(metric: Metric | int, bounds: Bounds) -> str:
    name = metric.name if isinstance(metric, Metric) else ""
    unit = next((unit for part, unit in _UNITS.items() if part in name), "")
    lower = "-∞" if bounds.lower is None else _quantity(bounds.lower, unit)
    upper = "∞" if bounds.upper is None else _quantity(bounds.upper, unit)
    return f"{lower} … {upper}"


def _quantity(number: float, unit: str) -> str:
    if isinf(number):
        return "∞" if number > 0 else "-∞"
    for factor, prefix in _PREFIXES:
        if abs(number) >= factor:
            return f"{number / factor:g} {prefix}{unit}"
    return f"{number:g} {unit}".rstrip()


def _member(member: Enum | int) -> str:
    return member.name.lower().replace("_", " ") if isinstance(member, Enum) else f"no. {member}"


def _is_inactive(component: ElectricalComponent) -> bool:
    return component.operational_mode is ElectricalComponentOperationalMode.INACTIVE
