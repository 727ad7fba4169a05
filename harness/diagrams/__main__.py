"""The command `python -m harness.diagrams`."""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from frequenz.client.common.microgrid import EnterpriseId, MicrogridId

from frequenz.client.assets import Microgrid, MicrogridStatus, fleet, inventory
from frequenz.client.assets.topology import diagram
from frequenz.client.assets.topology._diagram.network import State
from frequenz.client.assets.topology._diagram.scene import Scene, prepare
from frequenz.server.assets.demo import FLEETS

from ..shared.progress import progress_of
from ..shared.tables import table
from .geometry import faults
from .lines import crossings, whole_lines
from .near_trees import Site, near_tree
from .simbench import networks

_NEAR_TREES: Final = 300
_MOST_CROSSINGS: Final = 1.1
"""How many times as many as with graphlay are allowed, in sum."""

_SIZES: Final = {16: 0.020, 200: 0.200, 1000: 2.0}
"""Number of components -> how many seconds a diagram may take."""

_EXTRA: Final = 2
"""How many connections more than a tree the networks have whose diagrams are timed."""

_ROUNDS: Final = 9
_NODE: Final = 48
"""The size of a symbol, for graphlay."""


def main() -> int:
    """Check diagrams of many networks; return 1 if something is wrong with any."""
    parser = argparse.ArgumentParser(prog="harness.diagrams", description=__doc__)
    parser.add_argument("--graphlay", type=Path, required=True, help="a Python that has graphlay")
    parser.add_argument("--simbench", type=Path, required=True, help="the wheel of SimBench")
    arguments = parser.parse_args()
    print(table(("components", "median", "limit", "bytes"), _speed(), has_numbers=True))
    near_trees = [near_tree(seed) for seed in range(_NEAR_TREES)]
    wrong = [
        *_check("demo", _demo()),
        *_check("near-tree", ((str(seed), site) for seed, site in enumerate(near_trees))),
        *_check("SimBench", networks(arguments.simbench)),
    ]
    for fault in wrong:
        print(fault)
    ours, theirs = _crossings(near_trees, arguments.graphlay)
    ratio = ours / theirs
    print(
        f"crossings in {_NEAR_TREES} near-trees: {ours}, with graphlay {theirs}: {ratio:.2f} times,"
        f" at most {_MOST_CROSSINGS}"
    )
    return 1 if wrong or ratio > _MOST_CROSSINGS else 0


def _demo() -> Iterable[tuple[str, Site]]:
    for listed in inventory.read_all(FLEETS).sites:
        site = fleet.Site.of(listed)
        yield str(int(site.microgrid.id)), (site.components, site.connections)


def _drawn(site: Site, *, fold: bool) -> Scene:
    components, connections = site
    return prepare(State(components=components, connections=connections), fold=fold)


def _check(kind: str, sites: Iterable[tuple[str, Site]]) -> list[str]:
    """Return what is wrong with the geometry of diagrams."""
    wrong = []
    listed = list(sites)
    with progress_of(kind, len(listed)) as advance:
        for name, site in listed:
            for fold in (True, False):
                wrong += [f"{kind} {name}: {it}" for it in faults(_drawn(site, fold=fold))]
            advance()
    sizes = [len(components) for _, (components, _) in listed]
    print(f"{kind}: {len(listed)} networks, up to {max(sizes)} components: {len(wrong)} faults")
    return wrong


def _crossings(sites: list[Site], graphlay: Path) -> tuple[int, int]:
    """Return how many lines cross in our diagrams and in graphlay's."""
    scenes = [_drawn(site, fold=False) for site in sites]
    ours = 0
    for scene in scenes:
        edges = scene.network.edges
        ours += crossings(
            [
                (edges[edge].source, edges[edge].destination, points)
                for edge, points in whole_lines(scene).items()
            ]
        )
    program = Path(__file__).with_name("graphlay_lines.py")
    ended = subprocess.run(
        [graphlay, program],
        input=json.dumps([_graph(scene) for scene in scenes]),
        capture_output=True,
        text=True,
        check=True,
    )
    return ours, sum(crossings(lines) for lines in json.loads(ended.stdout))


def _graph(scene: Scene) -> dict[str, Any]:
    return {
        "nodes": [
            {"id": index, "width": _NODE, "height": _NODE}
            for index in range(len(scene.network.nodes))
        ],
        "edges": [[edge.source, edge.destination] for edge in scene.network.edges],
    }


def _speed() -> Iterable[tuple[str, ...]]:
    """Yield a row for each size: the median time, the time allowed, and the largest file."""
    microgrid = Microgrid(
        id=MicrogridId(1),
        enterprise_id=EnterpriseId(1),
        name="Near-tree",
        delivery_area=None,
        location=None,
        status=MicrogridStatus.ACTIVE,
        create_timestamp=None,
    )
    for count, limit in _SIZES.items():
        seconds, sizes = [], []
        for seed in range(_ROUNDS):
            site = near_tree(seed, count, _EXTRA)
            start = time.perf_counter()
            shown = diagram(microgrid, *site, fold=False)
            seconds.append(time.perf_counter() - start)
            sizes.append(len(shown.svg.encode()))
        median = statistics.median(seconds)
        yield f"{count}", f"{median * 1000:.0f} ms", f"{limit * 1000:.0f} ms", f"{max(sizes)}"


if __name__ == "__main__":
    sys.exit(main())
