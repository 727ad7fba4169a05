"""Reads inventory files in a process of its own, so that no call waits for it."""

import asyncio
import multiprocessing
import pickle
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import NamedTuple

from frequenz.client.assets import inventory
from frequenz.client.assets.inventory import Inventory


class ReadFleet(NamedTuple):
    """What inventory files contain."""

    inventory: Inventory
    findings: int
    has_major: bool


async def read_fleet(paths: Sequence[Path]) -> ReadFleet:
    """Return what inventory files contain.

    Raises:
        InventoryFileError: If files are invalid.
        OSError: If a file cannot be read, or the process that reads them ends early.
    """
    loop = asyncio.get_running_loop()
    # Not forked: gRPC does not survive it.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(max_workers=1, mp_context=context)
    try:
        pickled = await loop.run_in_executor(pool, _read, tuple(paths))
    except BrokenProcessPool as error:
        raise OSError("the process that reads the inventory files ended early") from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    fleet, findings, has_major = await asyncio.to_thread(pickle.loads, pickled)
    return ReadFleet(fleet, findings, has_major)


def _read(paths: tuple[Path, ...]) -> bytes:
    fleet = inventory.read_all(paths)
    findings = inventory.check(fleet)
    # Pickled here, and opened by a thread there: otherwise the pool would do it.
    return pickle.dumps((fleet, len(findings), inventory.has_major(findings)))
