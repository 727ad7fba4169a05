"""The doors of the packages, and who may import whom."""

import importlib
import subprocess
import sys
from collections.abc import Callable
from inspect import isfunction
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, get_type_hints

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
    if lazy := getattr(module, "_EXPORTS", None):  # imported when they are asked for
        exported = set(lazy)
        assert all(getattr(module, name).__name__ == name for name in lazy if name != "OnFindings")
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
