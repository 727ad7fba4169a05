"""The command that makes an inventory file of a commissioning list or a network."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from ..._lazy import lazy_module
from ..asking.access import OFFLINE_OPTIONS, global_options
from ..asking.parameters import NEW_ID
from ..exits import Failure
from ..showing.notes import print_findings
from ..showing.plurals import format_count
from ..showing.streams import print_message, write

if TYPE_CHECKING:
    from ... import inventory, lists, networks
    from ...inventory import _files
    from ...lists import _files as _list_files
else:
    inventory = lazy_module("...inventory", __package__)
    lists = lazy_module("...lists", __package__)
    networks = lazy_module("...networks", __package__)
    _files = lazy_module("...inventory._files", __package__)
    _list_files = lazy_module("...lists._files", __package__)

_NETWORK: Final = ".json"


@click.command("import")
@click.argument("source", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--to",
    "path",
    required=True,
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="The .yaml, .json or .jsonl file to write, which is replaced if it exists; `-` is"
    " standard output, as YAML.",
)
@click.option("--microgrid", "microgrid_id", type=NEW_ID, help="ID for a network, by default 1.")
@click.option("--name", metavar="TEXT", help="Name for a network, by default its own.")
@global_options(*OFFLINE_OPTIONS)
def import_(*, source: Path, path: Path, microgrid_id: int | None, name: str | None) -> None:
    """Make an inventory file of the commissioning list or the network FILE.

    A list is an .xlsx workbook or a .csv file with a row for each component; `assets-cli new
    --template list.xlsx` writes an empty one that explains itself. Each of its mistakes is one
    line with its cell, and nothing is written. A network is a .json file that pandapower.to_json
    wrote; a line says what of it cannot be carried.
    """
    is_piped = str(path) == "-"
    if not is_piped:
        _check_target(path)
    if source.suffix.lower() == _NETWORK:
        found = _read_network(source, 1 if microgrid_id is None else microgrid_id, name)
    else:
        for option, value in (("--microgrid", microgrid_id), ("--name", name)):
            if value is not None:
                raise click.UsageError(f"{option} works with a network; a list says it in its rows")
        found = _read_list(source)
    target = "standard output" if is_piped else str(path)
    if is_piped:
        write(_files.to_text(found))
    else:
        try:
            _files.write(found, path)
        except OSError as error:
            raise Failure.from_error(error) from error
    sites = found.sites
    components = sum(len(site.components) for site in sites)
    counts = (format_count(len(sites), "microgrid"), format_count(components, "component"))
    print_message(f"wrote {', '.join(counts)} to {target}")
    if not is_piped:
        print_findings(target, target, [it.finding for it in inventory.check(found)])


def _check_target(path: Path) -> None:
    try:
        _files.check_target(path)
    except ValueError as error:
        raise click.UsageError(f"--to: {error}") from error
    except OSError as error:
        raise Failure.from_error(error) from error


def _read_list(source: Path) -> "inventory.Inventory":
    try:
        _list_files.suffix_of(source)
    except ValueError as error:
        raise click.UsageError(f"{error}; or {_NETWORK} for a pandapower network") from error
    try:
        return lists.read(source)
    except lists.ListFileError as error:
        *others, last = map(str, error.problems)
        for problem in others:
            print_message(problem)
        raise Failure(last) from error
    except OSError as error:
        raise Failure.from_error(error) from error


def _read_network(source: Path, microgrid_id: int, name: str | None) -> "inventory.Inventory":
    try:
        imported = networks.read_pandapower(source, microgrid_id=microgrid_id, name=name)
    except networks.NetworkFileError as error:
        raise Failure(str(error)) from error
    except OSError as error:
        raise Failure.from_error(error) from error
    for note in imported.notes:
        print_message(note)
    return imported.inventory
