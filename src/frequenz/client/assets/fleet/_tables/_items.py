"""The items of replies as bytes, and those that are rewritten before they can be read.

Two kinds of messages are rewritten: those that are not written as protobuf writes them (fields in
another order, in several pieces, or unknown to this client), and those with texts that are not
valid UTF-8, which protobuf refuses together with all of the reply. Such a text is left out.
"""

from functools import cache
from typing import Any, Final, NamedTuple

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import DecodeError

from ..._wire.entities import Entity
from ..._wire.fast.flat_messages import describe, flat_type
from ..._wire.reply import Reply, parse
from ..._wire.varint import LENGTH_DELIMITED, VARINT, read_varint, write_varint

_FIXED_BYTES: Final = {1: 8, 5: 4}
"""By the type on the wire, how many bytes a number of a fixed size has."""


class Rewritten(NamedTuple):
    """A message that was rewritten."""

    data: bytes
    invalid_texts: tuple[str, ...]
    """The paths of the texts that were left out."""


@cache
def _flat_reply(kind: Any) -> Any:
    return flat_type(describe("Reply", kind.DESCRIPTOR))


def flat(reply: Reply) -> Any:
    """Return a reply whose items are bytes.

    Raises:
        DecodeError: If the reply is invalid.
    """
    kind: Any = reply.kind
    try:
        return parse(_flat_reply(kind), reply.data)
    except DecodeError:
        _ = reply.message  # raises the error that names the reply's type
        raise


def messages_in(
    entity: Entity[Any], reply: Reply | None
) -> tuple[list[Any], dict[int, tuple[str, ...]]]:
    """Return the messages of a list, and by their indices the texts that were left out.

    Raises:
        DecodeError: If the reply is invalid.
    """
    if reply is None:
        return [], {}
    try:
        return list(getattr(reply.message, entity.list_field)), {}
    except DecodeError:
        rewritten = [
            rewrite(entity.message, item) for item in getattr(flat(reply), entity.list_field)
        ]
        messages = [parse(entity.message, it.data) for it in rewritten]
        return messages, {
            index: it.invalid_texts for index, it in enumerate(rewritten) if it.invalid_texts
        }


def message_in(reply: Reply) -> tuple[Any, tuple[str, ...]]:
    """Return the message of a reply, and the texts that were left out.

    Raises:
        DecodeError: If the reply is invalid.
    """
    try:
        return reply.message, ()
    except DecodeError:
        rewritten = rewrite(reply.kind, reply.data)
        return parse(reply.kind, rewritten.data), rewritten.invalid_texts


def rewrite(kind: Any, data: bytes) -> Rewritten:
    """Return a message as protobuf writes it, without unknown fields and invalid texts.

    Raises:
        DecodeError: If the message is invalid otherwise.
    """
    invalid: list[str] = []
    try:
        message = parse(kind, data)
    except DecodeError:
        message = parse(kind, _without_invalid_texts(kind.DESCRIPTOR, data, "", invalid))
    message.DiscardUnknownFields()
    return Rewritten(message.SerializeToString(), tuple(invalid))


def _without_invalid_texts(
    descriptor: Descriptor, data: bytes, prefix: str, invalid: list[str]
) -> bytes:
    """Return a message without invalid texts, and append their paths."""
    parts: list[bytes] = []
    counts: dict[str, int] = {}
    position = 0
    try:
        while position < len(data):
            start = position
            tag, position = read_varint(data, position)
            field: Any = descriptor.fields_by_number.get(tag >> 3)
            if tag & 7 == LENGTH_DELIMITED:
                length, content = read_varint(data, position)
                position = content + length
                if position > len(data):
                    return data  # truncated: protobuf refuses it
                value = data[content:position]
                if field is not None and field.message_type is not None:
                    index = counts[field.name] = counts.get(field.name, -1) + 1
                    path = f"{prefix}{field.name}{f'[{index}]' if field.is_repeated else ''}."
                    inner = _without_invalid_texts(field.message_type, value, path, invalid)
                    parts += (write_varint(tag), write_varint(len(inner)), inner)
                    continue
                if field is not None and field.type == FieldDescriptor.TYPE_STRING:
                    try:
                        value.decode()
                    except UnicodeDecodeError:
                        invalid.append(f"{prefix}{field.name}")
                        continue
            elif tag & 7 == VARINT:
                _, position = read_varint(data, position)
            elif tag & 7 in _FIXED_BYTES:
                position += _FIXED_BYTES[tag & 7]
            else:  # a group, which no message of the API has: protobuf decides
                position = len(data)
            parts.append(data[start:position])
    except IndexError:  # truncated, too
        return data
    return b"".join(parts)
