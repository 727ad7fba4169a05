"""Every category and type has a symbol of its own."""

import xml.etree.ElementTree as ET

import pytest

from frequenz.client.assets.electrical_component import (
    BatteryType,
    ElectricalComponent,
    ElectricalComponentCategory,
    EvChargerType,
    InverterType,
    Meter,
)
from frequenz.client.assets.metrics import Bounds, Metric
from frequenz.client.assets.topology._diagram.symbols import (
    HALF,
    SYMBOLS,
    TYPES,
    Symbol,
    symbol_of,
)

from ..examples import UNKNOWN, component_classes
from ..examples import component as example
from .sites import component

_ALL = {
    symbol.name: symbol
    for symbol in [
        *SYMBOLS.values(),
        *TYPES.values(),
        symbol_of(None, is_last=True),
        *(symbol_of(example(cls), is_last=False) for cls in component_classes()),
    ]
}


def test_every_category_has_a_symbol() -> None:
    assert set(SYMBOLS) == set(ElectricalComponentCategory)


def test_every_specified_type_has_a_symbol() -> None:
    specified = {
        type_
        for types in (BatteryType, EvChargerType, InverterType)
        for type_ in types
        if type_.value
    }
    assert set(TYPES) == specified


def test_no_two_symbols_are_alike() -> None:
    assert len({symbol.markup for symbol in _ALL.values()}) == len(_ALL)


@pytest.mark.parametrize("cls", component_classes(), ids=lambda cls: cls.__name__)
def test_every_class_has_a_symbol(cls: type[ElectricalComponent]) -> None:
    symbol = symbol_of(example(cls), is_last=False)
    own = example(cls)
    expected = own.category if isinstance(own.category, ElectricalComponentCategory) else None
    name = SYMBOLS[expected].name if expected is not None else "other"
    assert symbol.name.startswith(name)
    if getattr(own, "type", None) == UNKNOWN:
        assert symbol.name == f"{name}-other"


@pytest.mark.parametrize("symbol", _ALL.values(), ids=_ALL)
def test_a_symbol_is_well_formed_and_within_its_room(symbol: Symbol) -> None:
    elements = [*ET.fromstring(f"<g>{symbol.markup}</g>").iter()]
    assert {element.tag for element in elements} <= {"g", "path", "circle", "text"}
    assert all("class" not in element.attrib for element in elements)
    for element in elements:
        if element.tag == "circle":
            x, y, r = (float(element.get(name, "0")) for name in ("cx", "cy", "r"))
            assert max(abs(x), abs(y)) + r <= HALF + 4
    assert -HALF - 1 <= symbol.top < symbol.bottom <= symbol.foot + 1


@pytest.mark.parametrize(
    ("upper", "name"), [(None, "meter-load"), (5.0, "meter-load"), (0.0, "meter")]
)
def test_a_meter_that_feeds_nothing_is_a_load(upper: float | None, name: str) -> None:
    bounds = {Metric.AC_POWER_ACTIVE: Bounds(lower=-9.0, upper=upper)}
    meter = component(Meter, 1, rated_bounds=bounds)
    assert symbol_of(meter, is_last=True).name == name
    assert symbol_of(meter, is_last=False).name == "meter"
