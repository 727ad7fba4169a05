"""Reporting findings: to the log, as exceptions, or to a function of the caller."""

import logging
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from inspect import iscoroutinefunction
from typing import Any, Final, TypeAlias, TypeVar

from .._html import TableTuple, paragraph, table_of
from ..exceptions import InvalidItemsGroup, InvalidReplyError, Issues, ValidationError
from ._faulty import FaultyItem
from ._rules import Fault, Finding, Rule, Severity

ItemT = TypeVar("ItemT")

_logger = logging.getLogger("frequenz.client.assets")

_MAX_EXAMPLES: Final = 3
_NUMBERED: Final = re.compile(r"\[\w+\]")


@dataclass(frozen=True, slots=True, weakref_slot=True)
class ItemFindings:
    """The findings of one item of a reply, or of the reply itself."""

    id: Any
    """The ID of the item.

    Both ends of a connection; None for a relation, which has no ID, and for the reply.
    """

    index: int | None
    """The index of the item in the reply; None for the reply."""

    item: Any
    """The item as far as it could be read; None if it cannot exist, and for the reply."""

    findings: tuple[Finding, ...]
    raw_message: Any = field(hash=False)
    """The protobuf message."""


@dataclass(frozen=True, slots=True, weakref_slot=True)
class CallFindings:
    """The findings of a call's reply."""

    call: str
    """The call, such as `ListMicrogridSensors(4)`."""

    items: tuple[ItemFindings, ...]
    """The items with findings, in the order of the reply; first the reply itself, if it has any."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, item by item."""
        return TableTuple(finding for item in self.items for finding in item.findings)

    def _repr_html_(self) -> str:
        return paragraph(self.call) + table_of(self.findings)

    def __str__(self) -> str:
        """Return a line for the call, and one for each finding."""
        lines = (f"  {finding.severity.value}: {finding}" for finding in self.findings)
        return "\n".join((f"{self.call}:", *lines))


OnFindings: TypeAlias = Callable[[CallFindings], None]
"""Gets the findings of a call."""


def check_on_findings(on_findings: OnFindings | None, *, raise_on_errors: bool) -> None:
    """Check the function that is to get the findings, before the call is made.

    Raises:
        TypeError: If it is not callable, or would have to be awaited.
        ValueError: If `raise_on_errors` is true, too.
    """
    if on_findings is None:
        return
    if raise_on_errors:
        raise ValueError("on_findings: cannot be combined with raise_on_errors")
    if not callable(on_findings):
        raise TypeError(f"on_findings: expected a callable, got {on_findings!r}")
    if iscoroutinefunction(on_findings) or iscoroutinefunction(type(on_findings).__call__):
        raise TypeError("on_findings: expected a plain function, got a coroutine function")


def report_item(
    call: str, faulty: FaultyItem[Any], *, raise_on_errors: bool, on_findings: OnFindings | None
) -> None:
    """Report the findings of a reply that holds one item.

    Raises:
        ValidationError: If there are major ones, and `raise_on_errors`.
    """
    if raise_on_errors and faulty.is_major:
        raise _error(faulty)
    _log_or_pass_on(call, [faulty], on_findings)


def report_list(
    call: str,
    items: Sequence[ItemT],
    faulty: Sequence[FaultyItem[ItemT]],
    *,
    raise_on_errors: bool,
    on_findings: OnFindings | None,
) -> None:
    """Report the findings of a reply that holds a list.

    Raises:
        InvalidItemsGroup: If there are major ones, and `raise_on_errors`; it holds the good items.
    """
    majors = [one for one in faulty if one.is_major] if raise_on_errors else []
    if not majors:
        _log_or_pass_on(call, faulty, on_findings)
        return
    bad = {id(one.item) for one in majors}
    good = [item for item in items if id(item) not in bad]
    if minors := [one for one in faulty if not one.is_major]:
        _log(call, minors)
    errors = [_error(one) for one in majors]
    raise InvalidItemsGroup(f"{call}: {len(errors)} validation error(s)", errors, items=good)


def _log_or_pass_on(
    call: str, faulty: Sequence[FaultyItem[Any]], on_findings: OnFindings | None
) -> None:
    if on_findings is None:
        _log(call, faulty)
        return
    items = (
        ItemFindings(one.id, one.list_index, one.item, one.findings, one.message) for one in faulty
    )
    on_findings(CallFindings(call, tuple(items)))


def _error(faulty: FaultyItem[Any]) -> ValidationError:
    def issues(severity: Severity) -> list[str]:
        return [str(fault) for fault in faulty.faults if fault.severity is severity]

    arguments = Issues(
        major_issues=issues(Severity.MAJOR),
        minor_issues=issues(Severity.MINOR),
        raw_message=faulty.message,
        findings=faulty.findings,
    )
    if faulty.list_index is None:
        return InvalidReplyError(**arguments)
    item: dict[str, Any] = {faulty.entity.noun: faulty.item}
    return faulty.entity.error()(**arguments, **item)


def _log(call: str, faulty: Sequence[FaultyItem[Any]]) -> None:
    """Log a summary, as a warning if something is major, and each finding for debugging."""
    severities = Counter(fault.severity for one in faulty for fault in one.faults)
    level = logging.WARNING if severities[Severity.MAJOR] else logging.DEBUG
    if not _logger.isEnabledFor(level):
        return
    alike: dict[tuple[Rule, str], list[tuple[FaultyItem[Any], Fault]]] = {}
    for one in faulty:
        for fault in one.faults:
            key = fault.rule, _NUMBERED.sub("[*]", fault.path)
            alike.setdefault(key, []).append((one, fault))
    examples = sorted(alike.values(), key=_weight, reverse=True)[:_MAX_EXAMPLES]
    _logger.log(
        level,
        "%s: findings in %d item(s), %d major and %d minor; most often: %s",
        call,
        len(faulty),
        severities[Severity.MAJOR],
        severities[Severity.MINOR],
        "; ".join(map(_example, examples)),
    )
    if _logger.isEnabledFor(logging.DEBUG):
        for one in faulty:
            for finding in one.findings:
                _logger.debug("%s: %s: %s", call, finding.severity.value, finding)


def _weight(alike: Sequence[tuple[FaultyItem[Any], Fault]]) -> tuple[bool, int]:
    """Return what makes similar findings worth showing: they are major, and frequent."""
    return alike[0][1].severity is Severity.MAJOR, len(alike)


def _example(alike: Sequence[tuple[FaultyItem[Any], Fault]]) -> str:
    """Return the first of similar findings, and how many more there are."""
    faulty, fault = alike[0]
    finding = fault.of(faulty.name)
    return f"{finding} (and {len(alike) - 1} more like it)" if len(alike) > 1 else str(finding)
