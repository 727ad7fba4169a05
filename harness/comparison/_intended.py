"""The differences that are meant to be, each with its reason; any other one is a fault."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from ._differences import ABSENT, Difference


class Intended(NamedTuple):
    """A difference that is meant to be."""

    reason: str

    holds: Callable[[Any, Any], bool]
    """Whether two values, the published client's and ours, differ in this way and no other."""


def _only_ours(published: Any, ours: Any) -> bool:
    return bool(published == ABSENT)


def _same_class_and_ids(published: str, ours: str) -> bool:
    return published.split(", ", 2)[:2] == ours.removesuffix(")").split(", ", 2)[:2]


def _problematic(published: list[str], ours: list[str]) -> bool:
    return sorted({*published, "ProblematicComponent"}) == ours


INTENDED: Final[Mapping[str, Intended]] = {
    "component.model": Intended("the API's successor of manufacturer and model_name", _only_ours),
    "component.product": Intended(
        "what device it is, in whichever of these fields the server says it", _only_ours
    ),
    "component.accepts_control()": Intended(
        "asked for by frequenz-microgrid-component-graph", _only_ours
    ),
    "component.provides_telemetry()": Intended(
        "asked for by frequenz-microgrid-component-graph", _only_ours
    ),
    "component.is_operational_at()": Intended("as connections have it", _only_ours),
    "component.is_operational_now()": Intended("as connections have it", _only_ours),
    "component.repr()": Intended("what equals its default is left out", _same_class_and_ids),
    "component.is a": Intended(
        "the base of the problematic classes is exported, for isinstance()", _problematic
    ),
}
"""By kind of item and field."""


def is_intended(difference: Difference) -> bool:
    """Return whether a difference is meant to be."""
    intended = INTENDED.get(difference.path)
    return intended is not None and intended.holds(difference.published, difference.ours)
