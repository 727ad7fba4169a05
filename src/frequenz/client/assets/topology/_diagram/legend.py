"""What the lines and marks of a diagram mean."""

import enum
from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

from .labels import Direction
from .states import Change
from .texts import width

HEIGHT: Final = 20
"""The height of a row."""

_SAMPLE: Final = 34
_SPACE: Final = 20


def arrow(x: int, directions: Collection[Direction], y: int = 0) -> str:
    """Return the path of an arrow: down for consumption, up for production."""
    top, bottom = y - 7, y + 7
    path = f"M{x} {top}V{bottom}"
    if Direction.CONSUMPTION in directions:
        path += f"M{x - 3} {bottom - 4}L{x} {bottom}L{x + 3} {bottom - 4}"
    if Direction.PRODUCTION in directions:
        path += f"M{x - 3} {top + 4}L{x} {top}L{x + 3} {top + 4}"
    return path


_SIGNS: Final = {
    Change.ADDED: ("plus", "h6m-3-3v6"),
    Change.REMOVED: ("minus", "h6"),
    Change.CHANGED: ("unequal", "m0-1.5h6m-6 3h6m-1.5-5l-3 7"),
}
"""The class of a badge, and the sign in it, from its left end."""


def badge(x: int, y: int, change: Change) -> str:
    """Return the mark of a change: plus, minus, or not equal."""
    style, sign = _SIGNS[change]
    return (
        f'<g class="q"><circle class="{style}" cx="{x}" cy="{y}" r="6.5"/>'
        f'<path class="sign" d="M{x - 3} {y}{sign}"/></g>'
    )


def finding_badge(x: int, y: int, *, is_major: bool) -> str:
    """Return the mark of findings: a filled triangle, or an empty circle if they are minor."""
    if is_major:
        frame = f'<path class="major" d="M{x} {y - 7}L{x + 7} {y + 5}H{x - 7}Z"/>'
        return f'<g class="q">{frame}<text x="{x}" y="{y + 4}">!</text></g>'
    frame = f'<circle class="minor" cx="{x}" cy="{y}" r="6"/>'
    return f'<g class="q">{frame}<text class="minor-sign" x="{x}" y="{y + 3.5}">i</text></g>'


class _Sample(NamedTuple):
    markup: str
    text: str


@enum.unique
class Key(enum.Enum):
    """Something that is explained."""

    AC = _Sample('<path class="w" d="M0 0H26"/>', "AC")
    DC = _Sample('<path class="d" d="M0 0H26"/><path class="o" d="M0 0H26"/>', "DC")
    CONSUMPTION = _Sample(
        f'<path class="j ink" d="{arrow(13, {Direction.CONSUMPTION})}"/>', "consumption"
    )
    PRODUCTION = _Sample(
        f'<path class="j ink" d="{arrow(13, {Direction.PRODUCTION})}"/>', "production"
    )
    CUT_OFF = _Sample('<path class="w k" d="M0 0H26"/>', "cut off from the grid")
    OUT = _Sample('<path class="w x" d="M0 0H26"/>', "not in operation")
    UPWARD = _Sample(
        '<path class="w" d="M0 0H20"/><path class="z" d="M19-4V4L26 0Z"/>', "leads back up"
    )
    HIGHLIGHTED = _Sample(
        '<rect class="v" x="2" y="-7" width="22" height="14" rx="4"/>', "highlighted"
    )
    MAJOR = _Sample(finding_badge(13, 0, is_major=True), "major finding")
    MINOR = _Sample(finding_badge(13, 0, is_major=False), "minor finding")
    ADDED = _Sample('<path class="w a" d="M0 0H26"/>' + badge(13, 0, Change.ADDED), "added")
    REMOVED = _Sample('<path class="w r" d="M0 0H26"/>' + badge(13, 0, Change.REMOVED), "removed")
    CHANGED = _Sample('<path class="w m" d="M0 0H26"/>' + badge(13, 0, Change.CHANGED), "changed")


def legend(keys: Iterable[Key], limit: float) -> tuple[str, int]:
    """Return the markup of a legend, and how many rows it has.

    Args:
        keys: What is explained.
        limit: How wide a row is at most, in pixels.
    """
    x, row, parts = 0.0, 0, []
    for key in keys:
        sample = key.value
        wide = _SAMPLE + width(sample.text, 10) + _SPACE
        if x and x + wide > limit:
            x, row = 0.0, row + 1
        parts.append(
            f'<g transform="translate({x:.0f} {row * HEIGHT})">{sample.markup}'
            f'<text class="l" x="{_SAMPLE}" y="3.5">{sample.text}</text></g>\n'
        )
        x += wide
    return "".join(parts), row + 1 if parts else 0
