"""Draw one site of the demo as an SVG: `python scripts/draw_demo.py docs/demo.svg`."""

import asyncio
import io
import re
import sys
from pathlib import Path

from frequenz.client.common.microgrid import MicrogridId
from rich.console import Console
from rich.terminal_theme import MONOKAI

from frequenz.client.assets import AssetsApiClient
from frequenz.server.assets import AssetsServer
from frequenz.server.assets.demo import FLEETS
from frequenz.server.assets.demo._screens import site_screen
from frequenz.server.assets.demo._site import Site, ask

SITE = MicrogridId(202)
WIDTH = 118


async def ask_one() -> Site:
    """Return the site of the picture, from a real server."""
    async with (
        AssetsServer.from_fleet(*FLEETS) as server,
        AssetsApiClient(server.url) as client,
    ):
        return await ask(client, SITE)


def main(path: Path) -> None:
    """Write the picture."""
    console = Console(
        record=True, width=WIDTH, force_terminal=True, highlight=False, file=io.StringIO()
    )
    console.print(site_screen(asyncio.run(ask_one()), ()))
    drawn = console.export_svg(title="make demo", theme=MONOKAI, unique_id="demo")
    # A picture loads nothing from elsewhere: a monospaced font of the reader's does as well.
    drawn = re.sub(r"@font-face \{.*?\}", "", drawn, flags=re.DOTALL)
    path.write_text(drawn, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
