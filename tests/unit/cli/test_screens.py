"""What people see: quantities, texts, and screens at any width."""

import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from math import inf, nan
from typing import Any, Final

import pytest
from frequenz.client.common.microgrid import EnterpriseId, MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from frequenz.client.common.microgrid.sensors import SensorId
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console, RenderableType

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
    electrical_component,
)
from frequenz.client.assets.cli.asking.component_counts import ComponentCounts
from frequenz.client.assets.cli.commands.explain import error_row
from frequenz.client.assets.cli.showing import screens
from frequenz.client.assets.cli.showing.escaping import escape_control
from frequenz.client.assets.cli.showing.screens.layout import (
    TextTable,
    fixed_column,
    wrapped,
    wrapped_column,
)
from frequenz.client.assets.cli.showing.screens.text import (
    date_text,
    kind_text,
    location_text,
    period_text,
    time_text,
)
from frequenz.client.assets.electrical_component import (
    ComponentConnection,
    ElectricalComponent,
    ElectricalComponentCategory,
    GridConnectionPoint,
    Meter,
    PowerTransformer,
    SolarInverter,
    UnrecognizedBattery,
    UnrecognizedComponent,
)
from frequenz.client.assets.findings import Finding, Rule
from frequenz.client.assets.fleet import SiteView as Site
from frequenz.client.assets.inventory import Checked, Difference
from frequenz.client.assets.metrics import Bounds, Metric
from frequenz.client.assets.topology import Formula
from frequenz.client.assets.topology._quantities import quantity_text, rating_text

NOW: Final = datetime(2024, 5, 17, 8, 30, tzinfo=UTC)
WHO: Final[dict[str, Any]] = {"id": ElectricalComponentId(7), "microgrid_id": MicrogridId(1)}


def drawn(screen: RenderableType, width: int = 100, **options: Any) -> str:
    console = Console(width=width, highlight=False, **options)
    with console.capture() as captured:
        console.print(screen)
    return captured.get()


def seen(screen: RenderableType, width: int = 100, **options: Any) -> str:
    return "\n".join(line.rstrip() for line in drawn(screen, width, **options).splitlines())


# Text from elsewhere ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("Zähler 日本 😀 \u00a0 [bold]x[/bold] :warning:", None),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x1b]0;title\a", r"\x1b]0;title\x07"),
        ("two\r\nlines\u2028three\u2029", r"two\r\nlines\u2028three\u2029"),
        ("\x9b31m \x7f \x00 \t", r"\x9b31m \x7f \x00 \t"),
        ("\u202eslort\u202c \u2066 \u200f \ufeff", r"\u202eslort\u202c \u2066 \u200f \ufeff"),
        ("\U000e0041", r"\U000e0041"),
        ("क्\u200cष 👩\u200d🔧", None),
    ],
)
def test_control_characters_are_escaped(text: str, shown: str | None) -> None:
    assert escape_control(text) == (text if shown is None else shown)


@given(st.text())
def test_no_text_has_control_characters_once_escaped(text: str) -> None:
    kinds = {unicodedata.category(one) for one in escape_control(text) if one not in "\u200c\u200d"}
    assert kinds.isdisjoint({"Cc", "Cf", "Cs", "Zl", "Zp"})


HOSTILE: Final = "[red]a[/red]\x1b[2Jb\nc\u202ed:warning:"
SHOWN: Final = r"[red]a[/red]\x1b[2Jb\nc\u202ed:warning:"
AREA: Final = DeliveryArea(code=HOSTILE, code_type=EnergyMarketCodeType.EUROPE_EIC)
COMPONENT: Final = Meter(**WHO, name=HOSTILE, model=HOSTILE)
MICROGRID: Final = Microgrid(
    id=MicrogridId(1),
    enterprise_id=EnterpriseId(2),
    name=HOSTILE,
    delivery_area=AREA,
    location=Location(latitude=None, longitude=None, country_code=HOSTILE),
    status=MicrogridStatus.ACTIVE,
    create_timestamp=NOW,
)
SITE: Final = Site(MICROGRID, [COMPONENT], [], [])
SCHEDULE: Final = GridpoolEnergySchedule(
    gridpool_id=1,
    schedule_id=2,
    name=HOSTILE,
    counterparty_balancing_group=BalancingGroup(
        code=HOSTILE, code_type=EnergyMarketCodeType.US_NERC
    ),
    counterparty_delivery_area=AREA,
    frequenz_delivery_area=AREA,
    direction=GridpoolEnergyScheduleDirection.IMPORT,
    validity_period=None,
    cancel_time=None,
    delivery_duration=DeliveryDuration.MINUTES_15,
    time_series=(),
)
RELATION: Final = MarketTopologyRelation(
    microgrid_id=MicrogridId(1),
    market_location_ref=MarketLocationRef(
        market_area=101,
        market_location_id=MarketLocationId(value=HOSTILE, type=MarketLocationIdType.MALO_ID),
    ),
    gridpool_id=7,
    delivery_area=AREA,
    participations=[
        MarketParticipation(type=MarketParticipationType.FLEX_MARKETS, validity_period=None)
    ],
)
SENSOR: Final = Sensor(
    id=SensorId(3),
    microgrid_id=MicrogridId(1),
    name=HOSTILE,
    model=HOSTILE,
    operational_lifetime=None,
)
FINDING: Final = Checked(1, Finding(f"component {HOSTILE}", Rule.ID_ZERO, HOSTILE, HOSTILE))


DIFFERENCES: Final = [
    Difference("changed", 1, "microgrid 1", "name", HOSTILE, "North"),
    Difference("added", 1, f"component {HOSTILE}", "", None, {"id": 7, "name": "日本"}),
    Difference("removed", 1, "connection 1 -> 2", "", [1, 2], None),
]

SCREENS: Final[dict[str, Callable[[], RenderableType]]] = {
    "microgrids_table": lambda: screens.microgrids_table([MICROGRID]),
    "microgrids_table with counts": lambda: screens.microgrids_table(
        [MICROGRID], {MICROGRID.id: ComponentCounts({ElectricalComponentCategory.METER: 1})}
    ),
    "microgrid_card": lambda: screens.microgrid_card(SITE),
    "components_table": lambda: screens.components_table([COMPONENT]),
    "fleet_components_table": lambda: screens.fleet_components_table([COMPONENT]),
    "sensors_table": lambda: screens.sensors_table([SENSOR]),
    "ComponentTree": lambda: screens.ComponentTree(SITE, NOW),
    "formulas_table": lambda: screens.formulas_table(
        [Formula(name="grid", formula=None, reason=HOSTILE)]
    ),
    "gridpools_table": lambda: screens.gridpools_table([Gridpool(id=1, name=HOSTILE)]),
    "schedules_table": lambda: screens.schedules_table([SCHEDULE]),
    "relations_table": lambda: screens.relations_table([RELATION]),
    "differences_table": lambda: screens.differences_table(DIFFERENCES),
    "findings_report": lambda: screens.findings_report([FINDING]),
    "findings_table": lambda: screens.findings_table([FINDING]),
    "connections_table": lambda: screens.connections_table([connection(1, 2)]),
    "rule_card": lambda: screens.rule_card(Rule.ID_TAKEN),
    "error_card": lambda: screens.error_card(error_row("EntityNotFound")),
}
WITHOUT_TEXT: Final = {"connections_table", "error_card", "rule_card"}


def test_every_screen_is_among_those_tested() -> None:
    assert {name.split()[0] for name in SCREENS} == set(screens.__all__)


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_escapes_control_characters(name: str) -> None:
    plain = seen(SCREENS[name](), 400)
    assert (SHOWN in plain) == (name not in WITHOUT_TEXT)
    assert plain.replace("\n", "").isprintable()

    coloured = seen(SCREENS[name](), 400, force_terminal=True, color_system="truecolor")
    assert "\x1b[2J" not in coloured
    assert SHOWN.partition("\\")[0] in coloured or name in WITHOUT_TEXT


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_fits_any_width(name: str) -> None:
    for width in (1, 8, 40, 100):
        assert all(len(line) <= width for line in seen(SCREENS[name](), width).splitlines())


HEADED: Final = sorted(
    SCREENS.keys() - {"differences_table", "error_card", "microgrid_card", "rule_card"}
)


@pytest.mark.parametrize("name", HEADED)
def test_a_screen_can_be_shown_without_its_header(name: str) -> None:
    screen: Any = SCREENS[name]()
    first, *rest = seen(screen, 300).splitlines()
    assert first.isupper()
    assert any(line.isupper() for line in seen(screen, 40).splitlines())

    screen.show_header = False

    below = [line.split() for line in rest if not line.isupper()]
    assert [line.split() for line in seen(screen, 300).splitlines()] == below
    assert not any(line.isupper() for line in seen(screen, 40).splitlines())


@pytest.mark.parametrize("name", sorted(SCREENS.keys() - {"microgrid_card"}))
def test_no_line_ends_in_a_space(name: str) -> None:
    for width in range(5, 130, 3):
        assert all(line == line.rstrip() for line in drawn(SCREENS[name](), width).split("\n"))


PLACEHOLDERS: Final = {
    "components_table": "no components",
    "fleet_components_table": "no components",
    "connections_table": "no connections",
    "microgrids_table": "no microgrids",
    "formulas_table": "no formulas",
    "gridpools_table": "no gridpools",
    "relations_table": "no market topology relations",
    "schedules_table": "no energy schedules",
    "sensors_table": "no sensors",
}


@pytest.mark.parametrize("name", PLACEHOLDERS)
def test_an_empty_table_has_a_dim_placeholder(name: str) -> None:
    table: Any = getattr(screens, name)([])
    for table.show_header in (True, False):
        assert drawn(table, 100, color_system="standard", force_terminal=True) == (
            f"\x1b[2m{PLACEHOLDERS[name]}\x1b[0m\n"
        )


def test_a_long_name_in_the_title_of_a_card_ends_in_an_ellipsis() -> None:
    assert seen(screens.microgrid_card(SITE), 30).splitlines()[0].endswith("…─╮")


# Quantities ---------------------------------------------------------------------------------------

POWER: Final = Metric.AC_POWER_ACTIVE


@pytest.mark.parametrize(
    ("number", "unit", "shown"),
    [
        (0.0, "W", "0 W"),
        (999.0, "W", "999 W"),
        (1000.0, "W", "1 kW"),
        (-1_500_000.0, "W", "-1.5 MW"),
        (2.5e9, "Wh", "2.5 GWh"),
        (0.5, "A", "0.5 A"),
        (50.0, "Hz", "50 Hz"),
        (5000.0, "Hz", "5000 Hz"),
        (inf, "W", "∞ W"),
        (nan, "W", "? W"),
        (4.0, "", "4"),
    ],
)
def test_a_quantity_is_short(number: float, unit: str, shown: str) -> None:
    assert quantity_text(number, unit) == shown


@pytest.mark.parametrize(
    ("bounds", "shown"),
    [
        ({}, ""),
        ({POWER: Bounds(lower=-436e3, upper=436e3)}, "±436 kW"),
        ({POWER: Bounds(lower=-150e3, upper=0.0)}, "-150 to 0 kW"),
        ({POWER: Bounds(lower=0.0, upper=500.0)}, "0 to 500 W"),
        ({POWER: Bounds(lower=-1.5e6, upper=12.0)}, "-1.5 MW to 12 W"),
        ({POWER: Bounds(upper=22e3)}, "-∞ to 22 kW"),
        ({POWER: Bounds(lower=22e3)}, "22 to ∞ kW"),
        ({POWER: Bounds(lower=-inf, upper=inf)}, "-∞ to ∞ W"),
        ({POWER: Bounds(lower=5.0, upper=5.0)}, "5 W"),
        ({POWER: Bounds(lower=0.0, upper=0.0)}, "0 W"),
        ({Metric.DC_POWER: Bounds(lower=0.0, upper=1e3)}, "0 to 1 kW DC"),
        ({Metric.BATTERY_CAPACITY: Bounds(lower=0.0, upper=4e5)}, "0 to 400 kWh"),
        ({Metric.AC_POWER_REACTIVE: Bounds(lower=-9.0, upper=9.0)}, "±9 var"),
        ({Metric.AC_VOLTAGE_PHASE_1_N: Bounds(upper=253.0)}, "ac voltage phase 1 n -∞ to 253 V"),
        ({Metric.BATTERY_SOC_PCT: Bounds(lower=5.0, upper=95.0)}, "battery soc pct 5 to 95 %"),
        (
            {Metric.AC_TOTAL_HARMONIC_DISTORTION_CURRENT: Bounds(lower=0.0, upper=5.0)},
            "ac total harmonic distortion current 0 to 5",
        ),
        ({999: Bounds(lower=1.0, upper=2.0)}, "metric no. 999 1 to 2"),
        (
            {
                Metric.DC_POWER: Bounds(lower=-5.0, upper=5.0),
                Metric.BATTERY_CAPACITY: Bounds(lower=0.0, upper=9.0),
            },
            "±5 W DC, 0 to 9 Wh",
        ),
    ],
)
def test_bounds_are_part_of_the_rating(bounds: dict[Metric | int, Bounds], shown: str) -> None:
    assert rating_text(Meter(**WHO, rated_bounds=bounds)) == shown


@pytest.mark.parametrize(
    ("component", "shown"),
    [
        (GridConnectionPoint(**WHO, rated_fuse_current=630), "630 A"),
        (GridConnectionPoint(**WHO, rated_fuse_current=0), ""),
        (PowerTransformer(**WHO, primary_power=110e3, secondary_power=20e3), "110 / 20 kV"),
        (PowerTransformer(**WHO, primary_power=20e3, secondary_power=400.0), "20 / 0.4 kV"),
        (PowerTransformer(**WHO, primary_power=0.0, secondary_power=400.0), "? / 400 V"),
        (PowerTransformer(**WHO, primary_power=0.0, secondary_power=0.0), ""),
    ],
)
def test_some_components_have_ratings_of_their_own(
    component: ElectricalComponent, shown: str
) -> None:
    assert rating_text(component) == shown


# Texts --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("AcEvCharger", "AC EV charger"),
        ("LiIonBattery", "Li-ion battery"),
        ("Chp", "CHP"),
        ("Hvac", "HVAC"),
        ("Plc", "PLC"),
        ("GridConnectionPoint", "grid connection point"),
        ("UninterruptiblePowerSupply", "uninterruptible power supply"),
        ("UnspecifiedComponent", "unspecified"),
        ("MismatchedCategoryComponent", "mismatched category"),
    ],
)
def test_a_kind_is_the_name_of_the_class(name: str, shown: str) -> None:
    bare = object.__new__(getattr(electrical_component, name))
    object.__setattr__(bare, "category", ElectricalComponentCategory.UNSPECIFIED)
    assert kind_text(bare) == shown


def test_an_unknown_kind_has_its_number() -> None:
    assert kind_text(UnrecognizedComponent(**WHO, category=99)) == "unrecognized (99)"
    assert kind_text(UnrecognizedBattery(**WHO, type=9)) == "unrecognized battery (9)"


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        (Location(latitude=52.5163, longitude=-13.4, country_code="DE"), "DE, 52.5163° N, 13.4° W"),
        (Location(latitude=-1.5, longitude=0.0, country_code="EC"), "EC, 1.5° S, 0° E"),
        (Location(latitude=None, longitude=1.0, country_code=None), "unknown country, ?, 1° E"),
        (Location(latitude=None, longitude=None, country_code="DE"), "DE"),
    ],
)
def test_a_location_has_its_country_and_coordinates(location: Location, shown: str) -> None:
    assert location_text(location) == shown


def test_times_are_as_short_as_they_are_exact() -> None:
    assert time_text(datetime(2024, 1, 2, tzinfo=UTC)) == "2024-01-02"
    assert time_text(NOW) == "2024-05-17 08:30 UTC"
    assert time_text(NOW.replace(second=5, microsecond=6)) == "2024-05-17 08:30:05 UTC"
    assert time_text(datetime.fromisoformat("2024-01-02T01:00+01:00")) == "2024-01-02"
    assert time_text(datetime.fromisoformat("2024-01-02T00:00+01:00")) == "2024-01-01 23:00 UTC"


def test_midnight_of_local_time_is_a_date(monkeypatch: pytest.MonkeyPatch) -> None:
    winter = datetime(2023, 12, 31, 23, tzinfo=UTC)
    with local_time_zone(monkeypatch, "Europe/Berlin"):
        assert time_text(winter) == "2024-01-01 CET"
        assert date_text(winter) == "2024-01-01 CET"
        assert time_text(datetime(2024, 6, 30, 22, tzinfo=UTC)) == "2024-07-01 CEST"
        assert time_text(datetime(2024, 1, 1, tzinfo=UTC)) == "2024-01-01"
        assert time_text(winter.replace(minute=1)) == "2023-12-31 23:01 UTC"
        assert date_text(winter.replace(minute=1)) == "2023-12-31"
        assert period_text(Lifetime(start=winter)) == "since 2024-01-01 CET"
    with local_time_zone(monkeypatch, "UTC"):
        assert time_text(winter) == "2023-12-31 23:00 UTC"


@contextmanager
def local_time_zone(monkeypatch: pytest.MonkeyPatch, name: str) -> Iterator[None]:
    with monkeypatch.context() as context:
        context.setenv("TZ", name)
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    ("period", "shown"),
    [
        (None, ""),
        (Interval(), ""),
        (Lifetime(start=NOW), "since 2024-05-17 08:30 UTC"),
        (Lifetime(end=NOW), "until 2024-05-17 08:30 UTC"),
        (Interval(start=NOW, end=NOW), "2024-05-17 08:30 UTC to 2024-05-17 08:30 UTC"),
    ],
)
def test_periods_have_one_limit_or_two(period: Lifetime | Interval | None, shown: str) -> None:
    assert period_text(period) == shown


# Screens ------------------------------------------------------------------------------------------


def schedule(**fields: Any) -> GridpoolEnergySchedule:
    values = {name: getattr(SCHEDULE, name) for name in SCHEDULE.__dataclass_fields__}
    return GridpoolEnergySchedule(**values | {"name": "Base"} | fields)


def entry(minute: int | None, power: float) -> GridpoolEnergyScheduleTimeSeriesEntry:
    start = None if minute is None else NOW.replace(minute=minute)
    return GridpoolEnergyScheduleTimeSeriesEntry(start_time=start, active_power_w=power)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"time_series": [entry(15, 2e6), entry(0, -1e6)]},
            ["-1 to 2 MW", "250 kWh", "2 of 15 min, 2024-05-17 08:00 UTC to 2024-05-17 08:30 UTC"],
        ),
        ({"time_series": [entry(None, 1e3)]}, ["1 kW", "250 Wh", "1 of 15 min"]),
        ({"time_series": []}, ["none"]),
        ({"time_series": [entry(0, nan)]}, ["? W", "? Wh"]),
        (
            {"delivery_duration": 9, "time_series": [entry(0, 1e3)]},
            ["1 entry, 2024-05-17 08:00 UTC to 2024-05-17 08:00 UTC"],
        ),
        ({"direction": 9}, ["no. 9"]),
        ({"validity_period": Interval(start=NOW), "cancel_time": NOW}, ["cancelled 2024-05-17"]),
        ({}, ["import", "(us nerc)"]),
    ],
)
def test_a_schedule_is_one_line_with_a_summary_of_its_entries(
    fields: dict[str, Any], words: list[str]
) -> None:
    shown = seen(screens.schedules_table([schedule(**fields)]), 300)
    assert len(shown.splitlines()) == 2
    assert all(word in shown for word in words), shown


def test_market_areas_and_enum_members_have_their_names() -> None:
    shown = seen(screens.relations_table([RELATION]), 300)
    assert all(word in shown for word in ("eu_de", "malo id", "flex markets"))

    odd = MarketLocationRef(
        market_area=998, market_location_id=MarketLocationId(value=None, type=77)
    )
    relation = MarketTopologyRelation(
        microgrid_id=None,
        market_location_ref=odd,
        gridpool_id=None,
        delivery_area=None,
        participations=[],
    )
    shown = seen(screens.relations_table([relation]), 300)
    assert all(word in shown for word in ("no. 998", "no. 77"))


def test_an_inactive_component_is_marked_without_colors_too() -> None:
    mode = electrical_component.ElectricalComponentOperationalMode.INACTIVE
    inactive = SolarInverter(**WHO, operational_mode=mode)
    assert "inactive" in seen(screens.components_table([inactive]))
    assert "inactive" in seen(screens.ComponentTree(Site(MICROGRID, [inactive], [], []), NOW))


def test_a_note_says_that_there_is_no_grid_connection_point() -> None:
    assert "no grid connection point" in seen(screens.ComponentTree(SITE, NOW))
    assert seen(screens.ComponentTree(Site(MICROGRID, [], [], []), NOW)) == "no components"


def test_findings_are_sorted_by_severity_and_advice_is_given_once() -> None:
    minor = Checked(None, Finding("gridpool 1", Rule.CODE_MISSING, "code", "missing"))
    shown = seen(screens.findings_report([minor, FINDING, FINDING]), 300).splitlines()
    assert [line.split()[0] for line in shown[1:4]] == ["major", "major", "minor"]
    assert sum(line.startswith(Rule.ID_ZERO.id) for line in shown) == 1
    assert shown[-1] == "2 major findings and 1 minor finding"
    assert seen(screens.findings_report([])) == "no findings"


COUNTS: Final = {
    MICROGRID.id: ComponentCounts(
        {
            ElectricalComponentCategory.BATTERY: 2,
            ElectricalComponentCategory.METER: 35,
            ElectricalComponentCategory.INVERTER: 10,
            99: 1,
        }
    )
}


def test_a_wide_table_has_a_column_for_each_category_and_a_narrow_one_a_line() -> None:
    fleet = screens.microgrids_table([MICROGRID], COUNTS)
    assert "BATTERY" in seen(fleet, 300)
    words = "48 components: 35 meters, 10 inverters, 2 batteries, 1 no. 99"
    assert words in seen(fleet, 130)
    assert "none" not in seen(
        screens.microgrids_table([MICROGRID], {MICROGRID.id: ComponentCounts()}), 40
    )


def test_a_number_stays_with_its_noun() -> None:
    for width in range(22, 130):
        shown = seen(screens.microgrids_table([MICROGRID], COUNTS), width)
        assert len(shown.splitlines()) <= 7
        assert all(it in shown for it in ("35 meters", "10 inverters", "2 batteries", "1 no. 99"))
        assert shown.replace("\n", "").isprintable()


LONG: Final = Difference(
    "changed", 1, "component 11", "name", "PV inverter south", "PV inverter north, the new one"
)


def test_differences_are_shown_in_full_at_any_width() -> None:
    for width in range(28, 130):
        shown = " ".join(seen(screens.differences_table([LONG, *DIFFERENCES]), width).split())
        assert "~ component 11 ~ name: PV inverter south → PV inverter north, the new one" in shown
        assert "…" not in shown


def test_an_entity_is_named_above_its_differences() -> None:
    fields = [Difference("changed", 1, "sensor 1", name, 1, 2) for name in ("a", "b")]
    again = Difference("removed", 1, "sensor 1", "", {"id": 1, "name": "x"}, None)
    assert seen(screens.differences_table([*fields, again]), 300).splitlines() == [
        "~  sensor 1",
        "   ~  a: 1 → 2",
        "   ~  b: 1 → 2",
        "-  sensor 1",
        "   -  name: x",
    ]


@pytest.mark.parametrize(
    ("change", "before", "after", "shown"),
    [
        ("changed", "a", "b", "a → b"),
        ("changed", "", "b", '"" → b'),
        ("changed", "a", "a ", 'a → "a "'),
        ("changed", "a b", "a  b", 'a b → "a  b"'),
        ("changed", "5", 5, '"5" → 5'),
        ("changed", "日本", [1, "日"], '日本 → [1, "日"]'),
        ("changed", True, None, "true → null"),
        ("added", None, {"lower": -1.0}, '{"lower": -1.0}'),
        ("removed", "a", None, "a"),
    ],
)
def test_different_values_look_different(change: Any, before: Any, after: Any, shown: str) -> None:
    difference = Difference(change, 1, "sensor 1", "name", before, after)
    line = seen(screens.differences_table([difference])).splitlines()[1]
    assert line.split("  name: ")[1] == shown


def test_a_note_says_that_there_are_no_differences() -> None:
    assert seen(screens.differences_table([])) == "no differences"


def test_changes_have_signs_besides_colors() -> None:
    lines = seen(screens.differences_table(DIFFERENCES), 300).splitlines()
    assert [line[0] for line in lines if line[0] != " "] == ["~", "+", "-"]
    assert lines[1].endswith(" → North")
    assert lines[3:5] == ["   +  id: 7", "   +  name: 日本"]
    assert lines[-1] == "   -  [1, 2]"


def test_microgrids_are_named_if_several_differ() -> None:
    differences = [
        Difference("changed", 1, "microgrid 1", "id", 1, 2),
        Difference("added", 2, "component 7", "", None, {"id": 7}),
        Difference("added", None, "gridpool 7", "", None, {"id": 7}),
    ]
    shown = seen(screens.differences_table(differences))
    assert [line[3:] for line in shown.splitlines() if line[0] != " "] == [
        "microgrid 1",
        "microgrid 2: component 7",
        "gridpool 7",
    ]
    assert "+  component 7" in seen(screens.differences_table(differences, is_site=True))


def test_ids_and_guides_of_a_tree_are_never_truncated() -> None:
    site = chain(8)
    for component in site.components:
        object.__setattr__(component, "id", ElectricalComponentId(int(component.id) + 900))
        object.__setattr__(component, "name", "A name that is as long as names are")
    ends = [(901, 902), (902, 903), (903, 904), (903, 905), (905, 906), (906, 907), (907, 908)]
    connections = [connection(*pair) for pair in [*ends, (908, 999), (908, 905)]]
    tree = screens.ComponentTree(Site(MICROGRID, site.components, connections, []), NOW)
    for width in range(44, 130):
        _, *lines = seen(tree, width).splitlines()
        ids = {line.split(" → ")[-1].strip("│├└─ ↑↓").split()[0] for line in lines}
        assert ids == {"999", *(str(number) for number in range(901, 909))}
        assert "missing" in "".join(lines)
        assert "cycle" in "".join(lines)


def test_an_ellipsis_beside_the_header_says_that_columns_are_dropped() -> None:
    inverter = SolarInverter(**WHO, name="Inverter on the roof of the hall", model="Helio H 100")
    table = screens.components_table([inverter])
    assert seen(table, 120).splitlines()[0].split() == [*START, "PRODUCT", "SINCE"]
    assert seen(table, 50).splitlines() == [
        "ID  NAME          KIND          RATI…  MODE  …",
        " 7  Inverter on…  solar inver…         unspecified",
    ]


def test_codes_and_numbers_of_the_market_are_whole_on_80_columns() -> None:
    ean = MarketLocationId(value="871689900000123457", type=MarketLocationIdType.EAN)
    code = "11XHANSEHANDEL-G"
    relation = MarketTopologyRelation(
        microgrid_id=MicrogridId(201),
        market_location_ref=MarketLocationRef(market_area=101, market_location_id=ean),
        gridpool_id=11,
        delivery_area=DeliveryArea(code=code, code_type=EnergyMarketCodeType.EUROPE_EIC),
        participations=[*RELATION.participations] * 3,
    )
    planned = schedule(
        name="A schedule with a very long name",
        counterparty_balancing_group=BalancingGroup(
            code=code, code_type=EnergyMarketCodeType.EUROPE_EIC
        ),
        validity_period=Interval(start=NOW, end=NOW.replace(year=2100)),
        time_series=[entry(0, 1e3)],
    )
    relations = seen(screens.relations_table([relation]), 80)
    schedules = seen(screens.schedules_table([planned]), 80)
    assert "…" not in relations + schedules
    for whole in (code, "871689900000123457", "ean, eu_de", "flex markets"):
        assert whole in relations
    for whole in (code, "1 kW", "250 Wh", "1 of 15 min"):
        assert whole in schedules


def test_the_ellipsis_is_in_the_last_line_of_the_header() -> None:
    table = TextTable(
        wrapped_column("market location", min_width=8), fixed_column("dropped", is_droppable=True)
    )
    table.add_row(wrapped("a location"), "a long text that does not fit")
    header = seen(table, 12).splitlines()[:2]
    assert header == ["MARKET", "LOCATION  …"]


BATTERY: Final[dict[Metric | int, Bounds]] = {
    Metric.DC_POWER: Bounds(lower=-215e3, upper=215e3),
    Metric.BATTERY_CAPACITY: Bounds(lower=0.0, upper=430e3),
}


def test_the_product_is_dropped_before_the_mode() -> None:
    bounds: dict[Metric | int, Bounds] = {Metric.AC_POWER_ACTIVE_PHASE_1: Bounds(lower=0, upper=1)}
    inverter = SolarInverter(**WHO, name="Inverter", rated_bounds=bounds, model="Helio")
    for width, has_product in ((90, True), (80, False)):
        shown = seen(screens.components_table([inverter]), width)
        assert ("PRODUCT" in shown, "MODE" in shown) == (has_product, True), shown


def test_a_rating_is_shown_in_full_or_not_at_all() -> None:
    meters: list[ElectricalComponent] = [
        Meter(**WHO, name="A meter at the end of the hall", rated_bounds=BATTERY),
        Meter(**WHO | {"id": ElectricalComponentId(8)}, name="Another one"),
    ]
    tree = screens.ComponentTree(Site(MICROGRID, meters, [], []), NOW)
    for screen in (tree, screens.components_table(meters)):
        for width in range(60, 110):
            shown = seen(screen, width)
            parts = ["±215 kW DC" in shown, "0 to 430 kWh" in shown]
            assert all(parts) or (not any(parts) and "RATING" not in shown), shown


def test_guides_of_a_tree_continue_beside_wrapped_cells() -> None:
    site = chain(4)
    object.__setattr__(site.components[1], "rated_bounds", BATTERY)
    lines = seen(screens.ComponentTree(site, NOW), 50).splitlines()
    assert lines[2].endswith("±215 kW DC,")
    assert lines[3].split("0 to")[0].rstrip() == "    │"


START: Final = ("ID", "NAME", "KIND", "RATING", "MODE")


# Chains -------------------------------------------------------------------------------------------


def chain(length: int) -> Site:
    numbers = range(1, length + 1)
    return Site(
        MICROGRID,
        [
            GridConnectionPoint(**WHO | {"id": ElectricalComponentId(1)}, rated_fuse_current=1),
            *(Meter(**WHO | {"id": ElectricalComponentId(number)}) for number in numbers[1:-1]),
            SolarInverter(**WHO | {"id": ElectricalComponentId(length)}),
        ],
        [connection(*pair) for pair in pairwise(numbers)],
        [],
    )


def connection(source: int, destination: int) -> ComponentConnection:
    return ComponentConnection(
        source=ElectricalComponentId(source), destination=ElectricalComponentId(destination)
    )


def test_a_chain_of_any_length_is_shown_in_full() -> None:
    shown = seen(screens.ComponentTree(chain(3000), NOW), 80).splitlines()
    ids = [line.split(" → ")[-1].strip("│├└─ ").split()[0] for line in shown[1:]]
    assert [int(number) for number in ids if number != "↓"] == list(range(1, 3001))
    assert shown[8].rstrip() == "                        └── ↓ 8"
    assert shown[9].split("  ")[0] == "7 → 8"
