"""Standard output and standard error: data on one, sentences on the other."""

import io
import os
import sys
from typing import Any, Final, TextIO

import click

from ..exits import Failure
from .escaping import harmless

PROGRAM: Final = "assets-cli"


class _StandardOutput(io.FileIO):
    """Standard output, whose errors say that it is meant."""

    def write(self, data: Any, /) -> int:
        """Write bytes."""
        try:
            return super().write(data)
        except OSError as error:
            raise OSError(error.errno, error.strerror, "standard output") from None


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether people see what goes to a stream, or type what comes from it, right now."""
    return stream is not None and stream.isatty()


def prepare() -> None:
    """Make both streams UTF-8, whatever the locale is, and let errors say where they are."""
    if sys.stdout is not None:
        raw = _StandardOutput(sys.stdout.fileno(), "wb", closefd=False)
        sys.stdout = io.TextIOWrapper(
            io.BufferedWriter(raw),
            encoding="utf-8",
            errors="backslashreplace",
            line_buffering=raw.isatty(),
        )
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(encoding="utf-8", errors="backslashreplace")


def write(text: str) -> None:
    """Write data.

    Raises:
        Failure: If there is no standard output.
        OSError: If it takes no data.
    """
    if sys.stdout is None:
        raise Failure("standard output is closed")
    sys.stdout.write(text)
    sys.stdout.flush()


def tell(sentence: str) -> None:
    """Say something beside the data, as one line."""
    line = f"{PROGRAM}: {harmless(sentence)}"
    try:
        click.echo(line, err=True)
    except OSError:
        abandon(sys.stderr)  # there is nowhere left to say it; the exit code tells the rest


def abandon(stream: object) -> None:
    """Let what a stream still holds go nowhere: the interpreter would fail to flush it at its end.

    A stream that is no file, as in a test, is left alone.
    """
    try:
        number = stream.fileno()  # type: ignore[attr-defined]
    except (AttributeError, OSError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)
