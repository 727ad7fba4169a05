"""When a caller may try again, as trailing metadata of a refusal."""

import math
from typing import Final

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration

from frequenz.client.assets._wire.varint import LENGTH_DELIMITED, VARINT, make_tag, write_varint

_PUSHBACK: Final = "grpc-retry-pushback-ms"
_DETAILS: Final = "grpc-status-details-bin"
_RETRY_INFO: Final = "type.googleapis.com/google.rpc.RetryInfo"


def retry_metadata(
    status: grpc.StatusCode, text: str, seconds: float
) -> tuple[tuple[str, str | bytes], ...]:
    """Return the metadata that asks for a retry after a time.

    Clients of gRPC obey the pushback. Others read `google.rpc.RetryInfo`, among the details that
    repeat the status.
    """
    milliseconds = math.ceil(seconds * 1000)
    duration = Duration()
    duration.FromMilliseconds(milliseconds)
    info = AnyMessage(type_url=_RETRY_INFO, value=_field(1, duration.SerializeToString()))
    # google.rpc.Status: a code, a message, and details.
    code = bytes([make_tag(1, VARINT)]) + write_varint(status.value[0])
    details = code + _field(2, text.encode()) + _field(3, info.SerializeToString())
    return ((_PUSHBACK, str(milliseconds)), (_DETAILS, details))


def _field(number: int, value: bytes) -> bytes:
    return bytes([make_tag(number, LENGTH_DELIMITED)]) + write_varint(len(value)) + value
