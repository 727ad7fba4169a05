"""The sides that are measured: the client that is installed here, and the bare stub.

Used in the environments of both clients: it names nothing that only one of them has.
"""

from collections.abc import Mapping
from time import thread_time_ns
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import grpc.aio
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from frequenz.api.platformassets.v1alpha1.platformassets_pb2_grpc import PlatformAssetsServiceStub
from frequenz.client.common.microgrid import MicrogridId

from frequenz.client.assets import AssetsApiClient

_ListReply = platformassets_pb2.ListMicrogridElectricalComponentsResponse
_ListRequest = platformassets_pb2.ListMicrogridElectricalComponentsRequest


class Side(Protocol):
    """What is measured."""

    async def get(self, microgrid_id: int) -> object:
        """Get a microgrid."""

    async def list(self, microgrid_id: int) -> object:
        """List the components of a microgrid."""

    async def decode(self, size: int, data: bytes) -> tuple[int, object]:
        """Make components of the bytes of a reply; return how long it took, in ns, and them.

        For a client, this is what comes after the bare stub's part, which is to parse the bytes.
        Nothing is waited for, so it is the processor's time: a busy machine counts less.
        """


class BareStub:
    """The stub that the contract's package generates, on a plain channel."""

    def __init__(self, url: str) -> None:
        """Make a channel to a server without TLS."""
        # For type checkers, a stub that is made with an asynchronous channel is of another class.
        self._stub: Any = PlatformAssetsServiceStub(grpc.aio.insecure_channel(urlsplit(url).netloc))

    async def get(self, microgrid_id: int) -> object:
        request = platformassets_pb2.GetMicrogridRequest(microgrid_id=microgrid_id)
        return await self._stub.GetMicrogrid(request)

    async def list(self, microgrid_id: int) -> object:
        request = _ListRequest(microgrid_id=microgrid_id)
        return await self._stub.ListMicrogridElectricalComponents(request)

    async def decode(self, size: int, data: bytes) -> tuple[int, object]:
        start = thread_time_ns()
        reply = _ListReply.FromString(data)
        return thread_time_ns() - start, reply


class Client:
    """The client that is installed here."""

    def __init__(self, url: str) -> None:
        """Make a client of a server, and one that gets replies without any."""
        self._client = AssetsApiClient(url)
        self._source = _Source()
        self._offline = _offline(url, self._source)

    async def get(self, microgrid_id: int) -> object:
        return await self._client.get_microgrid(MicrogridId(microgrid_id))

    async def list(self, microgrid_id: int) -> object:
        return await self._client.list_microgrid_electrical_components(MicrogridId(microgrid_id))

    async def decode(self, size: int, data: bytes) -> tuple[int, object]:
        # Parsed anew each time: what protobuf makes of a message on access, it makes only once.
        self._source.reply = _ListReply.FromString(data)
        start = thread_time_ns()
        items = await self._offline.list_microgrid_electrical_components(MicrogridId(size))
        took = thread_time_ns() - start
        self._source.reply = None
        return took, items


class _Source:
    """Stands for the stub of a client; answers without a server."""

    reply: _ListReply | None = None

    async def ListMicrogridElectricalComponents(  # noqa: N802
        self, request: _ListRequest, **_: object
    ) -> _ListReply | None:
        return self.reply


def _offline(url: str, source: _Source) -> AssetsApiClient:
    """Return a client that gets its replies from a source, the way users' tests do it."""
    client: Any = AssetsApiClient(url)
    setattr(client, "_stub", source)  # noqa: B010 - the type of the attribute is another one
    return client  # type: ignore[no-any-return]


SIDES: Final[Mapping[str, type[BareStub | Client]]] = {"stub": BareStub, "client": Client}
