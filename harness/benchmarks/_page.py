"""The page `docs/performance.md`, written from the figures in `docs/performance.json`."""

import json
from pathlib import Path
from typing import Any, Final

from ..shared.paths import ROOT
from ._conversion import KEPT
from ._tables import TABLES, grouped, targets
from ._targets import TARGETS, Data
from .messages import MICROGRIDS

DOCS: Final = ROOT / "docs"
_BUSY: Final = 0.5
_OWN_LOAD: Final = 1.0
"""Measuring keeps about one processor busy."""

_PAGE: Final = """\
# Performance

`make bench` measures the published client 0.6.0, this one and the bare gRPC stub in one run, and
writes this page and [its figures as JSON](performance.json). Ratios count, not milliseconds: they
hold on other machines, too. No test asserts a time.

{about}

## What is to be reached

{reached}

{targets}

The floor is what no client can do without: the bare stub's call, a look at each field of each
message, parsing the reply in the event loop, importing what both clients need.

## Calls

Each client has a process of its own, and in it a bare stub on a plain channel. Both make calls to
one server on loopback by turns - stub, client, client, stub - and the processes take turns, too:
the two times of a ratio come from the same process and moment. The figure is the median of the
pairs' ratios with its 95 % confidence interval by order statistics, which supposes nothing of how
they are distributed. Against the server that has its replies ready, only the client's own work adds
to the stub's.

One microgrid after another is one of {others} each time. For gets, the published client's ratio in
the same run is the limit: most of the time goes to gRPC and the network.

The components have name, manufacturer, model name, category-specific data, a lifetime and one
bound, with 90 distinct lifetimes and 55 distinct bounds. Mixed ones, which are converted below, are
as sites have them: a third are meters without data and bounds of their own, a fifth have no name,
others have two bounds.

{get}

{get_again}

{list}

## Making the objects

The processor's time from the bytes of a reply to the list of objects, all findings checked, without
a server; for both clients, that includes parsing it. Garbage collection is on, as for users; what
it takes of the time stands beside it: mostly it goes through all that the process has, again each
time that a quarter more has come. What the system takes to hand out memory is not in this table,
but in a row of the one above: before each burst, a list is made that does not count here and takes
its memory from the system; then the process gets as much as the burst needs. `parsing` makes
messages of the bytes, which this client does only where something is wrong; `touching` reads each
field of each message once. These are medians; how a component's cost grows with the list is told by
the least of all bursts, which nothing else on the machine can lower.

{conversion}

Memory is what tracemalloc sees of {kept} components, including what a client keeps for later calls.
Here, the rated bounds of a component become a dictionary when somebody looks at them.

{memory}

## The event loop

A task that runs in each turn of the event loop sees how long it is held up while a reply arrives,
is parsed where it is, and turned into objects. This client does neither at one go: others wait less
than with the bare stub, which parses a reply at once. Garbage collection, which is never switched
off and holds up the loop as well, is taken out of the stall and told apart. Each figure is the
median over the runs.

{stall}

A long list is decoded in parts, with a pause whenever 2 000 are done. What the pauses cost:

{pauses}

## Start

Imports by `-X importtime`, all modules that come after the interpreter's own. The package opens at
first use: to import it costs little, to import the client from it is what counts. The first list
call takes 2 ms more than others, as it makes the types that it reads with.

{import}

{help}

## What each trick saves

[Why decoding looks like this](architecture.md#why-decoding-looks-like-this) explains the tricks.
Here, each row leaves one of them out, in a process of its own; the times are the processor's, the
least of all rounds, without garbage collection. Whatever saved less than a tenth of the figure that
it was for is gone: code cloned for each class that is built, a microgrid read from its bytes
without protobuf, and a table of the replies to gets.

{ablation}

`make profile` shows where the time of a list call goes.
"""


def page(data: Data) -> str:
    """Return the page of all figures."""
    figures = data["figures"]
    limited = [target for target in TARGETS if target.limit is not None]
    reached = sum(
        bool(target.is_reached(part))
        for target in limited
        if (part := target.find(figures)) is not None
    )
    return _PAGE.format(
        about=about(data["about"]),
        reached=f"{reached} of {len(limited)} figures are reached.",
        targets=targets(figures),
        kept=grouped(KEPT),
        others=grouped(MICROGRIDS),
        **{part.replace(" ", "_"): table(figures[part]) for part, table in TABLES.items()},
    )


def about(facts: Data) -> str:
    """Return when, on which machine and with which packages it was measured."""
    machine = facts["machine"]
    lines = [
        f"Measured on {facts['date']} in {facts['seconds']} s: {machine['processor']}, "
        f"{machine['processors']} processors, {machine['system']}; load"
        f" {facts['load before']} before and {facts['load after']} after.",
    ]
    for client, versions in facts["versions"].items():
        packages = ", ".join(f"{name} {version}" for name, version in versions.items())
        lines.append(f"{client.capitalize()}: {packages}.")
    if facts["load before"] > _BUSY or facts["load after"] > _BUSY + _OWN_LOAD:
        lines.append("The machine was busy: times and ratios are higher than on a quiet one.")
    return "\n\n".join(lines)


def read(directory: Path = DOCS) -> Any:
    """Return all figures."""
    return json.loads((directory / "performance.json").read_text(encoding="utf-8"))


def write(data: Data, directory: Path = DOCS) -> None:
    """Write all figures, and the page."""
    text = json.dumps(data, indent=1, ensure_ascii=False) + "\n"
    (directory / "performance.json").write_text(text, encoding="utf-8")
    (directory / "performance.md").write_text(page(data), encoding="utf-8")
