"""A store as a caller sees it.

Until stores filter by scope themselves, this narrows requests to what the caller may see before
they reach the store, so that the store does the same work for what is hidden and what is absent.
"""

from collections.abc import Iterable, Mapping, MutableSequence, Sequence
from typing import TypeVar

from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from google.protobuf.message import Message

from .._stores import Store
from .scope import Scope, microgrids_by_enterprise, visible_microgrids, visible_relations

RequestT = TypeVar("RequestT", bound=Message)


class Owners:
    """Which microgrids each enterprise has, as long as the store has the same revision."""

    def __init__(self, store: Store) -> None:
        """Read from a store when it is needed."""
        self._store = store
        self._revision: object = None
        self._microgrids: Mapping[int, frozenset[int]] = {}

    async def microgrids_of(self, enterprise_id: int) -> frozenset[int]:
        """Return the IDs of the microgrids of an enterprise."""
        # Before reading: a change meanwhile makes another revision.
        revision = self._store.revision()
        if revision != self._revision:
            everything = platformassets_pb2.ListMicrogridsRequest()
            found = microgrids_by_enterprise(await self._store.microgrids(everything))
            self._microgrids, self._revision = found, revision
        return self._microgrids.get(enterprise_id, frozenset())


class ScopedStore:
    """The queries of a store, answered with what a scope allows."""

    def __init__(self, store: Store, owners: Owners, scope: Scope) -> None:
        """Narrow a store to a scope."""
        self._store = store
        self._owners = owners
        self._scope = scope

    async def microgrid(self, microgrid_id: int) -> bytes | None:
        """Return a microgrid, or None if the caller cannot see it."""
        if microgrid_id not in await self._microgrid_ids():
            return None
        return await self._store.microgrid(microgrid_id)

    async def microgrids(
        self, request: platformassets_pb2.ListMicrogridsRequest
    ) -> Sequence[bytes]:
        """Return microgrids."""
        own = await self._microgrid_ids()
        narrowed = _copy(request)
        if not (
            _narrow(narrowed.filter.gridpool_ids, self._scope.gridpool_ids)
            and _narrow(narrowed.filter.microgrid_ids, own, is_required=True)
        ):
            return []
        return visible_microgrids(await self._store.microgrids(narrowed), self._scope, own)

    async def components(
        self, request: platformassets_pb2.ListMicrogridElectricalComponentsRequest
    ) -> Sequence[bytes] | None:
        """Return components of a microgrid, or None if the caller cannot see it."""
        if request.microgrid_id not in await self._microgrid_ids():
            return None
        return await self._store.components(request)

    async def connections(
        self, request: platformassets_pb2.ListMicrogridElectricalComponentConnectionsRequest
    ) -> Sequence[bytes] | None:
        """Return connections of a microgrid, or None if the caller cannot see it."""
        if request.microgrid_id not in await self._microgrid_ids():
            return None
        return await self._store.connections(request)

    async def sensors(
        self, request: platformassets_pb2.ListMicrogridSensorsRequest
    ) -> Sequence[bytes] | None:
        """Return sensors of a microgrid, or None if the caller cannot see it."""
        if request.microgrid_id not in await self._microgrid_ids():
            return None
        return await self._store.sensors(request)

    async def gridpools(self, request: platformassets_pb2.ListGridpoolsRequest) -> Sequence[bytes]:
        """Return gridpools."""
        narrowed = _copy(request)
        allowed = self._scope.gridpool_ids
        if not _narrow(narrowed.filter.gridpool_ids, allowed, is_required=True):
            return []
        return await self._store.gridpools(narrowed)

    async def energy_schedules(
        self, request: platformassets_pb2.ListGridpoolEnergySchedulesRequest
    ) -> Sequence[bytes]:
        """Return energy schedules of a gridpool."""
        if request.gridpool_id not in self._scope.gridpool_ids:
            return []
        return await self._store.energy_schedules(request)

    async def relations(
        self, request: platformassets_pb2.ListMarketTopologyRelationsRequest
    ) -> Sequence[bytes]:
        """Return market topology relations."""
        own = await self._microgrid_ids()
        narrowed = _copy(request)
        if not (
            _narrow(narrowed.filter.gridpool_ids, self._scope.gridpool_ids)
            and _narrow(narrowed.filter.microgrid_ids, own)
        ):
            return []
        return visible_relations(await self._store.relations(narrowed), self._scope, own)

    async def _microgrid_ids(self) -> frozenset[int]:
        return await self._owners.microgrids_of(self._scope.enterprise_id)


def _copy(request: RequestT) -> RequestT:
    copy = type(request)()
    copy.CopyFrom(request)
    return copy


def _narrow(
    wanted: MutableSequence[int], allowed: Iterable[int], *, is_required: bool = False
) -> bool:
    """Remove from the IDs of a filter what the caller may not see.

    Args:
        wanted: The IDs; none = any.
        allowed: What the caller may see.
        is_required: Whether a filter without IDs becomes one for all that is allowed.

    Returns:
        Whether there is anything to ask the store for.
    """
    if not wanted and not is_required:
        return True
    allowed = frozenset(allowed)
    kept = [number for number in wanted if number in allowed] if wanted else sorted(allowed)
    del wanted[:]
    wanted.extend(kept)
    return bool(kept)
