"""The event loop of a server process."""

import asyncio
import signal
from typing import Final

import pytest

from frequenz.server.assets._operation import event_loop

HANDLED: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.mark.parametrize("fails", [False, True])
def test_signals_are_handled_as_before_once_the_loop_is_closed(*, fails: bool) -> None:
    async def handle() -> None:
        for number in HANDLED:
            asyncio.get_running_loop().add_signal_handler(number, lambda: None)
        if fails:
            raise OSError

    before = [signal.getsignal(number) for number in HANDLED]
    if fails:
        with pytest.raises(OSError):
            event_loop.run(handle())
    else:
        event_loop.run(handle())
    assert [signal.getsignal(number) for number in HANDLED] == before
