"""Messages and model objects: nothing is lost on the way, and nothing that arrives is too odd."""

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
from frequenz.client.assets.findings._rules import Fault, Severity
from frequenz.client.assets.metrics import Bounds, Metric

from ..examples import UNKNOWN, component, component_classes, example, microgrid
from ..messages import CODECS, Category, decode, encode, valid_component, pb, change, changed
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

# Foreign data is no part of the model: it cannot make the round trip.
WITHOUT_FOREIGN_DATA: Final = [
    cls for cls in component_classes() if not issubclass(cls, MismatchedCategoryComponent)
]

OTHER_KINDS: Final = [kind for kind in CODECS if kind is not pb.ElectricalComponent]

# Model -> message -> model ------------------------------------------------------------------------

FOUND_IN: Final[dict[str, list[tuple[Severity, str]]]] = {
    "UnspecifiedComponent": [(Severity.MAJOR, "category")],
    "UnrecognizedComponent": [(Severity.MAJOR, "category")],
    "UnspecifiedBattery": [(Severity.MAJOR, "type")],
    "UnspecifiedEvCharger": [(Severity.MAJOR, "type")],
    "UnspecifiedInverter": [(Severity.MAJOR, "type")],
    "UnrecognizedBattery": [(Severity.MAJOR, "type")],
    "UnrecognizedEvCharger": [(Severity.MAJOR, "type")],
    "UnrecognizedInverter": [(Severity.MAJOR, "type")],
}
"""The classes that stand for a fault, and its finding."""


@pytest.mark.parametrize("cls", WITHOUT_FOREIGN_DATA, ids=lambda cls: cls.__name__)
@settings(max_examples=20)
@given(data=st.data())
def test_a_component_makes_the_round_trip(
    cls: type[ElectricalComponent], data: st.DataObject
) -> None:
    made = data.draw(components(cls))
    back, found = decode(encode_component(made))
    assert back == made
    assert type(back) is cls
    assert [(finding.severity, finding.path) for finding in found] == FOUND_IN.get(cls.__name__, [])


MODELS: Final[dict[str, st.SearchStrategy[Any]]] = {
    "Microgrid": microgrids,
    "ElectricalComponentConnection": connections,
    "Sensor": sensors,
    "Gridpool": gridpools,
    "GridpoolEnergySchedule": schedules,
    "MarketTopologyRelation": relations,
}


@pytest.mark.parametrize("kind", OTHER_KINDS, ids=lambda cls: cls.__name__)
@given(data=st.data())
def test_a_model_object_makes_the_round_trip(kind: type[Message], data: st.DataObject) -> None:
    made = data.draw(MODELS[kind.__name__])
    assert decode(CODECS[kind].encode(made)) == (made, [])


@pytest.mark.parametrize("missing", ["delivery_area", "location", "create_timestamp"])
def test_a_microgrid_without_a_part_makes_the_round_trip(missing: str) -> None:
    made = microgrid(**{missing: None})
    back, found = decode(encode_microgrid(made))
    assert back == made
    assert [finding.path for finding in found] == [missing]


@pytest.mark.parametrize(
    "changes",
    [
        {"operational_mode": ElectricalComponentOperationalMode.UNSPECIFIED},
        {"operational_mode": UNKNOWN},
        {"rated_bounds": {UNKNOWN: Bounds(), Metric.UNSPECIFIED: Bounds(lower=1.0)}},
        {"rated_bounds": {Metric.DC_POWER: Bounds(lower=float("-inf"), upper=float("inf"))}},
        {"id": ElectricalComponentId(0), "microgrid_id": MicrogridId(0)},
    ],
    ids=str,
)
def test_what_is_found_wrong_makes_the_round_trip_nevertheless(changes: dict[str, Any]) -> None:
    made = component(Meter, **changes)
    back, found = decode(encode_component(made))
    assert back == made
    assert found


@pytest.mark.parametrize(
    ("given_changes", "expected_changes"),
    [
        ({"name": "", "model": ""}, {"name": None, "model": None}),
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
    ids=["empty text", "32 bits", "time zone"],
)
def test_the_wire_has_one_form_for_what_the_model_has_many(
    given_changes: dict[str, Any], expected_changes: dict[str, Any]
) -> None:
    back, found = decode(encode_component(component(Meter, **given_changes)))
    assert back == component(Meter, **expected_changes)
    assert found == []


def test_the_wire_has_no_form_for_unknown_degrees() -> None:
    made = microgrid(location=Location(latitude=None, longitude=None, country_code="DE"))
    back, _ = decode(encode_microgrid(made))
    assert back.location == Location(latitude=0.0, longitude=0.0, country_code="DE")


@pytest.mark.parametrize("category", [*Category, UNKNOWN], ids=str)
def test_a_bare_mismatched_component_can_be_encoded(category: Category | int) -> None:
    made = component(MismatchedCategoryComponent, category=category)
    assert decode(encode_component(made))[0].category == category


# Message -> model -> message ----------------------------------------------------------------------


def assert_comes_back_the_same(message: Message) -> None:
    made, found = decode(message)
    again = encode(made, type(message))
    assert found == []
    assert again == message
    assert again.SerializeToString() == message.SerializeToString()


@pytest.mark.parametrize(
    ("category", "kind"),
    [
        (category, kind)
        for category, kind in CLASSES
        if category is not Category.UNSPECIFIED and (kind is None or kind.value)
    ],
    ids=str,
)
@settings(max_examples=20)
@given(data=st.data())
def test_a_message_of_a_component_comes_back_the_same(
    category: Category, kind: Any, data: st.DataObject
) -> None:
    assert_comes_back_the_same(data.draw(component_messages(category, kind)))


MESSAGES: Final[dict[str, st.SearchStrategy[Any]]] = {
    "Microgrid": microgrid_messages,
    "ElectricalComponentConnection": connection_messages,
    "Sensor": sensor_messages,
    "Gridpool": gridpool_messages,
    "GridpoolEnergySchedule": schedule_messages,
    "MarketTopologyRelation": relation_messages,
}


@pytest.mark.parametrize("kind", OTHER_KINDS, ids=lambda cls: cls.__name__)
@given(data=st.data())
def test_a_message_comes_back_the_same(kind: type[Message], data: st.DataObject) -> None:
    assert_comes_back_the_same(data.draw(MESSAGES[kind.__name__]))


@pytest.mark.parametrize(
    ("good", "changes", "back"),
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
        "category-specific data that is present and empty",
        "the lifetime of a connection without one",
    ],
)
def test_what_else_comes_back_normalized(
    good: str, changes: dict[str, Any], back: dict[str, Any]
) -> None:
    message = changed(good, changes)
    made, found = decode(message)
    again = encode(made, type(message))
    assert again.SerializeToString() == changed(good, back).SerializeToString()
    assert again.SerializeToString() != message.SerializeToString()
    assert found == []


# Timestamps ---------------------------------------------------------------------------------------


@given(st.datetimes(timezones=st.just(UTC)))
@also(datetime.min.replace(tzinfo=UTC))
@also(datetime.max.replace(tzinfo=UTC))
@also(datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC))
def test_timestamps_are_exact_to_the_microsecond(moment: datetime) -> None:
    found: list[Fault] = []
    message = encode_timestamp(moment)
    assert (decode_timestamp(message, "path", found), found) == (moment, [])
    assert 0 <= message.nanos < 10**9
    assert (message.seconds, message.nanos // 1000) == divmod(
        (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1), 10**6
    )


@given(
    st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31)), st.integers(-24 * 60 + 1, 24 * 60 - 1)
)
def test_timestamps_of_any_time_zone_come_back_as_the_same_moment_in_utc(
    local: datetime, minutes: int
) -> None:
    moment = local.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    back = decode_timestamp(encode_timestamp(moment), "path", [])
    assert back == moment
    assert back is not None
    assert back.tzinfo is UTC


@pytest.mark.parametrize("moment", [datetime(2024, 1, 1), datetime.min, datetime.max], ids=str)
def test_a_moment_without_a_time_zone_is_refused(moment: datetime) -> None:
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
def test_a_moment_that_utc_cannot_tell_is_refused(moment: datetime) -> None:
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
def test_the_first_and_the_last_moment_of_utc_are_told_in_other_time_zones(
    moment: datetime, seconds: int, nanos: int
) -> None:
    message = encode_timestamp(moment)
    assert (message.seconds, message.nanos) == (seconds, nanos)


# Objects made by the decoder ----------------------------------------------------------------------


def assert_alike(made: Any, constructed: Any) -> None:
    assert type(made) is type(constructed)
    assert made == constructed
    assert constructed == made
    assert hash(made) == hash(constructed)
    assert repr(made) == repr(constructed)
    slots = {name for cls in type(made).__mro__ for name in getattr(cls, "__slots__", ())}
    assert slots - {"__weakref__"} == {field.name for field in fields(made)}
    for name in slots - {"__weakref__"}:  # which nobody can look at before Python 3.11.3
        assert type(getattr(made, name)) is type(getattr(constructed, name)), name
    reference = weakref.ref(made)
    assert weakref.getweakrefs(made) == [reference]
    assert not hasattr(made, "__dict__")
    assert pickle.loads(pickle.dumps(made)) == constructed
    with pytest.raises(FrozenInstanceError):
        made.operational_lifetime = None
    with pytest.raises(FrozenInstanceError):
        del made.operational_lifetime


@pytest.mark.parametrize("cls", WITHOUT_FOREIGN_DATA, ids=lambda cls: cls.__name__)
def test_a_decoded_component_is_like_a_constructed_one(cls: type[ElectricalComponent]) -> None:
    constructed = component(cls)
    assert_alike(decode(encode_component(constructed))[0], constructed)


@pytest.mark.parametrize("declared", MISMATCHED, ids=lambda cls: cls.__name__)
def test_a_decoded_component_with_foreign_data_is_like_a_constructed_one(
    declared: type[ElectricalComponent],
) -> None:
    ratings = {"rated_fuse_current": 0, "primary_power": 0.0, "secondary_power": 0.0}
    lost = {field.name for field in fields(declared)} & set(ratings)
    constructed = component(MISMATCHED[declared], **{name: ratings[name] for name in lost})
    message = encode_component(constructed)
    foreign = "battery" if constructed.category is Category.INVERTER else "inverter"
    change(message, {f"category_specific_info.{foreign}": {"type": 1}})
    made, found = decode(message)
    assert_alike(made, constructed)
    assert [finding.path for finding in found] == ["category_specific_info"]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"metric_config_bounds": None},
        {"metric_config_bounds[0].config_bounds": None},  # all entries are left out
    ],
    ids=str,
)
def test_decoded_bounds_are_read_only(changes: dict[str, Any]) -> None:
    made, _ = decode(changed("meter", changes))
    with pytest.raises(TypeError, match="cannot be changed"):
        made.rated_bounds.clear()


def test_a_decoded_connection_is_like_a_constructed_one() -> None:
    constructed: ComponentConnection = example(ComponentConnection)
    assert_alike(decode(encode_connection(constructed))[0], constructed)


@pytest.mark.parametrize("number", [1, 2**63, 2**64 - 1])
def test_the_ids_of_a_component_are_like_constructed_ones(number: int) -> None:
    message = valid_component(Category.METER)
    change(message, {"id": number, "microgrid_id": number})
    made, _ = decode(message)
    assert_same_id(made.id, ElectricalComponentId(number))
    assert_same_id(made.microgrid_id, MicrogridId(number))


@pytest.mark.parametrize("number", [1, 2**64 - 2])
def test_the_ids_of_a_connection_are_like_constructed_ones(number: int) -> None:
    ends = {
        "source_electrical_component_id": number,
        "destination_electrical_component_id": number + 1,
    }
    made, _ = decode(pb.ElectricalComponentConnection(**ends))
    assert_same_id(made.source, ElectricalComponentId(number))
    assert_same_id(made.destination, ElectricalComponentId(number + 1))


def assert_same_id(made: object, constructed: object) -> None:
    assert type(made) is type(constructed)
    assert made == constructed
    assert hash(made) == hash(constructed)
    assert vars(made) == vars(constructed)


# Anything that may arrive -------------------------------------------------------------------------


ANY_MESSAGE: Final = {kind: any_message(kind) for kind in CODECS}


def assert_decodable(message: Message) -> None:
    made, found = decode(message)
    again, found_again = decode(message)
    assert (repr(again), found_again) == (repr(made), found)
    assert all(finding.path and finding.sentence for finding in found)
    if made is None:
        assert type(message) is pb.ElectricalComponentConnection
        return
    assert str(made)
    assert made != again or hash(made) == hash(again)  # NaN differs from itself
    assert type(encode(made, type(message))) is type(message)


@pytest.mark.parametrize("kind", CODECS, ids=lambda cls: cls.__name__)
@given(data=st.data())
def test_every_message_can_be_decoded(kind: type[Message], data: st.DataObject) -> None:
    assert_decodable(data.draw(ANY_MESSAGE[kind]))


@pytest.mark.parametrize("kind", CODECS, ids=lambda cls: cls.__name__)
@given(wire=st.binary(max_size=60))
def test_any_bytes_that_are_a_message_can_be_decoded(kind: type[Message], wire: bytes) -> None:
    try:
        message = kind.FromString(wire)
    except DecodeError:
        return
    assert_decodable(message)
