"""The command `assets-cli`."""

import sys


def main() -> None:
    """Run the command; without its extra, say what to install."""
    try:
        from ._commands import cli  # noqa: PLC0415 - what it needs may not be installed
    except ModuleNotFoundError as missing:
        sys.exit(
            f"assets-cli needs the package {missing.name}, which comes with its extra:"
            " pip install 'frequenz-client-assets[cli]'"
        )
    cli()
