"""What commands compare and check: microgrids by their ids, files, or the fleets of servers."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import click

from ..inventory import Inventory, InventoryFileError, Site, format_of, read_all
from ._ask import Connection
from ._exits import Exit, Failure
from ._interrupts import undisturbed
from ._parameters import ID


class Side(NamedTuple):
    """One of two things that are compared."""

    text: str
    """What it is called on the command line."""

    file: Path | None
    connection: Connection
    number: int | None
    """The microgrid that is meant; None = all."""

    def inventory(self, number: int | None) -> Inventory:
        """Return what there is of it: one microgrid, or all.

        Raises:
            Failure: If any of it cannot be had.
        """
        if self.file is None:
            with undisturbed():
                from ._fleet import fetch  # noqa: PLC0415 - imports the client

            numbers = None if number is None else [number]
            fetched = self.connection.run(lambda client: fetch(client, numbers))
            for missed in fetched.missed:
                raise Failure(f"{self.text}: {missed.sentence}", missed.code)
            fetched.tell(self.connection)
            return fetched.inventory
        held = read_files([self.file])
        if number is None:
            return held
        sites = tuple(site for site in held.sites if site.microgrid.id == number)
        if not sites:
            raise Failure(f"{self.file} has no microgrid {number}", Exit.NOT_FOUND)
        return Inventory(sites)

    def site(self) -> Site:
        """Return the microgrid that is meant."""
        (found,) = self.inventory(self.number).sites
        return found


def side(text: str, connection: Connection) -> Side:
    """Return what is meant by an argument.

    Raises:
        click.UsageError: If it is nothing of what can be compared.
    """
    if text.isascii() and text.isdecimal():
        return Side(text, None, connection, ID.convert(text, None, None))
    if "://" in text:
        return Side(text, None, connection.elsewhere(url=text), None)
    if _is_file(text):
        return Side(text, Path(text), connection, None)
    profile, colon, number = text.partition(":")
    found = ID.convert(number, None, None) if colon else None
    return Side(text, None, connection.elsewhere(profile=profile), found)


def _is_file(text: str) -> bool:
    """Return whether a text looks like a file, as no profile does."""
    try:
        format_of(text)
    except ValueError:
        return Path(text).name != text or Path(text).is_file()
    return True


def numbers_in(texts: Sequence[str]) -> list[int] | None:
    """Return ids; None where there is no text, or the texts are files.

    Raises:
        click.UsageError: If there are both.
    """
    are_numbers = [text.isascii() and text.isdecimal() for text in texts]
    if not any(are_numbers):
        return None
    if not all(are_numbers):
        raise click.UsageError("expected either ids or files, got both")
    return [ID.convert(text, None, None) for text in texts]


def read_files(paths: Sequence[str | Path]) -> Inventory:
    """Return what is in some files, all together.

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
        more = f" (and {len(others)} more)" if others else ""
        raise Failure(f"{first}{more}") from error
    except OSError as error:
        raise Failure.of(error) from error
