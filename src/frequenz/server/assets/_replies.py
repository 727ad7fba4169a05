"""Replies, put together from stored messages that are not parsed for it.

A message of the wire format is its fields one after the other; a field is a tag (its number and the
kind of its value), for a sub-message its length, and its bytes.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

_VARINT: Final = 0
_BYTES: Final = 2


def get_microgrid(microgrid: bytes) -> bytes:
    """Return the reply that holds a microgrid."""
    return _head(1, len(microgrid)) + microgrid


def list_of(owner: int, entities: Sequence[bytes]) -> bytes:
    """Return the reply that holds entities of a microgrid or a gridpool."""
    return bytes([1 << 3 | _VARINT]) + _varint(owner) + _repeated(2, entities)


def list_all(entities: Sequence[bytes]) -> bytes:
    """Return the reply that holds entities of nothing else."""
    return _repeated(1, entities)


def _repeated(field: int, entities: Sequence[bytes]) -> bytes:
    parts: list[bytes] = []
    for entity in entities:
        parts.append(_head(field, len(entity)))
        parts.append(entity)
    return b"".join(parts)


@lru_cache(maxsize=4096)
def _head(field: int, length: int) -> bytes:
    return bytes([field << 3 | _BYTES]) + _varint(length)


def _varint(number: int) -> bytes:
    """Return a number in groups of seven bits, the lowest first, all but the last one marked."""
    groups = bytearray()
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    groups.append(number)
    return bytes(groups)
