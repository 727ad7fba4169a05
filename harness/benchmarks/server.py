"""The server that is measured with, in a process of its own: `python -m harness.benchmarks.server`.

It prints its URL and serves until its standard input ends. With `canned`, it is not the Assets
server but one that has its replies ready.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import grpc
import grpc.aio
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2

from frequenz.client.assets.inventory import Inventory, Site
from frequenz.server.assets import AssetsServer

from .messages import OTHERS, SIZES, components, get_reply, list_reply, microgrid

_SERVICE = platformassets_pb2.DESCRIPTOR.services_by_name["PlatformAssetsService"]


@asynccontextmanager
async def _real() -> AsyncIterator[str]:
    sites = (
        *(Site(microgrid(size), tuple(components(size))) for size in SIZES),
        *(Site(microgrid(number)) for number in OTHERS),
    )
    async with AssetsServer(Inventory(sites)) as server:
        yield server.url


@asynccontextmanager
async def _canned() -> AsyncIterator[str]:
    gets = {number: get_reply(number) for number in (*SIZES, *OTHERS)}
    lists = {size: list_reply(size) for size in SIZES}
    handlers = {
        "GetMicrogrid": _answering(gets),
        "ListMicrogridElectricalComponents": _answering(lists),
    }
    server = grpc.aio.server(options=[("grpc.max_send_message_length", -1)])
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(_SERVICE.full_name, handlers),)
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield f"grpc://127.0.0.1:{port}?ssl=false"
    finally:
        await server.stop(None)


def _answering(replies: Mapping[int, bytes]) -> "grpc.RpcMethodHandler[bytes, bytes]":
    async def answer(data: bytes, _: "grpc.aio.ServicerContext[bytes, bytes]") -> bytes:
        # Every request has the microgrid's id in the same field.
        return replies[platformassets_pb2.GetMicrogridRequest.FromString(data).microgrid_id]

    # Without serializers, gRPC hands over the bytes themselves.
    return grpc.unary_unary_rpc_method_handler(answer)


async def _main(serving: AbstractAsyncContextManager[str]) -> None:
    async with serving as url:
        print(url, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_main(_canned() if sys.argv[1:] == ["canned"] else _real()))
