"""Nonces that are used together: one transaction for all calls that came during the last one."""

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from .nonces import Use

_ROUNDS: Final = 8
"""How many rounds of the event loop a batch is waited for.

A loop without other calls goes round in no time; one with many starts more of them meanwhile. A
transaction costs as much processor time as ten more nonces in it.
"""


class Nonce(NamedTuple):
    """A nonce to be used."""

    key_id: str
    text: str
    until: int
    """When it may be forgotten, in s since 1970."""


class Used(NamedTuple):
    """What using nonces resulted in."""

    uses: Sequence[Use]
    """The result of each."""

    remembered: int
    """How many nonces are remembered now."""


class NonceTable(Protocol):
    """Where nonces are remembered."""

    async def use(self, nonces: Sequence[Nonce], now: int) -> Used:
        """Use nonces, no two of which are equal, or none; forget those whose time is over.

        Raises:
            KeysError: If they cannot be remembered.
            StoreError: The same, for those in a database.
        """

    async def close(self) -> None:
        """Free what is open."""


class _Waiting(NamedTuple):
    """A nonce whose use is not written yet."""

    nonce: Nonce
    now: float
    answer: "asyncio.Future[Use]"


class BatchedNonces:
    """Nonces in a table. What is used while a batch is written is written in the next one."""

    def __init__(self, table: NonceTable) -> None:
        """Use a table."""
        self._table = table
        self._waiting: list[_Waiting] = []
        self._writing: asyncio.Task[None] | None = None
        self._count = 0

    async def use(self, key_id: str, nonce: str, until: float, now: float) -> Use:
        """Use a nonce; returns when it is written."""
        loop = asyncio.get_running_loop()
        # A second longer: rounded up, and not forgotten in the second in which it still counts.
        waiting = _Waiting(Nonce(key_id, nonce, int(until) + 1), now, loop.create_future())
        self._waiting.append(waiting)
        if self._writing is None:
            self._writing = loop.create_task(self._write())
        return await waiting.answer

    async def probe(self, now: float) -> None:
        """Use no nonce, which fails as a use does."""
        _, self._count = await self._table.use((), int(now))

    def __len__(self) -> int:
        """Return how many nonces there were after the last use."""
        return self._count

    async def close(self) -> None:
        """Write what is used, and close the table."""
        try:
            if self._writing is not None:
                await self._writing
        finally:
            await self._table.close()

    async def _write(self) -> None:
        try:
            while batch := self._waiting:
                try:
                    for _ in range(_ROUNDS):
                        await asyncio.sleep(0)
                    self._waiting = []
                    await self._write_batch(batch)
                except BaseException as error:  # whatever it is, nobody else ends the waiting
                    is_end = not isinstance(error, Exception)
                    for waiting in (*batch, *self._waiting) if is_end else batch:
                        if not waiting.answer.done():
                            waiting.answer.set_exception(error)
                    if is_end:
                        self._waiting = []
                        raise
        finally:
            self._writing = None

    async def _write_batch(self, batch: Sequence[_Waiting]) -> None:
        first: dict[tuple[str, str], _Waiting] = {}
        for waiting in batch:
            first.setdefault(waiting.nonce[:2], waiting)
        # The earliest: what still counted when a call was checked must not be forgotten before.
        now = int(min(waiting.now for waiting in batch))
        uses, self._count = await self._table.use([it.nonce for it in first.values()], now)
        results = dict(zip(first, uses, strict=True))
        for waiting in batch:
            use = results[waiting.nonce[:2]]
            if use is Use.FIRST and first[waiting.nonce[:2]] is not waiting:
                use = Use.REPEATED
            if not waiting.answer.done():  # its call was cancelled
                waiting.answer.set_result(use)
