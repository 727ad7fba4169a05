"""Revisions: the states of an inventory, each with who made it, when and why."""

import getpass
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from .store import Record

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Revision:
    """A state of the inventory, and how it came about."""

    number: int
    """Counts from 1."""

    moment: datetime
    author: str
    comment: str

    added: int
    """How many entities are new, or new versions."""

    removed: int
    """How many entities are gone, or earlier versions of changed ones."""


REVISION_COLUMNS: Final = "number, moment, author, comment, entities_added, entities_removed"


def to_revision(record: Record) -> Revision:
    """Return a revision from `REVISION_COLUMNS`."""
    number, moment, author, comment, added, removed = record
    # As an integer: a float is too coarse for microseconds.
    time_ = _EPOCH + timedelta(microseconds=moment)
    return Revision(number, time_, author, comment, added, removed)


def system_user() -> str:
    """Return who runs this process."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a user without a name
        return f"user {os.getuid()}"
