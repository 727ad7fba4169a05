"""What an import changes: the rows of some owners as they are stored against those wanted."""

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, NamedTuple

from .rows import Row


class Stored(NamedTuple):
    """A row of the newest revision."""

    row_id: int
    position: int
    columns: tuple[Any, ...]
    message: bytes

    @property
    def content(self) -> Hashable:
        """What makes it another row if it differs."""
        return self.columns, self.message


class Wanted(NamedTuple):
    """An entity as it shall be stored."""

    position: int | None
    """None = where it is, or at the end."""

    row: Row


class Changes(NamedTuple):
    """What makes the stored rows the wanted ones."""

    kept: Sequence[Stored]
    moved: Sequence[tuple[int, int]]
    """The IDs of rows that are kept, and their new positions."""
    removed: Sequence[Stored]
    added: Sequence[Wanted]


def compare(stored: Iterable[Stored], wanted: Iterable[Wanted]) -> Changes:
    """Return the changes: rows with the same content are kept."""
    candidates: defaultdict[Hashable, deque[Stored]] = defaultdict(deque)
    for row in stored:
        candidates[row.content].append(row)
    if not candidates:
        return Changes((), (), (), [*wanted])
    kept, moved, added = [], [], []
    for entity in wanted:
        same = candidates.get((entity.row.columns, entity.row.message))
        if not same:
            added.append(entity)
            continue
        row = same.popleft()
        kept.append(row)
        if entity.position is not None and entity.position != row.position:
            moved.append((row.row_id, entity.position))
    removed = [row for rows in candidates.values() for row in rows]
    return Changes(kept, moved, removed, added)


def at_same_place(changes: Changes, key: Callable[[bytes], Hashable]) -> Changes:
    """Return changes in which an added row takes the position of a removed one with its key."""
    positions = {key(row.message): row.position for row in changes.removed}
    added = [
        it if it.position is not None else Wanted(positions.get(key(it.row.message)), it.row)
        for it in changes.added
    ]
    return changes._replace(added=added)
