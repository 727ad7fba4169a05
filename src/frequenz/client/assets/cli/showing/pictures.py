"""Writing diagrams to files and to standard output."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import click

from ..._lazy import lazy_module
from ..exits import Failure
from .streams import print_message, write

if TYPE_CHECKING:
    from ... import inventory
    from ...findings import Finding
    from ...fleet import Site
    from ...topology import Diagram
    from ...topology import _diagram as drawing
else:
    inventory = lazy_module("...inventory", __package__)
    drawing = lazy_module("...topology._diagram", __package__)

CommandT = TypeVar("CommandT", bound=Callable[..., object])

STANDARD_OUTPUT: Final = Path("-")


def to_option(text: str) -> Callable[[CommandT], CommandT]:
    """Return the option `--to` of a command that writes a diagram, with its help."""
    return click.option(
        "--to",
        "path",
        metavar="FILE",
        type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
        help=text,
    )


def check_target(path: Path) -> None:
    """Check that a diagram can be written to a file, before there is one.

    Raises:
        click.UsageError: If the name of the file ends in neither .svg nor .png.
        Failure: If the file cannot be written, or is a PNG and the extra `png` is not installed.
    """
    if path == STANDARD_OUTPUT:
        return
    try:
        drawing.check_target(path)
    except ValueError as error:
        raise click.UsageError(f"--to: {error}") from error
    except ModuleNotFoundError as error:
        raise Failure(str(error)) from error
    except OSError as error:
        raise Failure.from_error(error) from error


def check_drawable(*states: "Site") -> None:
    """Check that there is something to draw in any state of a site.

    Raises:
        Failure: If there is nothing.
    """
    if not any(site.components or site.connections for site in states):
        raise Failure(f"microgrid {int(states[0].microgrid.id)} has no components to draw")


def findings_to_mark(site: "Site") -> "list[Finding]":
    """Return the findings of `check`."""
    return [it.finding for it in inventory.check(inventory.Inventory((site.messages,)))]


def write_diagram(diagram: "Diagram", path: Path) -> None:
    """Write a diagram to a file, and say so; or to standard output, as SVG.

    Raises:
        OSError: If it cannot be written.
    """
    if path == STANDARD_OUTPUT:
        write(diagram.svg)
        return
    diagram.write(path)
    print_message(f"wrote {path}")
