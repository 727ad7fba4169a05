"""Messages whose sub-messages are the bytes that they are on the wire.

protobuf makes an object for each sub-message that is looked at, which costs more than all scalar
fields together. Most of them say what others said before, so that their bytes are enough to look up
what they stand for.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import DescriptorProto

Label: TypeAlias = Any
"""Whether a field is a list, and if not, whether it must be there: a number for protobuf."""

OPTIONAL: Final[Label] = FieldDescriptor.LABEL_OPTIONAL
REQUIRED: Final[Label] = FieldDescriptor.LABEL_REQUIRED
REPEATED: Final[Label] = FieldDescriptor.LABEL_REPEATED

_INTEGER: Final[Any] = FieldDescriptor.TYPE_INT32
_BYTES: Final[Any] = FieldDescriptor.TYPE_BYTES
_MESSAGE: Final[Any] = FieldDescriptor.TYPE_MESSAGE

_PACKAGE: Final = "flat"


def label_of(field: FieldDescriptor) -> Label:
    """Return what a field is in the messages that flat ones are for."""
    return REPEATED if field.is_repeated else OPTIONAL


def describe(
    name: str, original: Descriptor, label: Callable[[FieldDescriptor], Label] = label_of
) -> "DescriptorProto":
    """Return the description of flat messages for those of another type.

    They have its scalar fields, enums as integers, and bytes for sub-messages.
    """
    # Nobody needs this before the first reply, and it takes long to import.
    from google.protobuf.descriptor_pb2 import DescriptorProto  # noqa: PLC0415

    described = DescriptorProto(name=name)
    for field in original.fields:
        made = described.field.add(
            name=field.name, number=field.number, label=label(field), type=field.type
        )
        if field.enum_type is not None:
            made.type = _INTEGER
        elif field.message_type is not None:
            made.type = _BYTES
    return described


def describe_list(
    name: str, original: Descriptor, list_field: str, listed: "DescriptorProto", label: Label
) -> "DescriptorProto":
    """Return the description of flat messages for those that have a list of others.

    Without it being a list there, they have one message: protobuf merges into it what it finds.
    """
    described = describe(name, original)
    (field,) = (field for field in described.field if field.name == list_field)
    field.label, field.type = label, _MESSAGE
    field.type_name = f".{_PACKAGE}.{listed.name}"
    return described


def flat_type(
    described: "DescriptorProto", *others: "DescriptorProto", syntax: str = "proto2"
) -> Any:
    """Return the type of a description that may name others.

    Args:
        described: The description.
        others: Those that it names.
        syntax: proto2 tells a field that is there and empty from one that is not, and knows fields
            that must be there; proto3 refuses texts that are no UTF-8.
    """
    from google.protobuf.descriptor_pb2 import FileDescriptorProto  # noqa: PLC0415 - as above

    file = FileDescriptorProto(
        name=_PACKAGE, package=_PACKAGE, syntax=syntax, message_type=(described, *others)
    )
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(
        pool.FindMessageTypeByName(f"{_PACKAGE}.{described.name}")
    )
