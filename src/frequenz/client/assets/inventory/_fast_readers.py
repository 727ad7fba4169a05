"""Reading plain data into messages fast, by the tables that the careful reader uses.

A fast reader takes plain data (text, numbers, lists and dicts) and returns the values of a
message's fields, which its class takes as keyword arguments. It accepts only what the careful
reader accepts, but not all of that: whatever is wrong or unusual raises `UnusualError`, and the
careful reader decides.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache, singledispatch
from typing import Any, Final, NamedTuple, NoReturn, TypeAlias

from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2

from ._codecs import (
    INT32,
    SECONDS_AND_NANOS,
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
from ._inventory import Inventory, Site
from ._keys import (
    BOUNDS,
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
from ._parsed_tree import INTEGER, NOT_FINITE

Reader: TypeAlias = Callable[[Any], Any]
"""Returns what a message's class takes for a field, given plain data."""

_Fields: TypeAlias = dict[str, Any]
"""The values of a message's fields, by name."""

_MOMENTS: Final = 10_000
"""How many moments are kept: those of a fleet are often the same."""


class UnusualError(Exception):
    """Only the careful reader can tell what this is, or what is wrong with it."""


class NotFinite(float):
    """A NaN or an infinity that a file names: other infinities come from too large numbers."""


def not_finite(text: str) -> NotFinite:
    """Return the number that a text names which `NOT_FINITE` matches."""
    return NotFinite(text.replace(".", ""))


def raise_unusual(*_: object) -> NoReturn:
    raise UnusualError


@singledispatch
def reader_of(codec: object) -> Reader:
    """Return the fast reader of a codec's values."""
    raise TypeError(f"there is no fast reader for {type(codec).__name__}")


# Single values ------------------------------------------------------------------------------------


@reader_of.register
def _text(_: TextCodec) -> Reader:
    def read(plain: Any) -> str:
        if type(plain) is not str:
            raise UnusualError
        return plain

    return read


@reader_of.register
def _location_id_value(_: LocationIdValueCodec) -> Reader:
    read_text = _text(TextCodec())
    return lambda plain: {"value": read_text(plain)}


@reader_of.register
def _integer(codec: IntegerCodec) -> Reader:
    lowest, highest = codec

    def read(plain: Any) -> int:
        if type(plain) is not int or not lowest <= plain <= highest:  # True is an int, too
            raise UnusualError
        return plain

    return read


@reader_of.register
def _float(codec: FloatCodec) -> Reader:
    overflow = codec.overflow

    def read(plain: Any) -> float:
        kind = type(plain)
        if kind is NotFinite or ((kind is float or kind is int) and -overflow < plain < overflow):
            return float(plain)
        if kind is str and NOT_FINITE.fullmatch(plain):
            return float(not_finite(plain))
        raise UnusualError

    return read


@reader_of.register
def _enum(codec: EnumCodec) -> Reader:
    numbers = codec.members.numbers
    find = codec.members.find
    read_number = reader_of(INT32)

    def read(plain: Any) -> int:
        if type(plain) is not str:
            return int(read_number(plain))
        number = numbers.get(plain)
        if number is None:
            number = find(plain)
        if number is None:
            raise UnusualError
        return number

    return read


@reader_of.register
def _timestamp(_: TimestampCodec) -> Reader:
    read_mapping = reader_of(SECONDS_AND_NANOS)

    def read(plain: Any) -> _Fields:
        if type(plain) is str:
            return _moment(plain)
        return dict(read_mapping(plain))

    return read


@lru_cache(maxsize=_MOMENTS)
def _moment(text: str) -> _Fields:
    try:
        seconds, nanos = seconds_and_nanos(text)
    except ValueError as error:
        raise UnusualError from error
    return {"seconds": seconds, "nanos": nanos} if nanos else {"seconds": seconds}


# Messages and lists -------------------------------------------------------------------------------


class _KeyReader(NamedTuple):
    """The field of a key, and the reader of its values."""

    field: str
    read: Reader


def _key_readers(codec: MessageCodec) -> Mapping[str, _KeyReader]:
    return {key.name: _KeyReader(field.name, reader_of(key.codec)) for key, field in codec.fields}


@reader_of.register
def _message(codec: MessageCodec) -> Reader:
    readers = _key_readers(codec)
    required = [field.name for key, field in codec.fields if key.is_required]

    def read(plain: Any) -> _Fields:
        if type(plain) is not dict:
            raise UnusualError
        fields = {}
        for key, value in plain.items():
            if key not in readers:
                raise UnusualError
            if value is not None:  # a null counts as left out
                field, read_value = readers[key]
                fields[field] = read_value(value)
        for field in required:
            if field not in fields:
                raise UnusualError
        return fields

    return read


@reader_of.register
def _one_of(codec: OneOfCodec) -> Reader:
    read_message = _message(codec)

    def read(plain: Any) -> _Fields:
        fields: _Fields = read_message(plain)
        if len(fields) > 1:
            raise UnusualError
        return fields

    return read


@reader_of.register
def _pair(codec: PairCodec) -> Reader:
    read_message = reader_of(codec.message)
    (first, read_first), (second, read_second), *_ = _key_readers(codec.message).values()

    def read(plain: Any) -> _Fields:
        if type(plain) is list and len(plain) == 2:
            return {first: read_first(plain[0]), second: read_second(plain[1])}
        return dict(read_message(plain))

    return read


@reader_of.register
def _list(codec: ListCodec) -> Reader:
    read_item = reader_of(codec.codec)

    def read(plain: Any) -> list[Any]:
        if type(plain) is not list:
            raise UnusualError
        return [read_item(item) for item in plain]

    return read


@reader_of.register
def _rated_bounds(_: RatedBoundsCodec) -> Reader:
    read_metric, read_number, read_bounds = map(reader_of, (METRIC, INT32, BOUNDS))
    # The others are looked at one by one.
    plain_names = {
        name: number
        for name, number in METRIC.members.numbers.items()
        if simplified(name) not in KEYS_OF_BOUNDS
    }

    def read_mapping(plain: Any) -> list[_Fields]:
        if type(plain) is not dict:
            raise UnusualError
        entries: list[_Fields] = []
        for name, bounds in plain.items():
            metric = plain_names.get(name)
            if metric is None:
                if simplified(name) in KEYS_OF_BOUNDS:
                    raise UnusualError
                is_number = INTEGER.fullmatch(name)
                metric = read_number(to_integer(name)) if is_number else read_metric(name)
            entry: _Fields = {"metric": metric}
            if bounds is not None:
                entry["config_bounds"] = read_bounds(bounds)
            entries.append(entry)
        return entries

    def read(plain: Any) -> list[_Fields]:
        if type(plain) is list:
            return [entry for item in plain for entry in read_mapping(item)]
        return read_mapping(plain)

    return read


@reader_of.register
def _component(codec: ComponentCodec) -> Reader:
    readers = _key_readers(codec.message)
    of_category = {
        category: _KeyReader(data.field, reader_of(data.codec))
        for category, data in CATEGORY_DATA.items()
    }
    unknown = _KeyReader("", raise_unusual)

    def read(plain: Any) -> _Fields:
        if type(plain) is not dict:
            raise UnusualError
        fields: _Fields = {}
        own: dict[str, Any] = {}
        for key, value in plain.items():
            if key in readers:
                if value is not None:
                    field, read_value = readers[key]
                    fields[field] = read_value(value)
            elif key not in CATEGORY_KEYS:
                raise UnusualError
            elif value is not None:
                own[key] = value
        if "id" not in fields:
            raise UnusualError
        if own:
            if "category_specific_info" in fields:
                raise UnusualError
            field, read_own = of_category.get(fields.get("category", 0), unknown)
            fields["category_specific_info"] = {field: read_own(own)}
        return fields

    return read


# Sites and the market -----------------------------------------------------------------------------


class _SiteList(NamedTuple):
    """How a list of a site is read."""

    reply: Any
    """The API's reply with such a list: messages made in one are smaller than those made alone."""

    read: Reader
    has_microgrid: bool
    """Whether the entities have the ID of a microgrid, which is that of the site if left out."""


def _site_list(key: str, reply: Any) -> _SiteList:
    fields = reply.DESCRIPTOR.fields_by_name[key].message_type.fields_by_name
    codec = lists_of_site(0).codecs[key]
    return _SiteList(reply, reader_of(ListCodec(codec)), "microgrid_id" in fields)


_MICROGRID: Final = reader_of(MICROGRID)
_LISTS: Final = {
    "components": _site_list(
        "components", platformassets_pb2.ListMicrogridElectricalComponentsResponse
    ),
    "connections": _site_list(
        "connections", platformassets_pb2.ListMicrogridElectricalComponentConnectionsResponse
    ),
    "sensors": _site_list("sensors", platformassets_pb2.ListMicrogridSensorsResponse),
}
_MARKET: Final[Mapping[str, tuple[Callable[..., Any], Reader]]] = {
    "gridpools": (GRIDPOOL.message_class, reader_of(GRIDPOOL)),
    "energy_schedules": (ENERGY_SCHEDULE.message_class, reader_of(ENERGY_SCHEDULE)),
    "market_topology": (RELATION.message_class, reader_of(RELATION)),
}


def _site(plain: Any) -> Site:
    if type(plain) is not dict:
        raise UnusualError
    lists = {key: plain.pop(key) for key in _LISTS if key in plain}
    microgrid = microgrid_pb2.Microgrid(**_MICROGRID(plain))
    site_id = {"microgrid_id": microgrid.id}
    entities: dict[str, tuple[Any, ...]] = {}
    for key, items in lists.items():
        if items is not None:
            reply, read, has_microgrid = _LISTS[key]
            listed = read(items)
            if has_microgrid:
                listed = [site_id | fields for fields in listed]
            entities[key] = tuple(getattr(reply(**{key: listed}), key))
    return Site(microgrid, **entities)


LISTS: Final = frozenset({"microgrids", *_MARKET})
"""The keys at the top of a file that have lists."""


def parts_of(
    entries: Iterable[tuple[str, Any]], *, needs_version: bool = True
) -> Iterator[Inventory]:
    """Yield an inventory for each site, gridpool, schedule and relation of a file.

    Args:
        entries: The keys at the top of the file with their values; of a list, each item by itself.
        needs_version: Whether the file must give its version.

    Raises:
        UnusualError: If only the careful reader can read an entry; the earlier ones are as it reads
            them.
        ValueError: If a text has a character that UTF-8 cannot encode.
    """
    for key, plain in entries:
        if key == "microgrids":
            yield Inventory((_site(plain),))
        elif key in _MARKET:
            message_class, read = _MARKET[key]
            yield Inventory(**{key: (message_class(**read(plain)),)})
        elif key == "version" and type(plain) is int and plain == VERSION:
            needs_version = False
        else:
            raise UnusualError
    if needs_version:
        raise UnusualError
