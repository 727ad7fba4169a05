"""What a site makes of its graph: topology, formulas, diagram, and how they change."""

import inspect
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from frequenz.api.common.v1alpha8.microgrid.sensors import sensors_pb2

from frequenz.client.assets import inventory
from frequenz.client.assets.fleet import Site
from frequenz.client.assets.topology import (
    Topology,
    changes,
    compare,
    diagram,
    formulas,
)
from frequenz.client.assets.topology._diagram import DiagramOptions
from frequenz.client.assets.topology._diagram.diagram import diagram as implementation
from frequenz.server.assets.demo import FLEETS

LATE_2021 = datetime(2021, 12, 1, tzinfo=UTC)
"""When the depot of the demo does not have all of its components yet."""


@cache
def messages() -> inventory.Site:
    (depot,) = (it for it in inventory.read_all(FLEETS).sites if it.microgrid.id == 201)
    return depot


@pytest.fixture
def depot() -> Site:
    return Site.of(messages())


def test_a_site_has_its_topology_now_and_at_a_moment(depot: Site) -> None:
    everything = Topology(depot.components, depot.connections)
    assert depot.topology() == everything
    assert depot.topology(at=LATE_2021) == everything.as_of(LATE_2021)
    assert len(depot.topology(at=LATE_2021).components) < len(everything.components)


def test_a_site_as_of_a_moment_has_what_its_topology_has(depot: Site) -> None:
    then, view = depot.topology(at=LATE_2021), depot.as_of(LATE_2021)

    assert (view.components, view.connections) == (then.components, then.connections)
    assert (view.microgrid, view.at) == (depot.microgrid, LATE_2021)
    assert view.topology().components == then.components
    assert view.topology().at == LATE_2021
    assert view.formulas() == formulas(then) != depot.formulas()
    assert depot.formulas(at=LATE_2021) == view.formulas()


def test_a_connection_is_not_there_while_one_of_its_ends_is_not(depot: Site) -> None:
    known = {it.id for it in depot.as_of(LATE_2021).components}
    open_ended = [it for it in depot.connections if it.is_operational_at(LATE_2021)]
    lost = [it for it in open_ended if it.source not in known or it.destination not in known]
    assert not {*lost} & {*depot.as_of(LATE_2021).connections}
    assert {*open_ended} - {*lost} == {*depot.as_of(LATE_2021).connections}


def test_sensors_of_unknown_lifetime_are_always_there() -> None:
    ended = sensors_pb2.Sensor(id=1, microgrid_id=201)
    ended.operational_lifetime.end_timestamp.FromDatetime(LATE_2021)
    unknown = sensors_pb2.Sensor(id=2, microgrid_id=201)
    site = Site.of(inventory.Site(messages().microgrid, sensors=(ended, unknown)))

    after = site.as_of(datetime(2022, 1, 1, tzinfo=UTC)).sensors

    assert after is not None
    assert [int(it.id) for it in after] == [2]
    before = site.as_of(datetime(2021, 1, 1, tzinfo=UTC)).sensors
    assert before is not None
    assert [int(it.id) for it in before] == [1, 2]


def test_changes_are_those_of_the_lifetimes(depot: Site) -> None:
    assert depot.changes() == changes(depot.components, depot.connections)
    moments = [change.moment for change in depot.changes()]
    assert len(moments) == len({len(depot.as_of(it).components) for it in moments}) == 5


def test_the_moment_needs_a_time_zone(depot: Site) -> None:
    naive = datetime(2022, 1, 1)
    for ask in (lambda at: depot.topology(at=at), lambda at: depot.formulas(at=at)):
        with pytest.raises(ValueError, match=r"^at: expected a time with a time zone"):
            ask(naive)
    with pytest.raises(ValueError, match=r"^moment: expected a time with a time zone"):
        depot.as_of(naive)
    with pytest.raises(TypeError, match=r"^moment: expected a datetime, got '2022'"):
        depot.as_of("2022")  # type: ignore[arg-type] # on purpose


# Diagrams -----------------------------------------------------------------------------------------


def test_the_diagram_of_a_site_is_that_of_its_parts(depot: Site) -> None:
    options: DiagramOptions = {"theme": "dark", "at": LATE_2021, "highlight": 22}
    expected = diagram(depot.microgrid, depot.components, depot.connections, **options)
    assert depot.diagram(**options) == diagram(depot, **options) == expected


def test_the_diagram_of_a_view_shows_only_what_is_there_and_the_moment(depot: Site) -> None:
    view = depot.as_of(LATE_2021)
    shown = view.diagram()
    assert shown == diagram(view) == diagram(view, at=LATE_2021)
    assert "as of 2021-12-01 00:00 UTC" in shown.svg
    there = {it.id for it in view.components}
    absent = next(f'data-id="{int(it.id)}"' for it in depot.components if it.id not in there)
    assert 'data-id="2"' in shown.svg
    assert absent not in shown.svg
    assert absent in depot.diagram(at=LATE_2021).svg


def test_the_diagram_of_a_topology_has_its_parts_and_its_moment(depot: Site) -> None:
    topology = depot.topology(at=LATE_2021)
    shown = diagram(topology).svg
    assert "<title>Single-line diagram of Topology</title>" in shown
    assert f"{len(topology.components)} components · as of 2021-12-01" in shown
    assert "as of" not in diagram(depot.topology()).svg


def test_an_earlier_state_may_be_a_site_a_topology_or_a_pair(depot: Site) -> None:
    view = depot.as_of(LATE_2021)
    pair = diagram(depot, before=(view.components, view.connections))
    assert pair == diagram(depot, before=view) == diagram(depot, before=view.topology())
    assert pair != depot.diagram()


def test_a_comparison_has_the_diagram_of_both(depot: Site) -> None:
    before = depot.topology()
    after = before.without(21)
    compared = compare(before, after)

    assert compared.diagram() == diagram(after, before=before, findings=after.findings)
    assert compared.diagram(theme="dark", findings=()) == diagram(
        after, before=before, theme="dark"
    )
    assert compared._repr_svg_() == compared.diagram().svg
    assert "removed" in compared.diagram().svg


ANY: Any = diagram
WRONG: list[tuple[tuple[Any, ...], str]] = [
    ((None,), "microgrid: expected a site, a topology or a microgrid, got None"),
    ((messages(),), "microgrid: expected a site, a topology or a microgrid, got Site"),
    ((Site.of(messages()).microgrid,), "a microgrid needs its components and connections"),
    ((Site.of(messages()).microgrid, []), "a microgrid needs its components and connections"),
    ((Site.of(messages()), []), "components and connections go with a microgrid alone"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG)
def test_wrong_subjects_are_refused(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        ANY(*arguments)


@pytest.mark.parametrize("before", [1, ([],), ([], [], [])])
def test_a_wrong_earlier_state_is_refused(depot: Site, before: Any) -> None:
    with pytest.raises(TypeError, match="before: expected a site, a topology, or"):
        depot.diagram(before=before)


# Signatures ---------------------------------------------------------------------------------------


def test_options_and_defaults_are_written_twice_alike() -> None:
    parameters = inspect.signature(implementation).parameters.values()
    keywords = [it.name for it in parameters if it.kind is inspect.Parameter.KEYWORD_ONLY]
    assert keywords == [*DiagramOptions.__annotations__]
    timeouts = [inspect.signature(it).parameters["timeout"] for it in (formulas, Site.formulas)]
    assert timeouts[0].default == timeouts[1].default


def test_a_site_without_connections_says_so(depot: Site) -> None:
    site = Site(depot._replies._replace(connections=None))
    for ask in (site.topology, site.formulas, site.changes, site.diagram, lambda: diagram(site)):
        with pytest.raises(LookupError, match="its connections were not fetched"):
            ask()
