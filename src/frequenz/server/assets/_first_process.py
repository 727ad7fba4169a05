"""The first process of several: it reads files and keys for all workers, and serves metrics."""

import asyncio
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING, Final

from ._operation.background import in_background
from ._operation.gauges import add_finding_gauges
from ._operation.lazy_metrics import metrics as metrics_module
from ._operation.loaded import load
from ._operation.reloading import Reloading
from ._server import serve_metrics
from ._settings import ServerSettings
from ._stores import open_store
from ._workers import Workers

if TYPE_CHECKING:
    from ._operation.metrics import Counts, Metrics

_SCRAPE_SECONDS: Final = 5.0
"""How long whoever asks for the metrics may wait for the workers."""


class FirstProcess:
    """Workers, and what they leave to the first process.

    What is read is read once, for all of them: so they use all of it, or none.
    """

    def __init__(self, workers: Workers, settings: ServerSettings) -> None:
        """Prepare; `start()` starts the workers.

        Args:
            workers: The workers.
            settings: Theirs.
        """
        self._workers = workers
        self._settings = settings
        self.reloading: Reloading
        """Reads files, for all workers."""

        self._stack = AsyncExitStack()
        self._metrics: Metrics | None = None

    async def start(self, *, reads_files: bool) -> None:
        """Start the workers, which listen.

        Args:
            reads_files: Whether they serve only once `reloading` has loaded inventory files;
                otherwise, they serve what the database has.

        Raises:
            KeysError: If the keys cannot be used.
            OSError: If the certificates or the address of metrics cannot be used.
            StoreError: If the database cannot be used.
            WorkerError: If a worker cannot start.
        """
        async with AsyncExitStack() as stack:
            store = await open_store(self._settings.database, create=reads_files)
            stack.push_async_callback(store.close)
            loaded = await load(self._settings, store)
            loaded = loaded._replace(has_inventory=not reads_files)
            reloading = Reloading(self._settings, store, self._workers.use, self._count_reload)
            self.reloading = reloading
            if self._settings.metrics is not None:
                self._metrics = metrics_module.Metrics()
                if reads_files:
                    add_finding_gauges(self._metrics, lambda: reloading.findings)
                self._serve_metrics(self._settings.metrics, stack)
            stack.push_async_callback(self._workers.stop)
            await self._workers.start(loaded)
            if loaded.keys_tag is not None:
                follow = partial(reloading.follow_keys, loaded)
                await stack.enter_async_context(in_background(follow, "the watch of keys"))
            self._stack = stack.pop_all()

    async def stop(self) -> None:
        """Stop the workers, each with its pause and grace."""
        await self._stack.aclose()

    def _count_reload(self, result: str) -> None:
        if self._metrics is not None:
            self._metrics.count_reload(result)

    def _serve_metrics(self, address: str, stack: AsyncExitStack) -> None:
        loop = asyncio.get_running_loop()

        def read() -> "Counts":
            counting = asyncio.run_coroutine_threadsafe(self._all_counts(), loop)
            try:
                return counting.result(_SCRAPE_SECONDS)
            except TimeoutError:
                counting.cancel()
                raise

        serve_metrics(address, read, stack)

    async def _all_counts(self) -> "Counts":
        """Return what all processes have counted."""
        total = await self._workers.counts()
        if self._metrics is not None:
            own = self._metrics.counts()
            total.merge(own)
            total.merge_gauges(own)
        return total
