"""The server: from settings and an inventory to a port that answers."""

import errno
import os
import socket
import ssl
from types import TracebackType
from typing import Final, NamedTuple, Self

import grpc
import grpc.aio

from frequenz.client.assets import inventory
from frequenz.client.assets.inventory import Inventory

from ._service import AssetsService, handlers
from ._settings import ServerSettings
from ._stores import Store
from ._stores.sqlite import SqliteStore
from ._tools import Health, offer_tools

_LOOPBACKS: Final = ("127.0.0.1", "::1")
"""What gRPC takes `localhost` for, whatever the machine says."""

_OPTIONS: Final = (
    ("grpc.max_send_message_length", -1),
    # Published clients ping every 60 s while idle; a default server would ban them for it.
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    # Two servers on one port would share its calls, and nobody would notice.
    ("grpc.so_reuseport", 0),
)


class _Running(NamedTuple):
    """What there is of a server while it runs."""

    server: grpc.aio.Server
    store: Store
    health: Health


class AssetsServer:
    """An Assets server within this process.

    ```python
    async with AssetsServer.from_fleet("fleet.yaml") as server:
        async with AssetsApiClient(server.url) as client:
            ...
    ```
    """

    def __init__(
        self, fleet: Inventory | None = None, settings: ServerSettings | None = None
    ) -> None:
        """Make a server; `start()` or `async with` starts it.

        Args:
            fleet: What to serve. None = what the settings' database holds.
            settings: How to serve it; by default on a free port of this machine.
        """
        self._fleet = fleet
        self._settings = settings or ServerSettings()
        self._port = 0
        self._running: _Running | None = None

    @classmethod
    def from_fleet(
        cls,
        path: str | os.PathLike[str],
        *paths: str | os.PathLike[str],
        settings: ServerSettings | None = None,
    ) -> Self:
        """Make a server of inventory files, all together.

        Raises:
            InventoryFileError: If some of them are none; with every problem of every file.
            OSError: If one of them cannot be opened.
            ValueError: If the name of one ends in none of `.yaml`, `.yml`, `.json` and `.jsonl`.
        """
        return cls(inventory.read_all((path, *paths)), settings)

    @property
    def url(self) -> str:
        """The URL for clients, complete with its query.

        Raises:
            RuntimeError: If the server is not running.
        """
        if self._running is None:
            raise RuntimeError("The server has no URL while it is not running; start it first")
        has_tls = str(self._settings.has_tls).lower()
        return f"grpc://{self._settings.address}:{self._port}?ssl={has_tls}"

    async def start(self) -> None:
        """Start to serve.

        Raises:
            OSError: If the port, or a file for TLS, cannot be used.
            StoreError: If the database cannot be used.
            RuntimeError: If the server is running.
        """
        if self._running is not None:
            raise RuntimeError(f"The server is running already, on {self.url}")
        credentials = _credentials(self._settings)
        _check_port(self._settings)
        store = await SqliteStore.open(self._settings.database)
        try:
            if self._fleet is not None:
                await store.replace(self._fleet)
            server = grpc.aio.server(options=_OPTIONS)
            server.add_generic_rpc_handlers(handlers(AssetsService(store)))
            checks = await offer_tools(server)
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
        self._running = _Running(server, store, checks)

    async def stop(self) -> None:
        """Take no more calls, let those in flight finish within the grace, and let go of all."""
        running, self._running = self._running, None
        if running is None:
            return
        try:
            await running.health.stop()
            await running.server.stop(self._settings.grace_seconds)
        finally:
            await running.store.close()

    async def __aenter__(self) -> Self:
        """Start to serve."""
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


def _credentials(settings: ServerSettings) -> grpc.ServerCredentials | None:
    chain, key = settings.ssl_certificate_chain, settings.ssl_private_key
    if chain is None or key is None:
        return None
    pair = key.read_bytes(), chain.read_bytes()
    try:
        # gRPC says nothing of what is wrong with the files; the standard library does. Without
        # a password it would ask a terminal for that of an encrypted key.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(chain, key, password="")
    except ssl.SSLError as error:
        raise OSError(
            f"cannot use {chain} and {key} for TLS; expected a certificate and its key as PEM,"
            f" the key without a pass phrase:"
            f" {error}"
        ) from error
    return grpc.ssl_server_credentials([pair])


def _check_port(settings: ServerSettings) -> None:
    """Raise what is wrong with a port, at any of the host's addresses; gRPC only says it failed."""
    where = f"cannot listen on {settings.address}:{settings.port}"
    for host in _LOOPBACKS if settings.host == "localhost" else (settings.host,):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, settings.port))
            except OSError as error:
                if settings.host == "localhost" and error.errno == errno.EADDRNOTAVAIL:
                    continue  # a machine without IPv6
                reason = error.strerror or str(error)
                raise OSError(error.errno, f"{where}: {reason}") from error
