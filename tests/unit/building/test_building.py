"""Sites that are built in Python."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from frequenz.client.assets import (
    Gridpool,
    Lifetime,
    MarketTopologyRelation,
    MicrogridStatus,
    building,
)
from frequenz.client.assets import fleet as fleets
from frequenz.client.assets._wire.component_classes import CLASSES
from frequenz.client.assets.building import (
    Branch,
    component,
    ev_charger,
    fleet,
    grid,
    li_ion_battery,
    meter,
    power_transformer,
    sensor,
    site,
    solar_inverter,
)
from frequenz.client.assets.electrical_component import (
    BatteryInverter,
    ElectricalComponent,
    ElectricalComponentOperationalMode,
    GridConnectionPoint,
    LiIonBattery,
    Meter,
    PowerTransformer,
    SolarInverter,
    UnrecognizedComponent,
    UnspecifiedComponent,
)
from frequenz.client.assets.inventory import Inventory, check, has_major
from frequenz.client.assets.metrics import Bounds, Metric

MARCH: Final = datetime(2024, 3, 1, tzinfo=UTC)

DEPOT: Final = site(
    201,
    "Depot",
    grid(630)
    .meter("Main")
    .branch(
        meter("PV").solar_inverter(kw=100),
        meter("Battery").battery_inverter(kw=200).li_ion_battery(kwh=430),
    ),
    sensor("Roof", model="Helio S 1"),
)


def built(*branches: Branch) -> fleets.Site:
    """Return the objects of a site."""
    return fleets.Site.of(site(1, "Site", *branches))


def only(branch: Branch) -> ElectricalComponent:
    """Return the object of a branch of one component."""
    (found,) = built(branch).components
    return found


def ends(of: fleets.Site) -> list[tuple[int, int]]:
    return [(int(it.source), int(it.destination)) for it in of.connections]


def test_a_site_reads_like_its_wiring() -> None:
    depot = fleets.Site.of(DEPOT)

    assert (int(depot.microgrid.id), depot.microgrid.name) == (201, "Depot")
    assert depot.microgrid.status is MicrogridStatus.ACTIVE
    assert [(type(it), int(it.id), it.name) for it in depot.components] == [
        (GridConnectionPoint, 1, None),
        (Meter, 2, "Main"),
        (Meter, 3, "PV"),
        (SolarInverter, 4, None),
        (Meter, 5, "Battery"),
        (BatteryInverter, 6, None),
        (LiIonBattery, 7, None),
    ]
    assert ends(depot) == [(1, 2), (2, 3), (3, 4), (2, 5), (5, 6), (6, 7)]
    sensors = depot.sensors or ()
    assert {int(it.microgrid_id) for it in (*depot.components, *sensors)} == {201}
    assert [(int(it.id), it.name, it.model) for it in sensors] == [(1, "Roof", "Helio S 1")]
    assert not has_major(check(Inventory((DEPOT,))))


METHODS: Final = sorted({*building.__all__} & {*vars(Branch)} - {"component"})


def test_every_category_and_type_can_be_built() -> None:
    needed: dict[str, dict[str, Any]] = {"power_transformer": {"volts": (20_000, 400)}}
    found = {type(only(getattr(building, name)("X", **needed.get(name, {})))) for name in METHODS}
    assert found | {GridConnectionPoint, UnspecifiedComponent} == {*CLASSES.values()}
    assert type(only(component(UnspecifiedComponent))) is UnspecifiedComponent


def test_each_method_is_a_function_too() -> None:
    public = {name for name, it in vars(Branch).items() if callable(it) and name[0] != "_"}
    assert public - {"branch"} <= {*building.__all__}


def test_what_the_client_does_not_know_can_be_built() -> None:
    unknown = only(component(UnrecognizedComponent, "Tram", category=99, id=7))
    assert (unknown.category, int(unknown.id), unknown.name) == (99, 7, "Tram")


@pytest.mark.parametrize(
    ("branch", "metric", "lower", "upper"),
    [
        (meter(kw=50), Metric.AC_POWER_ACTIVE, -50e3, 50e3),
        (meter(kw=(0, 40)), Metric.AC_POWER_ACTIVE, 0, 40e3),
        (solar_inverter(kw=100), Metric.AC_POWER_ACTIVE, -100e3, 0),
        (ev_charger(kw=22), Metric.AC_POWER_ACTIVE, 0, 22e3),
        (li_ion_battery(kw=215), Metric.DC_POWER, -215e3, 215e3),
        (li_ion_battery(kwh=430), Metric.BATTERY_CAPACITY, 0, 430e3),
        (building.capacitor_bank(kvar=30), Metric.AC_POWER_REACTIVE, -30e3, 30e3),
        (power_transformer(volts=(1, 2), kva=630), Metric.AC_POWER_APPARENT, 0, 630e3),
        (building.wind_turbine(kw=0), Metric.AC_POWER_ACTIVE, 0, 0),
    ],
    ids=str,
)
def test_a_rated_power_becomes_bounds(
    branch: Branch, metric: Metric, lower: float, upper: float
) -> None:
    assert only(branch).rated_bounds == {metric: Bounds(lower=lower, upper=upper)}


def test_components_have_their_details() -> None:
    bounds = {Metric.AC_CURRENT: Bounds(upper=32.0)}
    found = only(
        power_transformer(
            "Trafo",
            volts=(20_000, 400),
            id=40,
            manufacturer="Acme",
            model_name="T 1",
            model="Acme T 1",
            start=MARCH,
            mode=ElectricalComponentOperationalMode.TELEMETRY_ONLY,
            rated_bounds=bounds,
        )
    )
    assert isinstance(found, PowerTransformer)
    assert (found.primary_power, found.secondary_power) == (20_000, 400)
    assert (int(found.id), found.name) == (40, "Trafo")
    assert (found.manufacturer, found.model_name, found.model) == ("Acme", "T 1", "Acme T 1")
    assert found.operational_lifetime == Lifetime(start=MARCH)
    assert found.operational_mode is ElectricalComponentOperationalMode.TELEMETRY_ONLY
    assert found.rated_bounds == bounds


def test_the_row_goes_on_behind_the_component_with_the_branches() -> None:
    found = built(grid(100).meter().branch(solar_inverter()).branch(meter()).chp())
    assert ends(found) == [(1, 2), (2, 3), (2, 4), (2, 5)]


def test_ids_count_around_those_that_are_given() -> None:
    found = built(grid(100, id=2).meter().branch(meter(id=1), meter(id=9), meter()))
    assert [int(it.id) for it in found.components] == [2, 3, 1, 9, 4]


def test_the_same_branch_in_two_places_is_the_same_equipment() -> None:
    busbar = meter("Busbar").solar_inverter()
    sides = [power_transformer(f"T{n}", volts=(20_000, 400)).branch(busbar) for n in (1, 2)]
    found = built(grid(100).branch(*sides))

    assert [it.name for it in found.components] == [None, "T1", "Busbar", None, "T2"]
    assert ends(found) == [(1, 2), (2, 3), (3, 4), (1, 5), (5, 3)]


def test_a_row_that_two_branches_continue_is_built_once() -> None:
    main = grid(100).meter("Main")
    assert ends(built(main.meter("A"), main.meter("B"))) == [(1, 2), (2, 3), (2, 4)]


def test_an_island_begins_at_any_component() -> None:
    found = built(meter().battery_inverter().battery(), building.chp())
    assert (len(found.components), ends(found)) == (4, [(1, 2), (2, 3)])


def test_a_fleet_has_sites_and_the_market() -> None:
    pool = Gridpool(id=5, name="North")
    relation = MarketTopologyRelation(
        microgrid_id=fleets.Site.of(DEPOT).microgrid.id,
        market_location_ref=None,
        gridpool_id=5,
        delivery_area=None,
        participations=(),
    )
    found = fleet(pool, DEPOT, relation, site(202))
    assert [it.microgrid.id for it in found.sites] == [201, 202]
    assert [it.name for it in found.gridpools] == ["North"]
    assert [it.gridpool_id for it in found.market_topology] == [5]


def ring() -> Branch:
    busbar = meter("Busbar")
    return meter("First").branch(busbar.branch(meter("Next").branch(busbar)))


def itself() -> Branch:
    one = meter("One")
    return one.branch(one)


MISTAKES: Final[dict[str, tuple[Callable[[], object], type[Exception], str]]] = {
    "negative power": (
        lambda: solar_inverter("PV", kw=-5),
        ValueError,
        "solar inverter 'PV': expected kW, 0 or more, or (lower, upper), got -5",
    ),
    "text as power": (
        lambda: ev_charger(kw="22"),  # type: ignore[arg-type]
        TypeError,
        "unspecified ev charger: expected a number of kW, got '22'",
    ),
    "bounds in the wrong order": (
        lambda: meter("Main", kw=(5, -5)),
        ValueError,
        "meter 'Main': expected (lower, upper) in kW, got (5, -5)",
    ),
    "not a number": (
        lambda: li_ion_battery(kwh=float("nan")),
        ValueError,
        "li ion battery: expected kWh, 0 or more, got nan",
    ),
    "power twice": (
        lambda: meter(kw=1, rated_bounds={Metric.AC_POWER_ACTIVE: Bounds()}),
        ValueError,
        "meter: rated_bounds: ac_power_active is given by the rating, too",
    ),
    "one voltage": (
        lambda: power_transformer("T", volts=400),  # type: ignore[arg-type]
        TypeError,
        "power transformer 'T': volts: expected those of both sides, as (20_000, 400), got 400",
    ),
    "negative voltage": (
        lambda: power_transformer("T", volts=(400, -1)),
        ValueError,
        "power transformer 'T': volts: expected V, 0 or more, got -1",
    ),
    "negative fuse": (
        lambda: grid(-1),
        ValueError,
        "grid connection point: rated_fuse_current: expected 0 to 4294967295 A, got -1",
    ),
    "huge fuse": (
        lambda: grid(2**32, "Grid"),
        ValueError,
        "grid connection point 'Grid': rated_fuse_current: expected 0 to 4294967295 A, got 4294967",
    ),
    "a part of an ampere": (
        lambda: grid(0.5),  # type: ignore[arg-type]
        TypeError,
        "grid connection point: rated_fuse_current: expected whole A, got 0.5",
    ),
    "huge power": (
        lambda: meter("M", kw=1e40),
        ValueError,
        "meter 'M': expected kW up to 3e+35, got 1e+40",
    ),
    "huge voltage": (
        lambda: power_transformer("T", volts=(1e50, 400)),
        ValueError,
        "power transformer 'T': expected V up to 3e+35, got 1e+50",
    ),
    "text as an upper bound": (
        lambda: meter(kw=(0, "5")),  # type: ignore[arg-type]
        TypeError,
        "meter: expected a number of kW, got '5'",
    ),
    "text as mode": (
        lambda: meter("M", mode="inactive"),  # type: ignore[arg-type]
        TypeError,
        "meter 'M': mode: expected a member of ElectricalComponentOperationalMode, got 'inactive'",
    ),
    "huge mode": (
        lambda: meter(mode=2**40),
        ValueError,
        "meter: mode: expected -2147483648 to 2147483647, got 1099511627776",
    ),
    "text as a moment": (
        lambda: meter(start="2024-01-01"),  # type: ignore[arg-type]
        TypeError,
        "meter: start: expected a datetime, got '2024-01-01'",
    ),
    "numbers as bounds": (
        lambda: meter(rated_bounds={Metric.AC_CURRENT: 32}),  # type: ignore[arg-type]
        TypeError,
        "meter: rated_bounds: expected Bounds by their Metric, got {",
    ),
    "text as metric": (
        lambda: meter(rated_bounds={"ac_current": Bounds()}),  # type: ignore[arg-type]
        TypeError,
        "meter: rated_bounds: expected a member of Metric, got 'ac_current'",
    ),
    "text as class": (
        lambda: component("meter"),  # type: ignore[arg-type]
        TypeError,
        "component: expected a class of components, got 'meter'",
    ),
    "text as delivery area": (
        lambda: site(1, "S", delivery_area="10YDE-VE-------2"),  # type: ignore[arg-type]
        TypeError,
        "microgrid 'S': delivery_area: expected a DeliveryArea, got '10YDE-VE-------2'",
    ),
    "creation without a time zone": (
        lambda: site(1, create_timestamp=datetime(2024, 1, 1)),
        ValueError,
        "microgrid: create_timestamp: expected a time with a time zone",
    ),
    "id 0": (lambda: meter(id=0), ValueError, f"meter: id: expected 1 to {2**64 - 1}, got 0"),
    "id as text": (
        lambda: meter(id="7"),  # type: ignore[arg-type]
        TypeError,
        "meter: id: expected an integer, got '7'",
    ),
    "a number as name": (
        lambda: meter(7),  # type: ignore[arg-type]
        TypeError,
        "meter: name: expected text, got 7",
    ),
    "no time zone": (
        lambda: meter("M", start=datetime(2024, 1, 1)),
        ValueError,
        "meter 'M': start: expected a time with a time zone, got 2024-01-01 00:00:00",
    ),
    "unknown argument": (
        lambda: meter(power=5),  # type: ignore[call-arg]
        TypeError,
        "meter: unexpected argument 'power'; did you mean kw? meter() takes name, kw, id, ",
    ),
    "capitals in an argument": (
        lambda: meter("PV", kW=5),  # type: ignore[call-arg]
        TypeError,
        "meter 'PV': unexpected argument 'kW'; did you mean kw? meter() takes name, kw, id,"
        " manufacturer, model_name, model, start, end, mode, rated_bounds",
    ),
    "an argument of others": (
        lambda: grid(630, kw=5),  # type: ignore[call-arg]
        TypeError,
        "grid connection point: unexpected argument 'kw'; grid() takes rated_fuse_current, name,",
    ),
    "a field that sites give": (
        lambda: component(UnrecognizedComponent, category=99, operational_mode=1),
        TypeError,
        "unexpected argument 'operational_mode'; did you mean mode? component() takes id, name,",
    ),
    "missing field": (lambda: component(UnrecognizedComponent), TypeError, "'category'"),
    "no branch": (
        lambda: meter("M").branch("PV"),  # type: ignore[arg-type]
        TypeError,
        "branch: expected branches such as meter('PV'), got 'PV'",
    ),
    "nothing to branch from": (lambda: Branch().branch(meter()), ValueError, "branch: expected a"),
    "an empty branch": (
        lambda: meter("M").branch(Branch()),
        ValueError,
        "branch: expected components behind meter 'M', got an empty one",
    ),
    "a branch twice": (
        lambda: meter("M").branch(*[ev_charger()] * 3),
        ValueError,
        "branch: a branch is given twice behind meter 'M'",
    ),
    "a ring": (ring, ValueError, "branch: meter 'Busbar' would be behind itself"),
    "behind itself": (itself, ValueError, "branch: meter 'One' would be behind itself"),
    "an ID twice": (
        lambda: site(1, "S", meter("A", id=3).meter("B", id=3)),
        ValueError,
        "microgrid 'S': ID 3 is given to meter 'A' and to meter 'B'; expected one of them",
    ),
    "a sensor's ID twice": (
        lambda: site(1, "S", sensor("A", id=3), sensor("B", id=3)),
        ValueError,
        "ID 3 is given to sensor 'A' and to sensor 'B'",
    ),
    "neither branch nor sensor": (
        lambda: site(1, "S", DEPOT),  # type: ignore[arg-type]
        TypeError,
        "site 1: expected branches and sensors, got Site(",
    ),
    "a sensor's moment": (
        lambda: sensor("Roof", end=datetime(2024, 1, 1)),
        ValueError,
        "sensor 'Roof': end: expected a time with a time zone",
    ),
    "a capacity without a battery": (
        lambda: building.Starter(battery_kwh=5).inventory(),
        ValueError,
        "battery_kwh: expected 0 without battery_kw, got 5",
    ),
    "a site twice": (lambda: fleet(DEPOT, DEPOT), ValueError, "microgrid 201 is given twice"),
    "no part of a fleet": (
        lambda: fleet(meter()),  # type: ignore[arg-type]
        TypeError,
        "fleet: expected Site, Gridpool, GridpoolEnergySchedule, MarketTopologyRelation, got",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_raise_where_they_are_made(name: str) -> None:
    make, error, message = MISTAKES[name]
    with pytest.raises(error) as raised:
        make()
    assert message in str(raised.value)
