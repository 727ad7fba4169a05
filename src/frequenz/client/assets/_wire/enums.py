"""Enums on the wire: numbers that may be unspecified, or unknown to this client."""

import enum
from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypeVar

from ..findings._rules import Fault, Rule

EnumT = TypeVar("EnumT", bound=enum.Enum)


class ApiEnum(Protocol):
    """An enum of the API."""

    def values(self) -> Iterable[int]:
        """Return the numbers of its members."""


def members_by_number(
    members: type[EnumT], api_enum: ApiEnum | None = None
) -> dict[int, EnumT | int]:
    """Return the table from a number to the enum's member.

    Args:
        members: The enum of the model.
        api_enum: That of the API; a member that only the API has is its number in the table.
    """
    numbers = () if api_enum is None else api_enum.values()
    return {**{number: number for number in numbers}, **{it.value: it for it in members}}


def decode_enum(
    members: Mapping[int, EnumT | int], number: int, path: str, found: list[Fault]
) -> EnumT | int:
    """Return the member of a number; the number itself, with a fault, if the API has no member."""
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
