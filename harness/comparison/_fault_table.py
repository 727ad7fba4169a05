"""The answers of both clients to faulty replies, as a Markdown table."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from ..shared.calls import operation_of
from ..shared.clients import OURS, PUBLISHED
from ..shared.tables import table
from ._case import steps
from ._faults import FAULTY, ITEMS, Fault
from ._observe import Pair
from .plan import MICROGRID, Answer

_TYPE: Final = re.compile(r"^(float|int|\w+Id) ")

_HEAD: Final = """\
What each client returns for a reply with one fault. A list has three items, and the second one is
faulty: `3 of 3` were returned, and the field of the faulty one has the value shown. `(log)`:
something was logged at WARNING or above. After the arrow: the result with `raise_on_errors=True`;
`-`: the call does not have this parameter.

"""


def fault_table(replies: Mapping[int, Fault], pairs: Sequence[Pair]) -> str:
    """Return the table of all answers, without and with `raise_on_errors`."""
    columns = ("call", "fault", "field", PUBLISHED, OURS)
    return _HEAD + table(columns, _rows(replies, pairs))


def _rows(replies: Mapping[int, Fault], pairs: Sequence[Pair]) -> Iterator[tuple[str, ...]]:
    answers = {(pair.call.number, pair.call.strict): pair for pair in pairs}
    for number, fault in replies.items():
        loose, strict = answers[number, False], answers[number, True]
        yield (
            operation_of(fault.method),
            fault.sentence,
            f"`{fault.field}`" if fault.field else "",
            _cell(fault, loose.published, strict.published),
            _cell(fault, loose.ours, strict.ours),
        )


def _cell(fault: Fault, loose: Answer, strict: Answer) -> str:
    first, then = _result(fault, loose), _result(fault, strict)
    if not strict.is_possible:
        then = "-"
    return f"{first} → {'the same' if then == first else then}"


def _result(fault: Fault, answer: Answer) -> str:
    if answer.raised is not None:
        return f"**{answer.raised}**"
    count = len(answer.items)
    parts = [] if fault.method == MICROGRID else [f"{count} of {ITEMS}"]
    index = 0 if fault.method == MICROGRID else FAULTY
    if fault.field and (fault.method == MICROGRID or count == ITEMS):
        parts.append(f"`{_text(_value(answer.items[index], fault.field))}`")
    return ", ".join(parts) + (" (log)" if answer.logged else "")


def _value(item: Any, path: str) -> Any:
    for step in steps(path):
        if item is not None:
            item = item[step]
    return item


def _text(value: Any) -> str:
    """Return a described value as readable text."""
    if isinstance(value, dict):
        return f"{_text(value['start'])} - {_text(value['end'])}" if "start" in value else "?"
    if isinstance(value, list):
        return ", ".join(_entry(entry) for entry in value) or "empty"
    if value is None:
        return "None"
    return _TYPE.sub("", str(value)).removesuffix(" UTC") or "empty"


def _entry(entry: Any) -> str:
    if isinstance(entry, list):
        key, bounds = entry
        return f"{_text(key)}: {bounds['str()']}"
    return _text(entry)
