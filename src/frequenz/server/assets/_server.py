"""The server: takes an inventory and settings, and listens on a port."""

import asyncio
import os
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

import grpc
import grpc.aio

from frequenz.client.assets import _fork, _portal, inventory
from frequenz.client.assets._lazy import lazy_module
from frequenz.client.assets.inventory import Difference, Inventory

from ._callers.opening import CallerSettings, OpenedCallers, nonces_path, open_callers
from ._health import Health, new_health
from ._operation.access_log import AccessLog
from ._operation.connections import Connections
from ._operation.grpc_options import grpc_options
from ._operation.listener import Listener
from ._operation.memory import return_free_memory
from ._operation.probing import probe_store
from ._operation.reading import read_fleet
from ._operation.services import AddService, service_access, side_services
from ._operation.tls import CertificateFiles, Certificates
from ._operation.unread import UnreadReplies
from ._operation.wrapper import CallWrapper, Observer
from ._ports import check_port
from ._service import AssetsService, handlers
from ._settings import Address, ServerSettings, parse_address
from ._stores import Store, apply_differences, open_store, replace
from ._stores.history import revision_at

if TYPE_CHECKING:
    from ._operation import metrics as metrics_module
    from ._operation.metrics import Metrics
else:
    # Few servers need it, and its package.
    metrics_module = lazy_module("._operation.metrics", __package__)

_MAX_QUOTED: Final = 60
"""How many characters of an argument of a wrong type an error repeats."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Running:
    """The parts of a running server."""

    listeners: Sequence[Listener]
    """That of the API, and those of health and reflection at addresses of their own."""

    store: Store
    health: Health
    callers: OpenedCallers | None
    certificates: Certificates | None
    metrics: "Metrics | None"
    unread: UnreadReplies
    stack: AsyncExitStack
    """Closes what is open."""

    def count_reload(self, result: str) -> None:
        """Count a reload in the metrics."""
        if self.metrics is not None:
            self.metrics.count_reload(result)


class AssetsServer:
    """An Assets server in this process.

    ```python
    async with AssetsServer.from_fleet("fleet.yaml") as server:
        async with AssetsApiClient(server.url) as client:
            ...
    ```

    With a plain `with`, it runs in the background thread of blocking clients, whatever the calling
    thread does.
    """

    def __init__(
        self,
        fleet: Inventory | None = None,
        settings: ServerSettings | None = None,
        interceptors: Sequence[grpc.aio.ServerInterceptor] = (),
    ) -> None:
        """Create a server; `start()` or `async with` starts it.

        Args:
            fleet: The inventory to serve. None = the content of the database in the settings,
                which must exist.
            settings: How to serve it; by default on a free port of this machine.
            interceptors: Called for each RPC in this order, health and reflection included. The
                handlers of the Assets API take and return serialized messages.

        Raises:
            ValueError: If there is neither an inventory nor a database.
            TypeError: If the fleet is not an `Inventory`, the settings are not `ServerSettings`, or
                an interceptor is not one of `grpc.aio`.
        """
        if not isinstance(fleet, Inventory | None):
            raise TypeError(
                f"fleet: expected an Inventory, got {_shortened(fleet)}; for files, use"
                " AssetsServer.from_fleet"
            )
        if not isinstance(settings, ServerSettings | None):
            raise TypeError(f"settings: expected ServerSettings, got {_shortened(settings)}")
        self._fleet = fleet
        self._settings = settings or ServerSettings()
        if fleet is None and self._settings.database is None:
            raise ValueError("fleet: expected an Inventory, or settings with a database")
        if fleet is not None and self._settings.as_of is not None:
            raise ValueError("as_of: needs the history in a database; a fleet has none")
        self._interceptors = tuple(interceptors)
        for interceptor in self._interceptors:
            if not isinstance(interceptor, grpc.aio.ServerInterceptor):
                raise TypeError(
                    f"interceptors: expected a grpc.aio.ServerInterceptor, got {interceptor!r}"
                )
        self._paths: tuple[str | os.PathLike[str], ...] = ()
        self._reloading = asyncio.Lock()
        self._port = 0
        self._running: _Running | None = None

    @classmethod
    def from_fleet(
        cls,
        path: str | os.PathLike[str],
        *paths: str | os.PathLike[str],
        settings: ServerSettings | None = None,
        interceptors: Sequence[grpc.aio.ServerInterceptor] = (),
    ) -> Self:
        """Create a server of the sites in one or more inventory files.

        Args:
            path: The file.
            *paths: More files.
            settings: As for the constructor.
            interceptors: As for the constructor.

        Raises:
            InventoryFileError: If files are invalid; lists every problem of every file.
            OSError: If a file cannot be read.
            ValueError: If a file name does not end in `.yaml`, `.yml`, `.json` or `.jsonl`.
            TypeError: If an interceptor is not one of `grpc.aio`.
        """
        server = cls(inventory.read_all((path, *paths)), settings, interceptors)
        server._paths = path, *paths
        return server

    @property
    def url(self) -> str:
        """The URL for clients, with all parameters that they need.

        Raises:
            RuntimeError: If the server is not running.
        """
        if self._running is None:
            raise RuntimeError("The server is not running and has no URL; start it first")
        return self._settings.url_at(self._port)

    async def start(self) -> None:
        """Start serving.

        Raises:
            OSError: If the port or a file for TLS cannot be used.
            StoreError: If the database cannot be used.
            KeysError: If the keys or the nonces of callers cannot be used.
            RuntimeError: If the server is already running.
        """
        if self._running is not None:
            raise RuntimeError(f"The server is already running on {self.url}")
        _fork.mark_in_use()
        settings = self._settings
        async with AsyncExitStack() as stack:
            certificates = _certificates(settings)
            if not settings.shares_port:
                check_port(settings.host, settings.port)
            callers = await _callers(settings)
            if callers is not None:
                stack.push_async_callback(callers.nonces.close)
            store = await open_store(settings.database, create=self._fleet is not None)
            stack.push_async_callback(store.close)
            metrics = _metrics(settings, stack)
            observers: list[Observer] = [] if metrics is None else [metrics]
            if settings.access_log != "off":
                observers.append(log := AccessLog(settings.access_log))
                stack.callback(log.close)
            wrapper = CallWrapper(
                None if callers is None else callers.callers,
                settings.limits,
                service_access(settings.health, settings.reflection),
                observers,
            )
            listeners: list[Listener] = []
            connections = Connections(
                lambda: {listener.port for listener in listeners},
                settings.limits.connections_per_address,
            )
            if metrics is not None:
                self._add_gauges(metrics, wrapper, connections, callers)
            health = await new_health()
            service = AssetsService(store, is_loaded=False)
            services: dict[Address | None, list[AddService]] = {
                None: [partial(_add_assets, service=service)]
            }
            for address, add in side_services(settings.health, settings.reflection, health):
                services.setdefault(address, []).append(add)
            listeners += (
                self._listener(address, added, wrapper, certificates)
                for address, added in services.items()
            )
            for listener in listeners:
                stack.push_async_callback(listener.stop, settings.grace_seconds)
                await listener.start()
            self._port = listeners[0].port
            # Only now that the port is certain, the content of a database is replaced.
            if self._fleet is not None:
                await replace(store, self._fleet)
            if settings.as_of is not None:
                service.revision = (await revision_at(store, settings.as_of)).number
            service.is_loaded = True
            await health.report(is_serving=True)
            for watching in (
                probe_store(store, health),
                wrapper.unread.watch(),
                connections.watch(),
                return_free_memory(),
            ):
                stack.callback(asyncio.create_task(watching).cancel)
            self._running = _Running(
                listeners=listeners,
                store=store,
                health=health,
                callers=callers,
                certificates=certificates,
                metrics=metrics,
                unread=wrapper.unread,
                stack=stack.pop_all(),
            )

    def _listener(
        self,
        address: Address | None,
        services: Sequence[AddService],
        wrapper: CallWrapper,
        certificates: Certificates | None,
    ) -> Listener:
        """Return what serves some services at an address; None = that of the API."""
        settings = self._settings
        interceptors = wrapper, *self._interceptors

        def make() -> grpc.aio.Server:
            server = grpc.aio.server(
                interceptors=interceptors,
                options=grpc_options(settings.limits, shares_port=settings.shares_port),
            )
            for add in services:
                add(server)
            return server

        def listen(server: grpc.aio.Server, port: int) -> int:
            host = settings.address if address is None else address.in_url
            if certificates is None or address is not None:
                return server.add_insecure_port(f"{host}:{port}")
            return server.add_secure_port(f"{host}:{port}", certificates.credentials())

        if address is not None and not settings.shares_port:
            check_port(*address)
        port = settings.port if address is None else address.port
        return Listener(make, listen, port, settings.limits.call_seconds)

    def _add_gauges(
        self,
        metrics: "Metrics",
        wrapper: CallWrapper,
        connections: Connections,
        callers: OpenedCallers | None,
    ) -> None:
        counts = wrapper.counts
        metrics.add_gauge("connections", "Connections at present.", lambda: len(connections))
        metrics.add_gauge("calls_now", "Calls at present.", lambda: counts.calls)
        text = "Replies that wait for their readers, in bytes."
        metrics.add_gauge("unread_bytes", text, lambda: counts.unread_bytes)
        metrics.add_gauge("microgrids", "Microgrids of the last inventory.", self._sites)
        if callers is not None:
            nonces, identified = callers.nonces, callers.callers
            metrics.add_gauge("nonces", "Nonces remembered.", lambda: len(nonces))
            metrics.add_gauge("keys", "Keys.", lambda: len(identified.keyring))

    def _sites(self) -> int:
        return 0 if self._fleet is None else len(self._fleet.sites)

    async def reload(
        self, paths: Sequence[str | os.PathLike[str]] | None = None, *, strict: bool = False
    ) -> None:
        """Read the inventory files, keys and certificates again, and use all of them or none.

        Calls are answered meanwhile. What raises here changes nothing.

        Args:
            paths: The inventory files; by default, those of `from_fleet`.
            strict: Whether to refuse an inventory with major findings.

        Raises:
            InventoryFileError: If inventory files are invalid.
            KeysError: If the keys cannot be used.
            OSError: If a file cannot be read, or the certificates cannot be used.
            StoreError: If the inventory cannot be stored.
            ValueError: If it has major findings, and `strict` is set.
            RuntimeError: If the server is not running.
        """
        running = self._running
        if running is None:
            raise RuntimeError("The server is not running; start it first")
        async with self._reloading:
            try:
                await self._reload(running, [*map(Path, paths or self._paths)], strict=strict)
            except BaseException:
                running.count_reload("failed")
                raise
            running.count_reload("applied")

    async def _reload(self, running: _Running, paths: Sequence[Path], *, strict: bool) -> None:
        read = await read_fleet(paths) if paths else None
        if read is not None and strict and read.has_major:
            raise ValueError("refused because of major findings (--strict)")
        callers, certificates = running.callers, running.certificates
        keyring = None if callers is None else await asyncio.to_thread(callers.read_keys)
        pair = None if certificates is None else await asyncio.to_thread(certificates.read)
        # The only step that can fail comes first; the others are made before any other call.
        if read is not None:
            await replace(running.store, read.inventory)
            self._fleet = read.inventory
        if callers is not None and keyring is not None:
            callers.callers.keyring = keyring
        if certificates is not None and pair is not None:
            certificates.replace(pair)

    async def stop(self) -> None:
        """Refuse new calls, let those in flight finish within the grace period, and stop.

        Before, the health is NOT_SERVING for the pause in the settings, with all calls answered.
        """
        running, self._running = self._running, None
        if running is None:
            return
        async with running.stack:
            await running.health.report_stopping()
            await asyncio.sleep(self._settings.pause_seconds)
            await running.health.stop()
            running.unread.hurry()
            grace = self._settings.grace_seconds
            await asyncio.gather(*(listener.stop(grace) for listener in running.listeners))

    async def apply(
        self, change: Inventory | Iterable[Difference], *, author: str = "", comment: str = ""
    ) -> int | None:
        """Serve another inventory from the next call on; on an error, keep the current one.

        Args:
            change: The inventory, or differences to make in the newest one of the database, which
                another process may have changed (see `inventory.patch`).
            author: Who changes it; by default, the user of the system.
            comment: Why.

        Returns:
            The number of the revision that was made, or None if nothing differs.

        Raises:
            RuntimeError: If the server is not running.
            TypeError: If the change is something else.
            ConflictError: If differences do not fit the newest inventory.
            DifferenceError: If differences fit no inventory.
            StoreError: If the inventory cannot be stored.
        """
        if self._running is None:
            raise RuntimeError("The server is not running; start it first")
        store = self._running.store
        if isinstance(change, Inventory):
            revision = await replace(store, change, author=author, comment=comment)
        else:
            differences = _differences(change)
            revision = await apply_differences(store, differences, author=author, comment=comment)
        return None if revision is None else revision.number

    def __enter__(self) -> Self:
        """Start serving, in the background thread of blocking clients."""
        _portal.run(self.start)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop."""
        _portal.run(self.stop)

    async def __aenter__(self) -> Self:
        """Start serving."""
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop."""
        await self.stop()


def _differences(change: object) -> list[Difference]:
    if isinstance(change, Iterable):
        items = [*change]
        if all(isinstance(it, Difference) for it in items):
            return items
    raise TypeError(f"change: expected an Inventory or Differences, got {_shortened(change)}")


def _shortened(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _MAX_QUOTED else f"{text[:_MAX_QUOTED]}…"


def _add_assets(server: grpc.aio.Server, service: AssetsService) -> None:
    server.add_generic_rpc_handlers(handlers(service))


def _certificates(settings: ServerSettings) -> Certificates | None:
    chain, key = settings.ssl_certificate_chain, settings.ssl_private_key
    if chain is None or key is None:
        return None
    roots = settings.ssl_client_root_certificates
    client_roots = None if roots is None else Path(roots)
    return Certificates(CertificateFiles(Path(chain), Path(key), client_roots))


async def _callers(settings: ServerSettings) -> OpenedCallers | None:
    if settings.keys is None:
        return None
    keys, encryption_key, nonces = Path(settings.keys), settings.encryption_key, settings.nonces
    return await open_callers(
        CallerSettings(
            keys=keys,
            encryption_key=None if encryption_key is None else Path(encryption_key),
            nonces=nonces_path(keys, None if nonces is None else os.fspath(nonces)),
            max_nonces=settings.max_nonces,
            tolerance_seconds=settings.clock_tolerance_seconds,
            allow_keys_without_secret=settings.allow_keys_without_secret,
        )
    )


def _metrics(settings: ServerSettings, stack: AsyncExitStack) -> "Metrics | None":
    """Serve metrics until a stack is closed."""
    address = None if settings.metrics is None else parse_address(settings.metrics)
    if address is None:
        return None
    check_port(*address)
    metrics = metrics_module.Metrics()
    stop = metrics_module.serve_metrics(metrics, address)
    stack.push_async_callback(asyncio.to_thread, stop)
    return metrics
