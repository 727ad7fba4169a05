"""Run the tour: `python -m frequenz.server.assets.demo`."""

import asyncio
import sys

try:
    from rich.console import Console

    from ._tour import tour
except ImportError as missing:
    sys.exit(
        f"the demo needs the package {missing.name}, which comes with the extra `server`:"
        " pip install 'frequenz-client-assets[server]'"
    )

PIPED_WIDTH = 120


def main() -> None:
    """Run the tour."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=PIPED_WIDTH)
    asyncio.run(tour(console))


if __name__ == "__main__":
    main()
