"""Round trips between messages and objects, and decoding of arbitrary messages."""

import pickle
import weakref
from dataclasses import FrozenInstanceError, fields
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

import pytest
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from google.protobuf.message import DecodeError, Message
from hypothesis import example as also
from hypothesis import given, settings
from hypothesis import strategies as st

from frequenz.client.assets import Lifetime, Location
from frequenz.client.assets._wire.component import encode_component
from frequenz.client.assets._wire.component_classes import CLASSES
from frequenz.client.assets._wire.connection import encode_connection
from frequenz.client.assets._wire.microgrid import encode_microgrid
from frequenz.client.assets._wire.time import decode_timestamp, encode_timestamp
from frequenz.client.assets.electrical_component import (
    ComponentConnection,
    ElectricalComponent,
    ElectricalComponentOperationalMode,
    Meter,
    MismatchedCategoryComponent,
)
from frequenz.client.assets.electrical_component._mismatched import MISMATCHED
from frequenz.client.assets.findings._rules import Fault, Rule, Severity
from frequenz.client.assets.metrics import Bounds, Metric

from ..examples import UNKNOWN, component, component_classes, example, microgrid
from ..messages import CODECS, Category, change, changed, decode, encode, pb, valid_component
from ..strategies import (
    any_message,
    component_messages,
    components,
    connection_messages,
    connections,
    gridpool_messages,
    gridpools,
    microgrid_messages,
    microgrids,
    relation_messages,
    relations,
    schedule_messages,
    schedules,
    sensor_messages,
    sensors,
)

# The model has no data of other categories, so that it is lost in a round trip.
WITHOUT_FOREIGN_DATA: Final = [
    cls for cls in component_classes() if not issubclass(cls, MismatchedCategoryComponent)
]

OTHER_TYPES: Final = [it for it in CODECS if it is not pb.ElectricalComponent]

# Model -> message -> model ------------------------------------------------------------------------

FAULTS: Final[dict[str, list[tuple[Severity, str]]]] = {
    "UnspecifiedComponent": [(Severity.MAJOR, "category")],
    "UnrecognizedComponent": [(Severity.MAJOR, "category")],
    "UnspecifiedBattery": [(Severity.MAJOR, "type")],
    "UnspecifiedEvCharger": [(Severity.MAJOR, "type")],
    "UnspecifiedInverter": [(Severity.MAJOR, "type")],
    "UnrecognizedBattery": [(Severity.MAJOR, "type")],
    "UnrecognizedEvCharger": [(Severity.MAJOR, "type")],
    "UnrecognizedInverter": [(Severity.MAJOR, "type")],
}
"""By the name of a class that represents a fault, the fault."""


@pytest.mark.parametrize("cls", WITHOUT_FOREIGN_DATA, ids=lambda cls: cls.__name__)
@settings(max_examples=10)
@given(data=st.data())
def test_a_component_survives_a_round_trip(
    cls: type[ElectricalComponent], data: st.DataObject
) -> None:
    component = data.draw(components(cls))
    decoded, faults = decode(encode_component(component))
    assert decoded == component
    assert type(decoded) is cls
    assert [(fault.severity, fault.path) for fault in faults] == FAULTS.get(cls.__name__, [])


MODELS: Final[dict[str, st.SearchStrategy[Any]]] = {
    "Microgrid": microgrids,
    "ElectricalComponentConnection": connections,
    "Sensor": sensors,
    "Gridpool": gridpools,
    "GridpoolEnergySchedule": schedules,
    "MarketTopologyRelation": relations,
}


@pytest.mark.parametrize("message_type", OTHER_TYPES, ids=lambda cls: cls.__name__)
@settings(max_examples=50)
@given(data=st.data())
def test_an_object_survives_a_round_trip(message_type: type[Message], data: st.DataObject) -> None:
    item = data.draw(MODELS[message_type.__name__])
    assert decode(encode(item, message_type)) == (item, [])


@pytest.mark.parametrize("missing", ["delivery_area", "location", "create_timestamp"])
def test_a_microgrid_without_a_field_survives_a_round_trip(missing: str) -> None:
    original = microgrid(**{missing: None})
    decoded, faults = decode(encode_microgrid(original))
    assert decoded == original
    assert [fault.path for fault in faults] == [missing]


@pytest.mark.parametrize(
    "changes",
    [
        {"operational_mode": ElectricalComponentOperationalMode.UNSPECIFIED},
        {"operational_mode": UNKNOWN},
        {"rated_bounds": {UNKNOWN: Bounds(), Metric.UNSPECIFIED: Bounds(lower=1.0)}},
        {"rated_bounds": {Metric.DC_POWER: Bounds(lower=float("-inf"), upper=float("inf"))}},
        {"id": ElectricalComponentId(0), "microgrid_id": MicrogridId(0)},
    ],
    ids=["unspecified mode", "unknown mode", "unknown metrics", "infinite bounds", "ids of 0"],
)
def test_a_faulty_component_survives_a_round_trip(changes: dict[str, Any]) -> None:
    original = component(Meter, **changes)
    decoded, faults = decode(encode_component(original))
    assert decoded == original
    assert faults


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": "", "model": ""}, {"name": None, "model": None}),
        # Bounds have 32 bits in messages.
        (
            {"rated_bounds": {Metric.DC_POWER: Bounds(upper=0.1)}},
            {"rated_bounds": {Metric.DC_POWER: Bounds(upper=0.10000000149011612)}},
        ),
        (
            {"operational_lifetime": Lifetime(start=datetime(2024, 1, 1, tzinfo=timezone.max))},
            {"operational_lifetime": Lifetime(start=datetime(2023, 12, 31, 0, 1, tzinfo=UTC))},
        ),
    ],
    ids=["empty text", "32 bits", "time zone"],
)
def test_a_round_trip_normalizes_values_that_messages_cannot_represent(
    changes: dict[str, Any], expected: dict[str, Any]
) -> None:
    decoded, faults = decode(encode_component(component(Meter, **changes)))
    assert decoded == component(Meter, **expected)
    assert faults == []


def test_unknown_coordinates_are_encoded_as_0_which_is_a_finding() -> None:
    original = microgrid(location=Location(latitude=None, longitude=None, country_code="DE"))
    decoded, faults = decode(encode_microgrid(original))
    assert decoded.location == Location(latitude=0.0, longitude=0.0, country_code="DE")
    assert [it.rule for it in faults] == [Rule.POSITION_MISSING]


@pytest.mark.parametrize(("latitude", "longitude"), [(0.0, 10.0), (51.5, 0.0)])
def test_a_location_on_the_equator_or_the_meridian_has_a_position(
    latitude: float, longitude: float
) -> None:
    location = Location(latitude=latitude, longitude=longitude, country_code="GB")
    assert decode(encode_microgrid(microgrid(location=location)))[1] == []


def test_a_bare_mismatched_component_can_be_encoded() -> None:
    for category in (*Category, UNKNOWN):
        original = component(MismatchedCategoryComponent, category=category)
        assert decode(encode_component(original))[0].category == category


# Message -> model -> message ----------------------------------------------------------------------


def assert_survives_round_trip(message: Message) -> None:
    item, faults = decode(message)
    encoded = encode(item, type(message))
    assert faults == []
    assert encoded == message
    assert encoded.SerializeToString() == message.SerializeToString()


@pytest.mark.parametrize(
    ("category", "kind"),
    [
        (category, kind)
        for category, kind in CLASSES
        if category is not Category.UNSPECIFIED and (kind is None or kind.value)
    ],
    ids=lambda member: member.name if member else "",
)
@settings(max_examples=10)
@given(data=st.data())
def test_the_message_of_a_component_survives_a_round_trip(
    category: Category, kind: Any, data: st.DataObject
) -> None:
    assert_survives_round_trip(data.draw(component_messages(category, kind)))


MESSAGES: Final[dict[str, st.SearchStrategy[Any]]] = {
    "Microgrid": microgrid_messages,
    "ElectricalComponentConnection": connection_messages,
    "Sensor": sensor_messages,
    "Gridpool": gridpool_messages,
    "GridpoolEnergySchedule": schedule_messages,
    "MarketTopologyRelation": relation_messages,
}


@pytest.mark.parametrize("message_type", OTHER_TYPES, ids=lambda cls: cls.__name__)
@settings(max_examples=50)
@given(data=st.data())
def test_a_message_survives_a_round_trip(message_type: type[Message], data: st.DataObject) -> None:
    assert_survives_round_trip(data.draw(MESSAGES[message_type.__name__]))


@pytest.mark.parametrize(
    ("kind", "changes", "normalized"),
    [
        ("microgrid", {"create_timestamp.nanos": 1_999}, {"create_timestamp.nanos": 1_000}),
        (
            "meter",
            {"operational_lifetime.start_timestamp.nanos": 999_999_999},
            {"operational_lifetime.start_timestamp.nanos": 999_999_000},
        ),
        ("microgrid", {"location.latitude": -0.0}, {"location.latitude": 0.0}),
        ("meter", {"category_specific_info": {}}, {}),
        ("connection", {"operational_lifetime": None}, {"operational_lifetime": {}}),
    ],
    ids=[
        "nanoseconds below a microsecond",
        "nanoseconds of a lifetime",
        "the sign of zero degrees",
        "empty category-specific data",
        "a connection without lifetime",
    ],
)
def test_a_round_trip_normalizes_details_that_the_model_does_not_have(
    kind: str, changes: dict[str, Any], normalized: dict[str, Any]
) -> None:
    message = changed(kind, changes)
    item, faults = decode(message)
    encoded = encode(item, type(message))
    assert encoded.SerializeToString() == changed(kind, normalized).SerializeToString()
    assert encoded.SerializeToString() != message.SerializeToString()
    assert faults == []


# Timestamps ---------------------------------------------------------------------------------------


@given(st.datetimes(timezones=st.just(UTC)))
@also(datetime.min.replace(tzinfo=UTC))
@also(datetime.max.replace(tzinfo=UTC))
@also(datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC))
def test_timestamps_are_exact_to_the_microsecond(moment: datetime) -> None:
    faults: list[Fault] = []
    message = encode_timestamp(moment)
    assert (decode_timestamp(message, "path", faults), faults) == (moment, [])
    assert 0 <= message.nanos < 10**9
    assert (message.seconds, message.nanos // 1000) == divmod(
        (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1), 10**6
    )


@given(
    st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31)), st.integers(-24 * 60 + 1, 24 * 60 - 1)
)
def test_timestamps_of_any_time_zone_are_decoded_in_utc(local: datetime, minutes: int) -> None:
    moment = local.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    decoded = decode_timestamp(encode_timestamp(moment), "path", [])
    assert decoded == moment
    assert decoded is not None
    assert decoded.tzinfo is UTC


@pytest.mark.parametrize("moment", [datetime(2024, 1, 1), datetime.min, datetime.max], ids=str)
def test_a_time_without_a_time_zone_cannot_be_encoded(moment: datetime) -> None:
    with pytest.raises(ValueError) as raised:
        encode_timestamp(moment)
    assert str(raised.value) == f"{moment} has no time zone; give it one, such as datetime.UTC"


_EAST: Final = timezone(timedelta(minutes=1))
_WEST: Final = timezone(timedelta(minutes=-1))


@pytest.mark.parametrize(
    "moment",
    [
        datetime.min.replace(tzinfo=_EAST),
        datetime(1, 1, 1, 0, 0, 59, 999999, tzinfo=_EAST),
        datetime(9999, 12, 31, 23, 59, tzinfo=_WEST),
        datetime.max.replace(tzinfo=_WEST),
    ],
    ids=str,
)
def test_a_time_outside_the_years_1_to_9999_in_utc_cannot_be_encoded(moment: datetime) -> None:
    with pytest.raises(ValueError) as raised:
        encode_timestamp(moment)
    assert str(raised.value) == f"{moment} is not within the years 1 and 9999 in UTC"


@pytest.mark.parametrize(
    ("moment", "seconds", "nanos"),
    [
        (datetime(1, 1, 1, 0, 1, tzinfo=_EAST), -62135596800, 0),
        (
            datetime(9999, 12, 31, 23, 58, 59, 999999, tzinfo=_WEST),
            253402300799,
            999999000,
        ),
    ],
    ids=str,
)
def test_the_first_and_last_time_in_utc_can_be_encoded_from_other_time_zones(
    moment: datetime, seconds: int, nanos: int
) -> None:
    message = encode_timestamp(moment)
    assert (message.seconds, message.nanos) == (seconds, nanos)


# Decoded objects ----------------------------------------------------------------------------------


def assert_equivalent(decoded: Any, constructed: Any) -> None:
    assert type(decoded) is type(constructed)
    assert decoded == constructed
    assert constructed == decoded
    assert hash(decoded) == hash(constructed)
    assert repr(decoded) == repr(constructed)
    slots = {name for cls in type(decoded).__mro__ for name in getattr(cls, "__slots__", ())}
    assert slots - {"__weakref__"} == {field.name for field in fields(decoded)}
    for name in slots - {"__weakref__"}:  # which cannot be read before Python 3.11.3
        assert type(getattr(decoded, name)) is type(getattr(constructed, name)), name
    reference = weakref.ref(decoded)
    assert weakref.getweakrefs(decoded) == [reference]
    assert not hasattr(decoded, "__dict__")
    assert pickle.loads(pickle.dumps(decoded)) == constructed
    with pytest.raises(FrozenInstanceError):
        decoded.operational_lifetime = None
    with pytest.raises(FrozenInstanceError):
        del decoded.operational_lifetime


def test_decoded_components_are_equivalent_to_constructed_ones() -> None:
    for cls in WITHOUT_FOREIGN_DATA:
        constructed = component(cls)
        assert_equivalent(decode(encode_component(constructed))[0], constructed)


def test_decoded_components_with_foreign_data_are_equivalent_to_constructed_ones() -> None:
    ratings = {"rated_fuse_current": 0, "primary_power": 0.0, "secondary_power": 0.0}
    for declared, mismatched in MISMATCHED.items():
        lost = {field.name for field in fields(declared)} & set(ratings)
        constructed = component(mismatched, **{name: ratings[name] for name in lost})
        message = encode_component(constructed)
        foreign = "battery" if constructed.category is Category.INVERTER else "inverter"
        change(message, {f"category_specific_info.{foreign}": {"type": 1}})
        decoded, faults = decode(message)
        assert_equivalent(decoded, constructed)
        assert [fault.path for fault in faults] == ["category_specific_info"], declared


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"metric_config_bounds": None},
        {"metric_config_bounds[0].config_bounds": None},  # without usable entries
    ],
    ids=str,
)
def test_decoded_bounds_are_read_only(changes: dict[str, Any]) -> None:
    component, _ = decode(changed("meter", changes))
    with pytest.raises(TypeError, match="cannot be changed"):
        component.rated_bounds.clear()


def test_a_decoded_connection_is_equivalent_to_a_constructed_one() -> None:
    constructed: ComponentConnection = example(ComponentConnection)
    assert_equivalent(decode(encode_connection(constructed))[0], constructed)


@pytest.mark.parametrize("number", [1, 2**63, 2**64 - 1])
def test_the_decoded_ids_of_a_component_equal_constructed_ones(number: int) -> None:
    message = valid_component(Category.METER)
    change(message, {"id": number, "microgrid_id": number})
    component, _ = decode(message)
    assert_same_id(component.id, ElectricalComponentId(number))
    assert_same_id(component.microgrid_id, MicrogridId(number))


@pytest.mark.parametrize("number", [1, 2**64 - 2])
def test_the_decoded_ids_of_a_connection_equal_constructed_ones(number: int) -> None:
    ends = {
        "source_electrical_component_id": number,
        "destination_electrical_component_id": number + 1,
    }
    connection, _ = decode(pb.ElectricalComponentConnection(**ends))
    assert_same_id(connection.source, ElectricalComponentId(number))
    assert_same_id(connection.destination, ElectricalComponentId(number + 1))


def assert_same_id(decoded: object, constructed: object) -> None:
    assert type(decoded) is type(constructed)
    assert decoded == constructed
    assert hash(decoded) == hash(constructed)
    assert vars(decoded) == vars(constructed)


# Arbitrary messages -------------------------------------------------------------------------------


ANY_MESSAGE: Final = {message_type: any_message(message_type) for message_type in CODECS}


def assert_decodable(message: Message) -> None:
    item, faults = decode(message)
    second_item, second_faults = decode(message)
    assert (repr(second_item), second_faults) == (repr(item), faults)
    assert all(fault.path and fault.sentence for fault in faults)
    if item is None:
        assert type(message) is pb.ElectricalComponentConnection
        return
    assert str(item)
    assert item != second_item or hash(item) == hash(second_item)  # NaN differs from itself
    assert type(encode(item, type(message))) is type(message)


@pytest.mark.parametrize("message_type", CODECS, ids=lambda cls: cls.__name__)
@given(data=st.data())
def test_any_message_can_be_decoded(message_type: type[Message], data: st.DataObject) -> None:
    assert_decodable(data.draw(ANY_MESSAGE[message_type]))


@pytest.mark.parametrize("message_type", CODECS, ids=lambda cls: cls.__name__)
@settings(max_examples=50)
@given(data=st.binary(max_size=60))
def test_any_bytes_that_are_a_message_can_be_decoded(
    message_type: type[Message], data: bytes
) -> None:
    try:
        message = message_type.FromString(data)
    except DecodeError:
        return
    assert_decodable(message)
