"""The shapes that data has in a file: each reads nodes, writes plain data and describes itself.

A shape's `read` returns None after saying what is wrong with the node, so that reading goes on and
a file's problems are all said at once.
"""

import difflib
import enum
import math
import re
import struct
import sys
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, Protocol, TypeAlias

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from .._wire.time import EPOCH, MAX_SECONDS, MIN_SECONDS, NANOS_PER_SECOND
from ._nodes import INTEGER, NUMBER, SPECIAL, Node

Schema: TypeAlias = dict[str, Any]
"""A JSON Schema or a part of one. What has a title is defined once, and referred to elsewhere."""


class Shape(Protocol):
    """How one kind of value is written in a file."""

    def read(self, node: Node) -> Any:
        """Return the value, or None with a problem."""

    def write(self, value: Any) -> Any:
        """Return the value as plain data: texts, numbers, lists and dicts."""

    def schema(self) -> Schema:
        """Return the schema of the plain data."""


# Values -------------------------------------------------------------------------------------------


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

    def schema(self) -> Schema:
        """Return the schema of a text."""
        return {"type": "string"}


class Integer(NamedTuple):
    """An integer within a range, both ends included."""

    lowest: int
    highest: int

    def read(self, node: Node) -> int | None:
        """Return the integer."""
        number = _integer(node.plain(INTEGER))
        if number is None or not self.lowest <= number <= self.highest:
            node.expected(f"an integer from {self.lowest} to {self.highest}")
            return None
        return number

    def write(self, value: int) -> int:
        """Return the integer."""
        return value

    def schema(self) -> Schema:
        """Return the schema of an integer in the range."""
        return {"type": "integer", "minimum": self.lowest, "maximum": self.highest}


def _integer(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return int(text, 0) if text[:2] in {"0x", "0o"} else int(text)
    except ValueError:  # Python refuses to read many thousands of digits
        return None


class Float64:
    """A number of double precision; `.nan`, `.inf` and `-.inf` are some."""

    _PRECISION = "double"
    _LIMIT = "1.8e308"
    _NUMBERS: tuple[Schema, ...] = ({"type": "number"},)

    def read(self, node: Node) -> float | None:
        """Return the number, rounded to the precision."""
        special = node.plain(SPECIAL)
        if special is None and SPECIAL.fullmatch(node.quoted or ""):
            special = node.quoted  # JSON has no number for it
        if special is not None:
            return float(special.replace(".", ""))
        text = node.plain(NUMBER)
        if text is None:
            node.expected("a number")
            return None
        number = self._rounded(float(text))
        if math.isinf(number):
            node.expected(
                f"a number that {self._PRECISION} precision can hold (below {self._LIMIT})"
            )
            return None
        return number

    def _rounded(self, number: float) -> float:
        return number

    def write(self, value: float) -> float:
        """Return the number."""
        return value

    def schema(self) -> Schema:
        """Return the schema of a number, or of the text for one that JSON lacks."""
        title = f"number of {self._PRECISION} precision"
        text = {"type": "string", "pattern": f"^({SPECIAL.pattern})$"}
        return {"title": title, "anyOf": [*self._NUMBERS, text]}


class Float32(Float64):
    """A number of single precision."""

    _PRECISION = "single"
    _LIMIT = "3.4e38"
    _OVERFLOW = (2 - 2**-24) * 2.0**127  # what is half a step above the largest number
    _NUMBERS = (
        {"type": "number", "exclusiveMinimum": -_OVERFLOW, "exclusiveMaximum": _OVERFLOW},
        # The infinities, which a YAML file can hold, but a schema cannot name.
        {"type": "number", "exclusiveMinimum": sys.float_info.max},
        {"type": "number", "exclusiveMaximum": -sys.float_info.max},
    )

    def _rounded(self, number: float) -> float:
        try:
            return float(struct.unpack("<f", struct.pack("<f", number))[0])
        except OverflowError:
            return math.inf

    def write(self, value: float) -> float:
        """Return the shortest number that reads as the same value of single precision."""
        if not math.isfinite(value):
            return value
        candidates = (float(f"{value:.{digits}g}") for digits in range(6, 10))
        return next(short for short in candidates if self._rounded(short) == value)


class Choice:
    """A member of an enum by its name in lower case, or an integer where there is no name."""

    def __init__(self, what: str, numbers: dict[str, int]) -> None:
        """Make the shape of an enum.

        Args:
            what: What sentences call a member, such as `a metric`.
            numbers: The number of each name; the first of several names is the one written.
        """
        self._what = what
        self._numbers = numbers
        self._names = {number: name for name, number in reversed(numbers.items())}

    def read(self, node: Node) -> int | None:
        """Return the number of the member."""
        if node.plain(INTEGER) is not None:
            return INT32.read(node)
        text = node.text or ""
        if text in self._numbers:
            return self._numbers[text]
        near = difflib.get_close_matches(text, self._numbers, n=1)
        hint = f" (did you mean {near[0]}?)" if near else f": {', '.join(self._numbers)}"
        if not near and len(self._numbers) > 25:
            hint = ""
        node.expected(f"{self._what}, or its number{hint}")
        return None

    def write(self, value: int) -> str | int:
        """Return the name of the member, or the number where it has none."""
        return self._names.get(value, value)

    def schema(self) -> Schema:
        """Return the schema of a name or a number."""
        _, _, title = self._what.partition(" ")
        return {"title": title, "anyOf": [{"enum": [*self._numbers]}, INT32.schema()]}

    def key_schema(self) -> Schema:
        """Return the schema of a name or a number as the key of a mapping, which is text."""
        return {"anyOf": [{"enum": [*self._numbers]}, {"pattern": f"^({INTEGER.pattern})$"}]}

    def spellings(self, value: int) -> list[str | int]:
        """Return all that stands for a number in a file: its names and the number itself."""
        return [*(name for name, number in self._numbers.items() if number == value), value]


def choice(what: str, members: type[enum.Enum]) -> Choice:
    """Return the shape of an enum of the model; `what` is what sentences call a member."""
    # The members' own table: going through the enum would resolve deprecated names.
    table = members.__members__
    return Choice(what, {name.lower(): member.value for name, member in table.items()})


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
        return f"{moment.year:04}-{moment:%m-%dT%H:%M:%S}{fraction}Z"

    def schema(self) -> Schema:
        """Return the schema of the text or of the mapping."""
        return {
            "title": "moment",
            "description": "ISO 8601 with an offset from UTC.",
            "anyOf": [
                {"type": "string", "pattern": f"^{self._FORM.pattern}$"},
                RAW_MOMENT.schema(),
            ],
        }


# Records ------------------------------------------------------------------------------------------


class Field(NamedTuple):
    """A key of a record, and the field of the message that it stands for."""

    key: str
    shape: Shape
    get: Callable[[Any], Any]
    """Returns the value from the message, or None where the key is left out."""

    put: Callable[[Any, Any], None]
    is_required: bool = False
    """Whether the key must be there."""

    description: str = ""
    """What the key does not say by its name, such as the unit."""

    def described(self, description: str) -> "Field":
        """Return the same with a description."""
        return self._replace(description=description)

    def schema(self) -> Schema:
        """Return the schema of the value."""
        schema = self.shape.schema() if self.is_required else or_null(self.shape)
        return {**schema, "description": self.description} if self.description else schema


def or_null(shape: Shape) -> Schema:
    """Return the schema of an optional value: a null is the same as a key that is left out."""
    schema = shape.schema()
    if "title" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    return {**schema, "type": [schema["type"], "null"]}


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

    def __init__(
        self,
        message: type[Message],
        *fields: Field,
        preset: Mapping[str, Any] | None = None,
        description: str = "",
    ) -> None:
        """Make the shape of a message.

        Args:
            message: The class of the message.
            *fields: The keys, in the order in which they are written.
            preset: What a new message has before its keys are read.
            description: What the class does not say by its name.
        """
        self._message = message
        self._fields = {field.key: field for field in fields}
        self._preset = preset or {}
        self._description = description

    def read(self, node: Node) -> Any:
        """Return the message."""
        entries = known_entries(node, self._fields)
        return None if entries is None else self.filled(node, entries)

    def filled(self, node: Node, entries: Mapping[str, Node]) -> Any:
        """Return a new message with the values of some entries; the others are passed over."""
        message = self._message(**self._preset)
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

    def schema(self) -> Schema:
        """Return the schema of the mapping."""
        required = [key for key, field in self._fields.items() if field.is_required]
        return {
            "title": self._message.DESCRIPTOR.name,
            **({"description": self._description} if self._description else {}),
            "type": "object",
            "properties": {key: field.schema() for key, field in self._fields.items()},
            **({"required": required} if required else {}),
            "additionalProperties": False,
        }

    @property
    def keys(self) -> Mapping[str, Field]:
        """The keys, in the order in which they are written."""
        return self._fields


class OneOf(Record):
    """A record with one key at most: a message that can hold one of several others."""

    def filled(self, node: Node, entries: Mapping[str, Node]) -> Any:
        """Return a new message with the value of the entry."""
        if len(entries) > 1:
            node.problem(f"expected only one of {', '.join(entries)}")
        return super().filled(node, entries)

    def schema(self) -> Schema:
        """Return the schema of the mapping."""
        return {**super().schema(), "maxProperties": 1}


class Pair(NamedTuple):
    """A record as the list of its first two values; a mapping where that does not say it all."""

    record: Record

    def read(self, node: Node) -> Any:
        """Return the message."""
        if node.is_mapping:
            return self.record.read(node)
        form = f"[{', '.join(self._keys)}]"
        if not node.is_list:
            node.expected(f"{form} or a mapping with these keys")
            return None
        items = list(node.items())
        if len(items) != len(self._keys):
            node.problem(f"expected {form}, got {len(items)} items")
            return None
        return self.record.filled(node, dict(zip(self._keys, items, strict=True)))

    def write(self, value: Any) -> Any:
        """Return the list or the mapping."""
        written = self.record.write(value)
        return list(written.values()) if tuple(written) == self._keys else written

    def schema(self) -> Schema:
        """Return the schema of the list or the mapping."""
        items = [self.record.keys[key].shape.schema() for key in self._keys]
        pair = {"type": "array", "prefixItems": items, "minItems": len(items), "items": False}
        return {"anyOf": [pair, self.record.schema()]}

    @property
    def _keys(self) -> tuple[str, ...]:
        return tuple(self.record.keys)[:2]


# Keys ---------------------------------------------------------------------------------------------


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


def several(key: str, shape: Shape, field: str | None = None) -> Field:
    """Return a key for a repeated field; the shape is that of the values together."""
    name = field or key

    def put(message: Any, values: Any) -> None:
        getattr(message, name).extend(values)

    return Field(key, shape, lambda message: getattr(message, name) or None, put)


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

    def schema(self) -> Schema:
        """Return the schema of the list."""
        return {"type": "array", "items": self.shape.schema()}


UINT32: Final = Integer(0, 2**32 - 1)
UINT64: Final = Integer(0, 2**64 - 1)
INT32: Final = Integer(-(2**31), 2**31 - 1)
INT64: Final = Integer(-(2**63), 2**63 - 1)
TEXT: Final = Text()
FLOAT: Final = Float32()
DOUBLE: Final = Float64()
MOMENT: Final = Moment()
RAW_MOMENT: Final = Record(
    Timestamp,
    scalar("seconds", INT64, required=True).described("Since 1970."),
    scalar("nanos", INT32),
    description="A moment that no calendar has.",
)
