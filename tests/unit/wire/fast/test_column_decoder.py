"""Decoding by column gives the same objects and faults as decoding by message."""

from typing import Any, Final

import pytest
from google.protobuf.message import Message
from hypothesis import given, settings
from hypothesis import strategies as st

from frequenz.client.assets._wire.entities import COMPONENT, CONNECTION, Entity
from frequenz.client.assets._wire.lists.decode import decode_reply
from frequenz.client.assets._wire.lists.steps import without_pauses
from frequenz.client.assets._wire.reply import Reply

from ...messages import VALID, changed
from ...strategies import any_message

ENTITIES: Final = (COMPONENT, CONNECTION)
KINDS_OF: Final = {
    COMPONENT: ("meter", "battery", "grid", "transformer"),
    CONNECTION: ("connection",),
}


def _reply(entity: Entity[Any], messages: list[Message]) -> Any:
    assert entity.columns is not None
    return entity.columns.reader.reply_type(**{entity.list_field: messages})


def _assert_same(entity: Entity[Any], messages: list[Message]) -> None:
    """Assert that a list has the same objects and faults, decoded by column and by message."""
    reply = _reply(entity, messages)
    plain = entity._replace(columns=None)
    expected = without_pauses(decode_reply(plain, Reply.of(reply), 4))
    for fast_reply in (Reply.of(reply), Reply(type(reply), reply.SerializeToString())):
        decoded = without_pauses(decode_reply(entity, fast_reply, 4))
        assert [*map(type, decoded.items)] == [*map(type, expected.items)]
        assert repr(decoded.items) == repr(expected.items)  # NaN differs from itself
        assert [(it.list_index, it.faults) for it in decoded.faulty] == [
            (it.list_index, it.faults) for it in expected.faulty
        ]


def _lists(entity: Entity[Any]) -> st.SearchStrategy[list[Message]]:
    valid = st.sampled_from(KINDS_OF[entity]).map(lambda kind: VALID[kind]())
    return st.lists(valid | any_message(entity.message), max_size=6)


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.noun)
@given(data=st.data())
@settings(max_examples=100)
def test_any_list_is_the_same_by_column_and_by_message(
    entity: Entity[Any], data: st.DataObject
) -> None:
    _assert_same(entity, data.draw(_lists(entity)))


def test_a_list_whose_messages_all_lack_a_field_is_the_same_by_column_and_by_message() -> None:
    messages = [changed("meter", {"id": 0}), changed("meter", {"category": 0, "microgrid_id": 0})]
    _assert_same(COMPONENT, messages)
    _assert_same(COMPONENT, [type(messages[0])(), *messages])
    _assert_same(COMPONENT, [type(messages[0])()])
    _assert_same(COMPONENT, [])


def test_objects_decoded_by_column_are_frozen_and_share_equal_parts() -> None:
    messages = [changed("meter", {"id": number}) for number in (1, 2)]
    first, second = without_pauses(
        decode_reply(COMPONENT, Reply.of(_reply(COMPONENT, messages)))
    ).items
    assert first.operational_lifetime is second.operational_lifetime
    assert first.rated_bounds is second.rated_bounds
    with pytest.raises(AttributeError):
        first.name = "x"  # type: ignore[misc]  # which is tested
