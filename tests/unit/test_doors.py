"""The doors of the packages, and who may import whom."""

import ast
import graphlib
import importlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from inspect import isfunction
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, get_type_hints

import pytest
from frequenz.client.common import grid, metrics, microgrid
from frequenz.client.common.microgrid import electrical_components

from frequenz.client import assets
from frequenz.client.assets import electrical_component, exceptions, findings

if TYPE_CHECKING:  # mypy says so if a door lets any name through
    from frequenz.client.assets import Lifetimes  # type: ignore[attr-defined] # noqa: F401
    from frequenz.server.assets import AssetServer  # type: ignore[attr-defined] # noqa: F401

# Doors --------------------------------------------------------------------------------------------

CLIENT: Final = "frequenz.client.assets"
SERVER: Final = "frequenz.server.assets"

DOORS: Final = [
    CLIENT,
    f"{CLIENT}.electrical_component",
    f"{CLIENT}.exceptions",
    f"{CLIENT}.findings",
    f"{CLIENT}.inventory",
    f"{CLIENT}.metrics",
    SERVER,
]

PROMISED: Final[dict[str, str]] = {
    CLIENT: """
        AssetsApiClient BalancingGroup CallPolicy DeliveryArea DeliveryDuration EnergyMarketCodeType
        Gridpool GridpoolEnergySchedule GridpoolEnergyScheduleDirection
        GridpoolEnergyScheduleTimeSeriesEntry Interval Lifetime Location MarketLocationId
        MarketLocationIdType MarketLocationRef MarketParticipation MarketParticipationType
        MarketTopologyRelation Microgrid MicrogridStatus RetryBudget Sensor Transport
    """,
    f"{CLIENT}.electrical_component": """
        ElectricalComponent ElectricalComponentCategory ElectricalComponentOperationalMode
        ComponentConnection Battery BatteryType LiIonBattery NaIonBattery UnrecognizedBattery
        UnspecifiedBattery EvCharger EvChargerType AcEvCharger DcEvCharger HybridEvCharger
        UnrecognizedEvCharger UnspecifiedEvCharger Inverter InverterType BatteryInverter
        SolarInverter HybridInverter UnrecognizedInverter UnspecifiedInverter GridConnectionPoint
        PowerTransformer Breaker CapacitorBank Chp Converter CryptoMiner Electrolyzer Hvac Meter Plc
        Precharger StaticTransferSwitch SteamBoiler UninterruptiblePowerSupply WindTurbine
        UnspecifiedComponent UnrecognizedComponent MismatchedCategoryComponent
    """,
    f"{CLIENT}.exceptions": """
        ApiClientError ClientDisconnected ClientNotConnected DataLoss EntityAlreadyExists
        EntityNotFound GrpcError InternalError InvalidArgument OperationAborted OperationCancelled
        OperationNotImplemented OperationOutOfRange OperationPreconditionFailed OperationTimedOut
        OperationUnauthenticated PermissionDenied ResourceExhausted ServiceUnavailable UnknownError
        UnrecognizedGrpcStatus ValidationError InvalidMicrogridError InvalidElectricalComponentError
        InvalidConnectionError InvalidItemsGroup InvalidReplyError
    """,
    f"{CLIENT}.findings": "CallFindings Finding ItemFindings Rule Severity",
    f"{CLIENT}.metrics": "Metric Bounds",
}
"""What the contract names."""


@pytest.mark.parametrize("door", DOORS)
def test_all_is_sorted_and_names_what_the_door_exports(door: str) -> None:
    module = importlib.import_module(door)
    exported = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and not isinstance(value, ModuleType)
    }
    if module is exceptions:  # a plain module: what it imports for its own use is no export
        exported = {
            name
            for name in exported
            if isinstance(value := getattr(module, name), type) and issubclass(value, Exception)
        }
    if places := getattr(module, "_PLACES", None):  # a door that imports what is asked for
        exported = set(places)
        assert all(getattr(module, name).__name__ == name for name in places)
    assert module.__all__ == sorted(exported)


def test_a_door_opens_at_first_use() -> None:
    code = """
import sys
import frequenz.client.assets as door
assert not {"grpc", "google.protobuf", "frequenz.client.base"} & set(sys.modules)
assert {"AssetsApiClient", "Lifetime", "exceptions", "inventory"} <= set(dir(door))
assert door.exceptions.ApiClientError and door.electrical_component.Meter and door.metrics.Metric
assert door.AssetsApiClient is door.AssetsApiClient
from frequenz.client.assets import *
assert Lifetime is door.Lifetime
try:
    door.Lifetimes
except AttributeError as error:
    assert str(error) == "module 'frequenz.client.assets' has no attribute 'Lifetimes'"
else:
    raise AssertionError
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_the_client_imports_the_market_and_what_findings_become_at_first_use() -> None:
    code = """
import sys
from collections.abc import Callable
from typing import get_type_hints
from frequenz.client.assets import AssetsApiClient, exceptions
def imported():
    names = {"_market", "_report", "_wire.market"}
    return {name for name in names if f"frequenz.client.assets.{name}" in sys.modules}
assert not imported()
hints = get_type_hints(AssetsApiClient.list_gridpools)
assert imported() == {"_market", "_report"}
from frequenz.client.assets import Gridpool, findings
assert hints["return"] == list[Gridpool]
assert hints["on_findings"] == Callable[[findings.CallFindings], None] | None
assert get_type_hints(exceptions.InvalidGridpoolError.__init__)["gridpool"] is Gridpool
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize(
    "function",
    [
        *(value for value in vars(assets.AssetsApiClient).values() if isfunction(value)),
        *(getattr(exceptions, name).__init__ for name in exceptions.__all__),
    ],
    ids=lambda function: function.__qualname__,
)
def test_the_types_of_arguments_and_results_can_be_found(function: Callable[..., Any]) -> None:
    assert get_type_hints(function).keys() == function.__annotations__.keys()


def test_the_type_of_what_findings_are_handed_to_can_be_found_anywhere() -> None:
    def hand_over(on_findings: findings.OnFindings) -> None:
        """Do nothing: it is about the types."""

    hints = get_type_hints(hand_over)
    assert hints["on_findings"] == Callable[[findings.CallFindings], None]


@pytest.mark.parametrize("door", PROMISED)
def test_every_promised_name_is_there(door: str) -> None:
    assert set(PROMISED[door].split()) - set(importlib.import_module(door).__all__) == set()


@pytest.mark.parametrize("package", [CLIENT, SERVER])
def test_the_packages_are_marked_as_typed(package: str) -> None:
    assert importlib.resources.files(package).joinpath("py.typed").is_file()


def test_what_the_ecosystem_has_already_is_the_very_same_type() -> None:
    assert assets.DeliveryArea is grid.DeliveryArea
    assert assets.EnergyMarketCodeType is grid.EnergyMarketCodeType
    assert assets.metrics.Bounds is metrics.Bounds
    assert assets.metrics.Metric is metrics.Metric
    hints = electrical_component.ElectricalComponent.__annotations__
    assert hints["id"] is electrical_components.ElectricalComponentId
    assert hints["microgrid_id"] is microgrid.MicrogridId
    assert assets.Microgrid.__annotations__["enterprise_id"] is microgrid.EnterpriseId


def test_the_grid_category_has_two_names() -> None:
    category = electrical_component.ElectricalComponentCategory
    assert category["GRID_CONNECTION_POINT"] is category.GRID
    assert category.GRID.name == "GRID"


# Who may import whom ------------------------------------------------------------------------------

SOURCE: Final = Path(__file__).parents[2] / "src"


class Room(NamedTuple):
    """A part of the house."""

    modules: tuple[str, ...]
    """Its modules and packages; a package stands for all that is in it."""

    rooms: set[str]
    """The rooms that it may import from."""

    packages: set[str]
    """The packages of others that it may import."""


_COMMON: Final = "frequenz.client.common"
_BASE: Final = "frequenz.client.base"
_MESSAGES: Final = {"frequenz.api", "google.protobuf"}

ROOMS: Final[dict[str, Room]] = {
    "model": Room(
        tuple(
            f"{CLIENT}.{name}"
            for name in (
                "_late",
                "_market",
                "_microgrid",
                "_product",
                "_read_only",
                "_sensor",
                "_time",
                "electrical_component",
                "metrics",
            )
        ),
        rooms=set(),
        packages={_COMMON},
    ),
    "catalogue": Room((f"{CLIENT}._wire.catalogue",), rooms=set(), packages=set()),
    "wire": Room(
        (f"{CLIENT}._wire",), rooms={"lazy", "model", "catalogue"}, packages={_COMMON, *_MESSAGES}
    ),
    "lists": Room(
        (f"{CLIENT}._wire.entities", f"{CLIENT}._wire.lists"),
        rooms={"lazy", "model", "catalogue", "wire"},
        packages={"google.protobuf"},
    ),
    "requests": Room(
        (f"{CLIENT}._wire.arguments", f"{CLIENT}._wire.contracts"),
        rooms={"lazy", "model", "wire"},
        packages={_COMMON, "frequenz.core", *_MESSAGES},
    ),
    "errors": Room(
        (f"{CLIENT}.exceptions",), rooms={"lazy", "model", "catalogue", "wire"}, packages={_BASE}
    ),
    "policy": Room((f"{CLIENT}._policy",), rooms=set(), packages={_BASE, "grpc"}),
    "url": Room((f"{CLIENT}._url",), rooms=set(), packages={_BASE}),
    "credentials": Room((f"{CLIENT}._credentials",), rooms={"url"}, packages={"grpc"}),
    "profile": Room((f"{CLIENT}._profile",), rooms=set(), packages=set()),
    "channel": Room(
        (f"{CLIENT}._channel",),
        rooms={"credentials", "policy", "url"},
        packages={_BASE, "google.protobuf", "grpc"},
    ),
    "retries": Room((f"{CLIENT}._retries",), rooms={"policy"}, packages={_BASE, "grpc"}),
    "handshake": Room(
        (f"{CLIENT}._handshake",), rooms={"channel", "retries"}, packages={_BASE, "grpc"}
    ),
    "call": Room(
        (f"{CLIENT}._call",),
        rooms={"channel", "errors", "handshake", "policy", "retries"},
        packages={_BASE, "grpc"},
    ),
    "generation": Room(
        (f"{CLIENT}._generation",),
        rooms={"call", "channel", "handshake", "lazy", "wire"},
        packages={_BASE, *_MESSAGES, "grpc"},
    ),
    "report": Room(
        (f"{CLIENT}._report",), rooms={"catalogue", "wire", "lists", "errors"}, packages={_COMMON}
    ),
    "findings door": Room((f"{CLIENT}.findings",), rooms={"catalogue", "report"}, packages=set()),
    "client": Room(
        (f"{CLIENT}._client",),
        rooms={
            "lazy",
            "model",
            "wire",
            "lists",
            "requests",
            "url",
            "policy",
            "profile",
            "channel",
            "call",
            "generation",
            "report",
        },
        packages={_BASE, _COMMON, *_MESSAGES, "grpc"},
    ),
    "client door": Room((CLIENT,), rooms={"lazy", "model", "policy", "client"}, packages={_COMMON}),
    "lazy": Room((f"{CLIENT}._lazy",), rooms=set(), packages=set()),
    "extras": Room((f"{CLIENT}._extras",), rooms=set(), packages=set()),
    "inventory": Room(
        (f"{CLIENT}.inventory",),
        rooms={"extras", "model", "catalogue", "wire", "lists", "graph"},
        packages={_COMMON, *_MESSAGES, "yaml"},
    ),
    "graph": Room(
        (f"{CLIENT}.inventory._graph",),
        rooms={"model", "catalogue", "wire", "inventory"},
        packages=set(),
    ),
    "cli": Room(
        (f"{CLIENT}.cli",),
        rooms={
            "client door",
            "credentials",
            "demo",  # for its own command alone, when that runs
            "errors",
            "extras",
            "findings door",
            "inventory",
            "model",
            "profile",
            "requests",
            "url",
        },
        packages={
            _BASE,
            _COMMON,
            "click",
            "frequenz.api",
            "frequenz.core",
            "frequenz.microgrid_component_graph",
            "rich",
            "tomlkit",
            "yaml",
        },
    ),
    "server": Room(
        (SERVER,),
        rooms={"extras", "lazy", "model", "wire", "requests", "inventory", "client door"},
        packages={
            _COMMON,
            *_MESSAGES,
            "click",
            "frequenz.microgrid_component_graph",
            "grpc",
            "grpc_health",
            "grpc_reflection",
            "rich",
            "yaml",
        },
    ),
    "demo": Room(
        (f"{SERVER}.demo",),
        rooms={"cli", "extras", "model", "wire", "inventory", "server", "client door", "errors"},
        packages={_COMMON, "click", "frequenz.microgrid_component_graph", "grpc", "rich", "yaml"},
    ),
}
"""The rooms that there are; a new module needs a room, and a new dependency an entry."""


def _module_name(path: Path) -> str:
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")


MODULES: Final = {_module_name(path): path for path in sorted(SOURCE.rglob("*.py"))}


def _imports(module: str) -> Iterator[str]:
    """Yield what a module's import statements name, wherever they stand in it."""
    path = MODULES[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.rsplit(".", node.level - 1)[0] if node.level else ""
            source = ".".join(filter(None, (above, node.module)))
            yield from (f"{source}.{alias.name}" for alias in node.names)


def _own_module(imported: str) -> str | None:
    """Return the module of this project that holds what is imported, if one does."""
    return next((name for name in (imported, imported.rpartition(".")[0]) if name in MODULES), None)


def _is_in(imported: str, package: str) -> bool:
    return f"{imported}.".startswith(f"{package}.")


def _room(module: str) -> str | None:
    """Return the room of a module: the one that names it most closely."""
    named = {name: room for room, (modules, _, _) in ROOMS.items() for name in modules}
    holding = [
        name for name in named if module == name or (name != CLIENT and _is_in(module, name))
    ]
    return named[max(holding, key=len)] if holding else None


GRAPH: Final = {module: sorted(set(_imports(module))) for module in MODULES}


def test_every_module_has_its_room() -> None:
    assert [module for module in MODULES if _room(module) is None] == []


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_from_the_rooms_below_it_only(room: str) -> None:
    allowed = {room, *ROOMS[room].rooms}
    wrong = [
        f"{module} imports {imported}"
        for module in MODULES
        if _room(module) == room
        for imported in GRAPH[module]
        if (own := _own_module(imported)) is not None and _room(own) not in allowed
    ]
    assert wrong == []


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_the_packages_that_it_may(room: str) -> None:
    wrong = [
        f"{module} imports {imported}"
        for module in MODULES
        if _room(module) == room
        for imported in GRAPH[module]
        if _own_module(imported) is None
        and imported.partition(".")[0] not in sys.stdlib_module_names
        and not any(_is_in(imported, package) for package in ROOMS[room].packages)
    ]
    assert wrong == []


def test_the_stubs_of_the_api_are_for_those_who_call_or_serve() -> None:
    importing = {
        _room(module)
        for module in MODULES
        for imported in GRAPH[module]
        if any(part.endswith("_pb2_grpc") for part in imported.split("."))
    }
    assert importing <= {"client", "server"}
    assert "client" in importing


def test_the_client_is_for_users_the_command_line_and_the_demo() -> None:
    importing = {
        _room(module)
        for module in MODULES
        for imported in GRAPH[module]
        if imported == f"{CLIENT}.AssetsApiClient" or _is_in(imported, f"{CLIENT}._client")
    }
    assert importing == {"client door", "cli", "demo"}


def test_no_module_imports_itself_on_the_way() -> None:
    graph = {
        module: {own for imported in GRAPH[module] if (own := _own_module(imported)) is not None}
        for module in MODULES
    }
    order = list(graphlib.TopologicalSorter(graph).static_order())
    assert set(order) == set(MODULES)


def test_the_rules_see_imports_of_every_form() -> None:
    assert f"{CLIENT}._wire.time.lifetimes" in GRAPH[f"{CLIENT}._wire.component"]
    assert f"{CLIENT}._read_only.ReadOnlyDict" in GRAPH[f"{CLIENT}._wire.component"]
    assert f"{CLIENT}._wire.contracts" in GRAPH[f"{CLIENT}._client"]
    assert f"{CLIENT}._client.AssetsApiClient" in GRAPH[CLIENT]
    assert _own_module(f"{CLIENT}._wire.contracts") == f"{CLIENT}._wire.contracts"
    assert _own_module(f"{CLIENT}._time.Lifetime") == f"{CLIENT}._time"
    assert _own_module("frequenz.client.common.grid.DeliveryArea") is None
