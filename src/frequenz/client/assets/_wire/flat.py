"""Messages whose sub-messages are the bytes that they are on the wire.

protobuf makes an object for each sub-message that is looked at, which costs more than all scalar
fields together. Most of them say what others said before, so that their bytes are enough to look up
what they stand for.
"""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor

Label: TypeAlias = descriptor_pb2.FieldDescriptorProto.Label.ValueType
"""Whether a field is a list, and if not, whether it must be there."""

Description: TypeAlias = descriptor_pb2.DescriptorProto
"""What protobuf makes a type of messages from."""

_Field: Final = descriptor_pb2.FieldDescriptorProto
REPEATED: Final = _Field.LABEL_REPEATED
OPTIONAL: Final = _Field.LABEL_OPTIONAL
REQUIRED: Final = _Field.LABEL_REQUIRED

_PACKAGE: Final = "flat"


def label_of(field: FieldDescriptor) -> Label:
    """Return what a field is in the messages that flat ones are for."""
    return REPEATED if field.is_repeated else OPTIONAL


def describe(
    name: str, original: Descriptor, label: Callable[[FieldDescriptor], Label] = label_of
) -> Description:
    """Return the description of flat messages for those of another type.

    They have its scalar fields, enums as integers, and bytes for sub-messages.
    """
    described = Description(name=name)
    for field in original.fields:
        made = described.field.add(
            name=field.name, number=field.number, label=label(field), type=field.type
        )
        if field.enum_type is not None:
            made.type = _Field.TYPE_INT32
        elif field.message_type is not None:
            made.type = _Field.TYPE_BYTES
    return described


def describe_list(
    name: str, original: Descriptor, list_field: str, listed: Description, label: Label
) -> Description:
    """Return the description of flat messages for those that have a list of others.

    Without it being a list there, they have one message: protobuf merges into it what it finds.
    """
    described = describe(name, original)
    (field,) = (field for field in described.field if field.name == list_field)
    field.label, field.type = label, _Field.TYPE_MESSAGE
    field.type_name = f".{_PACKAGE}.{listed.name}"
    return described


def flat_type(described: Description, *others: Description, syntax: str = "proto2") -> Any:
    """Return the type of a description that may name others.

    Args:
        described: The description.
        others: Those that it names.
        syntax: proto2 tells a field that is there and empty from one that is not, and knows fields
            that must be there; proto3 refuses texts that are no UTF-8.
    """
    file = descriptor_pb2.FileDescriptorProto(
        name=_PACKAGE, package=_PACKAGE, syntax=syntax, message_type=(described, *others)
    )
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(
        pool.FindMessageTypeByName(f"{_PACKAGE}.{described.name}")
    )
