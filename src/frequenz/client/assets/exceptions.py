"""The errors of this package.

```
Exception
├── ApiClientError                      a call failed (frequenz.client.base)
│   ├── ClientDisconnected              disconnect() was called while the call was in flight
│   ├── ClientNotConnected              there is no connection
│   └── GrpcError                       the server or gRPC returned an error status
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
│   └── InvalidItemsGroup               a list has invalid items, and raise_on_errors was given
└── ValidationError                     an item has major findings, and raise_on_errors was given
    ├── InvalidConnectionError
    ├── InvalidElectricalComponentError
    ├── InvalidGridpoolEnergyScheduleError
    ├── InvalidGridpoolError
    ├── InvalidMarketTopologyRelationError
    ├── InvalidMicrogridError
    ├── InvalidReplyError
    └── InvalidSensorError
```

All of them can be pickled and copied, including those of `frequenz.client.base`.
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
    # Few programs use the market. `get_type_hints` finds its classes nevertheless.
    market = lazy_module("._model.market", __package__)

ItemT = TypeVar("ItemT")

_MAX_SHOWN: Final = 5
"""The maximum number of issues in the message of an error; its attributes have all."""


def _restore(
    cls: type[Exception], arguments: tuple[Any, ...], attributes: dict[str, Any]
) -> Exception:
    error = cls.__new__(cls, *arguments)
    error.__dict__.update(attributes)
    return error


def _reduce(error: Exception) -> tuple[Any, ...]:
    """Reduce an error for pickle and copy, which would call its class with the message alone."""
    return _restore, (type(error), error.args, error.__dict__)


class ClientDisconnected(ApiClientError):  # noqa: N818 - like its sibling ClientNotConnected
    """The client was disconnected while a call was in flight."""

    def __init__(self, *, server_url: str, operation: str) -> None:
        """Create the error of one call."""
        super().__init__(
            server_url=server_url,
            operation=operation,
            description="The client was disconnected before the server answered",
            retryable=False,
        )


class Issues(TypedDict):
    """The arguments that all subclasses of ValidationError have."""

    major_issues: list[str]
    minor_issues: list[str]
    raw_message: Any
    findings: NotRequired[Sequence[Finding]]


class ValidationError(Exception):
    """A message of a reply has major findings.

    Args:
        major_issues: The major findings as texts.
        minor_issues: The minor findings as texts.
        raw_message: The protobuf message.
        findings: All findings.
    """

    def __init__(
        self,
        *,
        major_issues: list[str],
        minor_issues: list[str],
        raw_message: Any,
        findings: Sequence[Finding] = (),
    ) -> None:
        """Create an error; the message shows the first few major findings."""
        self.major_issues = major_issues
        self.minor_issues = minor_issues
        self.raw_message = raw_message
        self.findings = tuple(findings)
        name = self.findings[0].entity if self.findings else type(raw_message).__name__
        issues = "; ".join(major_issues[:_MAX_SHOWN])
        if len(major_issues) > _MAX_SHOWN:
            issues += f"; and {len(major_issues) - _MAX_SHOWN} more"
        majors = [finding for finding in self.findings if finding.severity is Severity.MAJOR]
        advice = "; ".join(dict.fromkeys(finding.advice for finding in majors[:_MAX_SHOWN]))
        what_to_do = f" (what to do: {advice})" if advice else ""
        super().__init__(f"Validation failed: {name}: {issues}{what_to_do}")
        if majors:
            pages = dict.fromkeys(finding.rule.page for finding in majors[:_MAX_SHOWN])
            self.add_note(f"See {', '.join(pages)}")

    def __reduce__(self) -> tuple[Any, ...]:
        """Reduce the error for pickle and copy."""
        return _reduce(self)


class InvalidReplyError(ValidationError):
    """A reply is for another microgrid or gridpool than requested; its items were still read."""


class InvalidMicrogridError(ValidationError):
    """A microgrid is invalid; `microgrid` is what could be read of it."""

    def __init__(self, *, microgrid: Microgrid, **issues: Unpack[Issues]) -> None:
        """Create an error about a microgrid."""
        super().__init__(**issues)
        self.microgrid = microgrid


class InvalidElectricalComponentError(ValidationError):
    """An electrical component is invalid; `component` is what could be read of it."""

    def __init__(self, *, component: ElectricalComponent, **issues: Unpack[Issues]) -> None:
        """Create an error about a component."""
        super().__init__(**issues)
        self.component = component


class InvalidConnectionError(ValidationError):
    """A connection is invalid; `connection` is None if it connects a component to itself."""

    def __init__(self, *, connection: ComponentConnection | None, **issues: Unpack[Issues]) -> None:
        """Create an error about a connection."""
        super().__init__(**issues)
        self.connection = connection


class InvalidSensorError(ValidationError):
    """A sensor is invalid; `sensor` is what could be read of it."""

    def __init__(self, *, sensor: Sensor, **issues: Unpack[Issues]) -> None:
        """Create an error about a sensor."""
        super().__init__(**issues)
        self.sensor = sensor


class InvalidGridpoolError(ValidationError):
    """A gridpool is invalid; `gridpool` is what could be read of it."""

    def __init__(self, *, gridpool: "market.Gridpool", **issues: Unpack[Issues]) -> None:
        """Create an error about a gridpool."""
        super().__init__(**issues)
        self.gridpool = gridpool


class InvalidGridpoolEnergyScheduleError(ValidationError):
    """An energy schedule is invalid; `schedule` is what could be read of it."""

    def __init__(
        self, *, schedule: "market.GridpoolEnergySchedule", **issues: Unpack[Issues]
    ) -> None:
        """Create an error about an energy schedule."""
        super().__init__(**issues)
        self.schedule = schedule


class InvalidMarketTopologyRelationError(ValidationError):
    """A market topology relation is invalid; `relation` is what could be read of it."""

    def __init__(
        self, *, relation: "market.MarketTopologyRelation", **issues: Unpack[Issues]
    ) -> None:
        """Create an error about a market topology relation."""
        super().__init__(**issues)
        self.relation = relation


class InvalidItemsGroup(ExceptionGroup[ValidationError], Generic[ItemT]):
    """Some items of a list are invalid; `items` has the valid ones.

    Groups that are split off, for instance by `except*`, have the same items.
    """

    items: tuple[ItemT, ...]
    """The items without major findings, in the order of the server."""

    def __new__(
        cls, message: str, errors: Sequence[ValidationError], *, items: Iterable[ItemT] = ()
    ) -> Self:
        """Create a group of errors, with the valid items of the list."""
        group = super().__new__(cls, message, errors)
        group.items = tuple(items)
        return group

    def __init__(
        self, message: str, errors: Sequence[ValidationError], *, items: Iterable[ItemT] = ()
    ) -> None:
        """Do nothing more: `__new__` created the group."""
        super().__init__(message, errors)

    def derive(self, errors: Sequence[Any], /) -> Any:
        """Return a group of other errors with the same items."""
        return type(self)(self.message, errors, items=self.items)

    def __reduce__(self) -> tuple[Any, ...]:
        """Reduce the error for pickle and copy."""
        create = partial(type(self), items=self.items)
        return create, (self.message, self.exceptions), self.__dict__


for _error in (*vars(exception).values(), ClientDisconnected):
    if isinstance(_error, type) and issubclass(_error, ApiClientError):
        copyreg.pickle(_error, _reduce)


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
