"""The errors of this package.

```
Exception
├── ApiClientError                      a call failed (frequenz.client.base)
│   ├── ClientNotConnected              there is no connection
│   └── GrpcError                       the server, or the way to it, answered with a status
│       ├── DataLoss                    DATA_LOSS
│       ├── EntityAlreadyExists         ALREADY_EXISTS
│       ├── EntityNotFound              NOT_FOUND
│       ├── InternalError               INTERNAL
│       ├── InvalidArgument             INVALID_ARGUMENT (a ValueError, too)
│       ├── OperationAborted            ABORTED
│       ├── OperationCancelled          CANCELLED
│       ├── OperationNotImplemented     UNIMPLEMENTED
│       ├── OperationOutOfRange         OUT_OF_RANGE
│       ├── OperationPreconditionFailed FAILED_PRECONDITION
│       ├── OperationTimedOut           DEADLINE_EXCEEDED
│       ├── OperationUnauthenticated    UNAUTHENTICATED
│       ├── PermissionDenied            PERMISSION_DENIED
│       ├── ResourceExhausted           RESOURCE_EXHAUSTED
│       ├── ServiceUnavailable          UNAVAILABLE
│       ├── UnknownError                UNKNOWN
│       └── UnrecognizedGrpcStatus      any other
└── ValidationError                     a reply has major findings, and raise_on_errors was given
    ├── InvalidConnectionError
    ├── InvalidElectricalComponentError
    └── InvalidMicrogridError
```
"""

from functools import partial
from typing import Any

from frequenz.client.base.exception import (
    ApiClientError,
    ClientNotConnected,
    DataLoss,
    EntityAlreadyExists,
    EntityNotFound,
    GrpcError,
    InternalError,
    InvalidArgument,
    OperationAborted,
    OperationCancelled,
    OperationNotImplemented,
    OperationOutOfRange,
    OperationPreconditionFailed,
    OperationTimedOut,
    OperationUnauthenticated,
    PermissionDenied,
    ResourceExhausted,
    ServiceUnavailable,
    UnknownError,
    UnrecognizedGrpcStatus,
)

from ._microgrid import Microgrid
from ._wire.names import entity_name
from .electrical_component import ComponentConnection, ElectricalComponent


class ValidationError(Exception):
    """A message of a reply is wrong, or cannot be used as it is.

    Args:
        major_issues: What is wrong with it.
        minor_issues: What is merely absent from it.
        raw_message: The protobuf message itself.
    """

    def __init__(
        self, *, major_issues: list[str], minor_issues: list[str], raw_message: Any
    ) -> None:
        super().__init__(
            f"Validation failed: {entity_name(raw_message)}: {'; '.join(major_issues)}"
        )
        self.major_issues = major_issues
        self.minor_issues = minor_issues
        self.raw_message = raw_message

    def __reduce__(self) -> tuple[Any, ...]:
        # An exception is restored with positional arguments by default; these have none.
        return partial(type(self), **self.__dict__), ()


class InvalidMicrogridError(ValidationError):
    """A microgrid is wrong; `microgrid` holds what could be read of it."""

    def __init__(
        self,
        *,
        microgrid: Microgrid,
        major_issues: list[str],
        minor_issues: list[str],
        raw_message: Any,
    ) -> None:
        super().__init__(
            major_issues=major_issues, minor_issues=minor_issues, raw_message=raw_message
        )
        self.microgrid = microgrid


class InvalidElectricalComponentError(ValidationError):
    """An electrical component is wrong; `component` holds what could be read of it."""

    def __init__(
        self,
        *,
        component: ElectricalComponent,
        major_issues: list[str],
        minor_issues: list[str],
        raw_message: Any,
    ) -> None:
        super().__init__(
            major_issues=major_issues, minor_issues=minor_issues, raw_message=raw_message
        )
        self.component = component


class InvalidConnectionError(ValidationError):
    """A connection is wrong; `connection` is None where none can exist."""

    def __init__(
        self,
        *,
        connection: ComponentConnection | None,
        major_issues: list[str],
        minor_issues: list[str],
        raw_message: Any,
    ) -> None:
        super().__init__(
            major_issues=major_issues, minor_issues=minor_issues, raw_message=raw_message
        )
        self.connection = connection


__all__ = [
    "ApiClientError",
    "ClientNotConnected",
    "DataLoss",
    "EntityAlreadyExists",
    "EntityNotFound",
    "GrpcError",
    "InternalError",
    "InvalidArgument",
    "InvalidConnectionError",
    "InvalidElectricalComponentError",
    "InvalidMicrogridError",
    "OperationAborted",
    "OperationCancelled",
    "OperationNotImplemented",
    "OperationOutOfRange",
    "OperationPreconditionFailed",
    "OperationTimedOut",
    "OperationUnauthenticated",
    "PermissionDenied",
    "ResourceExhausted",
    "ServiceUnavailable",
    "UnknownError",
    "UnrecognizedGrpcStatus",
    "ValidationError",
]
