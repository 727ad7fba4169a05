"""When a site changes, by the lifetimes of its components and connections."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from ..electrical_component import ComponentConnection, ElectricalComponent
from ._arguments import items_of

Part: TypeAlias = ElectricalComponent | ComponentConnection


@dataclass(frozen=True, slots=True)
class Change:
    """A moment at which a site changes, and what changes.

    Lifetimes include both ends: what ends at a moment is operational at this moment, and no longer
    after it.
    """

    moment: datetime
    """In UTC."""

    started: tuple[Part, ...]
    """The components and connections that are operational from this moment on."""

    ended: tuple[Part, ...]
    """Those that are not operational after this moment."""


def changes(
    components: Iterable[ElectricalComponent], connections: Iterable[ComponentConnection]
) -> tuple[Change, ...]:
    """Return the moments at which lifetimes start or end, in their order.

    Raises:
        TypeError: If the components or connections are something else.
    """
    started: dict[datetime, list[Part]] = {}
    ended: dict[datetime, list[Part]] = {}
    parts: tuple[Part, ...] = (
        *items_of(ElectricalComponent, components, "components"),
        *items_of(ComponentConnection, connections, "connections"),
    )
    for part in parts:
        lifetime = part.operational_lifetime
        if lifetime.start is not None:
            started.setdefault(lifetime.start.astimezone(UTC), []).append(part)
        if lifetime.end is not None:
            ended.setdefault(lifetime.end.astimezone(UTC), []).append(part)
    return tuple(
        Change(moment, tuple(started.get(moment, ())), tuple(ended.get(moment, ())))
        for moment in sorted({*started, *ended})
    )
