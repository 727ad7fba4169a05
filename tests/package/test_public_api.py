"""The public names of the packages, and when they are imported."""

import importlib
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from inspect import isclass, isfunction
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, get_type_hints

import pytest
from frequenz.client.common import grid, metrics, microgrid
from frequenz.client.common.microgrid import electrical_components

from frequenz.client import assets
from frequenz.client.assets import electrical_component, exceptions, findings

if TYPE_CHECKING:  # mypy reports an unused ignore if a package seems to export any name
    from frequenz.client.assets import Lifetimes  # type: ignore[attr-defined] # noqa: F401
    from frequenz.server.assets import AssetServer  # type: ignore[attr-defined] # noqa: F401

CLIENT: Final = "frequenz.client.assets"
SERVER: Final = "frequenz.server.assets"

PACKAGES: Final = [
    CLIENT,
    f"{CLIENT}.blocking",
    f"{CLIENT}.building",
    f"{CLIENT}.electrical_component",
    f"{CLIENT}.exceptions",
    f"{CLIENT}.findings",
    f"{CLIENT}.fleet",
    f"{CLIENT}.inventory",
    f"{CLIENT}.lists",
    f"{CLIENT}.metrics",
    f"{CLIENT}.networks",
    f"{CLIENT}.testing",
    f"{CLIENT}.topology",
    SERVER,
]

REQUIRED: Final[dict[str, str]] = {
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
    f"{CLIENT}.blocking": "AssetsApiClient fetch_fleet fetch_site iter_sites watch",
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
"""The names that the contract lists."""


@pytest.mark.parametrize("package", PACKAGES)
def test_all_is_sorted_and_lists_the_exported_names(package: str) -> None:
    module = importlib.import_module(package)
    exported = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and not isinstance(value, ModuleType)
    }
    if module is exceptions:  # a plain module, which imports more than it exports
        exported = {
            name
            for name in exported
            if isinstance(value := getattr(module, name), type) and issubclass(value, Exception)
        }
    if lazy := getattr(module, "_EXPORTS", None):  # imported at first use
        exported = {name for name in lazy if not name.startswith("_")}
        values = {name: getattr(module, name) for name in exported}
        assert all(it.__name__ == name for name, it in values.items() if isclass(it))
    assert module.__all__ == sorted(exported)


@pytest.mark.parametrize("package", PACKAGES)
def test_special_methods_have_docstrings(package: str) -> None:
    """Those of the client, its model and its errors; generated ones have no file."""
    module = importlib.import_module(package)
    exported = [value for name in module.__all__ if isclass(value := getattr(module, name))]
    undocumented = {
        method.__qualname__
        for cls in exported
        for base in cls.__mro__
        if base.__module__.startswith(CLIENT)
        for name, method in vars(base).items()
        if name in {"__init__", "__post_init__", "__str__", "__contains__", "__aexit__"}
        and isfunction(method)
        and Path(method.__code__.co_filename).is_file()
        and not method.__doc__
    }
    assert not undocumented


def test_names_are_imported_at_first_use() -> None:
    code = """
import sys
import frequenz.client.assets as package
assert not {"grpc", "google.protobuf", "frequenz.client.base"} & set(sys.modules)
assert {"AssetsApiClient", "Lifetime", "exceptions", "inventory"} <= set(dir(package))
assert package.exceptions.ApiClientError and package.metrics.Metric
assert package.electrical_component.Meter
assert package.AssetsApiClient is package.AssetsApiClient
from frequenz.client.assets import *
assert Lifetime is package.Lifetime
try:
    package.Lifetimes
except AttributeError as error:
    assert str(error) == "module 'frequenz.client.assets' has no attribute 'Lifetimes'"
else:
    raise AssertionError
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_the_client_imports_the_market_and_the_reports_of_findings_at_first_use() -> None:
    code = """
import sys
from collections.abc import Callable
from typing import get_type_hints
from frequenz.client.assets import AssetsApiClient, exceptions
def imported():
    names = {"_model.market", "findings._report", "_wire.market"}
    return {name for name in names if f"frequenz.client.assets.{name}" in sys.modules}
assert not imported()
hints = get_type_hints(AssetsApiClient.list_gridpools)
assert imported() == {"_model.market", "findings._report"}
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
def test_the_types_of_arguments_and_results_can_be_resolved(function: Callable[..., Any]) -> None:
    assert get_type_hints(function).keys() == function.__annotations__.keys()


def test_the_type_of_on_findings_can_be_resolved_anywhere() -> None:
    def call(on_findings: findings.OnFindings) -> None:
        """Only the types matter."""

    hints = get_type_hints(call)
    assert hints["on_findings"] == Callable[[findings.CallFindings], None]


@pytest.mark.parametrize("package", REQUIRED)
def test_every_name_of_the_contract_is_exported(package: str) -> None:
    exported = set(importlib.import_module(package).__all__)
    assert set(REQUIRED[package].split()) - exported == set()


def test_the_version_is_that_of_the_distribution() -> None:
    code = """
import sys
import frequenz.client.assets as package
assert "importlib.metadata" not in sys.modules
print(package.__version__)
"""
    command = [sys.executable, "-c", code]
    printed = subprocess.run(command, check=True, timeout=60, capture_output=True, text=True)
    assert printed.stdout.strip() == version("frequenz-client-assets")


@pytest.mark.parametrize("package", [CLIENT, SERVER])
def test_the_packages_are_marked_as_typed(package: str) -> None:
    assert importlib.resources.files(package).joinpath("py.typed").is_file()


def test_types_of_the_ecosystem_are_reexported_not_copied() -> None:
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
