"""Decoding replies: lists, with pauses for the event loop, and the one that holds an item."""

from collections.abc import Sequence
from typing import Any, TypeVar

from google.protobuf.message import DecodeError

from ..._model.microgrid import Microgrid
from ...findings._faulty import FaultyItem
from ...findings._rules import Fault, Rule
from ..entities import MICROGRID, Entity
from ..reply import Reply
from . import parts
from .parts import Decoded, EntityList, list_in_reply, list_of_messages
from .rules import ItemRules, reply_faults
from .steps import Steps, without_pauses

ItemT = TypeVar("ItemT")


def decode_reply(
    entity: Entity[ItemT], reply: Reply, asked_id: int | None = None
) -> Steps[Decoded[ItemT]]:
    """Decode the list in a reply, given the ID of the owner whose entities were asked for.

    Raises:
        DecodeError: If the reply is invalid.
    """
    if reply.is_message and entity.columns is not None:
        yield
        _ = reply.data  # writing a reply takes about as long as parsing it
        yield
    try:
        listed = list_in_reply(entity, reply)
        decoded = yield from _decode(entity, listed, asked_id)
    except DecodeError:
        _ = reply.message  # raises the error that names the reply's type
        raise
    if faults := reply_faults(listed.head, asked_id):
        decoded.faulty.insert(0, FaultyItem(entity, None, None, reply.message, faults))
    return decoded


def decode_list(
    entity: Entity[ItemT], messages: Sequence[Any], owner_id: int | None = None
) -> Decoded[ItemT]:
    """Decode messages, given the ID of their owner if they have one."""
    return without_pauses(_decode(entity, list_of_messages(entity, messages), owner_id))


def decode_microgrid_reply(
    reply: Reply, asked_id: int
) -> tuple[Microgrid | None, FaultyItem[Microgrid] | None]:
    """Return the microgrid in a reply, None if it has none, and what is wrong with it.

    Raises:
        DecodeError: If the reply is invalid.
    """
    whole = reply.message
    if not whole.HasField("microgrid"):
        return None, None
    message = whole.microgrid
    found: list[Fault] = []
    microgrid = MICROGRID.decode(message, found)
    if message.id not in {0, asked_id}:
        found.append(
            Rule.REPLY_FOR_ANOTHER.at("id", noun="microgrid", number=message.id, asked=asked_id)
        )
    faulty = FaultyItem(MICROGRID, 0, microgrid, message, tuple(found)) if found else None
    return microgrid, faulty


def _decode(
    entity: Entity[ItemT], listed: EntityList[ItemT], owner_id: int | None
) -> Steps[Decoded[ItemT]]:
    decoded: Decoded[ItemT] = Decoded([], [])
    rules = ItemRules(entity, owner_id)
    count = paused = 0
    for part in listed.parts():
        if count - paused >= parts.PART:
            yield
            paused = count
        part.decode(count, decoded)
        rules.add(part)
        count += len(part)
    return (yield from rules.check(listed, decoded))
