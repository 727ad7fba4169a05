"""The command `python -m harness.compatibility`."""

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from rich.console import Console
from rich.progress import Progress

from frequenz.server.assets import AssetsServer

from ._clients import check_clients
from ._collisions import check_collisions
from ._command_lines import check_command_lines
from ._downstream import check_downstream
from ._environments import ALL, provide
from ._fleet import whole_fleet
from ._generations import check_generations
from ._processes import UnexpectedError
from ._table import Table

_INSTALL_SECONDS: Final = 1200.0
_CHECK_SECONDS: Final = 400.0
_THEMES: Final = 5


def main() -> int:
    """Try everything, and print tables; return 1 if anything is not as it must be."""
    # What is wrong with the faulty microgrid is not what is looked for here.
    logging.getLogger("frequenz.client.assets").addHandler(logging.NullHandler())
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("environments", total=len(ALL) + _THEMES)

        def advance(what: str) -> None:
            progress.update(task, advance=1, description=what)

        try:
            tables = asyncio.run(_run(advance))
        except (UnexpectedError, TimeoutError) as error:
            sys.exit(str(error) or "it took too long")
    print("\n\n".join(map(str, tables)))
    return 0 if all(table.is_good for table in tables) else 1


async def _run(advance: Callable[[str], None]) -> list[Table]:
    async with asyncio.timeout(_INSTALL_SECONDS):
        await provide(ALL, lambda: advance("environments"))
    fleet = whole_fleet()

    async def told(what: str, check: Awaitable[Sequence[Table]]) -> Sequence[Table]:
        tables = await check
        advance(what)
        return tables

    async with asyncio.timeout(_CHECK_SECONDS), AssetsServer(fleet) as server:
        themes = await asyncio.gather(
            told("clients", check_clients(server.url, fleet)),
            told("command lines", check_command_lines(server.url, fleet)),
            told("servers", check_generations(fleet)),
            told("both generations", check_collisions()),
            told("downstream", check_downstream(server.url)),
        )
    return [table for tables in themes for table in tables]


if __name__ == "__main__":
    sys.exit(main())
