"""The parts of the benchmark; each can be measured alone."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from . import _arrow, _calls, _conversion, _fleets, _savings, _startup, _topology
from ._processes import Worker
from ._rounds import Rounds

Workers: TypeAlias = Mapping[str, Worker]
Urls: TypeAlias = Mapping[str, str]


class Part(NamedTuple):
    """Something to measure."""

    rounds: int
    seconds: float
    """No round begins after these; for each server where several are called."""

    measure: Callable[[Workers, Urls, Rounds], Awaitable[Any]]


def _each_server(measure: Callable[[Workers, str, Rounds], Awaitable[Any]]) -> Any:
    async def measure_each(workers: Workers, urls: Urls, rounds: Rounds) -> dict[str, Any]:
        return {server: await measure(workers, url, rounds) for server, url in urls.items()}

    return measure_each


PAIRS: Final = 20_000

PARTS: Final = {
    # Includes what a client keeps for later calls, so it comes before all other calls.
    "memory": Part(1, 10, lambda workers, _, __: _conversion.memory(workers)),
    "get": Part(PAIRS // _calls.GET_BURST, 75, _each_server(_calls.gets)),
    "get again": Part(PAIRS // _calls.GET_BURST, 75, _each_server(_calls.gets_again)),
    "list": Part(8, 20, _each_server(_calls.lists)),
    "blocking": Part(20, 20, _each_server(_calls.blocking)),
    "conversion": Part(6, 50, lambda workers, _, rounds: _conversion.conversions(workers, rounds)),
    "fleet": Part(5, 60, lambda workers, _, rounds: _fleets.fleets(workers, rounds)),
    "tables": Part(4, 30, lambda workers, _, rounds: _arrow.tables(workers, rounds)),
    "table list": Part(6, 20, _each_server(_arrow.table_lists)),
    "parquet": Part(3, 60, lambda _, __, rounds: _arrow.to_parquet(rounds)),
    "topology": Part(1, 20, lambda *_: _topology.topology()),
    "stall": Part(5, 25, lambda workers, _, rounds: _conversion.stalls(workers, rounds)),
    "pauses": Part(8, 15, lambda workers, _, rounds: _conversion.pauses(workers, rounds)),
    "import": Part(20, 30, lambda _, __, rounds: _startup.imports(rounds)),
    "savings": Part(4, 60, lambda _, __, rounds: _savings.savings(rounds)),
    "help": Part(11, 10, lambda _, __, rounds: _startup.helps(rounds)),
}
