"""Reading fleets in processes of their own: the event loop never waits, and all cores work."""

import asyncio
import gc
import multiprocessing
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

from frequenz.client.assets import inventory
from frequenz.client.assets._lazy import lazy_module
from frequenz.client.assets.findings import Severity
from frequenz.client.assets.findings._rules import Rule
from frequenz.client.assets.inventory import Checked, Inventory
from frequenz.client.assets.inventory._reading import read_chunks

from ._processes import start_process
from ._stores.rows import Rows, to_rows

if TYPE_CHECKING:
    from frequenz.client.assets import fleet
else:
    # Its tables need pyarrow, which only folders of Parquet files need.
    fleet = lazy_module("frequenz.client.assets.fleet", __package__)

_PART_ENTITIES: Final = 2_000
"""How many entities are sent at a time: enough to be fast, few enough for a flat memory."""

_MAX_PROCESSES: Final = 4

_COLLECT_EVERY: Final = 200_000
"""After how many new objects a process that reads looks for cycles: what it reads has none."""


class FindingText(NamedTuple):
    """What is wrong with an entity."""

    is_major: bool
    text: str


class FindingCounts(NamedTuple):
    """How many findings a fleet has."""

    major: int
    minor: int


class ReadFleet(NamedTuple):
    """What inventory files contain."""

    inventory: Inventory
    findings: FindingCounts


class Part(NamedTuple):
    """Some of the content of a fleet."""

    rows: Rows
    findings: Sequence[FindingText]
    entities: int
    position: int
    """How many bytes of the file were read; 0 if that is not known."""


_Sent: TypeAlias = ReadFleet | Part | BaseException | Literal["turn", "end"]
"""A fleet or a part, an error, or that it is another process's turn, or that the file ends."""


async def read_fleet(paths: Sequence[Path]) -> ReadFleet:
    """Return what inventory files contain.

    Raises:
        InventoryFileError: If files are invalid.
        OSError: If a file cannot be read, or the process that reads them ends early.
    """
    with _process(_read_all, tuple(paths)) as pipe:
        # Received by a thread, as objects are made of millions of bytes then.
        sent = await asyncio.to_thread(_receive, pipe)
    if isinstance(sent, BaseException):
        raise sent
    assert isinstance(sent, ReadFleet)
    return sent


def count_findings(findings: Iterable[Checked]) -> FindingCounts:
    """Return how many findings there are."""
    found = Counter(it.finding.severity for it in findings)
    return FindingCounts(found[Severity.MAJOR], found[Severity.MINOR])


async def read_fleet_parts(
    path: Path, *, is_checked: bool = True, processes: int | None = None
) -> AsyncIterator[Part]:
    """Yield the content of a fleet, in its order.

    Args:
        path: An inventory file, or a folder of Parquet files.
        is_checked: Whether to find what is wrong with it.
        processes: How many processes read JSON lines; by default, one for each core.

    Raises:
        InventoryFileError: If the file is not a valid inventory; with every problem.
        OSError: If it cannot be read.
        ValueError: If the name has no known format, or the folder has no messages.
    """
    cores = min(os.cpu_count() or 1, _MAX_PROCESSES)
    count = (processes or cores) if _is_divisible(path) else 1
    loop = asyncio.get_running_loop()
    with ExitStack() as stack:
        pipes = [
            stack.enter_context(_process(_read_parts, path, is_checked, turn, count))
            for turn in range(count)
        ]
        at = 0
        while True:
            sent = await loop.run_in_executor(None, _receive, pipes[at])
            if isinstance(sent, Part):
                yield sent
            elif isinstance(sent, BaseException):
                raise sent
            elif sent == "end":
                return
            else:
                at = (at + 1) % count


def _is_divisible(path: Path) -> bool:
    # Not a pipe, of which each process would get some bytes only.
    return path.suffix.lower() == ".jsonl" and path.is_file()


def _receive(pipe: Connection) -> _Sent:
    try:
        sent: _Sent = pipe.recv()
    except EOFError:
        return OSError("a process that reads the fleet has ended early")
    return sent


@contextmanager
def _process(read: Callable[..., Iterator[_Sent]], *arguments: Any) -> Iterator[Connection]:
    """Start a process that sends what it reads; end it when the block is left."""
    receiving, sending = multiprocessing.Pipe(duplex=False)
    process = start_process(_send, read, arguments, sending, is_daemon=True)
    sending.close()
    try:
        yield receiving
    finally:
        process.terminate()
        process.join()
        receiving.close()


def _send(read: Callable[..., Iterator[_Sent]], arguments: Any, pipe: Connection) -> None:
    """Send what a function reads; runs in a process of its own."""
    gc.set_threshold(_COLLECT_EVERY)
    try:
        for sent in read(*arguments):
            pipe.send(sent)
    except BrokenPipeError:
        pass  # nobody wants more
    except (OSError, ValueError) as error:
        pipe.send(error)


def _read_all(paths: tuple[Path, ...]) -> Iterator[_Sent]:
    fleet = inventory.read_all(paths)
    yield ReadFleet(fleet, count_findings(inventory.check(fleet)))


def _read_parts(path: Path, is_checked: bool, turn: int, turns: int) -> Iterator[_Sent]:
    """Yield what is in a file, or in every so many chunks of it."""
    if turns == 1:
        for batch in _batches(path):
            yield to_part(Inventory.joined(batch), 0, is_checked=is_checked)
    else:
        for part, position in read_chunks(path, turn=turn, turns=turns):
            yield to_part(part, position, is_checked=is_checked)
            yield "turn"
    yield "end"


def _batches(path: Path) -> Iterator[list[Inventory]]:
    batch: list[Inventory] = []
    size = 0
    for part in (fleet.read_parquet(path),) if path.is_dir() else inventory.read_in_parts(path):
        batch.append(part)
        size += count_entities(part)
        if size >= _PART_ENTITIES:
            yield batch
            batch, size = [], 0
    yield batch


def to_part(part: Inventory, position: int, *, is_checked: bool) -> Part:
    """Return rows and findings of a part of a fleet."""
    findings = [
        FindingText(found.finding.severity is Severity.MAJOR, str(found))
        for found in (inventory.check(part) if is_checked else ())
        if not _is_across_parts(found)
    ]
    return Part(to_rows(part), findings, count_entities(part), position)


def _is_across_parts(found: Checked) -> bool:
    """Return whether a finding depends on other parts; `Import.findings` has those."""
    finding = found.finding
    if finding.rule is Rule.ID_TAKEN:
        # Duplicates in a site are in one part.
        return found.microgrid_id is None or finding.entity.startswith("microgrid ")
    return finding.rule in (Rule.NO_SUCH_GRIDPOOL, Rule.NO_SUCH_MICROGRID)


def count_entities(part: Inventory) -> int:
    """Return how many entities there are: microgrids, components, connections and so on."""
    return sum(1 for _ in part.entities())
