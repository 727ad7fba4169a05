"""The model: what its classes say and refuse, and what works on every one of them."""

import copy
import json
import logging
import pickle
import weakref
from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict, fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2 as pb
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from frequenz.client.common.microgrid.sensors import SensorId

from frequenz.client.assets import (
    DeliveryDuration,
    GridpoolEnergySchedule,
    Interval,
    Lifetime,
    Location,
    MarketParticipation,
    MarketParticipationType,
    MarketTopologyRelation,
    MicrogridStatus,
    Sensor,
    findings,
)
from frequenz.client.assets.electrical_component import (
    Battery,
    BatteryType,
    Breaker,
    Chp,
    ComponentConnection,
    ElectricalComponent,
    ElectricalComponentCategory,
    ElectricalComponentOperationalMode,
    EvCharger,
    EvChargerType,
    GridConnectionPoint,
    Inverter,
    InverterType,
    LiIonBattery,
    Meter,
    MismatchedCategoryComponent,
    ProblematicComponent,
    UnrecognizedComponent,
)
from frequenz.client.assets.electrical_component._mismatched import MISMATCHED
from frequenz.client.assets.findings import CallFindings, Finding, ItemFindings, Rule, Severity
from frequenz.client.assets.metrics import Bounds, Metric

from ..examples import (
    BOUNDS,
    LIFETIME,
    UNKNOWN,
    component,
    component_classes,
    example,
    microgrid,
    model_classes,
)
from ..messages import VALID

Mode = ElectricalComponentOperationalMode

IDS: dict[str, Any] = {"id": ElectricalComponentId(17), "microgrid_id": MicrogridId(4)}
EARLY = datetime(2024, 1, 1, tzinfo=UTC)
LATE = datetime(2024, 12, 31, tzinfo=UTC)
TICK = timedelta(microseconds=1)

# Every class --------------------------------------------------------------------------------------

every_class = pytest.mark.parametrize("cls", model_classes(), ids=lambda cls: cls.__name__)

OTHER_VALUES: dict[str, Any] = {
    "rated_bounds": {},
    "time_series": (),
    "participations": (),
    "source": ElectricalComponentId(98),
    "destination": ElectricalComponentId(99),
    "rated_fuse_current": 0,
}
"""Values that no example has; None for the other fields."""


@every_class
def test_objects_with_equal_fields_are_equal_and_have_one_hash(cls: type[Any]) -> None:
    assert example(cls) == example(cls)
    assert hash(example(cls)) == hash(example(cls))
    assert {example(cls)} == {example(cls)}


@every_class
def test_objects_that_differ_in_any_field_are_unequal(cls: type[Any]) -> None:
    made = example(cls)
    for field in fields(cls):
        other = {field.name: OTHER_VALUES.get(field.name)}
        assert replace(made, **other) != made, field.name


@every_class
def test_an_object_equals_none_of_another_class(cls: type[Any]) -> None:
    assert [other for other in model_classes() if example(other) == example(cls)] == [cls]


@every_class
def test_pickle_brings_back_an_equal_object(cls: type[Any]) -> None:
    made = example(cls)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        back = pickle.loads(pickle.dumps(made, protocol))
        assert type(back) is cls
        assert back == made
        assert repr(back) == repr(made)


@every_class
@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, replace])
def test_a_copy_is_an_equal_object_of_its_own(
    cls: type[Any], duplicate: Callable[[Any], Any]
) -> None:
    made = example(cls)
    back = duplicate(made)
    assert back is not made
    assert type(back) is cls
    assert back == made
    assert repr(back) == repr(made)


@every_class
def test_asdict_holds_every_field(cls: type[Any]) -> None:
    made = example(cls)
    told = asdict(made)
    assert list(told) == [field.name for field in fields(cls)]
    assert told.get("id") == getattr(made, "id", None)
    if "rated_bounds" in told:
        assert told["rated_bounds"] == {metric: asdict(BOUNDS[metric]) for metric in BOUNDS}


@every_class
def test_an_object_can_be_referred_to_weakly(cls: type[Any]) -> None:
    made = example(cls)
    assert weakref.ref(made)() is made


@every_class
def test_no_field_can_be_assigned_or_deleted(cls: type[Any]) -> None:
    made = example(cls)
    for field in fields(cls):
        with pytest.raises(FrozenInstanceError):
            setattr(made, field.name, None)
        with pytest.raises(FrozenInstanceError):
            delattr(made, field.name)
    assert made == example(cls)


@pytest.mark.parametrize("cls", [Meter, LiIonBattery, GridConnectionPoint])
def test_subclasses_of_users_can_have_attributes_that_are_no_fields(cls: type[Any]) -> None:
    made = example(cls)
    with pytest.raises(AttributeError):
        made.rated_power = 1
    own = type("Own", (cls,), {})
    theirs = own(**{field.name: getattr(made, field.name) for field in fields(cls)})
    theirs.rated_power = 1
    assert theirs.rated_power == 1
    del theirs.rated_power
    assert not hasattr(theirs, "rated_power")
    with pytest.raises(FrozenInstanceError):
        theirs.name = "another"


@every_class
def test_an_object_holds_its_fields_and_nothing_else(cls: type[Any]) -> None:
    made = example(cls)
    assert not hasattr(made, "__dict__")
    with pytest.raises((AttributeError, TypeError)):  # TypeError: dataclass(slots=True) in 3.11
        made.nickname = "Bob"


# Findings -----------------------------------------------------------------------------------------

FINDING = Finding("sensor 8", Rule.ID_ZERO, "id", "0 is not a valid ID")


def finding_examples() -> list[Any]:
    """Return an object of every class around findings, made anew."""
    items = (
        ItemFindings(SensorId(8), 0, example(Sensor), (FINDING,), VALID["sensor"]()),
        ItemFindings(None, None, None, (FINDING, FINDING), pb.ListMicrogridSensorsResponse()),
    )
    return [
        FINDING,
        *items,
        CallFindings("ListMicrogridSensors(4)", items),
    ]


every_finding = pytest.mark.parametrize(
    "index", range(len(finding_examples())), ids=[type(it).__name__ for it in finding_examples()]
)


def test_every_class_around_findings_is_tried() -> None:
    public = {
        value
        for value in vars(findings).values()
        if isinstance(value, type) and is_dataclass(value)
    }
    assert {type(made) for made in finding_examples()} == public


@every_finding
def test_findings_can_be_pickled_and_copied(index: int) -> None:
    made = finding_examples()[index]
    duplicates = [copy.copy(made), copy.deepcopy(made), replace(made)]
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        duplicates.append(pickle.loads(pickle.dumps(made, protocol)))
    for back in duplicates:
        assert back is not made
        assert type(back) is type(made)
        assert back == made
        assert repr(back) == repr(made)
        assert str(back) == str(made)


@every_finding
def test_findings_that_differ_in_any_field_are_unequal(index: int) -> None:
    made = finding_examples()[index]
    assert [other for other in finding_examples() if other == made] == [made]
    for field in fields(made):
        assert replace(made, **{field.name: "another"}) != made, field.name


@every_finding
def test_asdict_holds_every_field_of_findings(index: int) -> None:
    made = finding_examples()[index]
    told = asdict(made)
    assert list(told) == [field.name for field in fields(made)]
    for name in ("rule", "path", "sentence", "id", "call", "raw_message"):
        assert told.get(name) == (getattr(made, name) if name in told else None)


@every_finding
def test_findings_cannot_be_changed(index: int) -> None:
    made = finding_examples()[index]
    for field in fields(made):
        with pytest.raises(FrozenInstanceError):
            setattr(made, field.name, None)
        with pytest.raises(FrozenInstanceError):
            delattr(made, field.name)
    assert not hasattr(made, "__dict__")
    assert made == finding_examples()[index]


@every_finding
def test_findings_have_a_hash(index: int) -> None:
    made = finding_examples()[index]
    assert hash(made) == hash(finding_examples()[index])
    assert len({made, finding_examples()[index]}) == 1


@every_finding
def test_findings_can_be_referred_to_weakly(index: int) -> None:
    made = finding_examples()[index]
    assert weakref.ref(made)() is made


@pytest.mark.parametrize("rule", Rule)
def test_a_rule_stays_the_same_object(rule: Rule) -> None:
    assert copy.copy(rule) is copy.deepcopy(rule) is rule
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(rule, protocol)) is rule
    assert Finding("sensor 8", rule, "id", "odd").severity is rule.severity


def test_a_finding_is_shown_as_its_entity_path_and_sentence() -> None:
    assert str(FINDING) == "sensor 8: id: 0 is not a valid ID"
    assert (FINDING.id, FINDING.severity) == ("id-zero", Severity.MAJOR)
    assert FINDING.advice == "set an ID of 1 or above"


def test_the_findings_of_a_call_are_those_of_its_items() -> None:
    call = finding_examples()[-1]
    assert call.findings == (FINDING, FINDING, FINDING)
    assert CallFindings("ListGridpools", ()).findings == ()


# Lifetimes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "moment", "expected"),
    [
        (None, None, EARLY, True),
        (EARLY, None, EARLY - TICK, False),
        (EARLY, None, EARLY, True),
        (EARLY, None, LATE, True),
        (None, LATE, EARLY, True),
        (None, LATE, LATE, True),
        (None, LATE, LATE + TICK, False),
        (EARLY, LATE, EARLY - TICK, False),
        (EARLY, LATE, EARLY, True),
        (EARLY, LATE, LATE, True),
        (EARLY, LATE, LATE + TICK, False),
        (EARLY, EARLY, EARLY, True),
    ],
)
@pytest.mark.parametrize("owner", ["lifetime", "component", "connection"])
def test_an_asset_is_operational_from_its_start_to_its_end_both_included(
    start: datetime | None, end: datetime | None, moment: datetime, expected: bool, owner: str
) -> None:
    lifetime = Lifetime(start=start, end=end)
    assets = {
        "lifetime": lifetime,
        "component": component(Meter, operational_lifetime=lifetime),
        "connection": example(ComponentConnection, operational_lifetime=lifetime),
    }
    assert assets[owner].is_operational_at(moment) is expected


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(None, None, True), (-1, None, True), (None, 1, True), (1, None, False), (None, -1, False)],
)
def test_an_asset_is_operational_now_or_it_is_not(
    start: int | None, end: int | None, expected: bool
) -> None:
    now = datetime.now(UTC)
    lifetime = Lifetime(
        start=None if start is None else now + timedelta(days=start),
        end=None if end is None else now + timedelta(days=end),
    )
    connection: ComponentConnection = example(ComponentConnection, operational_lifetime=lifetime)
    assert lifetime.is_operational_now() is expected
    assert component(Meter, operational_lifetime=lifetime).is_operational_now() is expected
    assert connection.is_operational_now() is expected


@pytest.mark.parametrize("period", [Lifetime, Interval])
def test_a_period_that_starts_after_its_end_is_refused(period: type[Any]) -> None:
    with pytest.raises(ValueError, match=r"2024-12-31 .* must be before or equal to .*2024-01-01 "):
        period(start=LATE, end=EARLY)


def test_components_and_connections_are_always_operational_unless_told_otherwise() -> None:
    assert Meter(**IDS).operational_lifetime == Lifetime()
    connection = ComponentConnection(
        source=ElectricalComponentId(1), destination=ElectricalComponentId(2)
    )
    assert connection.operational_lifetime == Lifetime()


# Microgrids ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("latitude", "longitude", "country", "expected"),
    [
        (52.516, 13.405, "DE", "DE:(52.52, 13.40)"),
        (-33.9, -0.001, "ZA", "ZA:(-33.90, -0.00)"),
        (0.0, 0.0, "GH", "GH:(0.00, 0.00)"),
        (None, 13.4, "DE", "DE:(?, 13.40)"),
        (52.5, None, "DE", "DE:(52.50, ?)"),
        (None, None, "DE", "DE"),
        (52.5, 13.4, None, "<NO COUNTRY CODE>:(52.50, 13.40)"),
        (None, None, None, "<NO COUNTRY CODE>"),
    ],
)
def test_a_location_is_shown_as_its_country_and_its_degrees(
    latitude: float | None, longitude: float | None, country: str | None, expected: str
) -> None:
    assert str(Location(latitude=latitude, longitude=longitude, country_code=country)) == expected


@pytest.mark.parametrize(
    ("name", "expected"), [("Name", "MID7:Name"), ("", "MID7"), (None, "MID7")]
)
def test_a_microgrid_is_shown_as_its_id_and_name(name: str | None, expected: str) -> None:
    assert str(microgrid(id=MicrogridId(7), name=name)) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (MicrogridStatus.ACTIVE, True),
        (MicrogridStatus.INACTIVE, False),
        (MicrogridStatus.UNSPECIFIED, True),
        (UNKNOWN, False),
    ],
)
def test_a_microgrid_is_active_by_its_status(status: MicrogridStatus | int, expected: bool) -> None:
    assert microgrid(status=status).is_active is expected


def test_an_unspecified_status_is_warned_of_once_a_microgrid(
    caplog: pytest.LogCaptureFixture,
) -> None:
    # The warnings are remembered for the whole process: these ids are this test's own.
    first, again, second = (
        microgrid(id=MicrogridId(number), status=MicrogridStatus.UNSPECIFIED, name=None)
        for number in (730_001, 730_001, 730_002)
    )
    with caplog.at_level(logging.DEBUG, "frequenz.client.assets"):
        active = [first.is_active, first.is_active, again.is_active, second.is_active]
    assert active == [True] * 4
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 2
    assert ["MID730001" in caplog.messages[0], "MID730002" in caplog.messages[1]] == [True, True]


def test_a_known_status_is_not_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    for status in (MicrogridStatus.ACTIVE, MicrogridStatus.INACTIVE, UNKNOWN):
        assert microgrid(id=MicrogridId(730_003), status=status).is_active in (True, False)
    assert caplog.records == []


# Sensors, intervals, the market -------------------------------------------------------------------


def test_a_sensor_is_shown_as_its_id_and_name() -> None:
    assert str(example(Sensor)) == "SID8:Roof"
    assert str(example(Sensor, name=None)) == "SID8"


@pytest.mark.parametrize(
    ("start", "end", "moment", "expected"),
    [
        (None, None, EARLY, True),
        (EARLY, None, EARLY - TICK, False),
        (EARLY, None, EARLY, True),
        (None, LATE, LATE - TICK, True),
        (None, LATE, LATE, False),
        (EARLY, LATE, EARLY, True),
        (EARLY, LATE, LATE, False),
        (EARLY, EARLY, EARLY, False),
    ],
)
def test_an_interval_includes_its_start_and_excludes_its_end(
    start: datetime | None, end: datetime | None, moment: datetime, expected: bool
) -> None:
    assert (moment in Interval(start=start, end=end)) is expected


@pytest.mark.parametrize("duration", DeliveryDuration)
def test_a_delivery_duration_is_as_long_as_its_name_says(duration: DeliveryDuration) -> None:
    minutes = int(duration.name.removeprefix("MINUTES_")) if duration.value else 0
    assert duration.to_timedelta() == timedelta(minutes=minutes)


MIDDLE = datetime(2024, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("validity", "cancelled", "expected"),
    [
        (None, None, Interval()),
        (None, MIDDLE, Interval(end=MIDDLE)),
        (Interval(start=EARLY, end=LATE), None, Interval(start=EARLY, end=LATE)),
        (Interval(start=EARLY, end=LATE), MIDDLE, Interval(start=EARLY, end=MIDDLE)),
        (Interval(start=EARLY), MIDDLE, Interval(start=EARLY, end=MIDDLE)),
        (Interval(end=LATE), MIDDLE, Interval(end=MIDDLE)),
        (Interval(start=EARLY, end=MIDDLE), LATE, Interval(start=EARLY, end=MIDDLE)),
        (Interval(start=EARLY, end=LATE), LATE, Interval(start=EARLY, end=LATE)),
        # Cancelled before it began, it never holds.
        (Interval(start=MIDDLE, end=LATE), EARLY, Interval(start=MIDDLE, end=MIDDLE)),
    ],
)
def test_a_schedule_holds_until_it_ends_or_is_cancelled(
    validity: Interval | None, cancelled: datetime | None, expected: Interval
) -> None:
    schedule: GridpoolEnergySchedule = example(
        GridpoolEnergySchedule, validity_period=validity, cancel_time=cancelled
    )
    assert schedule.effective_period == expected


def test_the_participations_at_a_moment_are_those_whose_period_holds_then() -> None:
    always, until, since = (
        MarketParticipation(type=MarketParticipationType.ENERGY_TRADING, validity_period=period)
        for period in (None, Interval(end=MIDDLE), Interval(start=MIDDLE))
    )
    relation: MarketTopologyRelation = example(
        MarketTopologyRelation, participations=[always, until, since]
    )
    assert relation.participations_at(EARLY) == (always, until)
    assert relation.participations_at(MIDDLE) == (always, since)


@pytest.mark.parametrize(
    ("cls", "field"),
    [(GridpoolEnergySchedule, "time_series"), (MarketTopologyRelation, "participations")],
)
def test_a_sequence_is_a_tuple_even_if_a_list_was_given(cls: type[Any], field: str) -> None:
    given = [*getattr(example(cls), field)]
    made = example(cls, **{field: given})
    given.clear()
    assert getattr(made, field) == getattr(example(cls), field)
    assert type(getattr(made, field)) is tuple


# Components ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("abstract", "values"),
    [
        (ElectricalComponent, {"category": ElectricalComponentCategory.METER}),
        (ProblematicComponent, {"category": ElectricalComponentCategory.METER}),
        (Battery, {"type": BatteryType.LI_ION}),
        (EvCharger, {"type": EvChargerType.AC}),
        (Inverter, {"type": InverterType.SOLAR}),
    ],
)
def test_an_abstract_class_refuses_construction(
    abstract: type[ElectricalComponent], values: dict[str, Any]
) -> None:
    with pytest.raises(TypeError, match=f"Cannot instantiate {abstract.__name__} directly"):
        abstract(**IDS, **values)


def test_a_component_needs_no_more_than_its_ids() -> None:
    meter = Meter(**IDS)
    assert asdict(meter) == {
        **IDS,
        "name": None,
        "category": ElectricalComponentCategory.METER,
        "manufacturer": None,
        "model_name": None,
        "model": None,
        "operational_lifetime": {"start": None, "end": None},
        "rated_bounds": {},
        "operational_mode": Mode.UNSPECIFIED,
    }


@pytest.mark.parametrize(("name", "expected"), [("Hall", "CID17:Hall"), ("", "CID17")])
def test_a_component_is_shown_as_its_id_and_name(name: str, expected: str) -> None:
    assert str(Meter(**IDS, name=name)) == expected


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (
            Meter(**IDS),
            "Meter(id=ElectricalComponentId(17), microgrid_id=MicrogridId(4))",
        ),
        (
            LiIonBattery(
                **IDS,
                name="B",
                operational_mode=Mode.INACTIVE,
                rated_bounds={Metric.DC_POWER: Bounds(upper=5.0)},
                operational_lifetime=Lifetime(start=EARLY),
            ),
            "LiIonBattery(id=ElectricalComponentId(17), microgrid_id=MicrogridId(4), name='B', "
            f"operational_lifetime={Lifetime(start=EARLY)!r}, "
            "rated_bounds={<Metric.DC_POWER: 3>: Bounds(lower=None, upper=5.0)}, "
            "operational_mode=<ElectricalComponentOperationalMode.INACTIVE: 1>)",
        ),
        (
            GridConnectionPoint(**IDS, rated_fuse_current=63),
            "GridConnectionPoint(id=ElectricalComponentId(17), microgrid_id=MicrogridId(4), "
            "rated_fuse_current=63)",
        ),
        (
            UnrecognizedComponent(**IDS, category=UNKNOWN),
            "UnrecognizedComponent(id=ElectricalComponentId(17), microgrid_id=MicrogridId(4), "
            "category=999)",
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_repr_of_a_component_leaves_out_what_equals_its_default(
    shown: ElectricalComponent, expected: str
) -> None:
    assert repr(shown) == expected


def test_the_identity_of_a_component_is_its_id_and_its_microgrids() -> None:
    assert Meter(**IDS).identity == (ElectricalComponentId(17), MicrogridId(4))


@pytest.mark.parametrize(
    ("manufacturer", "model_name", "model", "expected"),
    [
        (None, None, None, None),
        (None, None, "Acme X-100", "Acme X-100"),
        ("Acme", "X-100", None, "Acme X-100"),
        ("Acme", None, None, "Acme"),
        (None, "X-100", None, "X-100"),
        ("Acme", "X-100", "Acme X-100 rev. B", "Acme X-100 rev. B"),
        ("", "", "", None),
    ],
)
def test_the_product_is_the_model_or_else_manufacturer_and_model_name(
    manufacturer: str | None, model_name: str | None, model: str | None, expected: str | None
) -> None:
    told = {"manufacturer": manufacturer, "model_name": model_name, "model": model}
    assert component(Meter, **told).product == expected
    assert example(Sensor, **told).product == expected


TELEMETRY_AND_CONTROL: dict[ElectricalComponentOperationalMode | int, tuple[bool, bool]] = {
    Mode.UNSPECIFIED: (True, True),
    Mode.INACTIVE: (False, False),
    Mode.TELEMETRY_ONLY: (True, False),
    Mode.CONTROL_ONLY: (False, True),
    Mode.CONTROL_AND_TELEMETRY: (True, True),
    UNKNOWN: (True, True),
}


@pytest.mark.parametrize("mode", [*Mode, UNKNOWN])
def test_the_operational_mode_says_whether_there_is_telemetry_and_control(
    mode: ElectricalComponentOperationalMode | int,
) -> None:
    made = Chp(**IDS, operational_mode=mode)
    assert (made.provides_telemetry(), made.accepts_control()) == TELEMETRY_AND_CONTROL[mode]


def test_a_negative_fuse_current_is_refused() -> None:
    with pytest.raises(ValueError, match="rated_fuse_current must not be negative, got -1 A"):
        GridConnectionPoint(**IDS, rated_fuse_current=-1)
    assert GridConnectionPoint(**IDS, rated_fuse_current=0).rated_fuse_current == 0


@pytest.mark.parametrize("declared", MISMATCHED, ids=lambda cls: cls.__name__)
def test_a_component_with_foreign_data_is_of_its_declared_class_and_says_so(
    declared: type[ElectricalComponent],
) -> None:
    made = component(MISMATCHED[declared])
    assert isinstance(made, declared)
    assert isinstance(made, MismatchedCategoryComponent)
    assert made.category is component(declared).category
    assert type(made).__name__ == f"Mismatched{declared.__name__.removeprefix('Unspecified')}"


def test_a_connection_is_shown_as_its_two_ends() -> None:
    assert str(example(ComponentConnection)) == "CID1->CID2"


def test_a_connection_of_a_component_to_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="CID5 twice"):
        ComponentConnection(source=ElectricalComponentId(5), destination=ElectricalComponentId(5))


# Rated bounds -------------------------------------------------------------------------------------

CHANGES: dict[str, Callable[[Any], object]] = {
    "bounds[m] = b": lambda bounds: bounds.__setitem__(Metric.DC_POWER, Bounds()),
    "del bounds[m]": lambda bounds: bounds.__delitem__(Metric.AC_CURRENT),
    "bounds |= {}": lambda bounds: bounds.__ior__({}),
    "clear": lambda bounds: bounds.clear(),
    "pop": lambda bounds: bounds.pop(Metric.AC_CURRENT),
    "popitem": lambda bounds: bounds.popitem(),
    "setdefault": lambda bounds: bounds.setdefault(Metric.AC_CURRENT, None),
    "update": lambda bounds: bounds.update({}),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("duplicate", [lambda made: made, copy.copy, copy.deepcopy, replace])
def test_rated_bounds_cannot_be_changed(
    change: str, duplicate: Callable[[ElectricalComponent], ElectricalComponent]
) -> None:
    made = duplicate(component(Meter))
    with pytest.raises(TypeError, match="cannot be changed"):
        CHANGES[change](made.rated_bounds)
    assert made.rated_bounds == BOUNDS


@pytest.mark.parametrize("cls", component_classes(), ids=lambda cls: cls.__name__)
def test_rated_bounds_of_every_class_are_read_only(cls: type[ElectricalComponent]) -> None:
    bounds: Any = component(cls, rated_bounds=dict(BOUNDS)).rated_bounds
    with pytest.raises(TypeError, match="cannot be changed"):
        bounds.clear()


def test_every_changing_method_of_a_dict_is_among_those_refused() -> None:
    reading = {"copy", "fromkeys", "get", "items", "keys", "values"}
    tried = set(CHANGES) - {"bounds[m] = b", "del bounds[m]", "bounds |= {}"}
    assert {name for name in dir(dict) if not name.startswith("_")} - reading == tried


def test_rated_bounds_are_a_copy_of_the_given_ones() -> None:
    given = dict(BOUNDS)
    made = component(Meter, rated_bounds=given)
    given.clear()
    assert made.rated_bounds == BOUNDS


def test_rated_bounds_behave_as_a_dict() -> None:
    bounds = component(Meter, rated_bounds={180: Bounds(), Metric.DC_POWER: Bounds()}).rated_bounds
    assert isinstance(bounds, dict)
    assert json.dumps(bounds, skipkeys=True, default=str) == '{"180": "[None, None]"}'
    assert bounds.copy() == {**bounds} == bounds
    bounds.copy().clear()
    assert list(bounds) == [180, Metric.DC_POWER]


def test_components_that_differ_in_bounds_only_are_unequal() -> None:
    assert component(Breaker) != component(Breaker, rated_bounds={})
    assert component(Breaker, operational_lifetime=LIFETIME) == component(Breaker)
