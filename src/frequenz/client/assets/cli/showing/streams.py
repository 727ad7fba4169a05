"""Standard output for data, standard error for messages."""

import io
import os
import sys
from typing import Any, Final, TextIO

import click

from ..exits import Failure
from .escaping import escape_control

PROGRAM: Final = "assets-cli"


class _StandardOutput(io.FileIO):
    """Standard output, with errors that name it."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            raise OSError(error.errno, error.strerror, "standard output") from None


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether a stream is connected to a terminal."""
    return stream is not None and stream.isatty()


def prepare_streams() -> None:
    """Make both streams UTF-8 in any locale, and let write errors name standard output."""
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
    """Write data to standard output.

    Raises:
        Failure: If standard output is closed.
        OSError: If writing fails.
    """
    output = _standard_output()
    output.write(text)
    output.flush()


def write_bytes(data: bytes) -> None:
    """Write binary data to standard output.

    Raises:
        Failure: If standard output is closed.
        OSError: If writing fails.
    """
    output = _standard_output()
    output.buffer.write(data)
    output.flush()


def _standard_output() -> TextIO:
    if sys.stdout is None:
        raise Failure("standard output is closed")
    return sys.stdout


def print_message(message: str) -> None:
    """Print a message to standard error, as one line."""
    line = f"{PROGRAM}: {escape_control(message)}"
    try:
        click.echo(line, err=True)
    except OSError:
        discard_output(sys.stderr)  # the exit code has to do


def discard_output(stream: object) -> None:
    """Discard what a stream buffers, which the interpreter would fail to flush when it exits.

    Does nothing for a stream without a file, as in tests.
    """
    try:
        number = stream.fileno()  # type: ignore[attr-defined]
    except (AttributeError, OSError):
        return
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, number)
    os.close(devnull)
