"""The commands about the component graph of a microgrid."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import click

from ..._lazy import lazy_module
from ..asking.completions import complete_microgrid_id_or_file
from ..asking.connection import Connection, pass_connection
from ..exits import ExitCode, Failure
from ..showing import trees
from ..showing.output import Output, output_options
from ..showing.plurals import format_count
from ..showing.streams import print_message

if TYPE_CHECKING:
    from ... import topology
    from ...fleet import Site
    from ...topology import _formulas
    from ..asking import sources
    from ..showing import screens
else:
    topology = lazy_module("...topology", __package__)
    _formulas = lazy_module("...topology._formulas", __package__)
    sources = lazy_module("..asking.sources", __package__)
    screens = lazy_module("..showing.screens", __package__)

_COLUMNS: Final = ("depth", "source", "component_id", "name", "category", "marks", "elsewhere")
"""The columns of a tree in formats without nesting."""

_NESTED_FORMATS: Final = ("json", "yaml")


@click.command()
@click.argument("subject", metavar="ID|FILE", shell_complete=complete_microgrid_id_or_file)
@output_options(fields=_COLUMNS)
@pass_connection
def tree(connection: Connection, output: Output, *, subject: str) -> None:
    """Show the component graph of a microgrid, from the grid connection point down.

    The microgrid is an ID, or the one in an inventory FILE; FILE:ID chooses one of several.

    Marks components that are inactive, outside their lifetime, or not connected to a grid
    connection point. A component with several connections appears where it is reached first;
    elsewhere, an arrow refers to it. Very deep branches continue as trees of their own. JSON and
    YAML nest components as `children`; with --fields or --sort they list them, as CSV does.
    """
    site, _ = sources.load_site(subject, connection)
    now = datetime.now(UTC)

    forest = trees.build_trees(site.components, site.connections, now)
    is_nested = output.format in _NESTED_FORMATS and output.fields is None and output.sort is None
    screen = None if output.sort else lambda: lambda _: screens.ComponentTree(site, now)
    output.show(forest if is_nested else _rows(site, forest), screen)


def _rows(site: "Site", forest: Iterable[trees.Branch]) -> list[dict[str, Any]]:
    components = {component.id: component for component in site.components}
    rows = []
    for depth, branch in trees.walk(forest):
        component = branch.component or components.get(branch.component_id)
        rows.append(
            {
                "depth": depth,
                "source": branch.connection and branch.connection.source,
                "component_id": branch.component_id,
                "name": component and component.name,
                "category": component and component.category,
                "marks": branch.marks,
                "elsewhere": branch.elsewhere,
            }
        )
    return rows


@click.command()
@click.argument("subject", metavar="ID|FILE", shell_complete=complete_microgrid_id_or_file)
@output_options(fields=("name", "formula", "reason", "note"))
@pass_connection
def formulas(connection: Connection, output: Output, *, subject: str) -> None:
    """Show the power formulas of a microgrid; `#2` is the power of component 2.

    The microgrid is an ID, or the one in an inventory FILE; FILE:ID chooses one of several.

    frequenz-microgrid-component-graph generates them from the components and connections that are
    operational now. --timeout limits how long that may take.
    """
    _formulas.check_library()  # without it, nothing need be fetched
    site, checked = sources.load_site(subject, connection)
    current = topology.Topology(site.components, site.connections, at=datetime.now(UTC))
    ended = {
        "component": len(site.components) - len(current.components),
        "connection": len(site.connections) - len(current.connections),
    }
    if any(ended.values()):
        counts = " and ".join(format_count(count, noun) for noun, count in ended.items() if count)
        print_message(f"left out, not operational now: {counts}")

    timeout = connection.options.timeout or _formulas.DEFAULT_TIMEOUT
    number = int(site.microgrid.id)
    try:
        found = topology.formulas(current, timeout=timeout)
    except topology.FormulasTimeoutError as error:
        message = f"{error}; allow more time with --timeout SECONDS"
        raise Failure(message, ExitCode.UNAVAILABLE) from error
    except topology.FormulasError as error:
        raise Failure(f"microgrid {number} has no formulas: {error}") from error
    if found.refusal:
        raise Failure(
            f"microgrid {number} has no formulas: {found.refusal}; see `assets-cli check {checked}`"
        )
    output.show(found.formulas, lambda: screens.formulas_table)
