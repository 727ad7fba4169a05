"""Foreign text is made safe, and fits into its lines."""

import unicodedata
from xml.sax.saxutils import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frequenz.client.assets.topology._diagram.texts import markup, safe, width, wrap


@given(st.text())
def test_safe_text_has_only_what_xml_and_readers_can_take(text: str) -> None:
    categories = {unicodedata.category(character) for character in safe(text)}
    assert categories.isdisjoint({"Cc", "Cf", "Cs", "Co", "Cn"})
    assert unescape(markup(text)) == safe(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a\x00b", "a␀b"), ("a\nb\tc", "a b c"), ("\x7f", "␡"), ("x\u202ey", "x�y"), ("\ud83d", "�")],
)
def test_control_characters_are_shown(text: str, expected: str) -> None:
    assert safe(text) == expected


@given(st.text(max_size=60), st.integers(40, 200), st.integers(1, 3), st.booleans())
def test_lines_fit(text: str, limit: int, lines: int, is_bold: bool) -> None:
    wrapped = wrap(text, limit, lines, 11, is_bold=is_bold)
    assert len(wrapped) <= lines
    assert all(width(line, 11, is_bold=is_bold) <= limit or len(line) <= 2 for line in wrapped)
    if not any(line.endswith("…") for line in wrapped):
        assert "".join(wrapped).replace(" ", "") == "".join(text.split())


def test_nothing_is_lost_in_words_that_are_split() -> None:
    assert "".join(wrap("W" * 12, 100, 3, 11)) == "W" * 12


def test_what_does_not_fit_ends_in_an_ellipsis() -> None:
    assert wrap("one two three four", 40, 1, 11) == ["one…"]
