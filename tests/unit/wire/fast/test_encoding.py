"""Tests of what is read without protobuf: it must say what protobuf says, or nothing."""

from typing import Any, Final

import pytest
from frequenz.api.common.v1alpha8.grid import delivery_area_pb2
from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from frequenz.api.common.v1alpha8.types import location_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from google.protobuf.descriptor_pb2 import FileOptions
from google.protobuf.message import DecodeError, Message
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import example, given, settings
from hypothesis import strategies as st

from frequenz.client.assets._wire import microgrid as microgrid_module
from frequenz.client.assets._wire.entities import Entity
from frequenz.client.assets._wire.fast.encoding import tag_of, values_of
from frequenz.client.assets._wire.lists.decode import decode_microgrid_of
from frequenz.client.assets._wire.microgrid import microgrid_replies

from ...messages import ENTITIES, good_microgrid

MICROGRID: Final = microgrid_pb2.Microgrid
REPLY: Final = platformassets_pb2.GetMicrogridResponse
FILTER: Final = (
    platformassets_pb2.ListMicrogridElectricalComponentsRequest.MicrogridElectricalComponentsFilter
)
NAMES: Final = [field.name for field in MICROGRID.DESCRIPTOR.fields]
FIELDS: Final = [(tag_of(MICROGRID, name), None) for name in NAMES]

PIECES: Final = {
    "id 5": b"\x08\x05",
    "id 0": b"\x08\x00",
    "a long id 5": b"\x08\x85\x80\x00",
    "the largest id": b"\x08" + b"\xff" * 9 + b"\x01",
    "an id above it": b"\x08" + b"\xff" * 9 + b"\x03",
    "an endless id": b"\x08" + b"\xff" * 10 + b"\x01",
    "a long tag": b"\x88\x00\x05",
    "bytes for an id": b"\x0a\x01\x05",
    "enterprise 7": b"\x10\x07",
    "name": b"\x1a\x03abc",
    "no name": b"\x1a\x00",
    "a long name": b"\x1a\x84\x01" + b"n" * 132,
    "no UTF-8": b"\x1a\x01\xff",
    "half a character": b"\x1a\x03\xed\xa0\x80",
    "a name without its end": b"\x1a\x09abc",
    "a name with a length of 5 bytes": b"\x1a\x83\x80\x80\x80\x00abc",
    "a name with a length of 6 bytes": b"\x1a\x83\x80\x80\x80\x80\x00abc",
    "area": b"\x22\x05\x0a\x03abc",
    "an area with a length of 6 bytes": b"\x22\x80\x80\x80\x80\x80\x00",
    "no area": b"\x22\x00",
    "a broken area": b"\x22\x02\x0a\x09",
    "location": b"\x2a\x05\x0d\x00\x00\x20\x41",
    "status 1": b"\x30\x01",
    "status -1": b"\x30" + b"\xff" * 9 + b"\x01",
    "status 2**32 + 1": b"\x30\x81\x80\x80\x80\x10",
    "created": b"\x3a\x02\x08\x05",
    "of a later API": b"\x78\x01",
    "text of a later API": b"\x82\x01\x01a",
    "fixed size": b"\x7d\x01\x02\x03\x04",
    "nested": b"\x7b\x7c",
    "a field of number 0": b"\x00\x01",
}

WHOLE: Final = good_microgrid().SerializeToString()
"""A microgrid without a fault."""


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """Draw the bytes of what may be a message, mostly with fields in order."""
    names = draw(st.lists(st.sampled_from([*PIECES]), max_size=8))
    if draw(st.booleans()):
        names = sorted(set(names), key=[*PIECES].index)
    data = b"".join(PIECES[name] for name in names)
    return data[: len(data) - draw(st.sampled_from([0, 0, 0, 1, 2]))]


def of_protobuf(data: bytes) -> list[Any]:
    """Return what protobuf says of the fields of a microgrid, absent ones as defaults.

    Raises:
        DecodeError: If it is none.
    """
    message = MICROGRID.FromString(data)
    parts = {"delivery_area", "location", "create_timestamp"}
    return [
        getattr(message, name).SerializeToString() if name in parts else getattr(message, name)
        for name in NAMES
    ]


@given(data=messages())
@example(data=b"")
@settings(max_examples=500)
def test_values_are_those_of_protobuf(data: bytes) -> None:
    values = values_of(data, FIELDS)
    if values is None:
        return
    number, enterprise, name, area, location, status, created = values
    try:
        expected = of_protobuf(data)
    except DecodeError:  # texts and messages are bytes here, which whoever reads them finds broken
        with pytest.raises((DecodeError, UnicodeDecodeError)):
            (name or b"").decode()
            delivery_area_pb2.DeliveryArea.FromString(area or b"")
            location_pb2.Location.FromString(location or b"")
            Timestamp.FromString(created or b"")
        return
    assert [number or 0, enterprise or 0, (name or b"").decode()] == expected[:3]
    assert [area or b"", location or b"", created or b""] == [*expected[3:5], expected[6]]
    if status is None or status < 2**31:
        assert (status or 0) == expected[5]


def reply_with(data: bytes) -> bytes:
    """Return the reply with what should be a microgrid."""
    return b"\x0a" + bytes((len(data) & 127 | 128, len(data) >> 7)) + data


def assert_that_bytes_are_their_message(reply: bytes) -> None:
    """Check that the same is made of a reply's bytes and of its message."""
    try:
        message = REPLY.FromString(reply)
    except DecodeError:
        with pytest.raises(DecodeError, match=REPLY.DESCRIPTOR.full_name):
            decode_microgrid_of(reply, 5)
    else:
        assert repr(decode_microgrid_of(reply, 5)) == repr(decode_microgrid_of(message, 5))


@given(data=messages(), before=st.booleans(), after=st.booleans())
@settings(max_examples=500)
def test_a_reply_from_its_bytes_is_what_its_message_is(
    data: bytes, before: bool, after: bool
) -> None:
    assert_that_bytes_are_their_message(
        before * b"\x78\x01" + reply_with(data) + after * b"\x0a\x02\x10\x07"
    )


@pytest.mark.parametrize("piece", PIECES)
def test_a_microgrid_is_that_of_protobuf_whatever_its_fields_are(piece: str) -> None:
    values = values_of(WHOLE, FIELDS)
    assert values is not None
    fields = [_field(tag, value) for (tag, _), value in zip(FIELDS, values, strict=True)]
    tags = [tag for tag, _ in FIELDS]
    data = PIECES[piece]
    if data[0] in tags:
        fields[tags.index(data[0])] = data
    else:
        fields.append(data)
    for made in (data, PIECES["id 5"] + data, b"".join(fields)):
        assert_that_bytes_are_their_message(reply_with(made))


def _field(tag: int, value: int | bytes) -> bytes:
    return bytes((tag, value)) if isinstance(value, int) else bytes((tag, len(value))) + value


def test_the_whole_contract_is_read_without_protobuf(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [*microgrid_module._FIELDS] == NAMES
    expected = decode_microgrid_of(REPLY(microgrid=good_microgrid()), 4)
    microgrid_replies.clear()
    monkeypatch.delattr(microgrid_module, "read_reply")
    made = decode_microgrid_of(REPLY(microgrid=good_microgrid()).SerializeToString(), 4)
    assert made == expected
    assert made[1] is None


@pytest.mark.parametrize(
    ("names", "is_read"),
    [
        ([], True),
        (["id 5", "enterprise 7", "a long name", "area", "location", "status 1", "created"], True),
        (["a long id 5", "no area"], True),
        (["the largest id"], True),
        (["an id above it"], False),
        (["enterprise 7", "id 5"], False),
        (["id 5", "id 5"], False),
        (["id 5", "of a later API"], False),
        (["bytes for an id"], False),
        (["a name without its end"], False),
        (["fixed size"], False),
    ],
    ids=str,
)
def test_what_takes_protobuf_is_left_to_it(names: list[str], is_read: bool) -> None:
    data = b"".join(PIECES[name] for name in names)
    assert (values_of(data, FIELDS) is not None) is is_read


def test_a_tag_is_what_protobuf_writes() -> None:
    for name in NAMES:
        message = MICROGRID()
        value: Any = getattr(message, name)
        if isinstance(value, int | str):
            setattr(message, name, 5 if isinstance(value, int) else "a")
        else:
            value.SetInParent()
        assert message.SerializeToString()[0] == tag_of(MICROGRID, name)


@pytest.mark.parametrize(
    "entity", [it for it in ENTITIES.values() if it.bulk is not None], ids=lambda it: it.noun
)
def test_the_tag_of_a_list_is_what_protobuf_writes(entity: Entity[Any]) -> None:
    assert entity.bulk is not None
    kind = entity.bulk.columns.type
    reply: Any = kind()
    getattr(reply, entity.list_field).add()
    assert reply.SerializeToString()[0] == tag_of(kind, entity.list_field)


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        (location_pb2.Location, "latitude"),
        (FileOptions, "objc_class_prefix"),
        (FILTER, "component_ids"),
        (Timestamp, "nanos"),
    ],
    ids=["fixed size", "number 36", "packed", "signed"],
)
def test_there_is_no_tag_of_what_is_written_otherwise(kind: type[Message], field: str) -> None:
    with pytest.raises(ValueError, match=f"{field}: its tag is no single byte"):
        tag_of(kind, field)
