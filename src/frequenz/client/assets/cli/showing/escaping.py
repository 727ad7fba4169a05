"""Escaping of text from elsewhere before a terminal shows it."""

import unicodedata
from typing import Final

_CONTROL_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories of characters that control a terminal, reorder text or start a line."""

_JOINERS: Final = "\u200c\u200d"
"""Some scripts and emoji need them, and they do nothing else."""


def escape_control(text: str) -> str:
    r"""Return text on one line, with escapes such as `\n` or `\x1b` for control characters."""
    return text if text.isprintable() else "".join(map(_escape, text))


def _escape(character: str) -> str:
    if unicodedata.category(character) in _CONTROL_CATEGORIES and character not in _JOINERS:
        return character.encode("unicode_escape").decode("ascii")
    return character
