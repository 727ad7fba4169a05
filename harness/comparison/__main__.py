"""The command `python -m harness.comparison`."""

import argparse
import asyncio
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress

from frequenz.server.assets import AssetsServer

from ._commands import Printed, commands, printed
from ._differences import Outcome, compared
from ._fault_server import serving
from ._fault_table import table
from ._faults import calls_for, faults
from ._fleet import good
from ._intended import INTENDED, is_intended
from ._observe import PUBLISHED, Pair, pairs
from .plan import Call

_SEED = 60
_COUNT = 2000
_LIMIT_SECONDS = 240.0


def main() -> int:
    """Compare; return 1 if there is a difference that is not intended."""
    parser = argparse.ArgumentParser(prog="python -m harness.comparison", description=__doc__)
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
        asked = list(commands(fleet))
        with _progress("commands", len(asked)) as advance:
            texts = await printed(server.url, asked, advance)
    is_same = all((_tell(outcome), _tell_commands(texts)))
    replies = faults()
    async with serving(replies) as url:
        found = await _observed(url, list(calls_for(replies)), "faulty replies")
    print(table(replies, found))
    return 0 if is_same else 1


async def _observed(url: str, calls: Sequence[Call], label: str) -> list[Pair]:
    with _progress(label, len(calls)) as advance:
        return await pairs(url, calls, advance)


@contextmanager
def _progress(label: str, total: int) -> Iterator[Callable[[], object]]:
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task(label, total=total)
        yield lambda: progress.advance(task)


def _tell(outcome: Outcome) -> bool:
    """Print what came of the comparison; return whether all differences are intended."""
    items = ", ".join(f"{number} {kind}s" for kind, number in outcome.items.items())
    print(
        f"Compared {items} in {outcome.calls} calls, {outcome.strict_calls} of them with"
        f" raise_on_errors: {outcome.values} values"
    )
    for path, intended in INTENDED.items():
        times = sum(map(is_intended, outcome.differences.get(path, [])))
        print(f"  intended: {path}, {times} times: {intended.reason}")
    unexpected = [
        [difference for difference in seen if not is_intended(difference)]
        for seen in outcome.differences.values()
    ]
    for seen in filter(None, unexpected):
        print(f"  NOT INTENDED: {seen[0].path}, {len(seen)} times, such as in {seen[0]}")
    print("There is a difference to look at.\n" if any(unexpected) else "No other difference.\n")
    return not any(unexpected)


def _tell_commands(texts: Sequence[Printed]) -> bool:
    """Print how many commands print the same; return whether all do."""
    unlike = [text for text in texts if text.published != text.ours]
    size = sum(len(text.published) for text in texts)
    print(f"Compared what {len(texts)} commands print: {size} bytes, {len(unlike)} differ")
    for text in unlike[:3]:
        print(f"  NOT INTENDED: assets-cli {' '.join(text.command)}")
    print()
    return not unlike


if __name__ == "__main__":
    sys.exit(main())
