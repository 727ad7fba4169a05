"""What becomes of findings: a line in the log, or exceptions."""

import logging
from collections import Counter
from typing import Any, Final, NamedTuple, TypeVar

from ._wire.findings import Decoded, Faulty, Severity, sentences
from ._wire.names import entity_name
from .exceptions import (
    InvalidConnectionError,
    InvalidElectricalComponentError,
    InvalidGridpoolEnergyScheduleError,
    InvalidGridpoolError,
    InvalidMarketTopologyRelationError,
    InvalidMicrogridError,
    InvalidSensorError,
    ValidationError,
)

ItemT = TypeVar("ItemT")

_logger = logging.getLogger("frequenz.client.assets")

_MOST_FREQUENT: Final = 3


class ItemKind(NamedTuple):
    """A kind of item that calls return, and the exception for a faulty one."""

    noun: str
    error: type[ValidationError]
    field: str
    """Where the exception keeps the item."""


MICROGRID: Final = ItemKind("microgrid", InvalidMicrogridError, "microgrid")
COMPONENT: Final = ItemKind("electrical component", InvalidElectricalComponentError, "component")
CONNECTION: Final = ItemKind("connection", InvalidConnectionError, "connection")
SENSOR: Final = ItemKind("sensor", InvalidSensorError, "sensor")
GRIDPOOL: Final = ItemKind("gridpool", InvalidGridpoolError, "gridpool")
SCHEDULE: Final = ItemKind("energy schedule", InvalidGridpoolEnergyScheduleError, "schedule")
RELATION: Final = ItemKind(
    "market topology relation", InvalidMarketTopologyRelationError, "relation"
)


def errors_in(decoded: Decoded[Any, Any], kind: ItemKind) -> list[ValidationError]:
    """Return an exception for each item that has a major finding."""
    return [_error(faulty, kind) for faulty in decoded.faulty if faulty.is_major]


def _error(faulty: Faulty[Any, Any], kind: ItemKind) -> ValidationError:
    item: dict[str, Any] = {kind.field: faulty.item}
    return kind.error(
        major_issues=sentences(faulty.findings, Severity.MAJOR),
        minor_issues=sentences(faulty.findings, Severity.MINOR),
        raw_message=faulty.message,
        **item,
    )


def settle(
    decoded: Decoded[ItemT, Any], kind: ItemKind, *, call: str, raise_on_errors: bool
) -> list[ItemT]:
    """Return the items of a list reply, after saying what is wrong with them.

    Raises:
        ExceptionGroup: If items have major findings, and `raise_on_errors`.
    """
    if decoded.faulty:
        if raise_on_errors and (errors := errors_in(decoded, kind)):
            raise ExceptionGroup(f"{len(errors)} {kind.noun}(s) failed validation", errors)
        log_findings(decoded, call=call)
    return decoded.items


def log_findings(decoded: Decoded[Any, Any], *, call: str) -> None:
    """Log what is wrong with a reply: one summary as a warning, each finding for debugging."""
    findings = [finding for faulty in decoded.faulty for finding in faulty.findings]
    if not findings:
        return
    severities = Counter(finding.severity for finding in findings)
    frequent = Counter(map(str, findings)).most_common(_MOST_FREQUENT)
    _logger.warning(
        "%s: findings in %d item(s), %d major and %d minor; most often: %s",
        call,
        len(decoded.faulty),
        severities[Severity.MAJOR],
        severities[Severity.MINOR],
        "; ".join(f"{text} ({count}x)" for text, count in frequent),
    )
    if _logger.isEnabledFor(logging.DEBUG):
        for faulty in decoded.faulty:
            for finding in faulty.findings:
                severity, name = finding.severity.value, entity_name(faulty.message)
                _logger.debug("%s: %s finding in %s: %s", call, severity, name, finding)
