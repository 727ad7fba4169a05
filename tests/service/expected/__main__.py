"""Write the texts of the published commands anew: python -m tests.service.expected ASSETS-CLI.

ASSETS-CLI is the command of `frequenz-client-assets[cli]==0.6.0` in an environment of its own.
"""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Final

from frequenz.server.assets import AssetsServer

from .fleet import FLEET

PUBLISHED: Final = {
    "microgrid-1": ["microgrid", "1"],
    "microgrid-2": ["microgrid", "2"],
    "electrical-components-1": ["electrical-components", "1"],
    "component-connections-1": ["component-connections", "1"],
    "component-connections-1-from-2-to-3": [
        *("component-connections", "1", "--source", "2", "--source", "1", "--destination", "3")
    ],
}
"""The name of a file, without .json -> the command."""


async def write(command: str) -> None:
    """Write what the published command prints."""
    folder = Path(__file__).parent
    async with AssetsServer(FLEET) as server:
        for name, arguments in PUBLISHED.items():
            told = await asyncio.to_thread(
                subprocess.run,
                [command, "--url", server.url, "--auth-key=k", "--sign-secret=s", *arguments],
                check=True,
                capture_output=True,
            )
            (folder / f"{name}.json").write_bytes(told.stdout)


if __name__ == "__main__":
    asyncio.run(write(*sys.argv[1:]))
