"""The command `python -m harness.fuzz`."""

import argparse
import secrets
import sys
import traceback
from collections.abc import Iterator
from typing import Final

from frequenz.client.assets.findings._rules import Rule

from ..shared.progress import progress_of
from . import __doc__ as description
from ._run import FailureError, Tally, run

_MUTATIONS: Final = 1_000_000


def main() -> int:
    """Mutate, and print the counts; return 1 if the client breaks a promise."""
    parser = argparse.ArgumentParser(prog="python -m harness.fuzz", description=description)
    parser.add_argument(
        "--mutations", type=int, default=_MUTATIONS, help="how many to make [%(default)s]"
    )
    parser.add_argument("--seed", type=int, help="makes the same mutations again [a new one]")
    parser.add_argument(
        "--first", type=int, default=0, help="the number of the first mutation [%(default)s]"
    )
    given = parser.parse_args()
    seed = secrets.randbits(32) if given.seed is None else given.seed
    print(f"Seed {seed}", flush=True)
    try:
        with progress_of("mutating", given.mutations) as advance:
            tally = run(seed, given.mutations, first=given.first, advance=advance)
    except FailureError as failure:
        print(f"FAILED: {failure}")
        traceback.print_exception(failure.__cause__, file=sys.stdout)
        print(
            f"Repeat: python -m harness.fuzz --seed {seed} --first {failure.number} --mutations 1"
        )
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
