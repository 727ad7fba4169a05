"""The command that writes a new inventory file, or an empty commissioning list."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from ..._lazy import lazy_module
from ..asking.access import OFFLINE_OPTIONS, global_options
from ..asking.parameters import KILOWATTS, NEW_ID
from ..exits import Failure
from ..showing.plain_data import json_text
from ..showing.streams import is_terminal, print_message

if TYPE_CHECKING:
    from ... import building, inventory, lists
    from ...building import _starter
else:
    building = lazy_module("...building", __package__)
    inventory = lazy_module("...inventory", __package__)
    lists = lazy_module("...lists", __package__)
    _starter = lazy_module("...building._starter", __package__)

_FILE: Final = click.Path(path_type=Path, dir_okay=False)
_COUNT: Final = click.IntRange(min=0)

_QUESTIONS: Final = {
    "id": "ID of the microgrid",
    "name": "Name",
    "fuse_a": "Rated fuse current of the grid connection, in A (0: unknown)",
    "pv_kw": "PV, in kW (0: none)",
    "battery_kw": "Battery inverter, in kW (0: none)",
    "battery_kwh": "Capacity of the battery, in kWh (0: unknown)",
    "ev_chargers": "EV chargers of 22 kW (0: none)",
}


@click.command()
@click.argument("path", metavar="[FILE]", required=False, type=_FILE)
@click.option("--id", "id_", type=NEW_ID, help="ID of the microgrid, by default 1.")
@click.option("--name", metavar="TEXT", help="Its name, by default that of the file.")
@click.option("--fuse", "fuse_a", type=_COUNT, metavar="A", help="Rated current of its fuse.")
@click.option("--pv", "pv_kw", type=KILOWATTS, help="Power of the PV.")
@click.option("--battery", "battery_kw", type=KILOWATTS, help="Power of the battery's inverter.")
@click.option("--capacity", "battery_kwh", type=KILOWATTS, metavar="KWH", help="Of the battery.")
@click.option("--ev-chargers", type=_COUNT, metavar="NUMBER", help="How many, of 22 kW.")
@click.option(
    "--template",
    type=_FILE,
    metavar="LIST",
    help="Write an empty commissioning list instead: .xlsx or .csv.",
)
@global_options(*OFFLINE_OPTIONS)
def new(*, path: Path | None, template: Path | None, id_: int | None, **given: Any) -> None:
    """Write the inventory file FILE, by default site.yaml, with a site to begin with.

    On a terminal, it asks for what no option gives. The file has comments, and a schema beside it
    lets editors complete its keys. With --template, the list explains itself; `import` reads it.
    An existing file is never replaced.
    """
    answers = {"id": id_, **given}
    if template is not None:
        options = [name for name, value in (("FILE", path), *answers.items()) if value is not None]
        if options:
            raise click.UsageError("--template writes an empty list; it goes with no other option")
        _write_template(template)
        return
    path = path or Path("site.yaml")
    if path.suffix.lower() not in {".yaml", ".yml"}:
        hint = ""
        if path.suffix.lower() in {".csv", ".xlsx"}:
            hint = f"; for an empty list, use --template {path}"
        raise click.UsageError(f"{path}: expected a file name that ends in .yaml or .yml{hint}")
    _refuse_existing(path)
    defaults = building.Starter(name=path.stem)
    if is_terminal(sys.stdin) and is_terminal(sys.stderr):
        _ask(answers, defaults)
    if answers["battery_kwh"] and not answers["battery_kw"]:
        raise click.UsageError("--capacity is that of a battery; it needs --battery")
    chosen = {name: value for name, value in answers.items() if value is not None}
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    try:
        starter = building.Starter(**{"name": path.stem, "since": today, **chosen})
        text = building.starter_text(starter, path.name)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    _create(path, text)
    print_message(f"wrote {path}; see `assets-cli check {path}`")
    _add_schema(path.parent / _starter.SCHEMA_FILE)


def _ask(answers: dict[str, Any], defaults: "building.Starter") -> None:
    """Ask for each answer that is missing; a battery's capacity only if there is one."""
    types = {"id": NEW_ID, "pv_kw": KILOWATTS, "battery_kw": KILOWATTS, "battery_kwh": KILOWATTS}
    counts = {"fuse_a": _COUNT, "ev_chargers": _COUNT}
    for name, question in _QUESTIONS.items():
        if answers[name] is not None or (name == "battery_kwh" and not answers["battery_kw"]):
            continue
        kind: Any = {**types, **counts}.get(name)
        default = getattr(defaults, name)
        shown = int(default) if isinstance(default, float) else default
        answers[name] = click.prompt(question, default=str(shown), type=kind, err=True)


def _write_template(path: Path) -> None:
    _refuse_existing(path)
    try:
        lists.write_template(path)
    except ValueError as error:
        raise click.UsageError(f"--template: {error}") from error
    except OSError as error:
        raise Failure.from_error(error) from error
    print_message(f"wrote {path}; fill it in, then: assets-cli import {path} --to fleet.yaml")


def _refuse_existing(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise Failure(f"{path} exists already; choose another name, or delete it")


def _create(path: Path, text: str) -> None:
    """Write a file that must not exist."""
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        _refuse_existing(path)
        raise
    except OSError as error:
        raise Failure.from_error(error) from error


def _add_schema(path: Path) -> None:
    """Write the schema beside the file, unless there is one."""
    text = f"{json_text(inventory.json_schema())}\n"
    try:
        _create(path, text)
    except Failure as failure:
        if not path.exists():
            raise
        if path.read_text(encoding="utf-8") != text:
            message = f"{path} is of another release; renew it: assets-cli schema > {path}"
            raise Failure(message) from failure
