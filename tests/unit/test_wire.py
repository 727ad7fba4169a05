"""Messages and model objects: nothing is lost on the way, and what is wrong is said."""

import pickle
from collections.abc import Callable, Iterator, Mapping
from dataclasses import FrozenInstanceError, fields
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from typing import Any, Final, NamedTuple, TypeAlias

import pytest
from frequenz.api.common.v1alpha8.microgrid import lifetime_pb2, microgrid_pb2
from frequenz.api.common.v1alpha8.microgrid.electrical_components import (
    electrical_components_pb2 as components_pb2,
)
from frequenz.client.common.microgrid import EnterpriseId, MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import example as given_example
from hypothesis import given, settings
from hypothesis import strategies as st

from frequenz.client.assets import (
    DeliveryArea,
    EnergyMarketCodeType,
    Lifetime,
    Location,
    Microgrid,
    MicrogridStatus,
)
from frequenz.client.assets._wire import component as component_module
from frequenz.client.assets._wire import ids, time
from frequenz.client.assets._wire.component import (
    decode_component,
    decode_connection,
    encode_component,
    encode_connection,
)
from frequenz.client.assets._wire.findings import (
    Finding,
    Severity,
    decode_all,
    major,
    minor,
    sentences,
)
from frequenz.client.assets._wire.kinds import CLASSES
from frequenz.client.assets._wire.microgrid import decode_microgrid, encode_microgrid
from frequenz.client.assets._wire.names import entity_name
from frequenz.client.assets._wire.shared import LIMIT, Shared
from frequenz.client.assets._wire.time import decode_timestamp, encode_timestamp
from frequenz.client.assets.electrical_component import (
    BatteryType,
    ComponentConnection,
    ElectricalComponent,
    ElectricalComponentCategory,
    ElectricalComponentOperationalMode,
    EvChargerType,
    GridConnectionPoint,
    InverterType,
    Meter,
    MismatchedCategoryComponent,
    UnrecognizedComponent,
    UnspecifiedBattery,
    UnspecifiedComponent,
    UnspecifiedInverter,
)
from frequenz.client.assets.electrical_component._mismatched import MISMATCHED
from frequenz.client.assets.metrics import Bounds, Metric

from .examples import UNKNOWN, component, component_classes, example, microgrid

Category = ElectricalComponentCategory
Decode: TypeAlias = Callable[[Any, list[Finding]], Any]
Encode: TypeAlias = Callable[[Any], Any]


class Kind(NamedTuple):
    """A kind of message, and its way to the model and back."""

    decode: Decode
    encode: Encode


KINDS: Final[dict[type[Message], Kind]] = {
    microgrid_pb2.Microgrid: Kind(decode_microgrid, encode_microgrid),
    components_pb2.ElectricalComponent: Kind(decode_component, encode_component),
    components_pb2.ElectricalComponentConnection: Kind(decode_connection, encode_connection),
}


def decoded(message: Message) -> tuple[Any, list[Finding]]:
    """Return what a message is decoded to, and what is wrong with it."""
    found: list[Finding] = []
    return KINDS[type(message)].decode(message, found), found


# Model -> message -> model ------------------------------------------------------------------------

texts = st.none() | st.text(min_size=1, max_size=20)
numbers = st.integers(0, 2**64 - 1)
floats = st.floats(width=32, allow_nan=False)
moments = st.datetimes(timezones=st.just(UTC))
unknown_numbers = st.integers(-(2**31), -1) | st.integers(1000, 2**31 - 1)


def specified(enum: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for the members of an enum that say something."""
    return st.sampled_from([member for member in enum if member.value])


def in_order(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, Any]]:
    """Return a strategy for two values, either of which may be absent, the smaller one first."""

    def ordered(pair: tuple[Any, Any]) -> tuple[Any, Any]:
        return pair if None in pair or pair[0] <= pair[1] else (pair[1], pair[0])

    return st.tuples(st.none() | strategy, st.none() | strategy).map(ordered)


bounds = in_order(floats).map(lambda pair: Bounds(lower=pair[0], upper=pair[1]))
lifetimes = in_order(moments).map(lambda pair: Lifetime(start=pair[0], end=pair[1]))
positive = st.floats(0, width=32, exclude_min=True)

COMPONENT_FIELDS: Final[dict[str, st.SearchStrategy[Any]]] = {
    "id": numbers.map(ElectricalComponentId),
    "microgrid_id": numbers.map(MicrogridId),
    "name": texts,
    "manufacturer": texts,
    "model_name": texts,
    "model": texts,
    "operational_lifetime": lifetimes,
    "rated_bounds": st.dictionaries(specified(Metric), bounds, max_size=3),
    "operational_mode": specified(ElectricalComponentOperationalMode),
    "rated_fuse_current": st.integers(1, 2**32 - 1),
    "primary_power": positive,
    "secondary_power": positive,
}


def components(cls: type[ElectricalComponent]) -> st.SearchStrategy[ElectricalComponent]:
    """Return a strategy for good components of a class."""
    values = {field.name: COMPONENT_FIELDS.get(field.name) for field in fields(cls)}
    for name in ("category", "type"):
        if name in values and getattr(component(cls), name) == UNKNOWN:
            values[name] = unknown_numbers
    return st.builds(cls, **{name: how for name, how in values.items() if how is not None})


locations = st.builds(
    Location,
    # The wire has no way to say that a degree is unknown, and the sign of zero is lost.
    latitude=st.floats(-90, 90, width=32).map(lambda degrees: degrees + 0.0),
    longitude=st.floats(-180, 180, width=32).map(lambda degrees: degrees + 0.0),
    country_code=st.from_regex(r"[A-Z]{2}", fullmatch=True),
)
microgrids = st.builds(
    Microgrid,
    id=numbers.map(MicrogridId),
    enterprise_id=numbers.map(EnterpriseId),
    name=texts,
    delivery_area=st.builds(
        DeliveryArea, code=st.text(min_size=1), code_type=specified(EnergyMarketCodeType)
    ),
    location=locations,
    status=specified(MicrogridStatus),
    create_timestamp=moments,
)
connections = (
    st.lists(numbers.map(ElectricalComponentId), min_size=2, max_size=2, unique=True)
    .map(lambda ends: {"source": ends[0], "destination": ends[1]})
    .flatmap(
        lambda ends: st.builds(
            ComponentConnection,
            source=st.just(ends["source"]),
            destination=st.just(ends["destination"]),
            operational_lifetime=lifetimes,
        )
    )
)

NOT_SAID: Final[dict[str, str]] = {
    "UnspecifiedComponent": "category",
    "UnrecognizedComponent": "category",
    "MismatchedCategoryComponent": "category",
    "UnspecifiedBattery": "type",
    "UnspecifiedEvCharger": "type",
    "UnspecifiedInverter": "type",
    "UnrecognizedBattery": "type",
    "UnrecognizedEvCharger": "type",
    "UnrecognizedInverter": "type",
}
"""The classes that stand for a fault, and the path of its finding."""


@pytest.mark.parametrize(
    "cls",
    # Foreign data is no part of the model, and a bare MismatchedCategoryComponent is never made.
    [cls for cls in component_classes() if not issubclass(cls, MismatchedCategoryComponent)],
    ids=lambda cls: cls.__name__,
)
@settings(max_examples=25)
@given(data=st.data())
def test_a_component_makes_the_round_trip(
    cls: type[ElectricalComponent], data: st.DataObject
) -> None:
    made = data.draw(components(cls))
    back, found = decoded(encode_component(made))
    assert back == made
    assert type(back) is cls
    expected = [(Severity.MAJOR, NOT_SAID[cls.__name__])] if cls.__name__ in NOT_SAID else []
    assert [(finding.severity, finding.path) for finding in found] == expected


@given(microgrids)
def test_a_microgrid_makes_the_round_trip(made: Microgrid) -> None:
    assert decoded(encode_microgrid(made)) == (made, [])


@given(connections)
def test_a_connection_makes_the_round_trip(made: ComponentConnection) -> None:
    assert decoded(encode_connection(made)) == (made, [])


@pytest.mark.parametrize("changes", [{"delivery_area": None}, {"location": None}])
def test_a_microgrid_without_a_part_makes_the_round_trip(changes: dict[str, None]) -> None:
    made = microgrid(**changes, create_timestamp=None)
    back, found = decoded(encode_microgrid(made))
    assert back == made
    assert [finding.path for finding in found] == [*changes, "create_timestamp"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"operational_mode": UNKNOWN}, {}),
        ({"operational_mode": ElectricalComponentOperationalMode.UNSPECIFIED}, {}),
        ({"rated_bounds": {UNKNOWN: Bounds(), Metric.UNSPECIFIED: Bounds(lower=1.0)}}, {}),
        ({"name": ""}, {"name": None}),
        # The wire's numbers have 32 bits.
        (
            {"rated_bounds": {Metric.DC_POWER: Bounds(upper=0.1)}},
            {"rated_bounds": {Metric.DC_POWER: Bounds(upper=0.10000000149011612)}},
        ),
        (
            {"operational_lifetime": Lifetime(start=datetime(2024, 1, 1, tzinfo=timezone.max))},
            {"operational_lifetime": Lifetime(start=datetime(2023, 12, 31, 0, 1, tzinfo=UTC))},
        ),
    ],
)
def test_the_rest_of_the_model_makes_the_round_trip_as_far_as_the_wire_goes(
    changes: dict[str, Any], expected: dict[str, Any]
) -> None:
    back, _ = decoded(encode_component(component(Meter, **changes)))
    assert back == component(Meter, **{**changes, **expected})


@given(moments)
@given_example(datetime.min.replace(tzinfo=UTC))
@given_example(datetime.max.replace(tzinfo=UTC))
@given_example(datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC))
def test_timestamps_are_exact_to_the_microsecond(moment: datetime) -> None:
    found: list[Finding] = []
    message = encode_timestamp(moment)
    assert 0 <= message.nanos < 10**9
    assert (decode_timestamp(message, "path", found), found) == (moment, [])


@given(
    st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 12, 31)),
    st.integers(-1439, 1439),
)
def test_timestamps_of_any_time_zone_are_the_same_moment(local: datetime, minutes: int) -> None:
    moment = local.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    back = decode_timestamp(encode_timestamp(moment), "path", [])
    assert back == moment
    assert back is not None
    assert back.tzinfo is UTC


def test_a_bare_mismatched_component_can_be_encoded() -> None:
    made = component(MismatchedCategoryComponent, category=Category.BATTERY)
    assert encode_component(made).category == Category.BATTERY.value


# Message -> model -> message ----------------------------------------------------------------------

SPECIFIC: Final[dict[Category, Callable[..., st.SearchStrategy[Any]]]] = {
    Category.BATTERY: lambda kind: st.builds(components_pb2.Battery, type=st.just(kind.value)),
    Category.EV_CHARGER: lambda kind: st.builds(components_pb2.EvCharger, type=st.just(kind.value)),
    Category.INVERTER: lambda kind: st.builds(components_pb2.Inverter, type=st.just(kind.value)),
    Category.GRID: lambda _: st.builds(
        components_pb2.GridConnectionPoint, rated_fuse_current=st.integers(1, 2**32 - 1)
    ),
    Category.POWER_TRANSFORMER: lambda _: st.builds(
        components_pb2.PowerTransformer, primary=positive, secondary=positive
    ),
}
INFO_FIELDS: Final = {
    Category.BATTERY: "battery",
    Category.EV_CHARGER: "ev_charger",
    Category.INVERTER: "inverter",
    Category.GRID: "grid_connection_point",
    Category.POWER_TRANSFORMER: "power_transformer",
}
"""Written out, and not taken from the tables under test."""

messages_of_bounds = in_order(floats).map(
    lambda pair: {
        name: value
        for name, value in zip(("lower", "upper"), pair, strict=True)
        if value is not None
    }
)


def message_of(moment: datetime) -> Timestamp:
    """Return the message for a moment, computed in another way than the code does."""
    microseconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return Timestamp(seconds=microseconds // 1_000_000, nanos=microseconds % 1_000_000 * 1000)


messages_of_lifetimes = in_order(moments).map(
    lambda pair: lifetime_pb2.Lifetime(
        start_timestamp=None if pair[0] is None else message_of(pair[0]),
        end_timestamp=None if pair[1] is None else message_of(pair[1]),
    )
)


@st.composite
def component_messages(draw: st.DrawFn, category: Category, kind: Any) -> Message:
    """Build a good message of a component of a category and a type."""
    message = components_pb2.ElectricalComponent(
        id=draw(numbers),
        microgrid_id=draw(numbers),
        name=draw(st.text(max_size=20)),
        category=category.value,
        manufacturer=draw(st.text(max_size=20)),
        model_name=draw(st.text(max_size=20)),
        model=draw(st.text(max_size=20)),
        operational_lifetime=draw(messages_of_lifetimes),
        operational_mode=draw(st.sampled_from([1, 2, 3, 4])),  # type: ignore[arg-type]
    )
    if category in SPECIFIC:
        info = getattr(message.category_specific_info, INFO_FIELDS[category])
        info.CopyFrom(draw(SPECIFIC[category](kind)))
    for metric in draw(st.lists(specified(Metric), max_size=3, unique=True)):
        message.metric_config_bounds.add(
            metric=metric.value, config_bounds=draw(messages_of_bounds)
        )
    return message


def assert_same_again(message: Message) -> None:
    made, found = decoded(message)
    again = KINDS[type(message)].encode(made)
    assert found == []
    assert again == message
    assert again.SerializeToString(deterministic=True) == message.SerializeToString(
        deterministic=True
    )


@pytest.mark.parametrize(
    ("category", "kind"),
    [
        (category, kind)
        for category, kind in CLASSES
        if category.value and (kind is None or kind.value)
    ],
    ids=str,
)
@settings(max_examples=25)
@given(data=st.data())
def test_a_message_of_a_component_comes_back_the_same(
    category: Category, kind: Any, data: st.DataObject
) -> None:
    assert_same_again(data.draw(component_messages(category, kind)))


@given(
    st.builds(
        microgrid_pb2.Microgrid,
        id=numbers,
        enterprise_id=numbers,
        name=st.text(max_size=20),
        delivery_area=st.fixed_dictionaries(
            {"code": st.text(min_size=1, max_size=20), "code_type": st.sampled_from([1, 2])}
        ),
        location=st.fixed_dictionaries(
            {
                # The sign of zero degrees is lost.
                "latitude": st.floats(-90, 90, width=32).map(lambda degrees: degrees + 0.0),
                "longitude": st.floats(-180, 180, width=32).map(lambda degrees: degrees + 0.0),
                "country_code": st.from_regex(r"[A-Z]{2}", fullmatch=True),
            }
        ),
        status=st.sampled_from([1, 2]),
        create_timestamp=moments.map(message_of),
    )
)
def test_a_message_of_a_microgrid_comes_back_the_same(message: Message) -> None:
    assert_same_again(message)


@given(
    st.lists(numbers, min_size=2, max_size=2, unique=True).flatmap(
        lambda ends: st.builds(
            components_pb2.ElectricalComponentConnection,
            source_electrical_component_id=st.just(ends[0]),
            destination_electrical_component_id=st.just(ends[1]),
            operational_lifetime=messages_of_lifetimes,
        )
    )
)
def test_a_message_of_a_connection_comes_back_the_same(message: Message) -> None:
    assert_same_again(message)


# One fault, one finding ---------------------------------------------------------------------------


def good_microgrid() -> microgrid_pb2.Microgrid:
    """Return a message of a microgrid without findings."""
    message = microgrid_pb2.Microgrid(id=4, enterprise_id=2, name="Depot", status=1)  # type: ignore[arg-type]
    message.delivery_area.code = "10Y1001A1001A450"
    message.delivery_area.code_type = 1  # type: ignore[assignment]
    message.location.latitude = 52.5
    message.location.longitude = 13.25
    message.location.country_code = "DE"
    message.create_timestamp.seconds = 1_640_995_200
    return message


def good_component(category: Category) -> components_pb2.ElectricalComponent:
    """Return a message of a component without findings."""
    message = components_pb2.ElectricalComponent(
        id=17,
        microgrid_id=4,
        category=category.value,  # type: ignore[arg-type]
        operational_mode=4,  # type: ignore[arg-type]
    )
    message.operational_lifetime.start_timestamp.seconds = 1_640_995_200
    message.metric_config_bounds.add(
        metric=Metric.AC_POWER_ACTIVE.value,  # type: ignore[arg-type]
        config_bounds={"lower": -5.0, "upper": 5.0},  # type: ignore[arg-type]
    )
    info: Any = message.category_specific_info
    match category:
        case Category.BATTERY | Category.INVERTER | Category.EV_CHARGER:
            getattr(info, INFO_FIELDS[category]).type = 1
        case Category.GRID:
            info.grid_connection_point.rated_fuse_current = 63
        case Category.POWER_TRANSFORMER:
            info.power_transformer.primary = 20000.0
            info.power_transformer.secondary = 400.0
        case _:
            message.ClearField("category_specific_info")
    return message


def good_connection() -> components_pb2.ElectricalComponentConnection:
    """Return a message of a connection without findings."""
    message = components_pb2.ElectricalComponentConnection(
        source_electrical_component_id=1, destination_electrical_component_id=2
    )
    message.operational_lifetime.start_timestamp.seconds = 1_640_995_200
    return message


GOOD: Final[Mapping[str, Callable[[], Any]]] = {
    "microgrid": good_microgrid,
    "connection": good_connection,
    "meter": partial(good_component, Category.METER),
    "battery": partial(good_component, Category.BATTERY),
    "ev_charger": partial(good_component, Category.EV_CHARGER),
    "inverter": partial(good_component, Category.INVERTER),
    "grid": partial(good_component, Category.GRID),
    "transformer": partial(good_component, Category.POWER_TRANSFORMER),
}


class Fault(NamedTuple):
    """A fault, and what is said of it."""

    good: str
    """The kind of message that is spoilt."""

    changes: Mapping[str, Any]
    """The path of a field -> what it is set to; None clears it."""

    severity: Severity
    path: str
    word: str


def spoil(message: Any, changes: Mapping[str, Any]) -> None:
    """Set fields of a message, given by their paths."""
    for path, value in changes.items():
        *parents, name = path.split(".")
        holder = message
        for parent in parents:
            part, _, index = parent.partition("[")
            holder = getattr(holder, part)
            holder = holder[int(index[:-1])] if index else holder
        if value is None:
            holder.ClearField(name)
        elif isinstance(value, dict):
            getattr(holder, name).CopyFrom(type(getattr(holder, name))(**value))
        elif isinstance(value, list):
            getattr(holder, name).extend(value)
        else:
            setattr(holder, name, value)


def _faults(severity: Severity) -> Callable[..., Fault]:
    return lambda good, changes, path, word: Fault(good, changes, severity, path, word)


_major = _faults(Severity.MAJOR)
_minor = _faults(Severity.MINOR)
_info = "category_specific_info"
_bounds = "metric_config_bounds[0]"
_ac_power = "rated_bounds[AC_POWER_ACTIVE]"
_lifetime = "operational_lifetime"
_NAN = float("nan")
_INFINITY = float("inf")

FAULTS: Final = [
    _major("microgrid", {"status": 0}, "status", "unspecified"),
    _major("microgrid", {"status": 9}, "status", "9 is unrecognized"),
    _minor("microgrid", {"delivery_area": None}, "delivery_area", "missing"),
    _minor("microgrid", {"delivery_area.code": ""}, "delivery_area.code", "missing"),
    _major("microgrid", {"delivery_area.code_type": 0}, "delivery_area.code_type", "unspecified"),
    _major("microgrid", {"delivery_area.code_type": 9}, "delivery_area.code_type", "unrecognized"),
    _minor("microgrid", {"location": None}, "location", "missing"),
    _minor("microgrid", {"location.country_code": ""}, "location.country_code", "missing"),
    *(
        _major("microgrid", {"location.country_code": code}, "location.country_code", repr(code))
        for code in ("de", "D", "DEU", "DE\n", "D3", "ÄÖ")
    ),
    *(
        _major("microgrid", {"location.latitude": degrees}, "location.latitude", "-90 and 90")
        for degrees in (90.5, -90.5, _NAN, _INFINITY, -_INFINITY)
    ),
    *(
        _major("microgrid", {"location.longitude": degrees}, "location.longitude", "-180 and 180")
        for degrees in (180.5, -180.5, _NAN, _INFINITY, -_INFINITY)
    ),
    _minor("microgrid", {"create_timestamp": None}, "create_timestamp", "missing"),
    *(
        _major("microgrid", {"create_timestamp.nanos": nanos}, "create_timestamp", "nanoseconds")
        for nanos in (-1, 10**9, -(2**31), 2**31 - 1)
    ),
    *(
        _major("microgrid", {"create_timestamp.seconds": seconds}, "create_timestamp", "1 and 9999")
        for seconds in (-62135596801, 253402300800, 2**62, -(2**63))
    ),
    _major("meter", {"category": 0}, "category", "unspecified"),
    _major("meter", {"category": 77}, "category", "77 is unrecognized"),
    _major("meter", {"category": -1}, "category", "-1 is unrecognized"),
    *(
        _major(good, {f"{_info}.{good}.type": number}, "type", word)
        for good in ("battery", "ev_charger", "inverter")
        for number, word in ((0, "unspecified"), (99, "99 is unrecognized"))
    ),
    *(
        _major(good, {_info: None}, "type", "unspecified")
        for good in ("battery", "ev_charger", "inverter")
    ),
    _minor(
        "grid",
        {f"{_info}.grid_connection_point.rated_fuse_current": 0},
        "rated_fuse_current",
        "missing",
    ),
    _minor("grid", {_info: None}, "rated_fuse_current", "missing"),
    _minor("transformer", {f"{_info}.power_transformer.primary": 0}, "primary_power", "missing"),
    _minor(
        "transformer", {f"{_info}.power_transformer.secondary": 0}, "secondary_power", "missing"
    ),
    _major("meter", {f"{_info}.ev_charger.type": 1}, _info, "ev_charger"),
    _major("meter", {f"{_info}.inverter": {}}, _info, "the category is meter"),
    *(
        # Foreign data is one fault: that the category's own is missing is not said, too.
        _major(good, {f"{_info}.{foreign}": {}}, _info, foreign)
        for good, own in (
            ("battery", "battery"),
            ("ev_charger", "ev_charger"),
            ("inverter", "inverter"),
            ("grid", "grid_connection_point"),
            ("transformer", "power_transformer"),
        )
        for foreign in INFO_FIELDS.values()
        if foreign != own
    ),
    # Where the category says nothing, no data is foreign.
    _major("battery", {"category": 0}, "category", "unspecified"),
    _major("battery", {"category": 77}, "category", "unrecognized"),
    _minor("meter", {"operational_mode": 0}, "operational_mode", "unspecified"),
    _major("meter", {"operational_mode": 99}, "operational_mode", "99 is unrecognized"),
    _minor("meter", {_lifetime: None}, _lifetime, "missing"),
    *(
        fault
        for good in ("meter", "connection")
        for fault in (
            _major(good, {f"{_lifetime}.end_timestamp.seconds": 9}, _lifetime, "after its end"),
            _major(
                good,
                {f"{_lifetime}.start_timestamp.nanos": -1},
                f"{_lifetime}.start",
                "-1 nanoseconds",
            ),
            _major(
                good,
                {f"{_lifetime}.end_timestamp.seconds": 2**62},
                f"{_lifetime}.end",
                f"{2**62} s since 1970",
            ),
        )
    ),
    _major("meter", {f"{_bounds}.metric": 0}, "rated_bounds.metric", "unspecified"),
    _major("meter", {f"{_bounds}.metric": 9999}, "rated_bounds.metric", "9999 is unrecognized"),
    _major("meter", {f"{_bounds}.config_bounds": None}, _ac_power, "no bounds"),
    _major("meter", {f"{_bounds}.config_bounds.lower": 6}, _ac_power, "lower 6 is above upper 5"),
    _major(
        "meter",
        {
            "metric_config_bounds": [
                components_pb2.MetricConfigBounds(
                    metric=Metric.AC_POWER_ACTIVE.value,  # type: ignore[arg-type]
                    config_bounds={"upper": 1.0},  # type: ignore[arg-type]
                )
            ]
        },
        _ac_power,
        "twice",
    ),
    _major(
        "connection",
        {"destination_electrical_component_id": 1},
        "destination",
        "is the source, component 1",
    ),
]


@pytest.mark.parametrize("good", GOOD)
def test_a_good_message_has_no_findings(good: str) -> None:
    assert decoded(GOOD[good]())[1] == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.good} {fault.changes}")
def test_a_fault_is_found_where_it_is(fault: Fault) -> None:
    message = GOOD[fault.good]()
    spoil(message, fault.changes)
    for _ in range(2):  # the second time, what is shared is not made anew
        found = decoded(message)[1]
        assert [(finding.severity, finding.path) for finding in found] == [
            (fault.severity, fault.path)
        ]
        assert fault.word in found[0].sentence


def test_several_faults_are_all_found() -> None:
    message = good_component(Category.METER)
    spoil(
        message,
        {
            "category": 99,
            "operational_mode": 0,
            f"{_lifetime}.start_timestamp.nanos": -1,
            f"{_lifetime}.end_timestamp.nanos": -1,
            f"{_bounds}.metric": 0,
            f"{_bounds}.config_bounds": None,
        },
    )
    assert sorted(finding.path for finding in decoded(message)[1]) == [
        "category",
        "operational_lifetime.end",
        "operational_lifetime.start",
        "operational_mode",
        "rated_bounds.metric",
        "rated_bounds[UNSPECIFIED]",
    ]


@pytest.mark.parametrize(
    ("good", "changes"),
    [
        ("microgrid", {"name": "", "enterprise_id": 0}),
        ("microgrid", {"location.latitude": 0.0, "location.longitude": 0.0}),
        ("microgrid", {"location.latitude": -90.0, "location.longitude": -180.0}),
        ("microgrid", {"location.latitude": 90.0, "location.longitude": 180.0}),
        ("microgrid", {"create_timestamp": {}}),
        ("meter", {_lifetime: {}, "metric_config_bounds": None}),
        ("meter", {f"{_bounds}.config_bounds": {}}),
        ("meter", {f"{_bounds}.config_bounds.lower": 5}),
        ("meter", {f"{_lifetime}.end_timestamp.seconds": 1_640_995_200}),
        ("connection", {_lifetime: None}),
        ("connection", {"source_electrical_component_id": 0}),
    ],
)
def test_what_the_contract_allows_is_no_fault(good: str, changes: dict[str, Any]) -> None:
    message = GOOD[good]()
    spoil(message, changes)
    assert decoded(message)[1] == []


@pytest.mark.parametrize(
    ("good", "changes", "back"),
    [
        (
            "microgrid",
            {"create_timestamp.nanos": 1_999},
            {"create_timestamp.nanos": 1_000},
        ),
        (
            "meter",
            {f"{_lifetime}.start_timestamp.nanos": 999_999_999},
            {f"{_lifetime}.start_timestamp.nanos": 999_999_000},
        ),
        ("meter", {_info: {}}, {}),
        ("connection", {_lifetime: None}, {_lifetime: {}}),
    ],
    ids=["nanoseconds", "nanoseconds of a lifetime", "empty specific data", "no lifetime"],
)
def test_these_messages_and_no_others_come_back_normalized(
    good: str, changes: dict[str, Any], back: dict[str, Any]
) -> None:
    message, expected = GOOD[good](), GOOD[good]()
    spoil(message, changes)
    spoil(expected, back)
    made, found = decoded(message)
    assert KINDS[type(message)].encode(made) == expected
    assert found == []


# What is made of a fault --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("good", "changes", "field", "expected"),
    [
        ("microgrid", {"status": 9}, "status", 9),
        ("microgrid", {"delivery_area": None}, "delivery_area", None),
        (
            "microgrid",
            {"delivery_area": {}},
            "delivery_area",
            DeliveryArea(code=None, code_type=EnergyMarketCodeType.UNSPECIFIED),
        ),
        ("microgrid", {"location": None}, "location", None),
        (
            "microgrid",
            {"location.latitude": _NAN, "location.country_code": ""},
            "location",
            Location(latitude=None, longitude=13.25, country_code=None),
        ),
        (
            "microgrid",
            {"location.longitude": 181, "location.country_code": "de"},
            "location",
            Location(latitude=52.5, longitude=None, country_code="de"),
        ),
        ("microgrid", {"create_timestamp": None}, "create_timestamp", None),
        ("microgrid", {"create_timestamp.seconds": 2**62}, "create_timestamp", None),
        ("meter", {"category": 77}, "__class__", UnrecognizedComponent),
        ("meter", {"category": 77}, "category", 77),
        ("meter", {"category": 0}, "__class__", UnspecifiedComponent),
        ("battery", {"category": 0}, "__class__", UnspecifiedComponent),
        ("battery", {_info: None}, "__class__", UnspecifiedBattery),
        ("battery", {f"{_info}.battery.type": 99}, "type", 99),
        ("inverter", {f"{_info}.inverter.type": 0}, "__class__", UnspecifiedInverter),
        ("grid", {_info: None}, "rated_fuse_current", 0),
        ("transformer", {_info: None}, "secondary_power", 0.0),
        ("grid", {f"{_info}.battery.type": 1}, "rated_fuse_current", 0),
        ("inverter", {f"{_info}.battery.type": 1}, "type", InverterType.UNSPECIFIED),
        ("meter", {"operational_mode": 99}, "operational_mode", 99),
        ("meter", {_lifetime: None}, _lifetime, Lifetime()),
        ("meter", {f"{_lifetime}.end_timestamp.seconds": 9}, _lifetime, Lifetime()),
        ("meter", {f"{_lifetime}.end_timestamp.nanos": -1}, _lifetime, Lifetime()),
        ("meter", {f"{_bounds}.metric": 9999}, "rated_bounds", {9999: Bounds(lower=-5, upper=5)}),
        ("meter", {f"{_bounds}.config_bounds": None}, "rated_bounds", {}),
        ("meter", {f"{_bounds}.config_bounds.lower": 6}, "rated_bounds", {}),
        (
            "meter",
            {
                "metric_config_bounds": [
                    components_pb2.MetricConfigBounds(
                        metric=Metric.AC_POWER_ACTIVE.value,  # type: ignore[arg-type]
                        config_bounds={"upper": 1.0},  # type: ignore[arg-type]
                    )
                ]
            },
            "rated_bounds",
            {Metric.AC_POWER_ACTIVE: Bounds(upper=1.0)},
        ),
    ],
    ids=str,
)
def test_a_faulty_message_is_read_as_far_as_it_can_be(
    good: str, changes: dict[str, Any], field: str, expected: Any
) -> None:
    message = GOOD[good]()
    spoil(message, changes)
    assert getattr(decoded(message)[0], field) == expected


def test_a_connection_of_a_component_to_itself_is_no_connection() -> None:
    message = good_connection()
    message.source_electrical_component_id = 2
    message.operational_lifetime.start_timestamp.nanos = -1
    made, found = decoded(message)
    assert made is None
    assert [finding.path for finding in found] == ["operational_lifetime.start", "destination"]


# Objects made by the decoder ----------------------------------------------------------------------


def assert_alike(made: Any, constructed: Any) -> None:
    assert type(made) is type(constructed)
    assert made == constructed
    assert constructed == made
    assert hash(made) == hash(constructed)
    assert repr(made) == repr(constructed)
    slots = [name for cls in type(made).__mro__ for name in getattr(cls, "__slots__", ())]
    assert {field.name for field in fields(made)} == {*slots} - {"__weakref__"}
    for name in slots:
        assert type(getattr(made, name)) is type(getattr(constructed, name)), name
    back = pickle.loads(pickle.dumps(made))
    assert back == made
    with pytest.raises(FrozenInstanceError):
        made.operational_lifetime = None
    with pytest.raises(FrozenInstanceError):
        del made.operational_lifetime


@pytest.mark.parametrize(
    "cls",
    [cls for cls in component_classes() if not issubclass(cls, MismatchedCategoryComponent)],
    ids=lambda cls: cls.__name__,
)
def test_a_decoded_component_is_like_a_constructed_one(cls: type[ElectricalComponent]) -> None:
    constructed = component(cls)
    assert_alike(decoded(encode_component(constructed))[0], constructed)


@pytest.mark.parametrize("declared", MISMATCHED, ids=lambda cls: cls.__name__)
def test_a_component_with_foreign_data_is_like_a_constructed_one(
    declared: type[ElectricalComponent],
) -> None:
    constructed = component(
        MISMATCHED[declared],
        **{
            field.name: type(COMPONENT_ZEROS[field.name])(0)
            for field in fields(declared)
            if field.name in COMPONENT_ZEROS
        },
    )
    message = encode_component(constructed)
    if constructed.category is Category.INVERTER:
        message.category_specific_info.battery.type = BatteryType.LI_ION.value  # type: ignore[assignment]
    else:
        message.category_specific_info.inverter.type = InverterType.SOLAR.value  # type: ignore[assignment]
    made, found = decoded(message)
    assert_alike(made, constructed)
    assert [finding.path for finding in found] == ["category_specific_info"]


COMPONENT_ZEROS: Final = {"rated_fuse_current": 0, "primary_power": 0.0, "secondary_power": 0.0}
"""The fields of a category's own data, which foreign data replaces."""


def test_a_decoded_connection_is_like_a_constructed_one() -> None:
    constructed: ComponentConnection = example(ComponentConnection)
    assert_alike(decoded(encode_connection(constructed))[0], constructed)


@pytest.mark.parametrize("number", [0, 1, 2**63, 2**64 - 1])
def test_ids_are_like_constructed_ones(number: int) -> None:
    for made, constructed in (
        (ids.component_id(number), ElectricalComponentId(number)),
        (ids.microgrid_id(number), MicrogridId(number)),
    ):
        assert type(made) is type(constructed)
        assert made == constructed
        assert hash(made) == hash(constructed)
        assert vars(made) == vars(constructed)


# Shared objects -----------------------------------------------------------------------------------


def _many(spoiled: Callable[[Any, int], object]) -> Iterator[Any]:
    message = good_component(Category.GRID)
    for number in range(LIMIT + 10):
        spoiled(message, number)
        yield message


TABLES: Final[dict[str, tuple[Shared[Any, Any], Callable[[Any, int], object]]]] = {
    "lifetimes": (
        time._lifetimes,
        lambda message, number: spoil(message, {f"{_lifetime}.start_timestamp.seconds": number}),
    ),
    "microgrid ids": (
        ids._microgrids,
        lambda message, number: spoil(message, {"microgrid_id": number}),
    ),
    "kinds": (
        component_module._kinds,
        lambda message, number: spoil(
            message, {f"{_info}.grid_connection_point.rated_fuse_current": number + 1}
        ),
    ),
    "rated bounds": (
        component_module._rated_bounds,
        lambda message, number: spoil(message, {f"{_bounds}.config_bounds.lower": -1 - number}),
    ),
}


@pytest.mark.parametrize("table", TABLES)
def test_a_table_of_shared_objects_stays_bounded_whatever_a_server_sends(table: str) -> None:
    shared, spoiled = TABLES[table]
    sizes = []
    for message in _many(spoiled):
        made, found = decoded(message)
        sizes.append(len(shared))
        assert found == []
    assert max(sizes) <= LIMIT
    assert sizes[-1] < LIMIT // 2
    assert encode_component(made) == message


def test_a_table_keeps_what_it_is_given_until_it_is_full() -> None:
    shared: Shared[int, str] = Shared()
    for number in range(LIMIT):
        assert shared.keep(number, str(number)) == str(number)
    assert (len(shared), shared.get(0)) == (LIMIT, "0")
    assert shared.keep(LIMIT, "one more") == "one more"
    assert dict(shared) == {LIMIT: "one more"}


def test_equal_parts_of_components_are_one_object() -> None:
    first, second = (decoded(good_component(Category.METER))[0] for _ in range(2))
    assert first.operational_lifetime is second.operational_lifetime
    assert first.rated_bounds is second.rated_bounds
    assert first.microgrid_id is second.microgrid_id


# Anything that may arrive -------------------------------------------------------------------------

EDGES: Final = {
    "seconds": [-62135596801, -62135596800, 253402300799, 253402300800, 2**62, -(2**63)],
    "nanos": [-1, 0, 999_999_999, 10**9, -(2**31)],
    "country_code": ["DE", "de", "D\x00", ""],
}


def any_field(field: FieldDescriptor) -> st.SearchStrategy[Any]:
    """Return a strategy for everything that a field can hold."""
    if field.message_type is not None:
        # The class of a message; the descriptor knows it, its type hints do not.
        inner = any_message(field.message_type._concrete_class)
        return st.lists(inner, max_size=3) if field.is_repeated else inner
    kind = field.cpp_type
    strategies: dict[int, st.SearchStrategy[Any]] = {
        FieldDescriptor.CPPTYPE_STRING: st.text(max_size=5),
        FieldDescriptor.CPPTYPE_FLOAT: st.floats(width=32),
        FieldDescriptor.CPPTYPE_UINT64: st.integers(0, 3) | numbers,
        FieldDescriptor.CPPTYPE_UINT32: st.integers(0, 2**32 - 1),
        FieldDescriptor.CPPTYPE_INT64: st.integers(-(2**63), 2**63 - 1),
        FieldDescriptor.CPPTYPE_INT32: st.integers(-(2**31), 2**31 - 1),
        FieldDescriptor.CPPTYPE_ENUM: st.integers(0, 20) | st.integers(-(2**31), 2**31 - 1),
    }
    return (
        st.sampled_from(EDGES[field.name]) | strategies[kind]
        if field.name in EDGES
        else strategies[kind]
    )


def any_message(cls: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for every message of a class."""
    return st.fixed_dictionaries(
        {}, optional={field.name: any_field(field) for field in cls.DESCRIPTOR.fields}
    ).map(lambda values: cls(**values))


def assert_decodable(message: Message) -> None:
    made, found = decoded(message)
    again, found_again = decoded(message)
    assert repr(again) == repr(made)
    assert found_again == found
    assert all(finding.path and finding.sentence for finding in found)
    if made is None:
        assert type(message) is components_pb2.ElectricalComponentConnection
        return
    assert str(made)
    assert hash(made) == hash(again)
    assert isinstance(KINDS[type(message)].encode(made), type(message))


@pytest.mark.parametrize("kind", KINDS, ids=lambda cls: cls.__name__)
@given(data=st.data())
def test_any_message_can_be_decoded(kind: type[Message], data: st.DataObject) -> None:
    assert_decodable(data.draw(any_message(kind)))


@pytest.mark.parametrize("kind", KINDS, ids=lambda cls: cls.__name__)
@given(wire=st.binary(max_size=60))
def test_any_bytes_that_are_a_message_can_be_decoded(kind: type[Message], wire: bytes) -> None:
    try:
        message = kind.FromString(wire)
    except DecodeError:
        return
    assert_decodable(message)


# Lists of messages, and words for them ------------------------------------------------------------


def test_a_list_is_decoded_in_order_with_what_is_wrong_with_each() -> None:
    good = good_component(Category.METER)
    quiet = good_component(Category.METER)
    quiet.operational_mode = 0  # type: ignore[assignment]
    bad = good_component(Category.GRID)
    bad.category = 0  # type: ignore[assignment]
    result = decode_all([good, bad, good, quiet], decode_component)
    assert [type(item) for item in result.items] == [Meter, UnspecifiedComponent, Meter, Meter]
    assert [faulty.message for faulty in result.faulty] == [bad, quiet]
    assert [faulty.item for faulty in result.faulty] == [result.items[1], result.items[3]]
    assert [faulty.is_major for faulty in result.faulty] == [True, False]
    assert [[finding.path for finding in faulty.findings] for faulty in result.faulty] == [
        ["category"],
        ["operational_mode"],
    ]


def test_what_cannot_exist_is_left_out_of_a_list_and_said() -> None:
    loop = good_connection()
    loop.destination_electrical_component_id = 1
    result = decode_all([good_connection(), loop, good_connection()], decode_connection)
    assert [str(item) for item in result.items] == ["CID1->CID2", "CID1->CID2"]
    assert [(faulty.item, faulty.is_major) for faulty in result.faulty] == [(None, True)]


def test_an_empty_list_has_no_items_and_no_findings() -> None:
    result = decode_all([], decode_component)
    assert (result.items, result.faulty) == ([], [])


def test_findings_are_told_as_text_by_their_severity() -> None:
    found = [major("a.b", "is wrong"), minor("c", "missing"), major("d", "unspecified")]
    assert sentences(found, Severity.MAJOR) == ["a.b: is wrong", "d: unspecified"]
    assert sentences(found, Severity.MINOR) == ["c: missing"]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (good_microgrid(), "microgrid 4"),
        (good_component(Category.METER), "component 17"),
        (good_connection(), "connection 1 -> 2"),
    ],
    ids=["microgrid", "component", "connection"],
)
def test_a_message_is_called_by_its_kind_and_number(message: Message, expected: str) -> None:
    assert entity_name(message) == expected
