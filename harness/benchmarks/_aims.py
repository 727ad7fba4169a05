"""What this client is to reach, as a table."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from ._conversion import FRESH, KEPT, LEAST, LONGEST, SEEN, STUB, WITHOUT_COLLECTING
from ._processes import OURS, THEIRS
from ._start import DOOR, FLOOR

Data = Mapping[str, Any]


class Aim(NamedTuple):
    """A figure that is to be reached, and those beside it."""

    what: str
    part: tuple[str, ...]
    """The path to the part of all figures that the functions are given."""

    unit: str
    theirs: Callable[[Data], float] | None
    floor: Callable[[Data], float] | None
    ours: Callable[[Data], float]
    limit: float | None = None
    """What it may be at most; None = it only tells more of the figure before it."""

    def find(self, figures: Data) -> Data | None:
        """Return the part of all figures; None where it was not measured."""
        found: Data | None = figures
        for key in self.part:
            found = None if found is None else found.get(key)
        return found

    def is_reached(self, part: Data) -> bool | None:
        """Return whether it is; None where nothing is to be reached."""
        return None if self.limit is None else self.ours(part) <= self.limit


def _one(_: Data) -> float:
    return 1.0


def _at(*path: str) -> Callable[[Data], float]:
    def find(figures: Data) -> float:
        found: Any = figures
        for key in path:
            found = found[key]
        return float(found)

    return find


def _call(what: str, limit: float, *part: str) -> Aim:
    theirs, ours = (_at(side, "ratio", "median") for side in (THEIRS, OURS))
    return Aim(what, part, "x", theirs, _one, ours, limit)


def _conversion(what: str, limit: float) -> Iterator[Aim]:
    part = ("conversion", what, str(KEPT))
    for name, sides, most in (
        (f"reply -> {what} over the published client", {OURS: OURS, THEIRS: THEIRS}, limit),
        ("both without garbage collection", WITHOUT_COLLECTING, None),
    ):
        theirs, floor, ours = (
            _share(side, sides[THEIRS]) for side in (sides[THEIRS], "touching", sides[OURS])
        )
        yield Aim(name, part, "x", theirs, floor, ours, most)


def _share(name: str, whole: str, *path: str) -> Callable[[Data], float]:
    def share(figures: Data) -> float:
        return _at(name, *path)(figures) / _at(whole, *path)(figures)

    return share


def _spread(side: str) -> Callable[[Data], float]:
    def spread(figures: Data) -> float:
        costs = [sides[LEAST][side] for sides in figures.values()]
        return float(max(costs) / min(costs))

    return spread


def _with_fresh_memory(side: str) -> Callable[[Data], float]:
    def dearer(figures: Data) -> float:
        cheapest = min(sides[LEAST][WITHOUT_COLLECTING[side]] for sides in figures.values())
        return float(figures[str(LONGEST)][LEAST][FRESH[side]] / cheapest)

    return dearer


def _growth(side: str) -> Callable[[Data], float]:
    return lambda figures: float(figures[str(LONGEST)][side] / figures["1000"][side])


SERVERS: Final = {"canned": "a server with its replies ready", "real": "the Assets server"}
"""The servers that are asked, by their names in the figures."""

AIMS: Final = (
    *(
        aim
        for server, name in SERVERS.items()
        for aim in (
            _call(f"get a microgrid over the bare stub, {name}", 1.05, "get", server),
            _call(f"get one microgrid again and again, {name}", 1.05, "get again", server),
            _call(f"list 1 000 over the bare stub, {name}", 5, "list", server, "1000"),
            _call(f"list 10 000 over the bare stub, {name}", 10, "list", server, "10000"),
        )
    ),
    # 4 and 1 µs on a machine where the published client takes 16.7 and 4.7.
    *_conversion("component", 0.24),
    *_conversion("connection", 0.21),
    # What the collector takes depends on all else that the process holds, so it is told apart.
    Aim(
        "dearest over cheapest component, 100 to 100 000, without garbage collection",
        ("conversion", "component"),
        "x",
        _spread(WITHOUT_COLLECTING[THEIRS]),
        _spread("touching"),
        _spread(WITHOUT_COLLECTING[OURS]),
        1.2,
    ),
    Aim(
        "100 000 with memory that comes from the system, over the cheapest",
        ("conversion", "component"),
        "x",
        _with_fresh_memory(THEIRS),
        None,
        _with_fresh_memory(OURS),
    ),
    Aim(
        "component, with garbage collection, 100 000 over 1 000",
        ("conversion", "component"),
        "x",
        _growth(THEIRS),
        _growth("touching"),
        _growth(OURS),
    ),
    Aim(
        "bytes kept per component",
        ("memory", "component"),
        "",
        _at(THEIRS),
        None,
        _at(OURS),
        340,
    ),
    Aim(
        "the same, lifetimes and bounds all distinct",
        ("memory", "distinct component"),
        "",
        _at(THEIRS),
        None,
        _at(OURS),
        700,
    ),
    Aim(
        "once somebody has looked at all bounds",
        ("memory", SEEN),
        "",
        _at(THEIRS),
        None,
        _at(OURS),
    ),
    # 50 ms on a machine where the bare stub takes 25 to parse the reply.
    Aim(
        "longest stall of the event loop over the bare stub, 100 000 components",
        ("stall",),
        "x",
        _share(THEIRS, STUB, "longest_ms"),
        _one,
        _share(OURS, STUB, "longest_ms"),
        2,
    ),
    Aim(
        "time with pauses over time at one go",
        ("pauses",),
        "x",
        None,
        _one,
        _at("ratio", "median"),
        1.05,
    ),
    *(
        Aim(
            what,
            ("import",),
            "x",
            _at(THEIRS, "ms", "ratio"),
            _at(FLOOR, "ms", "ratio"),
            _at(name, "ms", "ratio"),
            0.9,
        )
        for name, what in (
            (DOOR, "`import frequenz.client.assets` over the published one"),
            (OURS, "with `AssetsApiClient` imported from it"),
        )
    ),
    Aim(
        "`assets-cli --help` over the published one",
        ("help",),
        "x",
        _at(THEIRS, "wall_ms", "ratio"),
        None,
        _at(OURS, "wall_ms", "ratio"),
        0.5,
    ),
)
