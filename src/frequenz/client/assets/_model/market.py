"""Gridpools, their energy schedules, and the market topology."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from frequenz.client.common.grid import DeliveryArea, EnergyMarketCodeType
from frequenz.client.common.microgrid import MicrogridId

from .._readable_defaults import ReadableDefaults
from .time import EqualByInstants, Interval, is_before


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True)
class BalancingGroup(metaclass=ReadableDefaults):
    """A balancing group of the energy market."""

    code: str | None
    """The code of the balancing group, such as an EIC; None if unknown."""

    code_type: EnergyMarketCodeType | int
    """The type of the code; an integer if it is unknown to this client."""


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True)
class Gridpool(metaclass=ReadableDefaults):
    """A virtual balancing group, which is balanced, traded and operated as one position."""

    id: int
    """The ID of the gridpool, unique on the platform."""

    name: str | None
    """The name of the gridpool; None if it has none."""


@enum.unique
class GridpoolEnergyScheduleDirection(enum.Enum):
    """The direction of scheduled energy, as seen from the Frequenz balancing group."""

    UNSPECIFIED = 0
    """Not specified by the server."""

    IMPORT = 1
    """From the balancing group of the counterparty into that of Frequenz."""

    EXPORT = 2
    """From the balancing group of Frequenz into that of the counterparty."""


@enum.unique
class DeliveryDuration(enum.Enum):
    """The duration of a delivery period, which is one entry of a schedule's time series."""

    UNSPECIFIED = 0
    """Not specified by the server."""

    MINUTES_5 = 1
    """5 minutes."""

    MINUTES_15 = 2
    """15 minutes."""

    MINUTES_30 = 3
    """30 minutes."""

    MINUTES_60 = 4
    """60 minutes."""

    def to_timedelta(self) -> timedelta:
        """Return the duration; zero if it is unspecified."""
        return _DURATIONS[self]


_DURATIONS: Final = MappingProxyType(
    {
        DeliveryDuration.UNSPECIFIED: timedelta(),
        DeliveryDuration.MINUTES_5: timedelta(minutes=5),
        DeliveryDuration.MINUTES_15: timedelta(minutes=15),
        DeliveryDuration.MINUTES_30: timedelta(minutes=30),
        DeliveryDuration.MINUTES_60: timedelta(minutes=60),
    }
)


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True, eq=False)
class GridpoolEnergyScheduleTimeSeriesEntry(EqualByInstants):
    """The power scheduled for one delivery period."""

    start_time: datetime | None
    """The start of the period, in UTC; None if unknown."""

    active_power_w: float
    """The scheduled active power, in W."""


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True, eq=False)
class GridpoolEnergySchedule(EqualByInstants):
    """A fixed exchange of energy between a gridpool and the balancing group of a counterparty."""

    gridpool_id: int
    """The ID of the gridpool to which the schedule belongs."""

    schedule_id: int
    """The ID of the schedule, unique in its gridpool."""

    name: str | None
    """The name of the schedule; None if it has none."""

    counterparty_balancing_group: BalancingGroup | None
    """The balancing group of the counterparty; None if unknown."""

    counterparty_delivery_area: DeliveryArea | None
    """The delivery area on the side of the counterparty; None if unknown."""

    frequenz_delivery_area: DeliveryArea | None
    """The delivery area on the side of Frequenz; None if unknown."""

    direction: GridpoolEnergyScheduleDirection | int
    """The direction of the energy; an integer if it is unknown to this client."""

    validity_period: Interval | None
    """The period for which the schedule was agreed; None if unknown."""

    cancel_time: datetime | None
    """When the schedule was cancelled, in UTC: it is effective until then; None if it was not."""

    delivery_duration: DeliveryDuration | int
    """The duration of each delivery period; an integer if it is unknown to this client."""

    time_series: Sequence[GridpoolEnergyScheduleTimeSeriesEntry]
    """The scheduled power of each delivery period. A tuple."""

    def __post_init__(self) -> None:
        """Make a list a tuple, which cannot be changed."""
        object.__setattr__(self, "time_series", tuple(self.time_series))

    @property
    def effective_period(self) -> Interval:
        """The period in which the schedule is effective: its validity period until it is cancelled.

        The period is empty if the schedule was cancelled before its start. A server may list such a
        schedule nevertheless: the API compares start and end with the filter independently.
        """
        period = self.validity_period or Interval()
        cancelled = self.cancel_time
        if cancelled is None or (period.end is not None and not is_before(cancelled, period.end)):
            return period
        start = period.start
        is_late = start is None or is_before(start, cancelled)
        return Interval(start=start, end=cancelled if is_late else start)


@enum.unique
class MarketLocationIdType(enum.Enum):
    """The type of a market location's identifier, one for each country or market."""

    UNSPECIFIED = 0
    """Not specified by the server."""

    MALO_ID = 1
    """Germany: Marktlokations-ID."""

    ZAEHLPUNKT = 2
    """Austria: Zählpunktbezeichnung."""

    MPAN = 3
    """United Kingdom: Meter Point Administration Number."""

    POD = 4
    """Italy: Point of Delivery."""

    CUPS = 5
    """Spain: Código Universal de Punto de Suministro."""

    PRM = 6
    """France: Point de Référence et Mesure."""

    EAN = 7
    """Continental Europe: European Article Number."""

    GSRN = 8
    """Nordic countries: Global Service Relation Number."""

    ESI_ID = 9
    """United States: Electric Service Identifier."""

    NMI = 10
    """Australia: National Metering Identifier."""

    ICP = 11
    """New Zealand: Installation Control Point."""

    SPN = 12
    """Japan: Supply Point Number."""

    OTHER = 99
    """Another type."""


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True)
class MarketLocationId(metaclass=ReadableDefaults):
    """The official identifier of a market location."""

    value: str | None
    """The identifier, as written in its market; None if unknown."""

    type: MarketLocationIdType | int
    """The type of the identifier; an integer if it is unknown to this client."""


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True)
class MarketLocationRef(metaclass=ReadableDefaults):
    """A market location, at which energy is metered and settled."""

    market_area: int
    """The market area, a number of `frequenz.api.common.v1alpha8.market.MarketArea`."""

    market_location_id: MarketLocationId | None
    """The official identifier; None if unknown."""


@enum.unique
class MarketParticipationType(enum.Enum):
    """A type of market."""

    UNSPECIFIED = 0
    """Not specified by the server."""

    ENERGY_TRADING = 1
    """Trading, supply, balancing and settlement of energy."""

    FLEX_MARKETS = 2
    """Ancillary services and flexibility, such as FCR and aFRR."""


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True)
class MarketParticipation(metaclass=ReadableDefaults):
    """A market, and when a relation takes part in it."""

    type: MarketParticipationType | int
    """The type of market; an integer if it is unknown to this client."""

    validity_period: Interval | None
    """When the relation takes part; None if the server does not limit it."""


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True)
class MarketTopologyRelation(metaclass=ReadableDefaults):
    """A relation between at least two of: a gridpool, a microgrid, a market location."""

    microgrid_id: MicrogridId | None
    """The ID of the microgrid; None if the relation has none."""

    market_location_ref: MarketLocationRef | None
    """The market location; None if the relation has none."""

    gridpool_id: int | None
    """The ID of the gridpool; None if the relation has none."""

    delivery_area: DeliveryArea | None
    """The delivery area of the relation; None if and only if it has no gridpool."""

    participations: Sequence[MarketParticipation]
    """The markets in which the relation takes part. A tuple."""

    def __post_init__(self) -> None:
        """Make a list a tuple, which cannot be changed."""
        object.__setattr__(self, "participations", tuple(self.participations))

    def participations_at(self, moment: datetime) -> tuple[MarketParticipation, ...]:
        """Return the participations that are valid at a point in time."""
        return tuple(
            participation
            for participation in self.participations
            if participation.validity_period is None or moment in participation.validity_period
        )
