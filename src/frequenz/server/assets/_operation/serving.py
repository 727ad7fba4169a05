"""What begins once the inventory is stored: until then, a server listens and answers no calls."""

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from .._callers import Nonces
from .._service import AssetsService
from .._stores import Store
from .._stores.history import revision_at
from .background import in_background
from .gauges import add_size_gauges
from .health import Health, keep_health
from .inventory_size import InventorySize

if TYPE_CHECKING:
    from .metrics import Metrics


@dataclass(eq=False, kw_only=True, slots=True)
class Serving:
    """Lets calls be answered, and health say so; until then, it says NOT_SERVING."""

    service: AssetsService
    """Answers calls; must not be loaded."""

    health: Health
    store: Store
    as_of: datetime | None
    """The moment whose inventory is served; None = the newest one."""

    nonces: Nonces | None
    """Those of calls; None = callers are not checked."""

    metrics: "Metrics | None"
    """They get the size of the inventory; None = metrics are off."""

    _stack: AsyncExitStack = field(default_factory=AsyncExitStack, init=False)

    @property
    def has_begun(self) -> bool:
        """Whether calls are answered."""
        return self.service.is_loaded

    async def begin(self) -> None:
        """Answer calls from now on, from the inventory that is stored.

        Raises:
            StoreError: If the inventory of a moment is served, and there is none.
        """
        if self.as_of is not None:
            self.service.revision = (await revision_at(self.store, self.as_of)).number
        self.service.is_loaded = True
        self.health.report(is_serving=True)
        probe = partial(keep_health, self.health, self.store, self.nonces)
        await self._stack.enter_async_context(in_background(probe, "the probe for the health"))
        if self.metrics is not None:
            size = InventorySize(self.store, self.service.revision)
            await size.read()
            follow = in_background(size.follow, "the size of the inventory")
            await self._stack.enter_async_context(follow)
            add_size_gauges(self.metrics, size)

    async def end(self) -> None:
        """End what runs beside the calls."""
        await self._stack.aclose()
