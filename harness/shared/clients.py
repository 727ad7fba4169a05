"""The two clients that are compared, each in its own environment."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from .paths import ROOT

PUBLISHED_VERSION: Final = "0.6.0"
PUBLISHED: Final = f"published {PUBLISHED_VERSION}"
OURS: Final = "this client"

PYTHONS: Final[Mapping[str, Path]] = {
    PUBLISHED: ROOT / ".venv-published" / "bin" / "python",
    OURS: Path(sys.executable),
}
"""The interpreter that has each client installed."""


def module_command(client: str, module: str, *arguments: str) -> tuple[str, ...]:
    """Return the command that runs a module with the interpreter of a client."""
    # -E: a client on PYTHONPATH would be found before the one that is installed.
    return (str(PYTHONS[client]), "-E", "-m", module, *arguments)


def require_published(target: str) -> None:
    """Exit if the published client is not installed, naming the `make` target that installs it."""
    if not PYTHONS[PUBLISHED].exists():
        sys.exit(f"The published client is not installed; `make {target}` installs it")


def check_version(client: str, version: str) -> None:
    """Check the version that a client's process reports.

    Raises:
        RuntimeError: If the published client has another version than expected.
    """
    if client == PUBLISHED and version != PUBLISHED_VERSION:
        raise RuntimeError(f"{PYTHONS[client]} has version {version}, not {PUBLISHED_VERSION}")
