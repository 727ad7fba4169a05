"""The categories and the operational modes of electrical components."""

import enum
from typing import Final


class ElectricalComponentCategory(enum.Enum):
    """The category of an electrical component: what kind of device it is."""

    UNSPECIFIED = 0
    """Not specified by the server."""

    GRID = 1
    """The point where the microgrid is connected to the public grid."""

    GRID_CONNECTION_POINT = 1
    """An alias of `GRID`: the name of this category in the API."""

    METER = 2
    """A meter of electrical quantities such as power, current and voltage."""

    INVERTER = 3
    """An inverter between DC and AC, for batteries or PV."""

    BREAKER = 7
    """A circuit breaker."""

    CONVERTER = 4
    """A DC-DC converter."""

    BATTERY = 5
    """A battery, connected through an inverter."""

    EV_CHARGER = 6
    """A charging station for electric vehicles."""

    CRYPTO_MINER = 14
    """A crypto miner."""

    ELECTROLYZER = 10
    """An electrolyzer, which splits water into hydrogen and oxygen."""

    CHP = 9
    """A combined heat and power (CHP) plant."""

    PRECHARGER = 8
    """A precharger, which raises the voltage of a DC circuit gradually before it is switched on."""

    HVAC = 12
    """A heating, ventilation and air conditioning (HVAC) system."""

    POWER_TRANSFORMER = 11
    """A power transformer between two voltage levels."""

    PLC = 13
    """A programmable logic controller (PLC)."""

    STATIC_TRANSFER_SWITCH = 15
    """A static transfer switch between power sources."""

    UNINTERRUPTIBLE_POWER_SUPPLY = 16
    """An uninterruptible power supply (UPS)."""

    CAPACITOR_BANK = 17
    """A capacitor bank, which compensates reactive power."""

    WIND_TURBINE = 18
    """A wind turbine."""

    STEAM_BOILER = 19
    """An electric steam boiler."""


@enum.unique
class ElectricalComponentOperationalMode(enum.Enum):
    """Whether a component is operational, provides telemetry and accepts control commands."""

    UNSPECIFIED = 0
    """Not specified by the server."""

    INACTIVE = 1
    """Not operational: no telemetry, no control."""

    TELEMETRY_ONLY = 2
    """Operational; provides telemetry, accepts no control commands."""

    CONTROL_ONLY = 3
    """Operational; accepts control commands, provides no telemetry."""

    CONTROL_AND_TELEMETRY = 4
    """Operational; provides telemetry and accepts control commands."""


WITHOUT_TELEMETRY: Final = frozenset(
    {ElectricalComponentOperationalMode.INACTIVE, ElectricalComponentOperationalMode.CONTROL_ONLY}
)
WITHOUT_CONTROL: Final = frozenset(
    {ElectricalComponentOperationalMode.INACTIVE, ElectricalComponentOperationalMode.TELEMETRY_ONLY}
)
