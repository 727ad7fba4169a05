"""The colours and line styles of diagrams."""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

Theme: TypeAlias = Literal["auto", "light", "dark"]
"""`auto` follows what the reader prefers; light if nothing is known of it."""

THEMES: Final[tuple[Theme, ...]] = ("auto", "light", "dark")

_LIGHT: Final = {
    "paper": "#ffffff",
    "ink": "#1f2328",
    "muted": "#6e7781",
    "dc": "#0b5cad",
    "note": "#7a3e9d",
    "added": "#1a7f37",
    "removed": "#cf222e",
    "changed": "#8a5a00",
    "major": "#cf222e",
    "minor": "#8a5a00",
    "mark": "#fff0c2",
    "mark-line": "#b35900",
    "on-badge": "#ffffff",
}
_DARK: Final = {
    "paper": "#0d1117",
    "ink": "#e6edf3",
    "muted": "#8b949e",
    "dc": "#79c0ff",
    "note": "#d2a8ff",
    "added": "#56d364",
    "removed": "#ff7b72",
    "changed": "#e3b341",
    "major": "#ff7b72",
    "minor": "#e3b341",
    "mark": "#4a3a0b",
    "mark-line": "#e3b341",
    "on-badge": "#0d1117",
}

_SHAPES: Final = """\
.sld{font:10px Helvetica,Arial,"Liberation Sans",sans-serif}
.sld .w,.sld .d,.sld .o,.sld .u,.sld .e,.sld .y{fill:none;stroke-width:1.5}
.sld .d{stroke-width:4.5}
.sld .u{stroke-width:4.5;stroke-linecap:round}
.sld .y{stroke-width:8}
.sld .e{stroke-dasharray:5 4}
.sld .g{fill:none;stroke-width:1.5;stroke-linejoin:round;stroke-linecap:round;stroke:currentColor}
.sld .g text{fill:currentColor}
.sld text{stroke:none}
.sld .b,.sld .heading{font-weight:bold;font-size:11px}
.sld .heading{font-size:15px}
.sld .i{font-style:italic}
.sld .s{font-weight:bold}
.sld .t{font-weight:bold;font-size:10px;text-anchor:middle}
.sld .q text{font-weight:bold;text-anchor:middle}
.sld .j{stroke:currentColor;stroke-width:1.2;fill:none}
.sld .q{stroke-width:1}
.sld .q,.sld .j{stroke-dasharray:none}
.sld .x{stroke-dasharray:4 3}
.sld .k{stroke-width:1}
.sld .u.k{stroke-width:3}
.sld .a{stroke-width:2.5}
.sld .r{stroke-dasharray:7 4}
.sld .m{stroke-dasharray:9 3 2 3}
"""

_COLOURS: Final[tuple[tuple[str, str], ...]] = (
    (".sld .paper", "fill:{paper}"),
    (".sld .w,.sld .u,.sld .z", "stroke:{ink}"),
    (".sld .z,.sld .heading,.sld .l", "fill:{ink}"),
    (".sld .g", "color:{ink}"),
    (".sld .n", "fill:{muted}"),
    (".sld .g .s", "fill:{note}"),
    (".sld .d,.sld .u.dc", "stroke:{dc}"),
    (".sld .o,.sld .y", "stroke:{paper}"),
    (".sld .e", "fill:none;stroke:{muted}"),
    (".sld .v", "fill:{mark};stroke:{mark-line}"),
    (".sld .x,.sld .k", "stroke:{muted};color:{muted}"),
    (".sld .a", "stroke:{added};color:{added}"),
    (".sld .r", "stroke:{removed};color:{removed}"),
    (".sld .m", "stroke:{changed};color:{changed}"),
    (".sld .major", "fill:{major};stroke:{paper}"),
    (".sld .minor", "fill:{paper};stroke:{minor}"),
    (".sld .q .minor-sign", "fill:{minor}"),
    (".sld .plus", "fill:{added};stroke:{paper}"),
    (".sld .minus", "fill:{removed};stroke:{paper}"),
    (".sld .unequal", "fill:{changed};stroke:{paper}"),
    (".sld .q text", "fill:{on-badge}"),
    (".sld .sign", "fill:none;stroke:{on-badge};stroke-width:1.5"),
    (".sld .ink", "color:{ink}"),
)
"""Selectors, and what they set in each theme."""


def style_sheet(theme: Theme) -> str:
    """Return the style sheet of a theme. It has no variables, which some renderers do not know."""
    colours = _colours(_DARK if theme == "dark" else _LIGHT, theme)
    if theme == "auto":
        colours += f"@media(prefers-color-scheme:dark){{\n{_colours(_DARK, theme)}}}\n"
    return _SHAPES + colours


def _colours(palette: Mapping[str, str], theme: Theme) -> str:
    """Return the rules for colours, which do not apply to diagrams of other themes on a page."""
    return "".join(
        f"{selectors.replace('.sld', f'.sld-{theme}')}{{{_filled(declarations, palette)}}}\n"
        for selectors, declarations in _COLOURS
    )


def _filled(declarations: str, palette: Mapping[str, str]) -> str:
    for name, colour in palette.items():
        declarations = declarations.replace(f"{{{name}}}", colour)
    return declarations
