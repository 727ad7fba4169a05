"""The command `assets-cli`."""

import sys

from .._extras import needed


def main() -> None:
    """Run the command; without its extra, say what to install."""
    try:
        from ._commands import cli  # noqa: PLC0415 - what it needs may not be installed
    except ModuleNotFoundError as missing:
        sys.exit(needed("assets-cli", "cli", missing))
    cli()
