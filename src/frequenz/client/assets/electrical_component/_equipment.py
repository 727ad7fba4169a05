"""The categories that add nothing to what every component has."""

from typing import Literal

from ._category import ElectricalComponentCategory
from ._component import ElectricalComponent, component_class


@component_class
class Breaker(ElectricalComponent):
    """A switch that opens and closes a circuit."""

    category: Literal[ElectricalComponentCategory.BREAKER] = ElectricalComponentCategory.BREAKER


@component_class
class CapacitorBank(ElectricalComponent):
    """Capacitors that compensate reactive power."""

    category: Literal[ElectricalComponentCategory.CAPACITOR_BANK] = (
        ElectricalComponentCategory.CAPACITOR_BANK
    )


@component_class
class Chp(ElectricalComponent):
    """A plant that makes heat and power together."""

    category: Literal[ElectricalComponentCategory.CHP] = ElectricalComponentCategory.CHP


@component_class
class Converter(ElectricalComponent):
    """A converter between two direct voltages."""

    category: Literal[ElectricalComponentCategory.CONVERTER] = ElectricalComponentCategory.CONVERTER


@component_class
class CryptoMiner(ElectricalComponent):
    """A computer that mines cryptocurrencies."""

    category: Literal[ElectricalComponentCategory.CRYPTO_MINER] = (
        ElectricalComponentCategory.CRYPTO_MINER
    )


@component_class
class Electrolyzer(ElectricalComponent):
    """A device that splits water into hydrogen and oxygen."""

    category: Literal[ElectricalComponentCategory.ELECTROLYZER] = (
        ElectricalComponentCategory.ELECTROLYZER
    )


@component_class
class Hvac(ElectricalComponent):
    """Heating, ventilation and air conditioning."""

    category: Literal[ElectricalComponentCategory.HVAC] = ElectricalComponentCategory.HVAC


@component_class
class Meter(ElectricalComponent):
    """A device that measures electrical quantities."""

    category: Literal[ElectricalComponentCategory.METER] = ElectricalComponentCategory.METER


@component_class
class Plc(ElectricalComponent):
    """A programmable logic controller."""

    category: Literal[ElectricalComponentCategory.PLC] = ElectricalComponentCategory.PLC


@component_class
class Precharger(ElectricalComponent):
    """A device that charges a circuit gently before it is switched on."""

    category: Literal[ElectricalComponentCategory.PRECHARGER] = (
        ElectricalComponentCategory.PRECHARGER
    )


@component_class
class StaticTransferSwitch(ElectricalComponent):
    """A switch between two sources of power."""

    category: Literal[ElectricalComponentCategory.STATIC_TRANSFER_SWITCH] = (
        ElectricalComponentCategory.STATIC_TRANSFER_SWITCH
    )


@component_class
class SteamBoiler(ElectricalComponent):
    """A boiler that makes steam for heating or processes."""

    category: Literal[ElectricalComponentCategory.STEAM_BOILER] = (
        ElectricalComponentCategory.STEAM_BOILER
    )


@component_class
class UninterruptiblePowerSupply(ElectricalComponent):
    """A supply that goes on when the grid fails."""

    category: Literal[ElectricalComponentCategory.UNINTERRUPTIBLE_POWER_SUPPLY] = (
        ElectricalComponentCategory.UNINTERRUPTIBLE_POWER_SUPPLY
    )


@component_class
class WindTurbine(ElectricalComponent):
    """A generator driven by the wind."""

    category: Literal[ElectricalComponentCategory.WIND_TURBINE] = (
        ElectricalComponentCategory.WIND_TURBINE
    )
