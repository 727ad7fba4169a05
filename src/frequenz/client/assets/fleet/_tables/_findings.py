"""Findings as rows: those of `inventory.check`, and those that only tables have.

Lists of components and connections were looked through column by column; what looked faulty there
is checked again, message by message, by the code that checks everywhere else.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Any, Final, NamedTuple

import numpy as np
from google.protobuf.descriptor import Descriptor
from google.protobuf.timestamp_pb2 import Timestamp

from ..._wire.entities import ENTITIES, MICROGRID, SENSOR, Entity
from ..._wire.lists.decode import decode_list
from ..._wire.lists.rules import reply_faults
from ...findings._faulty import FaultyItem
from ...findings._rules import Fault, Finding, Rule
from ...inventory import Site
from ...inventory._graph import check_site_graph
from ._rows import table_of
from ._schemas import SCHEMAS
from ._site_lists import SiteList
from ._times import is_beyond

Row = dict[str, Any]
InvalidTexts = Mapping[int, tuple[str, ...]]

_MODEL_PATHS: Final = (
    ("start_timestamp", "start"),
    ("end_timestamp", "end"),
    ("validity_period.start_time", "validity_period.start"),
    ("validity_period.end_time", "validity_period.end"),
    ("market_location_id.id.value", "market_location_id.value"),
)
"""The ends of paths in messages, and what they are in findings."""

_NO_FINDINGS: Final = SCHEMAS["findings"].empty_table()


def finding_row(
    microgrid_id: int | None, message: Any, finding: Finding, relation_index: int | None = None
) -> Row:
    """Return the row of a finding in an entity.

    Args:
        microgrid_id: The microgrid that lists the entity.
        message: The entity.
        finding: The finding.
        relation_index: The place of the entity in the market topology, if it is a relation.
    """
    entity = ENTITIES.get(type(message))
    row: Row = {
        "microgrid_id": microgrid_id,
        "entity": "reply" if entity is None else entity.noun,
        "entity_name": finding.entity,
        "rule": finding.id,
        "severity": finding.severity.value,
        "path": finding.path,
        "sentence": finding.sentence,
        "advice": finding.advice,
        "relation_index": relation_index,
    }
    if entity is None:
        return row
    names = message.DESCRIPTOR.fields_by_name
    for name in ("microgrid_id", "gridpool_id") if microgrid_id is None else ():
        if name in names:
            row[name] = getattr(message, name) or None
    for end in ("source", "destination"):
        if f"{end}_electrical_component_id" in names:
            row[f"{end}_component_id"] = getattr(message, f"{end}_electrical_component_id") or None
    if entity.id_field in names:
        row["entity_id"] = getattr(message, entity.id_field) or None
    if entity.noun == "gridpool":
        row["gridpool_id"] = row["entity_id"]
    return row


def findings_table(rows: Sequence[Row]) -> Any:
    """Return the table of some rows."""
    if not rows:
        return _NO_FINDINGS
    columns = {name: [row.get(name) for row in rows] for name in SCHEMAS["findings"].names}
    return table_of("findings", columns)


# What only tables find ----------------------------------------------------------------------------


def text_faults(paths: Iterable[str]) -> tuple[Fault, ...]:
    """Return the faults of texts that were left out, given their paths in the message."""
    return tuple(Rule.TEXT_MALFORMED.at(_model_path(path)) for path in paths)


def moment_faults(message: Any, prefix: str = "") -> Iterator[Fault]:
    """Yield the faults of valid moments that no table can hold."""
    if isinstance(message, Timestamp):
        moment = _text(message) if is_beyond(message) else None
        if moment is not None:
            yield Rule.MOMENT_BEYOND_TABLES.at(_model_path(prefix), moment=moment)
        return
    for name, is_repeated in _with_moments(message.DESCRIPTOR):
        path = f"{prefix}.{name}" if prefix else name
        if is_repeated:
            for index, inner in enumerate(getattr(message, name)):
                yield from moment_faults(inner, f"{path}[{index}]")
        elif message.HasField(name):
            yield from moment_faults(getattr(message, name), path)


@cache
def _with_moments(descriptor: Descriptor) -> tuple[tuple[str, bool], ...]:
    """Return the fields that are timestamps or contain some, and whether they are repeated."""
    fields: Any = descriptor.fields
    return tuple(
        (field.name, field.is_repeated)
        for field in fields
        if (inner := field.message_type) is not None
        and (inner is Timestamp.DESCRIPTOR or _with_moments(inner))
    )


def _text(moment: Timestamp) -> str | None:
    """Return a moment as text; None if it is invalid, which is a fault of its own."""
    try:
        return moment.ToJsonString()
    except ValueError:
        return None


def _model_path(path: str) -> str:
    for end, other in _MODEL_PATHS:
        if path.endswith(end):
            return path.removesuffix(end) + other
    return path


def with_table_faults(
    entity: Entity[Any],
    messages: Sequence[Any],
    faulty: Iterable[FaultyItem[Any]],
    invalid_texts: InvalidTexts,
) -> list[FaultyItem[Any]]:
    """Return items with their faults, and with those that only tables have, in their order."""
    by_index = {it.list_index: it for it in faulty}
    for index, message in enumerate(messages):
        more = (*text_faults(invalid_texts.get(index, ())), *moment_faults(message))
        if more:
            one = by_index.get(index) or FaultyItem(entity, index, None, message, ())
            by_index[index] = one._replace(faults=(*one.faults, *more))
    return [by_index[index] for index in sorted(by_index, key=lambda it: -1 if it is None else it)]


# Sites --------------------------------------------------------------------------------------------


class SiteMessages(NamedTuple):
    """What the findings of some sites are about."""

    ids: Sequence[int]
    """By site, the ID that was requested."""

    first: int
    """How many sites came before."""

    microgrids: Sequence[Any]
    microgrid_texts: InvalidTexts
    components: SiteList
    connections: SiteList
    sensors: Sequence[tuple[list[Any], InvalidTexts]]
    heads: Sequence[Sequence[Any]]
    """By site, the replies of its lists without the lists."""

    graphs: Collection[int]
    """The sites whose graphs are checked."""


def site_findings(sites: SiteMessages, seen: set[int]) -> list[Row]:
    """Return the findings of some sites.

    Args:
        sites: The sites.
        seen: The IDs of the microgrids before them; theirs are added.

    Raises:
        DecodeError: If a message is invalid.
    """
    found: dict[int, list[Row]] = {}

    def add(site: int, message: Any, findings: Iterable[Finding]) -> None:
        rows = found.setdefault(site, [])
        rows += (finding_row(sites.ids[site], message, finding) for finding in findings)

    for one in _microgrids(sites, seen):
        assert one.list_index is not None
        name = one._replace(list_index=sites.first + one.list_index)
        add(one.list_index, one.message, name.findings)
    for site, message, findings in _head_findings(sites.heads, sites.ids):
        add(site, message, findings)
    for listed in (sites.components, sites.connections):
        for site, one in _list_findings(listed, sites.ids):
            add(site, one.message, one.findings)
    for site, (sensors, invalid_texts) in enumerate(sites.sensors):
        faulty = decode_list(SENSOR, sensors, sites.ids[site]).faulty if sensors else ()
        for one in with_table_faults(SENSOR, sensors, faulty, invalid_texts):
            add(site, one.message, one.findings)
    for site in sites.graphs:
        whole = Site(
            sites.microgrids[site],
            _messages_of(sites.components, site),
            _messages_of(sites.connections, site),
        )
        for message, fault in check_site_graph(whole):
            add(site, message, [fault.of(ENTITIES[type(message)].name_of(message))])
    return [*chain.from_iterable(found[site] for site in sorted(found))]


def list_findings(
    listed: SiteList, ids: Sequence[int], heads: Sequence[Sequence[Any]]
) -> list[Row]:
    """Return the findings of one kind of list alone: see `SiteMessages`.

    Raises:
        DecodeError: If a message is invalid.
    """
    found = chain(
        _head_findings(heads, ids),
        ((site, one.message, one.findings) for site, one in _list_findings(listed, ids)),
    )
    return [
        finding_row(ids[site], message, finding)
        for site, message, findings in found
        for finding in findings
    ]


def _head_findings(
    heads: Sequence[Sequence[Any]], ids: Sequence[int]
) -> Iterator[tuple[int, Any, Sequence[Finding]]]:
    for site, replies in enumerate(heads):
        for reply in replies:
            for fault in reply_faults(reply, ids[site]):
                yield site, reply, [fault.of("reply")]


def _microgrids(sites: SiteMessages, seen: set[int]) -> list[FaultyItem[Any]]:
    faulty = decode_list(MICROGRID, sites.microgrids).faulty
    items = with_table_faults(MICROGRID, sites.microgrids, faulty, sites.microgrid_texts)
    by_index = {it.list_index: it for it in items}
    for index, (message, asked) in enumerate(zip(sites.microgrids, sites.ids, strict=True)):
        number = message.id
        more = []
        if number in seen and number:
            more.append(Rule.ID_TAKEN.at("id", number=number, noun="microgrid"))
        if number not in {0, asked}:
            more.append(
                Rule.REPLY_FOR_ANOTHER.at("id", noun="microgrid", number=number, asked=asked)
            )
        if more:
            one = by_index.get(index) or FaultyItem(MICROGRID, index, None, message, ())
            known = {fault.rule for fault in one.faults}
            by_index[index] = one._replace(
                faults=(*one.faults, *(fault for fault in more if fault.rule not in known))
            )
    seen.update(message.id for message in sites.microgrids)
    return [by_index[index] for index in sorted(by_index, key=lambda it: it or 0)]


def _messages_of(listed: SiteList, site: int) -> tuple[Any, ...]:
    parse = listed.entity.message.FromString
    return tuple(parse(listed.items[row]) for row in np.flatnonzero(listed.site == site))


def _list_findings(listed: SiteList, ids: Sequence[int]) -> Iterator[tuple[int, FaultyItem[Any]]]:
    """Yield the faulty items of lists with their sites, list by list."""
    entity = listed.entity
    whole = _sites_with_faults_across(listed, ids)
    beyond = listed.beyond.copy()
    beyond[[*listed.invalid_texts]] = True
    suspicious = listed.faulty | beyond
    if not whole and not suspicious.any():
        return
    first = np.searchsorted(listed.site, np.arange(len(ids) + 1))
    suspicious[np.isin(listed.site, whole)] = False
    rows = np.flatnonzero(suspicious).tolist()
    by_row: dict[int, FaultyItem[Any]] = {}
    parse = entity.message.FromString
    # In one list, whose items are of several sites: they are checked one by one.
    alone = entity._replace(key=(), owner=None)
    messages = [parse(listed.items[row]) for row in rows]
    for one in decode_list(alone, messages).faulty if rows else ():
        assert one.list_index is not None
        by_row[rows[one.list_index]] = one
    for site in whole:
        messages = [parse(item) for item in listed.items[first[site] : first[site + 1]]]
        for one in decode_list(entity, messages, ids[site]).faulty:
            assert one.list_index is not None
            by_row[int(first[site]) + one.list_index] = one
    for row in np.flatnonzero(beyond).tolist():
        message = parse(listed.items[row])
        known = by_row.get(row) or FaultyItem(entity, row, None, message, ())
        more = (*text_faults(listed.invalid_texts.get(row, ())), *moment_faults(message))
        by_row[row] = known._replace(faults=(*known.faults, *more))
    for row in sorted(by_row):
        site = int(listed.site[row])
        if by_row[row].faults:
            yield site, by_row[row]._replace(list_index=row - int(first[site]), entity=entity)


def _sites_with_faults_across(listed: SiteList, ids: Sequence[int]) -> list[int]:
    """Return the sites with two items of the same key, or one that belongs to another site."""
    suspicious = np.zeros(len(ids), bool)
    last, site = listed.keys[-1], listed.site
    if not ((last[1:] > last[:-1]) | (site[1:] > site[:-1])).all():  # mostly they are in order
        order = np.lexsort((*listed.keys, site))
        same = np.ones(order.size - 1, bool)
        for key in (*listed.keys, site):
            in_order = key[order]
            same &= in_order[1:] == in_order[:-1]
        suspicious[site[order[1:]][same]] = True
    if listed.owner is not None:
        asked = np.array(ids, np.uint64)[listed.site]
        is_foreign = (listed.owner != 0) & (listed.owner != asked)
        suspicious[listed.site[is_foreign]] = True
    return np.flatnonzero(suspicious).tolist()
