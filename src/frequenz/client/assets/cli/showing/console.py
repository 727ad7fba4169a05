"""The console of rich that draws screens."""

import os
from typing import Any, Final, TextIO

from rich.console import Console

from .streams import is_terminal

_UNLIMITED: Final = 1_000_000
"""The width where there is no terminal: nothing is truncated."""


class _Console(Console):
    """A console that leaves a broken pipe to the root command."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def make_console(stream: TextIO | None, color: str, **options: Any) -> Console:
    """Return a console with the width of the terminal; elsewhere without color and unlimited."""
    defaults: dict[str, Any] = {"highlight": False, "markup": False, "emoji": False}
    if not is_terminal(stream):
        defaults["width"] = _UNLIMITED
    if color == "always":
        defaults |= {"force_terminal": True, "no_color": False}
        if os.environ.get("TERM") in {None, "", "dumb"} or not is_terminal(stream):
            defaults["color_system"] = "standard"
    elif color == "never" or os.environ.get("NO_COLOR"):
        defaults["color_system"] = None
    return _Console(file=stream, **(defaults | options))
