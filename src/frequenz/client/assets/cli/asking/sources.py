"""What commands compare and check: microgrids by their ids, files, or the fleets of servers."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import click

from ..._transport.profiles import ProfileNotFoundError
from ...inventory import Inventory, InventoryFileError, format_of, read_all
from ..exits import Exit, Failure, outcome
from ..interrupts import undisturbed
from ..showing.streams import tell
from .access import access
from .connection import Connection
from .parameters import ID, is_number


class Side(NamedTuple):
    """One of two things that are compared."""

    text: str
    """What it is called on the command line."""

    file: Path | None
    connection: Connection
    number: int | None
    """The microgrid that is meant; None = all."""

    def held(self, number: int | None) -> tuple[Inventory, tuple[str, ...]]:
        """Return what there is of it, one microgrid or all, and which lists may lack some.

        Raises:
            Failure: If any of it cannot be had.
        """
        if self.file is None:
            with undisturbed():
                from .fleet import fetch  # noqa: PLC0415 - imports the client

            numbers = None if number is None else [number]
            fetched = self.connection.run(lambda client: fetch(client, numbers))
            for missed in fetched.missed:
                raise Failure(missed.sentence, outcome(missed.error)[0]) from missed.error
            return fetched.inventory, fetched.incomplete
        held = read_files([self.file])
        if number is None:
            return held, ()
        sites = tuple(site for site in held.sites if site.microgrid.id == number)
        if not sites:
            raise Failure(f"{self.file} has no microgrid {number}", Exit.NOT_FOUND)
        return Inventory(sites), ()


def comparable(one: Side, other: Side) -> tuple[Inventory, Inventory]:
    """Return what is to be compared, without the lists that a server cannot tell; says which.

    Raises:
        Failure: If any of it cannot be had.
    """
    before, unknown = one.held(other.number if one.number is None else one.number)
    after, other_unknown = other.held(one.number if other.number is None else other.number)
    lists = tuple(dict.fromkeys((*unknown, *other_unknown)))
    if not lists:
        return before, after
    texts = dict.fromkeys(
        side.text for side, names in ((one, unknown), (other, other_unknown)) if names
    )
    tell(
        f"not compared: {', '.join(lists).replace('_', ' ')}; the server of"
        f" {' and of '.join(texts)} has no calls for all of it"
    )
    return _without(before, lists), _without(after, lists)


_OF_SITES: Final = frozenset({"sensors"})
"""The lists that a site has, not the market, of those that a server may be unable to tell."""


def _without(held: Inventory, lists: Sequence[str]) -> Inventory:
    """Return an inventory in which some lists are empty."""
    emptied: dict[str, Any] = dict.fromkeys(lists, ())
    of_sites = {name: emptied.pop(name) for name in lists if name in _OF_SITES}
    sites = tuple(replace(site, **of_sites) for site in held.sites)
    return replace(held, sites=sites, **emptied)


def side(text: str, connection: Connection) -> Side:
    """Return what is meant by an argument.

    Raises:
        click.ClickException: If it is nothing of what can be compared.
    """
    if is_number(text):
        return Side(text, None, connection, ID.convert(text, None, None))
    if "://" in text:
        return Side(text, None, connection.elsewhere(url=text), None)
    if _is_file(text):
        return Side(text, Path(text), connection, None)
    profile, colon, number = text.partition(":")
    found = ID.convert(number, None, None) if colon else None
    elsewhere = connection.elsewhere(profile=profile)
    try:
        access(elsewhere.given)
    except click.ClickException as error:
        if not isinstance(error.__cause__, ProfileNotFoundError):
            raise
        raise Failure(
            f"{text!r} is neither an id nor an inventory file, and {error.message}",
            Exit(error.exit_code),
        ) from error
    return Side(text, None, elsewhere, found)


def _is_file(text: str) -> bool:
    """Return whether a text looks like a file, as no profile does."""
    return _has_format(text) or Path(text).name != text or Path(text).is_file()


def _has_format(text: str) -> bool:
    """Return whether a text is the name of an inventory file."""
    try:
        format_of(text)
    except ValueError:
        return False
    return True


def numbers_in(texts: Sequence[str]) -> list[int] | None:
    """Return ids; None where there is no text, or the texts are files.

    Raises:
        click.UsageError: If they are neither, or both.
    """
    are_numbers = [is_number(text) for text in texts]
    for text, is_one in zip(texts, are_numbers, strict=True):
        if not (is_one or _has_format(text)):
            raise click.UsageError(
                f"{text!r} is neither an id nor an inventory file, whose name ends in .yaml,"
                " .json or .jsonl; --profile or --url say which server is meant"
            )
    if not any(are_numbers):
        return None
    if not all(are_numbers):
        raise click.UsageError("expected either ids or files, got both")
    return [ID.convert(text, None, None) for text in texts]


def read_files(paths: Sequence[str | Path], *, tells_all: bool = False) -> Inventory:
    """Return what is in some files, all together.

    Args:
        paths: The files.
        tells_all: Whether to say everything that cannot be read, a line each.

    Raises:
        click.UsageError: If the name of one is none of an inventory file.
        Failure: If one of them is none, or cannot be read.
    """
    try:
        for path in paths:
            format_of(path)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    try:
        return read_all(paths)
    except InventoryFileError as error:
        first, *others = error.problems
        if not others:
            raise Failure(str(first)) from error
        if not tells_all:
            raise Failure(
                f"{first} (and {len(others)} more; `assets-cli check {first.file}` shows them)"
            ) from error
        for problem in error.problems[:-1]:
            tell(str(problem))
        raise Failure(str(error.problems[-1])) from error
    except OSError as error:
        raise Failure.of(error) from error
