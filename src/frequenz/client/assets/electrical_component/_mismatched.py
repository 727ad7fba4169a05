"""The classes of components that carry another category's data.

Each is a MismatchedCategoryComponent *and* an instance of the declared category's class. Where
that category has types, the type is unspecified: what would tell it is what is missing.
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


def _mismatched(declared: type[ElectricalComponent]) -> type[ElectricalComponent]:
    name = f"Mismatched{declared.__name__.removeprefix('Unspecified')}"
    made: type[ElectricalComponent] = component_class(
        type(
            name,
            (declared, MismatchedCategoryComponent),
            {
                "__doc__": f"A {declared.__name__} that carries another category's data.",
                "__module__": __name__,
            },
        )
    )
    globals()[name] = made  # pickle looks a class up by its module and name
    return made


MISMATCHED: Final[dict[type[ElectricalComponent], type[ElectricalComponent]]] = {
    declared: _mismatched(declared)
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
"""Declared class -> the class for such a component with another category's data."""
