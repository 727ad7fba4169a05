"""What both clients make of faulty replies, as a Markdown table."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from ._case import steps
from ._faults import FAULTY, ITEMS, Fault, operation
from ._observe import Pair
from .plan import MICROGRID, Answer

_TYPE: Final = re.compile(r"^(float|int|\w+Id) ")

_HEAD: Final = """\
What each client makes of a reply with one fault. A list holds three items, of which the second is
faulty: `3 of 3` got through, and the faulty one's field has the value shown. `(log)`: something
was logged at WARNING or above. After the arrow: what `raise_on_errors=True` gives; `-`: the call
does not take it.

| call | fault | field | published 0.6.0 | this client |
|---|---|---|---|---|
"""


def table(replies: Mapping[int, Fault], pairs: Sequence[Pair]) -> str:
    """Return the table for the replies, from what was made of them without and with strictness."""
    return _HEAD + "\n".join(_rows(replies, pairs))


def _rows(replies: Mapping[int, Fault], pairs: Sequence[Pair]) -> Iterator[str]:
    answers = {(pair.call.number, pair.call.strict): pair for pair in pairs}
    for number, fault in replies.items():
        loose, strict = answers[number, False], answers[number, True]
        cells = (
            operation(fault.method),
            fault.sentence,
            f"`{fault.field}`" if fault.field else "",
            _cell(fault, loose.published, strict.published),
            _cell(fault, loose.ours, strict.ours),
        )
        yield f"| {' | '.join(cells)} |"


def _cell(fault: Fault, loose: Answer, strict: Answer) -> str:
    first, then = _seen(fault, loose), _seen(fault, strict)
    if not strict.is_possible:
        then = "-"
    return f"{first} → {'the same' if then == first else then}"


def _seen(fault: Fault, answer: Answer) -> str:
    if answer.raised is not None:
        return f"**{answer.raised}**"
    count = len(answer.items)
    seen = [] if fault.method == MICROGRID else [f"{count} of {ITEMS}"]
    index = 0 if fault.method == MICROGRID else FAULTY
    if fault.field and (fault.method == MICROGRID or count == ITEMS):
        seen.append(f"`{_text(_value(answer.items[index], fault.field))}`")
    return ", ".join(seen) + (" (log)" if answer.logged else "")


def _value(item: Any, path: str) -> Any:
    for step in steps(path):
        if item is not None:
            item = item[step]
    return item


def _text(value: Any) -> str:
    """Return a described value as it looks to a person."""
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
