"""Text of foreign origin made safe for XML, and how much room it needs.

Widths are upper bounds over common sans-serif fonts, so that labels never overlap whatever font
the reader has.
"""

import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Final
from xml.sax.saxutils import escape, quoteattr

_WIDTHS: Final = {
    0.36: " 'ijlI|",
    0.42: ",./:;\\()[]-ft!J·",
    0.52: '"*_`r?{}°',
    0.60: "csz",
    0.64: "FLkvxy",
    0.68: "$0123456789EPSTYabdeghnopqu",
    0.74: "ABKRVXZC",
    0.84: "&DGHOQNUw",
    0.90: "#+<=>^~M±×↑↓↕→∞",
    1.02: "%@Wm…",
}
"""Width in em -> the characters of at most this width."""

_BY_CHARACTER: Final = {
    character: width for width, characters in _WIDTHS.items() for character in characters
}
_OTHER: Final = 1.0
_WIDE: Final = 1.3
"""East Asian characters and emoji."""

_BOLD: Final = 1.1
"""How much wider bold text is."""

_ELLIPSIS: Final = "…"
_INVISIBLE: Final = frozenset({"Mn", "Me"})
_REPLACED: Final = frozenset({"Cc", "Cs", "Cn", "Co"})
"""Categories of characters that XML forbids, or that no font has."""

_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"


def safe(text: str) -> str:
    """Return a text on one line, without characters that XML forbids or that hide or reorder text.

    Control characters become their pictures, such as U+2400; the others the replacement character.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_safe_character, text))


def _safe_character(character: str) -> str:
    number = ord(character)
    if character in "\t\n\r\N{LINE SEPARATOR}\N{PARAGRAPH SEPARATOR}":
        return " "
    if number < 0x20:
        return chr(0x2400 + number)
    if number == 0x7F:
        return "\N{SYMBOL FOR DELETE}"
    category = unicodedata.category(character)
    if category in _REPLACED:
        return _REPLACEMENT
    if category == "Cf":  # such as those that reverse the direction of what follows
        return "" if character == "\N{SOFT HYPHEN}" else _REPLACEMENT
    return character


def markup(text: str) -> str:
    """Return a text as XML."""
    return escape(safe(text))


def attribute(text: str) -> str:
    """Return a text as an XML attribute, with its quotes."""
    return quoteattr(safe(text))


@lru_cache(maxsize=4096)
def _character_width(character: str) -> float:
    canonical, compatible = (unicodedata.normalize(form, character) for form in ("NFD", "NFKD"))
    width = sum(map(_part_width, compatible))
    return width if canonical == compatible else max(width, _OTHER)


def _part_width(character: str) -> float:
    known = _BY_CHARACTER.get(character)
    if known is not None:
        return known
    category = unicodedata.category(character)
    if category in _INVISIBLE:
        return 0.0
    if unicodedata.east_asian_width(character) in "WF" or ord(character) > 0xFFFF:
        return _WIDE
    return _OTHER if category[0] == "L" else _WIDE


def width(text: str, size: float, *, is_bold: bool = False) -> float:
    """Return the largest width of a text in a sans-serif font of a size in pixels."""
    em = sum(map(_character_width, text))
    return em * size * (_BOLD if is_bold else 1.0)


def wrap(text: str, limit: float, lines: int, size: float, *, is_bold: bool = False) -> list[str]:
    """Return a text in lines of a limited width; what does not fit ends in an ellipsis."""

    def fits(part: str) -> bool:
        return width(part, size, is_bold=is_bold) <= limit

    words = text.split()
    wrapped: list[str] = []
    while words and len(wrapped) < lines:
        line = words.pop(0)
        while words and fits(f"{line} {words[0]}"):
            line = f"{line} {words.pop(0)}"
        is_last = len(wrapped) == lines - 1
        if is_last and words:
            line = " ".join((line, *words))
        if not fits(line) or (is_last and words):
            kept = _longest_start(line, fits)
            if is_last:
                return [*wrapped, kept.rstrip() + _ELLIPSIS]
            words.insert(0, line[len(kept) :])
            line = kept
        wrapped.append(line)
    return wrapped


def _longest_start(text: str, fits: Callable[[str], bool]) -> str:
    """Return the longest start of a text, at least a character, that fits with an ellipsis."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(text[:middle] + _ELLIPSIS) else (low, middle - 1)
    return text[:low]
