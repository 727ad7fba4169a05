"""What becomes of findings: a line in the log, exceptions, or a call of the caller's."""

import logging
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import iscoroutinefunction
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from frequenz.client.common.microgrid.sensors import SensorId

from ._wire.catalogue import Fault, Finding, Rule, Severity
from ._wire.entities import (
    COMPONENT,
    CONNECTION,
    GRIDPOOL,
    MICROGRID,
    RELATION,
    SCHEDULE,
    SENSOR,
    Entity,
)
from ._wire.findings import Decoded, Faulty
from .exceptions import (
    InvalidConnectionError,
    InvalidElectricalComponentError,
    InvalidGridpoolEnergyScheduleError,
    InvalidGridpoolError,
    InvalidItemsGroup,
    InvalidMarketTopologyRelationError,
    InvalidMicrogridError,
    InvalidReplyError,
    InvalidSensorError,
    Issues,
    ValidationError,
)

ItemT = TypeVar("ItemT")

_logger = logging.getLogger("frequenz.client.assets")

_MOST_FREQUENT: Final = 3
_NUMBERED: Final = re.compile(r"\[\w+\]")


class _Item(NamedTuple):
    """How findings refer to the items of a kind."""

    error: type[ValidationError]
    field: str
    """Where the exception keeps the item."""

    id: Callable[[Any], Any]
    """Returns the id from a message."""


_ITEMS: Final[Mapping[str, _Item]] = {
    MICROGRID.noun: _Item(
        InvalidMicrogridError, "microgrid", lambda message: MicrogridId(message.id)
    ),
    COMPONENT.noun: _Item(
        InvalidElectricalComponentError,
        "component",
        lambda message: ElectricalComponentId(message.id),
    ),
    CONNECTION.noun: _Item(
        InvalidConnectionError,
        "connection",
        lambda message: (
            ElectricalComponentId(message.source_electrical_component_id),
            ElectricalComponentId(message.destination_electrical_component_id),
        ),
    ),
    SENSOR.noun: _Item(InvalidSensorError, "sensor", lambda message: SensorId(message.id)),
    GRIDPOOL.noun: _Item(InvalidGridpoolError, "gridpool", lambda message: message.id),
    SCHEDULE.noun: _Item(
        InvalidGridpoolEnergyScheduleError, "schedule", lambda message: message.schedule_id
    ),
    RELATION.noun: _Item(InvalidMarketTopologyRelationError, "relation", lambda _: None),
}


@dataclass(frozen=True, slots=True, weakref_slot=True)
class ItemFindings:
    """What is wrong with one item of a reply, or with the reply itself."""

    id: Any
    """The item's id.

    The two ends of a connection; None for a relation, which has no number, and for the reply.
    """

    index: int | None
    """Its place in the reply, counted from 0; None for the reply."""

    item: Any
    """The item as far as it could be read; None where none can exist, and for the reply."""

    findings: tuple[Finding, ...]
    raw_message: Any = field(hash=False)
    """The protobuf message."""


@dataclass(frozen=True, slots=True, weakref_slot=True)
class CallFindings:
    """What is wrong with the reply of a call."""

    call: str
    """The call, such as `ListMicrogridSensors(4)`."""

    items: tuple[ItemFindings, ...]
    """The items with findings, in the order of the reply; first the reply itself, if it has any."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, item by item."""
        return tuple(finding for item in self.items for finding in item.findings)

    def __str__(self) -> str:
        lines = (f"  {finding.severity.value}: {finding}" for finding in self.findings)
        return "\n".join((f"{self.call}:", *lines))


OnFindings: TypeAlias = Callable[[CallFindings], None]
"""Gets what is wrong with the reply of a call."""


def _check_function(on_findings: OnFindings, *, raise_on_errors: bool) -> None:
    """Raise TypeError or ValueError if a function cannot be what the findings are handed to."""
    if raise_on_errors:
        raise ValueError("on_findings: raise_on_errors is given, too; findings go one way")
    if not callable(on_findings):
        raise TypeError(f"on_findings: expected a callable, got {on_findings!r}")
    if iscoroutinefunction(on_findings) or iscoroutinefunction(type(on_findings).__call__):
        raise TypeError("on_findings: expected a plain function, got a coroutine function")


class Report:
    """What is to become of the findings of one call."""

    __slots__ = ("_entity", "_on_findings", "_operation", "_owner", "_raises")

    def __init__(
        self,
        operation: str,
        entity: Entity[Any],
        owner: int | None,
        *,
        raise_on_errors: bool,
        on_findings: OnFindings | None,
    ) -> None:
        """Make the report of a call, which may be for the entities of one owner.

        Raises:
            TypeError: If `on_findings` cannot be called.
            ValueError: If findings are to be both raised and handed over.
        """
        if on_findings is not None:
            _check_function(on_findings, raise_on_errors=raise_on_errors)
        self._operation = operation
        self._owner = owner
        self._entity = entity
        self._raises = raise_on_errors
        self._on_findings = on_findings

    @property
    def _call(self) -> str:
        return self._operation if self._owner is None else f"{self._operation}({self._owner})"

    def one(self, decoded: Decoded[ItemT]) -> ItemT:
        """Return the item of a reply that holds one, after saying what is wrong with it.

        Raises:
            ValidationError: If it has major findings, and they are to be raised.
        """
        if self._raises and (errors := self._errors(decoded)):
            raise errors[0]
        self._tell(decoded)
        return decoded.items[0]

    def all(self, decoded: Decoded[ItemT]) -> list[ItemT]:
        """Return the items of a list, after saying what is wrong with them.

        Raises:
            InvalidItemsGroup: If there are major findings, and they are to be raised.
        """
        if self._raises and (errors := self._errors(decoded)):
            bad = {id(faulty.item) for faulty in decoded.faulty if faulty.is_major}
            good = [item for item in decoded.items if id(item) not in bad]
            self._tell_minor(decoded)
            raise InvalidItemsGroup(
                f"{self._call}: {len(errors)} validation error(s)", errors, items=good
            )
        self._tell(decoded)
        return decoded.items

    def _errors(self, decoded: Decoded[Any]) -> list[ValidationError]:
        return [self._error(faulty) for faulty in decoded.faulty if faulty.is_major]

    def _error(self, faulty: Faulty[Any]) -> ValidationError:
        issues = Issues(
            major_issues=faulty.issues(Severity.MAJOR),
            minor_issues=faulty.issues(Severity.MINOR),
            raw_message=faulty.message,
            findings=faulty.findings,
        )
        if faulty.index is None:
            return InvalidReplyError(**issues)
        kind = _ITEMS[self._entity.noun]
        item: dict[str, Any] = {kind.field: faulty.item}
        return kind.error(**issues, **item)

    def _tell_minor(self, decoded: Decoded[Any]) -> None:
        """Log what is not raised, as it is about other items than those that are."""
        rest = [faulty for faulty in decoded.faulty if not faulty.is_major]
        if rest:
            _log(Decoded(decoded.items, rest), self._call)

    def _tell(self, decoded: Decoded[Any]) -> None:
        if not decoded.faulty:
            return
        if self._on_findings is None:
            _log(decoded, self._call)
            return
        id_of = _ITEMS[self._entity.noun].id
        items = (
            ItemFindings(
                None if faulty.index is None else id_of(faulty.message),
                faulty.index,
                faulty.item,
                faulty.findings,
                faulty.message,
            )
            for faulty in decoded.faulty
        )
        self._on_findings(CallFindings(self._call, tuple(items)))


def _log(decoded: Decoded[Any], call: str) -> None:
    """Log what is wrong with a reply: one summary as a warning, each finding for debugging."""
    alike: dict[tuple[Rule, str], list[tuple[Faulty[Any], Fault]]] = {}
    for faulty in decoded.faulty:
        for fault in faulty.faults:
            alike.setdefault((fault.rule, _NUMBERED.sub("[*]", fault.path)), []).append(
                (faulty, fault)
            )
    severities = Counter[Severity]()
    for (rule, _), same in alike.items():
        severities[rule.severity] += len(same)
    frequent = sorted(alike.values(), key=len, reverse=True)[:_MOST_FREQUENT]
    _logger.warning(
        "%s: findings in %d item(s), %d major and %d minor; most often: %s",
        call,
        len(decoded.faulty),
        severities[Severity.MAJOR],
        severities[Severity.MINOR],
        "; ".join(map(_example, frequent)),
    )
    if _logger.isEnabledFor(logging.DEBUG):
        for faulty in decoded.faulty:
            for finding in faulty.findings:
                _logger.debug("%s: %s: %s", call, finding.severity.value, finding)


def _example(same: list[tuple[Faulty[Any], Fault]]) -> str:
    """Return the first of findings that are alike, and how many there are more."""
    faulty, fault = same[0]
    finding = fault.of(faulty.name)
    return f"{finding} (and {len(same) - 1} more like it)" if len(same) > 1 else str(finding)
