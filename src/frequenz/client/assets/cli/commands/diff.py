"""The command that compares microgrids, inventory files and servers."""

from functools import partial
from typing import TYPE_CHECKING

import click

from ..._lazy import lazy_module
from ..asking.connection import Connection, pass_connection
from ..exits import ExitCode
from ..showing.output import Output, output_options

if TYPE_CHECKING:
    from ... import inventory
    from ..asking import sources
    from ..showing import screens
else:
    inventory = lazy_module("...inventory", __package__)
    sources = lazy_module("..asking.sources", __package__)
    screens = lazy_module("..showing.screens", __package__)

_FIELDS = ("change", "microgrid_id", "entity", "path", "before", "after")


@click.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@output_options(fields=_FIELDS, has_header=False)
@pass_connection
def diff(connection: Connection, output: Output, *, before: str, after: str) -> None:
    """Compare A and B field by field; the exit code is 6 if they differ.

    A and B are each a microgrid ID, an inventory file (.yaml, .json, .jsonl), FILE:ID, the name of
    a profile, PROFILE:ID, or the URL of a server. A microgrid is compared with the microgrid of the
    same ID, unless both are microgrids. Entities are matched by ID, connections and relations by
    what they connect. Lists that one of the servers does not offer are not compared.
    """
    old_source = sources.parse_source(before, connection)
    new_source = sources.parse_source(after, connection)
    old, new = sources.load_both(old_source, new_source)
    is_site = None not in {old_source.microgrid_id, new_source.microgrid_id}
    if is_site:
        found = inventory.diff_sites(old.sites[0], new.sites[0])
    else:
        found = inventory.diff(old, new)
    output.show(found, lambda: partial(screens.differences_table, is_site=is_site))
    if found:
        raise click.exceptions.Exit(ExitCode.FINDINGS)
