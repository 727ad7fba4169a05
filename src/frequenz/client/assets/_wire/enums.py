"""Enums on the wire: numbers that may be unspecified, or unknown to this client."""

import enum
from collections.abc import Mapping
from typing import Any, TypeVar

from ..findings._rules import Fault, Rule

EnumT = TypeVar("EnumT", bound=enum.Enum)


def members_by_number(members: type[EnumT]) -> dict[int, EnumT]:
    """Return the table from a number to the enum's member."""
    return {member.value: member for member in members}


def decode_enum(
    members: Mapping[int, EnumT], number: int, path: str, found: list[Fault]
) -> EnumT | int:
    """Return the member of a number, or the number itself if it has none."""
    member = members.get(number)
    if member is None:
        found.append(Rule.UNRECOGNIZED.at(path, number=number))
        return number
    if number == 0:
        found.append(Rule.UNSPECIFIED.at(path))
    return member


def encode_enum(member: enum.Enum | int) -> Any:
    """Return the number of a member, or the integer that stands for an unknown one.

    Typed as Any: the generated stubs have a type of their own for the numbers of each enum.
    """
    return member.value if isinstance(member, enum.Enum) else member
