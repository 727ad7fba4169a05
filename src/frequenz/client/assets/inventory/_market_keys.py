"""Gridpools, energy schedules and market topology in an inventory file."""

from typing import Any, Final

from frequenz.api.common.v1alpha8.grid import (
    balancing_group_pb2,
    delivery_area_pb2,
    delivery_duration_pb2,
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
from ._codecs import (
    DOUBLE,
    TEXT,
    TIMESTAMP,
    UINT64,
    EnumCodec,
    Key,
    ListCodec,
    MessageCodec,
    PairCodec,
    Schema,
)
from ._parsed_tree import Node

_CODE_KEYS: Final = (
    Key("code", TEXT),
    Key(
        "code_type",
        EnumCodec("a code type", delivery_area_pb2.EnergyMarketCodeType, EnergyMarketCodeType),
    ),
)

DELIVERY_AREA: Final = MessageCodec(delivery_area_pb2.DeliveryArea, *_CODE_KEYS)

_BALANCING_GROUP: Final = MessageCodec(balancing_group_pb2.BalancingGroup, *_CODE_KEYS)

_INTERVAL: Final = MessageCodec(
    interval_pb2.Interval,
    Key("start", TIMESTAMP, "start_time"),
    Key("end", TIMESTAMP, "end_time", description="Not included."),
)

GRIDPOOL: Final = MessageCodec(
    gridpool_pb2.Gridpool, Key("id", UINT64, is_required=True), Key("name", TEXT)
)

_TIME_SERIES_ENTRY: Final = PairCodec(
    MessageCodec(
        platformassets_pb2.GridpoolEnergyScheduleTimeSeriesEntry,
        Key("start_time", TIMESTAMP),
        Key("active_power_w", DOUBLE, is_always_written=True),
    )
)

ENERGY_SCHEDULE: Final = MessageCodec(
    platformassets_pb2.GridpoolEnergySchedule,
    Key("gridpool_id", UINT64, is_required=True),
    Key("schedule_id", UINT64, is_required=True),
    Key("name", TEXT),
    Key("counterparty_balancing_group", _BALANCING_GROUP),
    Key("counterparty_delivery_area", DELIVERY_AREA),
    Key("frequenz_delivery_area", DELIVERY_AREA),
    Key(
        "direction",
        EnumCodec(
            "a direction",
            platformassets_pb2.GridpoolEnergyScheduleDirection,
            GridpoolEnergyScheduleDirection,
        ),
        description="As seen from the balancing group of Frequenz.",
    ),
    Key("validity_period", _INTERVAL),
    Key("cancel_time", TIMESTAMP),
    Key(
        "delivery_duration",
        EnumCodec("a delivery duration", delivery_duration_pb2.DeliveryDuration, DeliveryDuration),
    ),
    Key("time_series", ListCodec(_TIME_SERIES_ENTRY)),
)

# The API has names for market areas, the model does not.
_MARKET_AREA: Final = EnumCodec("a market area", market_area_pb2.MarketArea)


class LocationIdValueCodec:
    """The value of a market location's ID, a message of its own: empty differs from absent."""

    def read(self, node: Node) -> market_location_pb2.MarketLocationIdValue | None:
        """Return the message."""
        text = TEXT.read(node)
        return None if text is None else market_location_pb2.MarketLocationIdValue(value=text)

    def write(self, value: Any) -> Any:
        """Return the text."""
        return value.value

    def schema(self) -> Schema:
        """Return the schema of a text."""
        return TEXT.schema()


_MARKET_LOCATION_ID: Final = MessageCodec(
    market_location_pb2.MarketLocationId,
    Key("value", LocationIdValueCodec(), "id"),
    Key(
        "type",
        EnumCodec(
            "a type of market location id",
            market_location_pb2.MarketLocationIdType,
            MarketLocationIdType,
        ),
    ),
)

_MARKET_LOCATION_REF: Final = MessageCodec(
    market_location_pb2.MarketLocationRef,
    Key("market_area", _MARKET_AREA),
    Key("market_location_id", _MARKET_LOCATION_ID),
)

_PARTICIPATION: Final = MessageCodec(
    platformassets_pb2.MarketParticipation,
    Key(
        "type",
        EnumCodec(
            "a type of participation",
            platformassets_pb2.MarketParticipationType,
            MarketParticipationType,
        ),
    ),
    Key("validity_period", _INTERVAL),
)

RELATION: Final = MessageCodec(
    platformassets_pb2.MarketTopologyRelation,
    Key("microgrid_id", UINT64),
    Key("market_location_ref", _MARKET_LOCATION_REF),
    Key("gridpool_id", UINT64),
    Key("delivery_area", DELIVERY_AREA),
    Key("participations", ListCodec(_PARTICIPATION)),
    description="What belongs together: at least two of microgrid, market location and gridpool.",
)
