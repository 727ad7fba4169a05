"""Text from elsewhere that is to be shown on a terminal."""

import unicodedata
from typing import Final

_STEERING: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""The Unicode categories of what steers a terminal or the order of text, or starts a line."""

_JOINERS: Final = "\u200c\u200d"
"""What scripts and emoji need to look right, and what does nothing else."""


def harmless(text: str) -> str:
    r"""Return a text as one line that steers nothing, with escapes such as `\n` or `\x1b`."""
    if text.isprintable():
        return text
    return "".join(map(_shown, text))


def _shown(character: str) -> str:
    if unicodedata.category(character) in _STEERING and character not in _JOINERS:
        return character.encode("unicode_escape").decode("ascii")
    return character
