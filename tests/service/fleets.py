"""Inventories to serve, with anything that messages can contain."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2
from hypothesis import strategies as st

from frequenz.client.assets.inventory import Inventory, Site

Component = electrical_components_pb2.ElectricalComponent
Connection = electrical_components_pb2.ElectricalComponentConnection

LARGEST_ID: Final = 2**64 - 1

METER: Final = 2
INVERTER: Final = 3
BATTERY: Final = 5
UNKNOWN_CATEGORY: Final = 999

LATER_FIELD: Final = b"\xba\x3e\x05later"
"""Field 999, a string: a field of a later API."""


def component(number: int, category: int = METER, **fields: Any) -> Component:
    untyped: Any = category  # the generated stubs have a type of their own for it
    return Component(id=number, category=untyped, **fields)


def connection(source: int, destination: int) -> Connection:
    return Connection(
        source_electrical_component_id=source, destination_electrical_component_id=destination
    )


def site(
    number: int, components: Iterable[Component] = (), connections: Iterable[Connection] = ()
) -> Site:
    microgrid = microgrid_pb2.Microgrid(
        id=number, name=f"Site {number}", status=microgrid_pb2.MICROGRID_STATUS_ACTIVE
    )
    return Site(microgrid, tuple(components), tuple(connections))


def fleet(*sites: Site) -> Inventory:
    return Inventory(sites)


def big_fleet(components: int, name_length: int) -> Inventory:
    """Return a fleet of one site, whose components have names of a length."""
    name = "n" * name_length
    return fleet(site(1, (component(number, name=name) for number in range(components))))


DEPOT: Final = site(
    1,
    [
        component(30, name="Third, listed first", microgrid_id=1),
        component(10, BATTERY, microgrid_id=1),
        component(20, INVERTER, microgrid_id=1),
        component(11, BATTERY, microgrid_id=1),
    ],
    [connection(30, 20), connection(20, 11), connection(20, 10)],
)
EMPTY: Final = site(2)
ODDITIES: Final = site(
    LARGEST_ID,
    [
        component(7, microgrid_id=1, name="of another microgrid"),
        component(5, name="twice"),
        component(5, BATTERY, name="twice, but another"),
        component(5, name="twice"),
        component(LARGEST_ID, UNKNOWN_CATEGORY),
        component(2**63, -1),
        Component.FromString(component(8).SerializeToString() + LATER_FIELD),
        Component(),
    ],
    [connection(5, 5), connection(7, 404), connection(7, 404), Connection()],
)
FLEET: Final = fleet(DEPOT, EMPTY, ODDITIES)

# Random fleets ------------------------------------------------------------------------------------

_IDS: Final = st.sampled_from([0, 1, 2, 3, 4, 2**63 - 1, 2**63, 2**63 + 1, LARGEST_ID])
_CATEGORIES: Final = st.sampled_from([0, METER, INVERTER, BATTERY, UNKNOWN_CATEGORY, 2**31 - 1, -1])


def _up_to(size: int, items: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(items, max_size=size)


SITES: Final = st.builds(
    site,
    _IDS,
    _up_to(8, st.builds(component, _IDS, _CATEGORIES)),
    _up_to(8, st.builds(connection, _IDS, _IDS)),
)
FLEETS: Final = st.lists(SITES, max_size=3, unique_by=lambda it: it.microgrid.id).map(
    lambda sites: fleet(*sites)
)
FILTERS: Final = st.tuples(_up_to(3, _IDS), _up_to(3, _CATEGORIES), _up_to(3, _IDS))
"""IDs, categories, and other IDs."""


def matches(number: int, wanted: Sequence[int]) -> bool:
    """Return whether a number matches one field of a filter: an empty one matches all."""
    return not wanted or number in wanted
