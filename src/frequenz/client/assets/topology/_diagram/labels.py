"""What is written beside the symbols."""

import enum
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from math import isfinite
from typing import Final, Literal, TypeAlias

from ...electrical_component import ElectricalComponent, GridConnectionPoint, PowerTransformer
from ...metrics import Bounds, Metric
from .._quantities import bounds_text, quantity_text, unit_of
from .network import Node
from .texts import safe, width, wrap

LabelPart: TypeAlias = Literal["name", "id", "category", "rating"]
"""A part of the label of a component."""

ALL_PARTS: Final[tuple[LabelPart, ...]] = ("name", "id", "rating")
"""What labels consist of by default; the symbol says the category."""

NAME_SIZE: Final = 11
TEXT_SIZE: Final = 10
LINE: Final = 13
"""The distance of lines, in pixels."""

NAME_LIMIT: Final = 112
"""How wide a line of a name is at most."""

_WORD: Final = re.compile(r"[^\W\d_]+|\d+|[\W_]")
"""Words, numbers, and what is between them."""

_SEPARATORS: Final = " 0123456789-_#.:/"
_NAME_LINES: Final = 2
_NOTE_LINES: Final = 4
_RATING_LINES: Final = 3

_DIRECTED: Final = ("POWER", "CURRENT")
"""Parts of the names of metrics whose sign is a direction."""


@enum.unique
class Direction(enum.Enum):
    """Where power flows by the bounds of a component."""

    CONSUMPTION = "consumption"
    """Down, away from the grid."""

    PRODUCTION = "production"
    """Up, towards the grid."""


_BOLD: Final = frozenset("bs")
"""The classes of bold text: names and notes."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a label."""

    text: str
    style: str
    """The class of the text."""

    @property
    def width(self) -> float:
        """How wide it is at most, in pixels."""
        size = NAME_SIZE if self.style == "b" else TEXT_SIZE
        return width(self.text, size, is_bold=self.style in _BOLD)


def label_of(node: Node, names: Collection[str | None], parts: Collection[LabelPart]) -> list[Line]:
    """Return the lines of the label of a component, or of several equal ones.

    Args:
        node: The component.
        names: The names of all components that it stands for.
        parts: What the label consists of.
    """
    return [*_lines(node, names, parts)]


def _lines(
    node: Node, names: Collection[str | None], parts: Collection[LabelPart]
) -> Iterator[Line]:
    component = node.component
    name = _name(node, names) if "name" in parts else ""
    if node.count > 1:
        name = f"{node.count} × {name or kind_of(component)}"
    for text in wrap(name, NAME_LIMIT, _NAME_LINES, NAME_SIZE, is_bold=True):
        yield Line(text, "b")
    if "category" in parts:
        for text in wrap(kind_of(component), NAME_LIMIT, _NAME_LINES, TEXT_SIZE):
            yield Line(text, "")
    ids = ids_text(node.ids) if "id" in parts else ""
    ratings = ratings_of(component)[:_RATING_LINES] if component and "rating" in parts else []
    if ids and ratings and width(f"{ids} · {ratings[0]}", TEXT_SIZE) <= NAME_LIMIT:
        ratings[0] = f"{ids} · {ratings[0]}"
    elif ids:
        ratings.insert(0, ids)
    yield from (Line(text, "") for text in ratings)
    if node.status.reasons and component is not None:
        yield Line(", ".join(node.status.reasons), "i")
    yield from (Line(text, "s") for text in _note_lines(node.status.note))


def _note_lines(note: str) -> list[str]:
    lines = [
        part
        for line in note.splitlines()
        for part in wrap(safe(line), NAME_LIMIT, _NOTE_LINES, TEXT_SIZE, is_bold=True)
    ]
    if len(lines) > _NOTE_LINES:
        lines[_NOTE_LINES - 1 :] = ["…"]
    return lines


def _name(node: Node, names: Collection[str | None]) -> str:
    if node.component is None:
        return "missing"
    known = [safe(name).strip() for name in names if name]
    if node.count == 1 or not known:
        return known[0] if known else ""
    return _common_name(known) if len(known) == node.count else ""


def _common_name(names: Sequence[str]) -> str:
    """Return the words with which all names start and end, without the numbers between them."""
    words = [_WORD.findall(name) for name in names]
    start = _common_start(words)
    rest = [name[len(start) :] for name in words]
    end = _common_start([name[::-1] for name in rest])[::-1]
    if not any(len(name) > len(end) for name in rest):
        return "".join((*start, *end))  # they are all the same
    parts = "".join(start).rstrip(_SEPARATORS), "".join(end).lstrip(_SEPARATORS)
    return " ".join(filter(None, parts))


def _common_start(lists: Iterable[Sequence[str]]) -> list[str]:
    columns = takewhile(lambda column: len(set(column)) == 1, zip(*lists, strict=False))
    return [column[0] for column in columns]


def ids_text(ids: Collection[int]) -> str:
    """Return IDs as text, such as `31–70`."""
    numbers = sorted(ids)
    if len(numbers) > 1:
        is_range = numbers[-1] - numbers[0] == len(numbers) - 1
        return f"{numbers[0]}{'–' if is_range else ' … '}{numbers[-1]}"
    return str(numbers[0])


def kind_of(component: ElectricalComponent | None) -> str:
    """Return the category and the type of a component as words."""
    if component is None:
        return "Missing component"
    category = component.category
    if isinstance(category, int):
        return f"Category {category}"
    words = _ABBREVIATIONS.get(category.name, category.name.replace("_", " ").lower())
    type_ = getattr(component, "type", None)
    if type_ is None:
        return words[:1].upper() + words[1:]
    name = str(type_) if isinstance(type_, int) else type_.name.replace("_", " ").lower()
    known = _ABBREVIATIONS.get(name, name)
    return f"{words[:1].upper()}{words[1:]} ({known})"


_ABBREVIATIONS: Final = {
    "GRID": "grid connection point",
    "EV_CHARGER": "EV charger",
    "CHP": "CHP",
    "HVAC": "HVAC",
    "PLC": "PLC",
    "UNINTERRUPTIBLE_POWER_SUPPLY": "UPS",
    "ac": "AC",
    "dc": "DC",
    "li ion": "Li-ion",
    "na ion": "Na-ion",
}


def voltages_of(component: ElectricalComponent | None) -> tuple[str, str]:
    """Return the voltages of a transformer, on the grid side first; empty if unknown."""
    if not isinstance(component, PowerTransformer):
        return "", ""
    volts = component.primary_power, component.secondary_power
    primary, secondary = (quantity_text(one, "V") if one else "" for one in volts)
    return primary, secondary


def ratings_of(component: ElectricalComponent) -> list[str]:
    """Return the ratings of a component; of power and current, without the direction."""
    texts = [_fuse_text(component)]
    for metric, bounds in component.rated_bounds.items():
        limit = _one_sided(metric, bounds)
        unit, suffix = unit_of(metric)
        texts.append(
            bounds_text(metric, bounds) if limit is None else quantity_text(limit, unit) + suffix
        )
    return [_in_words(text) for text in texts if text]


def _in_words(text: str) -> str:
    """Return a text without the sign of infinity, which many fonts lack."""
    return text.replace("-∞", "unlimited").replace("∞", "unlimited")


def rating_sentences(component: ElectricalComponent) -> list[str]:
    """Return the ratings of a component; of power and current, with the direction in words."""
    texts = [_fuse_text(component)]
    for metric, bounds in component.rated_bounds.items():
        text, direction = bounds_text(metric, bounds), _directions(metric, bounds)
        words = " and ".join(it.value for it in Direction if it in direction)
        texts.append(f"{words}: {text}" if words else text)
    return [text for text in texts if text]


def directions_of(component: ElectricalComponent | None) -> frozenset[Direction]:
    """Return in which directions power or current may flow by the rated bounds."""
    if component is None:
        return frozenset()
    every = (_directions(metric, bounds) for metric, bounds in component.rated_bounds.items())
    return frozenset().union(*every)


def _fuse_text(component: ElectricalComponent) -> str:
    if not isinstance(component, GridConnectionPoint) or not component.rated_fuse_current:
        return ""
    return quantity_text(component.rated_fuse_current, "A")


def _one_sided(metric: Metric | int, bounds: Bounds) -> float | None:
    """Return the other bound if one is 0 and the direction, or the metric, says the rest."""
    lower, upper = bounds.lower, bounds.upper
    if lower is None or upper is None or (lower and upper) or not isfinite(upper - lower):
        return None
    is_shown = _directions(metric, bounds) or metric is Metric.BATTERY_CAPACITY
    return max(upper, -lower) if is_shown else None


def _directions(metric: Metric | int, bounds: Bounds) -> frozenset[Direction]:
    if isinstance(metric, int) or not any(part in metric.name for part in _DIRECTED):
        return frozenset()
    lower, upper = bounds.lower, bounds.upper
    found = set()
    if upper is None or upper > 0:
        found.add(Direction.CONSUMPTION)
    if lower is None or lower < 0:
        found.add(Direction.PRODUCTION)
    return frozenset(found)
