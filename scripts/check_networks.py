"""Import the networks that `scripts/write_networks.py` wrote, and print what becomes of each.

Fails if one has a major finding, loses something as a commissioning list, or if that of CIGRE
differs from the fleet of the demo.
"""

import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from frequenz.client.assets import inventory, lists, networks
from frequenz.server.assets.demo import FLEETS

_CIGRE = "cigre-mv"


def faults(path: Path, imported: networks.Imported) -> list[str]:
    """Return what is wrong with an imported network."""
    found = [str(it) for it in inventory.check(imported.inventory) if inventory.has_major([it])]
    with tempfile.TemporaryDirectory() as folder:
        found += lists.write(imported.inventory, Path(folder, "list.xlsx"))
    if path.stem == _CIGRE:
        start = datetime(2014, 1, 1, tzinfo=UTC)
        (ours,) = networks.read_pandapower(path, microgrid_id=100, start=start).inventory.sites
        (demo,) = inventory.read(FLEETS[1]).sites
        found += map(str, inventory.diff_sites(demo, replace(ours, microgrid=demo.microgrid)))
    return found


def main() -> None:
    """Print a block for each network, and exit with 1 if one has a fault."""
    is_wrong = False
    for path in sorted(Path(sys.argv[1]).glob("*.json")):
        start = datetime(2014, 1, 1, tzinfo=UTC)
        imported = networks.read_pandapower(path, start=start)
        (site,) = imported.inventory.sites
        counts = f"{len(site.components)} components, {len(site.connections)} connections"
        print(f"{path.stem}: {counts}")
        for note in imported.notes:
            print(f"  {note}")
        for fault in faults(path, imported):
            is_wrong = True
            print(f"  WRONG: {fault}")
    sys.exit(is_wrong)


if __name__ == "__main__":
    main()
