"""The server: takes an inventory and settings, and listens on a port."""

import errno
import os
import socket
import ssl
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

import grpc
import grpc.aio

from frequenz.client.assets import _fork, inventory
from frequenz.client.assets.inventory import Inventory

from ._health import Health, add_health
from ._reflection import add_reflection
from ._service import MAX_REQUEST_SIZE, AssetsService, handlers
from ._settings import ServerSettings
from ._stores import Store, open_store, replace

_LOOPBACKS: Final = ("127.0.0.1", "::1")
"""What gRPC resolves `localhost` to, whatever the system says."""

_OPTIONS: Final = (
    ("grpc.max_send_message_length", -1),
    # The service refuses requests over its own limit, with a clearer message than gRPC's. Only
    # those that are not worth receiving are refused by gRPC.
    ("grpc.max_receive_message_length", 4 * MAX_REQUEST_SIZE),
    # Published clients ping every 60 s while idle; by default, gRPC would disconnect them.
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    # Otherwise two servers could listen on one port, and silently share its calls.
    ("grpc.so_reuseport", 0),
)


_MAX_QUOTED: Final = 60
"""How many characters of an argument of a wrong type an error repeats."""


class _Running(NamedTuple):
    """The parts of a running server."""

    server: grpc.aio.Server
    store: Store
    health: Health


class AssetsServer:
    """An Assets server in this process.

    ```python
    async with AssetsServer.from_fleet("fleet.yaml") as server:
        async with AssetsApiClient(server.url) as client:
            ...
    ```
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
        self._interceptors = tuple(interceptors)
        for interceptor in self._interceptors:
            if not isinstance(interceptor, grpc.aio.ServerInterceptor):
                raise TypeError(
                    f"interceptors: expected a grpc.aio.ServerInterceptor, got {interceptor!r}"
                )
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
        return cls(inventory.read_all((path, *paths)), settings, interceptors)

    @property
    def url(self) -> str:
        """The URL for clients, with all parameters that they need.

        Raises:
            RuntimeError: If the server is not running.
        """
        if self._running is None:
            raise RuntimeError("The server is not running and has no URL; start it first")
        has_tls = str(self._settings.has_tls).lower()
        return f"grpc://{self._settings.address}:{self._port}?ssl={has_tls}"

    async def start(self) -> None:
        """Start serving.

        Raises:
            OSError: If the port or a file for TLS cannot be used.
            StoreError: If the database cannot be used.
            RuntimeError: If the server is already running.
        """
        if self._running is not None:
            raise RuntimeError(f"The server is already running on {self.url}")
        _fork.mark_in_use()
        credentials = _credentials(self._settings)
        _check_port(self._settings)
        database = self._settings.database
        store = await open_store(database, create=self._fleet is not None)
        try:
            if self._fleet is not None:
                await replace(store, self._fleet)
            server = grpc.aio.server(interceptors=self._interceptors, options=_OPTIONS)
            server.add_generic_rpc_handlers(handlers(AssetsService(store)))
            add_reflection(server)
            health = await add_health(server)
            target = f"{self._settings.address}:{self._settings.port}"
            self._port = (
                server.add_insecure_port(target)
                if credentials is None
                else server.add_secure_port(target, credentials)
            )
            await server.start()
        except BaseException:
            await store.close()
            raise
        self._running = _Running(server, store, health)

    async def stop(self) -> None:
        """Refuse new calls, let those in flight finish within the grace period, and stop."""
        running, self._running = self._running, None
        if running is None:
            return
        try:
            await running.health.stop()
            await running.server.stop(self._settings.grace_seconds)
        finally:
            await running.store.close()

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


def _shortened(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _MAX_QUOTED else f"{text[:_MAX_QUOTED]}…"


def _credentials(settings: ServerSettings) -> grpc.ServerCredentials | None:
    chain, key = settings.ssl_certificate_chain, settings.ssl_private_key
    if chain is None or key is None:
        return None
    pair = Path(key).read_bytes(), Path(chain).read_bytes()
    try:
        # gRPC does not say what is wrong with the files; the standard library does. Without a
        # password, it would prompt for that of an encrypted key.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(chain, key, password="")
    except ssl.SSLError as error:
        raise OSError(
            f"cannot use {chain} and {key} for TLS: {error}; expected a certificate chain and its"
            " unencrypted private key as PEM"
        ) from error
    return grpc.ssl_server_credentials([pair])


def _check_port(settings: ServerSettings) -> None:
    """Raise why a port cannot be used on an address of the host; gRPC does not say why."""
    failure = f"cannot listen on {settings.address}:{settings.port}"
    for host in _LOOPBACKS if settings.host == "localhost" else (settings.host,):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, settings.port))
            except OSError as error:
                if settings.host == "localhost" and error.errno == errno.EADDRNOTAVAIL:
                    continue  # this machine has no IPv6
                reason = error.strerror or str(error)
                raise OSError(error.errno, f"{failure}: {reason}") from error
