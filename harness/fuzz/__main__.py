"""The command `python -m harness.fuzz`."""

import argparse
import secrets
import sys
import traceback
from collections.abc import Iterator
from typing import Final

from rich.console import Console
from rich.progress import Progress

from frequenz.client.assets.findings._rules import Rule

from ._run import FailureError, Tally, run

_MUTATIONS: Final = 1_000_000


def main() -> int:
    """Mutate, and print what came of it; return 1 if something that must hold does not."""
    parser = argparse.ArgumentParser(prog="python -m harness.fuzz", description=__doc__)
    parser.add_argument("--mutations", type=int, default=_MUTATIONS, help="[%(default)s]")
    parser.add_argument("--seed", type=int, help="to make the same mutations again [a new one]")
    parser.add_argument(
        "--first", type=int, default=0, help="the number of the first mutation [%(default)s]"
    )
    given = parser.parse_args()
    seed = secrets.randbits(32) if given.seed is None else given.seed
    print(f"Seed {seed}", flush=True)
    console = Console(stderr=True)
    try:
        with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
            task = progress.add_task("mutating", total=given.mutations)

            def advance(steps: int) -> None:
                progress.advance(task, steps)

            tally = run(seed, given.mutations, first=given.first, advance=advance)
    except FailureError as failure:
        print(f"FAILED: {failure}")
        traceback.print_exception(failure.__cause__, file=sys.stdout)
        print(f"Again: python -m harness.fuzz --seed {seed} --first {failure.number} --mutations 1")
        return 1
    print("\n".join(_table(tally)))
    return 0


def _table(tally: Tally) -> Iterator[str]:
    rate = tally.mutations / tally.seconds if tally.seconds else 0
    yield from (
        f"{number:>12,}  {name}"
        for name, number in {
            "mutations": tally.mutations,
            "parsed": tally.parsed,
            "with findings": tally.with_findings,
            "with major findings": tally.with_major,
            f"seconds, {rate:,.0f} mutations in each": round(tally.seconds),
        }.items()
    )
    yield ""
    yield from (f"{number:>12,}  {rule.id}" for rule, number in tally.rules.most_common())
    yield ""
    yield f"Never: {', '.join(rule.id for rule in Rule if rule not in tally.rules) or 'none'}"


if __name__ == "__main__":
    sys.exit(main())
