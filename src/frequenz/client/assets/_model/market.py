"""The market's view of a fleet: gridpools, energy schedules, and what belongs to what."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from frequenz.client.common.grid import DeliveryArea, EnergyMarketCodeType
from frequenz.client.common.microgrid import MicrogridId

from .time import Interval


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True)
class BalancingGroup:
    """A balancing group, by its code."""

    code: str | None
    """The code of the balancing group, such as an EIC."""

    code_type: EnergyMarketCodeType | int
    """What kind of code it is; an integer where this client does not know it."""


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True)
class Gridpool:
    """A virtual balancing group: what is balanced, traded and operated as one position."""

    id: int
    """The number of the gridpool, unique on the platform."""

    name: str | None
    """The name of the gridpool."""


@enum.unique
class GridpoolEnergyScheduleDirection(enum.Enum):
    """Where scheduled energy goes, as seen from the Frequenz balancing group."""

    UNSPECIFIED = 0
    """The server does not say."""

    IMPORT = 1
    """From the counterparty's balancing group into that of Frequenz."""

    EXPORT = 2
    """From the balancing group of Frequenz into the counterparty's."""


@enum.unique
class DeliveryDuration(enum.Enum):
    """How long one entry of a schedule lasts."""

    UNSPECIFIED = 0
    """The server does not say; it counts as no time at all."""

    MINUTES_5 = 1
    """5 minutes."""

    MINUTES_15 = 2
    """15 minutes."""

    MINUTES_30 = 3
    """30 minutes."""

    MINUTES_60 = 4
    """One hour."""

    def to_timedelta(self) -> timedelta:
        """Return the duration; an unspecified one is zero."""
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


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True)
class GridpoolEnergyScheduleTimeSeriesEntry:
    """The power that is scheduled for one delivery period."""

    start_time: datetime | None
    """When the period starts (UTC); it lasts for the schedule's delivery duration."""

    active_power_w: float
    """The scheduled active power, in W."""


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True)
class GridpoolEnergySchedule:
    """A fixed exchange of energy between a gridpool and another balancing group."""

    gridpool_id: int
    """The gridpool to which the schedule belongs."""

    schedule_id: int
    """The number of the schedule."""

    name: str | None
    """The name of the schedule."""

    counterparty_balancing_group: BalancingGroup | None
    """With whom energy is exchanged."""

    counterparty_delivery_area: DeliveryArea | None
    """The delivery area on the counterparty's side."""

    frequenz_delivery_area: DeliveryArea | None
    """The delivery area on the side of Frequenz."""

    direction: GridpoolEnergyScheduleDirection | int
    """Where the energy goes; an integer where this client does not know the direction."""

    validity_period: Interval | None
    """The period for which the schedule was agreed."""

    cancel_time: datetime | None
    """When the schedule was cancelled (UTC): it holds until then; None = it was not."""

    delivery_duration: DeliveryDuration | int
    """How long each entry lasts; an integer where this client does not know the duration."""

    time_series: Sequence[GridpoolEnergyScheduleTimeSeriesEntry]
    """The scheduled power, period by period. A tuple."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "time_series", tuple(self.time_series))

    @property
    def effective_period(self) -> Interval:
        """The period in which the schedule holds: its validity, cut off where it was cancelled.

        A schedule that was cancelled before its start has an empty period. (A server asked for the
        schedules of a time still lists it: the API compares its start and its end each by itself.)
        """
        period = self.validity_period or Interval()
        cancelled = self.cancel_time
        if cancelled is None or (period.end is not None and period.end <= cancelled):
            return period
        start = period.start
        return Interval(start=start, end=cancelled if start is None else max(start, cancelled))


@enum.unique
class MarketLocationIdType(enum.Enum):
    """By which country's rules a market location is identified."""

    UNSPECIFIED = 0
    """The server does not say."""

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
    """A market that the API has no type for yet."""


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True)
class MarketLocationId:
    """The official identifier of a market location."""

    value: str | None
    """The identifier, as the market writes it."""

    type: MarketLocationIdType | int
    """What kind of identifier it is; an integer where this client does not know it."""


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True)
class MarketLocationRef:
    """A market location: where a market meters and settles."""

    market_area: int
    """The number of the market area (`frequenz.api.common.v1alpha8.market.MarketArea`)."""

    market_location_id: MarketLocationId | None
    """The official identifier."""


@enum.unique
class MarketParticipationType(enum.Enum):
    """In which market something takes part."""

    UNSPECIFIED = 0
    """The server does not say."""

    ENERGY_TRADING = 1
    """Trading, supply, balancing and settlement of energy."""

    FLEX_MARKETS = 2
    """Ancillary services and flexibility, such as FCR and aFRR."""


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True)
class MarketParticipation:
    """In which market something takes part, and when."""

    type: MarketParticipationType | int
    """The market; an integer where this client does not know it."""

    validity_period: Interval | None
    """When it takes part; None where the server does not say."""


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True)
class MarketTopologyRelation:
    """How a gridpool, a microgrid and a market location belong together: at least two of them."""

    microgrid_id: MicrogridId | None
    """The microgrid."""

    market_location_ref: MarketLocationRef | None
    """The market location."""

    gridpool_id: int | None
    """The gridpool in which the others take part; None where they only belong to each other."""

    delivery_area: DeliveryArea | None
    """Where this holds; there is one if and only if there is a gridpool."""

    participations: Sequence[MarketParticipation]
    """In which markets they take part. A tuple."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "participations", tuple(self.participations))

    def participations_at(self, moment: datetime) -> tuple[MarketParticipation, ...]:
        """Return the participations that hold at a moment, those without a period among them."""
        return tuple(
            participation
            for participation in self.participations
            if participation.validity_period is None or moment in participation.validity_period
        )
