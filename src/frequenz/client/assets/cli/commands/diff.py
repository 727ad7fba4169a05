"""The command that compares microgrids, files and servers."""

from typing import Any

import click

from .._ask import Connection, connected
from .._exits import Exit
from .._output import Output, shown

_FIELDS = ("change", "microgrid_id", "entity", "path", "before", "after")


@click.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@shown(fields=_FIELDS)
@connected
def diff(connection: Connection, output: Output, *, before: str, after: str) -> None:
    """Show in what B differs from A, field by field; exit code 6 says that they differ.

    A and B are each the ID of a microgrid, an inventory file (.yaml, .json, .jsonl), the name of
    a profile, PROFILE:ID, or the URL of a server. Where only one is a microgrid, it is compared
    with the microgrid of that id in the other one. Entities are matched by their ids,
    connections and relations by what they connect.
    """
    from ...inventory import diff as diff_inventories  # noqa: PLC0415 - imports protobuf
    from ...inventory import diff_sites  # noqa: PLC0415
    from .._sides import side  # noqa: PLC0415

    one, other = side(before, connection), side(after, connection)
    if one.number is not None and other.number is not None:
        found = diff_sites(one.site(), other.site())
    else:
        number = other.number if one.number is None else one.number
        found = diff_inventories(one.inventory(number), other.inventory(number))

    def draw(rows: Any) -> Any:
        from .._screens import differences_table  # noqa: PLC0415 - only tables wait for rich

        return differences_table(rows)

    output.show(found, table=draw)
    if found:
        raise click.exceptions.Exit(Exit.FINDINGS)
