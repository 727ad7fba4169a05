"""What begins once the inventory is stored: until then, a server listens and answers no calls."""

from contextlib import AsyncExitStack
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from .._callers import Nonces
from .._health import Health
from .._service import AssetsService
from .._stores import Store
from .._stores.history import revision_at
from .background import in_background
from .gauges import add_size_gauges
from .inventory_size import InventorySize
from .probing import keep_health

if TYPE_CHECKING:
    from .metrics import Metrics


class Serving:
    """Lets calls be answered, and health say so."""

    def __init__(
        self,
        service: AssetsService,
        health: Health,
        store: Store,
        *,
        as_of: datetime | None,
        nonces: Nonces | None,
        metrics: "Metrics | None",
    ) -> None:
        """Prepare; calls are UNAVAILABLE, and the health is NOT_SERVING.

        Args:
            service: Answers calls; must not be loaded.
            health: The health.
            store: Where the inventory is.
            as_of: The moment whose inventory is served. None = the newest one.
            nonces: Those of calls. None = callers are not checked.
            metrics: Have the size of the inventory. None = metrics are off.
        """
        self._service = service
        self._health = health
        self._store = store
        self._as_of = as_of
        self._nonces = nonces
        self._metrics = metrics
        self._stack = AsyncExitStack()

    @property
    def has_begun(self) -> bool:
        """Whether calls are answered."""
        return self._service.is_loaded

    async def begin(self) -> None:
        """Answer calls from now on, from the inventory that is stored.

        Raises:
            StoreError: If the inventory of a moment is served, and there is none.
        """
        if self._as_of is not None:
            self._service.revision = (await revision_at(self._store, self._as_of)).number
        self._service.is_loaded = True
        self._health.report(is_serving=True)
        probe = partial(keep_health, self._health, self._store, self._nonces)
        await self._stack.enter_async_context(in_background(probe, "the probe for the health"))
        if self._metrics is not None:
            size = InventorySize(self._store, self._service.revision)
            await size.read()
            follow = in_background(size.follow, "the size of the inventory")
            await self._stack.enter_async_context(follow)
            add_size_gauges(self._metrics, size)

    async def end(self) -> None:
        """End what runs beside the calls."""
        await self._stack.aclose()
