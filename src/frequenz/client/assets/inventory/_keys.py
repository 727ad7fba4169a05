"""Version 1 of the inventory file: its keys, and what each stands for.

The same tables read and write. Keys are the model's field names; enum members are given by name.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from frequenz.api.common.v1alpha8.metrics import bounds_pb2, metrics_pb2
from frequenz.api.common.v1alpha8.microgrid import lifetime_pb2, microgrid_pb2
from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2
from frequenz.api.common.v1alpha8.microgrid.sensors import sensors_pb2
from frequenz.api.common.v1alpha8.types import location_pb2

from .._model.microgrid import MicrogridStatus
from .._wire.component_classes import OWN_DATA, OwnData, SpecificInfo
from ..electrical_component import ElectricalComponentCategory, ElectricalComponentOperationalMode
from ..metrics import Metric
from ._codecs import (
    FLOAT,
    TEXT,
    TIMESTAMP,
    UINT32,
    UINT64,
    Codec,
    EnumCodec,
    Key,
    ListCodec,
    MessageCodec,
    OneOfCodec,
    PairCodec,
    Schema,
    nullable,
    read_entries,
)
from ._hints import KEYS, simplified
from ._inventory import Inventory, Site
from ._market_keys import DELIVERY_AREA, ENERGY_SCHEDULE, GRIDPOOL, RELATION
from ._parsed_tree import INTEGER, Node
from ._problems import Problems

VERSION: Final = 1

METRIC: Final = EnumCodec("a metric", metrics_pb2.Metric, Metric)
CATEGORY: Final = EnumCodec(
    "a category", electrical_components_pb2.ElectricalComponentCategory, ElectricalComponentCategory
)
_MODE: Final = EnumCodec(
    "a mode",
    electrical_components_pb2.ElectricalComponentOperationalMode,
    ElectricalComponentOperationalMode,
)

_LIFETIME: Final = MessageCodec(
    lifetime_pb2.Lifetime,
    Key("start", TIMESTAMP, "start_timestamp"),
    Key("end", TIMESTAMP, "end_timestamp"),
)

BOUNDS: Final = MessageCodec(bounds_pb2.Bounds, Key("lower", FLOAT), Key("upper", FLOAT))

_LOCATION: Final = MessageCodec(
    location_pb2.Location,
    Key("latitude", FLOAT, description="Degrees north of the equator."),
    Key("longitude", FLOAT, description="Degrees east of Greenwich."),
    Key("country_code", TEXT, description="ISO 3166-1 alpha-2."),
)

MICROGRID: Final = MessageCodec(
    microgrid_pb2.Microgrid,
    Key("id", UINT64, is_required=True),
    Key("enterprise_id", UINT64),
    Key("name", TEXT),
    Key("status", EnumCodec("a status", microgrid_pb2.MicrogridStatus, MicrogridStatus)),
    Key("delivery_area", DELIVERY_AREA),
    Key("location", _LOCATION),
    Key("create_timestamp", TIMESTAMP),
)


KEYS_OF_BOUNDS: Final = frozenset(
    {"metric", "bounds", "config_bounds", *BOUNDS.keys}
    | {word for word, meaning in KEYS.items() if meaning in BOUNDS.keys}
)
"""Keys that belong to bounds, not to a mapping of metric to bounds."""


class RatedBoundsCodec:
    """A mapping of metric to bounds, or a list of such mappings if a metric is given twice.

    A null instead of the bounds is an entry without bounds.
    """

    def read(self, node: Node) -> list[electrical_components_pb2.MetricConfigBounds]:
        """Return the messages."""
        if node.is_list:
            return [entry for item in node.items() for entry in self._read_mapping(item)]
        return self._read_mapping(node)

    def _read_mapping(self, node: Node) -> list[electrical_components_pb2.MetricConfigBounds]:
        entries: list[electrical_components_pb2.MetricConfigBounds] = []
        if not node.is_mapping:
            node.report_expected("a mapping of metric to bounds")
        for key, name, value in node.entries():
            if simplified(name) in KEYS_OF_BOUNDS:
                key.report(
                    "unknown metric; bounds go under their metric, such as"
                    " ac_power_active: {lower: -5000, upper: 5000}"
                )
                return entries
            metric = METRIC.read(key)
            bounds = None if value.is_null else BOUNDS.read(value)
            if metric is not None:
                entry: Any = electrical_components_pb2.MetricConfigBounds(config_bounds=bounds)
                entry.metric = metric
                entries.append(entry)
        return entries

    def write(self, value: Any) -> Any:
        """Return the mapping, or the list of mappings."""
        pairs = [
            (
                METRIC.write(entry.metric),
                BOUNDS.write(entry.config_bounds) if entry.HasField("config_bounds") else None,
            )
            for entry in value
        ]
        mapping = dict(pairs)
        return mapping if len(mapping) == len(pairs) else [{key: it} for key, it in pairs]

    def schema(self) -> Schema:
        """Return the schema of the mapping or the list."""
        mapping = {
            "title": "bounds by metric",
            "type": "object",
            "propertyNames": METRIC.key_schema(),
            "additionalProperties": nullable(BOUNDS),
        }
        return {"title": "rated bounds", "anyOf": [mapping, {"type": "array", "items": mapping}]}


# Components and sensors ---------------------------------------------------------------------------

# Always written, even as 0: they say that the category's data is there.
_RATINGS: Final = {
    "rated_fuse_current": Key(
        "rated_fuse_current", UINT32, is_always_written=True, description="In A."
    ),
    **{
        name: Key(name, FLOAT, is_always_written=True, description="A voltage, in V.")
        for name in ("primary_power", "secondary_power")
    },
}


class _CategoryData(NamedTuple):
    """The data that only one category has."""

    field: str
    """Its field within `category_specific_info`."""

    codec: MessageCodec


def _category_data(category: ElectricalComponentCategory, own: OwnData) -> _CategoryData:
    keys = [_RATINGS[name]._replace(field=field) for name, field in own.ratings.items()]
    if own.types is not None:
        api_types = getattr(electrical_components_pb2, own.types.__name__)
        noun = f"a type of {category.name.lower()}"
        types = EnumCodec(noun, api_types, own.types)
        keys.append(Key("type", types, is_always_written=True))
    message = type(getattr(SpecificInfo(), own.field))
    return _CategoryData(own.field, MessageCodec(message, *keys))


CATEGORY_DATA: Final = {
    category.value: _category_data(category, own) for category, own in OWN_DATA.items()
}
"""The number of a category -> the data that only it has."""

CATEGORY_KEYS: Final = tuple(
    dict.fromkeys(key for data in CATEGORY_DATA.values() for key in data.codec.keys)
)

_SPECIFIC_INFO: Final = OneOfCodec(
    SpecificInfo, *(Key(data.field, data.codec) for data in CATEGORY_DATA.values())
)

_PRODUCT_KEYS: Final = (
    Key("manufacturer", TEXT),
    Key("model_name", TEXT),
    Key("model", TEXT),
    Key("operational_lifetime", _LIFETIME),
)
"""What components and sensors have, being devices."""

_COMPONENT_KEYS: Final = (
    Key("id", UINT64, is_required=True),
    Key("name", TEXT),
    Key("category", CATEGORY, is_always_written=True),
    Key("category_specific_info", _SPECIFIC_INFO),
    *_PRODUCT_KEYS,
    Key(
        "rated_bounds",
        RatedBoundsCodec(),
        "metric_config_bounds",
        description="In the unit of the metric.",
    ),
    Key("operational_mode", _MODE),
)

_SENSOR_KEYS: Final = (
    Key("id", UINT64, is_required=True),
    Key("name", TEXT),
    *_PRODUCT_KEYS,
)


def _microgrid_key(microgrid_id: int) -> Key:
    """Return the key for the microgrid of an entity that the site of a microgrid lists."""
    description = "That of the site, unless given."
    return Key("microgrid_id", UINT64, default=microgrid_id, description=description)


def _has_wrong_category(node: Node, entries: Mapping[str, Node]) -> bool:
    """Return whether a problem with the category of a component was reported."""
    category = entries.get("category")
    if category is None:
        return False
    is_wrong = CATEGORY.read(category._replace(problems=Problems(""))) is None
    return is_wrong or node.count("category") > 1


class ComponentCodec:
    """An electrical component, with the data of its category beside what every component has.

    Data of another category goes under `category_specific_info`, as in the API.
    """

    def __init__(self, microgrid_id: int) -> None:
        self.message = MessageCodec(
            electrical_components_pb2.ElectricalComponent,
            *_COMPONENT_KEYS,
            _microgrid_key(microgrid_id),
        )
        self._known = (*self.message.keys, *CATEGORY_KEYS)

    def read(self, node: Node) -> Any:
        """Return the message."""
        entries = read_entries(node, self._known)
        if entries is None:
            return None
        message = self.message.read_message(node, entries)
        own_entries = {key: value for key, value in entries.items() if key in CATEGORY_KEYS}
        if not own_entries:
            return message
        own = CATEGORY_DATA.get(message.category)
        if own is None and _has_wrong_category(node, entries):
            return message  # the data it can have is unknown
        for key, value in own_entries.items():
            if own is None or key not in own.codec.keys:
                category = CATEGORY.write(message.category)
                value.report(f"unknown key; a component of category {category} has no such data")
            elif "category_specific_info" in entries:
                value.report("expected either this key or category_specific_info, got both")
        if own is not None:
            data = own.codec.read_message(node, own_entries)
            getattr(message.category_specific_info, own.field).CopyFrom(data)
        return message

    def write(self, value: Any) -> dict[str, Any]:
        """Return the message as plain data."""
        written: dict[str, Any] = {}
        own = CATEGORY_DATA.get(value.category)
        for key, data in self.message.write(value).items():
            if key == "category_specific_info" and own is not None and own.field in data:
                written |= data[own.field]
            else:
                written[key] = data
        return written

    def schema(self) -> Schema:
        """Return the schema of the mapping: its category decides which other keys it can have."""
        schema = self.message.schema()
        del schema["additionalProperties"]
        schema["allOf"] = [
            {
                "if": {
                    "properties": {"category": CATEGORY.member_schema(category)},
                    "required": ["category"],
                },
                "then": {"properties": own.codec.schema()["properties"]},
            }
            for category, own in CATEGORY_DATA.items()
        ]
        return {**schema, "unevaluatedProperties": False}


CONNECTION: Final = PairCodec(
    MessageCodec(
        electrical_components_pb2.ElectricalComponentConnection,
        Key("source", UINT64, "source_electrical_component_id", is_required=True),
        Key("destination", UINT64, "destination_electrical_component_id", is_required=True),
        Key("operational_lifetime", _LIFETIME),
    )
)


# Sites and inventories ----------------------------------------------------------------------------


class _EntityCodec(NamedTuple):
    """An entity of a list, whose position is remembered."""

    codec: Codec

    def read(self, node: Node) -> Any:
        """Return the message."""
        message = self.codec.read(node)
        if message is not None:
            node.problems.add_entity(message, node.parsed.position)
        return message

    def write(self, value: Any) -> Any:
        """Return the message as plain data."""
        return self.codec.write(value)

    def schema(self) -> Schema:
        """Return the schema of the message."""
        return self.codec.schema()


class EntityLists(NamedTuple):
    """The keys of a mapping that have lists of entities."""

    codecs: Mapping[str, Codec]
    """The codec of an entity, by key."""

    def read(self, entries: Mapping[str, Node]) -> dict[str, tuple[Any, ...]]:
        """Return the entities of the lists that are given, by key."""
        return {
            key: tuple(ListCodec(_EntityCodec(codec)).read(entries[key]) or ())
            for key, codec in self.codecs.items()
            if key in entries
        }

    def write(self, value: Any) -> dict[str, list[Any]]:
        """Return the lists of an object that are not empty, by key."""
        return {
            key: ListCodec(codec).write(entities)
            for key, codec in self.codecs.items()
            if (entities := getattr(value, key))
        }

    def schema(self) -> Schema:
        """Return the schemas of the lists, by key."""
        return {key: nullable(ListCodec(codec)) for key, codec in self.codecs.items()}


def lists_of_site(microgrid_id: int) -> EntityLists:
    """Return the lists of a site, whose entities belong to its microgrid unless they say else."""
    sensor = MessageCodec(sensors_pb2.Sensor, *_SENSOR_KEYS, _microgrid_key(microgrid_id))
    return EntityLists(
        {"components": ComponentCodec(microgrid_id), "connections": CONNECTION, "sensors": sensor}
    )


class _SiteCodec:
    """A microgrid with its components, connections and sensors."""

    _KNOWN: Final = (*MICROGRID.keys, *lists_of_site(0).codecs)

    def read(self, node: Node) -> Site | None:
        """Return the site."""
        entries = read_entries(node, self._KNOWN, _AT_THE_TOP)
        if entries is None:
            return None
        microgrid = MICROGRID.read_message(node, entries)
        node.problems.add_entity(microgrid, node.parsed.position)
        return Site(microgrid, **lists_of_site(microgrid.id).read(entries))

    def write(self, value: Site) -> dict[str, Any]:
        """Return the site as plain data."""
        lists = lists_of_site(value.microgrid.id)
        return MICROGRID.write(value.microgrid) | lists.write(value)

    def schema(self) -> Schema:
        """Return the schema of the mapping."""
        schema = MICROGRID.schema()
        schema["properties"] |= lists_of_site(0).schema()
        return schema


SITE: Final = _SiteCodec()

_IN_MICROGRIDS: Final = {
    key: f"to a microgrid: microgrids: [{{id: 1, {key}: [...]}}]" for key in lists_of_site(0).codecs
}
"""Keys of microgrids that are often at the top of a file, and where they belong."""

MARKET: Final = EntityLists(
    {
        "gridpools": GRIDPOOL,
        "energy_schedules": ENERGY_SCHEDULE,
        "market_topology": RELATION,
    }
)


_AT_THE_TOP: Final = dict.fromkeys(MARKET.codecs, "to the top of the file, beside microgrids")
"""Keys of the whole file, and where they belong."""


class _InventoryCodec:
    """A whole file."""

    _SITES: Final = ListCodec(SITE)
    _KNOWN: Final = ("version", "microgrids", *MARKET.codecs)

    def read(self, node: Node, *, needs_version: bool = True) -> Inventory | None:
        """Return the inventory, or a part of one that need not give its version."""
        entries = read_entries(node, self._KNOWN, _IN_MICROGRIDS)
        if entries is None:
            return None
        version = entries.get("version")
        if version is None:
            if needs_version:
                node.report(f"version is missing; expected version: {VERSION}")
        elif version.unquoted(INTEGER) != str(VERSION):
            version.report_expected(f"{VERSION}, the version of the format that this release reads")
            return None  # other versions may have other keys
        sites = entries.get("microgrids")
        return Inventory(
            () if sites is None else tuple(self._SITES.read(sites) or ()),
            **MARKET.read(entries),
        )

    def write(self, value: Inventory) -> dict[str, Any]:
        """Return the inventory as plain data."""
        sites = self._SITES.write(value.sites)
        return {"version": VERSION, "microgrids": sites, **MARKET.write(value)}

    def write_lines(self, value: Inventory) -> Iterator[dict[str, Any]]:
        """Yield parts of the file: the version, then one entity each, a site with all it has."""
        yield {"version": VERSION}
        for site in value.sites:
            yield {"microgrids": self._SITES.write([site])}
        for key, codec in MARKET.codecs.items():
            for entity in getattr(value, key):
                yield {key: [codec.write(entity)]}

    def schema(self) -> Schema:
        """Return the schema of the file."""
        return {
            "type": "object",
            "properties": {
                "version": {"const": VERSION},
                "microgrids": nullable(self._SITES),
                **MARKET.schema(),
            },
            "required": ["version"],
            "additionalProperties": False,
        }


INVENTORY: Final = _InventoryCodec()
