"""Ctrl-C at moments when it would be lost."""

import asyncio
import os
import signal

import pytest

from frequenz.client.assets.cli.asking.connection import run
from frequenz.client.assets.cli.interrupts import defer_interrupt


def test_ctrl_c_is_deferred_until_the_end() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), defer_interrupt():
        os.kill(os.getpid(), signal.SIGINT)
        done.append("all")

    assert done == ["all"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_without_ctrl_c_nothing_happens() -> None:
    with defer_interrupt():
        pass
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("is_interrupted", [False, True])
def test_errors_in_callbacks_are_not_logged_while_ctrl_c_ends_a_command(
    is_interrupted: bool, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise asyncio.InvalidStateError

    async def wait() -> None:
        try:
            if is_interrupted:
                os.kill(os.getpid(), signal.SIGINT)
                await asyncio.sleep(30)
        finally:
            asyncio.get_running_loop().call_soon(broken)
            await asyncio.sleep(0.01)

    if is_interrupted:
        with pytest.raises(KeyboardInterrupt):
            run(wait())
    else:
        run(wait())

    errors = [record for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == (0 if is_interrupted else 1)
