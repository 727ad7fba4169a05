"""The command `python -m harness.formulas`."""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from frequenz.client.assets import fleet, inventory
from frequenz.server.assets.demo import FLEETS

from ..diagrams.near_trees import near_tree
from ..diagrams.simbench import networks
from ..shared.progress import progress_of
from ..shared.tables import table
from . import __doc__ as description
from .dense_graphs import dense_graphs
from .in_time import Outcome
from .random_sites import Site, random_site
from .refusals import mismatches

_RANDOM_SITES: Final = 3000
_NEAR_TREES: Final = 300
_TIMED_NEAR_TREES: Final = 60
_TIMED_NETWORKS: Final = 60

_GRACE: Final = 1.0
"""How long after its time limit `formulas` must have ended, in s."""

Named = tuple[str, Site]


def main() -> int:
    """Check all graphs; return 1 if something is wrong with any."""
    parser = argparse.ArgumentParser(prog="python -m harness.formulas", description=description)
    parser.add_argument("--simbench", type=Path, help="the wheel of SimBench, for its networks")
    parser.add_argument(
        "--limit", type=float, default=2.0, help="the time limit of each graph, in s [%(default)s]"
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="the number of the first random graph [%(default)s]"
    )
    given = parser.parse_args()
    seeds = range(given.seed, given.seed + _RANDOM_SITES)
    near_trees = [(f"near-tree {it}", near_tree(it)) for it in seeds[:_NEAR_TREES]]
    wrong = [
        *_mismatches("random sites", [(f"random site {it}", random_site(it)) for it in seeds]),
        *_mismatches("near-trees", near_trees),
    ]
    graphs: dict[str, Sequence[Named]] = {
        "sites of the demo": [*_demo()],
        "near-trees": near_trees[:_TIMED_NEAR_TREES],
        "dense graphs": [*dense_graphs()],
    }
    if given.simbench:
        graphs["networks of SimBench"] = _spread([*networks(given.simbench)], _TIMED_NETWORKS)
    outcomes = {kind: _outcome(kind, sites, given.limit) for kind, sites in graphs.items()}
    print(_table(outcomes, given.limit))
    for found in outcomes.values():
        wrong += found.crashed
    late = {kind: found.overshoot for kind, found in outcomes.items() if found.overshoot > _GRACE}
    wrong += [f"{kind}: ended {over:.1f} s after the limit" for kind, over in late.items()]
    for text in wrong:
        print(text)
    return 1 if wrong else 0


def _mismatches(kind: str, sites: Sequence[Named]) -> list[str]:
    found: list[str] = []
    with progress_of(kind, len(sites)) as advance:
        for name, site in sites:
            found += [f"{name}{it}" for it in mismatches(site)]
            advance()
    print(f"{len(sites)} {kind}: {len(found)} mismatches of findings and the graph library")
    return found


def _outcome(kind: str, sites: Sequence[Named], limit: float) -> Outcome:
    found = Outcome()
    with progress_of(kind, len(sites)) as advance:
        for name, site in sites:
            found.add(name, site, limit)
            advance()
    return found


def _table(outcomes: Mapping[str, Outcome], limit: float) -> str:
    columns = (
        f"formulas within {limit:g} s",
        *("graphs", "with formulas", "refused, with a reason", "ended by the limit"),
        *("longest, s", "over the limit, s"),
    )
    rows = [
        (
            kind,
            *(f"{it.count}", f"{it.with_formulas}", f"{it.with_reason}", f"{len(it.ended)}"),
            *(f"{it.longest:.2f}", f"{it.overshoot:.2f}"),
        )
        for kind, it in outcomes.items()
    ]
    return table(columns, rows, has_numbers=True)


def _demo() -> Iterator[Named]:
    for listed in inventory.read_all(FLEETS).sites:
        site = fleet.Site.of(listed)
        yield f"microgrid {int(site.microgrid.id)}", ([*site.components], [*site.connections])


def _spread(graphs: Sequence[Named], count: int) -> Sequence[Named]:
    """Return some graphs, evenly spread over all of them."""
    return graphs[:: max(len(graphs) // count, 1)]


if __name__ == "__main__":
    sys.exit(main())
