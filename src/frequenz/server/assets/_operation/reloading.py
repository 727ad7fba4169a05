"""Reads files and keys while a server runs, and uses all of it or none."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from .._callers import KeysError
from .._callers.opening import follow_keys, read_keys
from .._reading_processes import FindingCounts, RefusedError, read_fleet
from .._settings import ServerSettings
from .._stores import Store, StoreError, replace
from .._stores.rows import Rows
from .loaded import Loaded, caller_settings, load

_logger = logging.getLogger("frequenz.server.assets")


class Reloading:
    """Reads files and keys, for the first time and again."""

    def __init__(
        self,
        settings: ServerSettings,
        store: Store,
        use: Callable[[Loaded], Awaitable[None]],
        count: Callable[[str], None],
    ) -> None:
        """Prepare.

        Args:
            settings: They name the keys and the certificates.
            store: Where inventories are stored.
            use: Uses keys and certificates, and the inventory that is stored; must not fail.
            count: Counts a reload: `applied` or `failed`.
        """
        self.findings: FindingCounts | None = None
        """Those of the inventory files that were read last, if that is known."""

        self._settings = settings
        self._store = store
        self._use = use
        self._count = count
        self._lock = asyncio.Lock()
        self._loaded: Loaded | None = None
        self._problem = ""

    async def reload(self, paths: Sequence[Path], *, strict: bool) -> Rows | None:
        """Read inventory files, keys and certificates again; what raises here changes nothing.

        Returns:
            What the inventory files contain, if there are any.

        Raises:
            InventoryFileError: If inventory files are invalid.
            KeysError: If the keys cannot be used.
            OSError: If a file cannot be read, or the certificates cannot be used.
            StoreError: If the inventory cannot be stored.
            RefusedError: If it has major findings, and `strict` is set.
            ValueError: If the name of a file has no known format.
        """
        try:
            read = await self.load(paths, strict=strict)
        except BaseException:
            self._count("failed")
            raise
        self._count("applied")
        return read

    async def load(
        self, paths: Sequence[Path], *, strict: bool, shown: int | None = 0
    ) -> Rows | None:
        """Do the same without counting it, which is how a server gets its first inventory.

        Args:
            paths: The inventory files.
            strict: Whether to refuse an inventory with major findings.
            shown: How many findings are printed on standard error. None = all.
        """
        async with self._lock:
            read = await read_fleet(paths, shown=shown) if paths else None
            if read is not None and strict and read.findings.major:
                raise RefusedError
            before = self._loaded
            loaded = await load(self._settings, self._store)
            # The only step that can fail comes first.
            if read is not None:
                await replace(self._store, read.rows)
                self.findings = read.findings
            if self._loaded is not None and self._loaded is not before:
                # Keys in the database have changed since: these are newer.
                loaded = loaded._replace(keys=self._loaded.keys, keys_tag=self._loaded.keys_tag)
            self._loaded = loaded
            await self._use(loaded)
        return None if read is None else read.rows

    async def follow_keys(self, loaded: Loaded) -> None:
        """Use the keys in the database when they change, until cancelled.

        A reload that is under way, and files that cannot be read, do not delay a revoked key.

        Args:
            loaded: What was in use first, with a tag.
        """
        self._loaded = self._loaded or loaded
        assert self._loaded.keys_tag is not None
        await follow_keys(self._store, self._loaded.keys_tag, self._use_changed_keys)

    async def _use_changed_keys(self, tag: str) -> bool:
        """Use the keys in the database; return False if they cannot be used."""
        callers = caller_settings(self._settings)
        assert callers is not None
        try:
            keys = await read_keys(callers, self._store)
        except (KeysError, StoreError) as error:
            if str(error) != self._problem:
                self._count("failed")
                _logger.error("Keys not reloaded; what was read before still counts: %s", error)
            self._problem = str(error)
            return False
        self._problem = ""
        assert self._loaded is not None
        self._loaded = self._loaded._replace(keys=keys, keys_tag=tag)
        await self._use(self._loaded)
        self._count("applied")
        _logger.warning("Reloaded: keys in the database")
        return True
