"""Check 2: our client calls servers of the first generation.

The tests of `tests/service/test_generations.py` cover which generation is called when; here, all
calls are made with all filters, over a whole fleet.
"""

import sys
from collections.abc import Sequence
from functools import partial

from frequenz.client.assets.inventory import Inventory

from ..shared.calls import operation_of
from ._calls import FIRST_METHODS, all_calls
from ._clients import compare, run_calls
from ._processes import SCRIPTS
from ._servers import CURRENT, FIRST, Arrival, gated_server, refusal
from ._table import Table, expect, verdict

_COMMAND = (sys.executable, "-I", SCRIPTS / "ask.py")
_GET = operation_of("get_microgrid")


async def check_generations(fleet: Inventory) -> Sequence[Table]:
    """Return the table of our client with such servers."""
    table = Table("This client, with servers of the first generation", ("result",))
    checks = {
        "its calls with all filters": _first_calls,
        "its other calls, on a server without GetMicrogrid": _without_get,
    }
    for what, check in checks.items():
        table.rows[what] = {"result": await verdict(partial(check, fleet))}
    return (table,)


async def _first_calls(fleet: Inventory) -> str:
    calls = [call for call in all_calls() if call.method in FIRST_METHODS]
    async with gated_server(fleet, {FIRST}) as (url, gate):
        result = await run_calls(_COMMAND, url, calls)
    first, *others = gate.arrivals
    expect("first try", Arrival(CURRENT, _GET), first)
    expect("generations of all other calls", {FIRST}, {arrival.generation for arrival in others})
    expect("number of other calls", len(calls), len(others))
    return await compare(fleet, list(zip(calls, result["answers"], strict=True)), {})


async def _without_get(fleet: Inventory) -> str:
    """Check that the error of the current generation is raised if the probe finds nothing."""
    calls = [call for call in all_calls() if call.method not in FIRST_METHODS]
    async with gated_server(fleet, {FIRST}, {_GET}) as (url, _):
        result = await run_calls(_COMMAND, url, calls)
    for call, answer in zip(calls, result["answers"], strict=True):
        expect(f"error of {call}", "OperationNotImplemented", answer.get("raised"))
        text = refusal(Arrival(CURRENT, operation_of(call.method)))
        expect(f"text of {call}", True, text in answer["sentence"])
    return f"the server's UNIMPLEMENTED, {len(calls)} calls"
