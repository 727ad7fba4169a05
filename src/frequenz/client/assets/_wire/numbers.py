"""Model values as the plain numbers of a message."""

import enum
from typing import Any


def enum_number(member: enum.Enum | int) -> Any:
    """Return an enum member's number, or the plain integer that stands for an unknown one.

    Typed as Any: the generated stubs have a type of their own for the numbers of each enum, which
    an integer from outside never is.
    """
    return member.value if isinstance(member, enum.Enum) else member
