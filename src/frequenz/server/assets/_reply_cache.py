"""Replies that are kept as long as the store has the same revision.

Reading a list from a database takes longer than all else that a call needs.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Final, TypeAlias

_MAX_BYTES: Final = 64 * 2**20

_ENTRY_BYTES: Final = 200
"""What an entry takes beside the bytes of its request and its reply."""

Key: TypeAlias = tuple[str, bytes, Hashable]
"""The name of a request, its bytes, and what the caller may see."""


class ReplyCache:
    """The replies that were used last, with a limit for the memory that they take."""

    def __init__(self, revision: Callable[[], object], max_bytes: int = _MAX_BYTES) -> None:
        """Make an empty cache.

        Args:
            revision: Returns a value that stays equal until the content of the store changes.
            max_bytes: The limit for all requests and replies.
        """
        self._revision = revision
        self._max_bytes = max_bytes
        self._current: object = None
        self._replies: OrderedDict[Key, bytes] = OrderedDict()
        self._bytes = 0

    async def reply(self, key: Key, read: Callable[[], Awaitable[bytes]]) -> bytes:
        """Return the reply to a request if it is kept, or else read it."""
        # Before reading: if the content changes meanwhile, the next look-up empties the cache.
        revision = self._revision()
        if revision != self._current:
            self._replies.clear()
            self._current, self._bytes = revision, 0
        kept = self._replies.get(key)
        if kept is not None:
            self._replies.move_to_end(key)
            return kept
        reply = await read()
        if revision == self._current and key not in self._replies:
            self._keep(key, reply)
        return reply

    def _keep(self, key: Key, reply: bytes) -> None:
        size = _size(key, reply)
        if size > self._max_bytes:
            return  # it would take the space of all others
        self._replies[key] = reply
        self._bytes += size
        while self._bytes > self._max_bytes:
            self._bytes -= _size(*self._replies.popitem(last=False))


def _size(key: Key, reply: bytes) -> int:
    return _ENTRY_BYTES + len(key[1]) + len(reply)
