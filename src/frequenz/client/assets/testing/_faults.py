"""The faults of a server that tests declare."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeAlias

import grpc
import grpc.aio

from ..findings._rules import Rule
from ..inventory import Inventory
from ._names import (
    EVERY_METHOD,
    check_count,
    check_method,
    check_seconds,
    check_status,
    check_times,
)
from ._proxy import Proxy
from ._spoil import Spoil

GARBAGE: Final = b"\xff"
"""Not a valid message."""

Context: TypeAlias = "grpc.aio.ServicerContext[bytes, bytes]"
Answer: TypeAlias = Callable[[], Awaitable[bytes]]


class Asked(NamedTuple):
    """A call that a fault spoils."""

    context: Context
    proxy: Proxy

    @property
    def port(self) -> int:
        """The port of the proxy's connection from which the call came."""
        return int(self.context.peer().rpartition(":")[2])


Act: TypeAlias = Callable[[Asked, Answer], Awaitable[bytes]]
"""Answers a call, or does not, given the function that returns the right answer."""


@dataclass(slots=True)
class Declared:
    """A fault of a method."""

    text: str
    """What declared it."""

    method: str
    times: int | None
    """How often it still happens; None = always."""

    act: Act
    is_delay: bool = False
    """Whether the call goes on after it."""

    def __repr__(self) -> str:
        times = "" if self.times is None else f", times={self.times}"
        return f"{self.text}{times})"


@dataclass(slots=True, eq=False)
class SpoiledItem:
    """An item that is spoiled."""

    spoil: Spoil
    times: int | None
    """In how many replies it still is; None = in all."""

    site: int | None = None
    """The site that has it; None = the one that is asked for."""

    def shows_in(self, method: str, request: Any) -> bool:
        """Return whether the reply to a request can have it."""
        return self.spoil.shows_in(method, request, self.site)

    def __repr__(self) -> str:
        times = "" if self.times is None else f", times={self.times}"
        return f"{repr(self.spoil)[:-1]}{times})"


class Faults:
    """What goes wrong in the calls of a server, until it has happened often enough.

    Methods have the names of the API, such as `GetMicrogrid`; `*` stands for each of them. A call
    gets the first fault of its method in the order in which they were declared; delays before that
    one add up. All of it happens on the connection: nothing is mocked.

    With `times`, a fault happens in that many calls; otherwise in all, until `clear()`.
    """

    def __init__(
        self,
        on_spoiled: Callable[[], None],
        on_repaired: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        """Make the faults of a server.

        Args:
            on_spoiled: Called when a test changes what is spoiled.
            on_repaired: Called in the loop of the server when items were spoiled often enough.
        """
        self._declared: list[Declared] = []
        self._spoiled: list[SpoiledItem] = []
        self._on_spoiled = on_spoiled
        self._on_repaired = on_repaired
        self._counting = asyncio.Lock()

    def __repr__(self) -> str:
        return f"<Faults {self.pending}>"

    @property
    def pending(self) -> list[object]:
        """The faults that have not happened often enough yet."""
        return [*self._declared, *self._spoiled]

    def _spoil(self, fleet: Inventory) -> Inventory:
        """Return what is served of an inventory."""
        for item in self._spoiled:
            item.site = item.spoil.microgrid_id
            if not item.spoil.is_of_replies:
                fleet = item.spoil.inventory(fleet)
                item.site = item.site or fleet.sites[0].microgrid.id
            elif item.spoil.microgrid_id is not None:
                fleet.site(item.spoil.microgrid_id)  # raises if there is none
        return fleet

    async def _spoiled_reply(self, method: str, request: Any, answer: Answer) -> bytes:
        """Return the reply to a request, with what is spoiled, and count it."""
        is_counted = any(it.times and it.shows_in(method, request) for it in self._spoiled)
        if not is_counted and not self._counting.locked():
            return self._spoil_reply(method, request, await answer())
        async with self._counting:  # calls at once share what is left
            reply = self._spoil_reply(method, request, await answer())
            await self._count_items(method, request)
            return reply

    def _spoil_reply(self, method: str, request: Any, reply: bytes) -> bytes:
        for item in self._spoiled:
            if item.spoil.is_of_replies:
                reply = item.spoil.reply(method, request, reply)
        return reply

    async def _count_items(self, method: str, request: Any) -> None:
        ended = []
        for item in self._spoiled:
            if item.times is not None and item.shows_in(method, request):
                item.times -= 1
                if not item.times:
                    ended.append(item)
        for item in ended:
            self._spoiled.remove(item)
        if not all(item.spoil.is_of_replies for item in ended):
            # Also if the client gives up meanwhile: the item is no longer pending.
            await asyncio.shield(self._on_repaired())

    def fail(
        self,
        method: str,
        status: grpc.StatusCode,
        *,
        times: int | None = None,
        details: str = "declared by the test",
        trailing: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Answer with the status of an error.

        Args:
            method: The method, or `*`.
            status: The status.
            times: In how many calls; None = in all.
            details: The message of the status.
            trailing: Trailing metadata, such as `grpc-retry-pushback-ms`.
        """
        check_status(status)
        metadata = tuple(trailing)

        async def act(asked: Asked, _: Answer) -> bytes:
            return await asked.context.abort(status, details, metadata)

        self._declare(f"fail({method!r}, {status}", method, times, act)

    def delay(self, method: str, seconds: float, *, times: int | None = None) -> None:
        """Answer later.

        Args:
            method: The method, or `*`.
            seconds: How much later, in s.
            times: In how many calls; None = in all.
        """
        duration = check_seconds("seconds", seconds)

        async def act(_: Asked, answer: Answer) -> bytes:
            await asyncio.sleep(duration)
            return await answer()

        self._declare(f"delay({method!r}, {seconds}", method, times, act, is_delay=True)

    def hang(self, method: str, *, times: int | None = None) -> None:
        """Never answer; the connection stays open.

        Args:
            method: The method, or `*`.
            times: In how many calls; None = in all.
        """
        self._declare(f"hang({method!r}", method, times, _wait_forever)

    def drop_connection(self, method: str, *, times: int | None = None) -> None:
        """Reset the connection instead of answering.

        Args:
            method: The method, or `*`.
            times: In how many calls; None = in all.
        """

        async def act(asked: Asked, answer: Answer) -> bytes:
            asked.proxy.reset_from(asked.port)
            return await _wait_forever(asked, answer)

        self._declare(f"drop_connection({method!r}", method, times, act)

    def truncate(self, method: str, *, after: int | None = None, times: int | None = None) -> None:
        """End the connection in the middle of a reply.

        Args:
            method: The method, or `*`.
            after: The bytes that are sent of the reply with its headers; at most as many as the
                message has, and half of that if None.
            times: In how many calls; None = in all.
        """
        if after is not None:
            check_count("after", after, least=0)

        async def act(asked: Asked, answer: Answer) -> bytes:
            reply = await answer()
            wanted = len(reply) // 2 if after is None else after
            asked.proxy.cut_from(asked.port, min(wanted, len(reply)))
            return reply

        self._declare(f"truncate({method!r}", method, times, act)

    def garbage(self, method: str, *, reply: bytes = GARBAGE, times: int | None = None) -> None:
        """Answer with bytes that are not a message of the API.

        Args:
            method: The method, or `*`.
            reply: The bytes.
            times: In how many calls; None = in all.
        """
        if not isinstance(reply, bytes):
            raise TypeError(f"reply: expected bytes, got {reply!r}")

        async def act(_: Asked, __: Answer) -> bytes:
            return reply

        self._declare(f"garbage({method!r}", method, times, act)

    def item(
        self,
        rule: Rule | str,
        field: str | None = None,
        *,
        microgrid_id: int | None = None,
        times: int | None = None,
    ) -> None:
        """Spoil what is served so that a finding of a rule appears.

        Args:
            rule: The rule, or its ID, such as `latitude-out-of-range`.
            field: One of `rule.fields`; None = the first one.
            microgrid_id: The site to spoil; None = the first one.
            times: In how many replies that list such items, of the site if they are of one;
                None = in all.

        Raises:
            TypeError: If `times` is not an integer.
            ValueError: If there is no such rule or field, no reply can have it, or `times` is not
                above 0.
            LookupError: If the inventory has no such site.
        """
        spoil = Spoil.of(rule, field, microgrid_id, is_served=True)
        self._spoiled.append(SpoiledItem(spoil, check_times(times)))
        try:
            self._on_spoiled()
        except BaseException:
            self._spoiled.pop()
            raise

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        self._declared.clear()
        if self._spoiled:
            self._spoiled.clear()
            self._on_spoiled()

    def _declare(
        self, text: str, method: str, times: int | None, act: Act, *, is_delay: bool = False
    ) -> None:
        self._declared.append(
            Declared(text, check_method(method), check_times(times), act, is_delay)
        )

    async def _answer(self, method: str, asked: Asked, answer: Answer) -> bytes:
        """Answer a call of a method, with its faults."""
        for fault in reversed(self._take(method)):
            answer = _wrapped(fault.act, asked, answer)
        return await answer()

    def _take(self, method: str) -> list[Declared]:
        """Return the faults of a call, and count them."""
        taken = []
        for fault in [*self._declared]:
            if fault.method not in (method, EVERY_METHOD):
                continue
            taken.append(fault)
            if fault.times is not None:
                fault.times -= 1
                if not fault.times:
                    self._declared.remove(fault)
            if not fault.is_delay:
                break
        return taken


def _wrapped(act: Act, asked: Asked, answer: Answer) -> Answer:
    return lambda: act(asked, answer)


async def _wait_forever(_: Asked, __: Answer) -> bytes:
    await asyncio.Event().wait()
    raise AssertionError("nothing sets the event")
