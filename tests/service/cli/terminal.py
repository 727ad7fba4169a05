"""The command in a pseudo-terminal: what people see."""

import contextlib
import fcntl
import os
import pty
import select
import struct
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from .running import ENVIRONMENT, TIMEOUT, fork, run_main

_CHUNK: Final = 65536


def see(
    arguments: Sequence[str | Path],
    *,
    width: int = 100,
    typed: str = "",
    prompt: str = "",
    environment: Mapping[str, str] = {},
    folder: str | Path = ".",
) -> tuple[str, int | None]:
    """Run the command in a terminal; return all that it shows, and the exit code.

    Args:
        arguments: The arguments of the command.
        width: The width of the terminal.
        typed: What the user types.
        prompt: The text after which the user types it.
        environment: Further environment variables.
        folder: The working directory.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    variables = {**ENVIRONMENT, "TERM": "xterm-256color", **environment}
    process = fork(_main, arguments, os.ttyname(theirs), variables, folder)
    shown = b""
    try:
        with contextlib.suppress(OSError):  # the end of the session hangs up
            while ours in select.select([ours, process.sentinel], [], [], TIMEOUT)[0]:
                shown += os.read(ours, _CHUNK)
                if typed and prompt.encode() in shown:
                    os.write(ours, typed.encode())
                    typed = ""
        process.join(TIMEOUT)
        return shown.decode().replace("\r\n", "\n"), process.exitcode
    finally:
        process.kill()
        os.close(ours)
        os.close(theirs)


def _main(
    arguments: Sequence[str | Path],
    terminal: str,
    environment: Mapping[str, str],
    folder: str | Path,
) -> None:
    os.chdir(folder)
    os.setsid()  # the terminal that is opened next becomes the one of the session
    run_main(arguments, [os.open(terminal, os.O_RDWR)] * 3, environment)
