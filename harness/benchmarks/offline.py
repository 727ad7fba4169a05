"""The client that is installed here, without a server: it decodes replies that are prepared.

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


class _ListCall(NamedTuple):
    """A call that lists messages."""

    reply: type[Message]
    method: str
    """Of the client."""

    messages: Callable[[Any], Any]
    """Returns the messages in a reply."""

    fields: Callable[[Any], Any]
    """Returns every field of a message."""


def _list_call(reply: type[Message], method: str, list_field: str) -> _ListCall:
    message = reply.DESCRIPTOR.fields_by_name[list_field].message_type
    assert message is not None
    fields = attrgetter(*(field.name for field in message.fields))
    return _ListCall(reply, method, attrgetter(list_field), fields)


_COMPONENT: Final = _list_call(_COMPONENTS, "list_microgrid_electrical_components", "components")
_CONNECTION: Final = _list_call(
    _CONNECTIONS, "list_microgrid_electrical_component_connections", "connections"
)
_LIST_CALLS: Final = {
    "component": _COMPONENT,
    "distinct component": _COMPONENT,
    "mixed component": _COMPONENT,
    "site component": _COMPONENT,
    "connection": _CONNECTION,
    "site connection": _CONNECTION,
}


class _Channel:
    """Replaces a channel: the reply to any call has arrived already."""

    def __init__(self) -> None:
        self.reply = b""
        self.read = arrival

    def unary_unary(
        self,
        _: str,
        *,
        response_deserializer: Callable[[bytes], Any] | None = None,
        **__: object,
    ) -> Callable[..., Awaitable[Any]]:
        """Return the function of a call."""

        async def call(*_: object, **__: object) -> Any:
            return await self.read(self.reply, response_deserializer)

        return call


class Offline:
    """A client whose calls do not use the network."""

    def __init__(self) -> None:
        """Make a client with a channel of its own."""
        self._channel = _Channel()
        client: Any = AssetsApiClient("grpc://127.0.0.1:9?ssl=false")
        client._stub = client._create_stub(self._channel)
        self._client = client

    def list(
        self, kind: str, size: int, reply: bytes, *, waits: bool = True
    ) -> Coroutine[Any, Any, object]:
        """List the items of a reply.

        Args:
            kind: Of the items.
            size: Their number.
            reply: The bytes that arrive.
            waits: Whether the reply arrives in its own task, as with gRPC.
        """
        self._channel.reply = reply
        self._channel.read = arrival if waits else _arrived
        call: Callable[[MicrogridId], Coroutine[Any, Any, object]] = getattr(
            self._client, _LIST_CALLS[kind].method
        )
        return call(MicrogridId(size))


def parse(kind: str, data: bytes) -> Message:
    """Parse the bytes of a reply."""
    return _LIST_CALLS[kind].reply.FromString(data)


def touch(kind: str, reply: Message) -> None:
    """Read each field of each message once: the least that a client must do."""
    call = _LIST_CALLS[kind]
    deque(map(call.fields, call.messages(reply)), maxlen=0)


async def _arrived(reply: bytes, read: Callable[[bytes], Any] | None) -> Any:
    return reply if read is None else read(reply)


async def arrival(reply: bytes, read: Callable[[bytes], Any] | None) -> Any:
    """Read a reply as gRPC does: in its own task, so that other tasks run before and after."""
    return await asyncio.create_task(_arrived(reply, read))


def without_pauses(coroutine: Coroutine[Any, Any, object]) -> object:
    """Run a coroutine that only yields to the event loop, without one."""
    try:
        while True:
            if coroutine.send(None) is not None:
                raise RuntimeError("the coroutine waits for something")
    except StopIteration as end:
        return end.value
