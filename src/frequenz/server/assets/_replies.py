"""Replies, joined from stored messages without parsing them.

A serialized message is its fields one after the other. A field is a tag (its number and the type of
its value) and the value; a sub-message is its length and its bytes.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from frequenz.client.assets._wire.varint import LENGTH_DELIMITED, VARINT, make_tag, write_varint


def get_microgrid_reply(microgrid: bytes) -> bytes:
    """Return the reply with a microgrid."""
    return _tag_and_length(1, len(microgrid)) + microgrid


def list_reply(entities: Sequence[bytes]) -> bytes:
    """Return the reply with a list of entities."""
    return b"".join(_repeated(1, entities))


def list_reply_with_owner(owner_id: int, entities: Sequence[bytes]) -> bytes:
    """Return the reply with the ID of a microgrid or gridpool and a list of its entities."""
    owner = bytes([make_tag(1, VARINT)]) + write_varint(owner_id)
    return b"".join((owner, *_repeated(2, entities)))


def _repeated(field: int, entities: Sequence[bytes]) -> Iterator[bytes]:
    for entity in entities:
        yield _tag_and_length(field, len(entity))
        yield entity


@lru_cache(maxsize=4096)
def _tag_and_length(field: int, length: int) -> bytes:
    return bytes([make_tag(field, LENGTH_DELIMITED)]) + write_varint(length)
