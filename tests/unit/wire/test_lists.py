"""What only shows when all messages of a list are seen together, and with their reply."""

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
    decode,
    field_of,
    valid_gridpool,
    valid_microgrid,
    market_pb,
    pb,
    changed,
)
from ..strategies import any_message

OWNER: Final = {"component": 4, "sensor": 4, "schedule": 3}
"""To what the good messages belong."""


def steps_of(entity: Entity[Any], reply: Message, asked: int | None = None) -> Any:
    """Return the steps of decoding a reply that arrives as a message."""
    return decode_reply_in_steps(entity, Reply.of(reply), asked)


def decode_reply(entity: Entity[Any], reply: Message, asked: int | None = None) -> Decoded[Any]:
    """Decode a reply that arrives as a message."""
    decoded_reply: Decoded[Any] = without_pauses(steps_of(entity, reply, asked))
    return decoded_reply


def told(decoded_list: Decoded[Any]) -> list[tuple[int | None, Fault]]:
    """Return what is wrong with a list, with the places of the messages."""
    return [(faulty.list_index, fault) for faulty in decoded_list.faulty for fault in faulty.faults]


# One fault, one finding ---------------------------------------------------------------------------


class Case(NamedTuple):
    """A list with faults, and what is said of it."""

    name: str
    entity: Entity[Any]
    messages: Sequence[Any]
    found: Sequence[tuple[int, Fault]]


def _taken(place: int, path: str, number: int, noun: str) -> tuple[int, Fault]:
    sentence = f"duplicate ID {number}: an earlier {noun} in the list has it"
    return place, Fault(Rule.ID_TAKEN, path, sentence)


def _foreign(place: int, path: str, number: int, owner: int) -> tuple[int, Fault]:
    noun = path.removesuffix("_id")
    sentence = f"belongs to {noun} {number}, but is listed under {noun} {owner}"
    return place, Fault(Rule.OTHER_OWNER, path, sentence)


def _twice(place: int) -> tuple[int, Fault]:
    sentence = "the connection is listed twice, for overlapping times"
    return place, Fault(Rule.CONNECTION_TWICE, "destination", sentence)


def _itself(place: int, number: int) -> tuple[int, Fault]:
    sentence = f"same as the source, component {number}; the connection is ignored"
    return place, Fault(Rule.CONNECTION_TO_ITSELF, "destination", sentence)


def _zero(place: int, path: str = "id") -> tuple[int, Fault]:
    return place, Fault(Rule.ID_ZERO, path, "0 is not a valid ID")


def _missing(place: int, path: str) -> tuple[int, Fault]:
    return place, Fault(Rule.OWNER_MISSING, path, "missing")


def _numbered(good: str, *numbers: int) -> list[Any]:
    """Return good messages with these ids."""
    return [changed(good, {ENTITIES[type(VALID[good]())].id_field: number}) for number in numbers]


OF_IDS: Final = [
    case
    for good, entity in (
        ("microgrid", MICROGRID),
        ("meter", COMPONENT),
        ("sensor", SENSOR),
        ("gridpool", GRIDPOOL),
        ("schedule", SCHEDULE),
    )
    for field in ("schedule_id" if good == "schedule" else "id",)
    for case in (
        Case("all unlike", entity, _numbered(good, 1, 2, 3), []),
        Case("twice", entity, _numbered(good, 7, 7), [_taken(1, field, 7, entity.noun)]),
        Case(
            "thrice, and others between",
            entity,
            _numbered(good, 7, 8, 7, 9, 7),
            [_taken(2, field, 7, entity.noun), _taken(4, field, 7, entity.noun)],
        ),
        Case(
            "two ids twice each",
            entity,
            _numbered(good, 7, 8, 8, 7),
            [_taken(2, field, 8, entity.noun), _taken(3, field, 7, entity.noun)],
        ),
        Case(
            "0 twice",
            entity,
            _numbered(good, 0, 7, 0),
            [_zero(0, field), _zero(2, field)],
        ),
    )
]

OF_OWNERS: Final = [
    Case(
        "components of others",
        COMPONENT,
        [changed("meter", {"id": 10 + place, "microgrid_id": 4 + place}) for place in range(3)],
        [
            _foreign(1, "microgrid_id", 5, 4),
            _foreign(2, "microgrid_id", 6, 4),
        ],
    ),
    Case(
        "a component of none",
        COMPONENT,
        [changed("meter", {"id": 1}), changed("meter", {"microgrid_id": 0})],
        [_missing(1, "microgrid_id")],
    ),
    Case(
        "a sensor of another",
        SENSOR,
        [changed("sensor", {"microgrid_id": 9})],
        [_foreign(0, "microgrid_id", 9, 4)],
    ),
    Case(
        "a sensor of none",
        SENSOR,
        [changed("sensor", {"microgrid_id": 0})],
        [_missing(0, "microgrid_id")],
    ),
    Case(
        "a schedule of another",
        SCHEDULE,
        [changed("schedule", {"gridpool_id": 9})],
        [_foreign(0, "gridpool_id", 9, 3)],
    ),
    Case(
        "a schedule of none",
        SCHEDULE,
        [changed("schedule", {"gridpool_id": 0})],
        [_missing(0, "gridpool_id")],
    ),
    Case(
        "schedules of one number in different gridpools",
        SCHEDULE,
        [VALID["schedule"](), changed("schedule", {"gridpool_id": 9})],
        [_foreign(1, "gridpool_id", 9, 3)],
    ),
    Case("relations, which have no number", RELATION, [VALID["relation"]() for _ in range(2)], []),
    Case(
        "own faults before those of the list",
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


_UNREADABLE: Final = Fault(
    Rule.NANOS_OUT_OF_RANGE,
    "operational_lifetime.end",
    "-1 nanoseconds are outside 0 to 999999999; taken as always operational",
)


def _unreadable() -> Any:
    return changed("connection", {"operational_lifetime.end_timestamp.nanos": -1})


def _without_lifetime() -> Any:
    return changed("connection", {"operational_lifetime": None})


OF_CONNECTIONS: Final = [
    Case(name, CONNECTION, messages, found)
    for name, messages, found in (
        ("alike", [_link(3, 5), _link(3, 5)], [_twice(1)]),
        ("alike and without limits", [_link(), _link()], [_twice(1)]),
        (
            "alike and without lifetimes",
            [_without_lifetime() for _ in range(3)],
            [*map(_twice, (1, 2))],
        ),
        ("alike for one moment", [_link(3, 3), _link(3, 3)], [_twice(1)]),
        ("for two moments", [_link(3, 3), _link(4, 4)], []),
        ("overlapping", [_link(3, 5), _link(4, 6)], [_twice(1)]),
        ("overlapping, the later first", [_link(4, 6), _link(3, 5)], [_twice(0)]),
        ("one within the other", [_link(3, 9), _link(4, 6)], [_twice(1)]),
        ("a moment within the other", [_link(3, 9), _link(4, 4)], [_twice(1)]),
        ("one starts with the other", [_link(3, 9), _link(3, 6)], [_twice(1)]),
        ("touching", [_link(3, 5), _link(5, 6)], []),
        ("touching, the later first", [_link(5, 6), _link(3, 5)], []),
        ("touching at an end that is a moment", [_link(3, 5), _link(5, 5)], []),
        ("touching at a start that is a moment", [_link(3, 3), _link(3, 5)], []),
        ("touching at a start that is a moment given later", [_link(3, 5), _link(3, 3)], []),
        ("touching without limits", [_link(None, 5), _link(5, None)], []),
        ("apart", [_link(3, 5), _link(6, 7)], []),
        ("both without a start", [_link(None, 5), _link(None, 3)], [_twice(1)]),
        ("both without an end", [_link(5, None), _link(3, None)], [_twice(0)]),
        ("one without a start", [_link(None, 5), _link(4, 6)], [_twice(1)]),
        ("one without an end", [_link(3, None), _link(8, 9)], [_twice(1)]),
        ("always and some time", [_link(8, 9), _link()], [_twice(0)]),
        (
            "long, and two short ones",
            [_link(1, 9), _link(2, 3), _link(4, 5)],
            [_twice(1), _twice(2)],
        ),
        (
            "endless, and two short ones",
            [_link(1), _link(2, 3), _link(4, 5)],
            [_twice(1), _twice(2)],
        ),
        ("one after the other", [_link(4, 5), _link(1, 2), _link(2, 4)], []),
        ("back and forth", [_link(), _link(source=2, destination=1)], []),
        (
            "others between",
            [_link(), _link(source=3), _link(), _link(source=3)],
            [_twice(2), _twice(3)],
        ),
        (
            "nobody knows when one with an unreadable lifetime exists",
            [_link(3, 5), _unreadable(), _link(3, 5)],
            [(1, _UNREADABLE), _twice(2)],
        ),
        (
            "unreadable lifetimes",
            [_unreadable(), _unreadable()],
            [(0, _UNREADABLE), (1, _UNREADABLE)],
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
            "from nothing to nothing",
            [_link(source=0, destination=0), _link(source=0, destination=0)],
            [
                found
                for place in range(2)
                for found in (
                    _zero(place, "source"),
                    _zero(place, "destination"),
                    _itself(place, 0),
                )
            ],
        ),
        (
            "to nothing",
            [_link(destination=0), _link(destination=0)],
            [_zero(0, "destination"), _zero(1, "destination"), _twice(1)],
        ),
    )
]

CASES: Final = [*OF_IDS, *OF_OWNERS, *OF_CONNECTIONS]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.entity.noun}-{case.name}")
def test_what_is_wrong_across_a_list_is_found_where_it_is(case: Case) -> None:
    decoded_list = decode_list(case.entity, case.messages, OWNER.get(case.entity.noun))
    assert told(decoded_list) == case.found
    assert_whole(case.messages, decoded_list)


def assert_whole(messages: Sequence[Any], decoded_list: Decoded[Any]) -> None:
    """Assert that items and findings are of the messages at their places."""
    singles = [decode(message)[0] for message in messages]
    readable = [place for place, single in enumerate(singles) if single is not None]
    assert repr(decoded_list.items) == repr([singles[place] for place in readable])
    items = dict(zip(readable, decoded_list.items, strict=True))
    places = []
    for faulty in decoded_list.faulty:
        assert faulty.list_index is not None
        assert faulty.message is messages[faulty.list_index]
        assert faulty.item is items.get(faulty.list_index)
        places.append(faulty.list_index)
    assert places == sorted({*places})


@pytest.mark.parametrize("good", ["meter", "sensor", "schedule"])
def test_without_an_owner_none_is_another(good: str) -> None:
    message = VALID[good]()
    entity = ENTITIES[type(message)]
    assert decode_list(entity, [message]).faulty == []
    assert [it.rule for _, it in told(decode_list(entity, [message], 99))] == [Rule.OTHER_OWNER]


@pytest.mark.parametrize("good", ["microgrid", "connection", "gridpool", "relation"])
def test_what_belongs_to_nothing_is_not_foreign(good: str) -> None:
    message = VALID[good]()
    assert decode_list(ENTITIES[type(message)], [message], 99).faulty == []


def test_schedules_of_one_number_are_doubles_only_in_one_gridpool() -> None:
    messages = [changed("schedule", {"gridpool_id": number}) for number in (3, 9, 9)]
    assert told(decode_list(SCHEDULE, messages)) == [_taken(2, "schedule_id", 5, "schedule")]


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=lambda entity: entity.noun)
def test_an_empty_list_has_no_items_and_no_findings(entity: Entity[Any]) -> None:
    assert decode_list(entity, [], 4) == Decoded([], [])


@pytest.mark.parametrize(
    ("periods", "doubles"),
    [
        ([(1, 3), (2, 4), (3, 5)], {(2, 4), (3, 5)}),
        ([(1, 9), (2, 3), (5, 6), (9, 12)], {(2, 3), (5, 6)}),
        ([(1, 2), (2, 3), (3, 4), (4, None)], set()),
        ([(None, 3), (2, 4), (4, 5)], {(2, 4)}),
        ([(1, None), (2, 3), (4, None)], {(2, 3), (4, None)}),
        ([(1, 5), (5, 5), (5, 9)], set()),
        ([(3, 3), (1, 5), (5, 6)], {(3, 3)}),
    ],
    ids=str,
)
def test_connections_overlap_in_whatever_order_they_are_given(
    periods: list[tuple[int | None, int | None]], doubles: set[tuple[int | None, int | None]]
) -> None:
    for order in permutations(periods):
        found = told(decode_list(CONNECTION, [_link(*period) for period in order]))
        places = [place for place, period in enumerate(order) if period in doubles]
        assert found == [_twice(place) for place in places], order


# Any list -----------------------------------------------------------------------------------------


def _expected(
    entity: Entity[Any], messages: Sequence[Any], owner: int
) -> Iterator[tuple[int, Fault]]:
    """Find what is wrong with a list by comparing every message with every other one."""
    for place, message in enumerate(messages):
        yield from ((place, fault) for fault in decode(message)[1])
        if entity in {COMPONENT, SENSOR} and message.microgrid_id not in {0, owner}:
            yield _foreign(place, "microgrid_id", message.microgrid_id, owner)
        if entity is SCHEDULE and message.gridpool_id not in {0, owner}:
            yield _foreign(place, "gridpool_id", message.gridpool_id, owner)
        others = [it for it in enumerate(messages) if it[0] != place]
        if entity is CONNECTION:
            if any(_is_double(message, place, other, at) for at, other in others):
                yield _twice(place)
        elif entity is not RELATION:
            field = "schedule_id" if entity is SCHEDULE else "id"
            number = getattr(message, field)
            pool = getattr(message, "gridpool_id", None)
            if number and any(
                at < place
                and getattr(other, field) == number
                and getattr(other, "gridpool_id", None) == pool
                for at, other in others
            ):
                yield _taken(place, field, number, entity.noun)


_MIN, _MAX = (moment.replace(tzinfo=UTC) for moment in (datetime.min, datetime.max))


def _is_double(message: Any, place: int, other: Any, at: int) -> bool:
    """Return whether one connection is the double of another one."""
    (made, found), (before, found_before) = decode(message), decode(other)
    if made is None or before is None:
        return False
    if any(fault.path.startswith("operational_lifetime") for fault in (*found, *found_before)):
        return False
    if (made.source, made.destination) != (before.source, before.destination):
        return False
    lasts, lasted = made.operational_lifetime, before.operational_lifetime
    if (*_rank(lasted), at) > (*_rank(lasts), place):
        return False
    return lasts == lasted or (
        _starts_before_end(lasts, lasted) and _starts_before_end(lasted, lasts)
    )


def _rank(lifetime: Lifetime) -> tuple[bool, datetime, bool]:
    """Return what comes first: the earlier start, and of the same ones, the mere moment."""
    start = lifetime.start
    return start is not None, start or _MIN, start is None or start != lifetime.end


def _starts_before_end(one: Lifetime, other: Lifetime) -> bool:
    return one.start is None or other.end is None or one.start < other.end


_few: Final = st.integers(0, 2)
_ends: Final = st.sampled_from([(1, 2), (1, 2), (1, 2), (2, 1), (1, 1), (0, 1)])
_moments: Final = st.none() | st.integers(1, 3)
_links: Final = st.builds(
    lambda ends, start, end: _link(start, end, source=ends[0], destination=ends[1]),
    _ends,
    _moments,
    _moments,
)


def _numbers_of(kind: Any) -> list[str]:
    return [
        name
        for name in ("id", "microgrid_id", "schedule_id", "gridpool_id")
        if name in kind.DESCRIPTOR.fields_by_name
    ]


def _any_of(kind: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for messages of a kind with few different numbers."""
    if ENTITIES[kind] is CONNECTION:
        return _links | _links | any_message(kind)
    numbers = st.fixed_dictionaries(dict.fromkeys(_numbers_of(kind), _few))
    good = [name for name in VALID if isinstance(VALID[name](), kind)]
    few_alike = st.builds(changed, st.sampled_from(good), numbers)
    return few_alike | st.builds(_merged, any_message(kind), numbers)


def _merged(message: Message, numbers: dict[str, int]) -> Message:
    for name, number in numbers.items():
        setattr(message, name, number)
    return message


LISTS: Final = {kind: st.lists(_any_of(kind), max_size=6) for kind in ENTITIES}


@pytest.mark.parametrize("kind", ENTITIES, ids=lambda kind: ENTITIES[kind].noun)
@given(data=st.data(), owner=_few)
def test_any_list_is_read_and_found_wrong_as_each_message_and_each_pair_is(
    kind: type[Message], data: st.DataObject, owner: int
) -> None:
    messages = data.draw(LISTS[kind])
    entity = ENTITIES[kind]
    decoded_list = decode_list(entity, messages, owner)
    assert told(decoded_list) == [*_expected(entity, messages, owner)]
    assert_whole(messages, decoded_list)


@settings(max_examples=500)
@given(messages=st.lists(_links, min_size=2, max_size=4))
def test_any_connections_are_twice_where_two_of_them_overlap(messages: list[Any]) -> None:
    found = [*_expected(CONNECTION, messages, 0)]
    assert told(decode_list(CONNECTION, messages)) == found


# Replies of users' tests --------------------------------------------------------------------------


@pytest.mark.parametrize("good", ["meter", "connection", "sensor"])
def test_a_mock_of_a_reply_is_read_as_the_messages_in_it(good: str) -> None:
    message = VALID[good]()
    entity = ENTITIES[type(message)]
    number = OWNER.get(entity.noun, 4)
    real = decode_reply(entity, _reply(good, number, message), number)
    fields = {entity.list_field: [message], "microgrid_id": number}
    stand_in = mock.MagicMock(spec=REPLIES[good], DESCRIPTOR=REPLIES[good].DESCRIPTOR, **fields)
    operation = REPLIES[good].DESCRIPTOR.name.removesuffix("Response")
    assert decode_reply(entity, reply_of(operation, stand_in).message, number) == real
    simple = SimpleNamespace(**{entity.list_field: [message]})
    assert decode_reply(entity, reply_of(operation, simple).message) == real


# In parts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ENTITIES, ids=lambda kind: ENTITIES[kind].noun)
@given(data=st.data(), owner=_few, part=st.integers(1, 5))
def test_any_list_is_read_in_parts_as_at_one_go(
    kind: type[Message], data: st.DataObject, owner: int, part: int
) -> None:
    entity = ENTITIES[kind]
    replies = {ENTITIES[type(VALID[good]())]: reply for good, reply in REPLIES.items()}
    listed = replies.get(entity, OTHER_REPLIES.get(entity))
    assert listed is not None
    reply = listed(**{entity.list_field: data.draw(LISTS[kind])})
    messages = getattr(reply, entity.list_field)
    at_one_go = decode_list(entity, messages, owner), decode_reply(entity, reply, owner)
    with mock.patch.object(parts_module, "PART", part):
        in_parts = decode_list(entity, messages, owner), decode_reply(entity, reply, owner)
    for whole, parts in zip(at_one_go, in_parts, strict=True):
        assert told(parts) == told(whole)
        assert repr(parts) == repr(whole)  # NaN differs from itself
    assert repr(at_one_go[0].items) == repr(at_one_go[1].items)


WRITING: Final = 2
"""How many pauses there are when a list comes as messages, which are written first."""


@pytest.mark.parametrize(("count", "pauses"), [(0, 0), (3, 0), (4, 1), (9, 2), (10, 3)])
def test_there_is_a_pause_after_each_part_of_a_long_list(count: int, pauses: int) -> None:
    distinct = [changed("meter", {"id": number}) for number in range(1, count + 1)]
    writing = WRITING
    with mock.patch.object(parts_module, "PART", 3):
        made = [*steps_of(COMPONENT, _reply("meter", 4, *distinct), 4)]
        assert len(made) == writing + pauses
        # Where there are doubles, the list is gone through for owners, and for doubles.
        alike = _reply("meter", 4, *[VALID["meter"]()] * count)
        assert len([*steps_of(COMPONENT, alike, 4)]) == writing + 3 * pauses
        # Where several connections lead to one component, it is for pairs.
        to_one = [
            pb.ElectricalComponentConnection(
                source_electrical_component_id=number + 1, destination_electrical_component_id=1
            )
            for number in range(1, count + 1)
        ]
        made = [*steps_of(CONNECTION, _reply("connection", 4, *to_one), 4)]
        assert len(made) == writing + 2 * pauses


def test_faults_in_any_part_of_a_long_list_have_their_places() -> None:
    connections = [
        pb.ElectricalComponentConnection(
            source_electrical_component_id=index + 1,
            destination_electrical_component_id=index + 1 + (index % 1000 != 999),
        )
        for index in range(2 * PART + 1000)
    ]
    reply = _reply("connection", 4, *connections)
    decoded_reply = decode_reply(CONNECTION, reply, 4)
    places = [index for index in range(len(connections)) if index % 1000 == 999]
    assert len(places) > 4
    assert [(it.list_index, it.item, it.message) for it in decoded_reply.faulty] == [
        (index, None, connections[index]) for index in places
    ]


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
"""The replies that say what they are for, by the good messages of their lists."""


def _reply(good: str, number: int, *messages: Any) -> Any:
    entity = ENTITIES[type(VALID[good]())]
    field = "gridpool_id" if good == "schedule" else "microgrid_id"
    return REPLIES[good](**{field: number, entity.list_field: messages})


def _for_another(noun: str, number: int, asked: int, path: str) -> Fault:
    sentence = f"the reply is for {noun} {number}, but {asked} was requested"
    return Fault(Rule.REPLY_FOR_ANOTHER, path, sentence)


def _of_reply(good: str, number: int, asked: int) -> list[tuple[int | None, Fault]]:
    """Return what is said of a reply with this number."""
    noun = "gridpool" if good == "schedule" else "microgrid"
    if number == asked:
        return []
    if number:
        return [(None, _for_another(noun, number, asked, f"{noun}_id"))]
    sentence = f"missing; the reply does not say which {noun} it is for"
    return [(None, Fault(Rule.REPLY_WITHOUT_ID, f"{noun}_id", sentence))]


@pytest.mark.parametrize("number", [0, 1, 3, 4, 2**64 - 1])
@pytest.mark.parametrize("good", REPLIES)
def test_a_reply_that_is_not_for_what_was_asked_for_says_so(good: str, number: int) -> None:
    message = VALID[good]()
    entity = ENTITIES[type(message)]
    asked = OWNER.get(entity.noun, 4)
    reply = _reply(good, number, message)
    decoded_reply = decode_reply(entity, reply, asked)
    assert told(decoded_reply) == _of_reply(good, number, asked)
    faulty = [(it.list_index, it.item, it.message) for it in decoded_reply.faulty]
    assert faulty == ([] if number == asked else [(None, None, reply)])
    assert decoded_reply.items == [decode(message)[0]]


@pytest.mark.parametrize("good", REPLIES)
def test_what_is_wrong_with_a_reply_comes_before_what_is_with_its_items(good: str) -> None:
    entity = ENTITIES[type(VALID[good]())]
    asked = OWNER.get(entity.noun, 4)
    reply = _reply(good, 99, VALID[good](), VALID[good]())
    decoded_reply = decode_reply(entity, reply, asked)
    assert [faulty.list_index for faulty in decoded_reply.faulty] == [None, 1]
    assert [str(it) for it in decoded_reply.faulty[0].findings] == [
        f"reply: {fault}" for _, fault in _of_reply(good, 99, asked)
    ]
    assert told(decoded_reply)[1:] == told(decode_list(entity, [VALID[good](), VALID[good]()], asked))


@pytest.mark.parametrize(
    ("entity", "reply"),
    [
        (MICROGRID, market_pb.ListMicrogridsResponse(microgrids=[valid_microgrid()] * 2)),
        (GRIDPOOL, market_pb.ListGridpoolsResponse(gridpools=[valid_gridpool()] * 2)),
        (RELATION, market_pb.ListMarketTopologyRelationsResponse(relations=[VALID["relation"]()])),
    ],
    ids=["microgrids", "gridpools", "relations"],
)
def test_a_reply_for_nothing_in_particular_has_only_findings_of_its_items(
    entity: Entity[Any], reply: Any
) -> None:
    messages = getattr(reply, entity.list_field)
    assert told(decode_reply(entity, reply)) == told(decode_list(entity, messages))
    assert len(decode_reply(entity, reply).items) == len(messages)


@pytest.mark.parametrize("good", REPLIES)
def test_a_reply_without_items_can_be_for_another_nevertheless(good: str) -> None:
    entity = ENTITIES[type(VALID[good]())]
    decoded_reply = decode_reply(entity, _reply(good, 8), 9)
    assert (told(decoded_reply), decoded_reply.items) == (_of_reply(good, 8, 9), [])


@pytest.mark.parametrize(
    ("changes", "asked", "found"),
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
    ids=str,
)
def test_a_microgrid_that_was_not_asked_for_says_so(
    changes: dict[str, Any], asked: int, found: list[tuple[int | None, Fault]]
) -> None:
    message = changed("microgrid", changes)
    reply = market_pb.GetMicrogridResponse(microgrid=message)
    for whole in (Reply.of(reply), Reply(type(reply), reply.SerializeToString())):
        microgrid, faulty = decode_microgrid_reply(whole, asked)
        assert microgrid == decode(message)[0]
        assert told(Decoded([microgrid], [faulty] if faulty else [])) == found
        if faulty is not None:
            assert faulty.message == message
            assert faulty.item is microgrid


# For the completeness of the catalogue ------------------------------------------------------------


def fields_found_in_lists() -> set[tuple[str, str]]:
    """Return the rules that the cases above break, each with its field in the catalogue."""
    found = {
        (fault.rule.id, field_of(case.messages[place], fault.path))
        for case in CASES
        for place, fault in case.found
    }
    found |= {
        (fault.rule.id, field_of(_reply(good, number), fault.path))
        for good in REPLIES
        for number in (0, 1)
        for _, fault in _of_reply(good, number, 4)
    }
    return found | {(Rule.REPLY_FOR_ANOTHER.id, field_of(valid_microgrid(), "id"))}
