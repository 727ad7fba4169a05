"""Messages whose sub-messages are the bytes that they are on the wire.

protobuf makes an object for each sub-message that is looked at, which costs more than all scalar
fields together. Most of them say what others said before, so that their bytes are enough to look up
what they stand for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

from .catalogue import Fault
from .findings import Decoded

ItemT = TypeVar("ItemT")

_Field: Final = descriptor_pb2.FieldDescriptorProto
_PACKAGE: Final = "flat"
_ITEM: Final = "Item"
_REPLY: Final = "Reply"


class Flat:
    """The flat messages for those in the list of a reply.

    They have the scalar fields of the messages, enums as integers, and bytes for sub-messages.
    """

    def __init__(self, reply: type[Message], list_field: str) -> None:
        """Make the types of the messages in a list of a reply."""
        listed: Any = reply.DESCRIPTOR.fields_by_name[list_field]
        file = descriptor_pb2.FileDescriptorProto(
            name=f"{reply.DESCRIPTOR.name}.{_PACKAGE}", package=_PACKAGE, syntax="proto3"
        )
        _describe(listed.message_type, file.message_type.add(name=_ITEM))
        file.message_type.add(name=_REPLY).field.add(
            name=list_field,
            number=listed.number,
            label=_Field.LABEL_REPEATED,
            type=_Field.TYPE_MESSAGE,
            type_name=f".{_PACKAGE}.{_ITEM}",
        )
        pool = descriptor_pool.DescriptorPool()
        pool.AddSerializedFile(file.SerializeToString())
        self._list_field = list_field
        self._item, self._reply = (
            message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}"))
            for name in (_ITEM, _REPLY)
        )

    def of(self, message: Message) -> Any:
        """Return the flat message for a message."""
        return self._item.FromString(message.SerializeToString())

    def in_reply(self, data: bytes) -> Sequence[Any]:
        """Return the flat messages in a serialized reply."""
        listed: Sequence[Any] = getattr(self._reply.FromString(data), self._list_field)
        return listed


@dataclass(frozen=True)
class Bulk(Generic[ItemT]):
    """How to decode entities that come by the thousand, from flat messages."""

    flat: Flat
    decode: Callable[[Sequence[Any], Sequence[Any], Decoded[ItemT], int], None]
    """Decodes a part of a list: flat messages, given all messages and the place of the first."""

    def one(self, message: Message, found: list[Fault]) -> ItemT | None:
        """Return the entity as far as it can be read; None where none can exist."""
        decoded: Decoded[ItemT] = Decoded([], [])
        self.decode([self.flat.of(message)], [message], decoded, 0)
        for faulty in decoded.faulty:
            found += faulty.faults
        return decoded.items[0] if decoded.items else None


def _describe(original: Descriptor, flat: descriptor_pb2.DescriptorProto) -> None:
    for field in original.fields:
        made = flat.field.add(
            name=field.name,
            number=field.number,
            label=_Field.LABEL_REPEATED if field.is_repeated else _Field.LABEL_OPTIONAL,
            type=field.type,
        )
        if field.enum_type is not None:
            made.type = _Field.TYPE_INT32
        elif field.message_type is not None:
            made.type = _Field.TYPE_BYTES
        if field.has_presence:
            made.proto3_optional = True
            made.oneof_index = len(flat.oneof_decl)
            flat.oneof_decl.add(name=f"_{field.name}")
