"""The frames of HTTP/2 (RFC 9113), for clients and servers that write them themselves."""

import struct
from asyncio import StreamReader
from typing import Final, NamedTuple

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
"""What a client sends first."""

# Kinds of frames.
DATA: Final = 0
HEADERS: Final = 1
RST_STREAM: Final = 3
SETTINGS: Final = 4
PING: Final = 6
GOAWAY: Final = 7
WINDOW_UPDATE: Final = 8

# Flags.
END_STREAM: Final = 1
ACK: Final = 1
END_HEADERS: Final = 4

# Names of settings.
MAX_CONCURRENT_STREAMS: Final = 3
INITIAL_WINDOW_SIZE: Final = 4
MAX_FRAME_SIZE: Final = 5

WITHOUT_INDEXING: Final = b"\x00"
WITH_INDEXING: Final = b"\x40"
"""Whether the other side is to remember a header (RFC 7541)."""

_HEAD_BYTES: Final = 9


class Frame(NamedTuple):
    """A frame that was read."""

    kind: int
    flags: int
    stream: int
    payload: bytes


def frame(kind: int, flags: int = 0, stream: int = 0, payload: bytes = b"") -> bytes:
    """Return the bytes of a frame."""
    return struct.pack("!L", len(payload))[1:] + struct.pack("!BBL", kind, flags, stream) + payload


def settings(*pairs: tuple[int, int]) -> bytes:
    """Return the bytes of a frame of settings."""
    return frame(SETTINGS, payload=b"".join(struct.pack("!HL", *pair) for pair in pairs))


def header(name: str, value: str, indexing: bytes = WITHOUT_INDEXING) -> bytes:
    """Return a literal header without Huffman coding; both parts must be shorter than 127 bytes."""
    return indexing + b"".join(bytes([len(text)]) + text.encode() for text in (name, value))


def message(data: bytes) -> bytes:
    """Return the bytes of an uncompressed message of gRPC."""
    return b"\x00" + struct.pack("!L", len(data)) + data


async def read_frame(reader: StreamReader) -> Frame:
    """Return the next frame.

    Raises:
        IncompleteReadError: If the connection ends.
    """
    head = await reader.readexactly(_HEAD_BYTES)
    kind, flags, stream = struct.unpack("!BBL", head[3:])
    return Frame(kind, flags, stream, await reader.readexactly(int.from_bytes(head[:3])))
