"""How values are written in a file: codecs that read nodes, write plain data and give a schema.

Where a codec cannot read a node, it reports that and returns None: reading goes on, so that all
problems of a file are reported together.
"""

import enum
import math
import re
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, NamedTuple, Protocol, TypeAlias

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from .._wire.float32 import shortest_float32, to_float32
from .._wire.time import EPOCH, MAX_SECONDS, MIN_SECONDS, NANOS_PER_SECOND
from ._hints import KEYS, KEYS_ELSEWHERE, suggestion
from ._member_names import MemberNames
from ._moments import PATTERN, parse_moment
from ._parsed_tree import BOOLEAN, INTEGER, NOT_FINITE, NUMBER, Node
from ._tree_builder import LONE_SURROGATE

Schema: TypeAlias = dict[str, Any]
"""A JSON Schema or a part of one. Parts with a title are defined once and referred to."""


class Codec(Protocol):
    """How one kind of value is written in a file."""

    def read(self, node: Node) -> Any:
        """Return the value, or None with a problem."""

    def write(self, value: Any) -> Any:
        """Return the value as plain data: text, numbers, lists and dicts."""

    def schema(self) -> Schema:
        """Return the schema of the plain data."""


# Single values ------------------------------------------------------------------------------------


class TextCodec:
    """Any text."""

    def read(self, node: Node) -> str | None:
        """Return the text."""
        text = node.text
        if text is None:
            node.report_expected("text (numbers and booleans as text go in quotes)")
            return None
        try:
            text.encode()
        except UnicodeEncodeError:  # from an escape
            node.report(LONE_SURROGATE)
            return None
        return text

    def write(self, value: str) -> str:
        """Return the text."""
        return value

    def schema(self) -> Schema:
        """Return the schema of a text."""
        return {"type": "string"}


class IntegerCodec(NamedTuple):
    """An integer within a range, both ends included."""

    lowest: int
    highest: int

    def read(self, node: Node) -> int | None:
        """Return the integer."""
        number = to_integer(node.unquoted(INTEGER))
        if number is None or not self.lowest <= number <= self.highest:
            node.report_expected(f"an integer from {self.lowest} to {self.highest}")
            return None
        return number

    def write(self, value: int) -> int:
        """Return the integer."""
        return value

    def schema(self) -> Schema:
        """Return the schema of an integer in the range."""
        return {"type": "integer", "minimum": self.lowest, "maximum": self.highest}


def to_integer(text: str | None) -> int | None:
    """Return the integer in a text that `INTEGER` matches, or None."""
    if text is None:
        return None
    try:
        return int(text, 0) if text[:2] in {"0x", "0o"} else int(text)
    except ValueError:  # Python refuses to read many thousands of digits
        return None


_DECIMAL_COMMA: Final = re.compile(r"\s*[-+]?[0-9]+([eE][-+]?[0-9]+)?,[0-9]+([eE][-+]?[0-9]+)?\s*")
_THOUSANDS: Final = re.compile(r"\s*[-+]?[0-9]{1,3}([.,_' \u00a0\u202f][0-9]{3})+([.,][0-9]+)?\s*")
_AFTER_COMMA: Final = re.compile(r"[0-9]+([eE][-+]?[0-9]+)?")
"""The rest of a number with a decimal comma, where commas separate values."""

_POINT_HINT: Final = "if it belongs to the number before, use a decimal point, not a comma"


class FloatCodec(NamedTuple):
    """A floating-point number, including `.nan`, `.inf` and `-.inf`."""

    precision: str
    limit: str
    """What a finite number is below, for people."""

    overflow: float
    """The least number that the precision cannot hold."""

    round: Callable[[float], float]
    """Returns the nearest number of the precision."""

    shorten: Callable[[float], float]
    """Returns the shortest number that rounds to the same one."""

    numbers: tuple[Schema, ...]
    """The schemas of JSON's numbers that the precision holds."""

    def read(self, node: Node) -> float | None:
        """Return the number, rounded to the precision."""
        # JSON has no such numbers: there, they are in quotes.
        not_finite = node.unquoted(NOT_FINITE) or node.text or ""
        if NOT_FINITE.fullmatch(not_finite):
            return float(not_finite.replace(".", ""))
        text = node.unquoted(NUMBER)
        if text is None:
            node.report_expected(f"a number{_separators_hint(node.text or '')}")
            return None
        number = self.round(float(text))
        if math.isinf(number):
            node.report_expected(
                f"a number that {self.precision} precision can hold (below {self.limit})"
            )
            return None
        return number

    def write(self, value: float) -> float:
        """Return the number, as short as can be."""
        return self.shorten(value)

    def schema(self) -> Schema:
        """Return the schema of a number, or of the text for one that JSON lacks."""
        text = {"type": "string", "pattern": f"^({NOT_FINITE.pattern})$"}
        title = f"number of {self.precision} precision"
        return {"title": title, "anyOf": [*self.numbers, text]}


def _separators_hint(text: str) -> str:
    """Return how to write a number, if only its separators are wrong."""
    if NUMBER.fullmatch(text):  # in quotes
        return ""
    if _DECIMAL_COMMA.fullmatch(text):
        return " with a decimal point"
    return " with a decimal point and no other separators" if _THOUSANDS.fullmatch(text) else ""


class ApiEnum(Protocol):
    """An enum of the API, whose first name ends in `UNSPECIFIED`."""

    def items(self) -> Sequence[tuple[str, int]]:
        """Return the names and the numbers."""


_MAX_LISTED: Final = 25
"""How many names of members a problem lists."""


class EnumCodec:
    """An enum member by its name, or an integer that has no name; written in lower case."""

    def __init__(
        self, noun: str, api_enum: ApiEnum, members: type[enum.Enum] | None = None
    ) -> None:
        """Make the codec of an enum.

        Args:
            noun: What problems call a member, such as `a metric`.
            api_enum: The enum of the API, which may know more members than the client.
            members: The client's enum; its names are written, of several the one that the API
                has, or the first.
        """
        self._noun = noun
        (first, _), *_ = api_enum.items()
        api = MemberNames(first.lower().removesuffix("unspecified"), api_enum.items())
        own = MemberNames.of(members) if members else MemberNames(api.prefix, ())
        self.members = MemberNames(api.prefix, (own.numbers | api.numbers).items(), own.words)
        preferred = {it: number for it, number in own.numbers.items() if it in api.numbers}
        self._names: dict[int, str] = {}
        for numbers in (preferred, own.numbers, api.numbers):
            for name, number in numbers.items():
                self._names.setdefault(number, name)
        order = [*self.members.numbers]
        self._written = sorted(self._names.values(), key=order.index)

    def read(self, node: Node) -> int | None:
        """Return the number of the member."""
        if node.unquoted(INTEGER) is not None:
            return INT32.read(node)
        text = node.text or ""
        number = self.members.find(text)
        if number is None:
            near = self.members.nearest(text or node.unquoted(BOOLEAN) or "", self._written)
            hint = f" (did you mean {near}?)" if near else f": {', '.join(self._written)}"
            if not near and len(self._written) > _MAX_LISTED:
                hint = ""
            node.report_expected(f"{self._noun} or its number{hint}")
        return number

    def write(self, value: int) -> str | int:
        """Return the name of the member, or the number if it has none."""
        return self._names.get(value, value)

    def schema(self) -> Schema:
        """Return the schema of a name or a number."""
        _, _, title = self._noun.partition(" ")
        return {"title": title, "anyOf": [*self._name_schemas(), INT32.schema()]}

    def key_schema(self) -> Schema:
        """Return the schema of a name or a number as the key of a mapping, which is text."""
        return {"anyOf": [*self._name_schemas(), {"pattern": f"^({INTEGER.pattern})$"}]}

    def _name_schemas(self) -> list[Schema]:
        """Return the schemas of the names as they are written, for editors, and of all others."""
        return [{"enum": self._written}, self._spellings_schema(self.members.numbers)]

    def _spellings_schema(self, names: Iterable[str]) -> Schema:
        """Return the schema of all ways to write some names."""
        prefix, *patterns = (_any_case(it) for it in (self.members.prefix, *names))
        return {"type": "string", "pattern": f"^({prefix})?({'|'.join(patterns)})$"}

    def member_schema(self, value: int) -> Schema:
        """Return the schema of all ways to write a number in a file."""
        names = [name for name, number in self.members.numbers.items() if number == value]
        return {"anyOf": [{"const": value}, self._spellings_schema(names)]}


def _any_case(name: str) -> str:
    """Return the pattern of a name in any case, which JSON Schema has no flag for."""
    return "".join(
        f"[{it.upper()}{it}]" if it.isalpha() else "[_-]" if it == "_" else it for it in name
    )


def seconds_and_nanos(text: str) -> tuple[int, int]:
    """Return the seconds since 1970 of a moment, and the nanoseconds since then.

    Raises:
        ValueError: If it is not one; says what is expected.
    """
    second, nanos = parse_moment(text)
    since = second - EPOCH
    return since.days * 86_400 + since.seconds, nanos


class TimestampCodec:
    """ISO 8601 with an offset from UTC.

    Outside the years 1 to 9999, or with invalid nanoseconds: a mapping of `seconds` since 1970 and
    `nanos`.
    """

    def read(self, node: Node) -> Timestamp | None:
        """Return the timestamp."""
        if node.is_mapping:
            timestamp: Timestamp | None = SECONDS_AND_NANOS.read(node)
            return timestamp
        try:
            seconds, nanos = seconds_and_nanos(node.text or "")
        except ValueError as error:
            node.report_expected(str(error))
            return None
        return Timestamp(seconds=seconds, nanos=nanos)

    def write(self, value: Timestamp) -> Any:
        """Return the timestamp as text in UTC, or as a mapping."""
        if not (
            MIN_SECONDS <= value.seconds <= MAX_SECONDS and 0 <= value.nanos < NANOS_PER_SECOND
        ):
            return SECONDS_AND_NANOS.write(value)
        moment = EPOCH + timedelta(seconds=value.seconds)
        fraction = f".{value.nanos:09}".rstrip("0") if value.nanos else ""
        return f"{moment.year:04}-{moment:%m-%dT%H:%M:%S}{fraction}Z"

    def schema(self) -> Schema:
        """Return the schema of the text or of the mapping."""
        return {
            "title": "moment",
            "description": "ISO 8601 with an offset from UTC.",
            "anyOf": [
                {"type": "string", "pattern": f"^{PATTERN}$"},
                SECONDS_AND_NANOS.schema(),
            ],
        }


# Messages -----------------------------------------------------------------------------------------


class Key(NamedTuple):
    """A key of a mapping, for a field of a message."""

    name: str
    codec: Codec
    """How the field's value is written; for a repeated field, all its values together."""

    field: str = ""
    """The name of the field, if it differs from the key's."""

    is_required: bool = False
    is_always_written: bool = False
    """Whether the key is written even if the field has its default."""

    default: Any = None
    """What a key that is left out stands for, if that is not the field's own default."""

    description: str = ""
    """What the name of the key does not say, such as the unit."""

    def get(self, message: Any, field: FieldDescriptor) -> Any:
        """Return the value of the field, or None if the key is left out."""
        value = getattr(message, field.name)
        if field.is_repeated:
            return value or None
        if field.has_presence:
            return value if message.HasField(field.name) else None
        if self.is_required or self.is_always_written:
            return value
        default = field.default_value if self.default is None else self.default
        return value if value != default or _is_negative_zero(value) else None

    def schema(self) -> Schema:
        """Return the schema of the value."""
        schema = self.codec.schema() if self.is_required else nullable(self.codec)
        return {**schema, "description": self.description} if self.description else schema


def _is_negative_zero(value: object) -> bool:
    return isinstance(value, float) and math.copysign(1, value) < 0


def _set_field(message: Any, field: FieldDescriptor, value: Any) -> None:
    if field.is_repeated:
        getattr(message, field.name).extend(value)
    elif field.message_type is not None:
        getattr(message, field.name).CopyFrom(value)
    else:
        setattr(message, field.name, value)


def nullable(codec: Codec) -> Schema:
    """Return the schema of an optional value: a null counts as left out."""
    schema = codec.schema()
    if "title" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    return {**schema, "type": [schema["type"], "null"]}


def read_entries(
    node: Node, known: Collection[str], elsewhere: Mapping[str, str] = {}
) -> dict[str, Node] | None:
    """Return a mapping's values by key, without nulls; unknown keys are reported.

    Args:
        node: The mapping.
        known: The keys that it can have.
        elsewhere: Keys that other mappings have, and where these are.
    """
    if not node.is_mapping:
        node.report_expected(f"a mapping of {', '.join(known)}")
        return None
    entries: dict[str, Node] = {}
    for key_node, key, value in node.entries():
        if key not in known:
            # Between braces, the comma of `latitude: 48,1` ends the entry.
            if _AFTER_COMMA.fullmatch(key) and value.is_null:
                hint = _POINT_HINT
            elif place := elsewhere.get(key):
                hint = f"{key} belongs {place}"
            elif near := suggestion(key, known, KEYS, KEYS_ELSEWHERE):
                hint = f"did you mean {near}?"
            else:
                hint = f"expected {', '.join(known)}"
            key_node.report(f"unknown key; {hint}")
        elif not value.is_null:
            entries[key] = value
    return entries


class MessageCodec:
    """A message as a mapping."""

    def __init__(self, message: type[Message], *keys: Key, description: str = "") -> None:
        """Make the codec of a message.

        Args:
            message: The class of the message.
            *keys: The keys, in the order in which they are written.
            description: What the name of the class does not say.
        """
        self.message_class = message
        self._description = description
        self.keys: Final = {key.name: key for key in keys}
        by_name: Mapping[str, Any] = message.DESCRIPTOR.fields_by_name
        self.fields = [(key, by_name[key.field or key.name]) for key in keys]

    def read(self, node: Node) -> Any:
        """Return the message."""
        entries = read_entries(node, self.keys)
        return None if entries is None else self.read_message(node, entries)

    def read_message(self, node: Node, entries: Mapping[str, Node]) -> Any:
        """Return the message with the values of a mapping's entries; other keys are ignored."""
        message = self.message_class()
        for key, field in self.fields:
            if key.name in entries:
                value = key.codec.read(entries[key.name])
                if value is not None:
                    _set_field(message, field, value)
            elif key.is_required:
                node.report(f"{key.name} is missing; every entry needs one")
            elif key.default is not None:
                _set_field(message, field, key.default)
        return message

    def write(self, value: Any) -> dict[str, Any]:
        """Return the fields that are set, by key."""
        values = ((key, key.get(value, field)) for key, field in self.fields)
        return {key.name: key.codec.write(part) for key, part in values if part is not None}

    def schema(self) -> Schema:
        """Return the schema of the mapping."""
        required = [key.name for key in self.keys.values() if key.is_required]
        return {
            "title": self.message_class.DESCRIPTOR.name,
            **({"description": self._description} if self._description else {}),
            "type": "object",
            "properties": {name: key.schema() for name, key in self.keys.items()},
            **({"required": required} if required else {}),
            "additionalProperties": False,
        }


class OneOfCodec(MessageCodec):
    """A message that can hold one of several others, as a mapping with one key at most."""

    def read_message(self, node: Node, entries: Mapping[str, Node]) -> Any:
        """Return the message with the value of the entry."""
        if len(entries) > 1:
            node.report(f"expected only one of {', '.join(entries)}")
        return super().read_message(node, entries)

    def schema(self) -> Schema:
        """Return the schema of the mapping."""
        return {**super().schema(), "maxProperties": 1}


# Lists --------------------------------------------------------------------------------------------


class PairCodec(NamedTuple):
    """A message as the list of its first two values, or as a mapping if there are others."""

    message: MessageCodec

    def read(self, node: Node) -> Any:
        """Return the message."""
        if node.is_mapping:
            return self.message.read(node)
        pair = f"[{', '.join(self._keys)}]"
        if not node.is_list:
            node.report_expected(f"{pair} or a mapping with these keys")
            return None
        items = list(node.items())
        if len(items) != len(self._keys):
            hint = f"; {_POINT_HINT}" if self._has_comma(items) else ""
            node.report(f"expected {pair}, got {len(items)} item(s){hint}")
            return None
        return self.message.read_message(node, dict(zip(self._keys, items, strict=True)))

    def write(self, value: Any) -> Any:
        """Return the list or the mapping."""
        written = self.message.write(value)
        return list(written.values()) if tuple(written) == self._keys else written

    def schema(self) -> Schema:
        """Return the schema of the list or the mapping."""
        items = [self.message.keys[key].codec.schema() for key in self._keys]
        pair = {"type": "array", "prefixItems": items, "minItems": len(items), "items": False}
        return {"anyOf": [pair, self.message.schema()]}

    def _has_comma(self, items: Sequence[Node]) -> bool:
        """Return whether a list looks like a pair whose second value has a decimal comma."""
        is_float = isinstance(self.message.keys[self._keys[1]].codec, FloatCodec)
        return (
            is_float
            and len(items) == len(self._keys) + 1
            and bool(items[-1].unquoted(_AFTER_COMMA))
        )

    @property
    def _keys(self) -> tuple[str, ...]:
        return tuple(self.message.keys)[:2]


class ListCodec(NamedTuple):
    """A list of values of one kind."""

    codec: Codec

    def read(self, node: Node) -> list[Any] | None:
        """Return the values that could be read."""
        if not node.is_list:
            node.report_expected("a list")
            return None
        values = [self.codec.read(item) for item in node.items()]
        return [value for value in values if value is not None]

    def write(self, value: Any) -> list[Any]:
        """Return the values as plain data."""
        return [self.codec.write(item) for item in value]

    def schema(self) -> Schema:
        """Return the schema of the list."""
        return {"type": "array", "items": self.codec.schema()}


UINT32: Final = IntegerCodec(0, 2**32 - 1)
UINT64: Final = IntegerCodec(0, 2**64 - 1)
INT32: Final = IntegerCodec(-(2**31), 2**31 - 1)
INT64: Final = IntegerCodec(-(2**63), 2**63 - 1)
TEXT: Final = TextCodec()
TIMESTAMP: Final = TimestampCodec()
DOUBLE: Final = FloatCodec("double", "1.8e308", math.inf, float, float, ({"type": "number"},))

_FLOAT_OVERFLOW: Final = (2 - 2**-24) * 2.0**127  # half a step above the largest number
FLOAT: Final = FloatCodec(
    "single",
    "3.4e38",
    _FLOAT_OVERFLOW,
    to_float32,
    shortest_float32,
    (
        {
            "type": "number",
            "exclusiveMinimum": -_FLOAT_OVERFLOW,
            "exclusiveMaximum": _FLOAT_OVERFLOW,
        },
        # The infinities, which YAML can hold, but a schema cannot name.
        {"type": "number", "exclusiveMinimum": sys.float_info.max},
        {"type": "number", "exclusiveMaximum": -sys.float_info.max},
    ),
)

SECONDS_AND_NANOS: Final = MessageCodec(
    Timestamp,
    Key("seconds", INT64, is_required=True, description="Since 1970."),
    Key("nanos", INT32),
    description="A timestamp that ISO 8601 cannot express.",
)
