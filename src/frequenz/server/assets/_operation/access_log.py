"""The access log: a line for each call, without anything secret."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from .call_record import CallRecord
from .standard_error import BackgroundLines

_MAX_WAITING: Final = 10_000
"""How many lines may wait for a reader of the log that is slow; more are dropped, and counted."""


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
    """Writes a line for each call, for which no call waits."""

    def __init__(self, style: str) -> None:
        """Write to standard error, in a format of `FORMATS`."""
        self._format = FORMATS[style]
        self._lines = BackgroundLines(
            "assets-access-log", _MAX_WAITING, lambda count: json.dumps({"dropped": count})
        )

    def __call__(self, record: CallRecord) -> None:
        """Write the line of a call that has ended."""
        self._lines.write(lambda: self._format(record, datetime.now(UTC)))

    def close(self) -> None:
        """Write what waits, unless nobody reads it."""
        self._lines.close()
