"""What has components and connections, and which of them are operational at a moment."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol, TypeAlias, runtime_checkable

from .._model.microgrid import Microgrid
from ..electrical_component import ComponentConnection, ElectricalComponent
from ._arguments import check_moment

Components: TypeAlias = tuple[ElectricalComponent, ...]
Connections: TypeAlias = tuple[ComponentConnection, ...]


@runtime_checkable
class HasParts(Protocol):
    """Has components and connections, as a topology does."""

    @property
    def components(self) -> Sequence[ElectricalComponent]:
        """The components."""

    @property
    def connections(self) -> Sequence[ComponentConnection]:
        """The connections between them."""

    @property
    def at(self) -> datetime | None:
        """The moment at which they are operational; None if they are all there ever are."""


class HasSite(HasParts, Protocol):
    """Has a microgrid, too, as sites do."""

    @property
    def microgrid(self) -> Microgrid:
        """The microgrid."""


def operational(
    components: Iterable[ElectricalComponent],
    connections: Iterable[ComponentConnection],
    at: datetime,
    name: str = "at",
) -> tuple[Components, Connections]:
    """Return the components and connections that are operational at a moment.

    A connection is only while both of its ends are, as far as they are components of the site.

    Args:
        components: The components of a site.
        connections: Its connections.
        at: The moment.
        name: What the caller calls the moment.

    Raises:
        TypeError: If the moment is not a datetime.
        ValueError: If it has no time zone.
    """
    check_moment(at, name)
    everything = tuple(components)
    counting = tuple(it for it in everything if it.is_operational_at(at))
    absent = {int(it.id) for it in everything} - {int(it.id) for it in counting}
    joining = tuple(
        it
        for it in connections
        if it.is_operational_at(at)
        and int(it.source) not in absent
        and int(it.destination) not in absent
    )
    return counting, joining
