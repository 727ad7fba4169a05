"""The text of files that people write with any editor."""

import re
from io import BytesIO, TextIOWrapper
from typing import Final

_OTHER_ENCODINGS: Final = {
    # Byte order marks, the longer ones first.
    rb"\xff\xfe\x00\x00|\x00\x00\xfe\xff": "UTF-32",
    rb"\xff\xfe|\xfe\xff": "UTF-16",
    # Without a mark: the first character takes one byte in UTF-8, and none is 0.
    rb"[^\x00]\x00\x00\x00|\x00\x00\x00[^\x00]": "UTF-32",
    rb"[^\x00]\x00|\x00[^\x00]": "UTF-16",
}
"""How a file in another encoding than UTF-8 starts."""


def decode_text(data: bytes) -> str:
    """Return the text of a file without its byte order mark, with line breaks as Python has them.

    Raises:
        ValueError: If it is not in UTF-8.
    """
    for start, encoding in _OTHER_ENCODINGS.items():
        if re.match(start, data, re.DOTALL):
            raise ValueError(f"the file is {encoding}; save it as UTF-8")
    try:
        return TextIOWrapper(BytesIO(data), encoding="utf-8-sig").read()
    except UnicodeDecodeError as error:
        raise ValueError(f"expected text in UTF-8: {error}") from error
