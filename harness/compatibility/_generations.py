"""Check 2: our client asks servers that offer less than it knows."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from frequenz.client.assets import AssetsApiClient
from frequenz.client.assets.inventory import Inventory
from frequenz.server.assets import AssetsServer

from ._asking import EVERY, World
from ._on_current import ON_CURRENT
from ._on_first import ON_FIRST
from ._table import Table, judged

_RESULT: Final = "result"


async def check_generations(fleet: Inventory) -> Sequence[Table]:
    """Return what came of our client with servers of all shapes."""
    table = Table("This client, with servers of other shapes", (_RESULT,))
    known: dict[str, Any] = {}
    table.rows["our server"] = {_RESULT: await judged(partial(_learn, fleet, known))}
    if table.is_good:
        world = World(fleet, known)
        for what, check in {**ON_FIRST, **ON_CURRENT}.items():
            table.rows[what] = {_RESULT: await judged(partial(check, world))}
    return (table,)


async def _learn(fleet: Inventory, known: dict[str, Any]) -> str:
    """Learn from our server what the calls return; the clients' check says whether it is right."""
    async with AssetsServer(fleet) as server, AssetsApiClient(server.url) as client:
        for operation, call in EVERY.items():
            known[operation] = await call(client)
    return f"{len(known)} calls"
