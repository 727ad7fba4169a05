"""Run the tour: `python -m frequenz.server.assets.demo`."""

import asyncio
import sys

from frequenz.client.assets._extras import needed

try:
    from rich.console import Console

    from ._tour import tour
except ModuleNotFoundError as missing:
    sys.exit(needed("the demo", "server", missing))

PIPED_WIDTH = 120


def main() -> None:
    """Run the tour."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=PIPED_WIDTH)
    asyncio.run(tour(console))


if __name__ == "__main__":
    main()
