"""Check 2: our client calls servers that offer less than ours."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from frequenz.client.assets import AssetsApiClient
from frequenz.client.assets.inventory import Inventory
from frequenz.server.assets import AssetsServer

from ._expectations import EVERY, Served
from ._on_current import ON_CURRENT
from ._on_first import ON_FIRST
from ._table import Table, verdict

_RESULT: Final = "result"


async def check_generations(fleet: Inventory) -> Sequence[Table]:
    """Return the table of our client with such servers."""
    table = Table("This client, with servers that offer less", (_RESULT,))
    answers: dict[str, Any] = {}
    table.rows["our server"] = {_RESULT: await verdict(partial(_add_answers, fleet, answers))}
    if table.is_good:
        served = Served(fleet, answers)
        for what, check in {**ON_FIRST, **ON_CURRENT}.items():
            table.rows[what] = {_RESULT: await verdict(partial(check, served))}
    return (table,)


async def _add_answers(fleet: Inventory, answers: dict[str, Any]) -> str:
    """Add the answers of our server to all calls; check 1 says whether they are right."""
    async with AssetsServer(fleet) as server, AssetsApiClient(server.url) as client:
        for operation, call in EVERY.items():
            answers[operation] = await call(client)
    return f"{len(answers)} calls"
