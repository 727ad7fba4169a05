"""The command `python -m harness.mutation`."""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from ..shared.paths import ROOT
from ..shared.processes import run_program
from ..shared.progress import progress_of
from ._checks import Check, all_checks

_TESTS: Final = (
    *("tests/unit/findings", "tests/unit/inventory", "tests/unit/wire", "tests/unit/topology"),
    "tests/downstream/test_graph_rules.py",
)
"""The fastest first: pytest stops at the first failure, and most mutants fail there."""

_SECONDS: Final = 900.0
"""How long the tests may take."""


def main() -> int:
    """Run the tests once without each check; return 1 if they pass without one."""
    checks = list(all_checks())
    with progress_of("checks", len(checks)) as advance:
        unnoticed = asyncio.run(_unnoticed(checks, advance))
    for check in unnoticed:
        print(f"no test fails without {check}")
    print(f"{len(checks) - len(unnoticed)} of {len(checks)} deleted checks are noticed")
    return 1 if unnoticed else 0


async def _unnoticed(checks: Sequence[Check], advance: Callable[[], object]) -> list[Check]:
    """Return the checks without which all tests pass; each processor tests one at a time."""
    remaining = iter(checks)
    unnoticed = []

    async def work() -> None:
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "src"
            shutil.copytree(ROOT / "src", copy)
            for check in remaining:
                target = copy / check.source.relative_to(ROOT / "src")
                target.write_text(check.mutant, encoding="utf-8")
                if await _pass(copy):
                    unnoticed.append(check)
                shutil.copyfile(check.source, target)
                advance()

    async with asyncio.TaskGroup() as group:
        unchanged = group.create_task(_pass(ROOT / "src"))
        for _ in range(os.cpu_count() or 1):
            group.create_task(work())
    if not unchanged.result():
        sys.exit("the tests fail on the unchanged source")
    return unnoticed


async def _pass(source: Path) -> bool:
    """Return whether the tests pass with the source in a folder."""
    options = ("-qx", "-p", "no:randomly", "-p", "no:cacheprovider")
    environment = {**os.environ, "PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"}
    command = (sys.executable, "-m", "pytest", *options, *_TESTS)
    try:
        ended = await run_program(*command, seconds=_SECONDS, environment=environment)
    except TimeoutError:
        return False
    return ended.status == 0


if __name__ == "__main__":
    sys.exit(main())
