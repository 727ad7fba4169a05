"""The kinds of components as far as power formulas tell them apart, and what may be behind what.

Both are as in frequenz-microgrid-component-graph, whose formulas rely on them.
"""

import enum
from collections.abc import Mapping
from functools import cache
from typing import Final

from ..electrical_component import ElectricalComponentCategory, InverterType


@enum.unique
class Kind(enum.Enum):
    """A kind of component; the value is its name in sentences."""

    GRID = "the grid connection point"
    METER = "a meter"
    BATTERY_INVERTER = "a battery inverter"
    SOLAR_INVERTER = "a solar inverter"
    HYBRID_INVERTER = "a hybrid inverter"
    BATTERY = "a battery"
    EV_CHARGER = "an EV charger"
    CHP = "a CHP"
    WIND_TURBINE = "a wind turbine"
    STEAM_BOILER = "a steam boiler"

    PASSIVE = "a component without formulas"
    """Switches, transformers and everything else without formulas: what is behind such a component
    counts as if it were behind the one in front of it."""

    UNCERTAIN = "a component of uncertain kind"
    """The category, or the type of an inverter, is unspecified or unknown."""

    # Kinds are looked up for every connection, and an enum hashes its name in Python.
    __hash__ = object.__hash__


_CATEGORIES: Final = {
    ElectricalComponentCategory.GRID: Kind.GRID,
    ElectricalComponentCategory.METER: Kind.METER,
    ElectricalComponentCategory.BATTERY: Kind.BATTERY,
    ElectricalComponentCategory.EV_CHARGER: Kind.EV_CHARGER,
    ElectricalComponentCategory.CHP: Kind.CHP,
    ElectricalComponentCategory.WIND_TURBINE: Kind.WIND_TURBINE,
    ElectricalComponentCategory.STEAM_BOILER: Kind.STEAM_BOILER,
    ElectricalComponentCategory.INVERTER: Kind.UNCERTAIN,
    ElectricalComponentCategory.UNSPECIFIED: Kind.UNCERTAIN,
}
_INVERTERS: Final = {
    InverterType.BATTERY: Kind.BATTERY_INVERTER,
    InverterType.SOLAR: Kind.SOLAR_INVERTER,
    InverterType.HYBRID: Kind.HYBRID_INVERTER,
}

_BY_NUMBER: Final[Mapping[tuple[int, int | None], Kind]] = {
    **{
        (category.value, None): _CATEGORIES.get(category, Kind.PASSIVE)
        for category in ElectricalComponentCategory
    },
    **{
        (ElectricalComponentCategory.INVERTER.value, kind.value): _INVERTERS[kind]
        for kind in _INVERTERS
    },
}


def kind_of(category: int, inverter_type: int | None = None) -> Kind:
    """Return the kind of a component, from the number of its category and of its inverter type."""
    kind = _BY_NUMBER.get((category, inverter_type)) or _BY_NUMBER.get((category, None))
    return kind or Kind.UNCERTAIN


_BATTERIES_ONLY: Final = frozenset({Kind.BATTERY})
_FEEDERS: Final = frozenset({Kind.GRID, Kind.METER})

_BEHIND: Final[Mapping[Kind, frozenset[Kind]]] = {
    Kind.BATTERY_INVERTER: _BATTERIES_ONLY,
    Kind.HYBRID_INVERTER: _BATTERIES_ONLY,
    Kind.SOLAR_INVERTER: frozenset(),
    Kind.BATTERY: frozenset(),
    Kind.EV_CHARGER: frozenset(),
    Kind.CHP: frozenset(),
    Kind.STEAM_BOILER: frozenset(),
}
"""What may be behind a kind; anything if it is not listed."""

_AHEAD: Final[Mapping[Kind, frozenset[Kind]]] = {
    Kind.BATTERY: frozenset({Kind.BATTERY_INVERTER, Kind.HYBRID_INVERTER}),
    Kind.METER: _FEEDERS,
    Kind.BATTERY_INVERTER: _FEEDERS,
    Kind.HYBRID_INVERTER: _FEEDERS,
    Kind.SOLAR_INVERTER: _FEEDERS,
    Kind.EV_CHARGER: _FEEDERS,
    Kind.CHP: _FEEDERS,
    Kind.STEAM_BOILER: _FEEDERS,
}
"""What may be in front of a kind; anything if it is not listed."""


@cache
def may_be_behind(kind: Kind, ahead: Kind) -> bool:
    """Return whether a kind may be directly behind another one, apart from passive ones between.

    An uncertain kind may be anywhere, as it is a finding by itself. So may the grid connection
    point, as a connection that leads to it is a finding by itself.
    """
    if Kind.UNCERTAIN in {kind, ahead} or kind is Kind.GRID:
        return True
    return kind in _BEHIND.get(ahead, {kind}) and ahead in _AHEAD.get(kind, {ahead})
