"""Gridpools, energy schedules and market topology in an inventory file."""

from typing import Any, Final

from frequenz.api.common.v1alpha8.grid import (
    balancing_group_pb2,
    delivery_area_pb2,
    market_location_pb2,
)
from frequenz.api.common.v1alpha8.gridpool import gridpool_pb2
from frequenz.api.common.v1alpha8.market import market_area_pb2
from frequenz.api.common.v1alpha8.types import interval_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from frequenz.client.common.grid import EnergyMarketCodeType

from .._model.market import (
    DeliveryDuration,
    GridpoolEnergyScheduleDirection,
    MarketLocationIdType,
    MarketParticipationType,
)
from ._shapes import (
    DOUBLE,
    MOMENT,
    TEXT,
    UINT64,
    Choice,
    Field,
    ListOf,
    Pair,
    Record,
    choice,
    explicit,
    part,
    scalar,
    several,
)

_CODE_FIELDS: Final = (
    scalar("code", TEXT),
    scalar("code_type", choice("a code type", EnergyMarketCodeType)),
)

DELIVERY_AREA: Final = Record(delivery_area_pb2.DeliveryArea, *_CODE_FIELDS)

_BALANCING_GROUP: Final = Record(balancing_group_pb2.BalancingGroup, *_CODE_FIELDS)

_INTERVAL: Final = Record(
    interval_pb2.Interval,
    part("start", MOMENT, "start_time"),
    part("end", MOMENT, "end_time").described("Not included."),
)

GRIDPOOL: Final = Record(
    gridpool_pb2.Gridpool, scalar("id", UINT64, required=True), scalar("name", TEXT)
)

_ENTRY: Final = Pair(
    Record(
        platformassets_pb2.GridpoolEnergyScheduleTimeSeriesEntry,
        part("start_time", MOMENT),
        scalar("active_power_w", DOUBLE, always=True),
    )
)

ENERGY_SCHEDULE: Final = Record(
    platformassets_pb2.GridpoolEnergySchedule,
    scalar("gridpool_id", UINT64, required=True),
    scalar("schedule_id", UINT64, required=True),
    scalar("name", TEXT),
    part("counterparty_balancing_group", _BALANCING_GROUP),
    part("counterparty_delivery_area", DELIVERY_AREA),
    part("frequenz_delivery_area", DELIVERY_AREA),
    scalar("direction", choice("a direction", GridpoolEnergyScheduleDirection)).described(
        "As seen from the balancing group of Frequenz."
    ),
    part("validity_period", _INTERVAL),
    part("cancel_time", MOMENT),
    scalar("delivery_duration", choice("a delivery duration", DeliveryDuration)),
    several("time_series", ListOf(_ENTRY)),
)

_PREFIX: Final = "MARKET_AREA_"

# The API has names for market areas, the model has not.
_MARKET_AREA: Final = Choice(
    "a market area",
    {name.removeprefix(_PREFIX).lower(): it for name, it in market_area_pb2.MarketArea.items()},
)


def _get_id_value(message: Any) -> str | None:
    return message.id.value if message.HasField("id") else None


def _put_id_value(message: Any, value: str) -> None:
    message.id.CopyFrom(market_location_pb2.MarketLocationIdValue(value=value))


_MARKET_LOCATION_ID: Final = Record(
    market_location_pb2.MarketLocationId,
    Field("value", TEXT, _get_id_value, _put_id_value),
    scalar("type", choice("a type of market location id", MarketLocationIdType)),
)

_MARKET_LOCATION_REF: Final = Record(
    market_location_pb2.MarketLocationRef,
    scalar("market_area", _MARKET_AREA),
    part("market_location_id", _MARKET_LOCATION_ID),
)

_PARTICIPATION: Final = Record(
    platformassets_pb2.MarketParticipation,
    scalar("type", choice("a type of participation", MarketParticipationType)),
    part("validity_period", _INTERVAL),
)

RELATION: Final = Record(
    platformassets_pb2.MarketTopologyRelation,
    explicit("microgrid_id", UINT64),
    part("market_location_ref", _MARKET_LOCATION_REF),
    explicit("gridpool_id", UINT64),
    part("delivery_area", DELIVERY_AREA),
    several("participations", ListOf(_PARTICIPATION)),
    description="What belongs together: at least two of microgrid, market location and gridpool.",
)
