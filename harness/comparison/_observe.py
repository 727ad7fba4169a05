"""Make the same calls with both clients, each in its own process and environment."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from typing import NamedTuple

from ..shared.clients import PYTHONS, check_version, module_command
from ..shared.processes import LineProcess, line_process
from .plan import Answer, Call


class Pair(NamedTuple):
    """The answers of both clients to the same call."""

    call: Call
    published: Answer
    ours: Answer


async def pairs(url: str, calls: Iterable[Call], advance: Callable[[], object]) -> list[Pair]:
    """Return the answers of both clients to each call of a server."""
    found = []
    async with AsyncExitStack() as stack:
        observers = []
        for client in PYTHONS:
            command = module_command(client, "harness.comparison.observer", url)
            observer = await stack.enter_async_context(line_process(*command))
            check_version(client, await observer.read())
            observers.append(observer)
        for call in calls:
            # In parallel: most machines have two processors.
            answers = await asyncio.gather(*(_ask(observer, call) for observer in observers))
            found.append(Pair(call, *answers))
            advance()
    return found


async def _ask(observer: LineProcess, call: Call) -> Answer:
    return Answer(**await observer.ask(call.to_json()))
