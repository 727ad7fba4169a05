"""Faulty replies, with one fault each.

A list has three items, and the second one is faulty: this shows whether the others are returned.
"""

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from google.protobuf.message import Message

from ..shared.calls import operation_of
from ._case import Case, Good, steps
from ._fault_cases import CALLS
from .plan import MICROGRID, Call

ITEMS: Final = 3
FAULTY: Final = 1
"""The index of the faulty item in a list."""


class Fault(NamedTuple):
    """A faulty reply."""

    method: str
    sentence: str

    field: str
    """The field of the item that shows what a client makes of it; empty = none does."""

    reply: bytes


def faults() -> dict[int, Fault]:
    """Return every faulty reply, by the number in the request for it."""
    cases_of_calls = ((good, case) for good, cases in CALLS for case in cases)
    return {
        number: Fault(good.method, case.sentence, case.field, _reply(good, case, number))
        for number, (good, case) in enumerate(cases_of_calls, 1)
    }


def calls_for(replies: Mapping[int, Fault]) -> Iterator[Call]:
    """Yield the calls that get the replies, without and with `raise_on_errors`."""
    for number, fault in replies.items():
        for strict in (False, True):
            yield Call(method=fault.method, number=number, strict=strict)


def reply_to(replies: Mapping[int, Fault]) -> Callable[[str, bytes], bytes]:
    """Return the function from a request to the reply for its number."""

    def reply(operation: str, request: bytes) -> bytes:
        message = getattr(platformassets_pb2, f"{operation}Request").FromString(request)
        return replies[_number(message)].reply

    return reply


def _number(message: Message) -> int:
    """Return the only number in a request, or in its filter."""
    ((_, value),) = message.ListFields()
    if isinstance(value, Message):
        return _number(value)
    (number,) = [value] if isinstance(value, int) else value
    return int(number)


def _reply(good: Good, case: Case, number: int) -> bytes:
    """Return the reply of a case to a request with a number."""
    if isinstance(case.reply, bytes):
        return case.reply
    reply = getattr(platformassets_pb2, f"{operation_of(good.method)}Response")
    content = reply.DESCRIPTOR.fields[-1]
    items = [
        {
            **good.item,
            **{field: first + index for field, first in good.numbers.items()},
            **_requested(content.message_type, good, number),
        }
        for index in range(ITEMS)
    ]
    items[FAULTY] = _changed(items[FAULTY], case.changes)
    fields: dict[str, Any] = {
        **_requested(reply.DESCRIPTOR, good, number),
        content.name: items[FAULTY] if good.method == MICROGRID else items,
        **case.reply,
    }
    data: bytes = reply(**fields).SerializeToString()
    return data


def _requested(descriptor: Any, good: Good, number: int) -> dict[str, int]:
    """Return the requested number, by the field that has it in a message, if any."""
    return {good.requested: number} if good.requested in descriptor.fields_by_name else {}


def _changed(item: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    changed = copy.deepcopy(dict(item))
    for path, value in changes.items():
        *parents, field = steps(path)
        parent: Any = changed
        for step in parents:
            parent = parent[step]
        parent[field] = value
    return changed
