"""The client that is installed here, without a server: what it does after the bare stub's part.

Used in the environments of both clients: it names nothing that only one of them has.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from operator import attrgetter
from typing import Any, Final, NamedTuple

from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from frequenz.client.common.microgrid import MicrogridId
from google.protobuf.message import Message

from frequenz.client.assets import AssetsApiClient

_COMPONENTS: Final = platformassets_pb2.ListMicrogridElectricalComponentsResponse
_CONNECTIONS: Final = platformassets_pb2.ListMicrogridElectricalComponentConnectionsResponse


class _Listed(NamedTuple):
    """What a call lists."""

    reply: type[Message]
    method: str
    """Of the client."""

    messages: Callable[[Any], Any]
    """Returns the list in a reply."""

    fields: Callable[[Any], Any]
    """Returns every field of a message."""


def _listed(reply: type[Message], method: str, list_field: str) -> _Listed:
    message = reply.DESCRIPTOR.fields_by_name[list_field].message_type
    assert message is not None
    fields = attrgetter(*(field.name for field in message.fields))
    return _Listed(reply, method, attrgetter(list_field), fields)


_COMPONENT: Final = _listed(_COMPONENTS, "list_microgrid_electrical_components", "components")
_LISTED: Final = {
    "component": _COMPONENT,
    "distinct component": _COMPONENT,
    "connection": _listed(
        _CONNECTIONS, "list_microgrid_electrical_component_connections", "connections"
    ),
}


class _Source:
    """Stands for the stub of a client; answers without a server."""

    def __init__(self) -> None:
        self.answer: Callable[[], Awaitable[Message]]

    async def ListMicrogridElectricalComponents(  # noqa: N802 - the name of the call
        self, _: Message, **__: object
    ) -> Message:
        return await self.answer()

    async def ListMicrogridElectricalComponentConnections(  # noqa: N802 - the name of the call
        self, _: Message, **__: object
    ) -> Message:
        return await self.answer()


class Offline:
    """A client that gets its replies from a source, the way users' tests do it."""

    def __init__(self) -> None:
        """Make a client that asks nobody."""
        self._source = _Source()
        client: Any = AssetsApiClient("grpc://127.0.0.1:9?ssl=false")
        client._stub = self._source
        self._client = client

    def from_reply(self, what: str, size: int, reply: Message) -> Coroutine[Any, Any, object]:
        """List what is in a reply that is parsed already."""

        async def answer() -> Message:
            return reply

        return self._list(what, size, answer)

    def from_bytes(self, what: str, size: int, data: bytes) -> Coroutine[Any, Any, object]:
        """List what is in a reply that is parsed on the way, in the event loop."""
        return self._list(what, size, lambda: arrival(what, data))

    def _list(
        self, what: str, size: int, answer: Callable[[], Awaitable[Message]]
    ) -> Coroutine[Any, Any, object]:
        self._source.answer = answer
        made: Coroutine[Any, Any, object] = getattr(self._client, _LISTED[what].method)(
            MicrogridId(size)
        )
        return made


def parse(what: str, data: bytes) -> Message:
    """Return a reply from its bytes."""
    return _LISTED[what].reply.FromString(data)


def touch(what: str, reply: Message) -> None:
    """Look at each field of each message once: the least that a client can do."""
    listed = _LISTED[what]
    deque(map(listed.fields, listed.messages(reply)), maxlen=0)


async def arrival(what: str, data: bytes) -> Message:
    """Parse a reply as gRPC does: in a task, so that others have their turns before and after."""

    async def parsing() -> Message:
        return parse(what, data)

    return await asyncio.create_task(parsing())


def at_one_go(coroutine: Coroutine[Any, Any, object]) -> object:
    """Run what only pauses, and pause nowhere."""
    try:
        while True:
            if coroutine.send(None) is not None:
                raise RuntimeError("this waits for something")
    except StopIteration as end:
        return end.value
