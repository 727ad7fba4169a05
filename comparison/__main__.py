"""The command `python -m comparison`."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.progress import Progress

from frequenz.server.assets import AssetsServer

from ._differences import Outcome, compared
from ._fault_server import FaultServer
from ._fault_table import table
from ._faults import FAULTS, calls_of
from ._fleet import good
from ._intended import INTENDED
from ._observe import PUBLISHED, Pair, pairs
from .plan import Call

_SEED = 60
_COUNT = 2000
_LIMIT_SECONDS = 110.0


def main() -> int:
    """Compare; return 1 if there is a difference that is not intended."""
    parser = argparse.ArgumentParser(prog="python -m comparison", description=__doc__)
    parser.add_argument("--seed", type=int, default=_SEED, help="of the messages [%(default)s]")
    parser.add_argument(
        "--count", type=int, default=_COUNT, help="good messages of each kind [%(default)s]"
    )
    given = parser.parse_args()
    if not PUBLISHED.exists():
        sys.exit(f"{PUBLISHED} is missing; `make compare` makes it")
    return asyncio.run(asyncio.wait_for(_run(given.seed, given.count), _LIMIT_SECONDS))


async def _run(seed: int, count: int) -> int:
    print(f"Seed {seed}: {count} good messages of each kind")
    fleet, calls = good(seed, count)
    async with AssetsServer(fleet) as server:
        outcome = compared(await _observed(server.url, calls, "good messages"))
    is_same = _tell(outcome)
    async with FaultServer(FAULTS) as faults:
        found = await _observed(faults.url, calls_of(FAULTS), "faulty messages")
    print(table(FAULTS, found))
    return 0 if is_same else 1


async def _observed(url: str, calls: Sequence[Call], label: str) -> list[Pair]:
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task(label, total=len(calls))
        return await pairs(url, calls, lambda: progress.advance(task))


def _tell(outcome: Outcome) -> bool:
    """Print what came of the comparison; return whether all differences are intended."""
    items = ", ".join(f"{number} {kind}s" for kind, number in outcome.items.items())
    print(
        f"Compared {items} in {outcome.calls} calls, {outcome.strict_calls} of them with"
        f" raise_on_errors: {outcome.values} values"
    )
    for path, reason in INTENDED.items():
        print(f"  intended: {path}, {len(outcome.differences.get(path, []))} times: {reason}")
    unexpected = {path: seen for path, seen in outcome.differences.items() if path not in INTENDED}
    for path, seen in unexpected.items():
        print(f"  NOT INTENDED: {path}, {len(seen)} times, such as in {seen[0]}")
    print("No other difference.\n" if not unexpected else f"{len(unexpected)} kinds to look at.\n")
    return not unexpected


if __name__ == "__main__":
    sys.exit(main())
