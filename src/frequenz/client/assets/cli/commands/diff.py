"""The command that compares microgrids, inventory files and servers."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..._lazy import lazy_module
from ..asking.connection import Connection, pass_connection
from ..exits import ExitCode
from ..showing.output import Output, output_options
from ..showing.pictures import (
    STANDARD_OUTPUT,
    check_drawable,
    check_target,
    findings_to_mark,
    to_option,
    write_diagram,
)
from ..showing.plurals import format_count

if TYPE_CHECKING:
    from ... import fleet, inventory
    from ...topology import Diagram
    from ..asking import sources
    from ..showing import screens
else:
    fleet = lazy_module("...fleet", __package__)
    inventory = lazy_module("...inventory", __package__)
    sources = lazy_module("..asking.sources", __package__)
    screens = lazy_module("..showing.screens", __package__)

_FIELDS = ("change", "microgrid_id", "entity", "path", "before", "after")


@click.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@to_option(
    "Also draw both states of a microgrid as a diagram, in a .svg or .png file. `-` writes only the"
    " diagram to standard output, as SVG."
)
@output_options(fields=_FIELDS, has_header=False)
@pass_connection
def diff(
    connection: Connection, output: Output, *, before: str, after: str, path: Path | None
) -> None:
    """Compare A and B field by field; the exit code is 6 if they differ.

    A and B are each a microgrid ID, an inventory file (.yaml, .json, .jsonl), FILE:ID, the name of
    a profile, PROFILE:ID, or the URL of a server. A microgrid is compared with the microgrid of the
    same ID, unless both are microgrids. Entities are matched by ID, connections and relations by
    what they connect. Lists that one of the servers does not offer are not compared.
    """
    if path is not None:
        check_target(path)
    old_source = sources.parse_source(before, connection)
    new_source = sources.parse_source(after, connection)
    old, new = sources.load_both(old_source, new_source)
    is_site = None not in {old_source.microgrid_id, new_source.microgrid_id}
    if is_site:
        found = inventory.diff_sites(old.sites[0], new.sites[0])
    else:
        found = inventory.diff(old, new)
    drawn = None if path is None else _diagram(old, new)
    if path != STANDARD_OUTPUT:
        output.show(found, lambda: partial(screens.differences_table, is_site=is_site))
    if path is not None and drawn is not None:
        write_diagram(drawn, path)
    if found:
        raise click.exceptions.Exit(ExitCode.FINDINGS)


def _diagram(old: "inventory.Inventory", new: "inventory.Inventory") -> "Diagram":
    """Return the diagram of both states of a microgrid, with the findings of the later one."""
    for side, text in ((old, "A"), (new, "B")):
        if len(side.sites) != 1:
            count = format_count(len(side.sites), "microgrid")
            raise click.UsageError(f"--to draws one microgrid, but {text} has {count}")
    before, after = (fleet.Site.of(side.sites[0]) for side in (old, new))
    check_drawable(before, after)
    return after.diagram(before=before, findings=findings_to_mark(after))
