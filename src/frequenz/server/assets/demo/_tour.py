"""The tour: start a server, ask it, show the answers, and say how to go on."""

import logging
import os
import sys
from pathlib import Path

from frequenz.client.common.microgrid import MicrogridId
from rich.console import Console
from rich.markup import escape
from rich.rule import Rule

from frequenz.client.assets import AssetsApiClient, inventory
from frequenz.client.assets.cli.asking.site import ask

from .. import AssetsServer
from . import FLEETS
from ._site import errors_of, site_screen


async def tour(console: Console) -> None:
    """Serve the demo fleets on a free port and show all that a client gets of them."""
    # The findings that the client logs are shown in full at their site.
    logging.getLogger("frequenz.client.assets").addHandler(logging.NullHandler())
    fleet = inventory.read_all(FLEETS)
    findings = inventory.check(fleet)
    async with AssetsServer(fleet) as server, AssetsApiClient(server.url) as client:
        console.print(f"An Assets server is running on [bold]{server.url}[/bold]; asking it …\n")
        for one in fleet.sites:
            number = one.microgrid.id
            site = await ask(client, MicrogridId(number))
            console.print(Rule(str(site.microgrid), align="left", style="cyan"))
            found = [finding for finding in findings if finding.microgrid_id == number]
            errors = await errors_of(client, MicrogridId(number))
            console.print(site_screen(site, found, errors))
            console.print()
    console.print(Rule("Go on", align="left", style="cyan"))
    files = " ".join(map(_short, FLEETS))
    command = _short(Path(sys.executable).parent / "assets-server")
    for line in (
        f"Serve this fleet yourself:  {command} serve {files}",
        "Ask it from Python:         client = AssetsApiClient('grpc://localhost:9090?ssl=false')",
        "                            print(await client.get_microgrid(MicrogridId(201)))",
    ):
        console.print(escape(line), soft_wrap=True)


def _short(path: Path) -> str:
    """Return a path as it is shortest from here."""
    return min(str(path), os.path.relpath(path), key=len)
