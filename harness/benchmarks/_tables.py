"""The figures as Markdown tables, one for each part of the benchmark."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

from ..shared.clients import OURS, PUBLISHED
from ..shared.tables import table
from ._conversion import LONGEST, READ_BOUNDS, WITHOUT_COLLECTING
from ._savings import DERIVED_NAME, WITH_ALL
from ._targets import SERVERS, TARGETS, Data
from .tricks import TRICKS

_table: Final = partial(table, has_numbers=True)
_CLIENTS: Final = (PUBLISHED, OURS)
_VERDICTS: Final = {True: "yes", False: "**no**", None: ""}


def targets(figures: Data) -> str:
    """Return all targets that were measured, and whether they are reached."""
    rows = []
    for target in TARGETS:
        part = target.find(figures)
        if part is not None:
            published, floor, ours = (
                "" if find is None else _number(find(part), target.unit)
                for find in (target.published, target.floor, target.ours)
            )
            verdict = _VERDICTS[target.is_reached(part)]
            most = target.limit_in(part)
            limit = "" if most is None else f"{round(most, 3):g} {target.unit}".rstrip()
            rows.append((target.what, published, floor, f"**{ours}**", limit, verdict))
    return _table(("what", PUBLISHED, "floor", OURS, "at most", "reached"), rows)


def _gets(what: str) -> Callable[[Data], str]:
    def gets(servers: Data) -> str:
        rows = [
            (SERVERS[server], client, f"{figures['pairs']}", *_pair(figures))
            for server, clients in servers.items()
            for client, figures in clients.items()
        ]
        return _table((f"{what} from", "client", "pairs", *_PAIR_HEAD), rows)

    return gets


def _lists(servers: Data) -> str:
    rows = [
        (
            f"{grouped(size)} from {SERVERS[server]}",
            client,
            f"{figures['pairs']}",
            *_pair(figures),
        )
        for server, sizes in servers.items()
        for size, clients in sizes.items()
        for client, figures in clients.items()
    ]
    return _table(("list components", "client", "pairs", *_PAIR_HEAD), rows)


_PAIR_HEAD: Final = ("bare stub, ms", "client, ms", "client / stub (95 %)", "ratio of medians")


def _pair(figures: Data) -> Iterator[str]:
    yield f"{figures['floor_ms']:.3f}"
    yield f"{figures['ms']:.3f}"
    yield _interval(figures["ratio"])
    yield f"{figures['ratio_of_medians']:.3f}"


def _interval(ratio: Data) -> str:
    return f"**{ratio['median']:.3f}** ({ratio['low']:.3f} - {ratio['high']:.3f})"


def _conversions(kinds: Data) -> str:
    columns = (
        "parsing",
        "touching",
        *(name for client in _CLIENTS for name in (client, WITHOUT_COLLECTING[client])),
    )
    rows = [
        (f"{kind}, {grouped(size)} in a reply", *(f"{figures[name]:.2f}" for name in columns))
        for kind, sizes in kinds.items()
        for size, figures in sizes.items()
    ]
    return _table(("µs per object", *columns), rows)


def _site_tables(figures: Data) -> str:
    rows = [(client, f"{figures[client]:.2f}") for client in _CLIENTS]
    return _table(("replies about a site", "µs per component"), rows)


def _parquet(figures: Data) -> str:
    rows = [
        (
            client,
            grouped(figures[client]["components"]),
            f"{figures[client]['us']:.2f}",
            f"{figures[client]['peak_mb']}",
        )
        for client in _CLIENTS
    ]
    return _table(("to Parquet", "components", "µs per component", "peak memory, MB"), rows)


def _memory(kinds: Data) -> str:
    names = {
        "component": "90 lifetimes, 55 bounds",
        "distinct component": "distinct lifetimes and bounds",
        READ_BOUNDS: "the same, after all bounds were read",
    }
    rows = [
        (names[kind], *(f"{clients[client]:.0f}" for client in _CLIENTS))
        for kind, clients in kinds.items()
    ]
    return _table(("bytes per component", *_CLIENTS), rows)


def _stalls(callers: Data) -> str:
    keys = {
        "longest_ms": "longest stall",
        "worst_ms": "worst of all runs",
        "collection_ms": "longest collection",
        "collections_ms": "all collections",
        "total_ms": "whole call",
    }
    rows = [
        (caller, f"{figures['runs']}", *(f"{figures[key]:.1f}" for key in keys))
        for caller, figures in callers.items()
    ]
    return _table((f"{grouped(LONGEST)} components, ms", "runs", *keys.values()), rows)


def _fleets(clients: Data) -> str:
    rows = [
        (client, how, f"{it['rounds']}", f"{it['ms']:.0f}", f"**{1 / it['ratio']:.2f}**")
        for client, ways in clients.items()
        for how, it in ways.items()
    ]
    head = ("1 000 sites of 52 components", "how", "rounds", "ms", "times as fast")
    return _table(head, rows)


def _pauses(figures: Data) -> str:
    return _table(
        ("processor time", "pairs", "without pauses, ms", "with pauses, ms", "ratio (95 %)"),
        [
            (
                f"{grouped(LONGEST)} components",
                f"{figures['pairs']}",
                f"{figures['floor_ms']:.0f}",
                f"{figures['ms']:.0f}",
                _interval(figures["ratio"]),
            )
        ],
    )


def _starts(what: str) -> Callable[[Data], str]:
    def starts(names: Data) -> str:
        rows = [
            (
                f"{name}{_CLOCKS[clock]}",
                f"{clocks['runs']}",
                f"{figures['least']:.0f}",
                f"{figures['median']:.0f}",
                f"{figures['ratio_of_least']:.2f}",
                f"**{figures['ratio']:.2f}**",
            )
            for name, clocks in names.items()
            for clock, figures in clocks.items()
            if clock != "runs"
        ]
        head = ("runs", "least, ms", "median, ms", "least / published", "median of rounds' ratios")
        return _table((what, *head), rows)

    return starts


_CLOCKS: Final = {"ms": "", "wall_ms": "", "processor_ms": ", processor time"}


def _savings(figures: Data) -> str:
    times = figures["time"]
    everything = times[WITH_ALL]
    rows = [("nothing", *(f"{value:.2f}" for value in everything.values()))] + [
        (
            TRICKS[name].name,
            *(f"{value:.2f} ({_more(value, everything[size])})" for size, value in sizes.items()),
        )
        for name, sizes in times.items()
        if name != WITH_ALL
    ]
    sizes = (f"{grouped(size)} components" for size in everything)
    names = {
        "stall": "longest stall, 100 000 components, ms",
        "memory": "bytes kept per component, distinct bounds",
        "import": "import of the client, ms",
    }
    others = [
        (
            TRICKS[name].name if name in TRICKS else DERIVED_NAME,
            what,
            f"{figures[part][WITH_ALL]:.0f}",
            f"{figures[part][name]:.0f} ({_more(figures[part][name], figures[part][WITH_ALL])})",
        )
        for part, what in names.items()
        for name in figures[part]
        if name != WITH_ALL
    ]
    return "\n\n".join(
        (
            _table(("µs per component, without", *sizes), rows),
            _table(("without", "figure", "with it", "without it"), others),
        )
    )


def _more(value: float, before: float) -> str:
    return f"{value / before - 1:+.0%}"


def _topology(figures: Data) -> str:
    bare = figures["bare_ms"]
    rows = [
        ("rustworkx's bare graph", "", f"{bare:.1f}", "**1.00**"),
        ("the graph of a `Topology`", "", *_over(figures["build_ms"], bare)),
        *(
            (f"`{name}`", f"{it['first_ms']:.1f}", *_over(it["ms"], bare))
            for name, it in figures["queries"].items()
        ),
    ]
    what = f"{grouped(figures['components'])} components"
    return _table((what, "the first time, ms", "then, ms", "over the bare graph"), rows)


def _over(value: float, bare: float) -> tuple[str, str]:
    return f"{value:.1f}", f"**{value / bare:.2f}**"


TABLES: Final[Mapping[str, Callable[[Any], str]]] = {
    "get": _gets("get one microgrid after another"),
    "get again": _gets("get one microgrid again and again"),
    "list": _lists,
    "conversion": _conversions,
    "tables": _site_tables,
    "table list": _lists,
    "parquet": _parquet,
    "topology": _topology,
    "memory": _memory,
    "fleet": _fleets,
    "stall": _stalls,
    "pauses": _pauses,
    "savings": _savings,
    "import": _starts("import"),
    "help": _starts("`assets-cli --help`"),
}
"""The table of each part."""


def grouped(number: str | int) -> str:
    """Return a number with its digits in groups of three."""
    return f"{int(number):,}".replace(",", " ")


def _number(value: float, unit: str) -> str:
    shown = f"{value:.0f}" if value >= 100 else f"{value:.3f}" if value < 10 else f"{value:.1f}"
    return f"{shown} {unit}".rstrip()
