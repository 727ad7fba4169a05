"""What commands read: microgrids, inventory files, and the fleets of servers."""

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

from ..._lazy import lazy_module
from ..._transport.profiles import ProfileNotFoundError
from ...fleet import FleetSnapshot, ListName, Site
from ...inventory import Inventory, InventoryFileError, format_of, read_all
from ...inventory._inventory import only_microgrid
from ..exits import ExitCode, Failure
from ..showing.notes import (
    list_names,
    part_failure,
    print_findings,
    print_missing,
)
from ..showing.plurals import format_count
from ..showing.streams import print_message
from .access import resolve_access
from .connection import Connection
from .parameters import is_number, parse_id

if TYPE_CHECKING:
    from ...fleet import _tables
else:
    _tables = lazy_module("...fleet._tables", __package__)  # imports pyarrow

_ONE_SITE: Final = "ID, FILE, FILE:ID or PROFILE:ID"
_MAX_NAMED: Final = 10
"""How many microgrids of a file an error names."""


class Source(NamedTuple):
    """One side of a comparison."""

    text: str
    """The argument on the command line."""

    file: Path | None
    connection: Connection
    microgrid_id: int | None
    """None for all microgrids."""

    def load(self, microgrid_id: int | None) -> tuple[Inventory, tuple[str, ...]]:
        """Return one microgrid or all, and the lists that are incomplete.

        Raises:
            Failure: If any part of it cannot be read or fetched.
        """
        if self.file is None:
            ids = None if microgrid_id is None else [microgrid_id]
            fleet = self.connection.fetch_fleet(ids)
            for failed in fleet.failures:
                raise part_failure(failed)
            return fleet.inventory, _incomplete(fleet)
        return self.read(self.file, microgrid_id), ()

    @staticmethod
    def read(file: Path, microgrid_id: int | None, *, print_all: bool = False) -> Inventory:
        """Return what is in a file, or one of its microgrids; see `read_files`.

        Raises:
            Failure: If the file is invalid or unreadable, or has no such microgrid.
        """
        inventory = read_files([file], print_all=print_all)
        if microgrid_id is None:
            return inventory
        only = only_microgrid(inventory, microgrid_id)
        if not only.sites:
            raise Failure(f"{file} has no microgrid {microgrid_id}", ExitCode.NOT_FOUND)
        return only


def load_both(before: Source, after: Source) -> tuple[Inventory, Inventory]:
    """Return two inventories to compare, without the lists that a server does not offer.

    Raises:
        Failure: If any part of them cannot be read or fetched.
    """
    old_id, new_id = before.microgrid_id, after.microgrid_id
    if old_id is None and new_id is not None and after.file is not None:
        # First the file that is named with an ID: if it is missing, the ID hardly matters.
        new, new_incomplete = after.load(new_id)
        old, old_incomplete = before.load(new_id)
    else:
        old, old_incomplete = before.load(new_id if old_id is None else old_id)
        new, new_incomplete = after.load(old_id if new_id is None else new_id)
    lists = tuple(dict.fromkeys((*old_incomplete, *new_incomplete)))
    if lists:
        sides = ((before, old_incomplete), (after, new_incomplete))
        servers = dict.fromkeys(source.text for source, incomplete in sides if incomplete)
        print_message(
            f"not compared: {list_names(lists)}; not offered by the server of"
            f" {' and '.join(servers)}"
        )
    return _without(old, lists), _without(new, lists)


def _incomplete(fleet: FleetSnapshot) -> tuple[str, ...]:
    """Return the lists that may lack items because the server does not offer them."""
    # Gridpools lead to the schedules.
    dependent = ("energy_schedules",) if "gridpools" in fleet.not_offered else ()
    return tuple(dict.fromkeys((*fleet.not_offered, *dependent)))


def _without(inventory: Inventory, lists: Sequence[str]) -> Inventory:
    """Return an inventory with some of its lists, or of those of its sites, empty."""
    emptied: dict[str, Any] = dict.fromkeys(lists, ())
    of_sites = {name: emptied.pop(name) for name in lists if name == "sensors"}
    sites = tuple(replace(site, **of_sites) for site in inventory.sites)
    return replace(inventory, sites=sites, **emptied)


def load_site(text: str, connection: Connection) -> tuple[Site, str]:
    """Return the microgrid that an argument names, and the argument for `check`; print findings.

    Raises:
        click.ClickException: If the argument names none or several, or it cannot be loaded.
    """
    source = parse_source(text, connection)
    microgrid_id = source.microgrid_id
    if source.file is None:
        if microgrid_id is None:
            raise click.UsageError(f"{text!r} is not a microgrid; use {_ONE_SITE}")
        return source.connection.fetch_site(microgrid_id), str(microgrid_id)
    sites = source.load(microgrid_id)[0].sites
    if len(sites) != 1:
        ids = ", ".join(str(site.microgrid.id) for site in sites[:_MAX_NAMED])
        more = ", ..." if len(sites) > _MAX_NAMED else ""
        listed = f": {ids}{more}; choose one, such as {text}:{sites[0].microgrid.id}"
        raise Failure(
            f"{text} has {format_count(len(sites), 'microgrid')}{listed if sites else ''}",
            ExitCode.USAGE,
        )
    site = Site.of(sites[0])
    print_findings(text, shlex.quote(str(source.file)), site.findings)
    return site, shlex.quote(str(source.file))


def parse_source(text: str, connection: Connection) -> Source:
    """Return the source that an argument names.

    Raises:
        click.ClickException: If it names none.
    """
    if is_number(text):
        return Source(text, None, connection, parse_id(text))
    if "://" in text:
        return Source(text, None, connection.to_url(text), None)
    name, _, number = text.rpartition(":")
    if is_number(number) and (_has_format(name) or _is_source(Path(name))):
        return Source(text, Path(name), connection, parse_id(number))
    if _has_format(text) or Path(text).name != text or _is_source(Path(text)):
        return Source(text, Path(text), connection, None)
    profile, colon, id_text = text.partition(":")
    if colon and not id_text:
        raise click.UsageError(f"{text!r}: after the colon: expected an ID")
    microgrid_id = parse_id(id_text) if colon else None
    other = connection.to_profile(profile)
    try:
        resolve_access(other.options)
    except click.ClickException as error:
        if not isinstance(error.__cause__, ProfileNotFoundError):
            raise
        message = f"{text!r} is not an ID, an inventory file or a profile"
        raise Failure(
            f"{message}; list the profiles with `assets-cli config list`",
            ExitCode(error.exit_code),
        ) from error
    return Source(text, None, other, microgrid_id)


def _is_source(path: Path) -> bool:
    """Return whether a path is that of a file, or of a folder of Parquet files."""
    return path.is_file() or is_parquet_folder(path)


def is_parquet_folder(path: Path) -> bool:
    """Return whether a path is that of a folder as `assets-cli export -o parquet` writes it."""
    return (path / "microgrids.parquet").is_file() or (path / "microgrids").is_dir()


def _has_format(text: str) -> bool:
    """Return whether a text has the suffix of an inventory file."""
    try:
        format_of(text)
    except ValueError:
        return False
    return True


def load_parts(
    texts: Sequence[str], connection: Connection, *, include: Iterable[ListName] | None = None
) -> tuple[list[Inventory], bool]:
    """Return what arguments name, and whether it is complete.

    Whole files are one inventory, and so are microgrids of the same server. Every problem of files
    is printed, and what cannot be fetched. Of servers, only some lists are fetched if given.

    Raises:
        click.ClickException: If an argument names no microgrid or file, if a file cannot be read,
            or if none of a server's microgrids can be fetched.
    """
    sources = [parse_source(text, connection) for text in texts]
    for source in sources:
        if source.file is None and source.microgrid_id is None:
            raise click.UsageError(
                f"{source.text!r} is not a microgrid or a file; use {_ONE_SITE}, or choose a"
                " server with --profile or --url"
            )
    whole = [it.file for it in sources if it.file is not None and it.microgrid_id is None]
    parts = [read_files(whole, print_all=True)]
    parts += [
        Source.read(it.file, it.microgrid_id, print_all=True)
        for it in sources
        if it.file is not None and it.microgrid_id is not None
    ]
    is_complete = True
    remote = [
        (it.connection, it.microgrid_id)
        for it in sources
        if it.file is None and it.microgrid_id is not None
    ]
    for of_connection, group in groupby(remote, lambda it: it[0]):
        ids = [microgrid_id for _, microgrid_id in group]
        fleet = of_connection.fetch_fleet(ids, include=include)
        print_missing(fleet)
        parts.append(fleet.inventory)
        is_complete = is_complete and fleet.is_complete
    return parts, is_complete


def read_files(paths: Sequence[str | Path], *, print_all: bool = False) -> Inventory:
    """Return the inventory in some files, then in folders of Parquet files.

    Args:
        paths: The files and folders.
        print_all: Whether to print every problem of invalid files, one line for each.

    Raises:
        click.UsageError: If a file has another suffix.
        Failure: If a file is invalid or unreadable.
    """
    folders = [Path(path) for path in paths if is_parquet_folder(Path(path))]
    files = [path for path in paths if Path(path) not in folders]
    try:
        for path in files:
            format_of(path)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    try:
        return Inventory.joined([read_all(files), *map(_read_folder, folders)])
    except InventoryFileError as error:
        first = str(error.problems[0])
        if error.total == 1:
            raise Failure(first) from error
        if not print_all:
            file = error.problems[0].file
            raise Failure(
                f"{first} (and {error.total - 1} more; see `assets-cli check {file}`)"
            ) from error
        *others, last = error.lines()
        for line in others:
            print_message(line)
        raise Failure(last) from error
    except OSError as error:
        raise Failure.from_error(error) from error


def _read_folder(path: Path) -> Inventory:
    try:
        return _tables.read_parquet(path)
    except _tables.MessagesMissingError as error:
        raise Failure(
            f"{path}: written without messages; export it again with"
            " `assets-cli export -o parquet --messages`"
        ) from error
    except ValueError as error:
        raise Failure(str(error)) from error
