"""Diagrams are readable in light, in dark, and without colors."""

import re
from typing import Final

import pytest

from frequenz.client.assets.topology._diagram.themes import THEMES, style_sheet

_READABLE: Final = 4.5
"""The least contrast of text, by the guidelines for accessible web content (WCAG 2, AA)."""


def _rules(sheet: str, theme: str) -> dict[str, dict[str, str]]:
    """Return the declarations of each selector of a theme."""
    rules: dict[str, dict[str, str]] = {}
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", sheet):
        for selector in selectors.strip().split(","):
            name = selector.replace(f".sld-{theme}", ".sld")
            pairs = (it.split(":", 1) for it in body.split(";") if ":" in it)
            rules.setdefault(name, {}).update(pairs)
    return rules


def _luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [it / 12.92 if it <= 0.04045 else ((it + 0.055) / 1.055) ** 2.4 for it in parts]
    return sum(weight * it for weight, it in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _contrast(one: str, other: str) -> float:
    low, high = sorted(map(_luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def _sheets() -> list[tuple[str, dict[str, dict[str, str]]]]:
    """Return the rules of light and dark diagrams, and of both kinds that follow the reader."""
    light, _, dark = style_sheet("auto").partition("@media(prefers-color-scheme:dark){")
    return [
        ("auto, light", _rules(light, "auto")),
        ("auto, dark", _rules(dark, "auto")),
        *((theme, _rules(style_sheet(theme), theme)) for theme in ("light", "dark")),
    ]


@pytest.mark.parametrize(("name", "rules"), _sheets(), ids=lambda it: it if type(it) is str else "")
def test_colors_stand_out(name: str, rules: dict[str, dict[str, str]]) -> None:
    paper = rules[".sld .paper"]["fill"]
    assert (_luminance(paper) < 0.1) == name.endswith("dark")
    colors = {
        f"{selector} {key}": color
        for selector, declarations in rules.items()
        for key, color in declarations.items()
        if color.startswith("#") and color != paper
    }
    filled = {it for it in colors if it.startswith(".sld .v fill")}  # behind a symbol
    for use, color in colors.items():
        if use not in filled:
            assert _contrast(color, paper) >= _READABLE, use
    ink, mark = rules[".sld .g"]["color"], rules[".sld .v"]["fill"]
    assert _contrast(ink, mark) >= _READABLE


def test_a_theme_follows_the_reader_or_not() -> None:
    for theme in THEMES:
        assert ("prefers-color-scheme" in style_sheet(theme)) == (theme == "auto")


def test_states_differ_without_colors() -> None:
    rules = _rules(style_sheet("light").partition(".sld-light")[0], "light")
    shapes = [
        {key: it for key, it in rules.get(f".sld .{state}", {}).items() if key != "stroke"}
        for state in ("x", "k", "a", "r", "m")
    ]
    assert all(shapes)
    assert all(shapes.count(shape) == 1 for shape in shapes)
