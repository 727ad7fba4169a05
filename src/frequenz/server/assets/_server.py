"""The server: takes an inventory and settings, and listens on a port."""

import asyncio
import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, NamedTuple, Self

import grpc
import grpc.aio

from frequenz.client.assets import _fork, _portal, inventory
from frequenz.client.assets.inventory import Difference, Inventory

from ._callers import Callers, Keyring, Nonces
from ._callers.opening import open_nonces
from ._operation.access_log import AccessLog
from ._operation.background import in_background
from ._operation.connections import Connections
from ._operation.gauges import add_call_gauges, add_caller_gauges, add_finding_gauges
from ._operation.grpc_options import grpc_options
from ._operation.health import Health
from ._operation.lazy_metrics import metrics as metrics_module
from ._operation.listener import Listener
from ._operation.loaded import Loaded, caller_settings, load
from ._operation.reloading import Reloading
from ._operation.services import AddService, service_access, side_services
from ._operation.serving import Serving
from ._operation.tls import Certificates
from ._operation.unread import UnreadReplies
from ._operation.wrapper import CallWrapper, Observer
from ._ports import check_port
from ._reading_processes import FindingCounts, count_findings
from ._service import AssetsService, handlers
from ._settings import Address, ServerSettings, parse_address
from ._stores import Store, apply_differences, open_store, replace
from ._stores.rows import Rows

if TYPE_CHECKING:
    from ._operation.metrics import Counts, Metrics

_logger = logging.getLogger("frequenz.server.assets")

_MAX_QUOTED: Final = 60
"""How many characters of an argument of a wrong type an error repeats."""


@dataclass(frozen=True, slots=True)
class _InUse:
    """What can be replaced while the server runs."""

    callers: Callers | None
    certificates: Certificates | None
    serving: Serving

    async def use(self, loaded: Loaded) -> None:
        """Use other keys and certificates, before any other call; serve, if not done yet."""
        if self.callers is not None and loaded.keys is not None:
            self.callers.keyring = Keyring(loaded.keys)
        if self.certificates is not None and loaded.certificates is not None:
            self.certificates.replace(loaded.certificates)
        if loaded.has_inventory and not self.serving.has_begun:
            await self.serving.begin()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Running:
    """The parts of a running server."""

    listeners: Sequence[Listener]
    """That of the API, and those of health and reflection at addresses of their own."""

    store: Store
    health: Health
    in_use: _InUse
    reloading: Reloading
    unread: UnreadReplies
    stack: AsyncExitStack
    """Closes what is open."""


class Handed(NamedTuple):
    """What the first process of several does for a server in another one."""

    loaded: Loaded
    """The keys and certificates, which it reads, and hands over again when they change."""

    metrics: "Metrics | None"
    """What counts calls; it serves the page."""


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
        self._fleet: Inventory | Rows | None = fleet
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
        self._findings: FindingCounts | None = None
        self._handed: Handed | None = None
        self._reads_files = False
        """Whether the inventory is read from files once the server listens."""

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

    @property
    def _has_new_inventory(self) -> bool:
        """Whether it serves another inventory than that in the database."""
        return self._fleet is not None or self._reads_files

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
            if not settings.shares_port:
                check_port(settings.host, settings.port)
            store = await open_store(settings.database, create=self._has_new_inventory)
            stack.push_async_callback(store.close)
            loaded = await load(settings, store) if self._handed is None else self._handed.loaded
            if self._reads_files:
                loaded = loaded._replace(has_inventory=False)
            certificates = (
                None if loaded.certificates is None else Certificates(loaded.certificates)
            )
            callers, nonces = await _callers(settings, loaded, store, stack)
            metrics = self._metrics(stack)
            observers: list[Observer] = [] if metrics is None else [metrics]
            if settings.access_log != "off":
                observers.append(log := AccessLog(settings.access_log))
                stack.callback(log.close)
            wrapper = CallWrapper(
                callers,
                settings.limits,
                service_access(settings.health, settings.reflection),
                observers,
            )
            listeners: list[Listener] = []
            connections = Connections(
                lambda: {listener.port for listener in listeners},
                settings.limits.connections_per_address,
            )
            health = Health()
            service = AssetsService(
                store,
                is_loaded=False,
                on_query=None if metrics is None else metrics.count_query,
            )
            listeners += self._listeners(service, health, wrapper, certificates)
            for listener in listeners:
                stack.push_async_callback(listener.stop, settings.grace_seconds)
                await listener.start()
            self._port = listeners[0].port
            serving = Serving(
                service=service,
                health=health,
                store=store,
                as_of=settings.as_of,
                nonces=nonces,
                metrics=metrics,
            )
            stack.push_async_callback(serving.end)
            watch = in_background(wrapper.unread.watch, "the watch of unread replies")
            await stack.enter_async_context(watch)
            if metrics is not None or settings.limits.limits_addresses:
                watch = in_background(connections.watch, "the watch of connections")
                await stack.enter_async_context(watch)
            in_use = _InUse(callers, certificates, serving)
            reloading = self._reloading(store, in_use, metrics)
            if metrics is not None:
                add_call_gauges(metrics, wrapper.counts, connections)
                if callers is not None and nonces is not None:
                    add_caller_gauges(metrics, callers, nonces)
            # Only now that the port is certain, the content of a database is replaced.
            if self._fleet is not None:
                await replace(store, self._fleet)
            if loaded.has_inventory:
                await serving.begin()
            if loaded.keys_tag is not None and self._handed is None:
                follow = partial(reloading.follow_keys, loaded)
                await stack.enter_async_context(in_background(follow, "the watch of keys"))
            self._running = _Running(
                listeners=listeners,
                store=store,
                health=health,
                in_use=in_use,
                reloading=reloading,
                unread=wrapper.unread,
                stack=stack.pop_all(),
            )

    def _listeners(
        self,
        service: AssetsService,
        health: Health,
        wrapper: CallWrapper,
        certificates: Certificates | None,
    ) -> Iterator[Listener]:
        """Yield what serves the API, then health and reflection at addresses of their own."""
        settings = self._settings
        services: dict[Address | None, list[AddService]] = {
            None: [partial(_add_assets, service=service)]
        }
        for address, add in side_services(settings.health, settings.reflection, health):
            services.setdefault(address, []).append(add)
        for address, added in services.items():
            yield self._listener(address, added, wrapper, certificates)

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

    def _metrics(self, stack: AsyncExitStack) -> "Metrics | None":
        """Serve metrics until a stack is closed, unless another process does."""
        if self._handed is not None:
            return self._handed.metrics
        if self._settings.metrics is None:
            return None
        metrics = metrics_module.Metrics()
        if isinstance(self._fleet, Inventory) and self._findings is None:
            self._findings = count_findings(inventory.check(self._fleet))
        serve_metrics(self._settings.metrics, metrics.counts, stack)
        return metrics

    def _reloading(self, store: Store, in_use: _InUse, metrics: "Metrics | None") -> Reloading:
        count = _count_nothing if metrics is None else metrics.count_reload
        reloading = Reloading(self._settings, store, in_use.use, count)
        reloading.findings = self._findings
        if metrics is not None and self._has_new_inventory:
            add_finding_gauges(metrics, lambda: reloading.findings)
        return reloading

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
        files = [*map(Path, paths or self._paths)]
        read = await running.reloading.reload(files, strict=strict)
        if read is not None:
            self._fleet, self._findings = read, running.reloading.findings

    async def stop(self) -> None:
        """Refuse new calls, let those in flight finish within the grace period, and stop.

        Before, the health is NOT_SERVING for the pause in the settings, with all calls answered;
        not if none was answered yet.
        """
        running, self._running = self._running, None
        if running is None:
            return
        async with running.stack:
            running.health.report_stopping()
            if running.in_use.serving.has_begun:
                await asyncio.sleep(self._settings.pause_seconds)
            running.health.stop()
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


async def _callers(
    settings: ServerSettings, loaded: Loaded, store: Store, stack: AsyncExitStack
) -> tuple[Callers | None, Nonces | None]:
    """Return who may call, and the nonces of calls, which are open until a stack is closed."""
    of_callers = caller_settings(settings)
    if of_callers is None or loaded.keys is None:
        return None, None
    nonces = await open_nonces(of_callers, store)
    stack.push_async_callback(nonces.close)
    callers = Callers(Keyring(loaded.keys), nonces, time.time, of_callers.tolerance_seconds)
    return callers, nonces


def serve_metrics(address: str, read: "Callable[[], Counts]", stack: AsyncExitStack) -> None:
    """Serve metrics until a stack is closed.

    Raises:
        OSError: If the address cannot be listened on.
    """
    parsed = parse_address(address)
    assert parsed is not None  # the settings are checked
    check_port(*parsed)
    stop = metrics_module.serve_metrics(read, parsed)
    stack.push_async_callback(asyncio.to_thread, stop)


def _count_nothing(_: str) -> None:
    """Ignore a reload: metrics are off."""


def reading_server(settings: ServerSettings) -> AssetsServer:
    """Return a server that listens, and serves once `reloading_of` it has loaded files."""
    server = AssetsServer(Inventory(), settings)
    server._fleet, server._reads_files = None, True
    return server


def reloading_of(server: AssetsServer) -> Reloading:
    """Return what reads the files of a running server."""
    assert server._running is not None
    return server._running.reloading


def worker_server(settings: ServerSettings, handed: Handed) -> AssetsServer:
    """Return one of several servers, in a process of its own."""
    server = AssetsServer(None, settings)
    server._handed = handed
    return server


async def use_loaded(server: AssetsServer, loaded: Loaded) -> None:
    """Let a worker use what the first process has read, unless it is stopping."""
    if server._running is not None:
        await server._running.in_use.use(loaded)
