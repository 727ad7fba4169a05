"""Cursors of a watch, made of bytes that are not those of a cursor."""

import json
import zlib
from typing import Any, Final

import pytest

from frequenz.client.assets.fleet import Cursor

WHOLE: Final = {
    "version": 1,
    "microgrid_ids": None,
    "include": ["components"],
    "sites": [],
    "market": [None, None, None],
}


def packed(**changes: Any) -> bytes:
    return zlib.compress(json.dumps(WHOLE | changes).encode())


WRONG: Final[dict[str, Any]] = {
    "a text": "x",
    "nothing": b"",
    "cut off": packed()[:-3],
    "a list": zlib.compress(b"[]"),
    "nested too deep": zlib.compress(b"[" * 100_000),
    "of another version": packed(version=2),
    "without a microgrid": packed(sites=[[1, None, None, None, None]]),
    "with too few lists": packed(sites=[[1, ""]]),
    "with half a market": packed(market=[None]),
    "with a text that is no base 85": packed(sites=[[1, "~~~", None, None, None]]),
    "with a text that is not ASCII": packed(sites=[[1, "ä", None, None, None]]),
}


def test_a_whole_one_is_read() -> None:
    assert Cursor.from_bytes(packed()).to_bytes() == packed()


@pytest.mark.parametrize("data", WRONG.values(), ids=WRONG)
def test_anything_else_is_refused(data: Any) -> None:
    with pytest.raises(ValueError, match=r"^cursor: expected bytes of a cursor: \S"):
        Cursor.from_bytes(data)
