"""Calls as bytes, past the client: what really goes over the wire."""

from typing import Any, Final

import grpc.aio
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from google.protobuf.message import Message

from frequenz.client.assets.inventory import Site

SERVICE: Final = "frequenz.api.platformassets.v1alpha1.PlatformAssetsService"
FIRST_SERVICE: Final = "frequenz.api.assets.v1.PlatformAssets"

MICROGRID: Final = "GetMicrogrid"
COMPONENTS: Final = "ListMicrogridElectricalComponents"
CONNECTIONS: Final = "ListMicrogridElectricalComponentConnections"
CALLS: Final = (MICROGRID, COMPONENTS, CONNECTIONS)

GARBAGE: Final = b"\xff"
"""No protobuf message."""


def request(call: str, microgrid_id: int, **filters: Any) -> Message:
    made: Message = getattr(platformassets_pb2, f"{call}Request")(
        microgrid_id=microgrid_id, **{"filter": filters} if filters else {}
    )
    return made


def reply(call: str, **fields: Any) -> Message:
    made: Message = getattr(platformassets_pb2, f"{call}Response")(**fields)
    return made


def whole(call: str, site: Site) -> Message:
    """The reply that holds everything of a site."""
    number = site.microgrid.id
    if call == MICROGRID:
        return reply(call, microgrid=site.microgrid)
    if call == COMPONENTS:
        return reply(call, microgrid_id=number, components=site.components)
    return reply(call, microgrid_id=number, connections=site.connections)


def in_bytes(message: Message) -> bytes:
    """All of a message, the fields of a later contract included."""
    return message.SerializeToString(deterministic=True)


async def ask(
    channel: grpc.aio.Channel, call: str, data: bytes | Message, *, service: str = SERVICE
) -> Any:
    """Make a call, its request given as bytes or as a message; return the reply's message."""
    sent = data if isinstance(data, bytes) else data.SerializeToString()
    method: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(
        f"/{service}/{call}"
    )
    received = await method(sent, timeout=30)
    return getattr(platformassets_pb2, f"{call}Response").FromString(received)


async def until_accepted(channel: grpc.aio.Channel) -> None:
    """Return when the server has taken up every call that was begun on the channel before.

    The server takes up calls in their order, and refuses this one without asking its store.
    """
    try:
        await ask(channel, MICROGRID, GARBAGE)
    except grpc.aio.AioRpcError as error:
        assert error.code() is grpc.StatusCode.INVALID_ARGUMENT, error
