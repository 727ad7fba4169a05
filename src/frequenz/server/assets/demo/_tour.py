"""The tour: start a server, call it, show the results and what to try next."""

import logging
import os
import sys
from pathlib import Path

from frequenz.client.common.microgrid import MicrogridId
from rich.console import Console
from rich.markup import escape
from rich.rule import Rule

from frequenz.client.assets import AssetsApiClient, inventory
from frequenz.client.assets.cli.asking.site import fetch_site

from .. import AssetsServer
from . import FLEETS
from ._site import collect_errors, site_screen


async def tour(console: Console) -> None:
    """Serve the demo fleets on a free port, and show what a client gets from them."""
    # The tour shows the findings of each site, so the log need not.
    logging.getLogger("frequenz.client.assets").addHandler(logging.NullHandler())
    fleet = inventory.read_all(FLEETS)
    findings = inventory.check(fleet)
    async with AssetsServer(fleet) as server, AssetsApiClient(server.url) as client:
        console.print(f"An Assets server is running on [bold]{server.url}[/bold].\n")
        for microgrid_id in (site.microgrid.id for site in fleet.sites):
            site = await fetch_site(client, microgrid_id)
            console.print(Rule(str(site.microgrid), align="left", style="cyan"))
            found = [finding for finding in findings if finding.microgrid_id == microgrid_id]
            errors = await collect_errors(client, MicrogridId(microgrid_id))
            console.print(site_screen(site, found, errors))
            console.print()
    console.print(Rule("What next", align="left", style="cyan"))
    files = " ".join(map(_shortest, FLEETS))
    command = _shortest(Path(sys.executable).parent / "assets-server")
    for line in (
        f"Serve these fleets:   {command} serve {files}",
        "Call it from Python:  client = AssetsApiClient('grpc://localhost:9090?ssl=false')",
        "                      print(await client.get_microgrid(MicrogridId(201)))",
    ):
        console.print(escape(line), soft_wrap=True)


def _shortest(path: Path) -> str:
    """Return a path as absolute or relative, whichever is shorter."""
    return min(str(path), os.path.relpath(path), key=len)
