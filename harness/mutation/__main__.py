"""The command `python -m harness.mutation`."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import track

from ._checks import ROOT, Check, checks

_TESTS: Final = ("findings", "wire", "inventory/test_check.py", "inventory/test_market.py")
_SECONDS: Final = 300.0
"""How long the tests may take on one mutant."""


def main() -> int:
    """Run the tests once for each check, without it; return 1 if one of them is not missed."""
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        shutil.copytree(ROOT / "src", copy / "src")
        if not _pass(copy):
            sys.exit("the tests fail on the unchanged source")
        todo = list(checks())
        told = track(todo, "checks", console=console, transient=True)
        missed = [check for check in told if not _is_noticed(check, copy)]
    for check in missed:
        print(f"no test fails without {check}")
    print(f"{len(todo) - len(missed)} of {len(todo)} deleted checks are noticed")
    return 1 if missed else 0


def _is_noticed(check: Check, copy: Path) -> bool:
    target = copy / check.source.relative_to(ROOT)
    target.write_text(check.mutant, encoding="utf-8")
    try:
        return not _pass(copy)
    finally:
        shutil.copyfile(check.source, target)


def _pass(copy: Path) -> bool:
    """Return whether the tests pass with the source in a folder."""
    command = [sys.executable, "-m", "pytest", "-qxp", "no:randomly", "-p", "no:cacheprovider"]
    ran = subprocess.run(
        [*command, *(f"tests/unit/{name}" for name in _TESTS)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(copy / "src"), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=_SECONDS,
        check=False,
    )
    return ran.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
