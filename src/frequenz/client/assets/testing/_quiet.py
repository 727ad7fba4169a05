"""Keeps a message of gRPC out of the log."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager


def is_not_of_polling(record: logging.LogRecord) -> bool:
    """Return whether a record is not gRPC's about waking an event loop in vain.

    gRPC polls for all event loops of a process together. When the server's loop takes an event, the
    test's loop finds none, and asyncio logs this as an error; so does a loop that was closed.
    """
    return "PollerCompletionQueue._handle_events" not in record.getMessage()


@contextmanager
def polling() -> Iterator[None]:
    """Keep messages about waking event loops in vain out of the log, also after the block."""
    logger = logging.getLogger("asyncio")
    if is_not_of_polling not in logger.filters:
        logger.addFilter(is_not_of_polling)
    yield
