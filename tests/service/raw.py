"""Calls by their name: without the client, as bytes or messages, and with it."""

from collections.abc import Awaitable, Mapping
from typing import Any, Final

import grpc.aio
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from google.protobuf.message import Message

from frequenz.client.assets import AssetsApiClient
from frequenz.client.assets.inventory import Site

SERVICE: Final = "frequenz.api.platformassets.v1alpha1.PlatformAssetsService"
FIRST_SERVICE: Final = "frequenz.api.assets.v1.PlatformAssets"

MICROGRID: Final = "GetMicrogrid"
COMPONENTS: Final = "ListMicrogridElectricalComponents"
CONNECTIONS: Final = "ListMicrogridElectricalComponentConnections"
CALLS: Final = (MICROGRID, COMPONENTS, CONNECTIONS)

METHODS: Final[Mapping[str, tuple[str, str]]] = {
    "GetMicrogrid": ("get_microgrid", "microgrid_id"),
    "ListMicrogridElectricalComponents": ("list_microgrid_electrical_components", "microgrid_id"),
    "ListMicrogridElectricalComponentConnections": (
        "list_microgrid_electrical_component_connections",
        "microgrid_id",
    ),
    "ListMicrogridSensors": ("list_microgrid_sensors", "microgrid_id"),
    "ListMicrogrids": ("list_microgrids", ""),
    "ListGridpools": ("list_gridpools", ""),
    "ListGridpoolEnergySchedules": ("list_gridpool_energy_schedules", "gridpool_id"),
    "ListMarketTopologyRelations": ("list_market_topology_relations", ""),
}
"""By call, the method of the client and the argument that it requires."""


def call_method(
    client: AssetsApiClient,
    call: str,
    *,
    microgrid_id: int = 1,
    gridpool_id: int = 1,
    **options: Any,
) -> Awaitable[Any]:
    """Make a call with a client, with only the argument that it requires."""
    method, required = METHODS[call]
    if required:
        options[required] = {"microgrid_id": microgrid_id, "gridpool_id": gridpool_id}[required]
    result: Awaitable[Any] = getattr(client, method)(**options)
    return result


GARBAGE: Final = b"\xff"
"""Not a valid message."""


def request(call: str, microgrid_id: int, **filters: Any) -> Message:
    message: Message = getattr(platformassets_pb2, f"{call}Request")(
        microgrid_id=microgrid_id, **{"filter": filters} if filters else {}
    )
    return message


def reply(call: str, **fields: Any) -> Message:
    message: Message = getattr(platformassets_pb2, f"{call}Response")(**fields)
    return message


def whole(call: str, site: Site) -> Message:
    """Return the reply of a call for a site, without filters."""
    number = site.microgrid.id
    if call == MICROGRID:
        return reply(call, microgrid=site.microgrid)
    if call == COMPONENTS:
        return reply(call, microgrid_id=number, components=site.components)
    return reply(call, microgrid_id=number, connections=site.connections)


def in_bytes(message: Message) -> bytes:
    """Return the bytes of a message, including unknown fields."""
    return message.SerializeToString(deterministic=True)


async def ask(
    channel: grpc.aio.Channel, call: str, data: bytes | Message, *, service: str = SERVICE
) -> Any:
    """Make a call and return the message of its reply."""
    request_bytes = data if isinstance(data, bytes) else data.SerializeToString()
    method: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(
        f"/{service}/{call}"
    )
    reply_bytes = await method(request_bytes, timeout=30)
    return getattr(platformassets_pb2, f"{call}Response").FromString(reply_bytes)


async def until_accepted(channel: grpc.aio.Channel) -> None:
    """Return when the server has accepted all earlier calls on the channel.

    The server accepts calls in their order, and rejects this one without using its store.
    """
    try:
        await ask(channel, MICROGRID, GARBAGE)
    except grpc.aio.AioRpcError as error:
        assert error.code() is grpc.StatusCode.INVALID_ARGUMENT, error
