"""The completions of arguments."""

from typing import TYPE_CHECKING, Any

import click

from ..._lazy import lazy_module
from ..showing.escaping import escape_control
from .access import GlobalOptions
from .parameters import is_number

if TYPE_CHECKING:
    from click import shell_completion

    from . import microgrid_names
else:
    shell_completion = lazy_module("click.shell_completion", __package__)
    microgrid_names = lazy_module(".microgrid_names", __package__)


def complete_microgrid_id(context: click.Context, _: click.Parameter, incomplete: str) -> list[Any]:
    """Return the IDs of the server's microgrids that start with a text; none without an answer."""
    try:
        names = microgrid_names.microgrid_names(context.ensure_object(GlobalOptions))
    except (click.ClickException, OSError, ValueError):
        return []  # a message would garble the line that the user types
    return [
        shell_completion.CompletionItem(id_, help=escape_control(name) or None)
        for id_, name in names.items()
        if id_.startswith(incomplete)
    ]


def complete_microgrid_id_or_file(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[Any]:
    """Return IDs like `complete_microgrid_id`, or let the shell complete a file."""
    found = []
    if not incomplete or is_number(incomplete):
        found = complete_microgrid_id(context, parameter, incomplete)
    return found or [shell_completion.CompletionItem(incomplete, type="file")]
