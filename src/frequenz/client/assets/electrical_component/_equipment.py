"""The components whose category has no types and no fields of its own."""

from typing import Literal

from ._category import ElectricalComponentCategory
from ._component import ElectricalComponent, component_class


@component_class
class Breaker(ElectricalComponent):
    """A circuit breaker."""

    category: Literal[ElectricalComponentCategory.BREAKER] = ElectricalComponentCategory.BREAKER


@component_class
class CapacitorBank(ElectricalComponent):
    """A capacitor bank, which compensates reactive power."""

    category: Literal[ElectricalComponentCategory.CAPACITOR_BANK] = (
        ElectricalComponentCategory.CAPACITOR_BANK
    )


@component_class
class Chp(ElectricalComponent):
    """A combined heat and power (CHP) plant."""

    category: Literal[ElectricalComponentCategory.CHP] = ElectricalComponentCategory.CHP


@component_class
class Converter(ElectricalComponent):
    """A DC-DC converter."""

    category: Literal[ElectricalComponentCategory.CONVERTER] = ElectricalComponentCategory.CONVERTER


@component_class
class CryptoMiner(ElectricalComponent):
    """A crypto miner."""

    category: Literal[ElectricalComponentCategory.CRYPTO_MINER] = (
        ElectricalComponentCategory.CRYPTO_MINER
    )


@component_class
class Electrolyzer(ElectricalComponent):
    """An electrolyzer, which splits water into hydrogen and oxygen."""

    category: Literal[ElectricalComponentCategory.ELECTROLYZER] = (
        ElectricalComponentCategory.ELECTROLYZER
    )


@component_class
class Hvac(ElectricalComponent):
    """A heating, ventilation and air conditioning (HVAC) system."""

    category: Literal[ElectricalComponentCategory.HVAC] = ElectricalComponentCategory.HVAC


@component_class
class Meter(ElectricalComponent):
    """A meter of electrical quantities such as power, current and voltage."""

    category: Literal[ElectricalComponentCategory.METER] = ElectricalComponentCategory.METER


@component_class
class Plc(ElectricalComponent):
    """A programmable logic controller (PLC)."""

    category: Literal[ElectricalComponentCategory.PLC] = ElectricalComponentCategory.PLC


@component_class
class Precharger(ElectricalComponent):
    """A precharger, which raises the voltage of a DC circuit gradually before it is switched on."""

    category: Literal[ElectricalComponentCategory.PRECHARGER] = (
        ElectricalComponentCategory.PRECHARGER
    )


@component_class
class StaticTransferSwitch(ElectricalComponent):
    """A static transfer switch between power sources."""

    category: Literal[ElectricalComponentCategory.STATIC_TRANSFER_SWITCH] = (
        ElectricalComponentCategory.STATIC_TRANSFER_SWITCH
    )


@component_class
class SteamBoiler(ElectricalComponent):
    """An electric steam boiler."""

    category: Literal[ElectricalComponentCategory.STEAM_BOILER] = (
        ElectricalComponentCategory.STEAM_BOILER
    )


@component_class
class UninterruptiblePowerSupply(ElectricalComponent):
    """An uninterruptible power supply (UPS)."""

    category: Literal[ElectricalComponentCategory.UNINTERRUPTIBLE_POWER_SUPPLY] = (
        ElectricalComponentCategory.UNINTERRUPTIBLE_POWER_SUPPLY
    )


@component_class
class WindTurbine(ElectricalComponent):
    """A wind turbine."""

    category: Literal[ElectricalComponentCategory.WIND_TURBINE] = (
        ElectricalComponentCategory.WIND_TURBINE
    )
