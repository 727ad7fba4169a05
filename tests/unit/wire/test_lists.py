"""Decoding lists: the rules across items and for the reply, and decoding in parts."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import permutations
from types import SimpleNamespace
from typing import Any, Final, NamedTuple
from unittest import mock

import pytest
from google.protobuf.message import Message
from hypothesis import given, settings
from hypothesis import strategies as st

from frequenz.client.assets import Lifetime
from frequenz.client.assets._calls.attempt import reply_of
from frequenz.client.assets._wire.entities import (
    COMPONENT,
    CONNECTION,
    ENTITIES,
    GRIDPOOL,
    MICROGRID,
    RELATION,
    SCHEDULE,
    SENSOR,
    Entity,
)
from frequenz.client.assets._wire.lists import parts as parts_module
from frequenz.client.assets._wire.lists.decode import decode_list, decode_microgrid_reply
from frequenz.client.assets._wire.lists.decode import decode_reply as decode_reply_in_steps
from frequenz.client.assets._wire.lists.parts import PART, Decoded
from frequenz.client.assets._wire.lists.steps import without_pauses
from frequenz.client.assets._wire.reply import Reply
from frequenz.client.assets.findings._rules import Fault, Rule

from ..messages import (
    VALID,
    changed,
    decode,
    field_of,
    market_pb,
    pb,
    valid_gridpool,
    valid_microgrid,
)
from ..strategies import any_message

OWNER: Final = {"component": 4, "sensor": 4, "schedule": 3}
"""The IDs of the owners of the valid messages."""


def steps_of(entity: Entity[Any], reply: Message, asked_id: int | None = None) -> Any:
    """Return the steps of decoding a reply that arrives as a message."""
    return decode_reply_in_steps(entity, Reply.of(reply), asked_id)


def decode_reply(entity: Entity[Any], reply: Message, asked_id: int | None = None) -> Decoded[Any]:
    """Decode a reply that arrives as a message."""
    decoded: Decoded[Any] = without_pauses(steps_of(entity, reply, asked_id))
    return decoded


def faults_of(decoded: Decoded[Any]) -> list[tuple[int | None, Fault]]:
    """Return the faults in a list, each after the index of its item, None for the reply."""
    return [(faulty.list_index, fault) for faulty in decoded.faulty for fault in faulty.faults]


# One fault, one finding ---------------------------------------------------------------------------


class Case(NamedTuple):
    """A list, and the faults across its items, each after the index of its item."""

    name: str
    entity: Entity[Any]
    messages: Sequence[Any]
    faults: Sequence[tuple[int, Fault]]


def _taken(index: int, path: str, number: int, noun: str) -> tuple[int, Fault]:
    sentence = f"duplicate ID {number}: an earlier {noun} in the list has it"
    return index, Fault(Rule.ID_TAKEN, path, sentence)


def _foreign(index: int, path: str, number: int, owner: int) -> tuple[int, Fault]:
    noun = path.removesuffix("_id")
    sentence = f"belongs to {noun} {number}, but is listed under {noun} {owner}"
    return index, Fault(Rule.OTHER_OWNER, path, sentence)


def _twice(index: int) -> tuple[int, Fault]:
    sentence = "the connection is listed twice, for overlapping times"
    return index, Fault(Rule.CONNECTION_TWICE, "destination", sentence)


def _itself(index: int, number: int) -> tuple[int, Fault]:
    sentence = f"same as the source, component {number}; the connection is ignored"
    return index, Fault(Rule.CONNECTION_TO_ITSELF, "destination", sentence)


def _zero(index: int, path: str = "id") -> tuple[int, Fault]:
    return index, Fault(Rule.ID_ZERO, path, "0 is not a valid ID")


def _missing(index: int, path: str) -> tuple[int, Fault]:
    return index, Fault(Rule.OWNER_MISSING, path, "missing")


def _numbered(kind: str, *numbers: int) -> list[Any]:
    """Return valid messages with these IDs."""
    return [changed(kind, {ENTITIES[type(VALID[kind]())].id_field: number}) for number in numbers]


OF_IDS: Final = [
    case
    for kind, entity in (
        ("microgrid", MICROGRID),
        ("meter", COMPONENT),
        ("sensor", SENSOR),
        ("gridpool", GRIDPOOL),
        ("schedule", SCHEDULE),
    )
    for field in ("schedule_id" if kind == "schedule" else "id",)
    for case in (
        Case("all different", entity, _numbered(kind, 1, 2, 3), []),
        Case("twice", entity, _numbered(kind, 7, 7), [_taken(1, field, 7, entity.noun)]),
        Case(
            "three times, with others between",
            entity,
            _numbered(kind, 7, 8, 7, 9, 7),
            [_taken(2, field, 7, entity.noun), _taken(4, field, 7, entity.noun)],
        ),
        Case(
            "two ids twice each",
            entity,
            _numbered(kind, 7, 8, 8, 7),
            [_taken(2, field, 8, entity.noun), _taken(3, field, 7, entity.noun)],
        ),
        Case(
            "0 twice",
            entity,
            _numbered(kind, 0, 7, 0),
            [_zero(0, field), _zero(2, field)],
        ),
    )
]

OF_OWNERS: Final = [
    Case(
        "components of other microgrids",
        COMPONENT,
        [changed("meter", {"id": 10 + index, "microgrid_id": 4 + index}) for index in range(3)],
        [
            _foreign(1, "microgrid_id", 5, 4),
            _foreign(2, "microgrid_id", 6, 4),
        ],
    ),
    Case(
        "a component without a microgrid",
        COMPONENT,
        [changed("meter", {"id": 1}), changed("meter", {"microgrid_id": 0})],
        [_missing(1, "microgrid_id")],
    ),
    Case(
        "a sensor of another microgrid",
        SENSOR,
        [changed("sensor", {"microgrid_id": 9})],
        [_foreign(0, "microgrid_id", 9, 4)],
    ),
    Case(
        "a sensor without a microgrid",
        SENSOR,
        [changed("sensor", {"microgrid_id": 0})],
        [_missing(0, "microgrid_id")],
    ),
    Case(
        "a schedule of another gridpool",
        SCHEDULE,
        [changed("schedule", {"gridpool_id": 9})],
        [_foreign(0, "gridpool_id", 9, 3)],
    ),
    Case(
        "a schedule without a gridpool",
        SCHEDULE,
        [changed("schedule", {"gridpool_id": 0})],
        [_missing(0, "gridpool_id")],
    ),
    Case(
        "schedules with the same ID in different gridpools",
        SCHEDULE,
        [VALID["schedule"](), changed("schedule", {"gridpool_id": 9})],
        [_foreign(1, "gridpool_id", 9, 3)],
    ),
    Case(
        "equal relations, which have no ID", RELATION, [VALID["relation"]() for _ in range(2)], []
    ),
    Case(
        "faults of an item before those across items",
        COMPONENT,
        [
            VALID["meter"](),
            VALID["meter"](),
            changed("meter", {"microgrid_id": 9, "category": 0}),
            changed("meter", {"id": 0, "microgrid_id": 9}),
        ],
        [
            _taken(1, "id", 17, "component"),
            (2, Fault(Rule.UNSPECIFIED, "category", "unspecified")),
            _foreign(2, "microgrid_id", 9, 4),
            _taken(2, "id", 17, "component"),
            _zero(3),
            _foreign(3, "microgrid_id", 9, 4),
        ],
    ),
]


def _link(
    start: int | None = None, end: int | None = None, *, source: int = 1, destination: int = 2
) -> Any:
    """Return a message of a connection that lasts from one second to another."""
    lifetime = {
        name: {"seconds": second}
        for name, second in (("start_timestamp", start), ("end_timestamp", end))
        if second is not None
    }
    return pb.ElectricalComponentConnection(
        source_electrical_component_id=source,
        destination_electrical_component_id=destination,
        operational_lifetime=lifetime,
    )


_INVALID_LIFETIME: Final = Fault(
    Rule.NANOS_OUT_OF_RANGE,
    "operational_lifetime.end",
    "-1 nanoseconds are outside 0 to 999999999; treated as always operational",
)


def _invalid_lifetime() -> Any:
    return changed("connection", {"operational_lifetime.end_timestamp.nanos": -1})


def _without_lifetime() -> Any:
    return changed("connection", {"operational_lifetime": None})


OF_CONNECTIONS: Final = [
    Case(name, CONNECTION, messages, faults)
    for name, messages, faults in (
        ("equal", [_link(3, 5), _link(3, 5)], [_twice(1)]),
        ("equal and without limits", [_link(), _link()], [_twice(1)]),
        (
            "equal and without lifetimes",
            [_without_lifetime() for _ in range(3)],
            [*map(_twice, (1, 2))],
        ),
        ("equal and of a single moment", [_link(3, 3), _link(3, 3)], [_twice(1)]),
        ("of two different moments", [_link(3, 3), _link(4, 4)], []),
        ("overlapping", [_link(3, 5), _link(4, 6)], [_twice(1)]),
        ("overlapping, later one first", [_link(4, 6), _link(3, 5)], [_twice(0)]),
        ("one within the other", [_link(3, 9), _link(4, 6)], [_twice(1)]),
        ("a single moment within the other", [_link(3, 9), _link(4, 4)], [_twice(1)]),
        ("both with the same start", [_link(3, 9), _link(3, 6)], [_twice(1)]),
        ("adjacent", [_link(3, 5), _link(5, 6)], []),
        ("adjacent, later one first", [_link(5, 6), _link(3, 5)], []),
        ("adjacent to a later single moment", [_link(3, 5), _link(5, 5)], []),
        ("adjacent to an earlier single moment", [_link(3, 3), _link(3, 5)], []),
        ("adjacent to an earlier single moment, listed later", [_link(3, 5), _link(3, 3)], []),
        ("adjacent and otherwise without limits", [_link(None, 5), _link(5, None)], []),
        ("separate", [_link(3, 5), _link(6, 7)], []),
        ("both without a start", [_link(None, 5), _link(None, 3)], [_twice(1)]),
        ("both without an end", [_link(5, None), _link(3, None)], [_twice(0)]),
        ("one without a start", [_link(None, 5), _link(4, 6)], [_twice(1)]),
        ("one without an end", [_link(3, None), _link(8, 9)], [_twice(1)]),
        ("always, and a period", [_link(8, 9), _link()], [_twice(0)]),
        (
            "a long one and two short ones",
            [_link(1, 9), _link(2, 3), _link(4, 5)],
            [_twice(1), _twice(2)],
        ),
        (
            "an endless one and two short ones",
            [_link(1), _link(2, 3), _link(4, 5)],
            [_twice(1), _twice(2)],
        ),
        ("one after another", [_link(4, 5), _link(1, 2), _link(2, 4)], []),
        ("in both directions", [_link(), _link(source=2, destination=1)], []),
        (
            "with others between",
            [_link(), _link(source=3), _link(), _link(source=3)],
            [_twice(2), _twice(3)],
        ),
        (
            "an invalid lifetime overlaps with no other",
            [_link(3, 5), _invalid_lifetime(), _link(3, 5)],
            [(1, _INVALID_LIFETIME), _twice(2)],
        ),
        (
            "invalid lifetimes",
            [_invalid_lifetime(), _invalid_lifetime()],
            [(0, _INVALID_LIFETIME), (1, _INVALID_LIFETIME)],
        ),
        ("to itself", [_link(destination=1), _link(destination=1)], [_itself(0, 1), _itself(1, 1)]),
        (
            "to itself before others",
            [
                _link(destination=1),
                _link(),
                _link(source=2),
                _link(),
                _link(destination=1),
                _link(),
            ],
            [_itself(0, 1), _itself(2, 2), _twice(3), _itself(4, 1), _twice(5)],
        ),
        (
            "from 0 to 0",
            [_link(source=0, destination=0), _link(source=0, destination=0)],
            [
                fault
                for index in range(2)
                for fault in (
                    _zero(index, "source"),
                    _zero(index, "destination"),
                    _itself(index, 0),
                )
            ],
        ),
        (
            "to 0",
            [_link(destination=0), _link(destination=0)],
            [_zero(0, "destination"), _zero(1, "destination"), _twice(1)],
        ),
    )
]

CASES: Final = [*OF_IDS, *OF_OWNERS, *OF_CONNECTIONS]


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=lambda entity: entity.noun)
def test_faults_across_items_are_found_at_their_items(entity: Entity[Any]) -> None:
    for case in CASES:
        if case.entity is entity:
            decoded = decode_list(entity, case.messages, OWNER.get(entity.noun))
            assert faults_of(decoded) == case.faults, case.name
            assert_complete(case.messages, decoded)


def assert_complete(messages: Sequence[Any], decoded: Decoded[Any]) -> None:
    """Assert that items and faulty items are those of the messages at their indices."""
    singles = [decode(message)[0] for message in messages]
    readable = [index for index, single in enumerate(singles) if single is not None]
    assert repr(decoded.items) == repr([singles[index] for index in readable])
    items = dict(zip(readable, decoded.items, strict=True))
    indices = []
    for faulty in decoded.faulty:
        assert faulty.list_index is not None
        assert faulty.message is messages[faulty.list_index]
        assert faulty.item is items.get(faulty.list_index)
        indices.append(faulty.list_index)
    assert indices == sorted({*indices})


@pytest.mark.parametrize("kind", ["meter", "sensor", "schedule"])
def test_the_owner_of_items_is_checked_only_if_it_is_given(kind: str) -> None:
    message = VALID[kind]()
    entity = ENTITIES[type(message)]
    assert decode_list(entity, [message]).faulty == []
    assert [it.rule for _, it in faults_of(decode_list(entity, [message], 99))] == [
        Rule.OTHER_OWNER
    ]


@pytest.mark.parametrize("kind", ["microgrid", "connection", "gridpool", "relation"])
def test_entities_without_an_owner_can_be_in_any_list(kind: str) -> None:
    message = VALID[kind]()
    assert decode_list(ENTITIES[type(message)], [message], 99).faulty == []


def test_schedules_with_the_same_id_are_duplicates_only_in_the_same_gridpool() -> None:
    messages = [changed("schedule", {"gridpool_id": number}) for number in (3, 9, 9)]
    assert faults_of(decode_list(SCHEDULE, messages)) == [_taken(2, "schedule_id", 5, "schedule")]


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=lambda entity: entity.noun)
def test_an_empty_list_has_no_items_and_no_findings(entity: Entity[Any]) -> None:
    assert decode_list(entity, [], 4) == Decoded([], [])


@pytest.mark.parametrize(
    ("periods", "duplicates"),
    [
        ([(1, 3), (2, 4), (3, 5)], [(2, 4), (3, 5)]),
        ([(1, 9), (2, 3), (5, 6), (9, 12)], [(2, 3), (5, 6)]),
        ([(1, 2), (2, 3), (3, 4), (4, None)], []),
        ([(None, 3), (2, 4), (4, 5)], [(2, 4)]),
        ([(1, None), (2, 3), (4, None)], [(2, 3), (4, None)]),
        ([(1, 5), (5, 5), (5, 9)], []),
        ([(3, 3), (1, 5), (5, 6)], [(3, 3)]),
    ],
    ids=str,
)
def test_connections_overlap_in_any_order(
    periods: list[tuple[int | None, int | None]], duplicates: list[tuple[int | None, int | None]]
) -> None:
    for order in permutations(periods):
        faults = faults_of(decode_list(CONNECTION, [_link(*period) for period in order]))
        indices = [index for index, period in enumerate(order) if period in duplicates]
        assert faults == [_twice(index) for index in indices], order


# Any list -----------------------------------------------------------------------------------------


def _expected(
    entity: Entity[Any], messages: Sequence[Any], owner: int
) -> Iterator[tuple[int, Fault]]:
    """Find the faults in a list by comparing every message with every other one."""
    for index, message in enumerate(messages):
        yield from ((index, fault) for fault in decode(message)[1])
        if entity in {COMPONENT, SENSOR} and message.microgrid_id not in {0, owner}:
            yield _foreign(index, "microgrid_id", message.microgrid_id, owner)
        if entity is SCHEDULE and message.gridpool_id not in {0, owner}:
            yield _foreign(index, "gridpool_id", message.gridpool_id, owner)
        others = [it for it in enumerate(messages) if it[0] != index]
        if entity is CONNECTION:
            if any(_is_duplicate(message, index, other, at) for at, other in others):
                yield _twice(index)
        elif entity is not RELATION:
            field = "schedule_id" if entity is SCHEDULE else "id"
            number = getattr(message, field)
            gridpool = getattr(message, "gridpool_id", None)
            if number and any(
                at < index
                and getattr(other, field) == number
                and getattr(other, "gridpool_id", None) == gridpool
                for at, other in others
            ):
                yield _taken(index, field, number, entity.noun)


_MIN: Final = datetime.min.replace(tzinfo=UTC)


def _is_duplicate(message: Any, index: int, other: Any, other_index: int) -> bool:
    """Return whether a connection is a duplicate of another one."""
    (connection, faults), (other_connection, other_faults) = decode(message), decode(other)
    if connection is None or other_connection is None:
        return False
    if any(fault.path.startswith("operational_lifetime") for fault in (*faults, *other_faults)):
        return False
    if (connection.source, connection.destination) != (
        other_connection.source,
        other_connection.destination,
    ):
        return False
    lifetime, other_lifetime = (
        connection.operational_lifetime,
        other_connection.operational_lifetime,
    )
    if (*_rank(other_lifetime), other_index) > (*_rank(lifetime), index):
        return False
    return lifetime == other_lifetime or (
        _starts_before_end(lifetime, other_lifetime)
        and _starts_before_end(other_lifetime, lifetime)
    )


def _rank(lifetime: Lifetime) -> tuple[bool, datetime, bool]:
    """Return the sort key: the start, and for equal starts, single moments first."""
    start = lifetime.start
    return start is not None, start or _MIN, start is None or start != lifetime.end


def _starts_before_end(one: Lifetime, other: Lifetime) -> bool:
    return one.start is None or other.end is None or one.start < other.end


_few_ids: Final = st.integers(0, 2)
_ends: Final = st.sampled_from([(1, 2), (1, 2), (1, 2), (2, 1), (1, 1), (0, 1)])
_moments: Final = st.none() | st.integers(1, 3)
_links: Final = st.builds(
    lambda ends, start, end: _link(start, end, source=ends[0], destination=ends[1]),
    _ends,
    _moments,
    _moments,
)


def _id_fields(message_type: Any) -> list[str]:
    return [
        name
        for name in ("id", "microgrid_id", "schedule_id", "gridpool_id")
        if name in message_type.DESCRIPTOR.fields_by_name
    ]


def _any_of(message_type: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for messages of a type with few different IDs."""
    if ENTITIES[message_type] is CONNECTION:
        return _links | _links | any_message(message_type)
    ids = st.fixed_dictionaries(dict.fromkeys(_id_fields(message_type), _few_ids))
    valid = [name for name in VALID if isinstance(VALID[name](), message_type)]
    return st.builds(changed, st.sampled_from(valid), ids) | st.builds(
        _with_ids, any_message(message_type), ids
    )


def _with_ids(message: Message, ids: dict[str, int]) -> Message:
    for name, number in ids.items():
        setattr(message, name, number)
    return message


LISTS: Final = {
    message_type: st.lists(_any_of(message_type), max_size=6) for message_type in ENTITIES
}


@pytest.mark.parametrize(
    "message_type", ENTITIES, ids=lambda message_type: ENTITIES[message_type].noun
)
@settings(max_examples=50)
@given(data=st.data(), owner=_few_ids)
def test_any_list_has_the_faults_of_its_messages_and_of_each_pair(
    message_type: type[Message], data: st.DataObject, owner: int
) -> None:
    messages = data.draw(LISTS[message_type])
    entity = ENTITIES[message_type]
    decoded = decode_list(entity, messages, owner)
    assert faults_of(decoded) == [*_expected(entity, messages, owner)]
    assert_complete(messages, decoded)


@settings(max_examples=200)
@given(messages=st.lists(_links, min_size=2, max_size=4))
def test_any_connections_that_overlap_are_duplicates(messages: list[Any]) -> None:
    expected = [*_expected(CONNECTION, messages, 0)]
    assert faults_of(decode_list(CONNECTION, messages)) == expected


# Mocks of users' tests ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["meter", "connection", "sensor"])
def test_a_mock_of_a_reply_is_decoded_like_the_messages_in_it(kind: str) -> None:
    message = VALID[kind]()
    entity = ENTITIES[type(message)]
    owner = OWNER.get(entity.noun, 4)
    expected = decode_reply(entity, _reply(kind, owner, message), owner)
    fields = {entity.list_field: [message], "microgrid_id": owner}
    magic_mock = mock.MagicMock(spec=REPLIES[kind], DESCRIPTOR=REPLIES[kind].DESCRIPTOR, **fields)
    operation = REPLIES[kind].DESCRIPTOR.name.removesuffix("Response")
    assert decode_reply(entity, reply_of(operation, magic_mock).message, owner) == expected
    namespace = SimpleNamespace(**{entity.list_field: [message]})
    assert decode_reply(entity, reply_of(operation, namespace).message) == expected


# In parts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "message_type", ENTITIES, ids=lambda message_type: ENTITIES[message_type].noun
)
@settings(max_examples=30)
@given(data=st.data(), owner=_few_ids, part=st.integers(1, 5))
def test_any_list_is_decoded_in_parts_like_as_a_whole(
    message_type: type[Message], data: st.DataObject, owner: int, part: int
) -> None:
    entity = ENTITIES[message_type]
    replies = {ENTITIES[type(VALID[kind]())]: reply for kind, reply in REPLIES.items()}
    reply = {**replies, **OTHER_REPLIES}[entity](
        **{entity.list_field: data.draw(LISTS[message_type])}
    )
    messages = getattr(reply, entity.list_field)
    as_a_whole = decode_list(entity, messages, owner), decode_reply(entity, reply, owner)
    with mock.patch.object(parts_module, "PART", part):
        in_parts = decode_list(entity, messages, owner), decode_reply(entity, reply, owner)
    for whole, parts in zip(as_a_whole, in_parts, strict=True):
        assert faults_of(parts) == faults_of(whole)
        assert repr(parts) == repr(whole)  # NaN differs from itself
    assert repr(as_a_whole[0].items) == repr(as_a_whole[1].items)


SERIALIZING: Final = 2
"""The number of pauses for a reply that arrives as a message, which is serialized first."""


@pytest.mark.parametrize(("count", "pauses"), [(0, 0), (3, 0), (4, 1), (9, 2), (10, 3)])
def test_there_is_a_pause_after_each_part_of_a_long_list(count: int, pauses: int) -> None:
    distinct = [changed("meter", {"id": number}) for number in range(1, count + 1)]
    with mock.patch.object(parts_module, "PART", 3):
        steps = [*steps_of(COMPONENT, _reply("meter", 4, *distinct), 4)]
        assert len(steps) == SERIALIZING + pauses
        # If there are duplicates, the list is also searched for owners, and for duplicates.
        equal = _reply("meter", 4, *[VALID["meter"]()] * count)
        assert len([*steps_of(COMPONENT, equal, 4)]) == SERIALIZING + 3 * pauses
        # If several connections lead to one component, it is also searched for pairs.
        to_one = [
            pb.ElectricalComponentConnection(
                source_electrical_component_id=number + 1, destination_electrical_component_id=1
            )
            for number in range(1, count + 1)
        ]
        steps = [*steps_of(CONNECTION, _reply("connection", 4, *to_one), 4)]
        assert len(steps) == SERIALIZING + 2 * pauses


def test_faults_in_all_parts_of_a_long_list_have_their_indices() -> None:
    connections = [
        pb.ElectricalComponentConnection(
            source_electrical_component_id=index + 1,
            destination_electrical_component_id=index + 1 + (index % 1000 != 999),
        )
        for index in range(2 * PART + 1000)
    ]
    reply = _reply("connection", 4, *connections)
    indices = [index for index in range(len(connections)) if index % 1000 == 999]
    assert len(indices) > 4
    assert [
        (it.list_index, it.item, it.message) for it in decode_reply(CONNECTION, reply, 4).faulty
    ] == [(index, None, connections[index]) for index in indices]


# Replies ------------------------------------------------------------------------------------------

OTHER_REPLIES: Final[dict[Entity[Any], Any]] = {
    MICROGRID: market_pb.ListMicrogridsResponse,
    GRIDPOOL: market_pb.ListGridpoolsResponse,
    RELATION: market_pb.ListMarketTopologyRelationsResponse,
}

REPLIES: Final = {
    "meter": market_pb.ListMicrogridElectricalComponentsResponse,
    "connection": market_pb.ListMicrogridElectricalComponentConnectionsResponse,
    "sensor": market_pb.ListMicrogridSensorsResponse,
    "schedule": market_pb.ListGridpoolEnergySchedulesResponse,
}
"""By the kind of valid messages, the replies that list them and have the ID of their owner."""


def _reply(kind: str, number: int, *messages: Any) -> Any:
    entity = ENTITIES[type(VALID[kind]())]
    field = "gridpool_id" if kind == "schedule" else "microgrid_id"
    return REPLIES[kind](**{field: number, entity.list_field: messages})


def _for_another(noun: str, number: int, asked: int, path: str) -> Fault:
    sentence = f"the reply is for {noun} {number}, but {asked} was requested"
    return Fault(Rule.REPLY_FOR_ANOTHER, path, sentence)


def _faults_of_reply(kind: str, number: int, asked: int) -> list[tuple[int | None, Fault]]:
    """Return the faults of a reply with the ID of an owner, given the one that was asked for."""
    noun = "gridpool" if kind == "schedule" else "microgrid"
    if number == asked:
        return []
    if number:
        return [(None, _for_another(noun, number, asked, f"{noun}_id"))]
    sentence = f"missing; the reply does not say which {noun} it is for"
    return [(None, Fault(Rule.REPLY_WITHOUT_ID, f"{noun}_id", sentence))]


@pytest.mark.parametrize("kind", REPLIES)
def test_a_reply_for_another_owner_has_a_fault_and_its_items(kind: str) -> None:
    message = VALID[kind]()
    entity = ENTITIES[type(message)]
    asked = OWNER.get(entity.noun, 4)
    for number in (0, 1, 3, 4, 2**64 - 1):
        reply = _reply(kind, number, message)
        decoded = decode_reply(entity, reply, asked)
        assert faults_of(decoded) == _faults_of_reply(kind, number, asked), number
        faulty = [(it.list_index, it.item, it.message) for it in decoded.faulty]
        assert faulty == ([] if number == asked else [(None, None, reply)]), number
        assert decoded.items == [decode(message)[0]], number


@pytest.mark.parametrize("kind", REPLIES)
def test_faults_of_a_reply_come_before_those_of_its_items(kind: str) -> None:
    entity = ENTITIES[type(VALID[kind]())]
    asked = OWNER.get(entity.noun, 4)
    reply = _reply(kind, 99, VALID[kind](), VALID[kind]())
    decoded = decode_reply(entity, reply, asked)
    assert [faulty.list_index for faulty in decoded.faulty] == [None, 1]
    assert [str(it) for it in decoded.faulty[0].findings] == [
        f"reply: {fault}" for _, fault in _faults_of_reply(kind, 99, asked)
    ]
    assert faults_of(decoded)[1:] == faults_of(
        decode_list(entity, [VALID[kind](), VALID[kind]()], asked)
    )


@pytest.mark.parametrize(
    ("entity", "reply"),
    [
        (MICROGRID, market_pb.ListMicrogridsResponse(microgrids=[valid_microgrid()] * 2)),
        (GRIDPOOL, market_pb.ListGridpoolsResponse(gridpools=[valid_gridpool()] * 2)),
        (RELATION, market_pb.ListMarketTopologyRelationsResponse(relations=[VALID["relation"]()])),
    ],
    ids=["microgrids", "gridpools", "relations"],
)
def test_a_reply_without_an_owner_has_only_the_faults_of_its_items(
    entity: Entity[Any], reply: Any
) -> None:
    messages = getattr(reply, entity.list_field)
    assert faults_of(decode_reply(entity, reply)) == faults_of(decode_list(entity, messages))
    assert len(decode_reply(entity, reply).items) == len(messages)


@pytest.mark.parametrize("kind", REPLIES)
def test_an_empty_reply_can_be_for_another_owner(kind: str) -> None:
    entity = ENTITIES[type(VALID[kind]())]
    decoded = decode_reply(entity, _reply(kind, 8), 9)
    assert (faults_of(decoded), decoded.items) == (_faults_of_reply(kind, 8, 9), [])


@pytest.mark.parametrize(
    ("changes", "asked", "faults"),
    [
        ({}, 4, []),
        ({}, 5, [(0, _for_another("microgrid", 4, 5, "id"))]),
        ({"id": 0}, 4, [_zero(0)]),
        (
            {"id": 2**64 - 1, "status": 0},
            4,
            [
                (0, Fault(Rule.UNSPECIFIED, "status", "unspecified")),
                (0, _for_another("microgrid", 2**64 - 1, 4, "id")),
            ],
        ),
    ],
    ids=["requested", "another", "id 0", "another, with unspecified status"],
)
def test_another_microgrid_than_requested_is_a_fault(
    changes: dict[str, Any], asked: int, faults: list[tuple[int | None, Fault]]
) -> None:
    message = changed("microgrid", changes)
    reply = market_pb.GetMicrogridResponse(microgrid=message)
    for whole in (Reply.of(reply), Reply(type(reply), reply.SerializeToString())):
        microgrid, faulty = decode_microgrid_reply(whole, asked)
        assert microgrid == decode(message)[0]
        assert faults_of(Decoded([microgrid], [faulty] if faulty else [])) == faults
        if faulty is not None:
            assert faulty.message == message
            assert faulty.item is microgrid


# For the completeness of the rules ----------------------------------------------------------------


def fields_of_faults_in_lists() -> set[tuple[str, str]]:
    """Return the rules of the faults above, each with its field as in `Rule.fields`."""
    tested = {
        (fault.rule.id, field_of(case.messages[index], fault.path))
        for case in CASES
        for index, fault in case.faults
    }
    tested |= {
        (fault.rule.id, field_of(_reply(kind, number), fault.path))
        for kind in REPLIES
        for number in (0, 1)
        for _, fault in _faults_of_reply(kind, number, 4)
    }
    return tested | {(Rule.REPLY_FOR_ANOTHER.id, field_of(valid_microgrid(), "id"))}
