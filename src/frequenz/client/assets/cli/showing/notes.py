"""What commands print beside their data: findings, and the missing parts of a fleet."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Final

from ..exits import Failure, describe_error
from .plurals import format_count, plural
from .streams import print_message

if TYPE_CHECKING:
    from ...findings import Finding, OnFindings
    from ...fleet import FailedPart, FleetSnapshot, Part

_MAX_NAMED: Final = 3
"""How many parts of a kind a message names."""


def findings_printer(subject: str, microgrid_id: int | None = None) -> "OnFindings":
    """Return a function that prints how many findings a call has, and how to see them.

    Args:
        subject: The data with the findings.
        microgrid_id: The microgrid, if the data is of one only.
    """
    checked = "" if microgrid_id is None else str(microgrid_id)
    return lambda found: print_findings(subject, checked, found.findings)


def print_findings(subject: str, checked: str, findings: Sequence["Finding"]) -> None:
    """Print how many findings there are, if any, and the command that checks them."""
    if not findings:
        return
    count = len(findings)
    major = sum(finding.severity.value == "major" for finding in findings)
    kind = {0: "minor finding", count: "major finding"}.get(major, "finding")
    majors = f" ({major} major)" if 0 < major < count else ""
    command = f"assets-cli check {checked}".rstrip()
    print_message(f"{subject}: {format_count(count, kind)}{majors}; see `{command}`")


def list_names(names: Iterable[str]) -> str:
    """Return the names of an inventory's lists as text."""
    return ", ".join(name.replace("_", " ") for name in names)


def part_failure(failed: "FailedPart") -> Failure:
    """Return the failure for a part of a fleet."""
    code, message = describe_error(failed.error)
    failure = Failure(f"{failed.part}: {message}" if message == _reason(failed) else message, code)
    failure.__cause__ = failed.error
    return failure


def print_missing(fleet: "FleetSnapshot") -> None:
    """Print which parts of a fleet are missing, one line for each reason.

    Raises:
        Failure: If all of them are missing.
    """
    if fleet.not_offered:
        print_not_offered(fleet.not_offered)
    is_empty = bool(fleet.failures) and fleet.is_empty
    print_failures(fleet.failures, fleet.not_asked, is_empty=is_empty)


def print_not_offered(lists: Iterable[str]) -> None:
    """Print for which lists the server offers no call."""
    print_message(f"not offered by the server: {list_names(lists)}")


def print_failures(
    failures: Sequence["FailedPart"], not_asked: Sequence["Part"] = (), *, is_empty: bool
) -> None:
    """Print which parts of a fleet failed, or were not requested, one line for each reason.

    Raises:
        Failure: If the fleet is empty.
    """
    lines = [*_missing_lines(failures, not_asked)]
    if not is_empty:
        last = None
    elif len(lines) == 1:
        last = lines.pop()
    else:
        last = "nothing could be fetched"
    for line in lines:
        print_message(line)
    if last is not None:
        error = failures[0].error
        raise Failure(last, describe_error(error)[0]) from error


def _missing_lines(failures: Iterable["FailedPart"], not_asked: Sequence["Part"]) -> Iterator[str]:
    by_reason: dict[str, list[FailedPart]] = {}
    for failed in failures:
        by_reason.setdefault(_reason(failed), []).append(failed)
    for reason, several in by_reason.items():
        if len(several) == 1:
            yield part_failure(several[0]).message
        else:
            yield f"{_name_parts(failed.part for failed in several)}: {reason}"
    if not_asked:
        yield f"skipped, as the server stopped answering: {_name_parts(not_asked)}"


def _reason(failed: "FailedPart") -> str:
    """Return why a part failed, without its ID, so that equal reasons are printed once."""
    kind, id_ = failed.part
    noun = kind.rpartition(" ")[2]
    return re.sub(rf"\b({noun}:?) {id_}\b", r"\1 ID", describe_error(failed.error)[1])


def _name_parts(parts: Iterable["Part"]) -> str:
    """Return the names of parts by kind, the first of each kind with their IDs."""
    return "; ".join(
        _name_kind(kind, [part.id for part in several])
        for kind, several in groupby(parts, lambda part: part.kind)
    )


def _name_kind(kind: str, ids: list[int | None]) -> str:
    if ids == [None]:
        return kind
    names = [str(id_) for id_ in ids]
    if len(names) > _MAX_NAMED:
        names[_MAX_NAMED:] = [f"{len(names) - _MAX_NAMED} more"]
    listed = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    return f"{plural(kind, len(ids))} {listed}"
