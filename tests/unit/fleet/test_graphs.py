"""The quick look at component graphs: what it lets pass has no fault, and good sites pass."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frequenz.client.assets import inventory
from frequenz.client.assets.fleet._tables._graphs import sites_to_check
from frequenz.client.assets.fleet._tables._site_lists import read_components, read_connections
from frequenz.client.assets.inventory import Site
from frequenz.client.assets.inventory._graph import check_site_graph
from frequenz.server.assets.demo import FLEETS

from ..messages import microgrid_pb, pb

GRID: Final = 1
METER: Final = 2
BATTERY: Final = 5
EV_CHARGER: Final = 6
BREAKER: Final = 12
INVERTER: Final = {"battery": 1, "solar": 2, "hybrid": 3}


def to_check(sites: Sequence[Site]) -> list[int]:
    def listed(read: Any, messages: list[Any]) -> Any:
        site = np.repeat(np.arange(len(sites)), [len(it) for it in messages])
        return read([it.SerializeToString() for part in messages for it in part], site)

    components = listed(read_components, [site.components for site in sites])
    connections = listed(read_connections, [site.connections for site in sites])
    return [*map(int, sites_to_check(components, connections, len(sites)))]


def lifetime(start: int | None, end: int | None) -> Any:
    return {
        name: {"seconds": seconds}
        for name, seconds in (("start_timestamp", start), ("end_timestamp", end))
        if seconds is not None
    }


def component(number: int, category: int, life: Any, inverter: int = 0) -> Any:
    info = {"category_specific_info": {"inverter": {"type": inverter}}} if inverter else {}
    more = {} if life is None else {"operational_lifetime": life}
    return pb.ElectricalComponent(id=number, microgrid_id=1, category=category, **info, **more)


def connection(source: int, destination: int, life: Any = None) -> Any:
    return pb.ElectricalComponentConnection(
        source_electrical_component_id=source,
        destination_electrical_component_id=destination,
        operational_lifetime=life or {},
    )


_kinds: Final = st.sampled_from(
    [
        (METER, 0),
        (METER, 0),
        (BATTERY, 0),
        (EV_CHARGER, 0),
        (BREAKER, 0),
        (3, INVERTER["battery"]),
        (3, INVERTER["battery"]),
        (3, INVERTER["solar"]),
        (3, INVERTER["hybrid"]),
        (3, 0),
        (8, 0),
        (0, 0),
        (77, 0),
    ]
)
_moments: Final = st.sampled_from([None, None, 1, 2, 5, 10**10, 2**62])
_lifetimes: Final = st.builds(lifetime, _moments, _moments)


@st.composite
def near_trees(draw: Any) -> Site:
    """Return a site that is mostly a tree, in which little is wrong."""
    usual = draw(st.one_of(st.just(lifetime(1, None)), _lifetimes))
    lives = st.one_of(*[st.just(usual)] * draw(st.sampled_from([1, 8])), st.none(), _lifetimes)
    life = draw(st.sampled_from([st.just(usual), lives]))
    listed = [(GRID, 0)]
    ends = []
    for at in range(1, draw(st.integers(2, 7))):
        before = draw(st.integers(max(0, at - 3), at - 1))
        is_behind_battery_inverter = listed[before] == (3, INVERTER["battery"])
        listed.append((BATTERY, 0) if is_behind_battery_inverter else draw(_kinds))
        ends.append((before, at))
    numbers = st.integers(0, len(listed))
    ends += draw(st.one_of(st.just([]), st.lists(st.tuples(numbers, numbers), max_size=1)))
    if draw(st.booleans()):
        listed[draw(numbers) - 1] = (GRID, 0)
    ids = [*range(3, 3 + len(listed)), 99]
    if draw(st.integers(0, 9)) == 0:
        ends.pop()
    return Site(
        microgrid_pb.Microgrid(id=1),
        tuple(component(ids[at], kind, draw(life), it) for at, (kind, it) in enumerate(listed)),
        tuple(connection(ids[source], ids[end], draw(life)) for source, end in ends),
    )


@given(st.lists(near_trees(), min_size=1, max_size=4))
@settings(max_examples=500, deadline=None)
def test_a_site_that_passes_has_no_fault(sites: list[Site]) -> None:
    for index in {*range(len(sites))} - {*to_check(sites)}:
        assert [fault for _, fault in check_site_graph(sites[index])] == []


def good_site(branches: int, life: Any) -> Site:
    """Return a site with branches of a meter, a battery with its inverter, and others."""
    lives = life, lifetime(2, 9)
    listed = [component(1, GRID, life), component(2, METER, life)]
    links = [connection(1, 2, life)]
    for first in range(3, 3 + 6 * branches, 6):
        breaker, meter, inverter, battery, charger, solar = range(first, first + 6)
        inner = lives[first // 6 % 2]
        listed += [
            component(breaker, BREAKER, life),
            component(meter, METER, life),
            component(inverter, 3, inner, INVERTER["battery"]),
            component(battery, BATTERY, inner),
            component(charger, EV_CHARGER, inner),
            component(solar, 3, inner, INVERTER["solar"]),
        ]
        ends = (2, breaker), (breaker, meter), (meter, inverter), (inverter, battery)
        links += [connection(*it, life) for it in (*ends, (meter, charger), (breaker, solar))]
    return Site(microgrid_pb.Microgrid(id=1), tuple(listed), tuple(links))


LIVES: Final = [lifetime(None, None), lifetime(1, None), lifetime(None, 10), lifetime(1, 10)]


@pytest.mark.parametrize("life", LIVES, ids=map(str, LIVES))
def test_good_sites_pass(life: Any) -> None:
    sites = [good_site(branches, life) for branches in (1, 2, 40)]
    assert [[*check_site_graph(site)] for site in sites] == [[], [], []]
    assert to_check(sites) == []


SINCE: Final = lifetime(1, None)
GRID_AND_METER: Final = component(1, GRID, SINCE), component(2, METER, SINCE)
BATTERY_INVERTER: Final = component(3, 3, SINCE, INVERTER["battery"])
METER_3: Final = component(3, METER, SINCE)
FAULTY: Final[dict[str, tuple[tuple[Any, ...], tuple[tuple[int, int], ...], Any]]] = {
    "a battery that ends sooner": (
        (BATTERY_INVERTER, component(4, BATTERY, lifetime(1, 5))),
        ((2, 3), (3, 4)),
        SINCE,
    ),
    "a battery that starts later": (
        (BATTERY_INVERTER, component(4, BATTERY, lifetime(3, None))),
        ((2, 3), (3, 4)),
        SINCE,
    ),
    "no battery": ((BATTERY_INVERTER,), ((2, 3),), SINCE),
    "a battery behind a meter": ((component(3, BATTERY, SINCE),), ((2, 3),), SINCE),
    "a connection that ends sooner": ((METER_3,), ((2, 3),), lifetime(1, 5)),
    "an end that tables cannot hold": ((METER_3,), ((2, 3),), lifetime(1, 10**10)),
    "a source that is not there": ((METER_3,), ((9, 3),), SINCE),
    "a destination that is not there": ((METER_3,), ((2, 3), (2, 9)), SINCE),
}
"""By name: components behind a meter, their connections, and the lifetime of these."""


@pytest.mark.parametrize("name", FAULTY)
def test_a_site_with_a_fault_is_checked(name: str) -> None:
    more, ends, life = FAULTY[name]
    site = Site(
        microgrid_pb.Microgrid(id=1),
        (*GRID_AND_METER, *more),
        (connection(1, 2, SINCE), *(connection(*it, life) for it in ends)),
    )
    good = good_site(2, SINCE)
    assert [*check_site_graph(site)] != []
    assert to_check([good, site, good]) == [1]


def test_good_sites_of_the_demo_pass() -> None:
    sites = inventory.read(FLEETS[0]).sites
    good = [index for index, site in enumerate(sites) if not [*check_site_graph(site)]]
    assert {201, 202} <= {sites[index].microgrid.id for index in good}
    assert to_check(sites) == [at for at in range(len(sites)) if at not in good]


@pytest.mark.parametrize("numbers", [(1, 3), (3, 1), (1, 2**50), (2**50, 1)])
def test_a_connection_to_nothing_does_not_hide_a_fault_of_another_site(
    numbers: tuple[int, int],
) -> None:
    """Its ends are looked up among the components of all sites."""
    life = lifetime(1, None)
    lone = [component(2, GRID, life), component(3, METER, life), component(4, METER, life)]
    without_predecessor = Site(microgrid_pb.Microgrid(id=1), tuple(lone), (connection(2, 3, life),))
    alone = Site(
        microgrid_pb.Microgrid(id=1),
        (component(1, GRID, life),),
        (connection(*numbers, life),),
    )
    for sites in ([without_predecessor, alone], [alone, without_predecessor]):
        assert to_check(sites) == [0, 1]
