"""How long the fixtures for tests take: `python -m harness.benchmarks.fixtures`."""

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Final

from frequenz.client.assets import blocking, inventory
from frequenz.client.assets.inventory import Inventory
from frequenz.client.assets.testing import AssetsTestServer
from frequenz.server.assets.demo import FLEETS

from ..shared.tables import table

_ROUNDS: Final = 100
_PARTS: Final = ("start", "first call", "stop")


def _milliseconds(function: Callable[[], object]) -> float:
    began = perf_counter()
    function()
    return (perf_counter() - began) * 1e3


def _round(fleet: Inventory, *, tls: bool) -> tuple[float, float, float]:
    """Return how long it takes to start a server, to make a first call, and to stop, in ms."""
    server = AssetsTestServer(fleet, tls=tls)
    started = _milliseconds(server.start)
    client = blocking.AssetsApiClient(server.url)
    called = _milliseconds(client.list_microgrids)
    client.__exit__(None, None, None)
    return started, called, _milliseconds(server.stop)


def main() -> None:
    """Measure, and print a table."""
    sites = inventory.read(FLEETS[0]).without_sites(203)  # whose findings would be logged
    rows = []
    for name, fleet, tls in (
        ("nothing", Inventory(), False),
        ("two sites", sites, False),
        ("two sites, TLS", sites, True),
    ):
        rounds = zip(*(_round(fleet, tls=tls) for _ in range(_ROUNDS)), strict=True)
        for what, (first, *later) in zip(_PARTS, rounds, strict=True):
            numbers = (first, median(later), max(later))
            rows.append((f"{name}: {what}", *(f"{number:.1f}" for number in numbers)))
    print(table(("ms", "the first", "median", "longest"), rows, has_numbers=True))


if __name__ == "__main__":
    main()
