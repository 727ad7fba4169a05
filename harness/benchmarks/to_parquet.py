"""Write a fleet to Parquet: `python -m harness.benchmarks.to_parquet SITES`.

With the published client by way of its objects and pandas, with this one by its tables. Prints the
processor time in s, and the most memory in MB, without what importing takes in either.
"""

import asyncio
import gc
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from time import process_time
from typing import Any

from ..shared.answering import write_line
from ..shared.clients import PUBLISHED_VERSION
from .messages import reply_of
from .offline import Offline

SIZE = 1_000
"""How many components each site has."""


def _with_tables(sites: int, folder: Path) -> None:
    from frequenz.client.assets.fleet import write_parquet  # noqa: PLC0415 - not in the other one

    from .tables import site_replies  # noqa: PLC0415 - imports the fleet, too

    write_parquet(folder, (site_replies(SIZE, SIZE + index) for index in range(sites)))


_RATINGS = ("rated_fuse_current", "primary_power", "secondary_power")


def _member(name: str, member: Any) -> dict[str, Any]:
    """Return the columns of a member of an enum, as in tables."""
    return {
        name: getattr(member, "name", None),
        f"{name}_number": getattr(member, "value", member),
    }


async def _with_pandas(sites: int, folder: Path) -> None:
    import pandas as pd  # noqa: PLC0415 - only measured here

    offline = Offline()
    components: list[dict[str, Any]] = []
    bounds: list[dict[str, Any]] = []
    connections: list[dict[str, Any]] = []
    for number in range(1, sites + 1):
        listed: Any = await offline.list("site component", SIZE, reply_of("site component", SIZE))
        for it in listed:
            lifetime = it.operational_lifetime
            components.append(
                {
                    "microgrid_id": number,
                    "component_id": int(it.id),
                    "name": it.name,
                    **_member("category", it.category),
                    **_member("type", getattr(it, "type", None)),
                    "manufacturer": it.manufacturer,
                    "model_name": it.model_name,
                    "start": lifetime.start,
                    "end": lifetime.end,
                    **_member("operational_mode", getattr(it, "operational_mode", None)),
                    **{name: getattr(it, name, None) for name in _RATINGS},
                }
            )
            for metric, limits in it.rated_bounds.items():
                bounds.append(
                    {
                        "microgrid_id": number,
                        "component_id": int(it.id),
                        **_member("category", it.category),
                        **_member("metric", metric),
                        "lower": limits.lower,
                        "upper": limits.upper,
                    }
                )
        listed = await offline.list("site connection", SIZE, reply_of("site connection", SIZE))
        for it in listed:
            connections.append(
                {
                    "microgrid_id": number,
                    "source": int(it.source),
                    "destination": int(it.destination),
                    "start": it.operational_lifetime.start,
                    "end": it.operational_lifetime.end,
                }
            )
    for name, rows in (
        ("components", components),
        ("rated_bounds", bounds),
        ("connections", connections),
    ):
        pd.DataFrame(rows).to_parquet(f"{folder}-{name}.parquet")


def main(sites: int) -> None:
    """Write the fleet and print the figures."""
    is_published = version("frequenz-client-assets") == PUBLISHED_VERSION
    with tempfile.TemporaryDirectory() as temporary:
        for run, count in enumerate((1, sites)):  # the first one imports
            gc.collect()
            before = process_time()
            folder = Path(temporary, str(run))
            if is_published:
                asyncio.run(_with_pandas(count, folder))
            else:
                _with_tables(count, folder)
            took = process_time() - before
    write_line({"seconds": took, "peak_mb": getrusage(RUSAGE_SELF).ru_maxrss / 1024})


if __name__ == "__main__":
    main(int(sys.argv[1]))
