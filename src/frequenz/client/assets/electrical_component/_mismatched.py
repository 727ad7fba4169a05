"""The classes of components that have the data of another category.

Each derives from MismatchedCategoryComponent and from the class of the declared category. If that
category has types, the type is unspecified, as the data with the type is missing.
"""

from typing import Final

from ._battery import UnspecifiedBattery
from ._component import ElectricalComponent, MismatchedCategoryComponent, component_class
from ._equipment import (
    Breaker,
    CapacitorBank,
    Chp,
    Converter,
    CryptoMiner,
    Electrolyzer,
    Hvac,
    Meter,
    Plc,
    Precharger,
    StaticTransferSwitch,
    SteamBoiler,
    UninterruptiblePowerSupply,
    WindTurbine,
)
from ._ev_charger import UnspecifiedEvCharger
from ._grid import GridConnectionPoint, PowerTransformer
from ._inverter import UnspecifiedInverter


def _derive(declared: type[ElectricalComponent]) -> type[ElectricalComponent]:
    name = f"Mismatched{declared.__name__.removeprefix('Unspecified')}"
    derived: type[ElectricalComponent] = component_class(
        type(
            name,
            (declared, MismatchedCategoryComponent),
            {
                "__doc__": f"A {declared.__name__} with the data of another category.",
                "__module__": __name__,
            },
        )
    )
    globals()[name] = derived  # pickle looks a class up by its module and name
    return derived


MISMATCHED: Final[dict[type[ElectricalComponent], type[ElectricalComponent]]] = {
    declared: _derive(declared)
    for declared in (
        Breaker,
        CapacitorBank,
        Chp,
        Converter,
        CryptoMiner,
        Electrolyzer,
        GridConnectionPoint,
        Hvac,
        Meter,
        Plc,
        PowerTransformer,
        Precharger,
        StaticTransferSwitch,
        SteamBoiler,
        UninterruptiblePowerSupply,
        UnspecifiedBattery,
        UnspecifiedEvCharger,
        UnspecifiedInverter,
        WindTurbine,
    )
}
"""By the class of the declared category, the class for components with other data."""
