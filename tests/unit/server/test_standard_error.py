"""Lines on standard error that nobody reads while they are written."""

import re
import subprocess
import sys
from typing import Final

MESSAGES: Final = 5_000

PROGRAM: Final = f"""
import logging, sys
from frequenz.server.assets._operation.standard_error import log_in_background

with log_in_background():
    for number in range({MESSAGES}):
        logging.getLogger("some").warning("%s " + "x" * 100, number)
    print("done", flush=True)
    sys.stdin.read()
"""


def test_messages_that_nobody_reads_hold_up_nobody_and_those_dropped_are_counted() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "done\n"  # a pipe takes 64 KiB, which is a tenth
        _, text = process.communicate(timeout=20)

    dropped = re.findall(
        r"^(\d+) messages of the log were dropped: standard error was not read$", text, re.M
    )
    written = [int(number) for number in re.findall(r"^(\d+) x+$", text, re.M)]
    assert written == sorted(written)
    assert dropped
    assert len(written) + sum(map(int, dropped)) == MESSAGES
    assert len(text.splitlines()) == len(written) + len(dropped)
