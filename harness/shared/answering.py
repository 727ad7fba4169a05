"""Processes that answer each line of JSON on standard input with one on standard output."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any


def write_line(value: Any) -> None:
    """Write a value to standard output as a line of JSON."""
    # In one piece: whoever is killed while writing has written the whole line, or nothing.
    print(f"{json.dumps(value)}\n", end="", flush=True)


async def answer_lines(answer: Callable[[Any], Awaitable[Any]]) -> None:
    """Answer each line of standard input, until that ends."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    while line := await reader.readline():
        write_line(await answer(json.loads(line)))
