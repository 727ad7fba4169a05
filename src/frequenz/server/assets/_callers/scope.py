"""What a caller may see: the microgrids of an enterprise, some gridpools, and what belongs to them.

The messages of gridpools, schedules and relations name no enterprise. So a key names an enterprise
and gridpools, and

- a microgrid belongs to its enterprise, and so do its components, connections and sensors;
- a gridpool belongs to every key that names it, and so do its energy schedules;
- a relation is seen by those who see everything that it names: its microgrid and its gridpool, or
  the one that it has. So it never tells that something exists that the caller may not see.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from frequenz.api.common.v1alpha8.gridpool import gridpool_pb2
from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2


@dataclass(frozen=True, slots=True)
class Scope:
    """What a caller may see."""

    enterprise_id: int
    gridpool_ids: frozenset[int] = field(default_factory=frozenset)


def microgrids_by_enterprise(microgrids: Iterable[bytes]) -> Mapping[int, frozenset[int]]:
    """Return the IDs of the microgrids of each enterprise.

    Of microgrids with the same ID, the first one counts, as everywhere.
    """
    enterprises: dict[int, int] = {}
    for message in microgrids:
        microgrid = microgrid_pb2.Microgrid.FromString(message)
        enterprises.setdefault(microgrid.id, microgrid.enterprise_id)
    found: dict[int, set[int]] = {}
    for microgrid_id, enterprise_id in enterprises.items():
        found.setdefault(enterprise_id, set()).add(microgrid_id)
    return {enterprise_id: frozenset(ids) for enterprise_id, ids in found.items()}


def visible_microgrids(
    messages: Iterable[bytes], scope: Scope, microgrid_ids: frozenset[int]
) -> list[bytes]:
    """Return the microgrids that belong to the enterprise.

    Args:
        messages: Microgrids.
        scope: What the caller may see.
        microgrid_ids: The IDs of the microgrids of its enterprise.
    """
    visible = []
    for message in messages:
        microgrid = microgrid_pb2.Microgrid.FromString(message)
        if microgrid.id in microgrid_ids and microgrid.enterprise_id == scope.enterprise_id:
            visible.append(message)
    return visible


def visible_gridpools(messages: Iterable[bytes], scope: Scope) -> list[bytes]:
    """Return the gridpools that the scope names."""
    return [
        message
        for message in messages
        if gridpool_pb2.Gridpool.FromString(message).id in scope.gridpool_ids
    ]


def visible_relations(
    messages: Iterable[bytes], scope: Scope, microgrid_ids: frozenset[int]
) -> list[bytes]:
    """Return the relations that name something, and only what the caller may see."""
    return [message for message in messages if _is_visible(message, scope, microgrid_ids)]


def _is_visible(message: bytes, scope: Scope, microgrid_ids: frozenset[int]) -> bool:
    relation = platformassets_pb2.MarketTopologyRelation.FromString(message)
    named = [
        allowed
        for is_set, allowed in (
            (relation.HasField("gridpool_id"), relation.gridpool_id in scope.gridpool_ids),
            (relation.HasField("microgrid_id"), relation.microgrid_id in microgrid_ids),
        )
        if is_set
    ]
    return bool(named) and all(named)
