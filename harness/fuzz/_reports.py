"""Check the three ways in which the client reports findings: log, callback, error."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from frequenz.client.assets._wire.lists.parts import Decoded
from frequenz.client.assets.exceptions import InvalidItemsGroup, ValidationError
from frequenz.client.assets.findings._faulty import FaultyItem
from frequenz.client.assets.findings._report import (
    CallFindings,
    OnFindings,
    report_item,
    report_list,
)

from ._promises import require

_logger: Final = logging.getLogger("frequenz.client.assets")


class _Lines(logging.Handler):
    """Collects the lines that are logged."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Add a line."""
        self._lines.append(record.getMessage())

    def take(self) -> list[str]:
        """Return the lines since the last time."""
        lines, self._lines = self._lines, []
        return lines


_log: Final = _Lines()


@contextmanager
def log_captured() -> Iterator[None]:
    """Capture the client's log for `check_reports`; nothing else sees it."""
    before = _logger.propagate, _logger.level
    _logger.propagate = False
    _logger.setLevel(logging.WARNING)
    _logger.addHandler(_log)
    try:
        yield
    finally:
        _logger.removeHandler(_log)
        _logger.propagate, _logger.level = before
        _log.take()


def report(
    call: str,
    decoded: Decoded[Any],
    *,
    is_list: bool,
    raise_on_errors: bool = False,
    on_findings: OnFindings | None = None,
) -> None:
    """Report the findings of a reply as the client does."""
    ways: Any = {"raise_on_errors": raise_on_errors, "on_findings": on_findings}
    if is_list:
        report_list(call, decoded.items, decoded.faulty, **ways)
    else:
        report_item(call, decoded.faulty[0], **ways)


def check_reports(call: str, decoded: Decoded[Any], good: Sequence[Any], *, is_list: bool) -> None:
    """Check the reports of a reply, given its items without major findings."""
    if decoded.faulty:
        bad = [faulty for faulty in decoded.faulty if faulty.is_major]
        _check_log(call, decoded, bad, is_list=is_list)
        _check_callback(call, decoded, is_list=is_list)
        _check_errors(call, decoded, good, bad, is_list=is_list)


def _check_log(
    call: str, decoded: Decoded[Any], bad: Sequence[FaultyItem[Any]], *, is_list: bool
) -> None:
    report(call, decoded, is_list=is_list)
    lines = _log.take()
    require(len(lines) == (1 if bad else 0), "the log has no warning, or several")
    require(all(map(str.isprintable, lines)), "the log cannot be printed")


def _check_callback(call: str, decoded: Decoded[Any], *, is_list: bool) -> None:
    calls: list[CallFindings] = []
    report(call, decoded, is_list=is_list, on_findings=calls.append)
    require(len(calls) == 1, "on_findings is not called once")
    (found,) = calls
    rules = [fault.rule for faulty in decoded.faulty for fault in faulty.faults]
    require([it.rule for it in found.findings] == rules, "on_findings gets other findings")
    require(all(str(it).isprintable() for it in found.findings), "a finding cannot be printed")
    items = (faulty.item for faulty in decoded.faulty)
    require(_are_same((it.item for it in found.items), items), "on_findings gets other items")


def _check_errors(
    call: str,
    decoded: Decoded[Any],
    good: Sequence[Any],
    bad: Sequence[FaultyItem[Any]],
    *,
    is_list: bool,
) -> None:
    errors: Sequence[Any] = ()
    try:
        report(call, decoded, is_list=is_list, raise_on_errors=True)
    except InvalidItemsGroup as group:
        require(is_list, "a group is raised for one item")
        require(_are_same(group.items, good), "the group has other items than the good ones")
        errors = group.exceptions
    except ValidationError as single:
        require(not is_list, "a single error is raised for a list")
        errors = [single]
    require(bool(errors) == bool(bad), "major findings are not raised, or minor ones are")
    messages = [error.raw_message for error in errors]
    require(_are_same(messages, [faulty.message for faulty in bad]), "other errors are raised")
    for error, faulty in zip(errors, bad, strict=True):
        require(len(error.findings) == len(faulty.faults), "an error lacks findings")
    require(not _log.take(), "findings are logged in addition to the callback or error")


def _are_same(some: Iterable[Any], others: Iterable[Any]) -> bool:
    """Return whether both have the same objects; equality would distinguish NaNs."""
    return list(map(id, some)) == list(map(id, others))
