"""Faulty replies, with one fault each.

A list holds three items, of which the second is faulty: so it shows whether the others get through.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2

from . import _fault_cases as cases
from .plan import COMPONENTS, CONNECTIONS, MICROGRID, Call

FAULTY: Final = 1
"""The index of the faulty item in a list."""

_UNREADABLE: Final = b"\xff\xff\xff\xff"


class Fault(NamedTuple):
    """A faulty reply."""

    method: str
    sentence: str

    field: str
    """Where to see what a client makes of it, from the item on; empty = nowhere."""

    reply: bytes


def faults() -> dict[int, Fault]:
    """Return every faulty reply, each by the microgrid to ask for to get it."""
    made = [*_of_microgrids(1), *_of_components(1001), *_of_connections(2001)]
    return dict(made)


def calls_for(replies: Mapping[int, Fault]) -> Iterator[Call]:
    """Yield the calls that get the replies, each without and with `raise_on_errors`."""
    for number, fault in replies.items():
        for strict in (False, True):
            yield Call(method=fault.method, microgrid_id=number, strict=strict)


def _of_microgrids(first: int) -> Iterator[tuple[int, Fault]]:
    for number, (sentence, field, changes) in enumerate(cases.MICROGRIDS, first):
        message = _made(microgrid_pb2.Microgrid, {"id": number, **cases.GOOD_MICROGRID, **changes})
        reply = platformassets_pb2.GetMicrogridResponse(microgrid=message)
        yield number, Fault(MICROGRID, sentence, field, reply.SerializeToString())
    yield from _of_replies(MICROGRID, first + len(cases.MICROGRIDS), "id")


def _of_components(first: int) -> Iterator[tuple[int, Fault]]:
    made = electrical_components_pb2.ElectricalComponent
    for number, (sentence, field, changes) in enumerate(cases.COMPONENTS, first):
        good = {"microgrid_id": number, **cases.GOOD_COMPONENT}
        items = [_made(made, {"id": index + 1, **good}) for index in range(3)]
        items[FAULTY] = _made(made, {"id": FAULTY + 1, **good, **changes})
        reply = platformassets_pb2.ListMicrogridElectricalComponentsResponse(
            microgrid_id=number, components=items
        )
        yield number, Fault(COMPONENTS, sentence, field, reply.SerializeToString())
    yield from _of_replies(COMPONENTS, first + len(cases.COMPONENTS))


def _of_connections(first: int) -> Iterator[tuple[int, Fault]]:
    made = electrical_components_pb2.ElectricalComponentConnection
    ends = ("source_electrical_component_id", "destination_electrical_component_id")
    for number, (sentence, field, changes) in enumerate(cases.CONNECTIONS, first):
        goods = [
            {ends[0]: index + 1, ends[1]: index + 2, **cases.GOOD_CONNECTION} for index in range(3)
        ]
        items = [_made(made, good) for good in goods]
        items[FAULTY] = _made(made, {**goods[FAULTY], **changes})
        reply = platformassets_pb2.ListMicrogridElectricalComponentConnectionsResponse(
            microgrid_id=number, connections=items
        )
        yield number, Fault(CONNECTIONS, sentence, field, reply.SerializeToString())
    yield from _of_replies(CONNECTIONS, first + len(cases.CONNECTIONS))


def _of_replies(method: str, first: int, field: str = "") -> Iterator[tuple[int, Fault]]:
    """Yield the replies that are faulty as a whole."""
    # Field 1 is the microgrid's id in a list, a message in the other reply.
    foreign = platformassets_pb2.ListMicrogridElectricalComponentsResponse(microgrid_id=999_999)
    replies = {"reply of no bytes": b"", "reply that cannot be decoded": _UNREADABLE}
    if method != MICROGRID:
        replies["reply for another microgrid"] = foreign.SerializeToString()
    for number, (sentence, reply) in enumerate(replies.items(), first):
        yield number, Fault(method, sentence, field, reply)


def _made(kind: Any, fields: Mapping[str, Any]) -> Any:
    return kind(**{name: value for name, value in fields.items() if value is not None})
