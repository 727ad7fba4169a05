"""The fleets that are imported and served."""

import json
from pathlib import Path
from typing import Final, NamedTuple

from frequenz.client.assets import inventory
from frequenz.client.assets.inventory import Inventory, Site
from frequenz.server.assets import demo

from ..benchmarks.messages import components, microgrid

LISTED: Final = 1_000
"""The ID of the served microgrid that has as many components."""

MOST_IN_FILTER: Final = 10_000
"""How many values a filter may have."""


def served_fleet() -> Inventory:
    """Return a microgrid with a long list, and many without components."""
    others = range(LISTED + 1, LISTED + 1 + MOST_IN_FILTER)
    return Inventory(
        (
            Site(microgrid(LISTED), tuple(components(LISTED))),
            *(Site(microgrid(number)) for number in others),
        )
    )


class Written(NamedTuple):
    """What a file contains."""

    microgrid_ids: range
    components: int


def write_fleet(path: Path, components: int) -> Written:
    """Write copies of the CIGRE site of the demo as JSON lines.

    Args:
        path: The file.
        components: About how many components all sites together have.
    """
    (fleet,) = (it for it in demo.FLEETS if it.stem == "cigre-mv")
    version, text, *_ = inventory.to_text(inventory.read(fleet), file_format="jsonl").splitlines()
    line = json.loads(text)
    (site,) = line["microgrids"]
    sites = max(1, components // len(site["components"]))
    first = LISTED * MOST_IN_FILTER + 1  # not those that are served
    microgrid_ids = range(first, first + sites)
    with path.open("w", encoding="utf-8") as file:
        file.write(f"{version}\n")
        for site["id"] in microgrid_ids:
            file.write(f"{json.dumps(line)}\n")
    return Written(microgrid_ids, sites * len(site["components"]))
