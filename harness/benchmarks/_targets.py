"""The figures that this client should reach."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from ..shared.clients import OURS, PUBLISHED
from ._conversion import FRESH, KEPT, LEAST, LONGEST, READ_BOUNDS, STUB, WITHOUT_COLLECTING
from ._startup import FLOOR, PACKAGE_ALONE
from ._topology import slowest
from .messages import ALL_READ, AT_ONCE

Data = Mapping[str, Any]


class Target(NamedTuple):
    """A figure of this client, with a limit or without, and those to compare it with."""

    what: str
    part: tuple[str, ...]
    """The path in all figures to those that the functions get."""

    unit: str
    published: Callable[[Data], float] | None
    floor: Callable[[Data], float] | None
    ours: Callable[[Data], float]
    limit: float | Callable[[Data], float] | None = None
    """At most this, or the result of a function; None = it only adds to the target before it."""

    def find(self, figures: Data) -> Data | None:
        """Return the figures that the functions get; None if they were not measured."""
        found: Data | None = figures
        for key in self.part:
            found = None if found is None else found.get(key)
        return found

    def limit_in(self, part: Data) -> float | None:
        """Return the limit; None if it has none."""
        return self.limit(part) if callable(self.limit) else self.limit

    def is_reached(self, part: Data) -> bool | None:
        """Return whether the figure is within the limit; None if it has none."""
        limit = self.limit_in(part)
        return None if limit is None else self.ours(part) <= limit


def _one(_: Data) -> float:
    return 1.0


def _at(*path: str) -> Callable[[Data], float]:
    def find(figures: Data) -> float:
        found: Any = figures
        for key in path:
            found = found[key]
        return float(found)

    return find


def _call(what: str, limit: float | None, *part: str) -> Target:
    """Return the target of a call; without a limit, it is the published client's figure."""
    published, ours = (_at(client, "ratio", "median") for client in (PUBLISHED, OURS))
    most = published if limit is None else limit
    return Target(what, part, "x", published, _one, ours, most)


def _conversion(what: str, limit: float) -> Iterator[Target]:
    part = ("conversion", what, str(KEPT))
    for name, keys, most in (
        (f"reply -> {what} over the published client", {OURS: OURS, PUBLISHED: PUBLISHED}, limit),
        ("both without garbage collection", WITHOUT_COLLECTING, None),
    ):
        published, floor, ours = (
            _ratio(key, keys[PUBLISHED]) for key in (keys[PUBLISHED], "touching", keys[OURS])
        )
        yield Target(name, part, "x", published, floor, ours, most)


def _ratio(name: str, other: str, *path: str) -> Callable[[Data], float]:
    def ratio(figures: Data) -> float:
        return _at(name, *path)(figures) / _at(other, *path)(figures)

    return ratio


def _spread(name: str) -> Callable[[Data], float]:
    def spread(figures: Data) -> float:
        costs = [names[LEAST][name] for names in figures.values()]
        return float(max(costs) / min(costs))

    return spread


def _with_fresh_memory(client: str) -> Callable[[Data], float]:
    def ratio(figures: Data) -> float:
        cheapest = min(names[LEAST][WITHOUT_COLLECTING[client]] for names in figures.values())
        return float(figures[str(LONGEST)][LEAST][FRESH[client]] / cheapest)

    return ratio


def _growth(name: str) -> Callable[[Data], float]:
    return lambda figures: float(figures[str(LONGEST)][name] / figures["1000"][name])


SERVERS: Final = {"canned": "a server with its replies ready", "real": "the Assets server"}
"""The servers, by their keys in the figures."""

TARGETS: Final = (
    *(
        target
        for server, name in SERVERS.items()
        for target in (
            _call(f"get a microgrid over the bare stub, {name}", None, "get", server),
            _call(f"get one microgrid again and again, {name}", None, "get again", server),
            _call(f"list 1 000 over the bare stub, {name}", 5, "list", server, "1000"),
            _call(f"list 10 000 over the bare stub, {name}", 10, "list", server, "10000"),
        )
    ),
    *(
        Target(
            f"a blocking call over the asynchronous one, {call}, {name}",
            ("blocking", server, call),
            "x",
            None,
            _one,
            _at("ratio", "median"),
            1.25,
        )
        for server, name in SERVERS.items()
        for call in ("get", "list")
    ),
    # 4 and 1 µs on a machine where the published client takes 16.7 and 4.7.
    *_conversion("component", 0.24),
    *_conversion("connection", 0.21),
    # The time of the collector depends on all other objects in the process, so it is separate.
    Target(
        "replies about a site -> all tables, per component, over the published client's objects",
        ("tables",),
        "x",
        _one,
        None,
        _ratio(OURS, PUBLISHED),
        0.06,
    ),
    *(
        Target(
            f"tables of {size} components over the bare stub's list, {name}",
            ("table list", server, count, OURS),
            "x",
            None,
            _one,
            _at("ratio", "median"),
            limit,
        )
        for server, name in SERVERS.items()
        for size, count, limit in (("1 000", "1000", 1.5), ("10 000", "10000", 2))
    ),
    Target(
        "a component to Parquet over the published client's objects with pandas",
        ("parquet",),
        "x",
        _one,
        None,
        _ratio(OURS, PUBLISHED, "us"),
        0.05,
    ),
    Target(
        "most memory for a million components to Parquet, MB",
        ("parquet", OURS),
        "MB",
        None,
        None,
        _at("peak_mb"),
        300,
    ),
    Target(
        "most over least expensive component, 100 to 100 000, without garbage collection",
        ("conversion", "component"),
        "x",
        _spread(WITHOUT_COLLECTING[PUBLISHED]),
        _spread("touching"),
        _spread(WITHOUT_COLLECTING[OURS]),
        1.2,
    ),
    Target(
        "100 000 components with memory from the system, over the least expensive",
        ("conversion", "component"),
        "x",
        _with_fresh_memory(PUBLISHED),
        None,
        _with_fresh_memory(OURS),
    ),
    Target(
        "component, with garbage collection, 100 000 over 1 000",
        ("conversion", "component"),
        "x",
        _growth(PUBLISHED),
        _growth("touching"),
        _growth(OURS),
    ),
    Target(
        "bytes kept per component",
        ("memory", "component"),
        "",
        _at(PUBLISHED),
        None,
        _at(OURS),
        340,
    ),
    Target(
        "the same, with distinct lifetimes and bounds",
        ("memory", "distinct component"),
        "",
        _at(PUBLISHED),
        None,
        _at(OURS),
        700,
    ),
    Target(
        "the same, after all bounds were read",
        ("memory", READ_BOUNDS),
        "",
        _at(PUBLISHED),
        None,
        _at(OURS),
    ),
    # 1 s, 50 ms and 1 s on a machine where the bare graph takes 30 ms.
    Target(
        "topology of 100 000 components over rustworkx's bare graph",
        ("topology",),
        "x",
        None,
        _one,
        _ratio("build_ms", "bare_ms"),
        33,
    ),
    Target(
        "its slowest query",
        ("topology",),
        "x",
        None,
        None,
        lambda figures: slowest(figures, "ms") / float(figures["bare_ms"]),
        1.7,
    ),
    Target(
        "the slowest one the first time, which prepares later ones or is kept",
        ("topology",),
        "x",
        None,
        None,
        lambda figures: slowest(figures, "first_ms") / float(figures["bare_ms"]),
        33,
    ),
    # 50 ms on a machine where the bare stub takes 25 to parse the reply.
    Target(
        "longest stall of the event loop over the bare stub, 100 000 components",
        ("stall",),
        "x",
        _ratio(PUBLISHED, STUB, "longest_ms"),
        _one,
        _ratio(OURS, STUB, "longest_ms"),
        2,
    ),
    # At least 5 times as fast.
    Target(
        "1 000 sites with `fetch_fleet` over a loop with the published client",
        ("fleet",),
        "x",
        _one,
        None,
        _at(OURS, AT_ONCE, "ratio"),
        0.2,
    ),
    Target(
        "the same, all objects read",
        ("fleet",),
        "x",
        _one,
        None,
        _at(OURS, ALL_READ, "ratio"),
    ),
    Target(
        "decoding with pauses over decoding without",
        ("pauses",),
        "x",
        None,
        _one,
        _at("ratio", "median"),
        1.05,
    ),
    *(
        Target(
            what,
            ("import",),
            "x",
            _at(PUBLISHED, "ms", "ratio"),
            _at(FLOOR, "ms", "ratio"),
            _at(name, "ms", "ratio"),
            0.9,
        )
        for name, what in (
            (PACKAGE_ALONE, "`import frequenz.client.assets` over the published one"),
            (OURS, "with `AssetsApiClient` imported from it"),
        )
    ),
    Target(
        "`assets-cli --help` over the published one",
        ("help",),
        "x",
        _at(PUBLISHED, "wall_ms", "ratio"),
        None,
        _at(OURS, "wall_ms", "ratio"),
        0.5,
    ),
)
