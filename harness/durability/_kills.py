"""Killing processes that change a database, and looking at what they leave."""

import asyncio
import os
import random
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Final

from frequenz.client.assets import inventory
from frequenz.server.assets._stores import Store, StoreError, open_store
from frequenz.server.assets._stores.drafts import drafting
from frequenz.server.assets._stores.history import read
from frequenz.server.assets._stores.store import Query
from frequenz.server.assets._stores.tables import TABLES

from ..shared.processes import LineProcess, line_process
from ._content import as_bytes, content

KILLS_OF_DATABASE: Final = 25
"""After how many kills an empty database follows: each revision makes one larger."""

_COMMAND_EVERY: Final = 10
"""Of how many kills one is of the command `assets-server import`, with all of its processes."""

_ASSETS_SERVER: Final = "from frequenz.server.assets.cli import main; main()"

_MOST_ACKNOWLEDGED: Final = 4
"""Up to how many revisions a process makes before it is killed during the next one."""

_LIMIT_SECONDS: Final = 60.0
"""How long a change may take on a busy machine."""


@dataclass
class Tally:
    """What was killed, and what was found afterwards."""

    kills: int = 0
    acknowledged: int = 0
    """How many revisions were acknowledged before the kills."""
    discarded: int = 0
    """How many kills left the last acknowledged revision."""
    completed: int = 0
    """How many kills left a complete revision that was not acknowledged yet."""
    faults: list[str] = field(default_factory=list)
    """Revisions that were lost or half done, and databases that did not open."""


async def kill_again_and_again(
    new_database: Callable[[], str],
    folder: Path,
    *,
    kills: int,
    seed: int,
    on_kill: Callable[[], object] = lambda: None,
) -> Tally:
    """Kill processes at random moments, and check the database after each kill.

    Args:
        new_database: Returns an empty database: a file or a URL.
        folder: Where files to import are written.
        kills: How many there are.
        seed: That of the random moments.
        on_kill: Called after each one.
    """
    tally, rng = Tally(), random.Random(seed)
    while tally.kills < kills:
        database = new_database()
        killer = _Killer(database, folder, rng, tally)
        command = (sys.executable, "-m", f"{__package__}.worker", database)
        async with line_process(*command) as worker:
            for _ in range(min(KILLS_OF_DATABASE, kills - tally.kills)):
                if (tally.kills + 1) % _COMMAND_EVERY:
                    await killer.kill_worker(worker)
                else:
                    await killer.kill_command()
                on_kill()
    return tally


class _Killer:
    """Kills what changes one database."""

    def __init__(self, database: str, folder: Path, rng: random.Random, tally: Tally) -> None:
        self._database = database
        self._file = folder / "fleet.jsonl"
        self._rng = rng
        self._tally = tally
        self._last = 0
        """The last revision that the database had."""
        self._change_seconds = 0.2
        self._command_seconds = 2.0

    async def kill_worker(self, worker: LineProcess) -> None:
        """Kill a process that makes revisions, during the first or a later one."""
        began = monotonic()
        pid = (await worker.ask("start"))["pid"]
        acknowledged = self._last
        for _ in range(self._rng.randint(0, _MOST_ACKNOWLEDGED)):
            answer = await asyncio.wait_for(worker.read(), _LIMIT_SECONDS)
            if "revision" not in answer:
                raise RuntimeError("a process failed without being killed; see its output")
            acknowledged = answer["revision"]
            self._change_seconds, began = monotonic() - began, monotonic()
        await asyncio.sleep(self._rng.uniform(0, self._change_seconds))
        os.kill(pid, signal.SIGKILL)
        while "status" not in (answer := await worker.read()):
            acknowledged = answer["revision"]
        await self._check(acknowledged)

    async def kill_command(self) -> None:
        """Kill `assets-server import`."""
        inventory.write(content(self._last + 1), self._file)
        began = monotonic()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _ASSETS_SERVER, "import", str(self._file)),
            *("--database", self._database),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            await asyncio.wait_for(
                process.wait(), self._rng.uniform(0.3, 1.1) * self._command_seconds
            )
        except TimeoutError:
            os.killpg(process.pid, signal.SIGKILL)  # the session is its own
            await process.wait()
            self._command_seconds *= 1.1
        else:
            self._command_seconds = monotonic() - began
            if process.returncode:
                raise RuntimeError("an import failed without being killed")
        assert process.stdout is not None
        is_acknowledged = b"Revision" in await process.stdout.read()
        await self._check(self._last + is_acknowledged)

    async def _check(self, acknowledged: int) -> None:
        tally, before = self._tally, self._last
        tally.kills += 1
        tally.acknowledged += acknowledged - before
        try:
            store = await open_store(self._database)
            try:
                found, faults = await _faults(store)
            finally:
                await store.close()
        except StoreError as error:
            tally.faults.append(f"kill {tally.kills}: the database does not open: {error}")
            return
        tally.faults += [f"kill {tally.kills}: {fault}" for fault in faults]
        if found == acknowledged:
            tally.discarded += 1
        elif found == acknowledged + 1:
            tally.completed += 1
        else:
            tally.faults.append(
                f"kill {tally.kills}: revision {acknowledged} was acknowledged, {found} is stored"
            )
        self._last = found


async def _faults(store: Store) -> tuple[int, list[str]]:
    """Return the newest revision, and what is wrong with what is stored."""
    # In a transaction, as it waits until PostgreSQL has noticed that its client is gone.
    async with drafting(store) as draft:
        transaction, newest = draft.transaction, draft.number - 1
        faults = []
        records = await transaction.fetch(Query("SELECT number FROM revision ORDER BY number"))
        if (numbers := [number for (number,) in records]) != [*range(1, newest + 1)]:
            faults.append(f"the history has the revisions {numbers}")
        for table in TABLES:
            text = f"SELECT count(*) FROM {table} WHERE added > {newest} OR removed > {newest}"
            ((count,),) = await transaction.fetch(Query(text))
            if count:
                faults.append(f"{table}: {count} rows of a revision that is not complete")
        if newest:
            stored: dict[int, list[bytes]] = {}
            async for part in read(transaction, newest):
                stored |= as_bytes(part)
            if stored != as_bytes(content(newest)):
                faults.append(f"revision {newest} has not what was stored as such")
        await transaction.roll_back()
    return newest, faults
