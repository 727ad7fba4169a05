"""What `make formulas` would notice."""

from itertools import islice

import pytest
from harness.formulas import refusals
from harness.formulas.dense_graphs import dense_graphs
from harness.formulas.in_time import Outcome
from harness.formulas.random_sites import random_site
from harness.formulas.refusals import mismatches

from frequenz.client.assets.electrical_component import ElectricalComponent
from frequenz.client.assets.topology import Topology

SITES = [random_site(seed) for seed in range(100)]


def test_the_same_number_gives_the_same_site() -> None:
    assert random_site(7) == random_site(7)
    assert random_site(7) != random_site(8)


def test_random_sites_have_all_categories_and_lifetimes() -> None:
    components: list[ElectricalComponent] = [
        component for seed in range(2000) for component in random_site(seed)[0]
    ]
    assert len({component.category for component in components}) > 20
    assert any(component.operational_lifetime.start for component in components)


def test_a_refusal_without_a_finding_is_a_mismatch(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [text for site in SITES for text in mismatches(site)] == []
    monkeypatch.setattr(Topology, "findings", ())
    found = [text for site in SITES for text in mismatches(site)]
    assert any(": refused without a finding: " in text for text in found)
    assert any(": refused, without a finding of any time: " in text for text in found)


def test_a_finding_without_a_refusal_is_a_mismatch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "_refusal", lambda _: None)
    found = [text for site in SITES for text in mismatches(site)]
    assert any(": accepted in spite of findings: " in text for text in found)


def test_each_graph_has_one_outcome() -> None:
    found = Outcome()
    for name, site in (*islice(dense_graphs(), 1), ("nothing", ([], []))):
        found.add(name, site, 30)
    assert (found.with_formulas, found.with_reason, found.count) == (1, 1, 2)
    slowest, site = [*dense_graphs()][4]
    found.add(slowest, site, 0.5)
    assert found.ended == ["25 pairs of parallel meters in a row"]
    assert found.longest > 0.5
    assert 0 < found.overshoot < found.longest
