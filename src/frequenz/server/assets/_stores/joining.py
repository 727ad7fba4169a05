"""Joining the messages of a result in the database: a reply is one value, not a row per entity.

Rows cost Python more than they cost the database, and no other call is answered meanwhile.
"""

from functools import cache
from typing import Final

from frequenz.client.assets._wire.varint import LENGTH_DELIMITED, make_tag

_LAST: Final = bytes(range(128))
"""The bytes of varints that are the last one."""

_CONTINUED: Final = bytes(range(128, 256))
"""Those that another one follows."""

_MOST_BYTES: Final = 5
"""How many bytes a length may have."""


@cache
def as_field(number: int, literal: str) -> str:
    """Return the SQL of a message as a field: its tag, its length and its bytes.

    It is for rows with the columns `message` and `size`; of NULL, it is NULL.

    Args:
        number: The number of the field.
        literal: The literal of bytes, with `{}` for their hexadecimal digits.
    """
    tag = bytes([make_tag(number, LENGTH_DELIMITED)])

    def look_up(table: bytes, at: str, width: int = 1) -> str:
        # One look-up for the tag and the byte after it: this is most of what a list costs.
        return f"substr({literal.format(table.hex())}, {width} * {at} + 1, {width})"

    def tagged(table: bytes) -> bytes:
        return b"".join(tag + bytes([byte]) for byte in table)

    cases = [f"WHEN size < 128 THEN {look_up(tagged(_LAST), 'size', 2)}"]
    for count in range(2, _MOST_BYTES + 1):
        groups = [f"((size >> {7 * at}) & 127)" for at in range(count)]
        parts = [
            look_up(tagged(_CONTINUED), groups[0], 2),
            *(look_up(_CONTINUED, group) for group in groups[1:-1]),
            look_up(_LAST, groups[-1]),
        ]
        cases.append(f"WHEN size < {1 << 7 * count} THEN {' || '.join(parts)}")
    return f"CASE {' '.join(cases)} END || message"
