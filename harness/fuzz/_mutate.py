"""Mutations of bytes: some keep a message readable, others ignore its structure."""

from collections.abc import Callable, Sequence
from math import inf, nan
from random import Random
from struct import pack
from typing import Any, Final, TypeAlias

from frequenz.client.assets._wire.varint import LENGTH_DELIMITED, VARINT, write_varint

from ._fields import FIXED32, FIXED64, Field, fields_of, replaced

Mutation: TypeAlias = Callable[[Random, bytes, bytes], bytes]
"""Returns mutated bytes; may use the other ones."""

Change: TypeAlias = Callable[[Random, bytes, Sequence[Field], Field], bytes]
"""Returns a message with one of its fields changed."""

_TIMES: Final = (-62_135_596_801, -62_135_596_800, 253_402_300_799, 253_402_300_800)
_NUMBERS: Final = (
    *range(13),
    *(sign * 2**bits + more for bits in (31, 32, 63) for sign in (1, -1) for more in (-1, 0, 1)),
    10**9 - 1,
    10**9,
    *_TIMES,
    *_TIMES,  # twice: the other numbers that are not times are more
)
_VARINTS: Final = (
    *(write_varint(number % 2**64) for number in _NUMBERS),
    b"\x80\x00",
    b"\xff" * 9 + b"\x7f",
    b"\xff" * 10,
)
_FLOATS: Final = (0.0, -0.0, 1.0, -1.0, 90.5, -90.5, 181.0, -181.0, 1e30, 1e-45, nan, inf, -inf)
_SINGLES: Final = tuple(pack("<f", number) for number in _FLOATS)
_DOUBLES: Final = tuple(pack("<d", number) for number in (-0.0, 5e-324, 1.7e308, nan, inf, -inf))
_TEXTS: Final = (
    b"",
    b"\x00",
    b"\xff",
    b"\xed\xa0\x80",  # half of a surrogate pair
    b"\n",
    b"de",
    b"DE",
    b"%s {0} {name}",
    "\u202eÄ\U0001f50b".encode(),
    b"10YDE-VE-------2",
    b"10YDE-VE-------3",
    b"x" * 200,
)
_VALUES: Final = {VARINT: _VARINTS, FIXED32: _SINGLES, FIXED64: _DOUBLES, LENGTH_DELIMITED: _TEXTS}


def mutated(random: Random, data: bytes, other: bytes, descriptor: Any) -> bytes:
    """Return a reply with some mutations, which may use parts of another one."""
    changes = random.choice((0, 1, 1, 1, 2, 3))
    for _ in range(changes):
        if fields := fields_of(data, descriptor):
            data = random.choice(_CHANGES)(random, data, fields, _choose(random, fields))
    if not changes or random.random() < 0.2:
        data = random.choice(_MUTATIONS)(random, data, other)
    elif random.random() < 0.1:
        data += other  # concatenated messages are one with the items of both
    return data


def _choose(random: Random, fields: Sequence[Field]) -> Field:
    """Return a random field; sometimes, rare wire types get the same chance."""
    if random.random() < 0.3:
        wire_type = random.choice(sorted({field.wire_type for field in fields}))
        fields = [field for field in fields if field.wire_type == wire_type]
    return random.choice(fields)


# Changes of one field, which keep the rest of the message readable --------------------------------


def _set(random: Random, data: bytes, _: Sequence[Field], field: Field) -> bytes:
    value = random.choice(_VALUES[field.wire_type])
    if field.wire_type == LENGTH_DELIMITED:
        value = write_varint(len(value)) + value
    return replaced(data, field.parents, field.value, field.end, value)


def _copy_value(random: Random, data: bytes, fields: Sequence[Field], field: Field) -> bytes:
    """Copy the value of another field with the same wire type: makes duplicate IDs, for example."""
    source = random.choice([other for other in fields if other.wire_type == field.wire_type])
    value = data[source.value : source.end]
    return replaced(data, field.parents, field.value, field.end, value)


def _copy_field(random: Random, data: bytes, fields: Sequence[Field], field: Field) -> bytes:
    source = random.choice(fields)
    whole = data[source.start : source.end]
    return replaced(data, field.parents, field.start, field.end, whole)


def _swap(random: Random, data: bytes, fields: Sequence[Field], field: Field) -> bytes:
    """Swap two fields of one message, or only their values."""
    other = random.choice([other for other in fields if other.parents == field.parents])
    one, two = sorted((field, other))
    if one is two:
        return data
    if random.random() < 0.5:
        first, second = (one.start, one.end), (two.start, two.end)
    else:
        first, second = (one.value, one.end), (two.value, two.end)
    middle = data[first[1] : second[0]]
    swapped = data[slice(*second)] + middle + data[slice(*first)]
    return data[: first[0]] + swapped + data[second[1] :]


def _delete(random: Random, data: bytes, _: Sequence[Field], field: Field) -> bytes:
    return replaced(data, field.parents, field.start, field.end, b"")


def _repeat(random: Random, data: bytes, _: Sequence[Field], field: Field) -> bytes:
    again = data[field.start : field.end] * random.choice((1, 1, 2, 8))
    return replaced(data, field.parents, field.end, field.end, again)


def _retag(random: Random, data: bytes, _: Sequence[Field], field: Field) -> bytes:
    """Change the number of a field, or its wire type."""
    wire_type = field.wire_type if random.random() < 0.8 else random.randrange(8)
    tag = write_varint(random.choice((0, *range(1, 13), 2**29 - 1)) << 3 | wire_type)
    return replaced(data, field.parents, field.start, field.value, tag)


def _empty(_: Random, data: bytes, __: Sequence[Field], field: Field) -> bytes:
    value = bytes(field.end - field.value) if field.wire_type in {FIXED32, FIXED64} else b"\0"
    return replaced(data, field.parents, field.value, field.end, value)


def _set_length(random: Random, data: bytes, _: Sequence[Field], field: Field) -> bytes:
    """Give a field a wrong length."""
    if field.wire_type != LENGTH_DELIMITED:
        return data
    return data[: field.value] + random.choice(_VARINTS) + data[field.content :]


_CHANGES: Final[Sequence[Change]] = (
    *(_set, _set, _set, _copy_value, _copy_value, _copy_field, _swap),
    *(_delete, _repeat, _retag, _empty, _set_length),
)

# Mutations of plain bytes -------------------------------------------------------------------------


def _part(random: Random, data: bytes) -> tuple[int, int]:
    """Return the span of a random part; most are short."""
    start = random.randrange(len(data) + 1)
    return start, min(len(data), start + random.choice((1, 1, 2, 4, 16, len(data))))


def _flip(random: Random, data: bytes, __: bytes) -> bytes:
    if not data:
        return data
    flipped = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 8))):
        flipped[random.randrange(len(flipped))] ^= 1 << random.randrange(8)
    return bytes(flipped)


def _insert(random: Random, data: bytes, _: bytes) -> bytes:
    at = random.randrange(len(data) + 1)
    return data[:at] + random.randbytes(random.choice((1, 1, 2, 4, 16))) + data[at:]


def _remove(random: Random, data: bytes, _: bytes) -> bytes:
    start, end = _part(random, data)
    return data[:start] + data[end:]


def _double(random: Random, data: bytes, _: bytes) -> bytes:
    start, end = _part(random, data)
    return data[:end] + data[start:]


def _splice(random: Random, data: bytes, other: bytes) -> bytes:
    return data[: random.randrange(len(data) + 1)] + other[random.randrange(len(other) + 1) :]


def _overwrite(random: Random, data: bytes, _: bytes) -> bytes:
    at = random.randrange(len(data) + 1)
    value = random.choice(random.choice((_VARINTS, _SINGLES, _DOUBLES, _TEXTS)))
    return data[:at] + value + data[at + len(value) :]


_MUTATIONS: Final[Sequence[Mutation]] = (_flip, _insert, _remove, _double, _splice, _overwrite)
