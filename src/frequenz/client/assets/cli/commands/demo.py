"""The command that shows the tour of the demo."""

import sys
from typing import Final

import click

from ..._extras import is_own, needed
from ..asking.access import EVERYWHERE, Given, options
from ..asking.connection import run
from ..exits import Failure
from ..interrupts import undisturbed
from ..showing.output import make_console
from ..showing.streams import is_terminal

_PIPED_WIDTH: Final = 120


@click.command()
@options(*EVERYWHERE)
@click.pass_obj
def demo(given: Given) -> None:
    """Show a tour of two fleets: starts a server over them, asks it, shows what comes."""
    try:
        with undisturbed():
            from frequenz.server.assets.demo._tour import tour  # noqa: PLC0415 - of another extra
    except ModuleNotFoundError as missing:
        if is_own(missing):
            raise
        raise Failure(needed("the demo", "server", missing)) from missing
    width = None if is_terminal(sys.stdout) else _PIPED_WIDTH
    run(tour(make_console(sys.stdout, given.color, markup=True, width=width)))
