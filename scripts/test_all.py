"""Run the tests with every supported Python that is on the PATH; `make test-all` calls it."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
VERSIONS: Final = ("3.11", "3.12", "3.13", "3.14")


def main(arguments: list[str]) -> int:
    """Run pytest with each version, pass on the arguments, and print a line per version."""
    results = {version: _test(version, arguments) for version in VERSIONS}
    print()
    for version, result in results.items():
        print(f"python{version}: {result}")
    return 0 if set(results.values()) <= {"passed", "not found"} else 1


def _test(version: str, arguments: list[str]) -> str:
    """Run the tests in `.venv-VERSION`, which is created if it is missing."""
    name = f"python{version}"
    if not _runs(name):
        return "not found"
    print(f"\n{name}", flush=True)
    folder = ROOT / f".venv-{version}"
    python = folder / "bin" / "python"
    if not _is_ready(folder):
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        made = _succeeds(name, "-m", "venv", "--clear", folder) and _succeeds(
            python, *install, "-c", "constraints.txt", "-e", ".[dev]"
        )
        if not made:
            return "cannot be set up"
        (folder / "ready").touch()
    return "passed" if _succeeds(python, "-m", "pytest", *arguments) else "FAILED"


def _runs(name: str) -> bool:
    """Return whether a command exists and runs: version managers put empty names on the PATH."""
    return shutil.which(name) is not None and _succeeds(name, "--version", quiet=True)


def _is_ready(folder: Path) -> bool:
    """Return whether an environment has what the project needs now."""
    ready = folder / "ready"
    needed = (ROOT / "pyproject.toml", ROOT / "constraints.txt")
    return ready.exists() and ready.stat().st_mtime >= max(path.stat().st_mtime for path in needed)


def _succeeds(*command: str | Path, quiet: bool = False) -> bool:
    output = subprocess.DEVNULL if quiet else None
    ran = subprocess.run(command, cwd=ROOT, stdout=output, stderr=output, check=False)
    return ran.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
