"""Forked processes, in which gRPC does not work: its threads stay in the parent."""

import os
from typing import Final

ADVICE: Final = (
    "gRPC was in use when this process was forked, and does not work in it; make clients and"
    " servers after the fork, or use the start method 'spawn' of multiprocessing"
)


class _Process:
    """This process."""

    uses_grpc = False
    """Whether a channel or a server was opened in it."""

    is_child = False
    """Whether it was forked after this module was imported."""

    is_unusable = False
    """Whether a channel or a server was opened in a process from which it was forked."""


def mark_in_use() -> None:
    """Remember that gRPC is in use in this process.

    Raises:
        RuntimeError: If it was in use before this process was forked.
    """
    check()
    _Process.uses_grpc = True


def check() -> None:
    """Check that gRPC can be used in this process.

    Raises:
        RuntimeError: If it was in use before this process was forked.
    """
    if _Process.is_unusable:
        raise RuntimeError(ADVICE)


def is_unusable() -> bool:
    """Return whether gRPC was in use before this process was forked."""
    return _Process.is_unusable


def is_child() -> bool:
    """Return whether this process was forked."""
    return _Process.is_child


def _after_fork() -> None:
    _Process.is_child = True
    _Process.is_unusable = _Process.is_unusable or _Process.uses_grpc
    _Process.uses_grpc = False


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_after_fork)
