"""The command that runs the demo."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from ..._extras import is_own, missing_package_text
from ..._lazy import lazy_module
from ..asking.access import OFFLINE_OPTIONS, GlobalOptions, global_options, pass_options
from ..exits import Failure
from ..interrupts import defer_interrupt
from ..showing.pictures import STANDARD_OUTPUT, check_target, to_option
from ..showing.streams import is_terminal

if TYPE_CHECKING:
    from frequenz.server.assets.demo import _tour

    from ..showing import console
else:
    console = lazy_module("..showing.console", __package__)
    _tour = lazy_module("frequenz.server.assets.demo._tour", __package__)  # of another extra

_PIPED_WIDTH: Final = 80


@click.command()
@to_option(
    "The .svg or .png file for the diagram of a site; an existing file is replaced."
    "  [default: a file in a new temporary directory]"
)
@global_options(*OFFLINE_OPTIONS)
@pass_options
def demo(options: GlobalOptions, *, path: Path | None) -> None:
    """Run a tour of two demo fleets: start a server, call it, show and draw the results."""
    if path == STANDARD_OUTPUT:
        raise click.UsageError("--to: expected a file; standard output has the tour")
    if path is not None:
        check_target(path)
    try:
        with defer_interrupt():
            tour = _tour.tour
    except ModuleNotFoundError as missing:
        if is_own(missing):
            raise
        raise Failure(missing_package_text("the demo", "server", missing)) from missing
    width = None if is_terminal(sys.stdout) else _PIPED_WIDTH
    shown = console.make_console(sys.stdout, options.color, markup=True, width=width)
    try:
        tour(shown, path)
    except OSError as error:
        raise Failure.from_error(error) from error
