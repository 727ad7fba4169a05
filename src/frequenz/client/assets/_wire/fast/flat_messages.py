"""Flat messages: like other messages, but with the bytes of sub-messages as fields.

protobuf creates an object for each sub-message that is read, which takes longer than reading all
scalar fields. Most sub-messages equal earlier ones, so that their values can be looked up by their
bytes.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from ..._lazy import lazy_module

if TYPE_CHECKING:
    from google.protobuf import descriptor_pb2
    from google.protobuf.descriptor_pb2 import DescriptorProto
else:
    # Not needed before the first reply, and the import is slow.
    descriptor_pb2 = lazy_module("google.protobuf.descriptor_pb2", __package__)

Label: TypeAlias = Any
"""Whether a field is repeated, required or optional, as a number of protobuf."""

OPTIONAL: Final[Label] = FieldDescriptor.LABEL_OPTIONAL
REQUIRED: Final[Label] = FieldDescriptor.LABEL_REQUIRED
REPEATED: Final[Label] = FieldDescriptor.LABEL_REPEATED

_INTEGER: Final[Any] = FieldDescriptor.TYPE_INT32
_BYTES: Final[Any] = FieldDescriptor.TYPE_BYTES
_MESSAGE: Final[Any] = FieldDescriptor.TYPE_MESSAGE

_PACKAGE: Final = "flat"


def label_of(field: FieldDescriptor) -> Label:
    """Return the label of a field."""
    return REPEATED if field.is_repeated else OPTIONAL


def describe(
    name: str, original: Descriptor, label: Callable[[FieldDescriptor], Label] = label_of
) -> "DescriptorProto":
    """Return the descriptor of flat messages for those of another type.

    They have the same scalar fields, with integers for enums and bytes for sub-messages.

    Args:
        name: The name of the flat type.
        original: The descriptor of the other type.
        label: Returns the label of each field.
    """
    descriptor = descriptor_pb2.DescriptorProto(name=name)
    for field in original.fields:
        flat = descriptor.field.add(
            name=field.name, number=field.number, label=label(field), type=field.type
        )
        if field.enum_type is not None:
            flat.type = _INTEGER
        elif field.message_type is not None:
            flat.type = _BYTES
    return descriptor


def describe_list(
    name: str, original: Descriptor, list_field: str, listed: "DescriptorProto", label: Label
) -> "DescriptorProto":
    """Return the descriptor of flat messages that contain others in one field.

    Args:
        name: The name of the flat type.
        original: The descriptor of the messages with the list.
        list_field: The field with the list.
        listed: The descriptor of the listed messages.
        label: The label of the field. If it is not repeated, protobuf merges all messages into one.
    """
    descriptor = describe(name, original)
    (field,) = (field for field in descriptor.field if field.name == list_field)
    field.label, field.type = label, _MESSAGE
    field.type_name = f".{_PACKAGE}.{listed.name}"
    return descriptor


def flat_type(
    descriptor: "DescriptorProto", *others: "DescriptorProto", syntax: str = "proto2"
) -> Any:
    """Return the message class of a descriptor.

    Args:
        descriptor: The descriptor.
        others: The descriptors of the messages that it contains.
        syntax: With proto2, fields can be required, and empty fields differ from absent ones. With
            proto3, strings must be valid UTF-8.
    """
    file = descriptor_pb2.FileDescriptorProto(
        name=_PACKAGE, package=_PACKAGE, syntax=syntax, message_type=(descriptor, *others)
    )
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(
        pool.FindMessageTypeByName(f"{_PACKAGE}.{descriptor.name}")
    )
