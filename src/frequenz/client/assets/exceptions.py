"""The errors of this package.

```
Exception
├── ApiClientError                      a call failed (frequenz.client.base)
│   ├── ClientDisconnected              disconnect() was called while the call was in flight
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
├── ExceptionGroup
│   └── InvalidItemsGroup               of the errors below, for a call that lists items
└── ValidationError                     a reply has major findings, and raise_on_errors was given
    ├── InvalidConnectionError
    ├── InvalidElectricalComponentError
    ├── InvalidGridpoolEnergyScheduleError
    ├── InvalidGridpoolError
    ├── InvalidMarketTopologyRelationError
    ├── InvalidMicrogridError
    ├── InvalidReplyError
    └── InvalidSensorError
```

All of them can be pickled and copied, those of `frequenz.client.base` too.
"""

import copyreg
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Generic, NotRequired, Self, TypedDict, TypeVar, Unpack

from frequenz.client.base import exception
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

from ._lazy import lazy_module
from ._model.microgrid import Microgrid
from ._model.sensor import Sensor
from .electrical_component import ComponentConnection, ElectricalComponent
from .findings._rules import Finding, Severity

if TYPE_CHECKING:
    from ._model import market
else:
    # Few programs ask for the market. `get_type_hints` finds its classes nevertheless.
    market = lazy_module("._model.market", __package__)

ItemT = TypeVar("ItemT")

_SAID: Final = 5
"""How many issues the text of an error holds; the attributes hold all."""


def _restored(
    error: type[Exception], arguments: tuple[Any, ...], attributes: dict[str, Any]
) -> Exception:
    made = error.__new__(error, *arguments)
    made.__dict__.update(attributes)
    return made


def _reduced(error: Exception) -> tuple[Any, ...]:
    """Return how to make an error anew; by default that calls its class with its text."""
    return _restored, (type(error), error.args, error.__dict__)


class ClientDisconnected(ApiClientError):  # noqa: N818 - like its sibling ClientNotConnected
    """The client was disconnected while a call was in flight."""

    def __init__(self, *, server_url: str, operation: str) -> None:
        super().__init__(
            server_url=server_url,
            operation=operation,
            description="The client was disconnected before the server answered",
            retryable=False,
        )


class Issues(TypedDict):
    """What every error of this family is made of."""

    major_issues: list[str]
    minor_issues: list[str]
    raw_message: Any
    findings: NotRequired[Sequence[Finding]]


class ValidationError(Exception):
    """A message of a reply is wrong, or cannot be used as it is.

    Args:
        major_issues: What is wrong with it, as text.
        minor_issues: What is merely absent from it, as text.
        raw_message: The protobuf message itself.
        findings: Both as objects, which also say what to do about them.
    """

    def __init__(
        self,
        *,
        major_issues: list[str],
        minor_issues: list[str],
        raw_message: Any,
        findings: Sequence[Finding] = (),
    ) -> None:
        self.major_issues = major_issues
        self.minor_issues = minor_issues
        self.raw_message = raw_message
        self.findings = tuple(findings)
        name = self.findings[0].entity if self.findings else type(raw_message).__name__
        said = "; ".join(major_issues[:_SAID])
        if len(major_issues) > _SAID:
            said += f"; and {len(major_issues) - _SAID} more"
        majors = [finding for finding in self.findings if finding.severity is Severity.MAJOR]
        advice = "; ".join(dict.fromkeys(finding.advice for finding in majors[:_SAID]))
        next_step = f" (what to do: {advice})" if advice else ""
        super().__init__(f"Validation failed: {name}: {said}{next_step}")

    def __reduce__(self) -> tuple[Any, ...]:
        return _reduced(self)


class InvalidReplyError(ValidationError):
    """A reply as a whole is wrong; what it holds was read nevertheless."""


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

    def __init__(self, *, gridpool: "market.Gridpool", **issues: Unpack[Issues]) -> None:
        super().__init__(**issues)
        self.gridpool = gridpool


class InvalidGridpoolEnergyScheduleError(ValidationError):
    """An energy schedule is wrong; `schedule` holds what could be read of it."""

    def __init__(
        self, *, schedule: "market.GridpoolEnergySchedule", **issues: Unpack[Issues]
    ) -> None:
        super().__init__(**issues)
        self.schedule = schedule


class InvalidMarketTopologyRelationError(ValidationError):
    """A relation is wrong; `relation` holds what could be read of it."""

    def __init__(
        self, *, relation: "market.MarketTopologyRelation", **issues: Unpack[Issues]
    ) -> None:
        super().__init__(**issues)
        self.relation = relation


class InvalidItemsGroup(ExceptionGroup[ValidationError], Generic[ItemT]):
    """Items of a list are wrong; the others are here, so that nobody must ask twice.

    Groups that are split off, as by `except*`, carry the same items.
    """

    items: tuple[ItemT, ...]
    """The items without major findings, in the server's order."""

    def __new__(
        cls, message: str, errors: Sequence[ValidationError], *, items: Iterable[ItemT] = ()
    ) -> Self:
        """Make a group; its items are given here, as a group cannot be changed later."""
        made = super().__new__(cls, message, errors)
        made.items = tuple(items)
        return made

    def __init__(
        self, message: str, errors: Sequence[ValidationError], *, items: Iterable[ItemT] = ()
    ) -> None:
        super().__init__(message, errors)

    def derive(self, errors: Sequence[Any], /) -> Any:
        """Return a group of the same items."""
        return type(self)(self.message, errors, items=self.items)

    def __reduce__(self) -> tuple[Any, ...]:
        made_of = partial(type(self), items=self.items)
        return made_of, (self.message, self.exceptions), self.__dict__


for _error in (*vars(exception).values(), ClientDisconnected):
    if isinstance(_error, type) and issubclass(_error, ApiClientError):
        copyreg.pickle(_error, _reduced)


__all__ = [
    "ApiClientError",
    "ClientDisconnected",
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
    "InvalidItemsGroup",
    "InvalidMarketTopologyRelationError",
    "InvalidMicrogridError",
    "InvalidReplyError",
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
