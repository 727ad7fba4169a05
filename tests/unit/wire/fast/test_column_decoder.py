"""The column decoders find the same as the plain ones, which are their oracle."""

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
GOOD_OF: Final = {
    COMPONENT: ("meter", "battery", "grid", "transformer"),
    CONNECTION: ("connection",),
}


def _reply(entity: Entity[Any], messages: list[Message]) -> Any:
    assert entity.columns is not None
    return entity.columns.reader.reply_type(**{entity.list_field: messages})


def _assert_same(entity: Entity[Any], messages: list[Message]) -> None:
    """Check that a list has the same objects and faults, decoded by column and by message."""
    reply = _reply(entity, messages)
    plain = entity._replace(columns=None)
    expected = without_pauses(decode_reply(plain, Reply.of(reply), 4))
    for fast_reply in (Reply.of(reply), Reply(type(reply), reply.SerializeToString())):
        made = without_pauses(decode_reply(entity, fast_reply, 4))
        assert [*map(type, made.items)] == [*map(type, expected.items)]
        assert repr(made.items) == repr(expected.items)  # a NaN differs from itself
        assert [(it.list_index, it.faults) for it in made.faulty] == [
            (it.list_index, it.faults) for it in expected.faulty
        ]


def _lists(entity: Entity[Any]) -> st.SearchStrategy[list[Message]]:
    kinds = [type(VALID[good]()) for good in GOOD_OF[entity]]
    good = st.sampled_from(GOOD_OF[entity]).map(lambda name: VALID[name]())
    return st.lists(good | any_message(kinds[0]), max_size=6)


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.noun)
@given(data=st.data())
@settings(max_examples=300)
def test_any_list_is_the_same_by_column_and_by_message(
    entity: Entity[Any], data: st.DataObject
) -> None:
    _assert_same(entity, data.draw(_lists(entity)))


def test_a_list_in_which_something_is_missing_from_every_message_is_the_same() -> None:
    messages = [changed("meter", {"id": 0}), changed("meter", {"category": 0, "microgrid_id": 0})]
    _assert_same(COMPONENT, messages)
    _assert_same(COMPONENT, [type(messages[0])(), *messages])
    _assert_same(COMPONENT, [type(messages[0])()])
    _assert_same(COMPONENT, [])


def test_objects_of_columns_are_of_the_frozen_classes_and_share_equal_parts() -> None:
    messages = [changed("meter", {"id": number}) for number in (1, 2)]
    first, second = without_pauses(
        decode_reply(COMPONENT, Reply.of(_reply(COMPONENT, messages)))
    ).items
    assert first.operational_lifetime is second.operational_lifetime
    assert first.rated_bounds is second.rated_bounds
    with pytest.raises(AttributeError):
        first.name = "x"  # type: ignore[misc]  # which is tested
