"""The command `python -m harness.compatibility`."""

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from frequenz.server.assets import AssetsServer

from ..shared.fleets import whole_fleet
from ..shared.progress import progress_bars
from ._clients import check_clients
from ._collisions import check_collisions
from ._command_lines import check_command_lines
from ._downstream import check_downstream
from ._environments import ALL, provide
from ._generations import check_generations
from ._processes import UnexpectedError
from ._table import Table
from ._with_keys import check_with_keys

_INSTALL_SECONDS: Final = 1200.0
_CHECK_SECONDS: Final = 400.0
_TABLES: Final = 6


def main() -> int:
    """Check everything, and print tables; return 1 if a check fails."""
    # Ignores the findings of the faulty microgrid.
    logging.getLogger("frequenz.client.assets").addHandler(logging.NullHandler())
    with progress_bars() as progress:
        task = progress.add_task("environments", total=len(ALL) + _TABLES)

        def advance(description: str) -> None:
            progress.update(task, advance=1, description=description)

        try:
            tables = asyncio.run(_run(advance))
        except (UnexpectedError, TimeoutError) as error:
            sys.exit(str(error) or "timed out")
    print("\n\n".join(map(str, tables)))
    return 0 if all(table.is_good for table in tables) else 1


async def _run(advance: Callable[[str], None]) -> list[Table]:
    async with asyncio.timeout(_INSTALL_SECONDS):
        await provide(ALL, lambda: advance("environments"))
    fleet = whole_fleet()

    async def with_progress(what: str, check: Awaitable[Sequence[Table]]) -> Sequence[Table]:
        tables = await check
        advance(what)
        return tables

    async with asyncio.timeout(_CHECK_SECONDS), AssetsServer(fleet) as server:
        results = await asyncio.gather(
            with_progress("clients", check_clients(server.url, fleet)),
            with_progress("keys", check_with_keys(fleet)),
            with_progress("command lines", check_command_lines(server.url, fleet)),
            with_progress("servers", check_generations(fleet)),
            with_progress("both generations", check_collisions()),
            with_progress("downstream", check_downstream(server.url)),
        )
    return [table for tables in results for table in tables]


if __name__ == "__main__":
    sys.exit(main())
