"""The first generation of the API, `frequenz.api.assets.v1`, which some servers still use.

Its replies are the same bytes as the current ones. Its requests have the fields of filters directly
in the request. Its descriptors are derived from the current ones, in a pool of their own: those of
an old `frequenz-api-assets` may be loaded in the same process.
"""

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

from .._lazy import lazy_module

if TYPE_CHECKING:
    from google.protobuf import descriptor_pb2
else:
    # Few servers need this, and the import is slow.
    descriptor_pb2 = lazy_module("google.protobuf.descriptor_pb2", __package__)

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
"""By the name of each call, the fields of its filter."""

OPERATIONS: Final = frozenset(_FILTERS)
"""The names of the calls."""


def _file_descriptor() -> "descriptor_pb2.FileDescriptorProto":
    """Return the descriptor of the first generation, derived from the current one."""
    current = descriptor_pb2.FileDescriptorProto()
    platformassets_pb2.DESCRIPTOR.CopyToProto(current)
    messages = {message.name: message for message in current.message_type}
    file = descriptor_pb2.FileDescriptorProto(
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
    pool = descriptor_pool.DescriptorPool()
    _add_with_dependencies(pool, platformassets_pb2.DESCRIPTOR)
    pool.Add(_file_descriptor())
    return pool


_pool: Final = cache(new_pool)


def _request_class(operation: str) -> type[Message]:
    descriptor = _pool().FindMessageTypeByName(f"{PACKAGE}.{operation}Request")
    return message_factory.GetMessageClass(descriptor)


def from_current(operation: str, request: Message) -> bytes:
    """Convert a current request into one of the first generation, serialized."""
    current: Any = request
    first: Any = _request_class(operation)(microgrid_id=current.microgrid_id)
    for field in _FILTERS[operation]:
        getattr(first, field).extend(getattr(current.filter, field))
    return bytes(first.SerializeToString())


def to_current(operation: str, data: bytes) -> bytes:
    """Convert a serialized request of the first generation into a current one.

    Raises:
        google.protobuf.message.DecodeError: If the data is not a valid request.
    """
    first: Any = _request_class(operation).FromString(data)
    current: Any = getattr(platformassets_pb2, f"{operation}Request")(
        microgrid_id=first.microgrid_id
    )
    for field in _FILTERS[operation]:
        if values := getattr(first, field):
            getattr(current.filter, field).extend(values)
    return bytes(current.SerializeToString())
