"""The command in a pseudo-terminal: what people see."""

import contextlib
import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from .running import COMMAND, ENVIRONMENT, TIME_TO_END

_PART: Final = 65536

_CONTROLLED: Final = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Makes standard input the terminal that a process asks for secrets on, then runs the process.

A process that has gRPC in it must not do this between fork and exec.
"""


def see(
    arguments: Sequence[str | Path],
    *,
    width: int = 100,
    typed: str = "",
    after: str = "",
    environment: Mapping[str, str] = {},
) -> tuple[str, int]:
    """Run the command in a terminal; return all that is shown there, and the exit code.

    Args:
        arguments: What to give it.
        width: How wide the terminal is.
        typed: What somebody types.
        after: When: as soon as this is shown.
        environment: Further variables.
    """
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-c", _CONTROLLED, COMMAND, *arguments],
        stdin=its,
        stdout=its,
        stderr=its,
        env={**ENVIRONMENT, "TERM": "xterm-256color", **environment},
        start_new_session=True,
    )
    os.close(its)
    shown = b""
    try:
        with contextlib.suppress(OSError):  # Linux says so that nobody has it open any more
            while part := os.read(ours, _PART):
                shown += part
                if typed and after.encode() in shown:
                    os.write(ours, typed.encode())
                    typed = ""
        code = process.wait(TIME_TO_END)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    return shown.decode().replace("\r\n", "\n"), code
