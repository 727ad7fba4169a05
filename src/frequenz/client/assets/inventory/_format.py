"""Version 1 of the inventory file: which keys there are, and what each stands for.

The same tables read and write. Keys are the model's field names, enum members are given by name.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from frequenz.api.common.v1alpha8.metrics import bounds_pb2
from frequenz.api.common.v1alpha8.microgrid import lifetime_pb2, microgrid_pb2
from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2
from frequenz.api.common.v1alpha8.microgrid.sensors import sensors_pb2
from frequenz.api.common.v1alpha8.types import location_pb2
from google.protobuf.message import Message

from .._model.microgrid import MicrogridStatus
from .._wire.component_classes import OWN_DATA, OwnData, SpecificInfo
from ..electrical_component import ElectricalComponentCategory, ElectricalComponentOperationalMode
from ..metrics import Metric
from ._inventory import Inventory, Site
from ._market import DELIVERY_AREA, ENERGY_SCHEDULE, GRIDPOOL, RELATION
from ._nodes import INTEGER, Node
from ._shapes import (
    FLOAT,
    MOMENT,
    TEXT,
    UINT32,
    UINT64,
    Field,
    ListOf,
    OneOf,
    Pair,
    Record,
    Schema,
    Shape,
    choice,
    explicit,
    known_entries,
    or_null,
    part,
    scalar,
    several,
)

VERSION: Final = 1

METRIC: Final = choice("a metric", Metric)
CATEGORY: Final = choice("a category", ElectricalComponentCategory)

LIFETIME: Final = Record(
    lifetime_pb2.Lifetime,
    part("start", MOMENT, "start_timestamp"),
    part("end", MOMENT, "end_timestamp"),
)

BOUNDS: Final = Record(bounds_pb2.Bounds, explicit("lower", FLOAT), explicit("upper", FLOAT))

MICROGRID_FIELDS: Final = (
    scalar("id", UINT64, required=True),
    scalar("enterprise_id", UINT64),
    scalar("name", TEXT),
    scalar("status", choice("a status", MicrogridStatus)),
    part("delivery_area", DELIVERY_AREA),
    part(
        "location",
        Record(
            location_pb2.Location,
            scalar("latitude", FLOAT).described("Degrees north of the equator."),
            scalar("longitude", FLOAT).described("Degrees east of Greenwich."),
            scalar("country_code", TEXT).described("ISO 3166-1 alpha-2."),
        ),
    ),
    part("create_timestamp", MOMENT),
)


class RatedBounds:
    """A mapping of metric to bounds, or a list of such mappings where a metric is given twice.

    A null in place of the bounds stands for an entry without bounds.
    """

    def read(self, node: Node) -> list[electrical_components_pb2.MetricConfigBounds] | None:
        """Return the messages."""
        if node.is_list:
            return [entry for item in node.items() for entry in self._read_mapping(item)]
        return self._read_mapping(node)

    def _read_mapping(self, node: Node) -> list[electrical_components_pb2.MetricConfigBounds]:
        entries: list[electrical_components_pb2.MetricConfigBounds] = []
        if not node.is_mapping:
            node.expected("a mapping of metric to bounds")
            return entries
        for key, _, value in node.entries():
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
            "additionalProperties": or_null(BOUNDS),
        }
        return {"title": "rated bounds", "anyOf": [mapping, {"type": "array", "items": mapping}]}


class Rating(NamedTuple):
    """How a rating is written."""

    shape: Shape
    description: str


_RATINGS: Final[Mapping[str, Rating]] = {
    "rated_fuse_current": Rating(UINT32, "In A."),
    "primary_power": Rating(FLOAT, "A voltage, in V."),
    "secondary_power": Rating(FLOAT, "A voltage, in V."),
}


class OwnRecord(NamedTuple):
    """The data that only one category has."""

    field: str
    """Its field within `category_specific_info`."""

    record: Record


def _own_record(category: ElectricalComponentCategory, own: OwnData) -> OwnRecord:
    # Always written, even as 0: that they are there says that the category's data is there.
    fields = []
    for field, source in own.ratings.items():
        shape, description = _RATINGS[field]
        fields.append(scalar(field, shape, source, always=True).described(description))
    if own.types is not None:
        types = choice(f"a type of {category.name.lower()}", own.types)
        fields.append(scalar("type", types, always=True))
    message = type(getattr(SpecificInfo(), own.field))
    return OwnRecord(own.field, Record(message, *fields))


OWN_RECORDS: Final = {
    category.value: _own_record(category, own) for category, own in OWN_DATA.items()
}
"""The number of a category -> the data that only it has."""

OWN_KEYS: Final = tuple(
    dict.fromkeys(key for own in OWN_RECORDS.values() for key in own.record.keys)
)

SPECIFIC_INFO: Final = OneOf(
    SpecificInfo, *(part(own.field, own.record) for own in OWN_RECORDS.values())
)

_PRODUCT_FIELDS: Final = (
    scalar("manufacturer", TEXT),
    scalar("model_name", TEXT),
    scalar("model", TEXT),
    part("operational_lifetime", LIFETIME),
)
"""What components and sensors have, being devices."""

COMPONENT_FIELDS: Final = (
    scalar("id", UINT64, required=True),
    scalar("name", TEXT),
    scalar("category", CATEGORY, always=True),
    part("category_specific_info", SPECIFIC_INFO),
    *_PRODUCT_FIELDS,
    several("rated_bounds", RatedBounds(), "metric_config_bounds").described(
        "In the unit of the metric."
    ),
    scalar("operational_mode", choice("a mode", ElectricalComponentOperationalMode)),
)

SENSOR_FIELDS: Final = (
    scalar("id", UINT64, required=True),
    scalar("name", TEXT),
    *_PRODUCT_FIELDS,
)


def _of_site(microgrid_id: int, message: type[Message], *fields: Field) -> Record:
    """Return the shape of what belongs to a microgrid: to the site's where none is given."""
    microgrid = Field(
        "microgrid_id",
        UINT64,
        lambda held: None if held.microgrid_id == microgrid_id else held.microgrid_id,
        lambda made, value: setattr(made, "microgrid_id", value),
        description="That of the site, unless given.",
    )
    return Record(message, *fields, microgrid, preset={"microgrid_id": microgrid_id})


class Component:
    """An electrical component, the data of its category beside what every component has.

    Data that does not belong to the category goes under `category_specific_info`, as the API has
    it. The microgrid is the site's where none is given.
    """

    def __init__(self, microgrid_id: int) -> None:
        """Make the shape for the components of one site."""
        self._record = _of_site(
            microgrid_id, electrical_components_pb2.ElectricalComponent, *COMPONENT_FIELDS
        )
        self._known = (*self._record.keys, *OWN_KEYS)

    def read(self, node: Node) -> Any:
        """Return the message."""
        entries = known_entries(node, self._known)
        if entries is None:
            return None
        message = self._record.filled(node, entries)
        own_entries = {key: value for key, value in entries.items() if key in OWN_KEYS}
        if not own_entries:
            return message
        own = OWN_RECORDS.get(message.category)
        if own is None and "category" in entries and entries["category"].is_faulty:
            return message  # which data it can have is not known
        for key, value in own_entries.items():
            if own is None or key not in own.record.keys:
                category = CATEGORY.write(message.category)
                value.problem(f"unknown key; a component of category {category} has no such data")
            elif "category_specific_info" in entries:
                value.problem("expected either this key or category_specific_info, got both")
        if own is not None:
            data = own.record.filled(node, own_entries)
            getattr(message.category_specific_info, own.field).CopyFrom(data)
        return message

    def write(self, value: Any) -> dict[str, Any]:
        """Return the message as plain data."""
        written: dict[str, Any] = {}
        own = OWN_RECORDS.get(value.category)
        for key, described in self._record.write(value).items():
            if key == "category_specific_info" and own is not None and own.field in described:
                written |= described[own.field]
            else:
                written[key] = described
        return written

    def schema(self) -> Schema:
        """Return the schema of the mapping: its category says which other keys there can be."""
        schema = self._record.schema()
        del schema["additionalProperties"]
        schema["allOf"] = [
            {
                "if": {
                    "properties": {"category": {"enum": CATEGORY.spellings(category)}},
                    "required": ["category"],
                },
                "then": {"properties": own.record.schema()["properties"]},
            }
            for category, own in OWN_RECORDS.items()
        ]
        return {**schema, "unevaluatedProperties": False}


CONNECTION: Final = Pair(
    Record(
        electrical_components_pb2.ElectricalComponentConnection,
        scalar("source", UINT64, "source_electrical_component_id", required=True),
        scalar("destination", UINT64, "destination_electrical_component_id", required=True),
        part("operational_lifetime", LIFETIME),
    )
)


class Lists(NamedTuple):
    """The keys of a mapping that hold lists of entities, and the shapes of the entities."""

    shapes: Mapping[str, Shape]

    def read(self, entries: Mapping[str, Node]) -> dict[str, tuple[Any, ...]]:
        """Return the entities of the lists that are there, by key."""
        return {
            key: tuple(ListOf(shape).read(entries[key]) or ())
            for key, shape in self.shapes.items()
            if key in entries
        }

    def write(self, value: Any) -> dict[str, list[Any]]:
        """Return the lists of an object that are not empty, by key."""
        return {
            key: ListOf(shape).write(entities)
            for key, shape in self.shapes.items()
            if (entities := getattr(value, key))
        }

    def schema(self) -> Schema:
        """Return the schemas of the lists, by key."""
        return {key: or_null(ListOf(shape)) for key, shape in self.shapes.items()}


def lists_of_site(microgrid_id: int) -> Lists:
    """Return the lists of a site, whose entities belong to its microgrid unless they say else."""
    return Lists(
        {
            "components": Component(microgrid_id),
            "connections": CONNECTION,
            "sensors": _of_site(microgrid_id, sensors_pb2.Sensor, *SENSOR_FIELDS),
        }
    )


MICROGRID: Final = Record(microgrid_pb2.Microgrid, *MICROGRID_FIELDS)


class SiteShape:
    """A microgrid with what it consists of."""

    _KNOWN: Final = (*MICROGRID.keys, *lists_of_site(0).shapes)

    def read(self, node: Node) -> Site | None:
        """Return the site."""
        entries = known_entries(node, self._KNOWN)
        if entries is None:
            return None
        microgrid = MICROGRID.filled(node, entries)
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


SITE: Final = SiteShape()

MARKET: Final = Lists(
    {
        "gridpools": GRIDPOOL,
        "energy_schedules": ENERGY_SCHEDULE,
        "market_topology": RELATION,
    }
)


class InventoryShape:
    """A whole file."""

    _SITES: Final = ListOf(SITE)
    _KNOWN: Final = ("version", "microgrids", *MARKET.shapes)

    def read(self, node: Node, *, needs_version: bool = True) -> Inventory | None:
        """Return the inventory, or a part of one, which need not say its version."""
        entries = known_entries(node, self._KNOWN)
        if entries is None:
            return None
        version = entries.get("version")
        if version is None:
            if needs_version:
                node.problem(f"version is missing; expected version: {VERSION}")
        elif version.plain(INTEGER) != str(VERSION):
            version.expected(f"{VERSION}, the version of the format that this release reads")
            return None  # what else is wrong cannot be told
        sites = entries.get("microgrids")
        return Inventory(
            () if sites is None else tuple(self._SITES.read(sites) or ()),
            **MARKET.read(entries),
        )

    def write(self, value: Inventory) -> dict[str, Any]:
        """Return the inventory as plain data."""
        sites = self._SITES.write(value.sites)
        return {"version": VERSION, "microgrids": sites, **MARKET.write(value)}

    def write_parts(self, value: Inventory) -> Iterator[dict[str, Any]]:
        """Yield parts as plain data: the version, then one entity each, a site with all it has."""
        yield {"version": VERSION}
        for site in value.sites:
            yield {"microgrids": self._SITES.write([site])}
        for key, shape in MARKET.shapes.items():
            for entity in getattr(value, key):
                yield {key: [shape.write(entity)]}

    def schema(self) -> Schema:
        """Return the schema of the file."""
        return {
            "type": "object",
            "properties": {
                "version": {"const": VERSION},
                "microgrids": or_null(self._SITES),
                **MARKET.schema(),
            },
            "required": ["version"],
            "additionalProperties": False,
        }


INVENTORY: Final = InventoryShape()
