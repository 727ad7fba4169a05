"""What must hold for whatever arrives."""

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
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
from frequenz.client.assets.exceptions import InvalidItemsGroup, ValidationError
from frequenz.client.assets.findings._faulty import FaultyItem
from frequenz.client.assets.findings._report import (
    CallFindings,
    OnFindings,
    report_item,
    report_list,
)
from frequenz.client.assets.findings._rules import Rule, Severity

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
"""Each call, and what its reply holds."""

REPLIES: Final[Mapping[str, type[Message]]] = {
    call: getattr(platformassets_pb2, f"{call}Response") for call in CALLS
}
"""Each call, and the class of its reply."""


FROM_BYTES: Final = (_GET, *(call for call, entity in CALLS.items() if entity.columns is not None))
"""The calls whose replies the client reads from their bytes."""


class BrokenPromiseError(Exception):
    """Something that must hold does not."""


def demand(holds: bool, promise: str) -> None:
    """Raise a BrokenPromiseError unless something holds."""
    if not holds:
        raise BrokenPromiseError(promise)


def check(call: str, asked: int | None, data: bytes) -> list[Rule] | None:
    """Run what the client runs on a reply; return what it finds, or None if it is no reply.

    Raises:
        BrokenPromiseError: If something that must hold does not.
    """
    entity = CALLS[call]
    try:
        reply: Any = REPLIES[call].FromString(data)
    except DecodeError:
        _check_that_it_is_none(call, asked, data)
        return None
    decoded: Decoded[Any]
    if call == _GET:
        if not reply.HasField("microgrid"):
            return []  # which the client raises before it decodes anything
        messages = [reply.microgrid]
        decoded = _one(Reply.of(reply), asked)
    else:
        messages = getattr(reply, entity.list_field)
        decoded = decode_reply(entity, Reply.of(reply), asked)
    _check_items(entity, messages, decoded)
    good = _check_faults(entity, messages, decoded)
    if call in FROM_BYTES:
        _check_columns(call, asked, data, messages, decoded)
    _check_ways(call, decoded, good)
    return [fault.rule for faulty in decoded.faulty for fault in faulty.faults]


def decode_reply(entity: Entity[Any], reply: Reply, asked: int | None) -> Decoded[Any]:
    """Return the list in a reply, as the client decodes it."""
    return without_pauses(decode.decode_reply(entity, reply, asked))


def _one(reply: Reply, asked: int | None) -> Decoded[Any]:
    microgrid, faulty = decode_microgrid_reply(reply, asked or 0)
    return Decoded([] if microgrid is None else [microgrid], [] if faulty is None else [faulty])


# The items ----------------------------------------------------------------------------------------

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
"""What tells a message, and its item, from others of the list."""


def _check_items(entity: Entity[Any], messages: Sequence[Any], decoded: Decoded[Any]) -> None:
    """Check that every item is there, in order, but those that cannot exist."""
    of_message, of_item = _IDENTITY[entity.noun]
    expected = list(map(of_message, messages))
    if entity is CONNECTION:
        expected = [
            (source, destination) for source, destination in expected if source != destination
        ]
    demand(list(map(of_item, decoded.items)) == expected, "an item is lost or misplaced")


def _check_faults(entity: Entity[Any], messages: Sequence[Any], decoded: Decoded[Any]) -> list[Any]:
    """Check that all that is wrong is said of the right item, in words of the catalogue.

    Return the items without major findings.
    """
    of_items = list(decoded.faulty)
    if of_items and of_items[0].list_index is None:
        demand(of_items[0].item is None, "the reply is no item")
        _check_words("reply", of_items.pop(0))
    by_index = {faulty.list_index: faulty for faulty in of_items}
    places = [faulty.list_index for faulty in of_items if faulty.list_index is not None]
    demand(len(places) == len(of_items), "the reply is among its items")
    demand(places == sorted(set(places)), "the faulty items are out of order, or twice there")
    good = []
    items = iter(decoded.items)
    for index, message in enumerate(messages):
        faulty = by_index.pop(index, None)
        left_out = faulty is not None and faulty.item is None
        item = None if left_out else next(items, None)
        demand(left_out or item is not None, "an item is left out, and nothing says so")
        if faulty is not None:
            demand(faulty.item is item, "the faulty item is another one than that of the list")
            demand(faulty.message is message, "the faulty message is another one")
            _check_words(entity.noun, faulty)
        if faulty is None or not _is_major(faulty):
            good.append(item)
    demand(not by_index, "something is said of items that are not there")
    return good


def _check_words(noun: str, faulty: FaultyItem[Any]) -> None:
    demand(bool(faulty.faults), "nothing is wrong with what is called faulty")
    for fault in faulty.faults:
        if not (_is_listed(fault.rule, noun, fault.path) and fault.sentence.isprintable()):
            raise BrokenPromiseError(f"the catalogue knows no {fault!r}, or it cannot be printed")


_INDEX: Final = re.compile(r"\[[^]]*\]")


@lru_cache(maxsize=4096)
def _is_listed(rule: Rule, noun: str, path: str) -> bool:
    """Return whether the catalogue says that a rule is about a field, and its path is plain."""
    return path.isprintable() and f"{noun}: {_INDEX.sub('[*]', path)}" in rule.fields


# From bytes ---------------------------------------------------------------------------------------


def _check_that_it_is_none(call: str, asked: int | None, data: bytes) -> None:
    """Check that bytes that are no reply are none to who reads only what is needed, either."""
    if call in FROM_BYTES:
        try:
            _from_bytes(call, asked, data)
        except DecodeError:
            return
        raise BrokenPromiseError("what is no reply is decoded")


def _from_bytes(call: str, asked: int | None, data: bytes) -> Decoded[Any]:
    if call == _GET:
        return _one(Reply(REPLIES[call], data), asked)
    return decode_reply(CALLS[call], Reply(REPLIES[call], data), asked)


def _check_columns(
    call: str, asked: int | None, data: bytes, messages: Sequence[Any], decoded: Decoded[Any]
) -> None:
    """Check that a list is what each of its messages is alone, and what its bytes are."""
    entity = CALLS[call]
    for size in (columns._PART_BYTES, 16):  # in bytes, of what is read at once
        with mock.patch.object(columns, "_PART_BYTES", size):
            from_bytes = _from_bytes(call, asked, data)
        same = repr(from_bytes) == repr(decoded)
        demand(same, f"the bytes of the reply are decoded to something else, {size} at once")
    alone = [item for message in messages for item in decode_list(entity, [message]).items]
    demand(repr(alone) == repr(decoded.items), "an item gets something of another one")


# The three ways to be told ------------------------------------------------------------------------

_logger: Final = logging.getLogger("frequenz.client.assets")


class _Lines(logging.Handler):
    """Keeps what is logged to itself."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())

    def taken(self) -> list[str]:
        """Return what was logged since the last time."""
        lines, self.lines = self.lines, []
        return lines


_log: Final = _Lines()


@contextmanager
def quiet() -> Iterator[None]:
    """Keep what the client logs out of everybody else's sight; `check` looks at it."""
    before = _logger.propagate, _logger.level
    _logger.propagate = False
    _logger.setLevel(logging.WARNING)
    _logger.addHandler(_log)
    try:
        yield
    finally:
        _logger.removeHandler(_log)
        _logger.propagate, _logger.level = before
        _log.taken()


def report(
    call: str,
    decoded: Decoded[Any],
    *,
    is_list: bool,
    raise_on_errors: bool,
    on_findings: OnFindings | None,
) -> None:
    """Report what is wrong with a reply, as the client does."""
    ways: Any = {"raise_on_errors": raise_on_errors, "on_findings": on_findings}
    if is_list:
        report_list(call, decoded.items, decoded.faulty, **ways)
    elif decoded.faulty:
        report_item(call, decoded.faulty[0], **ways)


def _check_ways(call: str, decoded: Decoded[Any], good: Sequence[Any]) -> None:
    told: list[CallFindings] = []
    takes_one = call == _GET

    def tell(*, raise_on_errors: bool = False, is_told: bool = False) -> None:
        if decoded.faulty:
            report(
                call,
                decoded,
                is_list=not takes_one,
                raise_on_errors=raise_on_errors,
                on_findings=told.append if is_told else None,
            )

    bad = [faulty for faulty in decoded.faulty if _is_major(faulty)]
    expected = 1 if decoded.faulty else 0
    tell()
    lines = _log.taken()
    demand(len(lines) == (1 if bad else 0), "the log has no warning, or several")
    demand(all(map(str.isprintable, lines)), "the log cannot be printed")

    tell(is_told=True)
    demand(len(told) == expected, "on_findings is not called, or several times")
    for found in told:
        said = [fault.rule for faulty in decoded.faulty for fault in faulty.faults]
        demand([it.rule for it in found.findings] == said, "on_findings gets other findings")
        demand(all(str(it).isprintable() for it in found.findings), "a finding cannot be printed")
        of_items = (item.item for item in found.items)
        demand(_are_same(of_items, (it.item for it in decoded.faulty)), "on_findings: other items")

    try:
        tell(raise_on_errors=True)
        demand(not bad, "what is wrong is not raised")
    except InvalidItemsGroup as group:
        demand(not takes_one, "a group is raised for one item")
        demand(_are_same(group.items, good), "the items of the group are not the good ones")
        _check_errors(group.exceptions, bad)
    except ValidationError as error:
        demand(takes_one, "a single error is raised for a list")
        _check_errors([error], bad)
    demand(not _log.taken(), "what is raised is logged, too")
    demand(len(told) == expected, "on_findings is called for another call")


def _check_errors(errors: Sequence[Any], bad: Sequence[FaultyItem[Any]]) -> None:
    messages = [error.raw_message for error in errors]
    demand(_are_same(messages, [one.message for one in bad]), "other errors are raised")
    for error, faulty in zip(errors, bad, strict=True):
        demand(len(error.findings) == len(faulty.faults), "an error leaves findings out")


def _is_major(faulty: FaultyItem[Any]) -> bool:
    return any(fault.rule.severity is Severity.MAJOR for fault in faulty.faults)


def _are_same(some: Iterable[Any], others: Iterable[Any]) -> bool:
    """Return whether both hold the same objects; equality would take a NaN for another one."""
    return list(map(id, some)) == list(map(id, others))
