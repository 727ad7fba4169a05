"""Checking the arguments that several functions have."""

import operator
from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar

from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId

ItemT = TypeVar("ItemT")


def component_number(component_id: Any, name: str = "component_id") -> int:
    """Return the ID of a component as a number.

    Raises:
        TypeError: If it is neither an ElectricalComponentId nor an integer.
    """
    if isinstance(component_id, ElectricalComponentId):
        return int(component_id)
    if not isinstance(component_id, bool):
        # Not int(), which truncates fractions and reads texts.
        try:
            return operator.index(component_id)
        except TypeError:
            pass
    raise TypeError(
        f"{name}: expected an ElectricalComponentId or an integer, got {component_id!r}"
    )


def check_moment(at: Any, name: str = "at") -> None:
    """Check a moment.

    Raises:
        TypeError: If it is not a datetime.
        ValueError: If it has no time zone.
    """
    if not isinstance(at, datetime):
        raise TypeError(f"{name}: expected a datetime, got {at!r}")
    if at.tzinfo is None:
        raise ValueError(f"{name}: expected a time with a time zone, got {at!r}")


def items_of(kind: type[ItemT], items: Iterable[ItemT], name: str) -> tuple[ItemT, ...]:
    """Return items of a class.

    Raises:
        TypeError: If they are not iterable, or one is of another class.
    """
    if isinstance(items, str) or not isinstance(items, Iterable):
        raise TypeError(f"{name}: expected {kind.__name__} objects, got {items!r}")
    found = tuple(items)
    for index, item in enumerate(found):
        if not isinstance(item, kind):
            raise TypeError(f"{name}[{index}]: expected {kind.__name__}, got {item!r}")
    return found
