"""The command `python -m harness.comparison`."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from frequenz.server.assets import AssetsServer

from ..shared.clients import require_published
from ..shared.progress import progress_of
from ..shared.servers import CannedReplies, serving
from . import __doc__ as description
from ._commands import Output, commands, outputs
from ._differences import Outcome, compare
from ._fault_table import fault_table
from ._faults import calls_for, faults, reply_to
from ._fleet import good_fleet
from ._intended import INTENDED, is_intended
from ._observe import Pair, pairs
from .plan import Call

_SEED = 60
_COUNT = 2000
_LIMIT_SECONDS = 240.0


def main() -> int:
    """Compare; return 1 if there is a difference that is not intended."""
    parser = argparse.ArgumentParser(prog="python -m harness.comparison", description=description)
    parser.add_argument(
        "--seed", type=int, default=_SEED, help="the seed of the messages [%(default)s]"
    )
    parser.add_argument(
        "--count",
        type=int,
        default=_COUNT,
        help="how many good messages of each kind [%(default)s]",
    )
    given = parser.parse_args()
    require_published("compare")
    return asyncio.run(asyncio.wait_for(_run(given.seed, given.count), _LIMIT_SECONDS))


async def _run(seed: int, count: int) -> int:
    print(f"Seed {seed}: {count} good messages of each kind")
    fleet, calls = good_fleet(seed, count)
    async with AssetsServer(fleet) as server:
        outcome = compare(await _pairs(server.url, calls, "good messages"))
        shown = list(commands(fleet))
        with progress_of("commands", len(shown)) as advance:
            printed = await outputs(server.url, shown, advance)
    is_same = all((_print_outcome(outcome), _print_commands(printed)))
    replies = faults()
    async with serving(CannedReplies(reply_to(replies))) as url:
        faulty = await _pairs(url, list(calls_for(replies)), "faulty replies")
    print(fault_table(replies, faulty))
    return 0 if is_same else 1


async def _pairs(url: str, calls: Sequence[Call], label: str) -> list[Pair]:
    with progress_of(label, len(calls)) as advance:
        return await pairs(url, calls, advance)


def _print_outcome(outcome: Outcome) -> bool:
    """Print the differences between objects; return whether all are intended."""
    items = ", ".join(f"{number} {kind}s" for kind, number in outcome.items.items())
    print(
        f"Compared {items} in {outcome.calls} calls, {outcome.strict_calls} of them with"
        f" raise_on_errors: {outcome.values} values"
    )
    for path, intended in INTENDED.items():
        times = sum(map(is_intended, outcome.differences.get(path, [])))
        print(f"  intended: {path}, {times} times: {intended.reason}")
    unintended = [
        [difference for difference in differences if not is_intended(difference)]
        for differences in outcome.differences.values()
    ]
    for differences in filter(None, unintended):
        first = differences[0]
        print(f"  NOT INTENDED: {first.path}, {len(differences)} times, for example in {first}")
    print("There are unintended differences.\n" if any(unintended) else "No other differences.\n")
    return not any(unintended)


def _print_commands(outputs: Sequence[Output]) -> bool:
    """Print how many commands print the same; return whether all do."""
    different = [output for output in outputs if output.published != output.ours]
    size = sum(len(output.published) for output in outputs)
    print(f"Compared the output of {len(outputs)} commands: {size} characters,", end=" ")
    print(f"{len(different)} commands differ")
    for output in different[:3]:
        print(f"  NOT INTENDED: assets-cli {' '.join(output.command)}")
    print()
    return not different


if __name__ == "__main__":
    sys.exit(main())
