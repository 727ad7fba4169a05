"""The command that compares microgrids, files and servers."""

import click

from ..asking.connection import Connection, connected
from ..exits import Exit
from ..showing.output import Output, screen, shown

_FIELDS = ("change", "microgrid_id", "entity", "path", "before", "after")


@click.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@shown(fields=_FIELDS, headed=False)
@connected
def diff(connection: Connection, output: Output, *, before: str, after: str) -> None:
    """Show in what B differs from A, field by field; exit code 6 says that they differ.

    A and B are each the ID of a microgrid, an inventory file (.yaml, .json, .jsonl), the name of
    a profile, PROFILE:ID, or the URL of a server. Where only one is a microgrid, it is compared
    with the microgrid of that id in the other one. Entities are matched by their ids,
    connections and relations by what they connect. What the server of one of them has no call
    for is not compared.
    """
    from ...inventory import diff as diff_inventories  # noqa: PLC0415 - imports protobuf
    from ...inventory import diff_sites  # noqa: PLC0415
    from ..asking.sources import comparable, side  # noqa: PLC0415

    one, other = side(before, connection), side(after, connection)
    are_sites = one.number is not None and other.number is not None
    ours, theirs = comparable(one, other)
    if are_sites:
        found = diff_sites(ours.sites[0], theirs.sites[0])
    else:
        found = diff_inventories(ours, theirs)
    output.show(found, table=screen("differences_screen", are_of_one_site=are_sites))
    if found:
        raise click.exceptions.Exit(Exit.FINDINGS)
