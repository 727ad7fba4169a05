"""Unions of the concrete classes, for exhaustive `match` statements."""

from typing import TypeAlias

from ._battery import LiIonBattery, NaIonBattery, UnrecognizedBattery, UnspecifiedBattery
from ._component import MismatchedCategoryComponent, UnrecognizedComponent, UnspecifiedComponent
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
from ._ev_charger import (
    AcEvCharger,
    DcEvCharger,
    HybridEvCharger,
    UnrecognizedEvCharger,
    UnspecifiedEvCharger,
)
from ._grid import GridConnectionPoint, PowerTransformer
from ._inverter import (
    BatteryInverter,
    HybridInverter,
    SolarInverter,
    UnrecognizedInverter,
    UnspecifiedInverter,
)

BatteryTypes: TypeAlias = LiIonBattery | NaIonBattery | UnrecognizedBattery | UnspecifiedBattery
"""All classes of batteries."""

EvChargerTypes: TypeAlias = (
    AcEvCharger | DcEvCharger | HybridEvCharger | UnrecognizedEvCharger | UnspecifiedEvCharger
)
"""All classes of EV chargers."""

InverterTypes: TypeAlias = (
    BatteryInverter | HybridInverter | SolarInverter | UnrecognizedInverter | UnspecifiedInverter
)
"""All classes of inverters."""

ProblematicComponentTypes: TypeAlias = (
    MismatchedCategoryComponent | UnrecognizedComponent | UnspecifiedComponent
)
"""All classes of components whose category is uncertain."""

ElectricalComponentTypes: TypeAlias = (
    BatteryTypes
    | EvChargerTypes
    | InverterTypes
    | ProblematicComponentTypes
    | Breaker
    | CapacitorBank
    | Chp
    | Converter
    | CryptoMiner
    | Electrolyzer
    | GridConnectionPoint
    | Hvac
    | Meter
    | Plc
    | PowerTransformer
    | Precharger
    | StaticTransferSwitch
    | SteamBoiler
    | UninterruptiblePowerSupply
    | WindTurbine
)
"""All classes of components that the client returns."""
