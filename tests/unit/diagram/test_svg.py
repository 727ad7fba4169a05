"""What is written into an SVG file."""

import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from hypothesis import given, settings
from hypothesis import strategies as st

from frequenz.client.assets import Lifetime
from frequenz.client.assets.electrical_component import (
    AcEvCharger,
    BatteryInverter,
    Breaker,
    ComponentConnection,
    DcEvCharger,
    ElectricalComponent,
    ElectricalComponentCategory,
    ElectricalComponentOperationalMode,
    GridConnectionPoint,
    LiIonBattery,
    Meter,
    PowerTransformer,
    SolarInverter,
    UnrecognizedComponent,
)
from frequenz.client.assets.findings import Finding, Rule
from frequenz.client.assets.inventory import Checked
from frequenz.client.assets.metrics import Bounds, Metric
from frequenz.client.assets.topology import _diagram
from frequenz.client.assets.topology._diagram import Diagram, diagram
from frequenz.client.assets.topology._diagram.network import State
from frequenz.client.assets.topology._diagram.scene import prepare

from .sites import MICROGRID, component, connection, connections, drawn, near_trees

_SVG = "{http://www.w3.org/2000/svg}"
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
CHECKED = Checked(1, Finding("component 1", Rule.UNSPECIFIED, "category", "is unspecified"))


def by_id(shown: Diagram, data_id: str) -> ET.Element:
    """Return the last element of an ID: the symbol, or the line."""
    found = [it for it in ET.fromstring(shown.svg).iter() if it.get("data-id") == data_id]
    return found[-1]


def titles(element: ET.Element) -> str:
    return "\n".join(title.text or "" for title in element.iter(f"{_SVG}title"))


def texts(element: ET.Element) -> list[str]:
    return [text.text or "" for text in element.iter(f"{_SVG}text")]


def classes(shown: Diagram, data_id: str) -> set[str]:
    return {name for it in by_id(shown, data_id).iter() for name in (it.get("class") or "").split()}


# Text ---------------------------------------------------------------------------------------------


@settings(max_examples=200)
@given(st.text())
def test_any_name_is_text_and_nothing_else(name: str) -> None:
    shown = drawn(
        [component(GridConnectionPoint, 1, name), component(Meter, 2, name)],
        (1, 2),
        microgrid=replace(MICROGRID, name=name),
    )
    plain = drawn([component(GridConnectionPoint, 1, "a"), component(Meter, 2, "a")], (1, 2))

    def elements(it: Diagram) -> list[str]:
        root = ET.fromstring(it.svg.encode("utf-8"))
        return [one.tag for one in root.iter() if not one.tag.endswith("text")]

    assert elements(shown) == elements(plain)


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "</text></svg><script>alert(1)</script>",
        "]]><script>",
        '"><img src=x onerror=alert(1)>',
        "javascript:alert(1)",
        "&lt;&amp;&#60;&evil;",
        "<!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>",
        "a\x00b\x1b[31mc\x7f\x85",
        "\ud800",
        "\ufffe\uffff",
        "abc\u202edcba",
        "\u2066\u200b\ufeff",
    ],
)
def test_markup_and_control_characters_stay_text(name: str) -> None:
    shown = drawn(
        [component(GridConnectionPoint, 1, name)], microgrid=replace(MICROGRID, name=name)
    )
    root = ET.fromstring(shown.svg.encode("utf-8"))
    tags = {element.tag.removeprefix(_SVG) for element in root.iter()}
    assert tags <= {"svg", "title", "desc", "style", "defs", "g", "path", "rect", "text", "use"}
    used = {name for element in root.iter() for name in element.attrib}
    assert not any(attribute.startswith("on") for attribute in used)
    assert {it.get("href", "#")[0] for it in root.iter()} == {"#"}
    assert not set(shown.svg) & {"\x00", "\x1b", "\x7f", "\x85", "\u202e", "\u2066", "\ufeff"}


def test_a_long_name_is_shortened_but_complete_in_the_title() -> None:
    name = "The inverter on the southern roof of the second hall, rented"
    shown = drawn([component(GridConnectionPoint, 1, name)])
    assert any(text.endswith("…") for text in texts(by_id(shown, "1")))
    assert f"Grid connection point 1: {name}" in titles(by_id(shown, "1"))


# Structure ----------------------------------------------------------------------------------------


@given(near_trees())
def test_every_component_and_connection_has_an_element(
    site: tuple[list[ElectricalComponent], list[ComponentConnection]],
) -> None:
    components, lines = site
    for fold in (True, False):
        root = ET.fromstring(diagram(MICROGRID, components, lines, fold=fold).svg.encode())
        symbols = [it for it in root.iter() if it.get("role") == "graphics-symbol"]
        ids = [int(number) for it in symbols for number in (it.get("data-id") or "").split()]
        ends = {end for line in lines for end in (int(line.source), int(line.destination))}
        assert sorted(ids) == sorted({*ends, *(int(it.id) for it in components)})
        if not fold:
            expected = {f"{int(line.source)}-{int(line.destination)}" for line in lines}
            assert expected <= {it.get("data-id") for it in root.iter()}


@given(near_trees(), st.randoms(use_true_random=False))
def test_the_order_of_a_reply_does_not_matter(
    site: tuple[list[ElectricalComponent], list[ComponentConnection]], random: Random
) -> None:
    components, lines = site
    first = diagram(MICROGRID, components, lines)
    shuffled, shuffled_lines = list(components), list(lines)
    random.shuffle(shuffled)
    random.shuffle(shuffled_lines)
    assert diagram(MICROGRID, shuffled, shuffled_lines).svg == first.svg


@pytest.mark.parametrize("count", [1, 16, 200, 1000])
def test_the_size_of_the_file(count: int) -> None:
    random = Random(count)
    components = [component(GridConnectionPoint, 1, "Grid connection of the site")]
    bounds = {Metric.AC_POWER_ACTIVE: Bounds(lower=-22000.0, upper=11000.0)}
    for number in range(2, count + 1):
        kind = random.choice([Meter, SolarInverter, LiIonBattery])
        name = f"Inverter {number} of the southern roof"
        components.append(component(kind, number, name, rated_bounds=bounds))
    ends = [
        (random.randint(max(1, number // 3), number - 1), number) for number in range(2, count + 1)
    ]
    shown = drawn(components, *ends, fold=False)
    assert len(shown.svg.encode()) < 5000 + 1000 * count


def test_an_empty_microgrid() -> None:
    root = ET.fromstring(drawn([]).svg)
    assert "0 components" in texts(root)[1]
    assert root.find(f"{_SVG}desc") is not None


def test_a_screen_reader_gets_a_title_a_description_and_roles() -> None:
    root = ET.fromstring(drawn([component(GridConnectionPoint, 1)]).svg)
    assert root.get("role") == "graphics-document"
    assert [it.text for it in root[:2]] == [
        "Single-line diagram of Hall",
        "microgrid 4 · 1 component. 1 × Grid connection point.",
    ]


# Labels -------------------------------------------------------------------------------------------


def test_labels_say_name_id_and_rating() -> None:
    bounds = {Metric.AC_POWER_ACTIVE: Bounds(lower=-100000.0, upper=0.0)}
    shown = drawn([component(SolarInverter, 7, "Roof", rated_bounds=bounds)])
    assert texts(by_id(shown, "7")) == ["Roof", "7 · 100 kW"]
    assert "production: -100 to 0 kW" in titles(by_id(shown, "7"))


@pytest.mark.parametrize(
    ("lower", "upper", "text", "arrow"),
    [
        (0.0, 22000.0, "22 kW", "M-25-11V3M-28-1L-25 3L-22-1"),
        (-5000.0, 0.0, "5 kW", "M-25-11V3M-28-7L-25-11L-22-7"),
        (-5000.0, 5000.0, "±5 kW", "M-25-11V3M-28-1L-25 3L-22-1M-28-7L-25-11L-22-7"),
        (-5000.0, 2000.0, "-5 to 2 kW", "M-25-11V3M-28-1L-25 3L-22-1M-28-7L-25-11L-22-7"),
        (0.0, 0.0, "0 W", None),
        (float("-inf"), 0.0, "unlimited to 0 W", "M-25-11V3M-28-7L-25-11L-22-7"),
        (None, 0.0, "unlimited to 0 W", "M-25-11V3M-28-7L-25-11L-22-7"),
    ],
)
def test_an_arrow_shows_the_direction_of_the_bounds(
    lower: float | None, upper: float, text: str, arrow: str | None
) -> None:
    bounds = {Metric.AC_POWER_ACTIVE: Bounds(lower=lower, upper=upper)}
    symbol = by_id(drawn([component(AcEvCharger, 7, rated_bounds=bounds)]), "7")
    assert texts(symbol) == [f"7 · {text}"]
    arrows = [it.get("d") for it in symbol.iter() if it.get("class") == "j"]
    assert [data and data.replace(" -", "-") for data in arrows] == ([arrow] if arrow else [])


def test_a_transformer_has_both_voltages() -> None:
    shown = drawn([component(PowerTransformer, 3)])
    assert texts(by_id(shown, "3")) == ["3", "20 kV", "400 V"]


def test_an_unknown_category_is_a_box_with_its_number() -> None:
    shown = drawn([component(UnrecognizedComponent, 3)])
    assert texts(by_id(shown, "3")) == ["99", "3"]


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (("name",), ["Roof"]),
        (("id",), ["7"]),
        (("category",), ["Inverter (solar)"]),
        ((), []),
        (("name", "id", "category", "rating"), ["Roof", "Inverter (solar)", "7"]),
    ],
)
def test_parts_of_labels(labels: Any, expected: list[str]) -> None:
    shown = drawn([component(SolarInverter, 7, "Roof")], labels=labels)
    assert texts(by_id(shown, "7")) == expected


def test_ac_and_dc() -> None:
    components = [
        component(GridConnectionPoint, 1),
        component(BatteryInverter, 2),
        component(Meter, 3),
        component(LiIonBattery, 4),
        component(DcEvCharger, 5),
    ]
    shown = drawn(components, (1, 2), (2, 3), (3, 4), (1, 5))
    assert {ends: "d" in classes(shown, ends) for ends in ("1-2", "2-3", "3-4", "1-5")} == {
        "1-2": False,
        "2-3": True,
        "3-4": True,
        "1-5": False,
    }
    assert {"AC", "DC"} <= set(texts(ET.fromstring(shown.svg)))


_LOADS = [component(Meter, 10, "Load"), component(AcEvCharger, 11), component(SolarInverter, 12)]


def captions(shown: Diagram) -> list[str]:
    """Return the captions of busbars."""
    busbars = [it for it in ET.fromstring(shown.svg) if it.find("*[@class='u']") is not None]
    return [text for it in busbars for text in texts(it)]


def test_busbars_have_the_voltages_of_transformers() -> None:
    components = [
        component(GridConnectionPoint, 1),
        component(Breaker, 2),
        component(PowerTransformer, 3, "First"),
        component(PowerTransformer, 4, "Second", secondary_power=690.0),
        component(Meter, 5),
        *_LOADS,
        component(Meter, 13),
        component(Meter, 14),
    ]
    ends = [(1, 2), (1, 4), (2, 3), (3, 5), (5, 10), (5, 11), (5, 12), (4, 13), (4, 14)]
    shown = drawn(components, *ends)
    assert sorted(captions(shown)) == ["20 kV", "400 V", "690 V"]
    root = ET.fromstring(shown.svg)
    titles_of_busbars = [titles(it) for it in root if "Busbar" in titles(it)]
    assert sorted(titles_of_busbars) == ["Busbar: 20 kV", "Busbar: 400 V", "Busbar: 690 V"]
    assert captions(drawn(components, *ends, labels=("name",))) == []


def test_busbars_whose_voltage_is_not_certain_have_none() -> None:
    transformers = [
        component(PowerTransformer, 3),
        component(PowerTransformer, 4, secondary_power=690.0),
    ]
    components = [component(GridConnectionPoint, 1), *transformers, component(Meter, 5), *_LOADS]
    ends = [(1, 3), (1, 4), (3, 5), (4, 5), (5, 10), (5, 11), (5, 12)]
    assert captions(drawn(components, *ends)) == ["20 kV"]
    for volts in (-400.0, 0.0, float("nan"), float("inf")):
        odd = component(PowerTransformer, 3, secondary_power=volts)
        own = [component(GridConnectionPoint, 1), odd, *_LOADS]
        assert captions(drawn(own, (1, 3), (3, 10), (3, 11), (3, 12))) == []
    behind_an_inverter = [component(GridConnectionPoint, 1), *transformers[:1], *_LOADS]
    behind_an_inverter.append(component(BatteryInverter, 6))
    ends = [(1, 3), (3, 6), (6, 10), (6, 11), (6, 12)]
    assert captions(drawn(behind_an_inverter, *ends)) == []


def test_a_coupler_passes_dc_on() -> None:
    components = [
        component(GridConnectionPoint, 1),
        *(component(BatteryInverter, number) for number in (2, 4)),
        *(component(Meter, number) for number in (3, 5, 8, 9)),
        component(Breaker, 7),
    ]
    shown = drawn(components, (1, 2), (1, 4), (2, 3), (4, 5), (5, 7), (7, 3), (3, 8), (5, 9))
    assert {it: "d" in classes(shown, it) for it in ("1-2", "2-3", "5-7", "7-3", "3-8")} == {
        "1-2": False,
        **dict.fromkeys(("2-3", "5-7", "7-3", "3-8"), True),
    }


# Status -------------------------------------------------------------------------------------------


def test_inactive_components_are_grey_and_dashed() -> None:
    inactive = component(Meter, 2, operational_mode=ElectricalComponentOperationalMode.INACTIVE)
    shown = drawn([component(GridConnectionPoint, 1), inactive], (1, 2))
    assert "x" in classes(shown, "2")
    assert "x" not in classes(shown, "1")
    assert "inactive" in texts(by_id(shown, "2"))


@pytest.mark.parametrize(
    ("lifetime", "note"),
    [
        (Lifetime(end=datetime(2025, 3, 1, tzinfo=UTC)), "ended 2025-03-01"),
        (Lifetime(start=datetime(2027, 3, 1, tzinfo=UTC)), "from 2027-03-01"),
    ],
)
def test_what_is_not_in_operation_at_a_moment(lifetime: Lifetime, note: str) -> None:
    components = [
        component(GridConnectionPoint, 1),
        component(Meter, 2, operational_lifetime=lifetime),
    ]
    lines = [connection(1, 2, operational_lifetime=lifetime)]
    at_new_year = diagram(MICROGRID, components, lines, at=NEW_YEAR)
    assert note in texts(by_id(at_new_year, "2"))
    assert "x" in classes(at_new_year, "2") & classes(at_new_year, "1-2")
    assert "as of 2026-01-01 00:00 UTC" in texts(ET.fromstring(at_new_year.svg))[1]
    whenever = diagram(MICROGRID, components, lines)
    assert "x" not in classes(whenever, "2") | classes(whenever, "1-2")


def test_a_connection_that_replaces_another_is_the_same_line() -> None:
    components = [component(GridConnectionPoint, 1), component(Meter, 2)]
    lines = [
        connection(1, 2, operational_lifetime=Lifetime(end=NEW_YEAR)),
        connection(1, 2, operational_lifetime=Lifetime(start=NEW_YEAR)),
    ]
    shown = diagram(MICROGRID, components, lines)
    assert shown.svg.count('data-id="1-2"') == 1
    assert (
        diagram(MICROGRID, components, connections((1, 2), (1, 2))).svg.count('data-id="1-2"') == 2
    )


def _finding(entity: str) -> Finding:
    return Finding(entity, Rule.UNSPECIFIED, "some.field", "is <wrong>")


def _minor(entity: str) -> Finding:
    return Finding(entity, Rule.FUSE_CURRENT_MISSING, "some.field", "is missing")


def test_findings_are_marked_with_their_sentence() -> None:
    shown = drawn(
        [component(GridConnectionPoint, 1), component(Meter, 2)],
        (1, 2),
        findings=[_finding("component 2"), _finding("connection 1 -> 2"), _finding("sensor 5")],
    )
    for data_id in ("2", "1-2", "findings"):
        assert "some.field: is <wrong>" in titles(by_id(shown, data_id))
        assert "major" in classes(shown, data_id)
    assert "sensor 5" in titles(by_id(shown, "findings"))
    assert "major" not in classes(shown, "1")


def test_minor_findings_look_different_also_without_color() -> None:
    shown = drawn(
        [component(GridConnectionPoint, 1), component(Meter, 2)],
        (1, 2),
        findings=[_finding("component 1"), _minor("component 2"), _minor("sensor 5")],
    )
    assert texts(by_id(shown, "1"))[-1] == "!"
    assert texts(by_id(shown, "2"))[-1] == texts(by_id(shown, "findings"))[-1] == "i"
    assert "minor" in classes(shown, "2")
    assert "some.field: is missing" in titles(by_id(shown, "2"))
    assert {"major finding", "minor finding"} <= set(texts(ET.fromstring(shown.svg)))


@pytest.mark.parametrize("highlight", [ElectricalComponentCategory.METER, 2, [2]])
def test_highlighted_components(highlight: Any) -> None:
    components = [component(GridConnectionPoint, 1), component(Meter, 2), component(AcEvCharger, 3)]
    shown = drawn(components, (1, 2), (1, 3), highlight=highlight)
    assert {number: "v" in classes(shown, number) for number in "123"} == {
        "1": False,
        "2": True,
        "3": False,
    }


def test_what_a_cycle_closes_leads_back_up() -> None:
    components = [component(GridConnectionPoint, 1), component(Meter, 2), component(Meter, 3)]
    shown = drawn(components, (1, 2), (2, 3), (3, 2))
    assert "leads back up" in titles(by_id(shown, "3-2"))
    assert "z" in classes(shown, "3-2")
    assert "z" not in classes(shown, "2-3")


_INACTIVE = ElectricalComponentOperationalMode.INACTIVE


def test_what_is_cut_off_from_the_grid_is_grey() -> None:
    components = [
        component(GridConnectionPoint, 1),
        component(Breaker, 2, operational_mode=_INACTIVE),
        component(Meter, 3),
        component(SolarInverter, 4),
        component(Meter, 5, operational_mode=_INACTIVE),
        component(SolarInverter, 6),
    ]
    shown = drawn(components, (1, 2), (2, 3), (3, 4), (1, 5), (5, 6))
    drawn_parts = ("1", "1-2", "2", "2-3", "3", "3-4", "4", "1-5", "5", "5-6", "6")
    cut_off = {it for it in drawn_parts if "k" in classes(shown, it)}
    assert cut_off == {"2-3", "3", "3-4", "4"}
    assert "cut off from the grid" in titles(by_id(shown, "4"))
    assert "cut off from the grid" in texts(ET.fromstring(shown.svg))


@pytest.mark.parametrize(
    ("mode", "ends"),
    [
        (ElectricalComponentOperationalMode.UNSPECIFIED, [(1, 2), (2, 3)]),
        (_INACTIVE, [(1, 2), (2, 3), (1, 4), (4, 3)]),
        (_INACTIVE, [(1, 4), (2, 3)]),
        (_INACTIVE, [(3, 1), (1, 4)]),
    ],
    ids=["operational", "another way", "island", "against the direction"],
)
def test_what_is_not_cut_off(mode: ElectricalComponentOperationalMode, ends: Any) -> None:
    components = [
        component(GridConnectionPoint, 1),
        component(Breaker, 2, operational_mode=mode),
        component(Meter, 3),
        component(Meter, 4),
    ]
    assert "cut off from the grid" not in drawn(components, *ends).svg


def test_what_a_removed_breaker_cuts_off() -> None:
    before = [component(GridConnectionPoint, 1), component(Breaker, 2), component(Meter, 3)]
    shown = drawn([before[0], before[2]], before=(before, connections((1, 2), (2, 3))))
    assert "cut off from the grid" in titles(by_id(shown, "3"))
    assert "cut off from the grid" not in titles(by_id(shown, "2"))


# Notes, and parts of a site -----------------------------------------------------------------------


def test_notes_are_written_beside_components() -> None:
    components = [component(GridConnectionPoint, 1), component(Meter, 2, "Meter")]
    notes = {1: "50.01 Hz", ElectricalComponentId(2): "87 kW\n<b>0.98</b>"}
    shown = drawn(components, (1, 2), notes=notes)
    assert texts(by_id(shown, "1"))[-1] == "50.01 Hz"
    assert texts(by_id(shown, "2")) == ["Meter", "2", "87 kW", "<b>0.98</b>"]
    assert "87 kW\n<b>0.98</b>" in titles(by_id(shown, "2"))
    assert "<b>0.98" not in shown.svg


def test_a_long_note_is_shortened_but_complete_in_the_title() -> None:
    note = "\n".join(f"value {number} of a very long list" for number in range(9))
    shown = drawn([component(GridConnectionPoint, 1)], notes={1: note})
    assert len(texts(by_id(shown, "1"))) == 1 + 4
    assert texts(by_id(shown, "1"))[-1] == "…"
    assert note in titles(by_id(shown, "1"))


def test_a_component_with_a_note_is_not_folded() -> None:
    ends = [(1, 10 + index) for index in range(5)]
    shown = drawn(_charging_park(5), *ends, notes={11: "7 kW"})
    assert "11" in {it.get("data-id") for it in ET.fromstring(shown.svg).iter()}
    assert "4 × Bay" in shown.svg


def test_what_is_behind_a_component() -> None:
    components = [component(GridConnectionPoint, 1), *(component(Meter, it) for it in range(2, 6))]
    shown = drawn(components, (1, 2), (2, 3), (3, 4), (1, 5), (5, 9), behind=2, notes={3: "x"})
    ids = {it.get("data-id") for it in ET.fromstring(shown.svg).iter()} - {None}
    assert ids == {"2", "3", "4", "2-3", "3-4"}
    shown_texts = texts(ET.fromstring(shown.svg))
    assert "component 2 and what is behind it · 3 components" in shown_texts[1]
    assert "island" not in shown_texts


def test_what_is_behind_a_component_in_a_cycle_starts_with_it() -> None:
    components = [component(GridConnectionPoint, 1), *(component(Meter, it) for it in (2, 3, 4))]
    scene = prepare(
        State(components=components, connections=connections((1, 2), (2, 3), (3, 4), (4, 2))),
        behind=3,
    )
    height = {scene.network.nodes[it.node].id: it.y for it in scene.drawing.placed}
    assert height[3] < height[4] < height[2]


def test_islands_have_a_frame() -> None:
    shown = drawn(
        [component(GridConnectionPoint, 1), component(Meter, 2), component(Meter, 3)], (2, 3)
    )
    assert texts(ET.fromstring(shown.svg)).count("island") == 1


def test_a_missing_component_is_drawn_as_missing() -> None:
    shown = drawn([component(GridConnectionPoint, 1)], (1, 9))
    assert "no such component" in titles(by_id(shown, "9"))
    assert "x" in classes(shown, "9")


# Folding ------------------------------------------------------------------------------------------


def _charging_park(count: int, **of_the_last: Any) -> list[ElectricalComponent]:
    chargers = [
        component(AcEvCharger, 10 + index, f"Bay {index + 1}") for index in range(count - 1)
    ]
    last = component(AcEvCharger, 9 + count, f"Bay {count}", **of_the_last)
    return [component(GridConnectionPoint, 1), *chargers, last]


def test_equal_branches_are_drawn_once() -> None:
    ends = [(1, 10 + index) for index in range(40)]
    shown = drawn(_charging_park(40), *ends)
    ids = " ".join(str(10 + index) for index in range(40))
    assert texts(by_id(shown, ids)) == ["40 × Bay", "10–49"]
    assert "10 Bay 1\n11 Bay 2" in titles(by_id(shown, ids))
    assert len(drawn(_charging_park(40), *ends, fold=False).svg) > 3 * len(shown.svg)


@pytest.mark.parametrize(
    ("names", "common"),
    [
        (["PV 3 meter", "PV 4 meter", "PV 12 meter", "PV 13 meter"], "PV meter"),
        (["Bay 1", "Bay 2", "Bay 3", "Bay 40"], "Bay"),
        (["WKA-1-north", "WKA-2-north", "WKA-3-north", "WKA-4-north"], "WKA north"),
        (["South", "Southwest", "Southern", "South"], "EV charger"),
        (["Roof east", "Roof edge", "Roof end", "Roof"], "Roof"),
        (["1st", "2nd", "3rd", "4th"], "EV charger"),
        (["Same"] * 4, "Same"),
        (["7 Bay"] * 4, "7 Bay"),
        (["Bay 1", "Bay 2", None, "Bay 3"], "EV charger"),
    ],
)
def test_equal_branches_have_the_name_that_is_common_to_all(
    names: list[str | None], common: str
) -> None:
    chargers = [component(AcEvCharger, 10 + index, name) for index, name in enumerate(names)]
    ends = [(1, 10 + index) for index in range(4)]
    shown = drawn([component(GridConnectionPoint, 1), *chargers], *ends)
    assert texts(by_id(shown, "10 11 12 13"))[0].casefold() == f"4 × {common}".casefold()


def test_equal_minor_findings_do_not_keep_branches_apart() -> None:
    ends = [(1, 10 + index) for index in range(4)]
    every = [_minor(f"component {10 + index}") for index in range(4)]
    shown = drawn(_charging_park(4), *ends, findings=every)
    assert "some.field: is missing" in titles(by_id(shown, "10 11 12 13"))
    assert "4 × Bay" not in drawn(_charging_park(4), *ends, findings=every[:3]).svg


def test_three_branches_and_different_ones_are_not_folded() -> None:
    ends = [(1, 10 + index) for index in range(4)]
    assert "3 × Bay" not in drawn(_charging_park(3), *ends[:3]).svg
    inactive = {"operational_mode": ElectricalComponentOperationalMode.INACTIVE}
    assert "× Bay" not in drawn(_charging_park(4, **inactive), *ends).svg
    assert "4 × Bay" in drawn(_charging_park(4), *ends).svg
    finding = [_finding("component 12")]
    assert "× Bay" not in drawn(_charging_park(4), *ends, findings=finding).svg


def test_whole_branches_are_folded() -> None:
    components = [component(GridConnectionPoint, 1)]
    ends = []
    for number in range(10, 50, 10):
        components += [
            component(Meter, number, f"Meter {number}"),
            component(BatteryInverter, number + 1),
            component(LiIonBattery, number + 2),
        ]
        ends += [(1, number), (number, number + 1), (number + 1, number + 2)]
    shown = drawn(components, *ends)
    assert texts(by_id(shown, "12 22 32 42")) == ["4 × Battery", "(Li-ion)", "12 … 42"]


# Two states ---------------------------------------------------------------------------------------


def test_two_states_show_what_differs() -> None:
    before = [
        component(GridConnectionPoint, 1),
        component(Meter, 2, "Old"),
        component(Meter, 3),
        component(Meter, 5),
    ]
    after = [
        component(GridConnectionPoint, 1),
        component(Meter, 2, "New"),
        component(AcEvCharger, 4),
        component(Meter, 5),
    ]
    shown = drawn(
        after, (1, 2), (1, 4), (2, 5), before=(before, connections((1, 2), (1, 3), (1, 5)))
    )
    assert {"unequal", "m"} <= classes(shown, "2")
    assert "name: Old → New" in titles(by_id(shown, "2"))
    assert {"minus", "r"} <= classes(shown, "3")
    assert {"plus", "a"} <= classes(shown, "4")
    assert "a" in classes(shown, "1-4")
    assert {"plus", "a"} <= classes(shown, "2-5")
    assert {"minus", "r"} <= classes(shown, "1-5")
    assert not {"a", "r", "m"} & (classes(shown, "1") | classes(shown, "5") | classes(shown, "1-2"))
    assert {"added", "removed", "changed"} <= set(texts(ET.fromstring(shown.svg)))


def test_equal_states_show_no_difference() -> None:
    components = [component(GridConnectionPoint, 1), component(Meter, 2)]
    plain = drawn(components, (1, 2))
    assert drawn(components, (1, 2), before=(components, connections((1, 2)))).svg == plain.svg


# Themes and files ---------------------------------------------------------------------------------


def test_themes() -> None:
    components = [component(GridConnectionPoint, 1)]
    auto, light, dark = (drawn(components, theme=theme).svg for theme in ("auto", "light", "dark"))
    assert "prefers-color-scheme:dark" in auto
    assert "prefers-color-scheme" not in light + dark
    assert [f".sld-{theme} " in auto for theme in ("auto", "light", "dark")] == [True, False, False]
    assert "#0d1117" not in light
    assert "#1f2328" not in dark


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"theme": "blue"}, "theme: expected one of auto, light, dark, got 'blue'"),
        ({"labels": ("nmae",)}, "labels: expected some of name, id, category, rating, got 'nmae'"),
        ({"at": datetime(2026, 1, 1)}, "at: expected a time with a time zone, got datetime"),
        ({"notes": {9: "", 1: "", 7: ""}}, "notes: there is no component with the IDs 7, 9"),
        ({"behind": 7}, "behind: there is no component with the ID 7"),
        ({"highlight": [7, 1]}, "highlight: there is no component with the ID 7"),
    ],
)
def test_wrong_arguments(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        drawn([component(GridConnectionPoint, 1)], **arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"labels": "name"}, "labels: expected several of name, id, category, rating, got 'name'"),
        (
            {"highlight": "battery"},
            "highlight: expected categories and component IDs, got 'battery",
        ),
        ({"highlight": 2.5}, r"highlight: expected categories and component IDs, got 2\.5"),
        ({"highlight": [2.5]}, r"highlight: expected a category or a component ID, got 2\.5"),
        ({"notes": {1: 4.5}}, r"notes\[1\]: expected a text, got 4\.5"),
        ({"notes": {"1": "x"}}, "notes: expected an ElectricalComponentId or an integer, got '1'"),
        ({"notes": ["x"]}, r"notes: expected texts by component ID, got \['x'\]"),
        ({"behind": 1.5}, r"behind: expected an ElectricalComponentId or an integer, got 1\.5"),
        ({"at": "2026"}, "at: expected a datetime, got '2026'"),
        ({"findings": 5}, "findings: expected findings, got 5"),
        ({"findings": ["x"]}, r"findings\[0\]: expected a Finding, got 'x'$"),
        ({"findings": [CHECKED]}, r"findings\[0\]: expected a Finding, got .*; pass its `finding`"),
    ],
)
def test_arguments_of_a_wrong_type(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        drawn([component(GridConnectionPoint, 1)], **arguments)


def test_labels_are_read_once() -> None:
    components = [component(GridConnectionPoint, 1, "Name")]
    parts: Any = iter(("name",))
    assert drawn(components, labels=parts) == drawn(components, labels=("name",))


def test_files(tmp_path: Path) -> None:
    shown = drawn([component(GridConnectionPoint, 1, "Größe")])
    shown.write(tmp_path / "a.SVG")
    assert (tmp_path / "a.SVG").read_bytes() == shown.svg.encode()
    shown.write(tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes() == shown.png()
    with pytest.raises(ValueError, match=r"a\.pdf: the name must end in \.svg or \.png"):
        shown.write(tmp_path / "a.pdf")
    assert shown._repr_svg_() == shown.svg


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    file = tmp_path / "a.svg"
    file.write_text("old")
    file.chmod(0o640)
    with file.open() as reader:
        drawn([component(GridConnectionPoint, 1)]).write(file)
        assert reader.read() == "old"
    assert file.read_text().startswith("<svg ")
    assert file.stat().st_mode & 0o777 == 0o640
    assert [*tmp_path.iterdir()] == [file]


def test_files_that_cannot_be_written(tmp_path: Path) -> None:
    shown = drawn([component(GridConnectionPoint, 1)])
    with pytest.raises(FileNotFoundError, match=r"There is no directory .*nowhere"):
        shown.write(tmp_path / "nowhere" / "a.svg")
    (tmp_path / "a.svg").mkdir()
    with pytest.raises(IsADirectoryError):
        shown.write(tmp_path / "a.svg")


def test_png_has_text_and_a_scale() -> None:
    def size(png: bytes) -> tuple[int, int]:
        assert png.startswith(b"\x89PNG")
        return int.from_bytes(png[16:20]), int.from_bytes(png[20:24])

    named = drawn([component(GridConnectionPoint, 1, "Name")])
    unnamed = replace_text(named, "Name", "    ")
    assert named.png() == named.png()
    assert named.png() != unnamed.png()
    single, double = size(named.png(scale=1)), size(named.png())
    assert abs(double[0] - 2 * single[0]) <= 1
    for scale in (0, -1, 11, float("nan")):
        with pytest.raises(ValueError, match="scale: expected more than 0, up to 10"):
            named.png(scale=scale)
    text: Any = "2"
    with pytest.raises(TypeError, match="scale: expected a number, got '2'"):
        named.png(scale=text)


@pytest.mark.parametrize("package", ["resvg_py", "fontpkg_noto_sans"])
def test_png_without_its_extra(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    monkeypatch.delitem(sys.modules, f"{_diagram.__name__}.png", raising=False)
    monkeypatch.delattr(_diagram, "png", raising=False)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'frequenz-client-assets\[png\]'"):
        drawn([]).png()


def replace_text(shown: Diagram, old: str, new: str) -> Diagram:
    return Diagram(shown.svg.replace(f">{old}<", f">{new}<"))
