"""Which graphs the graph library refuses, against the findings of topologies."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from frequenz.microgrid_component_graph import ComponentGraph, InvalidGraphError

from frequenz.client.assets.findings import Rule
from frequenz.client.assets.topology import Topology

from .random_sites import DAYS, START, Site

_MOMENTS: Final = [START + timedelta(days=day + 0.5) for day in range(-1, DAYS + 1)]

_HARMLESS: Final = {
    # The library ignores passive components to which nothing leads.
    *(Rule.UNREACHABLE, Rule.CONNECTION_REVERSED, Rule.CYCLE),
    # It takes the first of several connections, and any category that the class does not have.
    *(Rule.CONNECTION_TWICE, Rule.CATEGORY_DATA_FOREIGN),
}
"""The rules whose findings the library may accept."""


def mismatches(site: Site) -> Iterator[str]:
    """Yield when a graph is refused without a finding, or accepted in spite of one."""
    whole = Topology(*site)
    for moment in _MOMENTS:
        topology = whole.as_of(moment)
        refusal = _refusal(topology)
        rules = {finding.rule for finding in topology.findings}
        if refusal and not rules:
            yield f" at {moment}: refused without a finding: {refusal}"
        if refusal and topology.components and not whole.findings:
            yield f" at {moment}: refused, without a finding of any time: {refusal}"
        if not refusal and (unfounded := rules - _HARMLESS):
            names = ", ".join(sorted(rule.id for rule in unfounded))
            yield f" at {moment}: accepted in spite of findings: {names}"


def _refusal(topology: Topology) -> str | None:
    try:
        ComponentGraph(topology.components, topology.connections)
    except (InvalidGraphError, ValueError) as error:
        return str(error)
    return None
