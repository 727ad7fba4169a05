"""What is known about a call, from its start to its end."""

import asyncio
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from .._callers import Scope

Context: TypeAlias = Any
"""A `grpc.aio.ServicerContext`, whose types are not those of what its methods take."""

Task: TypeAlias = asyncio.Task[Any]
"""What runs the handler of a call."""


@dataclass(slots=True)
class CallRecord:
    """A call: what the access log and the metrics say about it."""

    service: str
    method: str
    started: float
    """When it started, by a clock that is never set back, in s."""

    scope: Scope | None = None
    """What the caller may see; None = everything, as nobody is checked."""

    key_id: str | None = None
    is_counted: bool = False
    """Whether it counts among the calls at present."""

    took_turn: bool = False
    """Whether it counts in the rate of its key."""

    status: str = "OK"
    is_refused: bool = False
    """Whether it was refused before it was answered."""

    reason: str | None = None
    """Why it was refused, or not answered; for the log only, not for the caller."""

    error_id: str | None = None
    request_bytes: int = 0
    reply_bytes: int = 0
    seconds: float = 0.0
    """How long it took until its reply was sent, once it has ended."""

    peer: str = ""
    """The address of the caller, if anything observes calls."""


CURRENT_CALL: Final[ContextVar[CallRecord | None]] = ContextVar("current_call", default=None)
"""The call that the running task answers."""


def current_scope() -> Scope | None:
    """Return what the caller of the current call may see; None = everything."""
    record = CURRENT_CALL.get()
    return None if record is None else record.scope
