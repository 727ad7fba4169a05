"""Version 1 of the inventory file: which keys there are, and what each stands for.

The same tables read and write. Keys are the model's field names, enum members are given by name.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from frequenz.api.common.v1alpha8.grid import delivery_area_pb2
from frequenz.api.common.v1alpha8.metrics import bounds_pb2
from frequenz.api.common.v1alpha8.microgrid import lifetime_pb2, microgrid_pb2
from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2
from frequenz.api.common.v1alpha8.types import location_pb2
from frequenz.client.common.grid import EnergyMarketCodeType

from .._microgrid import MicrogridStatus
from .._wire.kinds import OWN_DATA, OwnData, SpecificInfo
from ..electrical_component import ElectricalComponentCategory, ElectricalComponentOperationalMode
from ..metrics import Metric
from ._inventory import Inventory, Site
from ._nodes import INTEGER, Node
from ._shapes import (
    UINT32,
    UINT64,
    Choice,
    Field,
    Float32,
    ListOf,
    Moment,
    Record,
    Shape,
    Text,
    explicit,
    known_entries,
    part,
    scalar,
)

VERSION: Final = 1

TEXT: Final = Text()
FLOAT: Final = Float32()
MOMENT: Final = Moment()
METRIC: Final = Choice("a metric", Metric)
CATEGORY: Final = Choice("a category", ElectricalComponentCategory)

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
    scalar("status", Choice("a status", MicrogridStatus)),
    part(
        "delivery_area",
        Record(
            delivery_area_pb2.DeliveryArea,
            scalar("code", TEXT),
            scalar("code_type", Choice("a code type", EnergyMarketCodeType)),
        ),
    ),
    part(
        "location",
        Record(
            location_pb2.Location,
            scalar("latitude", FLOAT),
            scalar("longitude", FLOAT),
            scalar("country_code", TEXT),
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


_RATINGS: Final[Mapping[str, Shape]] = {
    "rated_fuse_current": UINT32,
    "primary_power": FLOAT,
    "secondary_power": FLOAT,
}


class OwnRecord(NamedTuple):
    """The data that only one category has."""

    field: str
    """Its field within `category_specific_info`."""

    record: Record


def _own_record(category: ElectricalComponentCategory, own: OwnData) -> OwnRecord:
    # Always written, even as 0: that they are there says that the category's data is there.
    fields = [
        scalar(field, _RATINGS[field], source, always=True) for field, source in own.ratings.items()
    ]
    if own.types is not None:
        types = Choice(f"a type of {category.name.lower()}", own.types)
        fields.append(scalar("type", types, always=True))
    message = type(getattr(SpecificInfo(), own.field))
    return OwnRecord(own.field, Record(message, *fields))


OWN_RECORDS: Final = {
    category.value: _own_record(category, own) for category, own in OWN_DATA.items()
}
"""The number of a category -> the data that only it has."""

OWN_KEYS: Final = frozenset(key for own in OWN_RECORDS.values() for key in own.record.keys)

SPECIFIC_INFO: Final = Record(
    SpecificInfo, *(part(own.field, own.record) for own in OWN_RECORDS.values())
)


def _put_bounds(message: Any, bounds: Any) -> None:
    message.metric_config_bounds.extend(bounds)


COMPONENT_FIELDS: Final = (
    scalar("id", UINT64, required=True),
    scalar("name", TEXT),
    scalar("category", CATEGORY, always=True),
    part("category_specific_info", SPECIFIC_INFO),
    scalar("manufacturer", TEXT),
    scalar("model_name", TEXT),
    scalar("model", TEXT),
    part("operational_lifetime", LIFETIME),
    Field(
        "rated_bounds",
        RatedBounds(),
        lambda message: message.metric_config_bounds or None,
        _put_bounds,
    ),
    scalar("operational_mode", Choice("a mode", ElectricalComponentOperationalMode)),
)


class Component:
    """An electrical component, the data of its category beside what every component has.

    Data that does not belong to the category goes under `category_specific_info`, as the API has
    it. The microgrid is the site's where none is given.
    """

    def __init__(self, microgrid_id: int) -> None:
        """Make the shape for the components of one site."""
        self._microgrid_id = microgrid_id
        self._record = Record(
            lambda: electrical_components_pb2.ElectricalComponent(microgrid_id=microgrid_id),
            *COMPONENT_FIELDS,
            Field(
                "microgrid_id",
                UINT64,
                lambda message: (
                    None if message.microgrid_id == microgrid_id else message.microgrid_id
                ),
                lambda message, value: setattr(message, "microgrid_id", value),
            ),
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


class Connection:
    """A list of source and destination, or a mapping where there is a lifetime, too."""

    _RECORD: Final = Record(
        electrical_components_pb2.ElectricalComponentConnection,
        scalar("source", UINT64, "source_electrical_component_id", required=True),
        scalar("destination", UINT64, "destination_electrical_component_id", required=True),
        part("operational_lifetime", LIFETIME),
    )

    def read(self, node: Node) -> Any:
        """Return the message."""
        if not node.is_list:
            if node.is_mapping:
                return self._RECORD.read(node)
            node.expected("[source, destination] or a mapping with these keys")
            return None
        ends = list(node.items())
        if len(ends) != 2:
            node.problem(f"expected [source, destination], got {len(ends)} items")
            return None
        source, destination = (UINT64.read(end) for end in ends)
        if source is None or destination is None:
            return None
        return electrical_components_pb2.ElectricalComponentConnection(
            source_electrical_component_id=source,
            destination_electrical_component_id=destination,
        )

    def write(self, value: Any) -> Any:
        """Return the message as plain data."""
        written = self._RECORD.write(value)
        return written if "operational_lifetime" in written else list(written.values())


class SiteShape:
    """A microgrid with its components and connections."""

    _MICROGRID: Final = Record(microgrid_pb2.Microgrid, *MICROGRID_FIELDS)
    _CONNECTIONS: Final = ListOf(Connection())
    _KNOWN: Final = (*_MICROGRID.keys, "components", "connections")

    def read(self, node: Node) -> Site | None:
        """Return the site."""
        entries = known_entries(node, self._KNOWN)
        if entries is None:
            return None
        microgrid = self._MICROGRID.filled(node, entries)
        components = ListOf(Component(microgrid.id))
        return Site(
            microgrid,
            tuple(_read_if_there(components, entries.get("components"))),
            tuple(_read_if_there(self._CONNECTIONS, entries.get("connections"))),
        )

    def write(self, value: Site) -> dict[str, Any]:
        """Return the site as plain data."""
        components = ListOf(Component(value.microgrid.id)).write(value.components)
        connections = self._CONNECTIONS.write(value.connections)
        return self._MICROGRID.write(value.microgrid) | {
            key: items
            for key, items in (("components", components), ("connections", connections))
            if items
        }


def _read_if_there(shape: ListOf, node: Node | None) -> list[Any]:
    return [] if node is None else shape.read(node) or []


class InventoryShape:
    """A whole file."""

    _SITES: Final = ListOf(SiteShape())
    _KNOWN: Final = ("version", "microgrids")

    def read(self, node: Node) -> Inventory | None:
        """Return the inventory."""
        entries = known_entries(node, self._KNOWN)
        if entries is None:
            return None
        version = entries.get("version")
        if version is None:
            node.problem(f"version is missing; expected version: {VERSION}")
        elif version.plain(INTEGER) != str(VERSION):
            version.expected(f"{VERSION}, the version of the format that this release reads")
            return None  # what else is wrong cannot be told
        return Inventory(tuple(_read_if_there(self._SITES, entries.get("microgrids"))))

    def write(self, value: Inventory) -> dict[str, Any]:
        """Return the inventory as plain data."""
        return {"version": VERSION, "microgrids": self._SITES.write(value.sites)}


INVENTORY: Final = InventoryShape()
