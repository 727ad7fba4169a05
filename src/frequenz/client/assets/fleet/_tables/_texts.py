"""Texts in a buffer as Arrow strings."""

from typing import Any

import numpy as np
import pyarrow as pa

from ._scan import PADDING, Array, Spans


def strings_at(data: Array, spans: Spans) -> tuple[Any, Array]:
    """Return the texts as strings, null if absent or empty, and the rows with invalid UTF-8."""
    lengths = spans.end - spans.start
    offsets = np.zeros(lengths.size + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    if not offsets[-1]:
        return pa.nulls(lengths.size, pa.string()), np.zeros(0, np.int64)
    is_null = lengths == 0
    null_count = int(np.count_nonzero(is_null))
    strings = pa.StringArray.from_buffers(
        lengths.size,
        pa.py_buffer(offsets.astype(np.int32)),
        pa.py_buffer(_joined(data, spans.start, lengths, offsets)),
        pa.py_buffer(np.packbits(~is_null, bitorder="little")) if null_count else None,
        null_count,
    )
    try:
        strings.validate(full=True)
    except pa.ArrowInvalid:
        return strings, np.array([row for row in range(lengths.size) if _is_bad(data, spans, row)])
    return strings, np.zeros(0, np.int64)


def _joined(data: Array, start: Array, lengths: Array, offsets: Array) -> Array:
    """Return the bytes of some texts, one after another."""
    longest = int(lengths.max())
    if longest <= len(PADDING):
        # Of each text as many bytes as the longest one has, then those that belong to it.
        shape = (data.size - longest + 1, longest)
        padded: Array = np.ndarray(shape, data.dtype, data, strides=(1, 1))[start]
        is_text = np.arange(longest) < lengths[:, None]
        return np.asarray(padded[is_text])
    # By byte, the difference between its index in the buffer and in the column.
    source = np.repeat(start - offsets[:-1], lengths)
    source += np.arange(source.size)
    return np.asarray(data[source])


def _is_bad(data: Array, spans: Spans, row: int) -> bool:
    try:
        data[spans.start[row] : spans.end[row]].tobytes().decode()
    except UnicodeDecodeError:
        return True
    return False
