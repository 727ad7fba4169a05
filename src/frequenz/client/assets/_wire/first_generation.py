"""The first generation of the API, `frequenz.api.assets.v1`, which some servers still speak.

Its replies are the same bytes as the current ones; its requests have the filters' fields flat. Its
messages are described here, in a descriptor pool of their own, so that nothing collides with a
`frequenz-api-assets` of that time that something else may have installed.
"""

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import FileDescriptorProto

PACKAGE: Final = "frequenz.api.assets.v1"
SERVICE: Final = f"{PACKAGE}.PlatformAssets"

_FILTERS: Final = {
    "GetMicrogrid": (),
    "ListMicrogridElectricalComponents": ("component_ids", "categories"),
    "ListMicrogridElectricalComponentConnections": (
        "source_component_ids",
        "destination_component_ids",
    ),
}
"""The calls of this generation, and the fields of their filters."""

OPERATIONS: Final = frozenset(_FILTERS)
"""The calls of this generation."""


def _described() -> "FileDescriptorProto":
    """Return the description of the generation: the current one's, but for flat filters."""
    # Few servers need it, and it takes long to import.
    from google.protobuf.descriptor_pb2 import FileDescriptorProto  # noqa: PLC0415

    current = FileDescriptorProto()
    platformassets_pb2.DESCRIPTOR.CopyToProto(current)
    messages = {message.name: message for message in current.message_type}
    file = FileDescriptorProto(
        name="frequenz/api/assets/v1/assets.proto", package=PACKAGE, syntax="proto3"
    )
    file.dependency.extend(current.dependency)
    service = file.service.add(name="PlatformAssets")
    for operation, fields in _FILTERS.items():
        request = file.message_type.add()
        request.CopyFrom(messages[f"{operation}Request"])
        for nested in request.nested_type:
            for number, name in enumerate(fields, start=2):
                (field,) = (field for field in nested.field if field.name == name)
                if number == 2:
                    del request.field[1:]
                request.field.add().CopyFrom(field)
                request.field[-1].number = number
        del request.nested_type[:]
        file.message_type.add().CopyFrom(messages[f"{operation}Response"])
        service.method.add(
            name=operation,
            input_type=f".{PACKAGE}.{operation}Request",
            output_type=f".{PACKAGE}.{operation}Response",
        )
    return file


def _add_with_dependencies(target: descriptor_pool.DescriptorPool, file: FileDescriptor) -> None:
    for dependency in file.dependencies:
        _add_with_dependencies(target, dependency)
    target.AddSerializedFile(file.serialized_pb)


def new_pool() -> descriptor_pool.DescriptorPool:
    """Return a new pool with the descriptors of both generations."""
    made = descriptor_pool.DescriptorPool()
    _add_with_dependencies(made, platformassets_pb2.DESCRIPTOR)
    made.Add(_described())
    return made


_pool: Final = cache(new_pool)


def _request_class(operation: str) -> type[Message]:
    descriptor = _pool().FindMessageTypeByName(f"{PACKAGE}.{operation}Request")
    return message_factory.GetMessageClass(descriptor)


def from_current(operation: str, request: Message) -> bytes:
    """Return a current request as one of this generation, serialized."""
    current: Any = request
    first: Any = _request_class(operation)(microgrid_id=current.microgrid_id)
    for field in _FILTERS[operation]:
        getattr(first, field).extend(getattr(current.filter, field))
    return bytes(first.SerializeToString())


def to_current(operation: str, data: bytes) -> bytes:
    """Return a serialized request of this generation as a current one.

    Raises:
        google.protobuf.message.DecodeError: If the bytes are no such request.
    """
    first: Any = _request_class(operation).FromString(data)
    current: Any = getattr(platformassets_pb2, f"{operation}Request")(
        microgrid_id=first.microgrid_id
    )
    for field in _FILTERS[operation]:
        if values := getattr(first, field):
            getattr(current.filter, field).extend(values)
    return bytes(current.SerializeToString())
