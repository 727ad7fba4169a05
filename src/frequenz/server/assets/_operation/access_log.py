"""The access log: a line for each call, without anything secret."""

import json
import logging
import os
import queue
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from .call_record import CallRecord

_MAX_WAITING: Final = 10_000
"""How many lines may wait for a reader of the log that is slow; more are dropped, and counted."""

_END_SECONDS: Final = 2.0
_STDERR: Final = 2

_logger = logging.getLogger("frequenz.server.assets")


def _fields(record: CallRecord, now: datetime) -> dict[str, Any]:
    """Return what a line says; what is not known is left out."""
    fields = {
        "time": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "method": record.method,
        "service": record.service,
        "status": record.status,
        "key": record.key_id,
        "peer": record.peer,
        "ms": round(record.seconds * 1000, 3),
        "request_bytes": record.request_bytes,
        "reply_bytes": record.reply_bytes,
        "reason": record.reason,
        "error": record.error_id,
    }
    return {name: value for name, value in fields.items() if value is not None}


def json_line(record: CallRecord, now: datetime) -> str:
    """Return a call as a line of JSON."""
    return json.dumps(_fields(record, now))


def text_line(record: CallRecord, now: datetime) -> str:
    """Return a call as a line of text: `time method status name=value ...`."""
    fields = _fields(record, now)
    start = [str(fields.pop(name)) for name in ("time", "method", "status")]
    rest = (f"{name}={_quoted(value)}" for name, value in fields.items())
    return " ".join((*start, *rest))


def _quoted(value: Any) -> str:
    text = str(value)
    return json.dumps(text) if " " in text or '"' in text or not text.isprintable() else text


FORMATS: Final[Mapping[str, Callable[[CallRecord, datetime], str]]] = {
    "json": json_line,
    "text": text_line,
}


class AccessLog:
    """Writes a line for each call in a thread of its own, so that no call waits for the reader."""

    def __init__(self, style: str) -> None:
        """Write to standard error, in a format of `FORMATS`."""
        self._format = FORMATS[style]
        self._waiting: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._dropped = 0
        self._thread = threading.Thread(target=self._write, name="assets-access-log", daemon=True)
        self._thread.start()

    def __call__(self, record: CallRecord) -> None:
        """Write the line of a call that has ended."""
        if self._waiting.qsize() >= _MAX_WAITING:
            self._dropped += 1
            return
        self._waiting.put(self._format(record, datetime.now(UTC)))

    def close(self) -> None:
        """Write what waits, unless nobody reads it."""
        self._waiting.put(None)
        self._thread.join(_END_SECONDS)

    def _write(self) -> None:
        while (line := self._waiting.get()) is not None:
            dropped, self._dropped = self._dropped, 0
            if dropped:
                line = f"{line}\n{json.dumps({'dropped': dropped})}"
            try:
                _write_all(f"{line}\n".encode())
            except OSError as error:  # the reader is gone
                _logger.error("The access log ends: %s", error)
                return


def _write_all(data: bytes) -> None:
    # Not with `sys.stderr`, whose lock this thread would hold while nobody reads: the interpreter
    # could not end then.
    while data:
        data = data[os.write(_STDERR, data) :]
