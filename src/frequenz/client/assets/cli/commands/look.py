"""The commands that show what can be told from the component graph of a microgrid."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import click
from frequenz.client.common.microgrid import MicrogridId

from ..asking.connection import Connection, connected
from ..asking.parameters import ID
from ..exits import Failure
from ..interrupts import undisturbed
from ..showing.output import Output, screen, shown
from ..showing.plurals import counted
from ..showing.streams import tell

if TYPE_CHECKING:
    from ..asking.site import Site
    from ..showing.trees import Branch

_LINE: Final = ("depth", "source", "component_id", "name", "category", "marks", "elsewhere")
"""What is told of each line of a tree, in formats that have lines."""

_NESTING: Final = ("json", "yaml")


@click.command()
@click.argument("microgrid_id", metavar="ID", type=ID)
@shown(fields=_LINE)
@connected
def tree(connection: Connection, output: Output, *, microgrid_id: int) -> None:
    """Show the component graph of the microgrid ID, from the grid connection point down.

    It says what is inactive, out of its lifetime, or unconnected: what no connections lead to from
    a grid connection point. A component that is connected in several ways stands where it is
    reached first; an arrow refers to it from elsewhere. What is very deep goes on as another tree.
    JSON and YAML nest components as `children`; with --fields or --sort they are lines, as in CSV.
    """
    with undisturbed():
        from ..showing.trees import trees  # noqa: PLC0415 - imports the client

    site = _ask(connection, microgrid_id)
    now = datetime.now(UTC)

    forest = trees(site.components, site.connections, now)
    nests = output.format in _NESTING and output.chosen is None and output.sort is None
    graph = None if output.sort else lambda _: screen("TreeScreen", now=now)(site)
    output.show(forest if nests else _lines(site, forest), table=graph)


def _lines(site: "Site", forest: Iterable["Branch"]) -> list[dict[str, Any]]:
    from ..showing.trees import lines  # noqa: PLC0415 - as above

    listed = {component.id: component for component in site.components}
    told = []
    for depth, branch in lines(forest):
        component = branch.component or listed.get(branch.component_id)
        told.append(
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
    return told


@click.command()
@click.argument("microgrid_id", metavar="ID", type=ID)
@shown(fields=("name", "formula", "reason"))
@connected
def formulas(connection: Connection, output: Output, *, microgrid_id: int) -> None:
    """Show the power formulas of the microgrid ID; `#2` is the power of its component 2.

    They are those of frequenz-microgrid-component-graph, for the components and connections whose
    lifetime is now.
    """
    with undisturbed():
        from ..asking.formulas import NoGraphError  # noqa: PLC0415 - imports the component graph
        from ..asking.formulas import formulas as formulas_of  # noqa: PLC0415

    site = _ask(connection, microgrid_id)
    now = site.at(datetime.now(UTC))
    left_out = {
        "component": len(site.components) - len(now.components),
        "connection": len(site.connections) - len(now.connections),
    }
    if any(left_out.values()):
        numbers = " and ".join(counted(number, what) for what, number in left_out.items() if number)
        tell(f"left out, as their lifetime is not now: {numbers}")

    try:
        found = formulas_of(now.components, now.connections)
    except NoGraphError as error:
        raise Failure(
            f"microgrid {microgrid_id} has no formulas: {error};"
            f" `assets-cli check {microgrid_id}` shows what is wrong"
        ) from error
    output.show(found, table=screen("formulas_table"))


def _ask(connection: Connection, microgrid_id: int) -> "Site":
    with undisturbed():
        from ..asking.site import ask  # noqa: PLC0415 - imports the client

    tells = connection.tells(f"microgrid {microgrid_id}", microgrid_id)
    return connection.run(lambda client: ask(client, MicrogridId(microgrid_id), tells))
