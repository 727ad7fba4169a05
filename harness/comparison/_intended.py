"""The intended differences, each with its reason; any other one is a fault."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from ._differences import ABSENT, Difference


class Intended(NamedTuple):
    """An intended difference."""

    reason: str

    holds: Callable[[Any, Any], bool]
    """Returns whether two values, the published client's and ours, differ in this way only."""


def _only_ours(published: Any, ours: Any) -> bool:
    return bool(published == ABSENT)


def _same_class_and_ids(published: str, ours: str) -> bool:
    return published.split(", ", 2)[:2] == ours.removesuffix(")").split(", ", 2)[:2]


def _problematic(published: list[str], ours: list[str]) -> bool:
    return sorted({*published, "ProblematicComponent"}) == ours


INTENDED: Final[Mapping[str, Intended]] = {
    "component.model": Intended("the API's successor of manufacturer and model_name", _only_ours),
    "component.product": Intended(
        "the device, from whichever of these fields the server sends", _only_ours
    ),
    "component.accepts_control()": Intended(
        "required by frequenz-microgrid-component-graph", _only_ours
    ),
    "component.provides_telemetry()": Intended(
        "required by frequenz-microgrid-component-graph", _only_ours
    ),
    "component.is_operational_at()": Intended("as for connections", _only_ours),
    "component.is_operational_now()": Intended("as for connections", _only_ours),
    "component.repr()": Intended(
        "fields with their default value are left out", _same_class_and_ids
    ),
    "component.is a": Intended(
        "the base class of problematic components is exported, for isinstance()", _problematic
    ),
}
"""By kind of item and field."""


def is_intended(difference: Difference) -> bool:
    """Return whether a difference is intended."""
    intended = INTENDED.get(difference.path)
    return intended is not None and intended.holds(difference.published, difference.ours)
