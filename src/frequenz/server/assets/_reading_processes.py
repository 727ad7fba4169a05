"""Reading fleets in processes of their own: the event loop never waits, and all cores work."""

import asyncio
import gc
import multiprocessing
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

from frequenz.client.assets import inventory
from frequenz.client.assets._lazy import lazy_module
from frequenz.client.assets.findings import Severity
from frequenz.client.assets.findings._rules import Rule
from frequenz.client.assets.inventory import Checked, Inventory
from frequenz.client.assets.inventory._packed import Packed, PackedSite
from frequenz.client.assets.inventory._quick_check import is_clean
from frequenz.client.assets.inventory._reading import ReadPart, read_chunks, read_packed

from ._processes import end_with_parent, give_way_to_sessions, start_process
from ._stores.rows import Rows, rows_of, to_rows
from ._stores.tables import MICROGRID

if TYPE_CHECKING:
    from frequenz.client.assets import fleet
else:
    # Its tables need pyarrow, which only folders of Parquet files need.
    fleet = lazy_module("frequenz.client.assets.fleet", __package__)

_PART_ENTITIES: Final = 5_000
"""How many entities are sent at a time: enough to be fast, few enough for a flat memory."""

_MAX_PROCESSES: Final = 4

_COLLECT_EVERY: Final = 200_000
"""After how many new objects a process that reads looks for cycles: what it reads has none."""


REFUSED: Final = "refused because of major findings"


class RefusedError(ValueError):
    """A fleet has major findings, and is read by a strict server."""

    def __init__(self) -> None:
        super().__init__(REFUSED)


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

    rows: Rows
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


async def read_fleet(paths: Sequence[Path], *, shown: int | None = 0) -> ReadFleet:
    """Return what inventory files contain.

    Args:
        paths: The files.
        shown: How many findings are printed on standard error. None = all.

    Raises:
        InventoryFileError: If files are invalid.
        OSError: If a file cannot be read, or the process that reads them ends early.
        ValueError: If the name of a file has no known format.
    """
    with _process(_read_all, tuple(paths), shown) as pipe:
        # Received by a thread, as millions of bytes may come.
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
        process.kill()
        process.join()
        receiving.close()


def _send(read: Callable[..., Iterator[_Sent]], arguments: Any, pipe: Connection) -> None:
    """Send what a function reads; runs in a process of its own."""
    end_with_parent()  # it may wait for a pipe that nobody writes to
    give_way_to_sessions()
    gc.set_threshold(_COLLECT_EVERY)
    try:
        for sent in read(*arguments):
            pipe.send(sent)
    except BrokenPipeError:
        pass  # nobody wants more
    except (OSError, ValueError) as error:
        pipe.send(error)


def _read_all(paths: tuple[Path, ...], shown: int | None) -> Iterator[_Sent]:
    fleet = inventory.read_all(paths)
    findings = inventory.check(fleet)
    # Here, so that the server never waits for who reads standard error.
    _print_findings(findings, shown)
    read = ReadFleet(to_rows(fleet), count_findings(findings))
    del fleet, findings  # their memory is free while the rows are sent
    yield read


def _print_findings(findings: Sequence[Checked], shown: int | None) -> None:
    for finding in findings[:shown]:
        print(finding, file=sys.stderr)
    if shown and len(findings) > shown:
        print(
            f"... and {len(findings) - shown} more findings; --verbose or `assets-cli check FLEET`"
            " lists them",
            file=sys.stderr,
        )


def _read_parts(path: Path, is_checked: bool, turn: int, turns: int) -> Iterator[_Sent]:
    """Yield what is in a file, or in every so many chunks of it."""
    if turns == 1:
        for batch in _batches(path):
            yield to_part(batch, 0, is_checked=is_checked)
    else:
        for parts, position in read_chunks(path, turn=turn, turns=turns):
            yield to_part(parts, position, is_checked=is_checked)
            yield "turn"
    yield "end"


def _batches(path: Path) -> Iterator[list[ReadPart]]:
    batch: list[ReadPart] = []
    size = 0
    for part in _parquet_parts(path) if path.is_dir() else read_packed(path):
        batch.append(part)
        size += part.packed.size
        if size >= _PART_ENTITIES:
            yield batch
            batch, size = [], 0
    yield batch


def _parquet_parts(path: Path) -> Iterator[ReadPart]:
    read = fleet.read_parquet(path)
    for site in read.sites:
        yield ReadPart(Packed((PackedSite.of(site),)))
    yield ReadPart(Packed.of(replace(read, sites=())))


def to_part(parts: Sequence[ReadPart], position: int, *, is_checked: bool) -> Part:
    """Return rows and findings of some parts of a fleet."""
    rows = rows_of(Packed.joined(part.packed for part in parts))
    unclear = [part for part in parts if is_checked and not _is_clean(part.packed)]
    microgrid_ids = rows.sites[MICROGRID.name].columns[1]
    if unclear and len({*microgrid_ids}) < len(microgrid_ids):
        unclear = [*parts]  # where there are duplicates, sentences count the microgrids
    # In one check, since its findings come in the order of sites and lists.
    checked = inventory.check(Inventory.joined(part.inventory() for part in unclear))
    findings = [
        FindingText(found.finding.severity is Severity.MAJOR, str(found))
        for found in checked
        if not _is_across_parts(found)
    ]
    return Part(rows, findings, rows.size, position)


def _is_clean(packed: Packed) -> bool:
    has_market = any(packed[1:])
    return not has_market and all(map(is_clean, packed.sites))


def _is_across_parts(found: Checked) -> bool:
    """Return whether a finding depends on other parts; `Import.findings` has those."""
    finding = found.finding
    if finding.rule is Rule.ID_TAKEN:
        # Duplicates in a site are in one part.
        return found.microgrid_id is None or finding.entity.startswith("microgrid ")
    return finding.rule in (Rule.NO_SUCH_GRIDPOOL, Rule.NO_SUCH_MICROGRID)
