"""The scenario of a client that is idle, and of calls that take long."""

import asyncio

from frequenz.client.assets import AssetsApiClient
from frequenz.client.assets.testing._proxy import Proxy

from ..shared.claims import Claim, Claims, exactly
from ._calls import GET, Tally
from ._processes import server_process
from ._server import Behaviour


async def idle(_: int, *, seconds: float = 600.0, long_call: float = 60.0) -> Claims:
    """Be idle, and make long calls, to a server with gRPC's defaults."""
    async with server_process() as server, server_process() as slow:
        await server.listen()
        await slow.listen()
        await slow.behave(Behaviour(delay=long_call - 0.5))
        claims = await asyncio.gather(
            _idle(server.port, seconds),
            *(_long(slow.port, long_call, time) for time in (long_call, 3 * long_call, None)),
        )
    return [claim for some in claims for claim in some]


async def _idle(port: int, seconds: float) -> Claims:
    tally = Tally()
    async with Proxy(port) as proxy, AssetsApiClient(proxy.url) as client:
        await tally.make(GET, client, 10.0)
        await asyncio.sleep(seconds)
        await tally.make(GET, client, 10.0)
        return _claims(f"idle for {seconds:g} s", tally, proxy)


async def _long(port: int, seconds: float, timeout: float | None) -> Claims:
    tally = Tally()
    async with Proxy(port) as proxy, AssetsApiClient(proxy.url) as client:
        await tally.make(GET, client, timeout)
        await asyncio.sleep(0.1 * seconds)  # the server may send more frames
        return _claims(f"a call of {seconds:g} s, timeout {timeout}", tally, proxy)


def _claims(what: str, tally: Tally, proxy: Proxy) -> Claims:
    return [
        exactly(f"{what}: calls that failed", 0, tally.failed, f"of {tally}"),
        exactly(f"{what}: GOAWAY", 0, proxy.goaways),
        exactly(f"{what}: connections", 1, proxy.connections),
        Claim(f"{what}: PING frames from the server", "", str(proxy.pings)),
    ]
