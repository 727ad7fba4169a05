"""The good messages as a fleet, and the calls that get all of them."""

import itertools
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any, Final, NamedTuple

from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2

from frequenz.client.assets._wire import entities
from frequenz.client.assets._wire.entities import Entity
from frequenz.client.assets._wire.lists.decode import decode_list
from frequenz.client.assets.inventory import Inventory, Site

from ._good_components import components, put_lifetime
from ._good_microgrids import microgrids
from .plan import COMPONENTS, CONNECTIONS, MICROGRID, Call

_Component = electrical_components_pb2.ElectricalComponent
_Connection = electrical_components_pb2.ElectricalComponentConnection

_SITE: Final = 100
"""The most components, and the most connections, of a site."""


class GoodFleet(NamedTuple):
    """A fleet of good messages, and the calls that get all of them."""

    fleet: Inventory
    calls: list[Call]


def good_fleet(seed: int, count: int) -> GoodFleet:
    """Return a number of good messages of each kind, the same for the same seed."""
    rng = Random(seed)
    messages = list(components(rng, count))
    # Those without findings come first, so that whole sites can be listed with raise_on_errors.
    messages.sort(key=lambda component: not _is_faultless(entities.COMPONENT, [component]))
    groups = [messages[start : start + _SITE] for start in range(0, count, _SITE)]
    groups += [[]] * (count - len(groups))
    sites = tuple(
        Site(microgrid, _assigned(group, microgrid.id), tuple(_connections(rng, group)))
        for microgrid, group in zip(microgrids(rng, count), groups, strict=True)
    )
    calls = [call for site in sites for call in _calls(rng, site)]
    return GoodFleet(Inventory(sites), calls)


def _is_faultless(entity: Entity[Any], messages: Sequence[Any]) -> bool:
    """Return whether the client has no findings: nothing is absent or unknown."""
    return not decode_list(entity, messages).faulty


def _assigned(group: Sequence[_Component], microgrid_id: int) -> tuple[_Component, ...]:
    for component in group:
        component.microgrid_id = microgrid_id
    return tuple(group)


def _connections(rng: Random, group: Sequence[_Component]) -> Iterator[_Connection]:
    """Yield as many connections as there are components, without duplicates."""
    ids = [component.id for component in group]
    pairs = list(itertools.permutations(ids, 2))
    for source, destination in rng.sample(pairs, min(len(ids), len(pairs))):
        message = _Connection(
            source_electrical_component_id=source, destination_electrical_component_id=destination
        )
        put_lifetime(rng, message)
        yield message


def _calls(rng: Random, site: Site) -> Iterator[Call]:
    """Yield the calls for each kind of item of a site, strict ones too if it has no findings."""
    number = site.microgrid.id
    methods: dict[str, tuple[Entity[Any], Sequence[Any]]] = {
        MICROGRID: (entities.MICROGRID, [site.microgrid]),
        COMPONENTS: (entities.COMPONENT, site.components),
        CONNECTIONS: (entities.CONNECTION, site.connections),
    }
    for method, (entity, messages) in methods.items():
        if messages:
            yield Call(method=method, number=number)
            if _is_faultless(entity, messages):
                yield Call(method=method, number=number, strict=True)
    if site.components:
        yield from _filtered(rng, site)


def _filtered(rng: Random, site: Site) -> Iterator[Call]:
    """Yield calls with filters."""
    number = site.microgrid.id
    chosen = rng.sample(site.components, min(10, len(site.components)))
    ids = [component.id for component in chosen]
    categories = [int(component.category) for component in chosen[:3]]
    sources = [one.source_electrical_component_id for one in site.connections[:40]]
    ends = [one.destination_electrical_component_id for one in site.connections[20:60]]
    for method, first, second in ((COMPONENTS, ids, categories), (CONNECTIONS, sources, ends)):
        for left, right in ((first, []), ([], second), (first, second)):
            yield Call(method=method, number=number, ids=tuple(left), others=tuple(right))
