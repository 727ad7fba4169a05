"""Reading plain data into messages fast, by the tables that the careful reader uses.

Plain data (text, numbers, lists and dicts) becomes the bytes of a message, which protobuf parses in
a fraction of the time that setting its fields takes. Only what the careful reader accepts is
accepted, but not all of that: whatever is wrong or unusual raises `UnusualError`, and the careful
reader decides.
"""

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache, singledispatch
from typing import Any, Final, NoReturn, TypeAlias

from frequenz.api.common.v1alpha8.grid import market_location_pb2
from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from .._wire.component_classes import SpecificInfo
from .._wire.varint import LENGTH_DELIMITED, make_tag, write_varint
from ._codecs import (
    INT32,
    SECONDS_AND_NANOS,
    TEXT,
    EnumCodec,
    FloatCodec,
    IntegerCodec,
    ListCodec,
    MessageCodec,
    OneOfCodec,
    PairCodec,
    TextCodec,
    TimestampCodec,
    seconds_and_nanos,
    to_integer,
)
from ._hints import simplified
from ._keys import (
    BOUNDS,
    CATEGORY,
    CATEGORY_DATA,
    CATEGORY_KEYS,
    KEYS_OF_BOUNDS,
    METRIC,
    MICROGRID,
    VERSION,
    ComponentCodec,
    RatedBoundsCodec,
    lists_of_site,
)
from ._market_keys import ENERGY_SCHEDULE, GRIDPOOL, RELATION, LocationIdValueCodec
from ._packed import REPLIES, Packed, PackedSite
from ._parsed_tree import INTEGER, NOT_FINITE

Encoder: TypeAlias = Callable[[Any], bytes]
"""Returns the bytes of plain data: those of a field with its tag, or those of a whole message."""

_KEPT: Final = 10_000
"""How many results of a function are kept: a fleet has the same moments and IDs again and again."""


class UnusualError(Exception):
    """Only the careful reader can tell what this is, or what is wrong with it."""


class NotFinite(float):
    """A NaN or an infinity that a file names: other infinities come from too large numbers."""


def not_finite(text: str) -> NotFinite:
    """Return the number that a text names which `NOT_FINITE` matches."""
    return NotFinite(text.replace(".", ""))


def raise_unusual(*_: object) -> NoReturn:
    """Leave it to the careful reader."""
    raise UnusualError


class _Kept(dict[Any, bytes]):
    """The results of a function; those of the first arguments are kept.

    Arguments must have one type: True equals 1.
    """

    def __init__(self, encode: Encoder) -> None:
        super().__init__()
        self._encode = encode

    def __missing__(self, plain: Any) -> bytes:
        encoded = self._encode(plain)
        if len(self) < _KEPT:
            self[plain] = encoded
        return encoded


class _ByKey(dict[str, Encoder]):
    """The encoders of the keys of a mapping."""

    def __missing__(self, key: str) -> Encoder:
        raise UnusualError


# Single values ------------------------------------------------------------------------------------


@singledispatch
def _field_encoder(codec: object, field: FieldDescriptor) -> Encoder:
    """Return what makes the bytes of a field, given its codec."""
    encode, heads = _body_encoder(codec), _heads(field)

    def encode_field(plain: Any) -> bytes:
        body = encode(plain)
        return heads[len(body)] + body

    return encode_field


def _tag(field: FieldDescriptor) -> bytes:
    return write_varint(make_tag(field.number, _WIRE_TYPES[field.type]))


_WIRE_TYPES: Final = {
    FieldDescriptor.TYPE_UINT64: 0,
    FieldDescriptor.TYPE_UINT32: 0,
    FieldDescriptor.TYPE_INT64: 0,
    FieldDescriptor.TYPE_INT32: 0,
    FieldDescriptor.TYPE_ENUM: 0,
    FieldDescriptor.TYPE_DOUBLE: 1,
    FieldDescriptor.TYPE_FLOAT: 5,
    FieldDescriptor.TYPE_STRING: LENGTH_DELIMITED,
    FieldDescriptor.TYPE_MESSAGE: LENGTH_DELIMITED,
}


def _heads(field: FieldDescriptor) -> Mapping[int, bytes]:
    """Return the tag of a field with the number after it: its value or its length, by number."""
    tag = _tag(field)
    return _Kept(lambda number: tag + write_varint(number % 2**64))


@_field_encoder.register
def _text(_: TextCodec, field: FieldDescriptor) -> Encoder:
    heads = _heads(field)

    def encode(plain: Any) -> bytes:
        if type(plain) is not str:
            raise UnusualError
        data = plain.encode()
        return heads[len(data)] + data

    return encode


@_field_encoder.register
def _integer(codec: IntegerCodec, field: FieldDescriptor) -> Encoder:
    (lowest, highest), heads = codec, _heads(field)

    def encode(plain: Any) -> bytes:
        if type(plain) is not int or not lowest <= plain <= highest:  # True is an int, too
            raise UnusualError
        return heads[plain]

    return encode


@_field_encoder.register
def _float(codec: FloatCodec, field: FieldDescriptor) -> Encoder:
    overflow, tag = codec.overflow, _tag(field)
    pack = struct.Struct("<f" if field.type == FieldDescriptor.TYPE_FLOAT else "<d").pack

    def encode(plain: Any) -> bytes:
        kind = type(plain)
        if (kind is float or kind is int) and -overflow < plain < overflow:
            return tag + pack(plain)
        if kind is str and NOT_FINITE.fullmatch(plain):
            return tag + pack(not_finite(plain))
        if kind is NotFinite:
            return tag + pack(plain)
        raise UnusualError

    return encode


@_field_encoder.register
def _enum(codec: EnumCodec, field: FieldDescriptor) -> Encoder:
    encode_number = _integer(INT32, field)

    def encode_name(text: str) -> bytes:
        return encode_number(codec.members.find(text))

    names = _Kept(encode_name)

    def encode(plain: Any) -> bytes:
        return names[plain] if type(plain) is str else encode_number(plain)

    return encode


@_field_encoder.register
def _timestamp(_: TimestampCodec, field: FieldDescriptor) -> Encoder:
    encode_body, heads = _message(SECONDS_AND_NANOS), _heads(field)

    def encode_mapping(plain: Any) -> bytes:
        body = encode_body(plain)
        return heads[len(body)] + body

    def encode_text(text: str) -> bytes:
        try:
            seconds, nanos = seconds_and_nanos(text)
        except ValueError as error:
            raise UnusualError from error
        return encode_mapping({"seconds": seconds, "nanos": nanos})

    moments = _Kept(encode_text)
    return lambda plain: moments[plain] if type(plain) is str else encode_mapping(plain)


# Messages and lists -------------------------------------------------------------------------------


@singledispatch
def _body_encoder(codec: object) -> Encoder:
    """Return what makes the bytes of a message, given its codec."""
    raise TypeError(f"there is no fast reader for {type(codec).__name__}")


def _encoders(codec: MessageCodec) -> _ByKey:
    return _ByKey((key.name, _field_encoder(key.codec, field)) for key, field in codec.fields)


@_body_encoder.register
def _message(codec: MessageCodec) -> Encoder:
    encoders = _encoders(codec)
    required = [key.name for key in codec.keys.values() if key.is_required]

    def encode(plain: Any) -> bytes:
        if type(plain) is not dict:
            raise UnusualError
        encoded = b""
        for key, value in plain.items():
            encode_field = encoders[key]
            if value is not None:
                encoded += encode_field(value)
            elif key in required:
                raise UnusualError  # else, a null counts as left out
        for key in required:
            if key not in plain:
                raise UnusualError
        return encoded

    return encode


@_body_encoder.register
def _one_of(codec: OneOfCodec) -> Encoder:
    encode_message = _message(codec)

    def encode(plain: Any) -> bytes:
        encoded = encode_message(plain)
        if len(plain) > 1 and sum(value is not None for value in plain.values()) > 1:
            raise UnusualError
        return encoded

    return encode


@_body_encoder.register
def _location_id_value(_: LocationIdValueCodec) -> Encoder:
    message_class = market_location_pb2.MarketLocationIdValue
    return _text(TEXT, message_class.DESCRIPTOR.fields_by_name["value"])


@_body_encoder.register
def _pair(codec: PairCodec) -> Encoder:
    encode_mapping = _message(codec.message)
    encode_first, encode_second, *_ = _encoders(codec.message).values()

    def encode(plain: Any) -> bytes:
        if type(plain) is list and len(plain) == 2:
            return encode_first(plain[0]) + encode_second(plain[1])
        return encode_mapping(plain)

    return encode


@_field_encoder.register
def _list(codec: ListCodec, field: FieldDescriptor) -> Encoder:
    encode_item = _field_encoder(codec.codec, field)

    def encode(plain: Any) -> bytes:
        if type(plain) is not list:
            raise UnusualError
        return b"".join([encode_item(item) for item in plain])

    return encode


@_field_encoder.register
def _rated_bounds(_: RatedBoundsCodec, field: FieldDescriptor) -> Encoder:
    entry_type: Any = field.message_type
    fields = entry_type.fields_by_name
    encode_metric = _enum(METRIC, fields["metric"])
    encode_number = _integer(INT32, fields["metric"])
    encode_bounds = _field_encoder(BOUNDS, fields["config_bounds"])
    heads = _heads(field)

    def encode_name(name: str) -> bytes:
        if simplified(name) in KEYS_OF_BOUNDS:
            raise UnusualError
        if INTEGER.fullmatch(name):
            return encode_number(to_integer(name))
        return encode_metric(name)

    metrics = _Kept(encode_name)

    def encode(plain: Any) -> bytes:
        entries = []
        for mapping in plain if type(plain) is list else (plain,):
            if type(mapping) is not dict:
                raise UnusualError
            for name, bounds in mapping.items():
                entry = metrics[name]
                if bounds is not None:
                    entry += encode_bounds(bounds)
                entries.append(heads[len(entry)] + entry)
        return b"".join(entries)

    return encode


@_body_encoder.register
def _component(codec: ComponentCodec) -> Encoder:
    encoders = _encoders(codec.message)
    by_name: Mapping[str, Any] = codec.message.message_class.DESCRIPTOR.fields_by_name
    info_heads = _heads(by_name["category_specific_info"])
    info_fields: Mapping[str, Any] = SpecificInfo.DESCRIPTOR.fields_by_name
    of_category = {
        number: _field_encoder(data.codec, info_fields[data.field])
        for number, data in CATEGORY_DATA.items()
    }
    encoders |= dict.fromkeys(CATEGORY_KEYS, raise_unusual)  # until the category is known

    @lru_cache(typed=True)
    def own_encoder(category: Any) -> Encoder:
        number: Any = CATEGORY.members.find(category) if type(category) is str else category
        return of_category.get(number, raise_unusual)

    def encode(plain: Any) -> bytes:
        if type(plain) is not dict or plain.get("id") is None:
            raise UnusualError
        encoded = b""
        own = {}
        for key, value in plain.items():
            encode_field = encoders[key]
            if value is None:
                continue
            if encode_field is raise_unusual:
                own[key] = value
            else:
                encoded += encode_field(value)
        if own:
            if plain.get("category_specific_info") is not None:
                raise UnusualError
            info = own_encoder(plain.get("category"))(own)
            encoded += info_heads[len(info)] + info
        return encoded

    return encode


# Sites and the market -----------------------------------------------------------------------------


class _SiteList:
    """Reads a list of a site."""

    def __init__(self, key: str, reply: Any) -> None:
        """Make the reader of a list.

        Args:
            key: The key of the list.
            reply: The API's reply with such a list.
        """
        field = reply.DESCRIPTOR.fields_by_name[key]
        self._reply = reply
        self._heads = _heads(field)
        self._encode = _body_encoder(lists_of_site(0).codecs[key])
        microgrid_id = field.message_type.fields_by_name.get("microgrid_id")
        self._microgrid_id = _heads(microgrid_id) if microgrid_id else None

    def read(self, plain: Any, microgrid_id: int) -> Any:
        """Return the reply; its entities belong to a microgrid unless they say else."""
        if plain is None:
            return self._reply()
        if type(plain) is not list:
            raise UnusualError
        # If an entity gives another one, that is later and counts.
        default = self._microgrid_id[microgrid_id] if self._microgrid_id is not None else b""
        encode, heads = self._encode, self._heads
        bodies = [default + encode(item) for item in plain]
        return self._reply.FromString(b"".join([heads[len(body)] + body for body in bodies]))


_ENCODE_MICROGRID: Final = _message(MICROGRID)
_SITE_LISTS: Final = {key: _SiteList(key, reply) for key, reply in REPLIES.items()}
_MARKET: Final[Mapping[str, tuple[type[Message], Encoder]]] = {
    key: (codec.message_class, _message(codec))
    for key, codec in {
        "gridpools": GRIDPOOL,
        "energy_schedules": ENERGY_SCHEDULE,
        "market_topology": RELATION,
    }.items()
}


def _site(plain: Any) -> PackedSite:
    if type(plain) is not dict:
        raise UnusualError
    lists = [plain.pop(key, None) for key in _SITE_LISTS]
    microgrid = microgrid_pb2.Microgrid.FromString(_ENCODE_MICROGRID(plain))
    readers = zip(_SITE_LISTS.values(), lists, strict=True)
    return PackedSite(microgrid, *(reader.read(listed, microgrid.id) for reader, listed in readers))


LISTS: Final = frozenset({"microgrids", *_MARKET})
"""The keys at the top of a file that have lists."""


def parts_of(entries: Iterable[tuple[str, Any]], *, needs_version: bool = True) -> Iterator[Packed]:
    """Yield a part for each site, gridpool, schedule and relation of a file.

    Args:
        entries: The keys at the top of the file with their values; of a list, each item by itself.
        needs_version: Whether the file must give its version.

    Raises:
        UnusualError: If only the careful reader can read an entry; the earlier ones are as it reads
            them.
        UnicodeEncodeError: If a text has a character that UTF-8 cannot encode.
        OverflowError: If a number is too large.
    """
    for key, plain in entries:
        if key == "microgrids":
            yield Packed((_site(plain),))
        elif key in _MARKET:
            message_class, encode = _MARKET[key]
            entity: Any = message_class.FromString(encode(plain))
            yield Packed(**{key: (entity,)})
        elif key == "version" and type(plain) is int and plain == VERSION:
            needs_version = False
        else:
            raise UnusualError
    if needs_version:
        raise UnusualError
