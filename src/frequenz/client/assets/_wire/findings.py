"""What is wrong with a message."""

import enum
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

EnumT = TypeVar("EnumT", bound=enum.Enum)
ItemT = TypeVar("ItemT")
MessageT = TypeVar("MessageT")


class Severity(enum.Enum):
    """How bad a finding is."""

    MAJOR = "major"
    """The data is wrong, or cannot be used as it is."""

    MINOR = "minor"
    """Something is merely absent."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a message."""

    severity: Severity
    """How bad it is."""

    path: str
    """The field, from the entity on: `location.latitude`."""

    sentence: str
    """What is wrong with it, and what is made of it."""

    def __str__(self) -> str:
        return f"{self.path}: {self.sentence}"


def major(path: str, sentence: str) -> Finding:
    """Return a finding of data that is wrong or cannot be used as it is."""
    return Finding(Severity.MAJOR, path, sentence)


def minor(path: str, sentence: str) -> Finding:
    """Return a finding of something that is merely absent."""
    return Finding(Severity.MINOR, path, sentence)


def sentences(findings: Iterable[Finding], severity: Severity) -> list[str]:
    """Return the findings of one severity as text."""
    return [str(finding) for finding in findings if finding.severity is severity]


@dataclass(frozen=True, slots=True)
class Faulty(Generic[ItemT, MessageT]):
    """A message of a list with what is wrong with it."""

    item: ItemT | None
    """The object as far as it could be read; None where none can exist."""

    message: MessageT
    findings: tuple[Finding, ...]

    @property
    def is_major(self) -> bool:
        """Whether any finding is major."""
        return any(finding.severity is Severity.MAJOR for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Decoded(Generic[ItemT, MessageT]):
    """A list of messages as objects."""

    items: list[ItemT]
    """Every object that could be read, the faulty ones included, in the messages' order."""

    faulty: list[Faulty[ItemT, MessageT]]


def decode_all(
    messages: Iterable[MessageT], decode: Callable[[MessageT, list[Finding]], ItemT | None]
) -> Decoded[ItemT, MessageT]:
    """Decode a list, keeping what is wrong with each message apart."""
    items: list[ItemT] = []
    faulty: list[Faulty[ItemT, MessageT]] = []
    found: list[Finding] = []
    for message in messages:
        item = decode(message, found)
        if item is not None:
            items.append(item)
        if found:
            faulty.append(Faulty(item, message, tuple(found)))
            found.clear()
    return Decoded(items, faulty)


def by_number(members: type[EnumT]) -> dict[int, EnumT]:
    """Return the table from a wire number to the enum's member."""
    return {member.value: member for member in members}


def read_enum(
    members: Mapping[int, EnumT], number: int, path: str, found: list[Finding]
) -> EnumT | int:
    """Return the member for a number, or the number itself where there is none."""
    member = members.get(number)
    if member is None:
        found.append(major(path, f"{number} is unrecognized; it stays a plain integer"))
        return number
    if number == 0:
        found.append(major(path, "unspecified"))
    return member
