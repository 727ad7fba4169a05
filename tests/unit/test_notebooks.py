"""What notebooks show: tables and diagrams, in which foreign text stays text."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any, Final

import pytest
from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2

from frequenz.client.assets import inventory
from frequenz.client.assets._html import MAX_ROWS
from frequenz.client.assets.exceptions import ApiClientError
from frequenz.client.assets.findings import CallFindings, Finding, ItemFindings, Rule, Severity
from frequenz.client.assets.fleet import FailedPart, FleetSnapshot, Part, Site
from frequenz.client.assets.fleet._notebook import MAX_DRAWN
from frequenz.client.assets.fleet._replies import MarketReplies
from frequenz.client.assets.inventory import Inventory
from frequenz.server.assets.demo import FLEETS

from ..service.fleets import component, connection

NEW_YEAR: Final = datetime(2026, 1, 1, tzinfo=UTC)

HOSTILE: Final = [
    "<script>alert(1)</script>",
    "</td></table><img src=x onerror=alert(1)>",
    '"><svg onload="alert(1)">',
    "'><a href='javascript:alert(1)'>",
    "javascript:alert(1)",
    "</style></title></svg><iframe src=//x>",
    "&lt;b&gt; &amp; &#60;",
    "<!-- --> <![CDATA[ ]]>",
    "{{7*7}} ${7*7} `x`",
]


class Page(HTMLParser):
    """The elements and the texts of a piece of HTML; elements that do not match are an error."""

    def __init__(self, text: str | None) -> None:
        assert text is not None
        super().__init__(convert_charrefs=True)
        self.elements: set[tuple[str, tuple[str, ...]]] = set()
        """The tags, with the names of their attributes."""

        self.texts: list[str] = []
        self.rows: list[list[str]] = []
        """The cells of the rows of tables."""

        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open.append(tag)
        self._note(tag, attrs)
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert "svg" in self._open, "only XML has such tags"
        self._note(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if self._open and self._open[-1] in {"td", "th"}:
            self.rows[-1][-1] += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"a declaration: {data}")

    def _note(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add((tag, tuple(sorted(name for name, _ in attrs))))
        for name, value in attrs:
            assert not (name.startswith("on") or (value or "").startswith("javascript:"))
            assert name not in {"src", "srcdoc", "action"}
            assert name != "href" or (value or "").startswith("#")


def hostile_site(text: str, number: int = 1) -> inventory.Site:
    """Return a site with a text wherever foreign text can be, and with findings about it."""
    microgrid = microgrid_pb2.Microgrid(
        id=number, name=text, status=microgrid_pb2.MICROGRID_STATUS_ACTIVE
    )
    microgrid.delivery_area.code = text
    microgrid.location.country_code = text
    parts = [component(it, it, name=text, manufacturer=text, model_name=text) for it in (1, 2)]
    return inventory.Site(microgrid, tuple(parts), (connection(1, 2), connection(2, 404)))


def shown(text: str) -> Iterator[tuple[str, str | None]]:
    """Yield everything that a notebook shows, with a text wherever foreign text can be."""
    messages = hostile_site(text)
    fleet = Inventory((messages,))
    site = Site.of(messages)
    finding = Finding(text, Rule.ID_TAKEN, text, text)
    items = (ItemFindings(1, 0, None, (finding,), None),)
    error = ApiClientError(server_url=text, operation=text, description=text, retryable=False)
    snapshot = FleetSnapshot(
        [site._replies],
        MarketReplies.of(fleet),
        failures=(FailedPart(Part("microgrid", 7), error),),
        not_asked=(Part("gridpools"),),
        started_at=NEW_YEAR,
        ended_at=NEW_YEAR,
    )
    for name, value in {
        "microgrid": site.microgrid,
        "site": site,
        "view": site.as_of(NEW_YEAR),
        "snapshot": snapshot,
        "checked": inventory.check(fleet),
        "of the snapshot": snapshot.findings,
        "of the site": site.findings,
        "one checked": inventory.check(fleet)[0],
        "finding": finding,
        "call": CallFindings(text, items),
        "differences": inventory.diff_sites(messages, hostile_site("other")),
        "added": inventory.diff(fleet, Inventory((messages, hostile_site("other", 2)))),
        "of another kind": inventory.diff_sites(hostile_site("other"), messages)[0],
    }.items():
        shown_value: Any = value
        yield name, shown_value._repr_html_()


@pytest.mark.parametrize("text", HOSTILE)
def test_foreign_text_stays_text(text: str) -> None:
    harmless = {name: Page(html) for name, html in shown("harmless")}
    for name, html in shown(text):
        page = Page(html)
        assert page.elements == harmless[name].elements, name
        assert len(page.rows) == len(harmless[name].rows), name
        if name in WITH_NAMES:
            written = {text, json.dumps(text)[1:-1]}  # differences show values as JSON
            assert any(it in cell for it in written for cell in page.texts), name


WITH_NAMES: Final = {name for name, html in shown("harmless") if "harmless" in (html or "")}


def test_nearly_everything_shows_foreign_text() -> None:
    assert {name for name, _ in shown("harmless")} - WITH_NAMES <= {"added", "one checked"}


@pytest.fixture(scope="module")
def fleet() -> Inventory:
    return inventory.read_all(FLEETS)


def test_a_site_is_its_microgrid_its_numbers_and_its_diagram(fleet: Inventory) -> None:
    site = Site.of(fleet.sites[0])
    html = site._repr_html_()
    rows = dict(Page(html).rows)
    assert (rows["id"], rows["name"], rows["status"]) == ("201", "Depot Hamburg", "active")
    assert (rows["components"], rows["connections"], rows["sensors"]) == ("16", "15", "4")
    assert "findings" not in rows
    assert site.diagram().svg in html
    then = site.as_of(NEW_YEAR)
    assert dict(Page(then._repr_html_()).rows)["as of"] == str(NEW_YEAR)
    assert then.diagram().svg in then._repr_html_()


def test_the_diagram_of_a_site_marks_its_findings(fleet: Inventory) -> None:
    (faulty,) = (it for it in fleet.sites if it.microgrid.id == 203)
    site = Site.of(faulty)
    assert {it.severity for it in site.findings} == set(Severity)
    assert site.diagram(findings=site.findings).svg in site._repr_html_()
    assert dict(Page(site._repr_html_()).rows)["findings"] == str(len(site.findings))


def test_a_site_shows_what_it_lacks_instead_of_a_diagram(fleet: Inventory) -> None:
    replies = Site.of(fleet.sites[0])._replies
    partly = Page(Site(replies._replace(connections=None, sensors=None))._repr_html_())
    rows = dict(partly.rows)
    assert (rows["components"], rows["connections"], rows["sensors"]) == ("16", "", "")
    assert "no diagram: its components or connections were not fetched" in partly.texts
    assert "svg" not in {tag for tag, _ in partly.elements}

    many = tuple(component(it) for it in range(1, MAX_DRAWN + 2))
    large = Page(Site.of(inventory.Site(fleet.sites[0].microgrid, many))._repr_html_())
    assert f"{MAX_DRAWN + 1} components are too many to draw here; see diagram()" in large.texts
    empty = Page(Site.of(inventory.Site(fleet.sites[0].microgrid))._repr_html_())
    assert "svg" not in {tag for tag, _ in empty.elements}


def test_a_fleet_is_a_table_of_its_sites(fleet: Inventory) -> None:
    snapshot = FleetSnapshot.of(fleet)
    page = Page(snapshot._repr_html_())
    head, *rows = page.rows
    assert head[:4] == ["id", "name", "enterprise", "status"]
    assert [row[0] for row in rows] == [str(it.microgrid.id) for it in fleet.sites]
    assert [row[-3] for row in rows] == [str(len(it.components)) for it in fleet.sites]
    assert f"{len(rows)} sites" in page.texts[0]


def test_an_inventory_is_a_table_of_its_sites(fleet: Inventory) -> None:
    page = Page(fleet._repr_html_())
    head, *rows = page.rows
    assert head == ["id", "name", "components", "connections", "sensors"]
    assert rows[0] == ["201", "Depot Hamburg", "16", "15", "4"]
    assert page.texts[0] == (
        f"{len(rows)} sites, {len(fleet.gridpools)} gridpools, {len(fleet.energy_schedules)} energy"
        f" schedules, {len(fleet.market_topology)} market topology relations"
    )
    assert Page(fleet.sites[0]._repr_html_()).rows == [head, rows[0]]


def test_an_inventory_without_anything_has_no_table() -> None:
    assert Page(Inventory()._repr_html_()).rows == []


def test_the_sites_of_a_fleet_are_a_table(fleet: Inventory) -> None:
    sites: Any = FleetSnapshot.of(fleet).sites
    head, *rows = Page(sites._repr_html_()).rows
    assert (head[0], head[-3:]) == ("id", ["components", "connections", "sensors"])
    assert [row[1] for row in rows] == [it.microgrid.name for it in fleet.sites]


def test_a_fleet_without_anything_has_no_table() -> None:
    assert Page(FleetSnapshot.of(Inventory())._repr_html_()).rows == []


def test_findings_and_differences_are_tables(fleet: Inventory) -> None:
    found: Any = inventory.check(fleet)
    head, *rows = Page(found._repr_html_()).rows
    assert head == ["microgrid", "severity", "entity", "field", "finding", "advice", "position"]
    assert [row[1] for row in rows] == [it.finding.severity.value for it in found]
    assert rows[0][-1] == str(found[0].position)

    differences: Any = inventory.diff_sites(fleet.sites[0], fleet.sites[1])
    head, *rows = Page(differences._repr_html_()).rows
    assert head == ["change", "microgrid", "entity", "field", "before", "after"]
    (name,) = (row for row in rows if row[3] == "name" and row[2].startswith("microgrid"))
    assert name[-2:] == ['"Depot Hamburg"', '"Cold store Rotterdam"']
    (removed, *_) = (row for row in rows if row[0] == "removed" and not row[3])
    assert removed[-2:] == ["", ""]


def test_topologies_have_such_findings(fleet: Inventory) -> None:
    site = Site.of(fleet.sites[0])
    found: Any = site.topology().without(21).findings
    assert len(Page(found._repr_html_()).rows) == 1 + len(found)


def test_lists_are_still_lists(fleet: Inventory) -> None:
    found: Any = inventory.check(fleet)
    assert isinstance(found, list)
    assert found == [*found]
    nothing: Any = inventory.check(Inventory())
    assert (nothing, repr(nothing), nothing._repr_html_()) == ([], "[]", None)
    site = Site.of(fleet.sites[0])
    assert isinstance(site.findings, tuple)
    assert site.findings == ()


def test_long_tables_say_how_long_they_are() -> None:
    microgrid = hostile_site("name").microgrid
    many = tuple(component(0) for _ in range(MAX_ROWS))
    found: Any = inventory.check(Inventory((inventory.Site(microgrid, many),)))
    page = Page(found._repr_html_())
    assert len(found) > MAX_ROWS
    assert len(page.rows) == 1 + MAX_ROWS
    assert page.texts[-1] == f"the first {MAX_ROWS} of {len(found)}"


def test_the_model_imports_nothing_for_notebooks() -> None:
    code = """
import sys
from frequenz.client.assets import Microgrid
from frequenz.client.assets.findings import Finding
assert not {"html", "rustworkx", "google.protobuf"} & set(sys.modules)
assert not [it for it in sys.modules if "topology" in it or "fleet" in it]
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
