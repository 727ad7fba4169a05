"""What comes from a server, as it stands in a sentence."""

import struct
from typing import Final

_LONGEST: Final = 60
"""How many characters of a text are shown: whatever a server sends, a line stays one."""


def quoted(text: str) -> str:
    """Return a text in quotes, cut where it is long."""
    if len(text) <= _LONGEST:
        return repr(text)
    return f"{text[:_LONGEST]!r}... ({len(text)} characters)"


def shown(number: float) -> str:
    """Return a number with as few digits as tell it from its neighbours of single precision."""
    try:
        wire = struct.pack("f", number)
    except OverflowError:
        return repr(number)
    for digits in range(6, 10):
        text = f"{number:.{digits}g}"
        if struct.pack("f", float(text)) == wire:
            return text
    return repr(number)
