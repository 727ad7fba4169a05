"""Asks the store now and then whether it answers, which the health then says."""

import asyncio
import logging
from typing import Final

from .._health import Health
from .._stores import Store, StoreError

_SECONDS: Final = 2.0
"""How long between two probes: a load balancer does not ask more often."""

_logger = logging.getLogger("frequenz.server.assets")


async def probe_store(store: Store, health: Health, seconds: float = _SECONDS) -> None:
    """Keep the health up to date, until cancelled."""
    was_serving = True
    while True:
        await asyncio.sleep(seconds)
        try:
            await store.probe()
        except StoreError as error:
            if was_serving:
                _logger.error("Not healthy: %s", error)
            is_serving = False
        else:
            is_serving = True
        if is_serving != was_serving:
            health.report(is_serving=is_serving)
            was_serving = is_serving
