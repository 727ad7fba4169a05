"""The text of files that people write with any editor."""

import codecs
import re
from collections.abc import Iterator
from io import BufferedReader, BytesIO, TextIOWrapper
from typing import Final, NamedTuple

_OTHER_ENCODINGS: Final = {
    # Byte order marks, the longer ones first.
    rb"\xff\xfe\x00\x00|\x00\x00\xfe\xff": "UTF-32",
    rb"\xff\xfe|\xfe\xff": "UTF-16",
    # Without a mark: the first character takes one byte in UTF-8, and none is 0.
    rb"[^\x00]\x00\x00\x00|\x00\x00\x00[^\x00]": "UTF-32",
    rb"[^\x00]\x00|\x00[^\x00]": "UTF-16",
}
"""How a file in another encoding than UTF-8 starts."""


class NotUtf8Error(ValueError):
    """A file is not in UTF-8; says what it is instead, or where it is not."""


def decode_text(data: bytes) -> str:
    """Return the text of a file without its byte order mark, with line breaks as Python has them.

    Raises:
        NotUtf8Error: If it is not in UTF-8.
    """
    _check_encoding(data)
    try:
        return TextIOWrapper(BytesIO(data), encoding="utf-8-sig").read()
    except UnicodeDecodeError as error:
        raise NotUtf8Error(f"expected text in UTF-8: {error}") from error


class Line(NamedTuple):
    """A line of a file."""

    number: int
    """Counted from 1."""

    offset: int
    """How many bytes of the file are before it."""

    text: str
    """Without its line break."""


class LineTooLongError(Exception):
    """A line is longer than allowed; has its number, counted from 1."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def iter_lines(file: BufferedReader, *, max_bytes: int) -> Iterator[Line]:
    """Yield the lines of a file, which are those of `decode_text`.

    Args:
        file: The file, at its start.
        max_bytes: How long a line can be, so that a file without line breaks does not fill the
            memory.

    Raises:
        NotUtf8Error: If the text up to here is not in UTF-8.
        LineTooLongError: If a line is too long.
    """
    _check_encoding(file.peek(4))
    number = offset = mark = 0
    while data := file.readline(max_bytes + 1):
        if len(data) > max_bytes:
            raise LineTooLongError(number + 1)
        if offset == 0 and data.startswith(codecs.BOM_UTF8):
            offset = mark = len(codecs.BOM_UTF8)
            data = data[mark:]
        # Line breaks are \n, \r\n and \r for bytes, and others as well for text.
        for line in data.splitlines(keepends=True):
            number += 1
            try:
                text = line.decode()
            except UnicodeDecodeError as error:
                shown = _moved(error, offset - mark)
                raise NotUtf8Error(f"expected text in UTF-8: {shown}") from error
            yield Line(number, offset, text.rstrip("\r\n"))
            offset += len(line)


def _moved(error: UnicodeDecodeError, by: int) -> str:
    """Return the text of an error with its positions moved."""
    first, last = error.start + by, error.end - 1 + by
    position = str(first) if error.end == error.start + 1 else f"{first}-{last}"
    return re.sub(r"position [0-9-]+", f"position {position}", str(error))


def _check_encoding(data: bytes) -> None:
    """Check that a file does not start like one in UTF-16 or UTF-32.

    Raises:
        NotUtf8Error: If it does.
    """
    for start, encoding in _OTHER_ENCODINGS.items():
        if re.match(start, data, re.DOTALL):
            raise NotUtf8Error(f"the file is {encoding}; save it as UTF-8")
