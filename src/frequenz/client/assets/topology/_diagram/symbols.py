"""The symbols, after the conventions of IEC 60617: 36 pixels wide and high, around the origin.

Lines arrive at the top in the middle, and leave at the bottom.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ...electrical_component import (
    BatteryType,
    ElectricalComponent,
    ElectricalComponentCategory,
    EvChargerType,
    InverterType,
)
from ...metrics import Metric

HALF: Final = 18
"""Half the width and the height of a symbol."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Symbol:
    """The drawing of a kind of component."""

    name: str
    frame: str
    """Its outline, which is dashed if the component is not in operation."""

    glyph: str = ""
    """What is in the outline, and too small to be dashed."""

    half_width: int = HALF

    top: int = -HALF
    """Where the line from above ends."""

    bottom: int = HALF
    """Where the line to below starts."""

    foot: int = HALF
    """The lowest point of the drawing."""

    @property
    def markup(self) -> str:
        """The SVG elements of the drawing."""
        glyph = f'<g stroke-dasharray="none">{self.glyph}</g>' if self.glyph else ""
        return f"{self.frame}{glyph}"


_FILLED: Final = ' fill="currentColor"'
_THICK: Final = ' stroke-width="3"'
_THIN: Final = ' stroke-width="1"'
# Attributes, not classes: within a `use` element, no selector sees the elements around it.


def _path(data: str, style: str = "") -> str:
    return f'<path{style} d="{data}"/>'


def _text(text: str, x: int = 0, y: int = 5, size: int = 13) -> str:
    return (
        f'<text x="{x}" y="{y}" font-size="{size}" font-weight="bold" text-anchor="middle"'
        f' stroke="none" fill="currentColor">{text}</text>'
    )


_BOX: Final = _path("M-18-18H18V18H-18Z")
_CIRCLE: Final = '<circle r="18"/>'
_CONVERSION: Final = _BOX + _path("M-18 18L18-18")
_AC_SIDE: Final = _path("M-14-9q3-6 6 0t6 0")
_DC_SIDE: Final = _path("M4 8H14M4 12H14")
_CELL: Final = _path("M0 7H14") + _path("M4 12H10", _THICK)
_SUN: Final = '<circle cx="9" cy="8" r="2.5"/>' + _path(
    "M9 4V2M9 12V14M5 8H3M13 8H15"
    "M6.2 5.2L4.8 3.8M11.8 5.2L13.2 3.8M6.2 10.8L4.8 12.2M11.8 10.8L13.2 12.2"
)
_SMALL_SUN: Final = '<circle cx="12" cy="0" r="1.8"/>' + _path(
    "M12-3V-5M12 3V5M9 0H7M15 0H17"
    "M9.9-2.1L8.5-3.5M14.1-2.1L15.5-3.5M9.9 2.1L8.5 3.5M14.1 2.1L15.5 3.5"
)
_SMALL_CELL: Final = _path("M-8 10H6") + _path("M-4 14H2", _THICK)
_CELLS: Final = (
    _path("M0-18V-4M-14-4H14M-14 10H14")
    + _path("M-7 1.5H7M-7 16H7", _THICK)
    + _path("M0 4.5V6.5M0 8V10")
)
_STATION: Final = _path("M-10-14V-8M-4-14V-8M-14-8H0V-4A7 7 0 0 1-14-4ZM-7 3V8Q-7 13-2 13H14")
_AC_SIGN: Final = _path("M4-6q2.5-5 5 0t5 0")
_DC_SIGN: Final = _path("M4 2H14M4 6H14")

_OTHER: Final = Symbol(name="other", frame=_BOX)
"""A component of unknown category, whose number is written into it."""

_MISSING: Final = Symbol(name="missing", frame=_BOX, glyph=_path("M-6-6L6 6M6-6L-6 6"))

_LOAD: Final = Symbol(
    name="meter-load",
    frame='<circle cy="-5" r="13"/>',
    glyph=_path("M-6-9L-3-1L0-8L3-1L6-9M0 8V12") + _path("M-5 12H5L0 21Z", _FILLED),
    foot=22,
)
"""A meter behind which nothing is listed: what it measures is a load."""

_CATEGORY: Final = ElectricalComponentCategory

SYMBOLS: Final[Mapping[ElectricalComponentCategory, Symbol]] = {
    _CATEGORY.UNSPECIFIED: Symbol(name="unspecified", frame=_BOX, glyph=_text("?")),
    _CATEGORY.GRID: Symbol(
        name="grid",
        frame=_BOX,
        glyph=_path("M-18 0L0-18M-18 18L18-18M0 18L18 0M-18 0L0 18M-18-18L18 18M0-18L18 0", _THIN),
    ),
    _CATEGORY.METER: Symbol(name="meter", frame=_CIRCLE, glyph=_path("M-9-7L-4.5 7L0-5L4.5 7L9-7")),
    _CATEGORY.INVERTER: Symbol(name="inverter", frame=_CONVERSION, glyph=_AC_SIDE + _DC_SIDE),
    _CATEGORY.BREAKER: Symbol(
        name="breaker", frame=_path("M0-18V-9M-4-13L4-5M4-13L-4-5M-9-8L0 9V18")
    ),
    _CATEGORY.CONVERTER: Symbol(
        name="converter", frame=_CONVERSION, glyph=_path("M-14-12H-4M-14-8H-4") + _DC_SIDE
    ),
    _CATEGORY.BATTERY: Symbol(name="battery", frame=_CELLS),
    _CATEGORY.EV_CHARGER: Symbol(name="ev-charger", frame=_BOX, glyph=_STATION),
    _CATEGORY.CRYPTO_MINER: Symbol(
        name="crypto-miner",
        frame=_BOX,
        glyph=_path("M-10-10H10V10H-10ZM-2.5-6L-4 6M4-6L2.5 6M-6-2.5H6.5M-6.5 2.5H6")
        + _path("M-6-14V-10M0-14V-10M6-14V-10M-6 10V14M0 10V14M6 10V14", _THIN)
        + _path("M-14-6H-10M-14 0H-10M-14 6H-10M10-6H14M10 0H14M10 6H14", _THIN),
    ),
    _CATEGORY.ELECTROLYZER: Symbol(
        name="electrolyzer",
        frame=_BOX,
        glyph=_path("M-13-5V13H13V-5")
        + _path("M-13 0H13", _THIN)
        + _path("M-6-14V9M6-14V9", _THICK)
        + '<circle cx="-1.5" cy="5" r="1.3"/><circle cx="2" cy="9" r="1.3"/>',
    ),
    _CATEGORY.CHP: Symbol(
        name="chp",
        frame=_BOX,
        glyph='<circle cx="-5" cy="0" r="10"/>'
        + _text("G", -5, 1, 9)
        + _path("M-9 5q2-3.5 4 0t4 0M9-10q4 5 0 10t0 10M14-10q4 5 0 10t0 10"),
    ),
    _CATEGORY.PRECHARGER: Symbol(
        name="precharger",
        frame=_path("M0-18V-12M-8-8V-12H8V-5M-12-8H-4V7H-12ZM-8 7V12H8V7L14-5M0 12V18"),
    ),
    _CATEGORY.HVAC: Symbol(
        name="hvac",
        frame=_BOX,
        glyph='<circle r="14"/>'
        + _path("M0 0Q-9-4-4-12M0 0Q4-9 12-4M0 0Q9 4 4 12M0 0Q-4 9-12 4")
        + '<circle fill="currentColor" r="2"/>',
    ),
    _CATEGORY.POWER_TRANSFORMER: Symbol(
        name="transformer",
        frame='<circle cy="-7" r="12"/><circle cy="7" r="12"/>',
        top=-19,
        bottom=19,
        half_width=14,
    ),
    _CATEGORY.PLC: Symbol(
        name="plc",
        frame=_BOX,
        glyph=_text("PLC", 0, 3, 9)
        + _path("M-12-18V-13M-4-18V-13M4-18V-13M12-18V-13", _THIN)
        + _path("M-12 13V18M-4 13V18M4 13V18M12 13V18", _THIN),
    ),
    _CATEGORY.STATIC_TRANSFER_SWITCH: Symbol(
        name="static-transfer-switch",
        frame=_BOX,
        glyph=_path("M-9-18V-10M9-18V-10M-8-7L0 7V18")
        + '<circle fill="currentColor" cx="-9" cy="-9" r="1.5"/>'
        + '<circle fill="currentColor" cx="9" cy="-9" r="1.5"/>'
        + _path("M5 3H15L10 10ZM5 10H15M13 10L16 14"),
    ),
    _CATEGORY.UNINTERRUPTIBLE_POWER_SUPPLY: Symbol(
        name="ups",
        frame=_BOX,
        glyph=_path("M-18-6H18M-18 6H18", _THIN)
        + _path("M-6-12q3-6 6 0t6 0M-6 12q3-6 6 0t6 0M-8-2H8")
        + _path("M-4 2.5H4", _THICK),
    ),
    _CATEGORY.CAPACITOR_BANK: Symbol(
        name="capacitor-bank",
        frame=_path("M0-18V-4M0 3V11M-8 11H8M-5 14.5H5M-2 18H2")
        + _path("M-13-4H13M-13 3H13", _THICK),
    ),
    _CATEGORY.WIND_TURBINE: Symbol(
        name="wind-turbine",
        frame=_CIRCLE,
        glyph=_path("M-1-2L-2 16H2L1-2", _THIN)
        + _path("M0-4L-2-9L0-16L2-9Z", _FILLED)
        + _path("M0-4L5.5-2.5L10.5 2.5L3.5 0.5ZM0-4L-5.5-2.5L-10.5 2.5L-3.5 0.5Z", _FILLED),
    ),
    _CATEGORY.STEAM_BOILER: Symbol(
        name="steam-boiler",
        frame=_BOX,
        glyph=_path("M-13-3H13V14H-13ZM-8 3H8V8H-8ZM-13 5.5H-8M8 5.5H13")
        + _path("M-6-15q3 2.5 0 5t0 5M0-15q3 2.5 0 5t0 5M6-15q3 2.5 0 5t0 5", _THIN),
    ),
}
"""The symbols of all categories; of those with types, that of an unspecified type."""

TYPES: Final[Mapping[InverterType | BatteryType | EvChargerType, Symbol]] = {
    InverterType.BATTERY: Symbol(
        name="inverter-battery", frame=_CONVERSION, glyph=_AC_SIDE + _CELL
    ),
    InverterType.SOLAR: Symbol(name="inverter-solar", frame=_CONVERSION, glyph=_AC_SIDE + _SUN),
    InverterType.HYBRID: Symbol(
        name="inverter-hybrid", frame=_CONVERSION, glyph=_AC_SIDE + _SMALL_SUN + _SMALL_CELL
    ),
    BatteryType.LI_ION: Symbol(name="battery-li", frame=_CELLS, glyph=_text("Li", 11, -8, 9)),
    BatteryType.NA_ION: Symbol(name="battery-na", frame=_CELLS, glyph=_text("Na", 11, -8, 9)),
    EvChargerType.AC: Symbol(name="ev-charger-ac", frame=_BOX, glyph=_STATION + _AC_SIGN),
    EvChargerType.DC: Symbol(name="ev-charger-dc", frame=_BOX, glyph=_STATION + _DC_SIGN),
    EvChargerType.HYBRID: Symbol(
        name="ev-charger-hybrid", frame=_BOX, glyph=_STATION + _AC_SIGN + _DC_SIGN
    ),
}
"""The symbols of the types that are known and specified."""


_UNKNOWN_TYPE: Final = {
    _CATEGORY.INVERTER: (-5, 15),
    _CATEGORY.BATTERY: (11, -8),
    _CATEGORY.EV_CHARGER: (9, 1),
}
"""Where the question mark of an unknown type is."""


def symbol_of(component: ElectricalComponent | None, *, is_last: bool) -> Symbol:
    """Return the symbol of a component.

    Args:
        component: The component; None if only connections refer to it.
        is_last: Whether it feeds nothing.
    """
    if component is None:
        return _MISSING
    if isinstance(component.category, int):
        return _OTHER
    if component.category is _CATEGORY.METER and is_last and _may_consume(component):
        return _LOAD
    type_: Any = getattr(component, "type", None)
    basic = SYMBOLS[component.category]
    if isinstance(type_, int):
        mark = _text("?", *_UNKNOWN_TYPE[component.category], 9)
        return Symbol(name=f"{basic.name}-other", frame=basic.frame, glyph=basic.glyph + mark)
    return TYPES.get(type_, basic)


def _may_consume(component: ElectricalComponent) -> bool:
    bounds = component.rated_bounds.get(Metric.AC_POWER_ACTIVE)
    return bounds is None or bounds.upper is None or bounds.upper > 0
