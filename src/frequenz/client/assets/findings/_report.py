"""What findings become: a line in the log, exceptions, or what a function of the caller's gets."""

import logging
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeAlias

from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from frequenz.client.common.microgrid.sensors import SensorId

from .._wire.entities import (
    COMPONENT,
    CONNECTION,
    GRIDPOOL,
    MICROGRID,
    RELATION,
    SCHEDULE,
    SENSOR,
    Entity,
)
from .._wire.lists.items import Decoded, Faulty
from ..exceptions import (
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
from ._rules import Fault, Finding, Rule, Severity

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


def report(
    operation: str,
    owner: int | None,
    entity: Entity[Any],
    decoded: Decoded[Any],
    *,
    is_list: bool,
    raise_on_errors: bool,
    on_findings: OnFindings | None,
) -> None:
    """Say what is wrong with the reply of a call, which may be for the entities of one owner.

    Raises:
        ValidationError: If major findings are to be raised, and there are some in a reply that
            holds one item.
        InvalidItemsGroup: The same, with a list; the error holds the good items.
    """
    call = operation if owner is None else f"{operation}({owner})"
    if raise_on_errors:
        _raise_major(call, entity, decoded, is_list=is_list)
    if on_findings is None:
        _log(call, decoded)
    else:
        on_findings(_findings_of(call, entity, decoded))


def _raise_major(call: str, entity: Entity[Any], decoded: Decoded[Any], *, is_list: bool) -> None:
    """Raise the major findings of a reply, if it has any."""
    majors = [faulty for faulty in decoded.faulty if faulty.is_major]
    if not majors:
        return
    errors = [_error(entity, faulty) for faulty in majors]
    if not is_list:
        raise errors[0]
    bad = {id(faulty.item) for faulty in majors}
    good = [item for item in decoded.items if id(item) not in bad]
    minors = [faulty for faulty in decoded.faulty if not faulty.is_major]
    if minors:  # they are about other items than those that are raised
        _log(call, Decoded(decoded.items, minors))
    raise InvalidItemsGroup(f"{call}: {len(errors)} validation error(s)", errors, items=good)


def _error(entity: Entity[Any], faulty: Faulty[Any]) -> ValidationError:
    issues = Issues(
        major_issues=faulty.issues(Severity.MAJOR),
        minor_issues=faulty.issues(Severity.MINOR),
        raw_message=faulty.message,
        findings=faulty.findings,
    )
    if faulty.place is None:
        return InvalidReplyError(**issues)
    kind = _ITEMS[entity.noun]
    item: dict[str, Any] = {kind.field: faulty.item}
    return kind.error(**issues, **item)


def _findings_of(call: str, entity: Entity[Any], decoded: Decoded[Any]) -> CallFindings:
    """Return what is wrong with a reply."""
    id_of = _ITEMS[entity.noun].id
    items = (
        ItemFindings(
            None if faulty.place is None else id_of(faulty.message),
            faulty.place,
            faulty.item,
            faulty.findings,
            faulty.message,
        )
        for faulty in decoded.faulty
    )
    return CallFindings(call, tuple(items))


def _log(call: str, decoded: Decoded[Any]) -> None:
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
