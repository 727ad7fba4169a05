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
    ├── InvalidGridpoolEnergyScheduleError
    ├── InvalidGridpoolError
    ├── InvalidMarketTopologyRelationError
    ├── InvalidMicrogridError
    └── InvalidSensorError
```
"""

from functools import partial
from typing import Any, TypedDict, Unpack

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

from ._market import Gridpool, GridpoolEnergySchedule, MarketTopologyRelation
from ._microgrid import Microgrid
from ._sensor import Sensor
from ._wire.names import entity_name
from .electrical_component import ComponentConnection, ElectricalComponent


class Issues(TypedDict):
    """What every error of this family is made of."""

    major_issues: list[str]
    minor_issues: list[str]
    raw_message: Any


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
        self.major_issues = major_issues
        self.minor_issues = minor_issues
        self.raw_message = raw_message
        said = "; ".join(major_issues)
        super().__init__(f"Validation failed: {entity_name(self.raw_message)}: {said}")

    def __reduce__(self) -> tuple[Any, ...]:
        # By default, an exception is made anew from positional arguments, which these do not take.
        made_of = {name: value for name, value in self.__dict__.items() if name != "__notes__"}
        return partial(type(self), **made_of), (), self.__dict__


class InvalidMicrogridError(ValidationError):
    """A microgrid is wrong; `microgrid` holds what could be read of it."""

    def __init__(self, *, microgrid: Microgrid, **issues: Unpack[Issues]) -> None:
        super().__init__(**issues)
        self.microgrid = microgrid


class InvalidElectricalComponentError(ValidationError):
    """An electrical component is wrong; `component` holds what could be read of it."""

    def __init__(self, *, component: ElectricalComponent, **issues: Unpack[Issues]) -> None:
        super().__init__(**issues)
        self.component = component


class InvalidConnectionError(ValidationError):
    """A connection is wrong; `connection` is None where none can exist."""

    def __init__(self, *, connection: ComponentConnection | None, **issues: Unpack[Issues]) -> None:
        super().__init__(**issues)
        self.connection = connection


class InvalidSensorError(ValidationError):
    """A sensor is wrong; `sensor` holds what could be read of it."""

    def __init__(self, *, sensor: Sensor, **issues: Unpack[Issues]) -> None:
        super().__init__(**issues)
        self.sensor = sensor


class InvalidGridpoolError(ValidationError):
    """A gridpool is wrong; `gridpool` holds what could be read of it."""

    def __init__(self, *, gridpool: Gridpool, **issues: Unpack[Issues]) -> None:
        super().__init__(**issues)
        self.gridpool = gridpool


class InvalidGridpoolEnergyScheduleError(ValidationError):
    """An energy schedule is wrong; `schedule` holds what could be read of it."""

    def __init__(self, *, schedule: GridpoolEnergySchedule, **issues: Unpack[Issues]) -> None:
        super().__init__(**issues)
        self.schedule = schedule


class InvalidMarketTopologyRelationError(ValidationError):
    """A relation is wrong; `relation` holds what could be read of it."""

    def __init__(self, *, relation: MarketTopologyRelation, **issues: Unpack[Issues]) -> None:
        super().__init__(**issues)
        self.relation = relation


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
    "InvalidGridpoolEnergyScheduleError",
    "InvalidGridpoolError",
    "InvalidMarketTopologyRelationError",
    "InvalidMicrogridError",
    "InvalidSensorError",
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
