"""Tables of sites and their market, from the replies about them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, TypeVar

import numpy as np
import pyarrow as pa
from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from google.protobuf.message import DecodeError

from ... import _html
from ..._wire.entities import COMPONENT, CONNECTION, GRIDPOOL, RELATION, SCHEDULE, SENSOR, Entity
from ...findings import Finding, Rule
from ...inventory import Inventory, Site
from ...inventory._check import check_market
from .._replies import MarketReplies, SiteReplies
from . import _rows
from ._findings import (
    Row,
    SiteMessages,
    finding_row,
    findings_table,
    moment_faults,
    site_findings,
    text_faults,
)
from ._graphs import sites_to_check
from ._items import flat, message_in, messages_in
from ._rows import rows_of, table_of
from ._scan import Array
from ._schemas import SCHEMAS
from ._site_lists import (
    ComponentList,
    SiteList,
    ids_column,
    read_components,
    read_connections,
)

ListT = TypeVar("ListT", bound=SiteList)

BATCH_BYTES: Final = 4 * 2**20
"""How many bytes of components and connections are read together: about 30 000 components."""

_NO_MARKET: Final = MarketReplies(None, None, None)


@dataclass(frozen=True, slots=True, repr=False)
class Tables:
    """A fleet as Arrow tables; `docs/tables.md` describes their columns."""

    microgrids: Any
    components: Any
    connections: Any
    sensors: Any
    rated_bounds: Any
    """A row for each metric of a component."""

    gridpools: Any
    energy_schedules: Any
    schedule_entries: Any
    """A row for each entry of a schedule's time series."""

    market_relations: Any
    participations: Any
    """A row for each market in which a relation takes part."""

    findings: Any

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        """Yield each table after its name."""
        for field in fields(self):
            yield field.name, getattr(self, field.name)

    def __repr__(self) -> str:
        """Return the number of rows of each table."""
        counts = ", ".join(f"{name}={table.num_rows} rows" for name, table in self)
        return f"Tables({counts})"

    def _repr_html_(self) -> str:
        rows: list[_html.Row] = [
            {"table": name, "rows": it.num_rows, "columns": ", ".join(it.column_names)}
            for name, it in self
        ]
        return _html.table(rows, len(rows))


def make_tables(
    sites: Iterable[SiteReplies],
    market: MarketReplies | None = None,
    *,
    checks_graphs: bool = True,
    knows_all_microgrids: bool = True,
) -> Tables:
    """Return the tables of some sites and of their market.

    Args:
        sites: The replies about the sites.
        market: Those about the market; None if there is none.
        checks_graphs: Whether to find what is wrong with component graphs.
        knows_all_microgrids: Whether a microgrid that the market names must be among the sites.

    Raises:
        DecodeError: If the bytes of a reply are invalid, other than by texts that are not UTF-8.
    """
    maker = TableMaker(checks_graphs=checks_graphs, knows_all_microgrids=knows_all_microgrids)
    return joined([*map(maker.of_sites, batches(sites)), maker.of_market(market)])


def joined(parts: Iterable[Mapping[str, Any]]) -> Tables:
    """Return tables with the rows of all parts."""
    by_name: dict[str, list[Any]] = {name: [] for name in SCHEMAS}
    for tables in parts:
        for name, table in tables.items():
            by_name[name].append(table)
    return Tables(**{name: pa.concat_tables(tables) for name, tables in by_name.items()})


def _owners(
    microgrid_ids: Sequence[int], enterprise_ids: Sequence[int], site: Array
) -> dict[str, Any]:
    """Return the columns with the IDs of sites, given the index of the site in each row."""
    return {
        "microgrid_id": ids_column(np.array(microgrid_ids, np.uint64)[site]),
        "enterprise_id": ids_column(np.array(enterprise_ids, np.uint64)[site]),
    }


def batches(sites: Iterable[SiteReplies]) -> Iterator[list[SiteReplies]]:
    """Yield sites in batches that are read together, at least one of them."""
    batch: list[SiteReplies] = []
    size = 0
    for site in sites:
        batch.append(site)
        size += reply_bytes(site)
        if size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    yield batch


def reply_bytes(site: SiteReplies) -> int:
    """Return how many bytes the components and connections of a site have."""
    return sum(len(reply.data) for reply in (site.components, site.connections) if reply)


class TableMaker:
    """Makes the tables of a fleet batch by batch; knows what it must remember between them."""

    def __init__(
        self,
        *,
        messages: bool = False,
        checks_graphs: bool = True,
        knows_all_microgrids: bool = True,
    ) -> None:
        """Start with no site.

        Args:
            messages: Whether to add a column with the messages, and one with the site's index.
            checks_graphs: See `make_tables`.
            knows_all_microgrids: See `make_tables`.
        """
        self._messages = messages
        self._checks_graphs = checks_graphs
        self.knows_all_microgrids = knows_all_microgrids
        """See `make_tables`; it may change until the tables of the market are made."""

        self._count = 0
        self._seen: set[int] = set()

    def of_sites(self, sites: list[SiteReplies]) -> dict[str, Any]:
        """Return the tables of the next sites, by name.

        Raises:
            DecodeError: If the bytes of a reply are invalid.
        """
        microgrids = [_of_site(site, lambda site: message_in(site.microgrid)) for site in sites]
        is_complete = np.array(
            [site.components is not None and site.connections is not None for site in sites], bool
        )
        sites = [site.with_all_lists() for site in sites]
        messages = [message for message, _ in microgrids]
        ids = [site.microgrid_id for site in sites]
        components, component_heads, component_items = _read_lists(
            sites, COMPONENT, read_components
        )
        connections, connection_heads, connection_items = _read_lists(
            sites, CONNECTION, read_connections
        )
        sensors = [_of_site(site, lambda it: messages_in(SENSOR, it.sensors)) for site in sites]
        enterprise_ids = [it.enterprise_id for it in messages]
        sensor_messages = [message for listed, _ in sensors for message in listed]
        sensor_site = _repeated(len(listed) for listed, _ in sensors)
        rated_component, rated_bounds = components.rated_bounds()
        every_site = np.arange(len(sites))
        listed: Mapping[str, tuple[Array, Mapping[str, Any], Any]] = {
            "microgrids": (every_site, rows_of(_rows.MICROGRID, messages), _data(messages)),
            "components": (components.site, components.columns, lambda: component_items),
            "connections": (connections.site, connections.columns, lambda: connection_items),
            "sensors": (
                sensor_site,
                rows_of(_rows.SENSOR, sensor_messages),
                _data(sensor_messages),
            ),
            "rated_bounds": (components.site[rated_component], rated_bounds, None),
        }
        tables = {}
        for name, (site, columns, items) in listed.items():
            more = {}
            if self._messages and items is not None:
                index = pa.array(site.astype(np.uint64) + np.uint64(self._count))
                more = {"site_index": index, "message": pa.array(items(), pa.binary())}
            tables[name] = table_of(name, {**columns, **_owners(ids, enterprise_ids, site)}, more)
        of_sites = SiteMessages(
            ids,
            self._count,
            messages,
            {index: texts for index, (_, texts) in enumerate(microgrids) if texts},
            components,
            connections,
            sensors,
            [
                (*lists, *([] if site.sensors is None else [flat(site.sensors)]))
                for site, *lists in zip(sites, component_heads, connection_heads, strict=True)
            ],
            self._graphs_to_check(components, connections, is_complete),
        )
        new = {message.id for message in messages} - self._seen
        try:
            found = site_findings(of_sites, self._seen)
        except DecodeError:
            self._seen -= new
            raise
        self._count += len(sites)
        return {**tables, "findings": findings_table(found)}

    def _graphs_to_check(
        self, components: ComponentList, connections: SiteList, is_complete: Array
    ) -> list[int]:
        if not (self._checks_graphs and is_complete.any()):
            return []
        indices = sites_to_check(components, connections, is_complete.size)
        return [index for index in indices.tolist() if is_complete[index]]

    def of_decodable(
        self, sites: list[SiteReplies]
    ) -> tuple[dict[str, Any], list[tuple[SiteReplies, DecodeError]]]:
        """Return the tables of the next sites but those with invalid bytes, and the latter."""
        try:
            return self.of_sites(sites), []
        except DecodeError:
            valid, invalid = [], []
        for site in sites:
            try:
                TableMaker().of_sites([site])
            except DecodeError as error:
                invalid.append((site, error))
            else:
                valid.append(site)
        return self.of_sites(valid), invalid

    def of_market(self, market: MarketReplies | None) -> dict[str, Any]:
        """Return the tables of the market, by name, after those of all sites.

        Raises:
            DecodeError: If the bytes of a reply are invalid.
        """
        replies = market or _NO_MARKET
        gridpools, gridpool_texts = messages_in(GRIDPOOL, replies.gridpools)
        schedules: list[Any] = []
        schedule_texts: dict[int, tuple[str, ...]] = {}
        for reply in replies.energy_schedules or ():
            listed, texts = messages_in(SCHEDULE, reply)
            schedule_texts |= {index + len(schedules): it for index, it in texts.items()}
            schedules += listed
        relations, relation_texts = messages_in(RELATION, replies.market_topology)
        microgrids = tuple(
            Site(microgrid_pb2.Microgrid(id=number)) for number in sorted(self._seen)
        )
        inventory = Inventory(microgrids, tuple(gridpools), tuple(schedules), tuple(relations))
        relation_index = {id(message): index for index, message in enumerate(relations)}

        def row(message: Any, finding: Finding) -> Row:
            return finding_row(None, message, finding, relation_index.get(id(message)))

        found = [row(*one) for one in check_market(inventory)]
        unknown = set()  # the rules about what is not known to be missing
        if not self.knows_all_microgrids:
            unknown.add(Rule.NO_SUCH_MICROGRID.id)
        if replies.gridpools is None:
            unknown.add(Rule.NO_SUCH_GRIDPOOL.id)
        found = [it for it in found if it["rule"] not in unknown]
        for entity, messages, invalid_texts in (
            (GRIDPOOL, gridpools, gridpool_texts),
            (SCHEDULE, schedules, schedule_texts),
            (RELATION, relations, relation_texts),
        ):
            for index, message in enumerate(messages):
                for fault in (
                    *text_faults(invalid_texts.get(index, ())),
                    *moment_faults(message),
                ):
                    found.append(row(message, fault.of(entity.name_of(message))))
        columns = {
            "gridpools": (rows_of(_rows.GRIDPOOL, gridpools), gridpools),
            "energy_schedules": (rows_of(_rows.SCHEDULE, schedules), schedules),
            "schedule_entries": (_rows.schedule_entries(schedules), None),
            "market_relations": (
                {
                    "relation_index": [*range(len(relations))],
                    **rows_of(_rows.RELATION, relations),
                },
                relations,
            ),
            "participations": (_rows.participations(relations), None),
        }
        tables = {}
        for name, (values, items) in columns.items():
            has_messages = self._messages and items is not None
            more = {"message": pa.array(_data(items)(), pa.binary())} if has_messages else {}
            tables[name] = table_of(name, values, more)
        return {**tables, "findings": findings_table(found)}


def _data(messages: Any) -> Any:
    return lambda: [message.SerializeToString() for message in messages]


def _repeated(counts: Iterable[int]) -> Array:
    """Return the index of each count, as often as it says."""
    times = np.array([*counts], np.int64)
    return np.repeat(np.arange(times.size), times)


def _of_site(site: SiteReplies, read: Any) -> Any:
    """Return what is read of a site; an error names it."""
    try:
        return read(site)
    except DecodeError as error:
        raise DecodeError(f"microgrid {site.microgrid_id}: {error}") from error


def _read_lists(
    sites: list[SiteReplies], entity: Entity[Any], read: Callable[[list[bytes], Array], ListT]
) -> tuple[ListT, list[Any], list[bytes]]:
    """Return the items of one kind of all sites, the replies without them, and their bytes."""
    name = entity.list_field
    heads = [_of_site(site, lambda it: flat(getattr(it, name))) for site in sites]
    items: list[bytes] = []
    counts = []
    for head in heads:
        before = len(items)
        items += getattr(head, name)
        counts.append(len(items) - before)
    try:
        return read(items, _repeated(counts)), heads, items
    except DecodeError:
        for site, head in zip(sites, heads, strict=True):  # the first invalid one raises
            of_site = list(getattr(head, name))
            _of_site(site, lambda _, it=of_site: read(it, np.zeros(len(it), np.int64)))
        raise
