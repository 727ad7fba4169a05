"""The differences between the answers of both clients to the same calls."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from ..shared.texts import around_difference
from ._observe import Pair
from .plan import COMPONENTS, CONNECTIONS, MICROGRID, Answer, Call

ABSENT: Final = "(absent)"
KINDS: Final = {MICROGRID: "microgrid", COMPONENTS: "component", CONNECTIONS: "connection"}
"""The methods that are compared, and the kind of item that each returns."""


class Difference(NamedTuple):
    """A value that differs between the clients."""

    path: str
    """The kind of item and the field: `component.operational_lifetime.start`."""

    call: Call
    published: Any
    ours: Any

    def __str__(self) -> str:
        """Return the call, and both values from shortly before the difference."""
        published, ours = around_difference(
            *(json.dumps(value, ensure_ascii=False) for value in (self.published, self.ours))
        )
        return f"{self.call}\n    published: {published}\n    ours:      {ours}"


@dataclass
class Outcome:
    """The result of a comparison."""

    items: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS.values(), 0))
    """How many items of each kind were compared, each counted once."""

    calls: int = 0
    strict_calls: int = 0
    values: int = 0
    differences: dict[str, list[Difference]] = field(default_factory=dict)
    """By path."""


def compare(pairs: Iterable[Pair]) -> Outcome:
    """Compare the answers of each pair, value by value."""
    outcome = Outcome()
    for call, published, ours in pairs:
        kind = KINDS[call.method]
        outcome.calls += 1
        outcome.strict_calls += call.strict
        if call.is_plain:
            outcome.items[kind] += len(published.items)
        for path, first, second in _values(kind, _whole(published), _whole(ours)):
            outcome.values += 1
            if first != second:
                difference = Difference(path, call, first, second)
                outcome.differences.setdefault(path, []).append(difference)
    return outcome


def _whole(answer: Answer) -> dict[str, Any]:
    return {"raised": answer.raised, "items": answer.items}


def _values(path: str, published: Any, ours: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield the pairs of values that have no parts, each with its path."""
    if isinstance(published, dict) and isinstance(ours, dict):
        for name in published | ours:
            below = path if name == "items" else f"{path}.{name}"
            yield from _values(below, published.get(name, ABSENT), ours.get(name, ABSENT))
    elif _are_items(published, ours):
        for first, second in zip(published, ours, strict=True):
            yield from _values(path, first, second)
    else:
        yield path, published, ours


def _are_items(published: Any, ours: Any) -> bool:
    return (
        isinstance(published, list)
        and isinstance(ours, list)
        and len(published) == len(ours)
        and all(isinstance(item, dict) for item in (*published, *ours))
    )
