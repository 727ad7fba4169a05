"""Changes a database until it is killed: `python -m harness.durability.worker DATABASE`.

For each line on standard input, a new process makes one revision after another. It writes its own
`pid`, and each `revision` that the store has acknowledged; when it has ended, its `status` follows.
"""

import asyncio
import importlib
import os
import sys

from frequenz.server.assets._stores import open_store
from frequenz.server.assets._stores.drafts import drafting

from ..shared.answering import write_line
from ._content import change

# The store would import it in each process.
importlib.import_module("frequenz.server.assets._stores.postgres")


async def _change_again_and_again(database: str) -> None:
    store = await open_store(database)
    while True:
        async with drafting(store) as draft:
            await change(draft)
            await draft.finish("durability", "")
        write_line({"revision": draft.number})


def main(database: str) -> None:
    """Fork a process for each line: importing everything takes longer than many changes."""
    for _ in sys.stdin:
        pid = os.fork()  # there are no threads yet
        if not pid:
            write_line({"pid": os.getpid()})
            asyncio.run(_change_again_and_again(database))
        _, status = os.waitpid(pid, 0)
        write_line({"status": os.waitstatus_to_exitcode(status)})


if __name__ == "__main__":
    main(sys.argv[1])
