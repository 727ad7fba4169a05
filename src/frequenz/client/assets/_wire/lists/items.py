"""Decoding a list of messages, and keeping what is wrong with each apart."""

import enum
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Generic, NamedTuple, TypeVar

from ...findings._rules import Fault, Finding, Rule, Severity
from ..fast.columns import Columns
from ..names import entity_name

EnumT = TypeVar("EnumT", bound=enum.Enum)
ItemT = TypeVar("ItemT")

_UNTELLING: Final = frozenset({Rule.ID_ZERO, Rule.ID_TAKEN, Rule.MICROGRID_EMPTY})
"""What makes the id of an entity no way to find it."""


class Faulty(NamedTuple, Generic[ItemT]):
    """A message with what is wrong with it."""

    place: int | None
    """Its place in the list; None where it is the reply that holds the list."""

    item: ItemT | None
    """The object as far as it could be read; None where none can exist."""

    message: Any
    faults: tuple[Fault, ...]

    @property
    def is_major(self) -> bool:
        """Whether any fault is major."""
        return any(fault.severity is Severity.MAJOR for fault in self.faults)

    def issues(self, severity: Severity) -> list[str]:
        """Return the faults of one severity as text."""
        return [str(fault) for fault in self.faults if fault.severity is severity]

    @property
    def name(self) -> str:
        """What to call the entity; with its place in the list where its id tells little."""
        name = entity_name(self.message)
        if self.place is not None and any(fault.rule in _UNTELLING for fault in self.faults):
            return f"{name} (item {self.place + 1})"
        return name

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The faults with the entity that has them."""
        name = self.name
        return tuple(fault.of(name) for fault in self.faults)


class Decoded(NamedTuple, Generic[ItemT]):
    """A list of messages as objects."""

    items: list[ItemT]
    """Every object that could be read, the faulty ones included, in the messages' order."""

    faulty: list[Faulty[ItemT]]


class Spoilt(NamedTuple, Generic[ItemT]):
    """What is wrong with a message of a part of a list."""

    place: int
    """Which message of the part it is."""

    item: ItemT | None
    """The object as far as it could be read; None where none can exist."""

    faults: list[Fault]


class Bulk(NamedTuple, Generic[ItemT]):
    """How to decode entities that come by the thousand: from the columns of their messages."""

    columns: Columns
    decode: Callable[[Iterable[Sequence[Any]], list[ItemT]], Iterable[Spoilt[ItemT]]]
    """Adds the objects for the messages of a part of a list to another one, given the columns."""

    def one(self, message: Any, found: list[Fault]) -> ItemT | None:
        """Return the entity of a message as far as it can be read; None where none can exist."""
        items: list[ItemT] = []
        table = self.columns.table(self.columns.reply_of([message]))
        for spoilt in self.decode(table.part(0, 1).values(), items):
            found += spoilt.faults
        return items[0] if items else None


def decode_part(
    messages: Iterable[Any],
    decode: Callable[[Any, list[Fault]], ItemT | None],
    decoded: Decoded[ItemT],
    first: int,
) -> None:
    """Decode a part of a list, each message by itself, given the place of the first one."""
    found: list[Fault] = []
    for index, message in enumerate(messages, first):
        item = decode(message, found)
        if item is not None:
            decoded.items.append(item)
        if found:
            decoded.faulty.append(Faulty(index, item, message, tuple(found)))
            found.clear()


def by_number(members: type[EnumT]) -> dict[int, EnumT]:
    """Return the table from a wire number to the enum's member."""
    return {member.value: member for member in members}


def read_enum(
    members: Mapping[int, EnumT], number: int, path: str, found: list[Fault]
) -> EnumT | int:
    """Return the member for a number, or the number itself where there is none."""
    member = members.get(number)
    if member is None:
        found.append(Rule.UNRECOGNIZED.at(path, number=number))
        return number
    if number == 0:
        found.append(Rule.UNSPECIFIED.at(path))
    return member
