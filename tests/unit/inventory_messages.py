"""Inventories for tests: any that the wire can carry, and those of a piece of a file."""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final, TypeAlias

import pytest
from frequenz.api.common.v1alpha8.gridpool import gridpool_pb2
from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2
from frequenz.api.common.v1alpha8.microgrid.sensors import sensors_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message_factory import GetMessageClass
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from frequenz.client.assets import inventory
from frequenz.client.assets.inventory import FileFormat, Inventory, Site

from .inventory_texts import TRICKY_TEXTS

MicrogridMessage: TypeAlias = microgrid_pb2.Microgrid
ComponentMessage: TypeAlias = electrical_components_pb2.ElectricalComponent
ConnectionMessage: TypeAlias = electrical_components_pb2.ElectricalComponentConnection
SensorMessage: Final[Any] = sensors_pb2.Sensor
GridpoolMessage: Final[Any] = gridpool_pb2.Gridpool
ScheduleMessage: Final[Any] = platformassets_pb2.GridpoolEnergySchedule
RelationMessage: Final[Any] = platformassets_pb2.MarketTopologyRelation

INT32: Final = (-(2**31), 2**31 - 1)
INT64: Final = (-(2**63), 2**63 - 1)
FIRST_SECOND: Final = -62_135_596_800
"""0001-01-01T00:00:00Z, the first second of `datetime`."""
LAST_SECOND: Final = 253_402_300_799
"""9999-12-31T23:59:59Z, the last second of `datetime`."""
LARGEST_SINGLE: Final = (2 - 2**-23) * 2.0**127
SMALLEST_SINGLE: Final = 2.0**-149


def any_text() -> SearchStrategy[str]:
    """Return a strategy of any text that the wire can carry."""
    return st.one_of(
        st.sampled_from(TRICKY_TEXTS),
        st.text(max_size=20),
        st.text(alphabet=" \n\t#:-?'\"\\,[]{}&*!|>%@`~=<0123456789eE.xo_+aNO", max_size=250),
        st.lists(st.sampled_from(TRICKY_TEXTS), max_size=6).map("".join),
    )


def any_single() -> SearchStrategy[float]:
    """Return a strategy of any number of single precision; there is only one NaN."""
    edges = (LARGEST_SINGLE, -LARGEST_SINGLE, SMALLEST_SINGLE, -SMALLEST_SINGLE)
    return st.one_of(
        st.sampled_from((0.0, -0.0, math.inf, -math.inf, math.nan, *edges)),
        st.floats(width=32, allow_nan=False),
    )


_CARDINAL: Final = st.one_of(st.integers(0, 4), st.integers(0, 2**64 - 1), st.just(2**64 - 1))
_SECONDS: Final = st.one_of(
    st.integers(FIRST_SECOND, LAST_SECOND),
    st.sampled_from((0, FIRST_SECOND, FIRST_SECOND - 1, LAST_SECOND, LAST_SECOND + 1, *INT64)),
    st.integers(*INT64),
)
_NANOS: Final = st.one_of(
    st.just(0),
    st.integers(0, 999_999).map(lambda micros: micros * 1000),
    st.integers(0, 999_999_999),
    st.sampled_from((-1, 1_000_000_000, *INT32)),
)

_STRATEGIES: Final[dict[int, Callable[[], SearchStrategy[Any]]]] = {
    FieldDescriptor.TYPE_UINT64: lambda: _CARDINAL,
    FieldDescriptor.TYPE_UINT32: lambda: st.integers(0, 2**32 - 1),
    FieldDescriptor.TYPE_FLOAT: any_single,
    FieldDescriptor.TYPE_STRING: any_text,
}
"""The type of a field -> any value that it can have."""

_OWN_STRATEGIES: Final = {
    "google.protobuf.Timestamp.seconds": _SECONDS,
    "google.protobuf.Timestamp.nanos": _NANOS,
}
"""The full name of a field -> its values, where its type alone would rarely give good ones."""


def _any_value(field: Any) -> SearchStrategy[Any]:
    if field.message_type is not None:
        kind: Any = GetMessageClass(field.message_type)
        return any_message(kind)
    if field.enum_type is not None:
        known = [value.number for value in field.enum_type.values]
        return st.one_of(st.sampled_from(known[:3]), st.sampled_from(known), st.integers(*INT32))
    if field.full_name in _OWN_STRATEGIES:
        return _OWN_STRATEGIES[field.full_name]
    return st.just(field.default_value) | _STRATEGIES[field.type]()


def _any_field(field: Any) -> SearchStrategy[Any]:
    """Return a strategy of what a field can hold: None where it is unset."""
    value = _any_value(field)
    if field.is_repeated:
        return st.lists(value, max_size=2) | value.map(lambda item: [item, item])
    return st.none() | value if field.has_presence else value


@st.composite
def any_message(draw: st.DrawFn, kind: Any) -> Any:
    """Draw any message of a kind, with every field free."""
    # Only its kind is in its repr: with all that it consists of, Hypothesis warns of the length.
    return draw(_any_fields(kind))


@cache
def _any_fields(kind: Any) -> SearchStrategy[Any]:
    alone = {f.name: _any_field(f) for f in kind.DESCRIPTOR.fields if f.containing_oneof is None}
    chosen = [
        st.one_of(
            st.just({}), *(st.fixed_dictionaries({f.name: _any_value(f)}) for f in oneof.fields)
        )
        for oneof in kind.DESCRIPTOR.oneofs
    ]
    return st.builds(
        lambda fields, choices: kind(**fields, **{k: v for one in choices for k, v in one.items()}),
        st.fixed_dictionaries(alone),
        st.tuples(*chosen),
    )


CATEGORIES_WITH_DATA: Final = {
    "battery": electrical_components_pb2.ELECTRICAL_COMPONENT_CATEGORY_BATTERY,
    "ev_charger": electrical_components_pb2.ELECTRICAL_COMPONENT_CATEGORY_EV_CHARGER,
    "grid_connection_point": (
        electrical_components_pb2.ELECTRICAL_COMPONENT_CATEGORY_GRID_CONNECTION_POINT
    ),
    "inverter": electrical_components_pb2.ELECTRICAL_COMPONENT_CATEGORY_INVERTER,
    "power_transformer": electrical_components_pb2.ELECTRICAL_COMPONENT_CATEGORY_POWER_TRANSFORMER,
}
"""The data that a category can have -> the category that it belongs to."""


@cache
def any_component() -> SearchStrategy[ComponentMessage]:
    """Return a strategy of any component; in half of them the data is that of the category."""

    def placed(component: ComponentMessage, own: bool) -> ComponentMessage:
        kind = component.category_specific_info.WhichOneof("kind")
        if own and kind is not None:
            component.category = CATEGORIES_WITH_DATA[kind]
        return component

    return st.builds(placed, any_message(ComponentMessage), st.booleans())


@cache
def any_site() -> SearchStrategy[Site]:
    """Return a strategy of any site; half of its components name the microgrid of the site."""

    def placed(
        microgrid: MicrogridMessage,
        components: Sequence[tuple[ComponentMessage, bool]],
        connections: Sequence[ConnectionMessage],
    ) -> Site:
        for component, own in components:
            if own:
                component.microgrid_id = microgrid.id
        return Site(microgrid, tuple(it for it, _ in components), tuple(connections))

    return st.builds(
        placed,
        any_message(MicrogridMessage),
        st.lists(st.tuples(any_component(), st.booleans()), max_size=2),
        st.lists(any_message(ConnectionMessage), max_size=2),
    )


@cache
def any_inventory() -> SearchStrategy[Inventory]:
    """Return a strategy of any inventory that the wire can carry."""
    return st.lists(any_site(), max_size=2).map(lambda sites: Inventory(tuple(sites)))


def named(texts: Sequence[str]) -> Inventory:
    """Return an inventory with a microgrid of each name."""
    return Inventory(tuple(Site(MicrogridMessage(name=text)) for text in texts))


def one_site(**fields: Any) -> Inventory:
    """Return an inventory of one microgrid, which has some fields."""
    return Inventory((Site(MicrogridMessage(**{"id": 1, **fields})),))


def one_component(**fields: Any) -> Inventory:
    """Return an inventory of one site with one component, which has some fields."""
    return inventory_of(ComponentMessage(id=2, **fields))


_LISTS_OF_SITE: Final[Mapping[Any, str]] = {
    ComponentMessage: "components",
    ConnectionMessage: "connections",
    SensorMessage: "sensors",
}
_LISTS_OF_MARKET: Final[Mapping[Any, str]] = {
    GridpoolMessage: "gridpools",
    ScheduleMessage: "energy_schedules",
    RelationMessage: "market_topology",
}
MESSAGES: Final = (MicrogridMessage, *_LISTS_OF_SITE, *_LISTS_OF_MARKET)
"""The classes of messages of an inventory."""


def inventory_of(message: Any) -> Inventory:
    """Return an inventory with one message of any kind, in a site with the ID 1 if it needs one."""
    if isinstance(message, MicrogridMessage):
        return Inventory((Site(message),))
    if key := _LISTS_OF_MARKET.get(type(message)):
        return Inventory(**{key: (message,)})
    lists = {_LISTS_OF_SITE[type(message)]: (message,)}
    return Inventory((Site(MicrogridMessage(id=1), **lists),))


def contents(held: Inventory) -> list[list[tuple[str, bytes]]]:
    """Return the messages of an inventory, list by list, to be compared.

    Beside the messages their bytes: a NaN does not equal itself, and -0.0 equals 0.0.
    """
    lists: list[Sequence[Any]] = [
        *((site.microgrid,) for site in held.sites),
        *(getattr(site, key) for site in held.sites for key in _LISTS_OF_SITE.values()),
        *(getattr(held, key) for key in _LISTS_OF_MARKET.values()),
    ]
    return [
        [(str(message), message.SerializeToString(deterministic=True)) for message in messages]
        for messages in lists
    ]


ALL_FORMATS: Final[tuple[FileFormat, ...]] = ("yaml", "json", "jsonl")
FORMATS: Final = pytest.mark.parametrize("file_format", ALL_FORMATS)


def parsed(text: str, *, file_format: FileFormat = "yaml") -> Inventory:
    """Return the inventory in a text."""
    return inventory.parse_text(text, name=f"fleet.{file_format}", file_format=file_format)


def read_back(held: Inventory, *, file_format: FileFormat = "yaml") -> Inventory:
    """Return what is read from the text that an inventory is written as."""
    return parsed(inventory.to_text(held, file_format=file_format), file_format=file_format)


def assert_reads_back(held: Inventory) -> None:
    """Check that an inventory is the same after it was written and read, in each format."""
    for file_format in ALL_FORMATS:
        assert contents(read_back(held, file_format=file_format)) == contents(held)


def site_text(keys: str) -> str:
    """Return a file of one site with the id 1; the keys begin in line 4, column 3."""
    return f"version: 1\nmicrogrids:\n- id: 1\n  {keys}\n"


def component_text(keys: str) -> str:
    """Return a file of one component with the id 2; the keys begin in line 6, column 5."""
    return site_text(f"components:\n  - id: 2\n    {keys}")


def microgrid_of(keys: str) -> MicrogridMessage:
    """Return the microgrid 1 with some keys."""
    return parsed(site_text(keys)).sites[0].microgrid


def component_of(keys: str) -> ComponentMessage:
    """Return the component 2 with some keys."""
    return parsed(component_text(keys)).sites[0].components[0]
