"""Replies, joined from stored messages without parsing them.

A serialized message is its fields one after the other. A field is a tag (its number and the type of
its value) and the value; a sub-message is its length and its bytes.
"""

from collections.abc import Iterable
from typing import Final

from frequenz.client.assets._wire.varint import LENGTH_DELIMITED, VARINT, make_tag, write_varint

ENTITIES: Final = 1
"""The field with the entities of a reply: those of GetMicrogrid and of lists without an owner."""

ENTITIES_OF_OWNER: Final = 2
"""The field with the entities of a reply that has the ID of their microgrid or gridpool, too."""


def owner_field(owner_id: int) -> bytes:
    """Return the field with the ID of a microgrid or gridpool."""
    return bytes([make_tag(1, VARINT)]) + write_varint(owner_id)


def entity_fields(number: int, entities: Iterable[bytes]) -> bytes:
    """Return the fields with some entities, given the number of the field."""
    tag = bytes([make_tag(number, LENGTH_DELIMITED)])
    return b"".join(
        part for entity in entities for part in (tag, write_varint(len(entity)), entity)
    )
