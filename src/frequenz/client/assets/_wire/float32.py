"""Numbers of single precision, as protobuf's `float` fields hold them."""

import math
import struct
from typing import Final

_DIGITS: Final = range(6, 10)
"""Six digits always survive single precision; nine tell any number from its neighbours."""


def to_float32(number: float) -> float:
    """Return the nearest number of single precision; infinity if it is too large for that."""
    try:
        rounded: float = struct.unpack("<f", struct.pack("<f", number))[0]
    except OverflowError:
        return math.copysign(math.inf, number)
    return rounded


def shortest_float32(number: float) -> float:
    """Return the shortest number with the same value of single precision.

    A number that single precision does not hold exactly is returned as it is.
    """
    if not math.isfinite(number) or to_float32(number) != number:
        return number
    candidates = (float(f"{number:.{digits}g}") for digits in _DIGITS)
    return next(short for short in candidates if to_float32(short) == number)


def float32_text(number: float) -> str:
    """Return a number as text, with as few digits as tell it from its neighbours."""
    if to_float32(number) != number:  # NaN, or more precise than that
        return repr(number)
    return f"{shortest_float32(number):.9g}"
