"""The tour: start a server, call it, show the results and what to try next."""

import logging
import os
import shlex
import sys
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

from frequenz.client.common.microgrid import MicrogridId
from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from frequenz.client.assets import AssetsApiClient, Microgrid, inventory
from frequenz.client.assets.cli.asking.connection import run
from frequenz.client.assets.cli.showing.screens import microgrids_table
from frequenz.client.assets.findings import Severity
from frequenz.client.assets.fleet import Site, fetch_site

from .. import AssetsServer
from . import FLEETS
from ._site import faults_screen, site_screen

_GOOD: Final = MicrogridId(202)
_FAULTY: Final = MicrogridId(203)


class _Replies(NamedTuple):
    """What the server of the tour replies."""

    url: str
    microgrids: list[Microgrid]
    good: Site
    faulty: Site


def tour(console: Console, picture: Path | None = None) -> None:
    """Serve the demo fleets on a free port, and show what a client gets from them.

    Args:
        console: Where it is shown.
        picture: The .svg or .png file for the diagram of a site; by default one in a new temporary
            directory.

    Raises:
        OSError: If the file cannot be written.
    """
    # The tour shows the findings, so the log need not.
    logging.getLogger("frequenz.client.assets").addHandler(logging.NullHandler())
    fleet = inventory.read_all(FLEETS)
    replies = run(_fetch(fleet))
    console.print(f"An Assets server on [bold]{replies.url}[/bold] replies:\n")
    console.print(microgrids_table(replies.microgrids))

    console.print()
    console.print(site_screen(replies.good))
    drawn = Text("\nSingle-line diagram: ", "italic").append(
        _draw(replies.good, picture), "not italic"
    )
    console.print(drawn, soft_wrap=True, highlight=False)

    _print_heading(console, str(replies.faulty.microgrid))
    found = [it for it in inventory.check(fleet) if it.microgrid_id == int(_FAULTY)]
    found.sort(key=lambda it: it.finding.severity is not Severity.MAJOR)
    console.print(faults_screen(replies.faulty, found))

    _print_heading(console, "What next")
    for line in _hints():
        is_comment = line.startswith("#")
        console.print(line, soft_wrap=True, markup=False, style="dim" if is_comment else "")


async def _fetch(fleet: inventory.Inventory) -> _Replies:
    async with AssetsServer(fleet) as server, AssetsApiClient(server.url) as client:
        return _Replies(
            server.url,
            await client.list_microgrids(),
            await fetch_site(client, _GOOD),
            await fetch_site(client, _FAULTY),
        )


def _draw(site: Site, path: Path | None) -> str:
    """Write the diagram of a site into a file, and return its path."""
    file = path or Path(tempfile.mkdtemp(prefix="assets-demo-")) / f"microgrid-{int(_GOOD)}.svg"
    site.diagram().write(file)
    return str(file)


def _print_heading(console: Console, text: str) -> None:
    console.print()
    console.print(Rule(text, align="left", style="cyan"))


def _hints() -> list[str]:
    """Return commands that can be pasted, with comments."""
    files = [shlex.quote(_shortest(path)) for path in FLEETS]
    folder = Path(sys.executable).parent
    server, cli, python = (
        shlex.quote(_shortest(folder / name))
        for name in ("assets-server", "assets-cli", Path(sys.executable).name)
    )
    url = "grpc://localhost:9090?ssl=false"
    return [
        "# The faults, another site, and its diagram as a file, without a server:",
        f"{cli} check {files[0]}",
        f"{cli} tree {files[0]}:201",
        f"{cli} diagram {files[0]}:201",
        "# A server of these fleets; Ctrl-C ends it:",
        f"{server} serve {' '.join(files)}",
        "# In another terminal, from the command line:",
        f"{cli} --url '{url}' microgrid 201",
        f"{cli} --url '{url}' energy-schedules 11",
        "# and from Python:",
        f"{python} -m asyncio",
        "from frequenz.client.assets import AssetsApiClient",
        f"client = AssetsApiClient({url!r})",
        "print(await client.get_microgrid(201))",
    ]


def _shortest(path: Path) -> str:
    """Return a path as absolute or relative, whichever is shorter."""
    return min(str(path), os.path.relpath(path), key=len)
