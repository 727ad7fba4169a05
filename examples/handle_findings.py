"""Handle findings, which say what is wrong with the data of a server, in each of the three ways."""

import asyncio
import logging

from frequenz.client.common.microgrid import MicrogridId

from frequenz.client.assets import AssetsApiClient
from frequenz.client.assets.exceptions import InvalidItemsGroup
from frequenz.client.assets.findings import CallFindings, Severity


async def log_them(client: AssetsApiClient) -> None:
    """Let the client log them, which it does by default."""
    microgrids = await client.list_microgrids()
    print(len(microgrids), "microgrids, whatever is wrong with them")


async def raise_them(client: AssetsApiClient, microgrid: MicrogridId) -> None:
    """Stop at wrong data, and still use what is right."""
    try:
        components = await client.list_microgrid_electrical_components(
            microgrid, raise_on_errors=True
        )
    except InvalidItemsGroup as group:
        print(len(group.items), "good components, and")
        for error in group.exceptions:
            print(error)
    else:
        print(len(components), "components, all good")


async def collect_them(client: AssetsApiClient, microgrid: MicrogridId) -> None:
    """Get them as objects, for a report of your own."""
    found: list[CallFindings] = []
    await client.get_microgrid(microgrid, on_findings=found.append)
    for call in found:
        for finding in call.findings:
            if finding.severity is Severity.MAJOR:
                print(f"{finding.path}: {finding.advice}")


async def main() -> None:
    """Ask for a microgrid with mistakes."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    yard = MicrogridId(2)
    async with AssetsApiClient.from_env() as client:
        await log_them(client)
        await raise_them(client, yard)
        await collect_them(client, yard)


if __name__ == "__main__":
    asyncio.run(main())
