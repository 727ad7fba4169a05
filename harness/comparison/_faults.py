"""Faulty replies, with one fault each.

A list holds three items, of which the second is faulty: so it shows whether the others get through.
"""

import copy
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from frequenz.api.platformassets.v1alpha1 import platformassets_pb2

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
    """Where to see what a client makes of it, from the item on; empty = nowhere."""

    reply: bytes


def faults() -> dict[int, Fault]:
    """Return every faulty reply, each by the number to ask for to get it."""
    made = ((good, case) for good, cases in CALLS for case in cases)
    return {
        number: Fault(good.method, case.sentence, case.field, _reply(good, case, number))
        for number, (good, case) in enumerate(made, 1)
    }


def calls_for(replies: Mapping[int, Fault]) -> Iterator[Call]:
    """Yield the calls that get the replies, each without and with `raise_on_errors`."""
    for number, fault in replies.items():
        for strict in (False, True):
            yield Call(method=fault.method, number=number, strict=strict)


def operation(method: str) -> str:
    """Return the API's name of a method's call."""
    return method.title().replace("_", "")


def _reply(good: Good, case: Case, number: int) -> bytes:
    """Return the reply of a case, for the number that is asked for."""
    if isinstance(case.reply, bytes):
        return case.reply
    reply = getattr(platformassets_pb2, f"{operation(good.method)}Response")
    held = reply.DESCRIPTOR.fields[-1]
    items = [
        {
            **good.item,
            **{field: first + index for field, first in good.numbers.items()},
            **_said(held.message_type, good, number),
        }
        for index in range(ITEMS)
    ]
    items[FAULTY] = _changed(items[FAULTY], case.changes)
    fields: dict[str, Any] = {
        **_said(reply.DESCRIPTOR, good, number),
        held.name: items[FAULTY] if good.method == MICROGRID else items,
        **case.reply,
    }
    made: bytes = reply(**fields).SerializeToString()
    return made


def _said(descriptor: Any, good: Good, number: int) -> dict[str, int]:
    """Return the number that is asked for, by the field that says it, if a message has it."""
    return {good.asked: number} if good.asked in descriptor.fields_by_name else {}


def _changed(item: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    made = copy.deepcopy(dict(item))
    for path, value in changes.items():
        *above, last = steps(path)
        held: Any = made
        for step in above:
            held = held[step]
        held[last] = value
    return made
