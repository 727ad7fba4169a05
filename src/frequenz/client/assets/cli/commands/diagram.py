"""The command that draws a microgrid."""

import re
import shlex
import sys
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import click
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId

from ..._lazy import lazy_module
from ...electrical_component import ElectricalComponentCategory
from ..asking.completions import complete_microgrid_id_or_file
from ..asking.connection import Connection, pass_connection
from ..asking.parameters import ID, EnumType, ParsedType, is_number, parse_id, parse_time
from ..exits import ExitCode, Failure
from ..showing.pictures import (
    STANDARD_OUTPUT,
    check_drawable,
    check_target,
    findings_to_mark,
    to_option,
    write_diagram,
)
from ..showing.streams import is_terminal, print_message

if TYPE_CHECKING:
    import webbrowser

    from ...fleet import Site
    from ..asking import sources
else:
    sources = lazy_module("..asking.sources", __package__)
    webbrowser = lazy_module("webbrowser", __package__)

Highlight: TypeAlias = ElectricalComponentCategory | ElectricalComponentId | int

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _parse_moment(text: str) -> datetime:
    try:
        if _DATE.fullmatch(text):
            return datetime.combine(date.fromisoformat(text), time(tzinfo=UTC))
        return parse_time(text)
    except ValueError as error:
        raise ValueError(f"a date, such as 2024-05-17, or {error}") from None


class _HighlightType(EnumType):
    """The type of categories, by name, and of IDs."""

    def __init__(self) -> None:
        super().__init__(ElectricalComponentCategory)
        self._metavar = "CATEGORY|ID"

    def parse(self, text: str) -> Any:
        """Return the category or the ID."""
        return ElectricalComponentId(parse_id(text)) if is_number(text) else super().parse(text)


@click.command()
@click.argument("subject", metavar="ID|FILE", shell_complete=complete_microgrid_id_or_file)
@to_option(
    "The .svg or .png file to write; an existing file is replaced. `-` is standard output, as SVG."
    "  [default: microgrid-ID.svg; `-` if output is piped]"
)
@click.option("--open", "is_opened", is_flag=True, help="Show the file in the browser.")
@click.option(
    "--at",
    type=ParsedType("time", "DATE|TIME", _parse_moment),
    help="Grey out what is not operational at this moment; a date is midnight in UTC."
    "  [default: now]",
)
@click.option(
    "--highlight",
    multiple=True,
    type=_HighlightType(),
    help="Highlight components of a category, or one by its ID. Repeatable.",
)
@click.option(
    "--theme",
    type=click.Choice(["auto", "light", "dark"]),
    default="auto",
    help="Colors; `auto` follows what the reader prefers.",
)
@click.option(
    "--behind",
    type=ID,
    help="Draw only this component and what is behind it.",
)
@click.option("--no-fold", is_flag=True, help="Draw each of several equal branches.")
@pass_connection
def diagram(
    connection: Connection,
    *,
    subject: str,
    path: Path | None,
    is_opened: bool,
    at: datetime | None,
    highlight: tuple[Highlight, ...],
    theme: Literal["auto", "light", "dark"],
    no_fold: bool,
    behind: int | None,
) -> None:
    """Draw a microgrid as a single-line diagram, with the findings of `check` marked.

    The microgrid is an ID, or the one in an inventory FILE; FILE:ID chooses one of several,
    PROFILE:ID one of another server. `diff A B --to FILE` draws what changed.
    """
    if path is None and not is_opened and not is_terminal(sys.stdout):
        path = STANDARD_OUTPUT
    if path == STANDARD_OUTPUT and is_opened:
        raise click.UsageError("--open shows a file, not standard output")
    if path is not None:
        check_target(path)
    site, _ = sources.load_site(subject, connection)
    number = int(site.microgrid.id)
    check_drawable(site)
    ids = [int(one) for one in highlight if isinstance(one, ElectricalComponentId)]
    _check_ids(site, ids if behind is None else [*ids, behind], subject)
    _report_absent(site, highlight)
    target = path or Path(f"microgrid-{number}.svg")
    drawn = site.diagram(
        at=at or datetime.now(UTC),
        theme=theme,
        highlight=highlight,
        findings=findings_to_mark(site),
        fold=not no_fold,
        behind=behind,
    )
    write_diagram(drawn, target)
    if is_opened and not webbrowser.open(target.resolve().as_uri()):
        raise Failure(f"no browser found; open {target} yourself")


def _check_ids(site: "Site", ids: Iterable[int], subject: str) -> None:
    """Check that a microgrid has the components with some IDs.

    Raises:
        Failure: If it lacks one.
    """
    known = {int(it.id) for it in site.components}
    for id_ in ids:
        if id_ not in known:
            raise Failure(
                f"microgrid {int(site.microgrid.id)} has no component {id_};"
                f" see `assets-cli tree {shlex.quote(subject)}`",
                ExitCode.NOT_FOUND,
            )


def _report_absent(site: "Site", highlight: Iterable[Highlight]) -> None:
    """Say which categories cannot be highlighted, because no component is of them."""
    categories = {it.category for it in site.components}
    for one in highlight:
        if not isinstance(one, ElectricalComponentId) and one not in categories:
            name = one if isinstance(one, int) else one.name.lower()
            number = int(site.microgrid.id)
            print_message(f"microgrid {number} has no component of the category {name}")
