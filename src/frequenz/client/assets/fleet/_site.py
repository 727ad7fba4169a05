"""A microgrid with everything that belongs to it, as objects and as messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from frequenz.client.common.microgrid import MicrogridId

from .. import inventory
from .._html import TableTuple
from .._model.microgrid import Microgrid
from .._model.sensor import Sensor
from .._readable_defaults import ReadableDefaults
from .._wire.entities import COMPONENT, CONNECTION, MICROGRID, SENSOR, Entity
from .._wire.lists.decode import decode_list, decode_reply
from .._wire.lists.parts import Decoded
from .._wire.lists.steps import without_pauses
from .._wire.reply import Reply
from ..electrical_component import ComponentConnection, ElectricalComponent
from ..findings import Finding
from ..findings._faulty import FaultyItem
from ..findings._rules import Rule
from ..topology._parts import operational
from ._replies import SiteReplies
from ._site_graph import SiteGraph

ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True)
class SiteView(SiteGraph, metaclass=ReadableDefaults):
    """A microgrid with some of its components, connections and sensors."""

    microgrid: Microgrid
    components: Sequence[ElectricalComponent]
    connections: Sequence[ComponentConnection]
    sensors: Sequence[Sensor] | None
    """None if they were not fetched, or the server does not offer them."""

    at: datetime | None = None
    """The moment at which they are operational; None if that does not matter."""


class Site(SiteGraph):
    """A microgrid with its components, connections and sensors.

    It keeps the server's replies; objects and messages are made when they are first read. Reading
    the list of 10 000 components takes some 20 ms, during which the event loop waits.
    """

    at: None = None
    """None: a site has everything, whatever its lifetime; see `as_of`."""

    def __init__(self, replies: SiteReplies) -> None:
        """Make the site of some replies; use `Site.of`, `fetch_site` or `iter_sites` instead."""
        self._replies = replies

    @classmethod
    def of(cls, site: inventory.Site) -> "Site":
        """Return the site of an inventory."""
        if not isinstance(site, inventory.Site):
            raise TypeError(f"site: expected a site of an inventory, got {site!r}")
        return cls(SiteReplies.of(site))

    def __repr__(self) -> str:
        return f"<Site {self._replies.microgrid_id}>"

    @property
    def id(self) -> MicrogridId:
        """The ID that was requested."""
        return MicrogridId(self._replies.microgrid_id)

    @cached_property
    def messages(self) -> inventory.Site:
        """The protobuf messages; lists that were not fetched are empty."""
        return self._replies.messages()

    @property
    def microgrid(self) -> Microgrid:
        """The microgrid."""
        return self._microgrid.items[0]

    @property
    def components(self) -> list[ElectricalComponent]:
        """The electrical components, in the server's order.

        Raises:
            LookupError: If they were not fetched.
        """
        return self._fetched(self._components, "components").items

    @property
    def connections(self) -> list[ComponentConnection]:
        """The connections between components, in the server's order.

        Raises:
            LookupError: If they were not fetched.
        """
        return self._fetched(self._connections, "connections").items

    @property
    def sensors(self) -> list[Sensor] | None:
        """The sensors; None if they were not fetched, or the server does not offer them."""
        return None if self._sensors is None else self._sensors.items

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What the calls of the client find in these replies; see `findings` for their meaning.

        `inventory.check` also finds what is wrong across lists, such as unreachable components.
        """
        decoded = (self._microgrid, self._components, self._connections, self._sensors)
        return TableTuple(
            finding
            for one in decoded
            if one is not None
            for faulty in one.faulty
            for finding in faulty.findings
        )

    def as_of(self, moment: datetime) -> SiteView:
        """Return the site with what is operational at a moment, in the past or the future.

        A connection is only while both of its ends are. Sensors of unknown lifetime always are.

        Raises:
            LookupError: If components or connections were not fetched.
            TypeError: If the moment is not a datetime.
            ValueError: If it has no time zone.
        """
        components, connections = operational(self.components, self.connections, moment, "moment")
        sensors = self.sensors
        if sensors is not None:
            lives = ((it, it.operational_lifetime) for it in sensors)
            sensors = [it for it, life in lives if life is None or life.is_operational_at(moment)]
        return SiteView(self.microgrid, components, connections, sensors, moment)

    @cached_property
    def _microgrid(self) -> Decoded[Microgrid]:
        message, asked = self._replies.microgrid.message, self._replies.microgrid_id
        decoded = decode_list(MICROGRID, [message])
        if message.id not in {0, asked}:
            fault = Rule.REPLY_FOR_ANOTHER.at(
                "id", noun="microgrid", number=message.id, asked=asked
            )
            decoded.faulty.append(FaultyItem(MICROGRID, 0, decoded.items[0], message, (fault,)))
        return decoded

    @cached_property
    def _components(self) -> Decoded[ElectricalComponent] | None:
        return self._decode(COMPONENT, self._replies.components)

    @cached_property
    def _connections(self) -> Decoded[ComponentConnection] | None:
        return self._decode(CONNECTION, self._replies.connections)

    @cached_property
    def _sensors(self) -> Decoded[Sensor] | None:
        return self._decode(SENSOR, self._replies.sensors)

    def _decode(self, entity: Entity[ItemT], reply: Reply | None) -> Decoded[ItemT] | None:
        if reply is None:
            return None
        return without_pauses(decode_reply(entity, reply, self._replies.microgrid_id))

    def _fetched(self, decoded: Decoded[ItemT] | None, name: str) -> Decoded[ItemT]:
        if decoded is None:
            raise LookupError(
                f"microgrid {self._replies.microgrid_id}: its {name} were not fetched;"
                f" add {name!r} to include"
            )
        return decoded


def reply_findings(site: Site) -> list[Finding]:
    """Return what is wrong with the replies themselves, which their messages do not show."""
    rules = {Rule.REPLY_FOR_ANOTHER, Rule.REPLY_WITHOUT_ID}
    return [finding for finding in site.findings if finding.rule in rules]
