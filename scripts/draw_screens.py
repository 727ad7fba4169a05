"""Draw the pictures of the README: `python -m scripts.draw_screens docs`.

The commands run in a terminal, with a server of the fleets of the demo; `docs/demo.svg` shows the
site of the tour.
"""

import asyncio
import io
import re
import sys
from pathlib import Path
from typing import Final

from frequenz.client.common.microgrid import MicrogridId
from rich.console import Console, RenderableType
from rich.terminal_theme import MONOKAI
from rich.text import Text
from tests.service.screens import SCREENS, WIDTH, coloured, serving

from frequenz.client.assets import AssetsApiClient
from frequenz.client.assets.fleet import Site, fetch_site
from frequenz.server.assets import AssetsServer
from frequenz.server.assets.demo import FLEETS
from frequenz.server.assets.demo._site import site_screen

TOUR: Final = MicrogridId(202)
TOUR_WIDTH: Final = 132

PICTURES: Final = {
    "microgrids": "microgrids",
    "microgrid": "microgrid-201",
    "tree": "tree-202",
    "check": "check-203",
}
"""The name of a picture -> the screen that it shows."""


async def tour_site() -> Site:
    """Return the site of the tour, from a real server."""
    async with (
        AssetsServer.from_fleet(*FLEETS) as server,
        AssetsApiClient(server.url) as client,
    ):
        return await fetch_site(client, TOUR)


def draw(screen: RenderableType, title: str, width: int, path: Path) -> None:
    """Write a picture."""
    console = Console(
        record=True, width=width, force_terminal=True, highlight=False, file=io.StringIO()
    )
    console.print(screen)
    drawn = console.export_svg(title=title, theme=MONOKAI, unique_id=path.stem)
    # Without downloads: a monospaced font of the reader is good enough.
    drawn = re.sub(r"@font-face \{.*?\}", "", drawn, flags=re.DOTALL)
    path.write_text(drawn, encoding="utf-8")


def main(folder: Path) -> None:
    """Write all pictures."""
    draw(site_screen(asyncio.run(tour_site())), "make demo", TOUR_WIDTH, folder / "demo.svg")
    (folder / "screens").mkdir(exist_ok=True)
    with serving(*FLEETS) as url:
        for name, screen in PICTURES.items():
            shown = Text.from_ansi(coloured(screen, url))
            title = " ".join(("assets-cli", *SCREENS[screen]))
            draw(shown, title, WIDTH, folder / "screens" / f"{name}.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
