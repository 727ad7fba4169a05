"""Hypothesis strategies for objects of the model and for messages."""

from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from frequenz.api.common.v1alpha8.gridpool import gridpool_pb2
from frequenz.api.common.v1alpha8.microgrid import lifetime_pb2
from frequenz.api.common.v1alpha8.microgrid.sensors import sensors_pb2
from frequenz.client.common.microgrid import EnterpriseId, MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from frequenz.client.common.microgrid.sensors import SensorId
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import strategies as st

from frequenz.client.assets import (
    BalancingGroup,
    DeliveryArea,
    DeliveryDuration,
    EnergyMarketCodeType,
    Gridpool,
    GridpoolEnergySchedule,
    GridpoolEnergyScheduleDirection,
    GridpoolEnergyScheduleTimeSeriesEntry,
    Interval,
    Lifetime,
    Location,
    MarketLocationId,
    MarketLocationIdType,
    MarketLocationRef,
    MarketParticipation,
    MarketParticipationType,
    MarketTopologyRelation,
    Microgrid,
    MicrogridStatus,
    Sensor,
)
from frequenz.client.assets.electrical_component import (
    ComponentConnection,
    ElectricalComponent,
    ElectricalComponentOperationalMode,
)
from frequenz.client.assets.metrics import Bounds, Metric

from .examples import UNKNOWN, component
from .messages import OWN_INFO, Category, market_pb, microgrid_pb, pb

# Values -------------------------------------------------------------------------------------------

numbers = st.integers(0, 2**64 - 1)
id_numbers = st.integers(1, 2**64 - 1)
unknown_numbers = st.integers(-(2**31), -1) | st.integers(1000, 2**31 - 1)
texts = st.text(max_size=20)
floats = st.floats(width=32, allow_nan=False, allow_infinity=False)
powers = st.floats(allow_nan=False, allow_infinity=False)
positive = st.floats(0, width=32, exclude_min=True, allow_infinity=False)
fuse_currents = st.integers(1, 2**32 - 1)
country_codes = st.from_regex(r"[A-Z]{2}", fullmatch=True)
moments = st.datetimes(timezones=st.just(UTC))
two_ids = st.lists(id_numbers, min_size=2, max_size=2, unique=True)


_HOUR: Final = timedelta(hours=1)
series = st.builds(
    lambda by_hour, more: [
        (datetime.min.replace(tzinfo=UTC) + _HOUR * hour + more, power)
        for hour, power in by_hour.items()
    ],
    st.dictionaries(st.integers(0, (datetime.max - datetime.min) // _HOUR), powers, max_size=3),
    st.timedeltas(timedelta(), _HOUR - timedelta(microseconds=1)),
)
"""Starts and powers of a time series, in any order, at least an hour apart."""


def degrees(limit: int) -> st.SearchStrategy[float]:
    """Return a strategy for angles, without -0.0, whose sign is lost on the wire."""
    return st.floats(-limit, limit, width=32).map(lambda angle: angle + 0.0)


def specified(enum: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for the members of an enum except UNSPECIFIED."""
    return st.sampled_from([member for member in enum if member.value])


def in_order(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, Any]]:
    """Return a strategy for two values, the smaller one first; each may be None."""

    def ordered(pair: tuple[Any, Any]) -> tuple[Any, Any]:
        return pair if None in pair or pair[0] <= pair[1] else (pair[1], pair[0])

    return st.tuples(st.none() | strategy, st.none() | strategy).map(ordered)


# The model ----------------------------------------------------------------------------------------

_names = st.none() | st.text(min_size=1, max_size=20)
_bounds = in_order(floats).map(lambda pair: Bounds(lower=pair[0], upper=pair[1]))
_lifetimes = in_order(moments).map(lambda pair: Lifetime(start=pair[0], end=pair[1]))

_FIELDS: Final[dict[str, st.SearchStrategy[Any]]] = {
    "id": id_numbers.map(ElectricalComponentId),
    "microgrid_id": id_numbers.map(MicrogridId),
    "name": _names,
    "manufacturer": _names,
    "model_name": _names,
    "model": _names,
    "operational_lifetime": _lifetimes,
    "rated_bounds": st.dictionaries(specified(Metric), _bounds, max_size=3),
    "operational_mode": specified(ElectricalComponentOperationalMode),
    "rated_fuse_current": fuse_currents,
    "primary_power": positive,
    "secondary_power": positive,
}


def components(cls: type[ElectricalComponent]) -> st.SearchStrategy[ElectricalComponent]:
    """Return a strategy for components of a class without findings."""
    names = [field.name for field in fields(cls)]
    known = {name: _FIELDS[name] for name in names if name in _FIELDS}
    unknown = {
        name: unknown_numbers
        for name in names
        if name not in _FIELDS and getattr(component(cls), name) == UNKNOWN
    }
    return st.builds(cls, **known, **unknown)


_eics = st.sampled_from(["10YDE-VE-------2", "10Y1001A1001A82H", "11XRWETRADING--0"])
_codes: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.fixed_dictionaries({"code": _eics, "code_type": st.just(EnergyMarketCodeType.EUROPE_EIC)}),
    st.fixed_dictionaries(
        {
            "code": st.text(min_size=1).filter(str.strip),
            "code_type": st.just(EnergyMarketCodeType.US_NERC),
        }
    ),
)
_areas = _codes.map(lambda values: DeliveryArea(**values))
_intervals = in_order(moments).map(lambda pair: Interval(start=pair[0], end=pair[1]))
_locations = st.builds(
    MarketLocationRef,
    market_area=st.sampled_from([101, 102, 103]),
    market_location_id=st.builds(
        MarketLocationId, value=st.text(min_size=1), type=specified(MarketLocationIdType)
    ),
)

microgrids = st.builds(
    Microgrid,
    id=id_numbers.map(MicrogridId),
    enterprise_id=id_numbers.map(EnterpriseId),
    name=_names,
    delivery_area=_areas,
    location=st.builds(
        Location, latitude=degrees(90), longitude=degrees(180), country_code=country_codes
    ).filter(lambda it: it.latitude or it.longitude),  # 0, 0 is no position
    status=specified(MicrogridStatus),
    create_timestamp=moments,
)

connections = st.builds(
    lambda ends, lifetime: ComponentConnection(
        source=ElectricalComponentId(ends[0]),
        destination=ElectricalComponentId(ends[1]),
        operational_lifetime=lifetime,
    ),
    two_ids,
    _lifetimes,
)

sensors = st.builds(
    Sensor,
    id=id_numbers.map(SensorId),
    microgrid_id=id_numbers.map(MicrogridId),
    name=_names,
    manufacturer=_names,
    model_name=_names,
    model=_names,
    operational_lifetime=st.none() | _lifetimes,
)

gridpools = st.builds(Gridpool, id=id_numbers, name=_names)

schedules = st.builds(
    GridpoolEnergySchedule,
    gridpool_id=id_numbers,
    schedule_id=id_numbers,
    name=_names,
    counterparty_balancing_group=_codes.map(lambda values: BalancingGroup(**values)),
    counterparty_delivery_area=_areas,
    frequenz_delivery_area=_areas,
    direction=specified(GridpoolEnergyScheduleDirection),
    validity_period=_intervals,
    cancel_time=st.none() | moments,
    delivery_duration=specified(DeliveryDuration),
    time_series=series.map(
        lambda entries: [
            GridpoolEnergyScheduleTimeSeriesEntry(start_time=start, active_power_w=power)
            for start, power in entries
        ]
    ),
)

_participations = st.lists(
    st.builds(
        MarketParticipation,
        type=specified(MarketParticipationType),
        validity_period=st.none() | _intervals,
    ),
    max_size=3,
)
relations = st.builds(
    MarketTopologyRelation,
    gridpool_id=id_numbers,
    microgrid_id=id_numbers.map(MicrogridId),
    market_location_ref=st.none() | _locations,
    delivery_area=_areas,
    participations=_participations,
) | st.builds(
    MarketTopologyRelation,
    gridpool_id=st.none(),
    microgrid_id=id_numbers.map(MicrogridId),
    market_location_ref=_locations,
    delivery_area=st.none(),
    participations=st.just(()),
)

# Valid messages -----------------------------------------------------------------------------------


def message_of(moment: datetime) -> Timestamp:
    """Return the message for a moment, computed independently of the code under test."""
    microseconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return Timestamp(seconds=microseconds // 1_000_000, nanos=microseconds % 1_000_000 * 1000)


def _present(*names: str) -> Callable[[tuple[Any, Any]], dict[str, Any]]:
    """Return a function that makes fields of two values, leaving out None."""
    return lambda pair: {
        name: value for name, value in zip(names, pair, strict=True) if value is not None
    }


_lifetime_messages = in_order(moments).map(
    lambda pair: lifetime_pb2.Lifetime(
        **{
            name: message_of(moment)
            for name, moment in _present("start_timestamp", "end_timestamp")(pair).items()
        }
    )
)
_own_data: Final[dict[Category, Callable[[Any], st.SearchStrategy[dict[str, Any]]]]] = {
    Category.BATTERY: lambda kind: st.just({"type": kind.value}),
    Category.EV_CHARGER: lambda kind: st.just({"type": kind.value}),
    Category.INVERTER: lambda kind: st.just({"type": kind.value}),
    Category.GRID: lambda _: st.fixed_dictionaries({"rated_fuse_current": fuse_currents}),
    Category.POWER_TRANSFORMER: lambda _: st.fixed_dictionaries(
        {"primary": positive, "secondary": positive}
    ),
}


def component_messages(category: Category, kind: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for valid messages of components of a category and type."""
    own: dict[str, st.SearchStrategy[Any]] = {}
    if category in OWN_INFO:
        own["category_specific_info"] = st.fixed_dictionaries(
            {OWN_INFO[category]: _own_data[category](kind)}
        )
    return st.builds(
        pb.ElectricalComponent,
        id=id_numbers,
        microgrid_id=id_numbers,
        name=texts,
        category=st.just(category.value),
        **own,
        manufacturer=texts,
        model_name=texts,
        operational_lifetime=_lifetime_messages,
        metric_config_bounds=st.lists(
            st.fixed_dictionaries(
                {
                    "metric": specified(Metric).map(lambda metric: metric.value),
                    "config_bounds": in_order(floats).map(_present("lower", "upper")),
                }
            ),
            max_size=3,
            unique_by=lambda entry: entry["metric"],
        ),
        operational_mode=specified(ElectricalComponentOperationalMode).map(lambda mode: mode.value),
        model=texts,
    )


_area_messages = st.one_of(
    st.fixed_dictionaries({"code": _eics, "code_type": st.just(1)}),
    st.fixed_dictionaries(
        {"code": st.text(min_size=1, max_size=20).filter(str.strip), "code_type": st.just(2)}
    ),
)
_moment_messages = moments.map(message_of)
_interval_messages = in_order(moments).map(
    lambda pair: {
        name: message_of(moment)
        for name, moment in _present("start_time", "end_time")(pair).items()
    }
)

microgrid_messages = st.builds(
    microgrid_pb.Microgrid,
    id=id_numbers,
    enterprise_id=id_numbers,
    name=texts,
    delivery_area=_area_messages,
    location=st.fixed_dictionaries(
        {"latitude": degrees(90), "longitude": degrees(180), "country_code": country_codes}
    ).filter(lambda it: it["latitude"] or it["longitude"]),
    status=st.sampled_from([1, 2]),
    create_timestamp=_moment_messages,
)

connection_messages = st.builds(
    lambda ends, lifetime: pb.ElectricalComponentConnection(
        source_electrical_component_id=ends[0],
        destination_electrical_component_id=ends[1],
        operational_lifetime=lifetime,
    ),
    two_ids,
    _lifetime_messages,
)

sensor_messages = st.builds(
    sensors_pb2.Sensor,
    id=id_numbers,
    microgrid_id=id_numbers,
    name=texts,
    manufacturer=texts,
    model_name=texts,
    operational_lifetime=st.none() | _lifetime_messages,
    model=texts,
)

gridpool_messages = st.builds(gridpool_pb2.Gridpool, id=id_numbers, name=texts)

schedule_messages = st.builds(
    market_pb.GridpoolEnergySchedule,
    gridpool_id=id_numbers,
    schedule_id=id_numbers,
    name=texts,
    counterparty_balancing_group=_area_messages,
    counterparty_delivery_area=_area_messages,
    frequenz_delivery_area=_area_messages,
    direction=st.sampled_from([1, 2]),
    validity_period=_interval_messages,
    cancel_time=st.none() | _moment_messages,
    delivery_duration=st.sampled_from([1, 2, 3, 4]),
    time_series=series.map(
        lambda entries: [
            {"start_time": message_of(start), "active_power_w": power} for start, power in entries
        ]
    ),
)

_location_messages = st.fixed_dictionaries(
    {
        "market_area": st.sampled_from([101, 102, 103]),
        "market_location_id": st.fixed_dictionaries(
            {
                "id": st.fixed_dictionaries({"value": st.text(min_size=1, max_size=20)}),
                "type": st.sampled_from([1, 2, 12, 99]),
            }
        ),
    }
)
relation_messages = st.builds(
    market_pb.MarketTopologyRelation,
    gridpool_id=id_numbers,
    microgrid_id=st.none() | id_numbers,
    market_location_ref=_location_messages,
    delivery_area=_area_messages,
    participations=st.lists(
        st.fixed_dictionaries(
            {"type": st.sampled_from([1, 2])}, optional={"validity_period": _interval_messages}
        ),
        max_size=3,
    ),
) | st.builds(
    market_pb.MarketTopologyRelation,
    microgrid_id=id_numbers,
    market_location_ref=_location_messages,
)

# Any message --------------------------------------------------------------------------------------

_EDGES: Final[dict[str, list[Any]]] = {
    "seconds": [-62135596801, -62135596800, 253402300799, 253402300800, 2**62, -(2**63)],
    "nanos": [-1, 0, 999_999_999, 10**9, -(2**31)],
    "country_code": ["DE", "de", "D\x00", ""],
}
"""By field, values that are unlikely to be drawn."""

_ANYTHING: Final[dict[int, st.SearchStrategy[Any]]] = {
    FieldDescriptor.CPPTYPE_STRING: st.text(max_size=5),
    FieldDescriptor.CPPTYPE_FLOAT: st.floats(width=32),
    FieldDescriptor.CPPTYPE_DOUBLE: st.floats(),
    FieldDescriptor.CPPTYPE_UINT64: st.integers(0, 3) | numbers,
    FieldDescriptor.CPPTYPE_UINT32: st.integers(0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_INT64: st.integers(-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_INT32: st.integers(-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_ENUM: st.integers(0, 20) | st.integers(-(2**31), 2**31 - 1),
}


def any_field(field: FieldDescriptor) -> st.SearchStrategy[Any]:
    """Return a strategy for all values of a field."""
    if field.message_type is None:
        anything = _ANYTHING[field.cpp_type]
        edges = _EDGES.get(field.name)
        return st.sampled_from(edges) | anything if edges else anything
    inner = any_message(GetMessageClass(field.message_type))
    return st.lists(inner, max_size=3) if field.is_repeated else inner


def any_message(cls: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for all messages of a class."""
    return st.fixed_dictionaries(
        {}, optional={field.name: any_field(field) for field in cls.DESCRIPTOR.fields}
    ).map(lambda values: cls(**values))
