"""The model: what works on all of its classes, and the behaviour of each."""

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

CLASSES = model_classes()

OTHER_VALUES: dict[str, Any] = {
    "rated_bounds": {},
    "time_series": (),
    "participations": (),
    "source": ElectricalComponentId(98),
    "destination": ElectricalComponentId(99),
    "rated_fuse_current": 0,
}
"""By field, a value that no example has; None for other fields."""


def test_objects_with_equal_fields_are_equal_and_have_the_same_hash() -> None:
    for cls in CLASSES:
        assert example(cls) == example(cls)
        assert hash(example(cls)) == hash(example(cls)), cls
        assert {example(cls)} == {example(cls)}


def test_objects_with_different_fields_are_unequal() -> None:
    for cls in CLASSES:
        instance = example(cls)
        for field in fields(cls):
            other = {field.name: OTHER_VALUES.get(field.name)}
            assert replace(instance, **other) != instance, (cls, field.name)


def test_objects_of_different_classes_are_unequal() -> None:
    for cls in CLASSES:
        assert [other for other in CLASSES if example(other) == example(cls)] == [cls]


def test_objects_can_be_pickled() -> None:
    for cls in CLASSES:
        instance = example(cls)
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            unpickled = pickle.loads(pickle.dumps(instance, protocol))
            assert type(unpickled) is cls
            assert unpickled == instance
            assert repr(unpickled) == repr(instance)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, replace])
def test_objects_can_be_copied(duplicate: Callable[[Any], Any]) -> None:
    for cls in CLASSES:
        instance = example(cls)
        copied = duplicate(instance)
        assert copied is not instance, cls
        assert type(copied) is cls
        assert copied == instance
        assert repr(copied) == repr(instance)


def test_asdict_has_every_field() -> None:
    for cls in CLASSES:
        instance = example(cls)
        as_dict = asdict(instance)
        assert list(as_dict) == [field.name for field in fields(cls)], cls
        assert as_dict.get("id") == getattr(instance, "id", None), cls
        if "rated_bounds" in as_dict:
            assert as_dict["rated_bounds"] == {metric: asdict(BOUNDS[metric]) for metric in BOUNDS}


def test_objects_can_be_referenced_weakly() -> None:
    for cls in CLASSES:
        instance = example(cls)
        assert weakref.ref(instance)() is instance


def test_fields_can_be_neither_assigned_nor_deleted() -> None:
    for cls in CLASSES:
        instance = example(cls)
        for field in fields(cls):
            with pytest.raises(FrozenInstanceError):
                setattr(instance, field.name, None)
            with pytest.raises(FrozenInstanceError):
                delattr(instance, field.name)
        assert instance == example(cls)


@pytest.mark.parametrize("cls", [Meter, LiIonBattery, GridConnectionPoint])
def test_subclasses_of_users_can_have_other_attributes(cls: type[Any]) -> None:
    instance = example(cls)
    with pytest.raises(AttributeError):
        instance.rated_power = 1
    subclass = type("Own", (cls,), {})
    own = subclass(**{field.name: getattr(instance, field.name) for field in fields(cls)})
    own.rated_power = 1
    assert own.rated_power == 1
    del own.rated_power
    assert not hasattr(own, "rated_power")
    with pytest.raises(FrozenInstanceError):
        own.name = "another"


def test_objects_have_no_attributes_besides_their_fields() -> None:
    for cls in CLASSES:
        instance = example(cls)
        assert not hasattr(instance, "__dict__"), cls
        # TypeError: dataclass(slots=True) in Python 3.11
        with pytest.raises((AttributeError, TypeError)):
            instance.nickname = "Bob"


# Findings -----------------------------------------------------------------------------------------

FINDING = Finding("sensor 8", Rule.ID_ZERO, "id", "0 is not a valid ID")


def finding_examples() -> list[Any]:
    """Return a new object of every class of findings."""
    items = (
        ItemFindings(SensorId(8), 0, example(Sensor), (FINDING,), VALID["sensor"]()),
        ItemFindings(None, None, None, (FINDING, FINDING), pb.ListMicrogridSensorsResponse()),
    )
    return [
        FINDING,
        *items,
        CallFindings("ListMicrogridSensors(4)", items),
    ]


def test_every_class_of_findings_is_tested() -> None:
    public = {
        value
        for value in vars(findings).values()
        if isinstance(value, type) and is_dataclass(value)
    }
    assert {type(instance) for instance in finding_examples()} == public


def test_findings_can_be_pickled_and_copied() -> None:
    for instance in finding_examples():
        copies = [copy.copy(instance), copy.deepcopy(instance), replace(instance)]
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            copies.append(pickle.loads(pickle.dumps(instance, protocol)))
        for copied in copies:
            assert copied is not instance
            assert type(copied) is type(instance)
            assert copied == instance
            assert repr(copied) == repr(instance)
            assert str(copied) == str(instance)


def test_findings_with_different_fields_are_unequal() -> None:
    for instance in finding_examples():
        assert [other for other in finding_examples() if other == instance] == [instance]
        for field in fields(instance):
            assert replace(instance, **{field.name: "another"}) != instance, field.name


def test_asdict_has_every_field_of_findings() -> None:
    for instance in finding_examples():
        as_dict = asdict(instance)
        assert list(as_dict) == [field.name for field in fields(instance)]
        for name in ("rule", "path", "sentence", "id", "call", "raw_message"):
            assert as_dict.get(name) == (getattr(instance, name) if name in as_dict else None)


def test_findings_cannot_be_changed() -> None:
    for instance, equal in zip(finding_examples(), finding_examples(), strict=True):
        for field in fields(instance):
            with pytest.raises(FrozenInstanceError):
                setattr(instance, field.name, None)
            with pytest.raises(FrozenInstanceError):
                delattr(instance, field.name)
        assert not hasattr(instance, "__dict__")
        assert instance == equal


def test_equal_findings_have_the_same_hash() -> None:
    for instance, equal in zip(finding_examples(), finding_examples(), strict=True):
        assert hash(instance) == hash(equal)
        assert len({instance, equal}) == 1


def test_findings_can_be_referenced_weakly() -> None:
    for instance in finding_examples():
        assert weakref.ref(instance)() is instance


def test_copies_of_a_rule_are_the_same_object() -> None:
    for rule in Rule:
        assert copy.copy(rule) is copy.deepcopy(rule) is rule
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            assert pickle.loads(pickle.dumps(rule, protocol)) is rule
        assert Finding("sensor 8", rule, "id", "odd").severity is rule.severity


def test_the_text_of_a_finding_has_its_entity_path_and_sentence() -> None:
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
def test_an_asset_is_operational_from_its_start_to_its_end_inclusively(
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
def test_an_asset_is_operational_now_if_its_lifetime_includes_now(
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
def test_a_period_must_not_start_after_its_end(period: type[Any]) -> None:
    with pytest.raises(ValueError, match=r"2024-12-31 .* must be before or equal to .*2024-01-01 "):
        period(start=LATE, end=EARLY)


def test_components_and_connections_are_always_operational_by_default() -> None:
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
def test_the_text_of_a_location_has_its_country_and_its_coordinates(
    latitude: float | None, longitude: float | None, country: str | None, expected: str
) -> None:
    assert str(Location(latitude=latitude, longitude=longitude, country_code=country)) == expected


@pytest.mark.parametrize(
    ("name", "expected"), [("Name", "MID7:Name"), ("", "MID7"), (None, "MID7")]
)
def test_the_text_of_a_microgrid_has_its_id_and_name(name: str | None, expected: str) -> None:
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
def test_a_microgrid_is_active_if_its_status_is_active_or_unspecified(
    status: MicrogridStatus | int, expected: bool
) -> None:
    assert microgrid(status=status).is_active is expected


def test_an_unspecified_status_is_warned_about_once_per_object(
    caplog: pytest.LogCaptureFixture,
) -> None:
    first, equal, other = (
        microgrid(id=MicrogridId(number), status=MicrogridStatus.UNSPECIFIED, name=None)
        for number in (730_001, 730_001, 730_002)
    )
    with caplog.at_level(logging.DEBUG, "frequenz.client.assets"):
        active = [first.is_active, first.is_active, equal.is_active, other.is_active]
    assert active == [True] * 4
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 3
    numbers = ("MID730001", "MID730001", "MID730002")
    assert all(map(str.__contains__, caplog.messages, numbers))


def test_other_statuses_are_not_warned_about(caplog: pytest.LogCaptureFixture) -> None:
    for status in (MicrogridStatus.ACTIVE, MicrogridStatus.INACTIVE, UNKNOWN):
        assert microgrid(id=MicrogridId(730_003), status=status).is_active in (True, False)
    assert caplog.records == []


# Sensors, intervals, the market -------------------------------------------------------------------


def test_the_text_of_a_sensor_has_its_id_and_name() -> None:
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


def test_a_delivery_duration_has_the_minutes_in_its_name() -> None:
    for duration in DeliveryDuration:
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
        # Cancelled before its start: it is never effective.
        (Interval(start=MIDDLE, end=LATE), EARLY, Interval(start=MIDDLE, end=MIDDLE)),
    ],
)
def test_a_schedule_is_effective_until_it_ends_or_is_cancelled(
    validity: Interval | None, cancelled: datetime | None, expected: Interval
) -> None:
    schedule: GridpoolEnergySchedule = example(
        GridpoolEnergySchedule, validity_period=validity, cancel_time=cancelled
    )
    assert schedule.effective_period == expected


def test_participations_at_a_time_are_those_whose_period_includes_it() -> None:
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
def test_a_list_is_converted_to_a_tuple(cls: type[Any], field: str) -> None:
    items = [*getattr(example(cls), field)]
    instance = example(cls, **{field: items})
    items.clear()
    assert getattr(instance, field) == getattr(example(cls), field)
    assert type(getattr(instance, field)) is tuple


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
def test_an_abstract_class_cannot_be_instantiated(
    abstract: type[ElectricalComponent], values: dict[str, Any]
) -> None:
    with pytest.raises(TypeError, match=f"Cannot instantiate {abstract.__name__} directly"):
        abstract(**IDS, **values)


def test_only_the_ids_of_a_component_are_required() -> None:
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
def test_the_text_of_a_component_has_its_id_and_name(name: str, expected: str) -> None:
    assert str(Meter(**IDS, name=name)) == expected


@pytest.mark.parametrize(
    ("instance", "expected"),
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
    ids=lambda value: "" if isinstance(value, str) else type(value).__name__,
)
def test_the_repr_of_a_component_omits_defaults(
    instance: ElectricalComponent, expected: str
) -> None:
    assert repr(instance) == expected


def test_the_identity_of_a_component_is_its_id_and_that_of_its_microgrid() -> None:
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
    changes = {"manufacturer": manufacturer, "model_name": model_name, "model": model}
    assert component(Meter, **changes).product == expected
    assert example(Sensor, **changes).product == expected


TELEMETRY_AND_CONTROL: dict[ElectricalComponentOperationalMode | int, tuple[bool, bool]] = {
    Mode.UNSPECIFIED: (True, True),
    Mode.INACTIVE: (False, False),
    Mode.TELEMETRY_ONLY: (True, False),
    Mode.CONTROL_ONLY: (False, True),
    Mode.CONTROL_AND_TELEMETRY: (True, True),
    UNKNOWN: (True, True),
}


def test_telemetry_and_control_depend_on_the_operational_mode() -> None:
    for mode in (*Mode, UNKNOWN):
        chp = Chp(**IDS, operational_mode=mode)
        assert (chp.provides_telemetry(), chp.accepts_control()) == TELEMETRY_AND_CONTROL[mode]


def test_a_fuse_current_must_not_be_negative() -> None:
    with pytest.raises(ValueError, match="rated_fuse_current must not be negative, got -1 A"):
        GridConnectionPoint(**IDS, rated_fuse_current=-1)
    assert GridConnectionPoint(**IDS, rated_fuse_current=0).rated_fuse_current == 0


def test_a_component_with_foreign_data_is_also_of_the_class_of_its_category() -> None:
    for declared, mismatched in MISMATCHED.items():
        instance = component(mismatched)
        assert isinstance(instance, declared)
        assert isinstance(instance, MismatchedCategoryComponent)
        assert instance.category is component(declared).category
        name = f"Mismatched{declared.__name__.removeprefix('Unspecified')}"
        assert type(instance).__name__ == name


def test_the_text_of_a_connection_has_its_ends() -> None:
    assert str(example(ComponentConnection)) == "CID1->CID2"


def test_a_connection_must_not_connect_a_component_to_itself() -> None:
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


@pytest.mark.parametrize(
    "duplicate",
    [lambda instance: instance, copy.copy, copy.deepcopy, replace],
    ids=["itself", "copy", "deepcopy", "replace"],
)
def test_rated_bounds_cannot_be_changed(
    duplicate: Callable[[ElectricalComponent], ElectricalComponent],
) -> None:
    bounds = duplicate(component(Meter)).rated_bounds
    for change in CHANGES.values():
        with pytest.raises(TypeError, match="cannot be changed"):
            change(bounds)
        assert bounds == BOUNDS


def test_rated_bounds_of_every_class_are_read_only() -> None:
    for cls in component_classes():
        bounds: Any = component(cls, rated_bounds=dict(BOUNDS)).rated_bounds
        with pytest.raises(TypeError, match="cannot be changed"):
            bounds.clear()


def test_every_changing_method_of_a_dict_is_tested() -> None:
    reading = {"copy", "fromkeys", "get", "items", "keys", "values"}
    tested = set(CHANGES) - {"bounds[m] = b", "del bounds[m]", "bounds |= {}"}
    assert {name for name in dir(dict) if not name.startswith("_")} - reading == tested


def test_rated_bounds_are_copied() -> None:
    bounds = dict(BOUNDS)
    meter = component(Meter, rated_bounds=bounds)
    bounds.clear()
    assert meter.rated_bounds == BOUNDS


def test_rated_bounds_behave_as_a_dict() -> None:
    bounds = component(Meter, rated_bounds={180: Bounds(), Metric.DC_POWER: Bounds()}).rated_bounds
    assert isinstance(bounds, dict)
    assert json.dumps(bounds, skipkeys=True, default=str) == '{"180": "[None, None]"}'
    assert bounds.copy() == {**bounds} == bounds
    bounds.copy().clear()
    assert list(bounds) == [180, Metric.DC_POWER]


def test_components_with_different_bounds_are_unequal() -> None:
    assert component(Breaker) != component(Breaker, rated_bounds={})
    assert component(Breaker, operational_lifetime=LIFETIME) == component(Breaker)
