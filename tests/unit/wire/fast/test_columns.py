"""Reading lists as columns: the values are those of the messages."""

from collections.abc import Callable, Sequence
from itertools import islice, product
from typing import Any, Final

import pytest
from google.protobuf.descriptor_pb2 import MessageOptions
from google.protobuf.message import DecodeError, Message
from hypothesis import given, settings
from hypothesis import strategies as st

from frequenz.client.assets._wire.entities import COMPONENT, CONNECTION, Entity
from frequenz.client.assets._wire.fast import COMPONENTS, CONNECTIONS
from frequenz.client.assets._wire.fast import columns as columns_module
from frequenz.client.assets._wire.fast.columns import ColumnReader, ColumnTable
from frequenz.client.assets._wire.fast.splitting import list_tag, split
from frequenz.client.assets._wire.lists import parts as parts_module
from frequenz.client.assets._wire.lists.decode import decode_reply
from frequenz.client.assets._wire.lists.parts import Decoded
from frequenz.client.assets._wire.lists.steps import without_pauses
from frequenz.client.assets._wire.reply import Reply
from frequenz.client.assets.electrical_component import ElectricalComponent

from ...messages import market_pb, pb

REPLY: Final = market_pb.ListMicrogridElectricalComponentsResponse
COLUMNS: Final = COMPONENTS.reader
FIELDS: Final = tuple(pb.ElectricalComponent.DESCRIPTOR.fields)

# A component on the wire --------------------------------------------------------------------------

INVERTER: Final = bytes.fromhex("2a0422020801")
SOLAR: Final = bytes.fromhex("2a0422020802")
BATTERY: Final = bytes.fromhex("2a040a020801")
START: Final = bytes.fromhex("42040a020801")
END: Final = bytes.fromhex("420412020809")
ACTIVE: Final = bytes.fromhex("4a09081a1205" + "0d0000803f")
REACTIVE: Final = bytes.fromhex("4a02081b")

PIECES: Final = {
    "id": b"\x08\x01",
    "another id": b"\x08\x02",
    "id 0": b"\x08\x00",
    "long id": b"\x08\x83\x80\x00",
    "packed ids": b"\x0a\x01\x07",
    "bytes as an id": b"\x0a\x01\xff",
    "microgrid": b"\x10\x04",
    "name": b"\x1a\x01a",
    "another name": b"\x1a\x01b",
    "no name": b"\x1a\x00",
    "a number as the name": b"\x18\x01",
    "category": b"\x20\x03",
    "category -1": b"\x20" + b"\xff" * 4 + b"\x0f",
    "inverter": INVERTER,
    "solar": SOLAR,
    "battery": BATTERY,
    "no data": b"\x2a\x00",
    "start": START,
    "end": END,
    "no lifetime": b"\x42\x00",
    "active": ACTIVE,
    "reactive": REACTIVE,
    "no bounds": b"\x4a\x00",
    "mode": b"\x50\x04",
    "model": b"\x5a\x01m",
    "a field of a later API": b"\x78\x05",
}


def _reply(*components: bytes, number: int = 4) -> bytes:
    """Return a reply with components of less than 128 bytes each."""
    listed = (b"\x12" + bytes((len(component),)) + component for component in components)
    return b"".join((b"\x08" + bytes((number,)), *listed))


def _table(
    data: bytes, *, as_message: bool = False, columns: ColumnReader = COLUMNS
) -> ColumnTable | None:
    reply = (
        Reply.of(columns.reply_type.FromString(data))
        if as_message
        else Reply(columns.reply_type, data)
    )
    return columns.table(reply)


def _decode(reply: Reply, asked_id: int | None = None) -> Decoded[ElectricalComponent]:
    return without_pauses(decode_reply(COMPONENT, reply, asked_id))


def _value(message: Any, field: Any) -> Any:
    """Return the value of a field, with sub-messages parsed and serialized."""
    if field.is_repeated:
        return [entry.SerializeToString() for entry in getattr(message, field.name)]
    if field.message_type is None:
        return getattr(message, field.name)
    if not message.HasField(field.name):
        return None
    return getattr(message, field.name).SerializeToString()


def _normalized(value: Any, field: Any) -> Any:
    """Return a value of a column, with sub-messages parsed and serialized."""
    if field.message_type is None:
        return value
    kind = {
        "category_specific_info": pb.ElectricalComponentCategorySpecificInfo,
        "metric_config_bounds": pb.MetricConfigBounds,
    }.get(field.name, type(pb.ElectricalComponent().operational_lifetime))

    def normalize(data: bytes) -> bytes:
        serialized: bytes = kind.FromString(data).SerializeToString()
        return serialized

    if field.is_repeated:
        entries = value if isinstance(value, tuple) else (value,)
        return [normalize(entry) for entry in entries]
    return None if value is None else normalize(value)


def _assert_columns_match(data: bytes, part: int = 100) -> None:
    messages = REPLY.FromString(data).components
    for as_message in (False, True):
        table = _table(data, as_message=as_message)
        if table is None:  # too irregular: decoded message by message
            continue
        assert len(table) == len(messages)
        assert table.reply.microgrid_id == 4
        parts = [table.part(first, part) for first in range(0, len(messages), part)]
        for field in FIELDS:
            values = [_normalized(value, field) for it in parts for value in it[field.name]]
            assert values == [_value(message, field) for message in messages], field.name


@given(
    components=st.lists(
        st.lists(st.sampled_from(sorted(PIECES)), max_size=8).map(
            lambda names: b"".join(PIECES[name] for name in names)
        ),
        max_size=5,
    ),
    part=st.integers(1, 4),
)
@settings(max_examples=500)
def test_columns_have_the_values_of_the_messages(components: list[bytes], part: int) -> None:
    _assert_columns_match(_reply(*components), part)


@pytest.mark.parametrize("piece", PIECES)
def test_columns_match_if_a_field_occurs_twice_in_a_message_or_only_in_some(piece: str) -> None:
    one = PIECES[piece]
    for other in PIECES.values():
        _assert_columns_match(_reply(one, other))
        _assert_columns_match(_reply(one + other, b""))
        _assert_columns_match(_reply(b"", one + other, other))
        _assert_columns_match(_reply(one, one + other, other + one))
        # With as many ids as messages, the field is not required.
        _assert_columns_match(_reply(b"\x08\x01" + one + other, b"\x08\x02", b"\x08\x03"))


def test_bounds_of_one_message_are_not_assigned_to_another_one() -> None:
    both = ACTIVE + REACTIVE
    table = _table(_reply(b"\x08\x01" + both, b"\x08\x02"))
    assert table is not None
    assert table.part(0, 2)["metric_config_bounds"] == [(ACTIVE[2:], REACTIVE[2:]), ()]
    table = _table(_reply(b"\x08\x01" + ACTIVE, b"\x08\x02" + REACTIVE))
    assert table is not None
    assert table.part(0, 2)["metric_config_bounds"] == [ACTIVE[2:], REACTIVE[2:]]


@pytest.mark.parametrize(
    ("components", "count"),
    [
        ((b"\x08\x01\x10\x04" + START, b"\x08\x02\x10\x04" + END), 0),  # no mixed field
        ((b"\x08\x01\x10\x04", b"\x08\x02"), 2),  # only one has a microgrid
        ((b"\x08\x01" + ACTIVE + REACTIVE, b"\x08\x02"), 2),  # only one has bounds
    ],
    ids=["no mixed fields", "mixed microgrids", "mixed bounds"],
)
def test_messages_are_read_only_for_fields_that_some_of_them_lack(
    monkeypatch: pytest.MonkeyPatch, components: tuple[bytes, ...], count: int
) -> None:
    read: list[Any] = []
    original: Callable[..., Sequence[Any]] = columns_module._read_values

    def values(field: Any, messages: Sequence[Any]) -> Sequence[Any]:
        read.extend(messages)
        return original(field, messages)

    monkeypatch.setattr(columns_module, "_read_values", values)
    table = _table(_reply(*components))
    assert table is not None
    table.part(0, 2)
    assert len(read) == count


@pytest.mark.parametrize(
    "data",
    [b"\x12\x05", _reply(b"\x1a\x01\xff"), _reply(b"\x0a\x01\xff", b"\x1a\x01\xff")],
    ids=["truncated", "text not in UTF-8", "text not in UTF-8, and bytes as an id"],
)
def test_an_invalid_reply_raises_a_decode_error(data: bytes) -> None:
    with pytest.raises(DecodeError):
        REPLY.FromString(data)
    with pytest.raises(DecodeError):
        _table(data)


def test_types_of_flat_messages_are_cached_and_their_number_is_bounded() -> None:
    assert COLUMNS._row_type(*[True] * len(FIELDS)) is COLUMNS._row_type(*[True] * len(FIELDS))
    for required in islice(product((False, True), repeat=len(FIELDS)), 500):
        COLUMNS._row_type(*required)
        assert COLUMNS._row_type.cache_info().currsize <= columns_module._MAX_TYPES


@pytest.mark.parametrize("columns", [COLUMNS, CONNECTIONS.reader], ids=["component", "connection"])
def test_every_field_has_a_column_and_is_outside_oneofs(columns: ColumnReader) -> None:
    listed: Any = columns._item_descriptor
    assert {field.name for field in columns._fields} == set(listed.fields_by_name)
    assert not [field.name for field in listed.fields if field.containing_oneof is not None]


def test_a_reply_converts_between_bytes_and_message() -> None:
    message: Message = REPLY(microgrid_id=3)
    assert (Reply.of(message).data, Reply.of(message).message) == (b"\x08\x03", message)
    assert Reply(REPLY, b"\x08\x03").message == message


# Long replies -------------------------------------------------------------------------------------

OTHERS: Final = {
    "microgrid 4": b"\x08\x04",
    "microgrid 2**40": b"\x08\x80\x80\x80\x80\x80\x20",
    "text of a later API": b"\x7a\x03abc",
    "number of a later API": b"\x80\x01\x07",
}
UNSPLITTABLE: Final = {
    "fixed size": b"\x7d\x01\x02\x03\x04",
    "nested": b"\x7b\x7c",
    "truncated": b"\x12\x05\x08",
    "a long tag": b"\x92\x00\x02\x08\x03",
    "an endless number": b"\x08" + b"\xff" * 10,
}


def _component_field(component: bytes, length: bytes = b"") -> bytes:
    return b"\x12" + (length or bytes((len(component),))) + component


@given(
    fields=st.lists(
        st.sampled_from(
            (
                *OTHERS.values(),
                _component_field(b"\x08\x01"),
                _component_field(b"\x08\x02", b"\x82\x00"),
                _component_field(b"\x08\x02", b"\x82\x80\x00"),
                _component_field(b"\x1a\xa0\x01" + b"n" * 160, b"\xa3\x01"),
                _component_field(b""),
            )
        ),
        max_size=12,
    ),
    size=st.integers(1, 200),
)
@settings(max_examples=200)
def test_the_parts_of_a_split_reply_have_all_of_its_fields(fields: list[bytes], size: int) -> None:
    data = b"".join(fields)
    result = split(data, 0x12, size)
    assert result is not None
    head, spans = result
    parts_of_list = [data[span] for span in spans]
    whole = REPLY.FromString(data)
    assert REPLY.FromString(head).microgrid_id == whole.microgrid_id
    assert not REPLY.FromString(head).components
    replies = [REPLY.FromString(part) for part in parts_of_list]
    assert [it for reply in replies for it in reply.components] == list(whole.components)
    assert not any(reply.microgrid_id for reply in replies)
    assert sum(map(len, parts_of_list)) + len(head) == len(data)
    assert all(parts_of_list)


@pytest.mark.parametrize("end", UNSPLITTABLE)
def test_some_replies_cannot_be_split(monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    monkeypatch.setattr(columns_module, "_PART_BYTES", 1)
    data = _reply(b"\x08\x01", b"\x08\x02") + UNSPLITTABLE[end]
    assert split(data, 0x12, 1) is None
    assert COLUMNS.split(Reply(REPLY, data)) is None


@pytest.mark.parametrize("size", [1, 20, 10**6])
def test_a_long_reply_is_decoded_in_parts(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(columns_module, "_PART_BYTES", size)
    components = [bytes((8, number)) + (INVERTER if number % 3 else b"") for number in range(1, 40)]
    data = _reply(*components[:20]) + OTHERS["microgrid 2**40"] + _reply(*components[20:])[2:]
    decoded = _decode(Reply(REPLY, data), 2**40)
    assert [int(item.id) for item in decoded.items] == [*range(1, 40)]
    assert decoded == _decode(Reply.of(REPLY.FromString(data)), 2**40)
    parts = COLUMNS.split(Reply(REPLY, data))
    assert (0 if parts is None else len(parts[1])) == {1: 39, 20: 14, 10**6: 0}[size]


def test_parts_are_parsed_one_at_a_time_with_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[bytes] = []
    original: Callable[..., Any] = ColumnReader.table

    def table(reader: ColumnReader, reply: Reply) -> Any:
        parsed.append(reply.data)
        return original(reader, reply)

    monkeypatch.setattr(columns_module, "_PART_BYTES", 1)
    monkeypatch.setattr(parts_module, "PART", 3)
    monkeypatch.setattr(ColumnReader, "table", table)
    data = _reply(*[bytes((8, number)) for number in range(1, 11)])
    parts = [len(parsed) for _ in decode_reply(COMPONENT, Reply(REPLY, data), 4)]
    assert parts == [4, 7, 10]  # each pause is after the next part was parsed


def test_an_invalid_later_part_raises_a_decode_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns_module, "_PART_BYTES", 1)
    data = _reply(*[b"\x08\x01"] * 20, b"\x42\x01\xff")
    with pytest.raises(DecodeError, match=REPLY.DESCRIPTOR.full_name):
        _decode(Reply(REPLY, data), 4)


@pytest.mark.parametrize("entity", [COMPONENT, CONNECTION], ids=lambda entity: entity.noun)
def test_the_tag_of_a_list_is_the_one_that_protobuf_writes(entity: Entity[Any]) -> None:
    assert entity.columns is not None
    kind = entity.columns.reader.reply_type
    reply: Any = kind()
    getattr(reply, entity.list_field).add()
    assert reply.SerializeToString()[0] == list_tag(kind, entity.list_field)


def test_the_tag_of_a_list_must_be_that_of_messages_and_a_single_byte() -> None:
    with pytest.raises(ValueError, match="microgrid_id: expected messages"):
        list_tag(REPLY, "microgrid_id")
    with pytest.raises(ValueError, match="field number below 16"):
        list_tag(MessageOptions, "uninterpreted_option")
