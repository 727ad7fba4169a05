"""The published client and this one: how the eight calls end with each fault that tests declare."""

import asyncio
import re
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import Final, TypeAlias

import grpc

from frequenz.client.assets import inventory
from frequenz.client.assets.testing import AssetsTestServer

from ..shared.calls import operation_of
from ..shared.clients import PYTHONS, require_published
from ..shared.paths import ROOT
from ..shared.processes import LineProcess
from ..shared.progress import progress_of
from ..shared.tables import table
from ._calls import ARGUMENTS
from ._compare import start_workers
from ._server import FLEET

PAGE: Final = ROOT / "docs" / "testing.md"
_MARKED: Final = re.compile(r"(<!-- faults -->\n).*?(<!-- end of faults -->)", re.DOTALL)
_LIMIT_SECONDS: Final = 400.0

_ITEMS: Final[Mapping[str, tuple[str, str]]] = {
    "get_microgrid": ("latitude-out-of-range", "microgrid: location.latitude"),
    "list_microgrids": ("latitude-out-of-range", "microgrid: location.latitude"),
    "list_microgrid_electrical_components": ("bounds-inverted", "component: rated_bounds[*]"),
    "list_microgrid_electrical_component_connections": (
        "connection-to-itself",
        "connection: destination",
    ),
    "list_microgrid_sensors": ("lifetime-inverted", "sensor: operational_lifetime"),
    "list_gridpools": ("id-zero", "gridpool: id"),
    "list_gridpool_energy_schedules": ("interval-inverted", "schedule: validity_period"),
    "list_market_topology_relations": ("relation-without-area", "relation: delivery_area"),
}
"""By method, the rule that is broken by one of the items of its reply, and where."""

_Declare: TypeAlias = Callable[[AssetsTestServer, str], object]
"""Lets something go wrong in the calls of a method of the client."""


def _fail(status: grpc.StatusCode, times: int | None = None) -> _Declare:
    return lambda server, method: server.faults.fail(operation_of(method), status, times=times)


_EXPIRED: Final = "`expire_certificate`"

FAULTS: Final[Mapping[str, _Declare]] = {
    "none": lambda server, method: None,
    "`fail` with UNAVAILABLE, twice": _fail(grpc.StatusCode.UNAVAILABLE, 2),
    "`fail` with UNAVAILABLE, always": _fail(grpc.StatusCode.UNAVAILABLE),
    "`fail` with PERMISSION_DENIED": _fail(grpc.StatusCode.PERMISSION_DENIED),
    "`delay` of 0.5 s": lambda server, method: server.faults.delay(operation_of(method), 0.5),
    "`hang`": lambda server, method: server.faults.hang(operation_of(method)),
    "`drop_connection`, once": lambda server, method: server.faults.drop_connection(
        operation_of(method), times=1
    ),
    "`truncate`, once": lambda server, method: server.faults.truncate(
        operation_of(method), times=1
    ),
    "`garbage`": lambda server, method: server.faults.garbage(operation_of(method)),
    "`item`": lambda server, method: server.faults.item(*_ITEMS[method]),
    "`restart`, down for 0.5 s": lambda server, method: server.restart(down_for=0.5),
    _EXPIRED: lambda server, method: server.expire_certificate(),
}
"""By what goes wrong, how to declare it."""


async def compare_declared() -> int:
    """Write the table to the page about testing."""
    require_published("chaos-faults")
    fleet = inventory.read(FLEET)
    rows = []
    async with asyncio.timeout(_LIMIT_SECONDS), AsyncExitStack() as stack:
        clients = await start_workers(stack)
        advance = stack.enter_context(progress_of("comparing", len(FAULTS)))
        for what, declare in FAULTS.items():
            ends = [
                await _ends(process, fleet, declare, tls=what == _EXPIRED) for process in clients
            ]
            rows.append((what, *(_cell(end) for end in ends)))
            advance()
    text = table(("fault", *PYTHONS), rows)
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(_MARKED.sub(rf"\g<1>{text}\n\g<2>", page), encoding="utf-8")
    print(text)
    return 0


async def _ends(
    process: LineProcess, fleet: inventory.Inventory, declare: _Declare, *, tls: bool
) -> dict[str, str]:
    """Return how the call of each method ended."""
    ends = {}
    async with AssetsTestServer(fleet, tls=tls) as server:
        await process.ask({"do": "connect", "url": server.url})
        for method, arguments in ARGUMENTS.items():
            declare(server, method)
            end = await process.ask({"do": "make", "method": method, "arguments": arguments})
            ends[operation_of(method)] = end
            server.faults.clear()
        await process.ask({"do": "disconnect"})
    return ends


def _cell(ends: Mapping[str, str]) -> str:
    """Return how calls ended, with the calls if they did not all end alike."""
    by_end: dict[str, list[str]] = {}
    for operation, end in ends.items():
        by_end.setdefault(end, []).append(operation)
    if len(by_end) == 1:
        return f"all: {next(iter(by_end))}"
    common = max(by_end, key=lambda end: len(by_end[end]))
    others = "; ".join(f"{', '.join(them)}: {end}" for end, them in by_end.items() if end != common)
    return f"{others}; others: {common}"
