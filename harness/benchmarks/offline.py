"""The client that is installed here, without a server: what it does with the bytes of a reply.

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
    "mixed component": _COMPONENT,
    "connection": _listed(
        _CONNECTIONS, "list_microgrid_electrical_component_connections", "connections"
    ),
}


class _Channel:
    """Stands for a channel: the reply to any call is there already."""

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
    """A client that asks nobody: what comes after the network."""

    def __init__(self) -> None:
        """Make a client without a server."""
        self._channel = _Channel()
        client: Any = AssetsApiClient("grpc://127.0.0.1:9?ssl=false")
        client._stub = client._create_stub(self._channel)
        self._client = client

    def list(
        self, what: str, size: int, reply: bytes, *, waits: bool = True
    ) -> Coroutine[Any, Any, object]:
        """List what is in a reply, which arrives in a task of its own, or is there without it."""
        self._channel.reply = reply
        self._channel.read = arrival if waits else _arrived
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


async def _arrived(reply: bytes, read: Callable[[bytes], Any] | None) -> Any:
    return reply if read is None else read(reply)


async def arrival(reply: bytes, read: Callable[[bytes], Any] | None) -> Any:
    """Read a reply as gRPC does: in a task, so that others have their turns before and after."""
    return await asyncio.create_task(_arrived(reply, read))


def at_one_go(coroutine: Coroutine[Any, Any, object]) -> object:
    """Run what only pauses, and pause nowhere."""
    try:
        while True:
            if coroutine.send(None) is not None:
                raise RuntimeError("this waits for something")
    except StopIteration as end:
        return end.value
