"""A fleet as it was at one time."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from .._html import TableList, TableTuple
from .._lazy import lazy_module
from .._wire.entities import GRIDPOOL, RELATION, SCHEDULE, Entity
from .._wire.lists.decode import decode_reply
from .._wire.lists.steps import without_pauses
from .._wire.reply import Reply
from ..findings import Rule
from ..inventory import Checked, Inventory
from ..inventory._check import check_parts
from ._parts import FailedPart, ListName, Part
from ._replies import MarketReplies, SiteReplies, to_inventory
from ._site import Site, reply_findings

if TYPE_CHECKING:
    from .._model import market
    from . import _notebook
else:
    _notebook = lazy_module("._notebook", __package__)
    market = lazy_module(".._model.market", __package__)

ItemT = TypeVar("ItemT")


class FleetSnapshot:
    """The sites of a fleet and its market, as far as they were fetched.

    It keeps the server's replies; objects and messages are made when they are first read.
    """

    def __init__(
        self,
        sites: Sequence[SiteReplies],
        market_replies: MarketReplies,
        *,
        failures: tuple[FailedPart, ...] = (),
        not_asked: tuple[Part, ...] = (),
        not_offered: tuple[ListName, ...] = (),
        is_whole_fleet: bool = True,
        started_at: datetime,
        ended_at: datetime,
    ) -> None:
        """Make the snapshot of some replies; use `fetch_fleet` or `FleetSnapshot.of` instead."""
        self._market = market_replies
        self._is_whole_fleet = is_whole_fleet
        self.sites: tuple[Site, ...] = TableTuple(map(Site, sites))
        """The sites, in the server's order or that of the given IDs."""

        self.failures = failures
        """The parts that failed."""

        self.not_asked = not_asked
        """Parts not requested: the server had stopped answering, or the time was over."""

        self.not_offered = not_offered
        """Lists for which the server offers no call."""

        self.started_at = started_at
        """When the first call was made, in UTC."""

        self.ended_at = ended_at
        """When the last reply had arrived, in UTC."""

    @classmethod
    def of(cls, inventory: Inventory) -> "FleetSnapshot":
        """Return the snapshot of an inventory, such as that of a file, as of now."""
        if not isinstance(inventory, Inventory):
            raise TypeError(f"inventory: expected an Inventory, got {inventory!r}")
        now = datetime.now(UTC)
        snapshot = cls(
            [SiteReplies.of(site) for site in inventory.sites],
            MarketReplies.of(inventory),
            started_at=now,
            ended_at=now,
        )
        snapshot.__dict__["inventory"] = inventory  # which remembers where in files entities are
        return snapshot

    def __repr__(self) -> str:
        missing = len(self.failures) + len(self.not_asked)
        lacks = f", {missing} parts missing" if missing else ""
        return f"<FleetSnapshot of {len(self.sites)} sites at {self.ended_at}{lacks}>"

    def _repr_html_(self) -> str:
        market = {
            "gridpools": self.gridpools,
            "energy schedules": self.energy_schedules,
            "relations": self.market_topology,
        }
        counts = [f"{len(items)} {name}" for name, items in market.items() if items is not None]
        fetched = f"fetched from {self.started_at} to {self.ended_at}"
        missing = [*self.failures, *(f"{part}: not requested" for part in self.not_asked)]
        lines = [", ".join([fetched, f"{len(self.sites)} sites", *counts]), *map(str, missing)]
        return _notebook.fleet_html(lines, self.sites)

    @property
    def is_complete(self) -> bool:
        """Whether nothing failed, and everything was requested."""
        return not (self.failures or self.not_asked)

    @property
    def knows_all_microgrids(self) -> bool:
        """Whether the fleet has no microgrids but those of the sites."""
        missing = (*(failed.part for failed in self.failures), *self.not_asked)
        return self._is_whole_fleet and all(part.kind != "microgrid" for part in missing)

    @property
    def is_empty(self) -> bool:
        """Whether it has no sites, and nothing of the market."""
        return self.inventory == Inventory()

    @cached_property
    def inventory(self) -> Inventory:
        """The protobuf messages; what was not fetched is empty."""
        return to_inventory([site._replies for site in self.sites], self._market)

    @cached_property
    def gridpools(self) -> "list[market.Gridpool] | None":
        """The gridpools; this and the other lists of the market are None if not fetched."""
        return _items(GRIDPOOL, self._market.gridpools)

    @cached_property
    def energy_schedules(self) -> "list[market.GridpoolEnergySchedule] | None":
        """The energy schedules of all gridpools."""
        replies = self._market.energy_schedules
        if replies is None:
            return None
        return [item for reply in replies for item in _items(SCHEDULE, reply) or ()]

    @cached_property
    def market_topology(self) -> "list[market.MarketTopologyRelation] | None":
        """The relations between gridpools, microgrids and market locations."""
        return _items(RELATION, self._market.market_topology)

    @cached_property
    def findings(self) -> list[Checked]:
        """What `inventory.check` finds, then what is wrong with replies themselves.

        References to what was not fetched are not findings, nor is what a graph lacks without its
        components or connections.
        """
        of_replies = (
            Checked(int(site.id), finding)
            for site in self.sites
            for finding in reply_findings(site)
        )
        without_graph = {
            index
            for index, site in enumerate(self.sites)
            if site._replies.components is None or site._replies.connections is None
        }
        of_inventory = check_parts(self.inventory, without_graph=without_graph)
        unknown = set()  # the rules about what is not known to be missing
        if not self.knows_all_microgrids:
            unknown.add(Rule.NO_SUCH_MICROGRID)
        if self._market.gridpools is None:
            unknown.add(Rule.NO_SUCH_GRIDPOOL)
        known = (found for found in of_inventory if found.finding.rule not in unknown)
        return TableList([*known, *of_replies])


def _items(entity: Entity[ItemT], reply: Reply | None) -> list[ItemT] | None:
    return None if reply is None else without_pauses(decode_reply(entity, reply)).items
