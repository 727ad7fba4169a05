"""Where a watch is: the fleet as far as its events were received, as one value to store."""

import base64
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2 as pb
from google.protobuf.message import DecodeError, Message

from .._wire.reply import Reply
from ._parts import ListName
from ._replies import MarketReplies, SiteReplies

_VERSION: Final = 1

SITE_KINDS: Final[Mapping[str, type[Message]]] = {
    "microgrid": microgrid_pb2.Microgrid,
    "components": pb.ListMicrogridElectricalComponentsResponse,
    "connections": pb.ListMicrogridElectricalComponentConnectionsResponse,
    "sensors": pb.ListMicrogridSensorsResponse,
}

NO_MARKET: Final = MarketReplies(None, None, None)


class Scope(NamedTuple):
    """What is watched."""

    microgrid_ids: tuple[int, ...] | None
    include: tuple[ListName, ...]


class State(NamedTuple):
    """What a server has, as far as it is known."""

    sites: Mapping[int, SiteReplies]
    market: MarketReplies = NO_MARKET


class SiteStep(NamedTuple):
    """A site that was added, changed or removed."""

    microgrid_id: int
    site: SiteReplies | None
    """The new site; None if it was removed."""


class MarketStep(NamedTuple):
    """A market that changed."""

    market: MarketReplies
    """The new market."""


Step: TypeAlias = SiteStep | MarketStep
"""A change of the state."""


class Cursor:
    """The fleet as it was after an event of a watch, to go on from later.

    It can be pickled, and stored as bytes. Both have the data of all sites, compressed.
    """

    def __init__(
        self, scope: Scope, state: State, steps: Sequence[Step] = (), steps_received: int = 0
    ) -> None:
        """Make the cursor after the first ones of some steps from a state.

        Many cursors share the state and the steps, which must not change any more.
        """
        self._scope = scope
        self._state = state
        self._steps = steps
        self._steps_received = steps_received

    def __reduce__(self) -> Any:
        return Cursor.from_bytes, (self.to_bytes(),)

    def __repr__(self) -> str:
        return f"<Cursor of {len(self.state().sites)} sites>"

    @property
    def scope(self) -> Scope:
        """What is watched."""
        return self._scope

    def state(self) -> State:
        """Return the state as of the cursor."""
        sites, market = dict(self._state.sites), self._state.market
        for step in self._steps[: self._steps_received]:
            if isinstance(step, MarketStep):
                market = step.market
            elif step.site is not None:
                sites[step.microgrid_id] = step.site
            else:
                sites.pop(step.microgrid_id, None)
        return State(sites, market)

    def to_bytes(self) -> bytes:
        """Return it as bytes, which later versions can read, too."""
        state = self.state()
        data = {
            "version": _VERSION,
            "microgrid_ids": self._scope.microgrid_ids,
            "include": self._scope.include,
            "sites": [
                [number, *(_text(getattr(site, name)) for name in SITE_KINDS)]
                for number, site in state.sites.items()
            ],
            "market": [
                _text(state.market.gridpools),
                None
                if state.market.energy_schedules is None
                else [_text(reply) for reply in state.market.energy_schedules],
                _text(state.market.market_topology),
            ],
        }
        return zlib.compress(json.dumps(data).encode())

    @classmethod
    def from_bytes(cls, data: bytes) -> "Cursor":
        """Return the cursor of bytes.

        Raises:
            ValueError: If they are not from `to_bytes`, or damaged.
        """
        try:
            read = json.loads(zlib.decompress(data))
            version = read["version"]
            if version != _VERSION:
                raise ValueError(f"version {version!r}, not {_VERSION}")
            ids = read["microgrid_ids"]
            scope = Scope(None if ids is None else tuple(ids), tuple(read["include"]))
            sites = {number: _site(number, texts) for number, *texts in read["sites"]}
            gridpools, schedules, relations = read["market"]
            market = MarketReplies(
                _reply(pb.ListGridpoolsResponse, gridpools),
                None if schedules is None else tuple(_schedules(schedules)),
                _reply(pb.ListMarketTopologyRelationsResponse, relations),
            )
        except (
            zlib.error,
            DecodeError,
            KeyError,
            TypeError,
            AttributeError,
            RecursionError,
            ValueError,
        ) as error:
            raise ValueError(f"cursor: expected bytes of a cursor: {error}") from error
        return cls(scope, State(sites, market))


def _site(number: int, texts: Sequence[str | None]) -> SiteReplies:
    kinds = zip(SITE_KINDS.values(), texts, strict=True)
    microgrid, *lists = (_reply(kind, text) for kind, text in kinds)
    if microgrid is None:
        raise ValueError(f"microgrid {number} is missing")
    return SiteReplies(number, microgrid, *lists)


def _schedules(texts: Sequence[str]) -> Iterator[Reply]:
    for text in texts:
        reply = _reply(pb.ListGridpoolEnergySchedulesResponse, text)
        if reply is not None:
            yield reply


def _text(reply: Reply | None) -> str | None:
    return None if reply is None else base64.b85encode(reply.data).decode()


def _reply(kind: type[Message], text: str | None) -> Reply | None:
    if text is None:
        return None
    reply = Reply(kind, base64.b85decode(text))
    kind.FromString(reply.data)  # damaged data shows here, not at the first look
    return reply
