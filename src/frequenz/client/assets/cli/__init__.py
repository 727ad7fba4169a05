"""The command `assets-cli`."""

import sys
from types import TracebackType

from .._extras import needed
from .interrupts import defer_interrupt


def main() -> None:
    """Run the command; if its extra is not installed, say how to install it."""
    try:
        with defer_interrupt():
            from .root import cli  # noqa: PLC0415 - click may not be installed
            from .showing.streams import PROGRAM, prepare_streams  # noqa: PLC0415
    except ModuleNotFoundError as missing:
        sys.exit(needed("assets-cli", "cli", missing))
    except KeyboardInterrupt:
        print("assets-cli: interrupted", file=sys.stderr)
        sys.exit(130)
    prepare_streams()
    sys.excepthook = _print_unexpected
    cli.main(prog_name=PROGRAM)


def _print_unexpected(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    """Print an error that no command handles; with --debug, its traceback too."""
    if "--debug" in sys.argv:
        sys.__excepthook__(kind, error, traceback)
    line = " ".join(f"{kind.__name__}: {error}".split())
    print(
        f"assets-cli: unexpected error: {line}; please report it with the output of --debug",
        file=sys.stderr,
    )
