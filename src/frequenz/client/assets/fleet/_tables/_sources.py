"""What tables can be made of."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, Final, NamedTuple, SupportsIndex, TypeAlias

import pyarrow.compute as pc
from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from frequenz.client.common.microgrid import MicrogridId

from ... import inventory
from ..._model.market import Gridpool, GridpoolEnergySchedule, MarketTopologyRelation
from ..._model.microgrid import Microgrid
from ..._model.sensor import Sensor
from ..._wire import requests
from ..._wire.component import encode_component
from ..._wire.connection import encode_connection
from ..._wire.market import encode_gridpool, encode_relation, encode_schedule
from ..._wire.microgrid import encode_microgrid
from ..._wire.sensor import encode_sensor
from ...electrical_component import ComponentConnection, ElectricalComponent
from ...inventory import Inventory
from .._replies import MarketReplies, SiteReplies
from .._site import Site, SiteView
from .._snapshot import FleetSnapshot
from ._make import Tables, make_tables

ModelObject: TypeAlias = (
    Microgrid
    | ElectricalComponent
    | ComponentConnection
    | Sensor
    | Gridpool
    | GridpoolEnergySchedule
    | MarketTopologyRelation
)

Source: TypeAlias = (
    str
    | os.PathLike[str]
    | Inventory
    | FleetSnapshot
    | inventory.Site
    | Site
    | SiteView
    | SiteReplies
    | ModelObject
    | Iterable[inventory.Site | Site | SiteReplies]
    | Iterable[ModelObject | Iterable[ModelObject]]
)
"""An inventory file, an inventory, a snapshot, sites, or objects that the client returned."""

_ENCODERS: Final[Mapping[type[Any], Callable[[Any], Any]]] = {
    Microgrid: encode_microgrid,
    ElectricalComponent: encode_component,
    ComponentConnection: encode_connection,
    Sensor: encode_sensor,
    Gridpool: encode_gridpool,
    GridpoolEnergySchedule: encode_schedule,
    MarketTopologyRelation: encode_relation,
}
_OF_GRAPHS: Final = {Microgrid, ElectricalComponent, ComponentConnection}


def tables(source: Source, *, microgrid_id: MicrogridId | SupportsIndex | None = None) -> Tables:
    """Return a fleet, or a part of it, as Arrow tables.

    Of model objects, those of one microgrid belong together; a connection, which does not name its
    microgrid, belongs to that of its source or destination if it is among the objects, otherwise
    its `microgrid_id` is null. Their graph is only checked if microgrids,
    components and connections are among them.

    Args:
        source: The path of an inventory file, an inventory, a snapshot, a site, several sites, a
            site at a moment (see `Site.as_of`), or the objects that the client returned: one, a
            list, or several lists.
        microgrid_id: The microgrid that lists all of the objects.

    Raises:
        TypeError: If the source is none of these, or a microgrid is given and it is not objects.
        DecodeError: If the bytes of a reply are invalid.
        InventoryFileError, OSError, ValueError: If the file cannot be read, see `inventory.read`.
    """
    known = recognized(source)
    owner = None if microgrid_id is None else requests.get_microgrid(microgrid_id).microgrid_id
    if not isinstance(known, Replies):
        return _tables_of_objects(known, owner or 0)
    if owner is not None:
        raise TypeError(f"microgrid_id: expected None for a source with sites, got {owner}")
    return make_tables(known.sites, known.market, knows_all_microgrids=known.knows_all_microgrids)


class Replies(NamedTuple):
    """The replies about sites, and those about the market."""

    sites: Iterable[SiteReplies]
    market: MarketReplies | None = None
    knows_all_microgrids: bool = True


def recognized(source: Any) -> Replies | Iterator[Any]:
    """Return the replies in a source, or the objects.

    Raises:
        TypeError: If it is neither.
        InventoryFileError, OSError, ValueError: If it is a file and cannot be read.
    """
    if isinstance(source, str | os.PathLike):
        source = inventory.read(source)
    elif isinstance(source, SiteView):
        lists = (source.components, source.connections, source.sensors or ())
        source = [source.microgrid, *lists]
    match source:
        case Inventory():
            return Replies(map(SiteReplies.of, source.sites), MarketReplies.of(source))
        case FleetSnapshot():
            sites = map(replies_of, source.sites)
            return Replies(sites, source._market, source.knows_all_microgrids)
        case SiteReplies() | Site() | inventory.Site():
            return Replies([replies_of(source)])
        case _ if isinstance(source, tuple(_ENCODERS)):
            return iter([source])
        case Iterable() if not isinstance(source, bytes | bytearray):
            items = iter(source)
            for first in items:
                every = chain([first], items)
                is_site = isinstance(first, SiteReplies | Site | inventory.Site)
                return Replies(map(replies_of, every)) if is_site else every
            return iter(())
    raise TypeError(
        "source: expected an inventory, a snapshot, sites, the path of an inventory file"
        f" or model objects, got {source!r}"
    )


def replies_of(site: Any) -> SiteReplies:
    """Return the replies about a site.

    Raises:
        TypeError: If it is no site.
    """
    match site:
        case SiteReplies():
            return site
        case Site():
            return site._replies
        case inventory.Site():
            return SiteReplies.of(site)
    raise TypeError(f"source: expected a site, got {site!r}")


def _tables_of_objects(items: Iterable[Any], owner: int) -> Tables:
    by_kind: dict[type[Any], list[Any]] = {kind: [] for kind in _ENCODERS}
    for index, item in enumerate(items):
        nested = (
            item if isinstance(item, Iterable) and not isinstance(item, str | bytes) else [item]
        )
        for one in nested:
            kind = next((it for it in _ENCODERS if isinstance(one, it)), None)
            if kind is None:
                raise TypeError(f"source[{index}]: expected a model object, got {one!r}")
            by_kind[kind].append(_ENCODERS[kind](one))
    sites = _sites(by_kind, owner)
    market = Inventory(
        (),
        tuple(by_kind[Gridpool]),
        tuple(by_kind[GridpoolEnergySchedule]),
        tuple(by_kind[MarketTopologyRelation]),
    )
    no_gridpools: dict[str, None] = {} if by_kind[Gridpool] else {"gridpools": None}
    made = make_tables(
        map(SiteReplies.of, sites),
        MarketReplies.of(market)._replace(**no_gridpools),
        checks_graphs=all(by_kind[kind] for kind in _OF_GRAPHS),
        knows_all_microgrids=bool(by_kind[Microgrid]),
    )
    return _without_unknown(made, len(by_kind[Microgrid]))


def _sites(by_kind: Mapping[type[Any], list[Any]], owner: int) -> list[inventory.Site]:
    """Return sites of messages: first those whose microgrid is known, in their order.

    The owner is the microgrid that lists all others; 0 if that is not known.
    """
    owners: dict[int, set[int]] = {}
    for component in by_kind[ElectricalComponent]:
        owners.setdefault(component.id, set()).add(component.microgrid_id)
    grouped: dict[int, tuple[list[Any], list[Any], list[Any]]] = {}

    def group(number: int) -> tuple[list[Any], list[Any], list[Any]]:
        return grouped.setdefault(number, ([], [], []))

    for microgrid in by_kind[Microgrid]:
        group(microgrid.id)
    for component in by_kind[ElectricalComponent]:
        group(owner or component.microgrid_id)[0].append(component)
    for sensor in by_kind[Sensor]:
        group(owner or sensor.microgrid_id)[2].append(sensor)
    for connection in by_kind[ComponentConnection]:
        ends = (
            owners.get(connection.source_electrical_component_id, set()),
            owners.get(connection.destination_electrical_component_id, set()),
        )
        possible = ends[0] & ends[1] or ends[0] | ends[1]
        group(owner or (next(iter(possible)) if len(possible) == 1 else 0))[1].append(connection)
    sites = []
    for microgrid in by_kind[Microgrid]:
        lists = grouped.pop(microgrid.id, ([], [], []))
        sites.append(inventory.Site(microgrid, *map(tuple, lists)))
    for number, lists in grouped.items():
        sites.append(inventory.Site(microgrid_pb2.Microgrid(id=number), *map(tuple, lists)))
    return sites


def _without_unknown(made: Tables, known: int) -> Tables:
    """Return tables without the microgrids that only others refer to; the first ones are known."""
    parts = dict(made)
    ids = parts["microgrids"]["microgrid_id"][:known]
    findings = parts["findings"]
    is_of_microgrid = pc.equal(findings["entity"], "microgrid")
    is_known = pc.is_in(findings["microgrid_id"], ids.combine_chunks())
    parts["microgrids"] = parts["microgrids"].slice(0, known)
    parts["findings"] = findings.filter(pc.or_(pc.invert(is_of_microgrid), is_known))
    return Tables(**parts)
