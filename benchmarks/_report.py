"""What was measured, as Markdown for people and as data for programs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from ._processes import OURS, STUB, THEIRS
from ._rounds import Measured, Task

_SIDES: Final = (STUB, THEIRS, OURS)


def markdown(measured: Sequence[Measured], kept: Mapping[str, float]) -> str:
    """Return the tables."""
    return "\n".join((*_calls(measured), "", *_components(measured, kept)))


def data(
    about: Mapping[str, Any], measured: Sequence[Measured], kept: Mapping[str, float]
) -> dict[str, Any]:
    """Return everything as JSON data, each burst's median included."""
    return {
        "about": dict(about),
        "tasks": [
            {
                "what": each.task.what,
                "components": each.task.size,
                "median_ns": {side: each.nanoseconds(side) for side in _SIDES},
                "ratio_quartiles": {side: each.ratios(side) for side in _SIDES},
                "bursts_ns": each.bursts,
            }
            for each in measured
        ],
        "bytes_per_component": dict(kept),
    }


def _calls(measured: Sequence[Measured]) -> Iterator[str]:
    yield _row("call", *(f"{side}, ms" for side in _SIDES), *(f"{s} / stub" for s in _SIDES[1:]))
    yield _row(":--", *["--:"] * 5)
    for each in measured:
        if each.task.what != "decode":
            times = [f"{each.nanoseconds(side) / 1e6:.3f}" for side in _SIDES]
            yield _row(_name(each.task), *times, *(_ratio(each, side) for side in _SIDES[1:]))


def _components(measured: Sequence[Measured], kept: Mapping[str, float]) -> Iterator[str]:
    yield _row("for each component", "protobuf parses", THEIRS, OURS)
    yield _row(":--", *["--:"] * 3)
    for each in measured:
        if each.task.what == "decode":
            times = (each.nanoseconds(side) / each.task.size / 1e3 for side in _SIDES)
            yield _row(_name(each.task), *(f"{time:.2f}" for time in times))
    yield _row("bytes kept (protobuf: on the wire)", *(f"{kept[side]:.0f}" for side in _SIDES))


def _name(task: Task) -> str:
    names = {
        "get": "get a microgrid",
        "list": f"list {task.size} components",
        "decode": f"µs to make it, in a reply of {task.size}",
    }
    return names[task.what]


def _ratio(measured: Measured, side: str) -> str:
    lower, middle, upper = measured.ratios(side)
    return f"**{middle:.2f}** ({lower:.2f} - {upper:.2f})"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
