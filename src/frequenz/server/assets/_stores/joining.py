"""Joining the messages of a result in the database: a reply is one value, not a row per entity.

Rows cost Python more than they cost the database, and no other call is answered meanwhile.
"""

from collections.abc import Callable

_LARGEST_LENGTHS = 4
"""The number of bytes of a length from which on it is as long as any may be."""


def as_field(tag: str, last_byte: Callable[[str], str], byte: Callable[[str], str]) -> str:
    """Return the SQL of a message as a field: its tag, its length and its bytes.

    It is for rows with the columns `message` and `size`; of NULL, it is NULL.

    Args:
        tag: The SQL of the tag.
        last_byte: Returns the SQL of the byte of a number, which is less than 128.
        byte: The same with 128 added, which says that another byte follows.
    """
    branches = []
    for count in range(1, _LARGEST_LENGTHS + 2):
        groups = [f"(size >> {7 * at})" if at else "size" for at in range(count)]
        parts = [byte(f"({group} & 127)") for group in groups[:-1]] + [last_byte(groups[-1])]
        branches.append(" || ".join(parts))
    *shorter, longest = branches
    cases = " ".join(
        f"WHEN size < {1 << 7 * count} THEN {it}" for count, it in enumerate(shorter, start=1)
    )
    return f"{tag} || CASE {cases} ELSE {longest} END || message"
