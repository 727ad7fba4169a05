"""What a diagram shows about a component or a connection besides what it is."""

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

from ..._model.time import Lifetime, is_before
from ...electrical_component import (
    ComponentConnection,
    ElectricalComponent,
    ElectricalComponentOperationalMode,
)
from ...findings import Finding, Severity

INACTIVE: Final = "inactive"
CUT_OFF: Final = "cut off from the grid"


@enum.unique
class Change(enum.Enum):
    """How a component or connection differs from an earlier state."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """What is shown about a component or a connection."""

    reasons: tuple[str, ...] = ()
    """Why it is not in operation, such as `inactive`; none if it is."""

    is_cut_off: bool = False
    """Whether nothing that is in operation joins it with a grid connection point."""

    note: str = ""
    """What the caller says about it, such as a live value."""

    change: Change | None = None
    changes: tuple[str, ...] = ()
    """What changed, a line for each field."""

    findings: tuple[str, ...] = ()
    """The sentences of its findings."""

    is_major: bool = False
    """Whether any of the findings is major."""

    is_highlighted: bool = False

    @property
    def sentences(self) -> tuple[str, ...]:
        """All that is to be said about it."""
        change = (self.change.value,) if self.change else ()
        cut_off = (CUT_OFF,) if self.is_cut_off else ()
        note = self.note.splitlines()
        return (*note, *self.reasons, *cut_off, *change, *self.changes, *self.findings)


UNREMARKABLE: Final = Status()
"""The status of what needs no remark."""


def reasons_of(
    item: ElectricalComponent | ComponentConnection, at: datetime | None
) -> tuple[str, ...]:
    """Return why a component or connection is not in operation at a moment."""
    return (*_mode_reasons(item), *_lifetime_reasons(item.operational_lifetime, at))


def _mode_reasons(item: ElectricalComponent | ComponentConnection) -> Iterator[str]:
    if (
        isinstance(item, ElectricalComponent)
        and item.operational_mode is ElectricalComponentOperationalMode.INACTIVE
    ):
        yield INACTIVE


def _lifetime_reasons(lifetime: Lifetime, at: datetime | None) -> Iterator[str]:
    if at is None or lifetime.is_operational_at(at):
        return
    if lifetime.start is not None and is_before(at, lifetime.start):
        yield f"from {lifetime.start:%Y-%m-%d}"
    else:
        yield f"ended {lifetime.end:%Y-%m-%d}"


def changed_fields(before: object, after: ElectricalComponent | ComponentConnection) -> list[str]:
    """Return the fields that differ, with both values; the whole class if that differs."""
    if type(before) is not type(after):
        return [f"{type(before).__name__} → {type(after).__name__}"]
    return [
        f"{field.name}: {_value(old)} → {_value(new)}"
        for field in fields(after)
        if (old := getattr(before, field.name)) != (new := getattr(after, field.name))
    ]


def _value(value: object) -> str:
    return "nothing" if value is None else str(value)


def findings_by_entity(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Return findings by the entity that they are about, such as `component 17`."""
    grouped: dict[str, list[Finding]] = {}
    for finding in findings:
        grouped.setdefault(finding.entity, []).append(finding)
    return grouped


def is_major(findings: Iterable[Finding]) -> bool:
    """Return whether any of some findings is major."""
    return any(finding.severity is Severity.MAJOR for finding in findings)
