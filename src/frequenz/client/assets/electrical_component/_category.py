"""What an electrical component is, and what it can be asked for."""

import enum
from typing import Final


class ElectricalComponentCategory(enum.Enum):
    """What kind of device an electrical component is."""

    UNSPECIFIED = 0
    """The server does not say."""

    GRID = 1
    """The point where the microgrid is connected to the grid."""

    GRID_CONNECTION_POINT = 1
    """The name of the same category in the API."""

    METER = 2
    """A device that measures electrical quantities."""

    INVERTER = 3
    """A converter between direct and alternating current, for batteries or solar panels."""

    BREAKER = 7
    """A switch that opens and closes a circuit."""

    CONVERTER = 4
    """A converter between two direct voltages."""

    BATTERY = 5
    """A store of electrical energy, used through an inverter."""

    EV_CHARGER = 6
    """A station that charges electric vehicles."""

    CRYPTO_MINER = 14
    """A computer that mines cryptocurrencies."""

    ELECTROLYZER = 10
    """A device that splits water into hydrogen and oxygen."""

    CHP = 9
    """A plant that makes heat and power together."""

    PRECHARGER = 8
    """A device that charges a circuit gently before it is switched on."""

    HVAC = 12
    """Heating, ventilation and air conditioning."""

    POWER_TRANSFORMER = 11
    """A transformer between two voltage levels."""

    PLC = 13
    """A programmable logic controller."""

    STATIC_TRANSFER_SWITCH = 15
    """A switch between two sources of power."""

    UNINTERRUPTIBLE_POWER_SUPPLY = 16
    """A supply that goes on when the grid fails."""

    CAPACITOR_BANK = 17
    """Capacitors that compensate reactive power."""

    WIND_TURBINE = 18
    """A generator driven by the wind."""

    STEAM_BOILER = 19
    """A boiler that makes steam for heating or processes."""


@enum.unique
class ElectricalComponentOperationalMode(enum.Enum):
    """Whether a component is in operation, and what it can be asked for."""

    UNSPECIFIED = 0
    """The server does not say."""

    INACTIVE = 1
    """Out of operation: no telemetry, no control."""

    TELEMETRY_ONLY = 2
    """In operation; gives telemetry and takes no commands."""

    CONTROL_ONLY = 3
    """In operation; takes commands and gives no telemetry."""

    CONTROL_AND_TELEMETRY = 4
    """In operation; gives telemetry and takes commands."""


WITHOUT_TELEMETRY: Final = frozenset(
    {ElectricalComponentOperationalMode.INACTIVE, ElectricalComponentOperationalMode.CONTROL_ONLY}
)
WITHOUT_CONTROL: Final = frozenset(
    {ElectricalComponentOperationalMode.INACTIVE, ElectricalComponentOperationalMode.TELEMETRY_ONLY}
)
