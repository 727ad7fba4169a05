"""Decode a reply as the client does, and check what must always hold."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final
from unittest import mock

from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from google.protobuf.message import DecodeError, Message

from frequenz.client.assets._wire.entities import (
    COMPONENT,
    CONNECTION,
    GRIDPOOL,
    MICROGRID,
    RELATION,
    SCHEDULE,
    SENSOR,
    Entity,
)
from frequenz.client.assets._wire.fast import columns
from frequenz.client.assets._wire.lists import decode
from frequenz.client.assets._wire.lists.decode import decode_list, decode_microgrid_reply
from frequenz.client.assets._wire.lists.parts import Decoded
from frequenz.client.assets._wire.lists.steps import without_pauses
from frequenz.client.assets._wire.reply import Reply
from frequenz.client.assets.findings._faulty import FaultyItem
from frequenz.client.assets.findings._rules import Rule

from ._promises import BrokenPromiseError, require
from ._reports import check_reports

_GET: Final = "GetMicrogrid"

CALLS: Final[Mapping[str, Entity[Any]]] = {
    _GET: MICROGRID,
    "ListMicrogrids": MICROGRID,
    "ListMicrogridElectricalComponents": COMPONENT,
    "ListMicrogridElectricalComponentConnections": CONNECTION,
    "ListMicrogridSensors": SENSOR,
    "ListGridpools": GRIDPOOL,
    "ListGridpoolEnergySchedules": SCHEDULE,
    "ListMarketTopologyRelations": RELATION,
}
"""Each call, and the entity in its reply."""

REPLIES: Final[Mapping[str, type[Message]]] = {
    call: getattr(platformassets_pb2, f"{call}Response") for call in CALLS
}
"""Each call, and the class of its reply."""


FROM_BYTES: Final = (_GET, *(call for call, entity in CALLS.items() if entity.columns is not None))
"""The calls whose replies the client decodes from their bytes."""


def check(call: str, requested: int | None, data: bytes) -> list[Rule] | None:
    """Decode a reply; return the rules that it breaks, or None if it cannot be parsed.

    Raises:
        BrokenPromiseError: If a promise does not hold.
    """
    entity = CALLS[call]
    try:
        reply: Any = REPLIES[call].FromString(data)
    except DecodeError:
        _check_parsing_fails(call, requested, data)
        return None
    decoded: Decoded[Any]
    if call == _GET:
        if not reply.HasField("microgrid"):
            return []  # the client raises an error before it decodes anything
        messages = [reply.microgrid]
        decoded = _decode_get(Reply.of(reply), requested)
    else:
        messages = getattr(reply, entity.list_field)
        decoded = decode_reply(entity, Reply.of(reply), requested)
    _check_items(entity, messages, decoded)
    good = _check_faulty(entity, messages, decoded)
    if call in FROM_BYTES:
        _check_bytes(call, requested, data, messages, decoded)
    check_reports(call, decoded, good, is_list=call != _GET)
    return [fault.rule for faulty in decoded.faulty for fault in faulty.faults]


def decode_reply(entity: Entity[Any], reply: Reply, requested: int | None) -> Decoded[Any]:
    """Return the list in a reply, as the client decodes it."""
    return without_pauses(decode.decode_reply(entity, reply, requested))


def _decode_get(reply: Reply, requested: int | None) -> Decoded[Any]:
    microgrid, faulty = decode_microgrid_reply(reply, requested or 0)
    return Decoded([] if microgrid is None else [microgrid], [] if faulty is None else [faulty])


# Items --------------------------------------------------------------------------------------------

_IDENTITY: Final[Mapping[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]]] = {
    noun: (lambda message: (message.id, message.name), lambda item: (int(item.id), item.name or ""))
    for noun in (MICROGRID.noun, COMPONENT.noun, SENSOR.noun, GRIDPOOL.noun)
} | {
    CONNECTION.noun: (
        lambda message: (
            message.source_electrical_component_id,
            message.destination_electrical_component_id,
        ),
        lambda item: (int(item.source), int(item.destination)),
    ),
    SCHEDULE.noun: (
        lambda message: (message.gridpool_id, message.schedule_id, len(message.time_series)),
        lambda item: (item.gridpool_id, item.schedule_id, len(item.time_series)),
    ),
    RELATION.noun: (
        lambda message: (message.gridpool_id, message.microgrid_id, len(message.participations)),
        lambda item: (
            item.gridpool_id or 0,
            int(item.microgrid_id or 0),
            len(item.participations),
        ),
    ),
}
"""What distinguishes a message, and its item, from others in the list."""


def _check_items(entity: Entity[Any], messages: Sequence[Any], decoded: Decoded[Any]) -> None:
    """Check that all items are returned in order, except for those that cannot exist."""
    of_message, of_item = _IDENTITY[entity.noun]
    expected = list(map(of_message, messages))
    if entity is CONNECTION:
        expected = [
            (source, destination) for source, destination in expected if source != destination
        ]
    require(list(map(of_item, decoded.items)) == expected, "an item is lost or misplaced")


def _check_faulty(entity: Entity[Any], messages: Sequence[Any], decoded: Decoded[Any]) -> list[Any]:
    """Check that faults belong to the right items; return the items without major ones."""
    faulty_items = list(decoded.faulty)
    if faulty_items and faulty_items[0].list_index is None:
        require(faulty_items[0].item is None, "the reply is an item")
        _check_faults_of("reply", faulty_items.pop(0))
    by_index = {faulty.list_index: faulty for faulty in faulty_items}
    indices = [faulty.list_index for faulty in faulty_items if faulty.list_index is not None]
    require(len(indices) == len(faulty_items), "the reply is among its items")
    require(indices == sorted(set(indices)), "the faulty items are out of order or duplicate")
    good = []
    items = iter(decoded.items)
    for index, message in enumerate(messages):
        faulty = by_index.pop(index, None)
        left_out = faulty is not None and faulty.item is None
        item = None if left_out else next(items, None)
        require(left_out or item is not None, "an item is left out without a finding")
        if faulty is not None:
            require(faulty.item is item, "the faulty item is not the one in the list")
            require(faulty.message is message, "the faulty message is not the one in the list")
            _check_faults_of(entity.noun, faulty)
        if faulty is None or not faulty.is_major:
            good.append(item)
    require(not by_index, "there are findings of items that do not exist")
    return good


def _check_faults_of(noun: str, faulty: FaultyItem[Any]) -> None:
    require(bool(faulty.faults), "a faulty item has no faults")
    for fault in faulty.faults:
        if not (_is_listed(fault.rule, noun, fault.path) and fault.sentence.isprintable()):
            raise BrokenPromiseError(f"not in the table of rules, or not printable: {fault!r}")


_INDEX: Final = re.compile(r"\[[^]]*\]")


@lru_cache(maxsize=4096)
def _is_listed(rule: Rule, noun: str, path: str) -> bool:
    """Return whether the table of rules lists a field for a rule, and its path is printable."""
    return path.isprintable() and f"{noun}: {_INDEX.sub('[*]', path)}" in rule.fields


# Bytes --------------------------------------------------------------------------------------------


def _check_parsing_fails(call: str, requested: int | None, data: bytes) -> None:
    """Check that bytes that protobuf does not parse are not decoded from their bytes, either."""
    if call in FROM_BYTES:
        try:
            _decode_bytes(call, requested, data)
        except DecodeError:
            return
        raise BrokenPromiseError("a reply that cannot be parsed is decoded")


def _decode_bytes(call: str, requested: int | None, data: bytes) -> Decoded[Any]:
    if call == _GET:
        return _decode_get(Reply(REPLIES[call], data), requested)
    return decode_reply(CALLS[call], Reply(REPLIES[call], data), requested)


def _check_bytes(
    call: str, requested: int | None, data: bytes, messages: Sequence[Any], decoded: Decoded[Any]
) -> None:
    """Check that decoding from bytes, and each message alone, gives the same items."""
    entity = CALLS[call]
    for size in (columns._PART_BYTES, 16):
        with mock.patch.object(columns, "_PART_BYTES", size):
            items = _decode_bytes(call, requested, data)
        same = repr(items) == repr(decoded)
        require(same, f"decoding from bytes, in parts of {size}, gives other items")
    alone = [item for message in messages for item in decode_list(entity, [message]).items]
    require(repr(alone) == repr(decoded.items), "decoding a message alone gives another item")
