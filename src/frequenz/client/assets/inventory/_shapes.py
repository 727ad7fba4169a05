"""The shapes that data has in a file: each reads nodes and writes plain data.

A shape's `read` returns None after saying what is wrong with the node, so that reading goes on and
a file's problems are all said at once.
"""

import difflib
import enum
import math
import re
import struct
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple, Protocol

from google.protobuf.timestamp_pb2 import Timestamp

from .._wire.time import EPOCH, MAX_SECONDS, MIN_SECONDS, NANOS_PER_SECOND
from ._nodes import INTEGER, NUMBER, SPECIAL, Node


class Shape(Protocol):
    """How one kind of value is written in a file."""

    def read(self, node: Node) -> Any:
        """Return the value, or None with a problem."""

    def write(self, value: Any) -> Any:
        """Return the value as plain data: texts, numbers, lists and dicts."""


class Text:
    """Any text."""

    def read(self, node: Node) -> str | None:
        """Return the text."""
        text = node.text
        if text is None:
            node.expected("text (a number or a truth value as text goes in quotes)")
            return None
        try:
            text.encode()
        except UnicodeEncodeError:
            node.problem("expected text that can be encoded as UTF-8, got a lone surrogate")
            return None
        return text

    def write(self, value: str) -> str:
        """Return the text."""
        return value


class Integer(NamedTuple):
    """An integer within a range, both ends included."""

    lowest: int
    highest: int

    def read(self, node: Node) -> int | None:
        """Return the integer."""
        text = node.plain(INTEGER)
        if text is None:
            node.expected(f"an integer from {self.lowest} to {self.highest}")
            return None
        number = int(text, 0) if text[:2] in {"0x", "0o"} else int(text)
        if not self.lowest <= number <= self.highest:
            node.expected(f"an integer from {self.lowest} to {self.highest}")
            return None
        return number

    def write(self, value: int) -> int:
        """Return the integer."""
        return value


UINT32: Final = Integer(0, 2**32 - 1)
UINT64: Final = Integer(0, 2**64 - 1)
INT32: Final = Integer(-(2**31), 2**31 - 1)
INT64: Final = Integer(-(2**63), 2**63 - 1)


class Float32:
    """A number of single precision, as the API has them; `.nan`, `.inf` and `-.inf` are some."""

    def read(self, node: Node) -> float | None:
        """Return the number, rounded to single precision."""
        text = node.plain(NUMBER) or node.plain(SPECIAL)
        if text is None and SPECIAL.fullmatch(node.quoted or ""):
            text = node.quoted  # JSON has no number for it
        if text is None:
            node.expected("a number")
            return None
        try:
            return _single(float(text.lower().replace(".inf", "inf").replace(".nan", "nan")))
        except OverflowError:
            node.expected("a number that single precision can hold (below 3.4e38)")
            return None

    def write(self, value: float) -> float:
        """Return the shortest number that reads as the same value of single precision."""
        if not math.isfinite(value):
            return value
        candidates = (float(f"{value:.{digits}g}") for digits in range(6, 10))
        return next(short for short in candidates if _single(short) == value)


def _single(number: float) -> float:
    return float(struct.unpack("<f", struct.pack("<f", number))[0])


class Choice:
    """A member of an enum by its name in lower case, or an integer where there is no name."""

    def __init__(self, what: str, members: type[enum.Enum]) -> None:
        """Make the shape of an enum; `what` names it in sentences."""
        self._what = what
        # The members' own table: going through the enum would resolve deprecated names.
        self._numbers = {name.lower(): member.value for name, member in members.__members__.items()}
        self._names = {member.value: member.name.lower() for member in members}

    def read(self, node: Node) -> int | None:
        """Return the number of the member."""
        if node.plain(INTEGER) is not None:
            return INT32.read(node)
        text = node.text
        if text in self._numbers:
            return int(self._numbers[text])
        near = difflib.get_close_matches(text or "", self._numbers, n=1)
        hint = f" (did you mean {near[0]}?)" if near else f": {', '.join(self._numbers)}"
        if not near and len(self._numbers) > 25:
            hint = ""
        node.expected(f"{self._what}, or its number{hint}")
        return None

    def write(self, value: int) -> str | int:
        """Return the name of the member, or the number where it has none."""
        return self._names.get(value, value)


class Moment:
    """A timestamp: ISO 8601 with its offset from UTC.

    One outside the years 1 to 9999, or with nanoseconds that are none, is written as a mapping of
    `seconds` (since 1970) and `nanos`.
    """

    _FORM: Final = re.compile(
        r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?\s?(Z|z|[-+]\d{2}:\d{2})"
    )

    def read(self, node: Node) -> Timestamp | None:
        """Return the timestamp."""
        if node.is_mapping:
            raw: Timestamp | None = RAW_MOMENT.read(node)
            return raw
        match = self._FORM.fullmatch(node.text or "")
        if match is None:
            node.expected("a timestamp with its offset from UTC, such as 2024-05-17T08:30:00Z")
            return None
        date, time, fraction, offset = match.groups()
        try:
            moment = datetime.fromisoformat(f"{date}T{time}{offset.upper()}")
            since = moment - EPOCH
        except (ValueError, OverflowError) as error:
            node.expected(f"a timestamp that exists ({error})")
            return None
        return Timestamp(
            seconds=since.days * 86_400 + since.seconds, nanos=int((fraction or "").ljust(9, "0"))
        )

    def write(self, value: Timestamp) -> Any:
        """Return the timestamp as text in UTC, or as a mapping where text cannot say it."""
        exists = MIN_SECONDS <= value.seconds <= MAX_SECONDS and 0 <= value.nanos < NANOS_PER_SECOND
        if not exists:
            return RAW_MOMENT.write(value)
        moment = EPOCH + timedelta(seconds=value.seconds)
        fraction = f".{value.nanos:09}".rstrip("0") if value.nanos else ""
        year = moment.astimezone(UTC).strftime("%Y").zfill(4)
        return f"{year}-{moment:%m-%dT%H:%M:%S}{fraction}Z"


class Field(NamedTuple):
    """A key of a record, and the field of the message that it stands for."""

    key: str
    shape: Shape
    get: Callable[[Any], Any]
    """Returns the value from the message, or None where the key is left out."""

    put: Callable[[Any, Any], None]
    is_required: bool = False
    """Whether the key must be there."""


def known_entries(node: Node, known: Collection[str]) -> dict[str, Node] | None:
    """Return a mapping's values by key, without nulls and unknown keys, which are problems."""
    if not node.is_mapping:
        node.expected(f"a mapping of {', '.join(known)}")
        return None
    found: dict[str, Node] = {}
    for key_node, key, value in node.entries():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"expected {', '.join(known)}"
            key_node.problem(f"unknown key; {hint}")
        elif not value.is_null:
            found[key] = value
    return found


class Record:
    """A mapping with known keys: a message. A null is the same as a key that is left out."""

    def __init__(self, message: Callable[[], Any], *fields: Field) -> None:
        """Make the shape of a message with these fields."""
        self._message = message
        self._fields = {field.key: field for field in fields}

    def read(self, node: Node) -> Any:
        """Return the message."""
        entries = known_entries(node, self._fields)
        return None if entries is None else self.filled(node, entries)

    def filled(self, node: Node, entries: Mapping[str, Node]) -> Any:
        """Return a new message with the values of some entries; the others are passed over."""
        message = self._message()
        for key, field in self._fields.items():
            if key in entries:
                value = field.shape.read(entries[key])
                if value is not None:
                    field.put(message, value)
            elif field.is_required:
                node.problem(f"{key} is missing; every entry needs one")
        return message

    def write(self, value: Any) -> dict[str, Any]:
        """Return the message's fields that are set, by key."""
        written = {}
        for key, field in self._fields.items():
            part = field.get(value)
            if part is not None:
                written[key] = field.shape.write(part)
        return written

    @property
    def keys(self) -> Mapping[str, Field]:
        """The keys, in the order in which they are written."""
        return self._fields


def scalar(
    key: str,
    shape: Shape,
    field: str | None = None,
    *,
    always: bool = False,
    required: bool = False,
) -> Field:
    """Return a key for a scalar field.

    Args:
        key: The key.
        shape: How the value is written.
        field: The message's field, where its name is another.
        always: Whether to write the key even if the field has its default.
        required: Whether the key must be there, which makes it be written always.
    """
    name = field or key

    def get(message: Any) -> Any:
        value = getattr(message, name)
        return value if always or required or value or _is_negative_zero(value) else None

    return Field(key, shape, get, lambda message, value: setattr(message, name, value), required)


def _is_negative_zero(value: object) -> bool:
    return isinstance(value, float) and math.copysign(1, value) < 0


def explicit(key: str, shape: Shape, field: str | None = None) -> Field:
    """Return a key for a scalar field that can be absent."""
    name = field or key
    return Field(
        key,
        shape,
        lambda message: getattr(message, name) if message.HasField(name) else None,
        lambda message, value: setattr(message, name, value),
    )


def part(key: str, shape: Shape, field: str | None = None) -> Field:
    """Return a key for a sub-message."""
    name = field or key

    def put(message: Any, value: Any) -> None:
        getattr(message, name).CopyFrom(value)

    return Field(
        key,
        shape,
        lambda message: getattr(message, name) if message.HasField(name) else None,
        put,
    )


class ListOf(NamedTuple):
    """A list of values of one shape."""

    shape: Shape

    def read(self, node: Node) -> list[Any] | None:
        """Return the values that could be read."""
        if not node.is_list:
            node.expected("a list")
            return None
        values = [self.shape.read(item) for item in node.items()]
        return [value for value in values if value is not None]

    def write(self, value: Any) -> list[Any]:
        """Return the values as plain data."""
        return [self.shape.write(item) for item in value]


RAW_MOMENT: Final = Record(
    Timestamp, scalar("seconds", INT64, required=True), scalar("nanos", INT32)
)
