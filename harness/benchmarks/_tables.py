"""The figures as Markdown tables, by the part that was measured."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from ._aims import AIMS, SERVERS, Data
from ._conversion import LONGEST, SEEN, WITHOUT_COLLECTING
from ._processes import OURS, THEIRS

_SIDES: Final = (THEIRS, OURS)
_VERDICTS: Final = {True: "yes", False: "**no**", None: ""}


def aims(figures: Data) -> str:
    """Return what is to be reached, and whether it is, as far as it was measured."""
    rows = []
    for aim in AIMS:
        part = aim.find(figures)
        if part is not None:
            theirs, floor, ours = (
                "" if find is None else _number(find(part), aim.unit)
                for find in (aim.theirs, aim.floor, aim.ours)
            )
            verdict = _VERDICTS[aim.is_reached(part)]
            limit = "" if aim.limit is None else f"{aim.limit:g} {aim.unit}".rstrip()
            rows.append((aim.what, theirs, floor, f"**{ours}**", limit, verdict))
    return _table(("what", THEIRS, "floor", OURS, "at most", "reached"), rows)


def _gets(what: str) -> Callable[[Data], str]:
    def table(servers: Data) -> str:
        rows = [
            (SERVERS[server], side, f"{each['pairs']}", *_pair(each))
            for server, sides in servers.items()
            for side, each in sides.items()
        ]
        return _table((f"{what} from", "client", "pairs", *_PAIR_HEAD), rows)

    return table


def _lists(servers: Data) -> str:
    rows = [
        (f"{grouped(size)} from {SERVERS[server]}", side, f"{each['pairs']}", *_pair(each))
        for server, sizes in servers.items()
        for size, sides in sizes.items()
        for side, each in sides.items()
    ]
    return _table(("list components", "client", "pairs", *_PAIR_HEAD), rows)


_PAIR_HEAD: Final = ("bare stub, ms", "client, ms", "client / stub (95 %)", "ratio of medians")


def _pair(each: Data) -> Iterator[str]:
    yield f"{each['floor_ms']:.3f}"
    yield f"{each['ms']:.3f}"
    ratio = each["ratio"]
    yield f"**{ratio['median']:.3f}** ({ratio['low']:.3f} - {ratio['high']:.3f})"
    yield f"{each['ratio_of_medians']:.3f}"


def _conversions(kinds: Data) -> str:
    columns = (
        "parsing",
        "touching",
        *(name for side in _SIDES for name in (side, WITHOUT_COLLECTING[side])),
    )
    rows = [
        (f"{what}, {grouped(size)} in a reply", *(f"{figures[name]:.2f}" for name in columns))
        for what, sizes in kinds.items()
        for size, figures in sizes.items()
    ]
    return _table(("µs for each", *columns), rows)


def _memory(kinds: Data) -> str:
    names = {
        "component": "90 lifetimes, 55 bounds",
        "distinct component": "lifetimes and bounds all distinct",
        SEEN: "the same, all bounds were looked at",
    }
    rows = [
        (names[what], *(f"{sides[side]:.0f}" for side in _SIDES)) for what, sides in kinds.items()
    ]
    return _table(("bytes for each component", *_SIDES), rows)


def _stalls(sides: Data) -> str:
    keys = {
        "longest_ms": "longest stall",
        "worst_ms": "worst of all runs",
        "collection_ms": "longest collection",
        "collections_ms": "all collections",
        "total_ms": "whole call",
    }
    rows = [
        (name, f"{each['runs']}", *(f"{each[key]:.1f}" for key in keys))
        for name, each in sides.items()
    ]
    return _table((f"{grouped(LONGEST)} components, ms", "runs", *keys.values()), rows)


def _pauses(each: Data) -> str:
    ratio = each["ratio"]
    return _table(
        ("processor's time", "pairs", "at one go, ms", "with pauses, ms", "ratio (95 %)"),
        [
            (
                f"{grouped(LONGEST)} components",
                f"{each['pairs']}",
                f"{each['floor_ms']:.0f}",
                f"{each['ms']:.0f}",
                f"**{ratio['median']:.3f}** ({ratio['low']:.3f} - {ratio['high']:.3f})",
            )
        ],
    )


def _starts(what: str) -> Callable[[Data], str]:
    def table(all_measured: Data) -> str:
        rows = [
            (
                f"{name}{_CLOCKS[clock]}",
                f"{each['runs']}",
                f"{each[clock]['least']:.0f}",
                f"{each[clock]['median']:.0f}",
                f"{each[clock]['ratio_of_least']:.2f}",
                f"**{each[clock]['ratio']:.2f}**",
            )
            for name, each in all_measured.items()
            for clock in each
            if clock != "runs"
        ]
        head = ("runs", "least, ms", "median, ms", "least / published", "median of rounds' ratios")
        return _table((what, *head), rows)

    return table


_CLOCKS: Final = {"ms": "", "wall_ms": "", "processor_ms": ", processor's time"}

TABLES: Final[Mapping[str, Callable[[Any], str]]] = {
    "get": _gets("get one microgrid after another"),
    "get again": _gets("get one microgrid again and again"),
    "list": _lists,
    "conversion": _conversions,
    "memory": _memory,
    "stall": _stalls,
    "pauses": _pauses,
    "import": _starts("import"),
    "help": _starts("`assets-cli --help`"),
}
"""What makes a table of the figures of a part."""


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = [*head]
    lines = (head, [":--", *["--:"] * (len(head) - 1)], *rows)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def grouped(number: str | int) -> str:
    """Return a number with a space between each three digits."""
    return f"{int(number):,}".replace(",", " ")


def _number(value: float, unit: str) -> str:
    shown = f"{value:.0f}" if value >= 100 else f"{value:.3f}" if value < 10 else f"{value:.1f}"
    return f"{shown} {unit}".rstrip()
