"""Tags and varints, of which messages on the wire consist.

A varint is a number with seven bits in each byte, the lowest first. A tag is the number of a field
and the type of its value.
"""

from typing import Final

_MAX_BYTES: Final = 10

VARINT: Final = 0
"""The type of numbers and enums."""

LENGTH_DELIMITED: Final = 2
"""The type of messages, texts and bytes."""

FIXED_32: Final = 5
"""The type of numbers of single precision."""


def make_tag(field: int, wire_type: int) -> int:
    """Return the tag of a field."""
    return field << 3 | wire_type


def read_varint(data: bytes, start: int) -> tuple[int, int]:
    """Return the number that starts at an index, and the index after it.

    Raises:
        IndexError: If the number does not end within the data, or within ten bytes.
    """
    value = shift = 0
    for index in range(start, start + _MAX_BYTES):
        value |= (data[index] & 127) << shift
        if data[index] < 128:
            return value, index + 1
        shift += 7
    raise IndexError(f"the varint at byte {start} does not end within {_MAX_BYTES} bytes")


def write_varint(number: int) -> bytes:
    """Return a number of at most 64 bits, 0 or above, as a varint."""
    groups = bytearray()
    while number > 127:
        groups.append(number & 127 | 128)
        number >>= 7
    groups.append(number)
    return bytes(groups)
