"""Asks now and then for what calls need, which the health then says."""

import asyncio
import logging
import time
from typing import Final

from .._callers import KeysError, Nonces
from .._health import Health
from .._stores import Store, StoreError

_SECONDS: Final = 2.0
"""How long between two probes: a load balancer does not ask more often."""

_logger = logging.getLogger("frequenz.server.assets")


async def keep_health(
    health: Health, store: Store, nonces: Nonces | None, seconds: float = _SECONDS
) -> None:
    """Keep the health up to date, until cancelled.

    Args:
        health: The health.
        store: Must answer.
        nonces: Must remember; None = callers are not checked.
        seconds: How long between two probes, in s.
    """
    was_serving = True
    while True:
        await asyncio.sleep(seconds)
        try:
            await store.probe()
            if nonces is not None:
                await nonces.probe(time.time())
        except (StoreError, KeysError) as error:
            if was_serving:
                _logger.error("Not healthy: %s", error)
            is_serving = False
        else:
            is_serving = True
        if is_serving != was_serving:
            health.report(is_serving=is_serving)
            was_serving = is_serving
