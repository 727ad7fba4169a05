"""The server for tests."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import quote, urlsplit

import grpc.aio
from frequenz.client.common.microgrid import MicrogridId

from frequenz.server.assets import AssetsServer, ServerSettings

from .. import _extras, _portal
from .._lazy import lazy_module
from ..inventory import Inventory
from ._calls import Call
from ._faults import Faults
from ._fleets import FleetSource, inventory_of
from ._interceptor import Recorder
from ._names import check_seconds
from ._proxy import LOOPBACK, PASS, REFUSE, Proxy, url_of

if TYPE_CHECKING:
    from . import _certificates
else:
    # Few tests need TLS.
    _certificates = lazy_module("._certificates", __package__)

_NOT_RUNNING: Final = "The server is not running; use it in a `with` block"


class AssetsTestServer:
    """An Assets server for tests: live changes, recorded calls, and declared faults.

    ```python
    with AssetsTestServer("fleet.yaml") as server:
        server.faults.fail("GetMicrogrid", grpc.StatusCode.UNAVAILABLE, times=2)
        ...
        assert server.calls[-1] == call("GetMicrogrid", microgrid_id=201)
    ```

    It is a real server on a free port of this machine, and runs in the background thread of
    blocking clients. So it serves blocking tests and tests in any event loop alike, and its methods
    can be called in all of them. `async with` does the same as `with`.
    """

    __test__: Final = False  # pytest would take some subclasses for test classes

    def __init__(
        self,
        fleet: FleetSource | None = None,
        *,
        tls: bool = False,
        interceptors: Sequence[grpc.aio.ServerInterceptor] = (),
    ) -> None:
        """Make a server; `with`, `async with` or `start()` starts it.

        Args:
            fleet: What to serve: an inventory, a site, an object whose `inventory()` makes an
                inventory, or the path of a file. None = nothing.
            tls: Whether to speak TLS, with a certificate of an authority that `url` names.
            interceptors: Called for each call, after it was recorded and did not fail.

        Raises:
            TypeError: If the fleet is something else, or `tls` is not a bool.
            InventoryFileError: If the file is invalid.
            OSError: If the file cannot be read.
        """
        if not isinstance(tls, bool):
            raise TypeError(f"tls: expected a bool, got {tls!r}")
        self._fleet = Inventory() if fleet is None else inventory_of(fleet)
        self._tls = tls
        self._interceptors = tuple(interceptors)
        self._proxy = Proxy(0)
        self._server: AssetsServer | None = None
        self._starting: asyncio.Task[None] | None = None
        self._folder: TemporaryDirectory[str] | None = None
        self._authority: _certificates.Certificates | None = None
        self._files: tuple[Path, Path] | None = None
        self.calls: list[Call] = []
        """What was asked so far, in the order of arrival, including attempts that failed."""

        self.faults = Faults(self._serve, self._serve_repaired)
        """What goes wrong."""

    def __repr__(self) -> str:
        where = f"at {LOOPBACK}:{self._proxy.port}" if self._proxy.port else "not started"
        return f"<AssetsTestServer {where}, {len(self.calls)} calls>"

    @property
    def url(self) -> str:
        """The URL for clients; it stays the same when the server restarts.

        Raises:
            RuntimeError: If the server was never started.
        """
        if not self._proxy.port:
            raise RuntimeError(_NOT_RUNNING)
        if self._authority is None:
            return url_of(self._proxy.port)
        root = quote(str(self._authority.root))
        return f"grpc://{LOOPBACK}:{self._proxy.port}?ssl=true&ssl_root_certificates_path={root}"

    @property
    def fleet(self) -> Inventory:
        """What is served, apart from what `faults.item` spoils."""
        return self._fleet

    def apply(self, fleet: FleetSource) -> None:
        """Serve another fleet from the next call on.

        Raises:
            TypeError: If it is not one.
            InventoryFileError, OSError: If a file cannot be used.
        """
        before, self._fleet = self._fleet, inventory_of(fleet)
        try:
            self._serve()
        except BaseException:
            self._fleet = before
            raise

    def update(self, *entities: Any, microgrid_id: MicrogridId | int | None = None) -> None:
        """Add or replace entities: objects of the client, or messages; see `Inventory`.

        Raises:
            TypeError, ValueError, LookupError: As `Inventory.with_entities`.
        """
        self.apply(self._fleet.with_entities(*entities, microgrid_id=microgrid_id))

    def restart(self, down_for: float = 0.0) -> None:
        """Stop, refuse connections for a while, and start again on the same port.

        It returns as soon as the server has stopped, or, without a `down_for`, started again.

        Args:
            down_for: How long connections are refused, in s.

        Raises:
            RuntimeError: If the server is not running.
        """
        seconds = check_seconds("down_for", down_for)
        _portal.run(self._restart, seconds)

    def expire_certificate(self) -> None:
        """Restart with a certificate that has expired.

        Raises:
            RuntimeError: If the server does not speak TLS, or is not running.
        """
        self._replace_certificate(is_expired=True)

    def renew_certificate(self) -> None:
        """Restart with a certificate that is valid.

        Raises:
            RuntimeError: If the server does not speak TLS, or is not running.
        """
        self._replace_certificate(is_expired=False)

    def _replace_certificate(self, *, is_expired: bool) -> None:
        if not self._tls:
            raise RuntimeError("The server has no certificate; create it with tls=True")
        if self._authority is None:
            raise RuntimeError(_NOT_RUNNING)
        self._files = self._authority.issue(is_expired=is_expired)
        self.restart()

    def start(self) -> None:
        """Start serving.

        Raises:
            RuntimeError: If the server is already running.
            ModuleNotFoundError: If it speaks TLS, and trustme is not installed.
        """
        if self._server is not None or self._starting is not None:
            raise RuntimeError(f"The server is already running on {self.url}")
        if self._tls and self._authority is None:
            self._make_authority()
        _portal.run(self._start)

    def stop(self) -> None:
        """Cancel the calls in flight, and stop."""
        try:
            _portal.run(self._stop)
        finally:
            if self._folder is not None:
                self._folder.cleanup()
                self._folder = self._authority = None

    def __enter__(self) -> Self:
        """Start serving."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()

    async def __aenter__(self) -> Self:
        """Start serving."""
        self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()

    def _make_authority(self) -> None:
        self._folder = TemporaryDirectory(prefix="frequenz-assets-")
        try:
            self._authority = _certificates.Certificates(Path(self._folder.name))
        except ModuleNotFoundError as error:
            self._folder.cleanup()
            text = _extras.missing_package_text("A server with TLS", "testing", error)
            raise ModuleNotFoundError(text, name=error.name) from error
        self._files = self._authority.issue()

    def _serve(self) -> None:
        """Serve the fleet, with what is spoiled."""
        fleet = self.faults._spoil(self._fleet)
        if self._server is not None:
            _portal.run(self._server.apply, fleet)

    # In the background thread -----------------------------------------------------------------

    async def _serve_repaired(self) -> None:
        if self._server is not None:
            await self._server.apply(self.faults._spoil(self._fleet))

    async def _start(self) -> None:
        await self._start_server()
        await self._proxy.set_fault(PASS)

    async def _start_server(self) -> None:
        chain, key = self._files or (None, None)
        settings = ServerSettings(grace_seconds=0, ssl_certificate_chain=chain, ssl_private_key=key)
        recorder = Recorder(self.calls, self.faults, self._proxy)
        server = AssetsServer(
            self.faults._spoil(self._fleet), settings, (recorder, *self._interceptors)
        )
        await server.start()
        self._server = server
        self._proxy.target = urlsplit(server.url).port or 0

    async def _stop_server(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            await server.stop()

    async def _restart(self, down_for: float) -> None:
        if self._server is None and self._starting is None:
            raise RuntimeError(_NOT_RUNNING)
        await self._cancel_starting()
        await self._proxy.set_fault(REFUSE)
        await self._stop_server()
        self._starting = asyncio.create_task(self._start_later(down_for))
        if not down_for:
            await self._starting

    async def _start_later(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._start()
        self._starting = None

    async def _cancel_starting(self) -> None:
        starting, self._starting = self._starting, None
        if starting is not None and starting.done():
            starting.result()  # it could not start again
        elif starting is not None:
            starting.cancel()
            await asyncio.wait({starting})

    async def _stop(self) -> None:
        try:
            await self._cancel_starting()
        finally:
            proxy, self._proxy = self._proxy, Proxy(0)
            await proxy.__aexit__()
            await self._stop_server()
