"""Ctrl-C at moments when it would be lost."""

import os
import signal

import pytest

from frequenz.client.assets.cli._interrupts import undisturbed


def test_ctrl_c_waits_until_the_end() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), undisturbed():
        os.kill(os.getpid(), signal.SIGINT)
        done.append("all")

    assert done == ["all"]
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_without_ctrl_c_nothing_happens() -> None:
    with undisturbed():
        pass
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
