"""The server that is called, in its own process: `python -m harness.benchmarks.server KIND`.

It prints its URL as JSON and serves until its standard input ends. `real` is the Assets server,
`fleet` another one with a fleet; `canned` has its replies ready, so that a call costs little but
the client's own work.
"""

import asyncio
import sys

from frequenz.api.platformassets.v1alpha1.platformassets_pb2 import GetMicrogridRequest

from frequenz.client.assets.inventory import Inventory, Site
from frequenz.server.assets import AssetsServer

from ..shared.answering import write_line
from ..shared.servers import CannedReplies, serving
from .messages import (
    FLEET,
    OTHERS,
    SIZES,
    components,
    fleet_site,
    get_reply,
    list_reply,
    microgrid,
)


async def _real() -> None:
    sites = (
        *(Site(microgrid(size), tuple(components(size))) for size in SIZES),
        *(Site(microgrid(number)) for number in OTHERS),
    )
    async with AssetsServer(Inventory(sites)) as server:
        await _serve(server.url)


async def _fleet() -> None:
    sites = []
    for number in FLEET:
        site, listed, connected = fleet_site(number)
        sites.append(Site(site, tuple(listed), tuple(connected)))
    async with AssetsServer(Inventory(tuple(sites))) as server:
        await _serve(server.url)


async def _canned() -> None:
    replies = {
        "GetMicrogrid": {number: get_reply(number) for number in (*SIZES, *OTHERS)},
        "ListMicrogridElectricalComponents": {size: list_reply(size) for size in SIZES},
    }

    def reply(operation: str, request: bytes) -> bytes:
        # Every request has the microgrid's ID in the same field.
        return replies[operation][GetMicrogridRequest.FromString(request).microgrid_id]

    async with serving(CannedReplies(reply)) as url:
        await _serve(url)


async def _serve(url: str) -> None:
    write_line(url)
    await asyncio.to_thread(sys.stdin.read)


_KINDS = {"real": _real, "canned": _canned, "fleet": _fleet}

if __name__ == "__main__":
    asyncio.run(_KINDS[sys.argv[1]]())
