"""The command `assets-cli`."""

import sys
from types import TracebackType
from typing import TYPE_CHECKING

from .._extras import missing_package_text
from .._lazy import lazy_module
from .interrupts import defer_interrupt, exit_on_sigterm

if TYPE_CHECKING:
    from . import root as _root
else:
    _root = lazy_module(".root", __package__)  # imports click, which may not be installed


def main() -> None:
    """Run the command; if its extra is not installed, say how to install it."""
    try:
        with defer_interrupt():
            run = _root.run
    except ModuleNotFoundError as missing:
        sys.exit(missing_package_text("assets-cli", "cli", missing))
    except KeyboardInterrupt:
        print("assets-cli: interrupted", file=sys.stderr)
        sys.exit(130)
    sys.excepthook = _print_unexpected
    exit_on_sigterm()
    run()


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
