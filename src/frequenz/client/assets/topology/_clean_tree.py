"""A quick look at a component graph: nothing is wrong with most, and that can be shown in one walk.

Nothing is wrong in a tree behind one grid connection point, whose components may all be where they
are, and exist no longer than what they are behind.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from ._kinds import Kind, may_be_behind
from ._periods import Periods, intersect

_MAY_BE_BEHIND: Final = frozenset(
    (kind, ahead) for kind in Kind for ahead in Kind if may_be_behind(kind, ahead)
)

_NEEDS_BEHIND: Final = frozenset({Kind.GRID, Kind.BATTERY_INVERTER})
"""The kinds behind which something must be."""


def is_clean_tree(
    ids: Sequence[int],
    kinds: Sequence[Kind],
    lives: Sequence[Periods],
    links: Sequence[tuple[int, int, Periods]],
) -> bool:
    """Return whether `check_graph` finds nothing; False where only that can tell.

    Args:
        ids: The numbers of the components.
        kinds: Their kinds.
        lives: When they are operational.
        links: For each connection, its source, its destination, and when it exists.
    """
    of_number = dict(zip(ids, zip(kinds, lives, strict=True), strict=True))
    if kinds.count(Kind.GRID) != 1 or not len(of_number) == len(ids) == len(links) + 1:
        return False
    behind: defaultdict[int, list[tuple[int, Periods]]] = defaultdict(list)
    for source, destination, life in links:
        behind[source].append((destination, life))
    # With one connection less than components, a walk that comes to all is one of a tree.
    root = ids[kinds.index(Kind.GRID)]
    to_visit = [(root, root)]
    visited = {root}
    has_successor: set[int] = set()
    while to_visit:
        number, ahead = to_visit.pop()
        kind_ahead, life_ahead = of_number[ahead]
        _, life_before = of_number[number]
        for destination, link_life in behind.get(number, ()):
            if destination in visited or destination not in of_number:
                return False
            visited.add(destination)
            kind, life = of_number[destination]
            if not (_is_within(life, life_before) and _is_within(life, link_life)):
                return False
            if kind is Kind.PASSIVE:  # what is behind it counts as if it were not there
                to_visit.append((destination, ahead))
                continue
            if (kind, kind_ahead) not in _MAY_BE_BEHIND:
                return False
            if life == life_ahead:  # only then, something is behind the other one all the time
                has_successor.add(ahead)
            if destination in behind:
                to_visit.append((destination, destination))
    return len(visited) == len(ids) and all(
        number in has_successor
        for number, kind in zip(ids, kinds, strict=True)
        if kind in _NEEDS_BEHIND
    )


def _is_within(one: Periods, other: Periods) -> bool:
    return one is other or intersect(one, other) == one
