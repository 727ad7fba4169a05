"""The horizontal parts of lines between two layers: which is above which.

A net is what is electrically one between two layers: vertical parts, its pins, that a horizontal
part joins. Nets whose horizontal parts would touch get tracks of their own, so that few lines cross
and no two vertical parts lie on each other.
"""

from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Final

_CLEARANCE: Final = 20
"""Horizontal parts on the same track are at least so far apart."""

_STEP: Final = 4
_LARGE: Final = 250
"""In a channel with more nets, their order is not improved."""


@dataclass(slots=True)
class Net:
    """Vertical parts from above and from below, and the horizontal part that joins them."""

    upper: list[int] = field(default_factory=list)
    """The x of the vertical parts from above."""

    lower: list[int] = field(default_factory=list)
    track: int = 0
    """The number of its track, from 0 at the top; meaningless if it is straight."""

    detours: dict[int, tuple[int, int]] = field(default_factory=dict)
    """By x of a part from above: the track on which it steps aside, and the x to which."""

    @property
    def pins(self) -> list[int]:
        """The x of all vertical parts at the track."""
        return [*(self.detours.get(x, (0, x))[1] for x in self.upper), *self.lower]

    @property
    def is_straight(self) -> bool:
        """Whether it is one vertical line."""
        pins = self.pins
        return not self.detours and min(pins) == max(pins)


@dataclass(slots=True)
class _Bar:
    """A horizontal part that needs a track."""

    low: int
    high: int
    upper: list[int]
    lower: list[int]
    above: set[int] = field(default_factory=set)
    """The bars that must be above it."""

    touching: set[int] = field(default_factory=set)
    """The bars that cannot be on the same track."""

    track: int = 0


def assign_tracks(nets: dict[Hashable, Net]) -> int:
    """Give each net of a channel its track; return how many tracks there are."""
    bent = [net for net in nets.values() if not net.is_straight]
    if not bent:
        return 0
    bars = [_bar(net) for net in bent]
    detour_of: dict[int, tuple[int, int]] = {}
    """By number of a bar that is a detour, the net that makes it, and at which x."""

    if len(bars) > 1:
        _constrain(bars)
        _break_cycles(bent, nets, bars, detour_of)
        _find_touching(bars)
    tracks = _stack(bars)
    for net, bar in zip(bent, bars, strict=False):
        net.track = bar.track
    for index, (owner, x) in detour_of.items():
        detours = bent[owner].detours
        detours[x] = (bars[index].track, detours[x][1])
    return tracks


def _bar(net: Net) -> _Bar:
    pins = net.pins
    return _Bar(min(pins), max(pins), list(net.upper), list(net.lower))


def _constrain(bars: list[_Bar]) -> None:
    """Find which bars must be above which, lest vertical parts lie on each other."""
    at: dict[int, list[int]] = defaultdict(list)
    for index, bar in enumerate(bars):
        for x in bar.upper:
            at[x].append(index)
    for index, bar in enumerate(bars):
        for x in bar.lower:
            bar.above.update(other for other in at[x] if other != index)


def _break_cycles(
    bent: list[Net],
    nets: dict[Hashable, Net],
    bars: list[_Bar],
    detour_of: dict[int, tuple[int, int]],
) -> None:
    """Where bars must be above each other, let a part from above step aside on its own track."""
    taken = {x for net in nets.values() for x in (*net.upper, *net.lower)}
    while (cycle := _cycle(bars)) is not None:
        below, above = cycle
        # `above` must be above `below`, because one of its parts from above meets one from below.
        x = next(x for x in bars[above].upper if x in bars[below].lower)
        free = next(
            place
            for step in range(1, len(taken) + 2)
            for place in (x + _STEP * step, x - _STEP * step)
            if place not in taken
        )
        taken.add(free)
        net, bar = bent[above], bars[above]
        net.detours[x] = (0, free)
        bar.upper[bar.upper.index(x)] = free
        bar.low, bar.high = min(net.pins), max(net.pins)
        detour = _Bar(min(x, free), max(x, free), [x], [free])
        bars.append(detour)
        detour_of[len(bars) - 1] = above, x
        for other in bars:
            other.above.clear()
        _constrain(bars)
        for index, (owner, _) in detour_of.items():
            # The detour leads to its bar, which the general rule would put above it.
            bars[index].above.discard(owner)
            bars[owner].above.add(index)


def _cycle(bars: list[_Bar]) -> tuple[int, int] | None:
    """Return a bar and another one above it that are part of a cycle; None if there is no cycle."""
    waiting = {index: len(bar.above) for index, bar in enumerate(bars) if bar.above}
    below: dict[int, list[int]] = defaultdict(list)
    for index in waiting:
        for other in bars[index].above:
            below[other].append(index)
    free = [index for index in range(len(bars)) if index not in waiting]
    while free:
        for index in below[free.pop()]:
            waiting[index] -= 1
            if not waiting[index]:
                del waiting[index]
                free.append(index)
    return _in_cycle(bars, set(waiting)) if waiting else None


def _in_cycle(bars: list[_Bar], stuck: set[int]) -> tuple[int, int]:
    """Follow the bars above each other until one comes again."""
    index = min(stuck)
    seen: set[int] = set()
    while index not in seen:
        seen.add(index)
        index = min(bars[index].above & stuck)
    return index, min(bars[index].above & stuck)


def _find_touching(bars: list[_Bar]) -> None:
    order = sorted(range(len(bars)), key=lambda index: bars[index].low)
    open_: list[int] = []
    for index in order:
        open_ = [it for it in open_ if bars[it].high + _CLEARANCE >= bars[index].low]
        for other in open_:
            bars[index].touching.add(other)
            bars[other].touching.add(index)
        open_.append(index)


def _stack(bars: list[_Bar]) -> int:
    """Put the bars on tracks, from the top; return how many tracks they take."""
    tied = [index for index, bar in enumerate(bars) if bar.touching or bar.above]
    placed: set[int] = set()
    for index in _sorted_down(bars, tied):
        bar = bars[index]
        over = (bars[other].track for other in (bar.touching | bar.above) & placed)
        bar.track = 1 + max(over, default=-1)
        placed.add(index)
    return 1 + max(bar.track for bar in bars)


def _sorted_down(bars: list[_Bar], tied: list[int]) -> list[int]:
    """Return bars in an order that respects what must be above what, with few crossings."""
    preference: dict[int, dict[int, int]] = {index: {} for index in tied}
    if len(tied) <= _LARGE:
        for index in tied:
            for other in bars[index].touching:
                if other > index:
                    gain = _gain(bars[index], bars[other])
                    preference[index][other] = gain
                    preference[other][index] = -gain
    score = {index: sum(row.values()) for index, row in preference.items()}
    below: dict[int, list[int]] = defaultdict(list)
    for index in tied:
        for other in bars[index].above:
            below[other].append(index)
    waiting = {index: len(bars[index].above) for index in tied}
    ready = {index for index in tied if not waiting[index]}
    order = []
    while ready:
        best = max(ready, key=lambda index: (score[index], -bars[index].low, -index))
        ready.discard(best)
        order.append(best)
        for index in below[best]:
            waiting[index] -= 1
            if not waiting[index]:
                ready.add(index)
        for other, gain in preference[best].items():
            score[other] += gain
    return order


def _gain(bar: _Bar, other: _Bar) -> int:
    """Return how many crossings fewer there are if the first bar is above the other one."""
    return _crossings(other, bar) - _crossings(bar, other)


def _crossings(above: _Bar, below: _Bar) -> int:
    """Return how many crossings two bars have."""
    return sum(below.low < x < below.high for x in above.lower) + sum(
        above.low < x < above.high for x in below.upper
    )
