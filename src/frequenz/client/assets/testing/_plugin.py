"""The plugin of pytest: fixtures with a server for tests and its clients.

All fixtures are plain functions, so that they serve blocking tests, and asynchronous ones whichever
plugin runs those.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import pytest

from .._lazy import lazy_module

if TYPE_CHECKING:
    from .. import _client, _portal, blocking, inventory
    from . import _fleets, _quiet, _server
else:
    # pytest imports this module in every session, whether its tests use the fixtures or not.
    _client = lazy_module(".._client", __package__)
    _fleets = lazy_module("._fleets", __package__)
    _portal = lazy_module(".._portal", __package__)
    _quiet = lazy_module("._quiet", __package__)
    _server = lazy_module("._server", __package__)
    blocking = lazy_module("..blocking", __package__)
    inventory = lazy_module("..inventory", __package__)

_MARKER: Final = "assets_fleet"


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line(
        "markers",
        f"{_MARKER}(*fleets, tls=False): what the fixture assets_server serves: paths of inventory"
        " files, beginning at the folder of the test, Inventory and Site objects, or builders",
    )


@pytest.fixture(scope="session")
def assets_fleet() -> Any:
    """What servers serve without a marker; override it in a conftest. By default nothing."""
    return inventory.Inventory()


@pytest.fixture
def assets_server(
    request: pytest.FixtureRequest, assets_fleet: Any
) -> "Iterator[_server.AssetsTestServer]":
    """A server for this test alone, which the marker `assets_fleet` configures."""
    marker = request.node.get_closest_marker(_MARKER)
    if marker is None:
        server = _server.AssetsTestServer(assets_fleet)
    else:
        server = _marked_server(marker, request)
    with _quiet.polling(), server:
        yield server


@pytest.fixture(scope="session")
def assets_session_server(assets_fleet: Any) -> "Iterator[_server.AssetsTestServer]":
    """A server for all tests of the session, which serves `assets_fleet`."""
    with _quiet.polling(), _server.AssetsTestServer(assets_fleet) as server:
        yield server


@pytest.fixture
def assets_client(
    assets_server: "_server.AssetsTestServer",
) -> "Iterator[_client.AssetsApiClient]":
    """A client of `assets_server`, for asynchronous tests."""
    yield from _client_of(assets_server)


@pytest.fixture
def assets_blocking_client(
    assets_server: "_server.AssetsTestServer",
) -> "Iterator[blocking.AssetsApiClient]":
    """A client of `assets_server`, for blocking tests."""
    with blocking.AssetsApiClient(assets_server.url) as client:
        yield client


@pytest.fixture(scope="session")
def assets_session_client(
    assets_session_server: "_server.AssetsTestServer",
) -> "Iterator[_client.AssetsApiClient]":
    """A client of `assets_session_server`, for asynchronous tests, also in different loops."""
    yield from _client_of(assets_session_server)


@pytest.fixture(scope="session")
def assets_session_blocking_client(
    assets_session_server: "_server.AssetsTestServer",
) -> "Iterator[blocking.AssetsApiClient]":
    """A client of `assets_session_server`, for blocking tests."""
    with blocking.AssetsApiClient(assets_session_server.url) as client:
        yield client


def _client_of(server: "_server.AssetsTestServer") -> "Iterator[_client.AssetsApiClient]":
    client = _client.AssetsApiClient(server.url)
    yield client
    # The loop of the test no longer runs: then, disconnecting works in any other one.
    _portal.run(client.disconnect)


def _marked_server(
    marker: pytest.Mark, request: pytest.FixtureRequest
) -> "_server.AssetsTestServer":
    if unknown := {*marker.kwargs} - {"tls"}:
        raise TypeError(f"marker {_MARKER}: unknown argument {min(unknown)}; expected tls")
    if not marker.args:
        raise TypeError(f"marker {_MARKER}: expected at least one fleet")
    fleet = _fleets.joined(marker.args, request.path.parent)
    return _server.AssetsTestServer(fleet, **marker.kwargs)
