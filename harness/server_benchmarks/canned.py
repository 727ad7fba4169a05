"""Answers every call with constant bytes: `python -m harness.server_benchmarks.canned [uvloop]`.

It prints its URL as JSON and serves until its standard input ends.
"""

import asyncio
import sys

from frequenz.server.assets._operation import event_loop

from ..benchmarks.messages import get_reply, list_reply
from ..shared.answering import write_line
from ..shared.servers import CannedReplies, serving
from ._fleet import LISTED


async def main() -> None:
    """Serve the replies that the real server gives."""
    replies = {
        "GetMicrogrid": get_reply(LISTED),
        "ListMicrogridElectricalComponents": list_reply(LISTED),
    }
    async with serving(CannedReplies(lambda operation, _: replies[operation])) as url:
        write_line(url)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    run = event_loop.run if "uvloop" in sys.argv else asyncio.run
    run(main())
