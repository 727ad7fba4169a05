"""What makes the calls that are measured: the client that is installed here, and the bare stub.

Used in the environments of both clients: it names nothing that only one of them has.
"""

from typing import Any, Protocol
from urllib.parse import urlsplit

import grpc.aio
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from frequenz.api.platformassets.v1alpha1.platformassets_pb2_grpc import PlatformAssetsServiceStub
from frequenz.client.common.microgrid import MicrogridId

from frequenz.client.assets import AssetsApiClient


class Caller(Protocol):
    """Makes calls that are measured."""

    async def get(self, microgrid_id: int) -> object:
        """Get a microgrid."""

    async def list(self, microgrid_id: int) -> object:
        """List the components of a microgrid."""


class BareStub:
    """The stub that the API's package generates, on a plain channel."""

    def __init__(self, url: str) -> None:
        """Make a channel to a server without TLS."""
        # For type checkers, a stub on an asynchronous channel is of another class.
        self._stub: Any = PlatformAssetsServiceStub(grpc.aio.insecure_channel(urlsplit(url).netloc))

    async def get(self, microgrid_id: int) -> object:
        """Get a microgrid."""
        request = platformassets_pb2.GetMicrogridRequest(microgrid_id=microgrid_id)
        return await self._stub.GetMicrogrid(request)

    async def list(self, microgrid_id: int) -> object:
        """List the components of a microgrid."""
        request = platformassets_pb2.ListMicrogridElectricalComponentsRequest(
            microgrid_id=microgrid_id
        )
        return await self._stub.ListMicrogridElectricalComponents(request)


class Client:
    """The client that is installed here."""

    def __init__(self, url: str) -> None:
        """Make a client of a server."""
        self._client = AssetsApiClient(url)

    async def get(self, microgrid_id: int) -> object:
        """Get a microgrid."""
        return await self._client.get_microgrid(MicrogridId(microgrid_id))

    async def list(self, microgrid_id: int) -> object:
        """List the components of a microgrid."""
        return await self._client.list_microgrid_electrical_components(MicrogridId(microgrid_id))

    async def site(self, microgrid_id: int) -> object:
        """Get a microgrid, and list its components and connections."""
        connections = self._client.list_microgrid_electrical_component_connections
        return (
            await self.get(microgrid_id),
            await self.list(microgrid_id),
            await connections(MicrogridId(microgrid_id)),
        )

    async def fleet(self, *, reads_all: bool) -> object:
        """Fetch the same of all microgrids at once; only this project's client can.

        One list of the microgrids replaces the calls to get each.
        """
        from frequenz.client.assets.fleet import fetch_fleet  # noqa: PLC0415 - not in the published

        fetched = await fetch_fleet(self._client, include={"components", "connections"})
        assert fetched.is_complete, fetched.failures
        if reads_all:
            for site in fetched.sites:
                _ = site.microgrid, site.components, site.connections
        return fetched
