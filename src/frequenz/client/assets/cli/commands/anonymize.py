"""The command that makes an inventory file that may be shared."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..._lazy import lazy_module
from ..asking.access import OFFLINE_OPTIONS, global_options
from ..exits import Failure
from ..showing.streams import print_message, write

if TYPE_CHECKING:
    from ... import _whole_files, inventory
    from ...inventory import _files
    from ..asking import sources
else:
    _files = lazy_module("...inventory._files", __package__)
    _whole_files = lazy_module("..._whole_files", __package__)
    inventory = lazy_module("...inventory", __package__)
    sources = lazy_module("..asking.sources", __package__)


@click.command()
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "--to",
    "path",
    required=True,
    metavar="FILE",
    type=click.Path(path_type=Path, allow_dash=True),
    help="The .yaml, .json or .jsonl file to write, which is replaced if it exists; `-` is standard"
    " output, as JSON.",
)
@global_options(*OFFLINE_OPTIONS)
def anonymize(*, files: tuple[Path, ...], path: Path) -> None:
    """Write the inventory files FILE without IDs, names, places and market codes.

    The structure stays, and equal values stay equal. Messages list what is replaced, and what is
    kept: whoever knows a site may recognize it by that.
    """
    is_piped = str(path) == "-"
    try:
        if not is_piped:
            _files.check_target(path)
        file_format = "json" if is_piped else _files.format_of(path)
        anonymous = inventory.anonymize(sources.read_files(list(files)))
        text = _files.to_text(anonymous, file_format=file_format)
        if is_piped:
            write(text)
        else:
            _whole_files.write_text(text, path)
    except ValueError as error:
        raise click.UsageError(f"--to: {error}") from error
    except OSError as error:
        raise Failure.from_error(error) from error
    for title, lines in (("Replaced", inventory.REPLACED), ("Kept", inventory.KEPT)):
        print_message(f"{title}:")
        for line in lines:
            print_message(f"  {line}")
