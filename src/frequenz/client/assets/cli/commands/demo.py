"""The command that runs the demo."""

import sys
from typing import TYPE_CHECKING, Final

import click

from ..._extras import is_own, missing_package_text
from ..._lazy import lazy_module
from ..asking.access import OFFLINE_OPTIONS, GlobalOptions, global_options, pass_options
from ..exits import Failure
from ..interrupts import defer_interrupt
from ..showing.streams import is_terminal

if TYPE_CHECKING:
    from frequenz.server.assets.demo import _tour

    from ..showing import console
else:
    console = lazy_module("..showing.console", __package__)
    _tour = lazy_module("frequenz.server.assets.demo._tour", __package__)  # of another extra

_PIPED_WIDTH: Final = 80


@click.command()
@global_options(*OFFLINE_OPTIONS)
@pass_options
def demo(options: GlobalOptions) -> None:
    """Run a tour of two demo fleets: start a server, call it, and show the results."""
    try:
        with defer_interrupt():
            tour = _tour.tour
    except ModuleNotFoundError as missing:
        if is_own(missing):
            raise
        raise Failure(missing_package_text("the demo", "server", missing)) from missing
    width = None if is_terminal(sys.stdout) else _PIPED_WIDTH
    tour(console.make_console(sys.stdout, options.color, markup=True, width=width))
