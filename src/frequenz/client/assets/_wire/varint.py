"""Varints: how protobuf writes numbers, seven bits a byte, the lowest first."""

from typing import Final

_MAX_BYTES: Final = 10


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
