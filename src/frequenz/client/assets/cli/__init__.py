"""The command `assets-cli`."""

import sys
from types import TracebackType

from .._extras import needed
from .interrupts import undisturbed


def main() -> None:
    """Run the command; without its extra, say what to install."""
    try:
        with undisturbed():
            from .root import cli  # noqa: PLC0415 - what it needs may not be installed
            from .showing.streams import PROGRAM, prepare  # noqa: PLC0415
    except ModuleNotFoundError as missing:
        sys.exit(needed("assets-cli", "cli", missing))
    except KeyboardInterrupt:
        print("assets-cli: interrupted", file=sys.stderr)
        sys.exit(130)
    prepare()
    sys.excepthook = _tell_unexpected
    cli.main(prog_name=PROGRAM)


def _tell_unexpected(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    """Tell what no command should let through: with --debug, where it came from too."""
    if "--debug" in sys.argv:
        sys.__excepthook__(kind, error, traceback)
    line = " ".join(f"{kind.__name__}: {error}".split())
    print(
        f"assets-cli: this should not happen: {line}; please report it with what --debug tells",
        file=sys.stderr,
    )
