"""The page `docs/performance.md`, written from the figures in `docs/performance.json`."""

import json
from pathlib import Path
from typing import Any, Final

from ..shared.paths import ROOT
from ._arrow import SIZE as SITE_SIZE
from ._conversion import KEPT
from ._tables import TABLES, grouped, targets
from ._targets import TARGETS, Data
from .messages import MICROGRIDS
from .topology import SIZE as TOPOLOGY_SIZE

DOCS: Final = ROOT / "docs"
_BUSY: Final = 0.5
_OWN_LOAD: Final = 1.0
"""Measuring keeps about one processor busy."""

ARCHITECTURE: Final = "architecture.md"

_PAGE: Final = """\
# Performance

`make bench` measures the published client 0.6.0, this client and the bare gRPC stub in one run, and
writes this page and [its figures as JSON](performance.json). Compare the ratios rather than the
milliseconds: they hold on other machines too. No test asserts a time.

{about}

## Targets

{reached}

{targets}

The floor is what every client needs: the call of the bare stub, reading each field of each message,
parsing the reply in the event loop, importing the packages that both clients use.

## Calls

Each client has its own process, with a bare stub on a plain channel. Both call one server on
loopback in turns (stub, client, client, stub), and the processes take turns too, so that the two
times of a ratio come from the same process and moment. The figure is the median of the pairs'
ratios, with its 95 % confidence interval from order statistics, which assumes nothing about their
distribution. With the server that has its replies ready, only the client's own work is added to the
stub's.

"One microgrid after another" is another one of {others} in each call. The limit of a get is the
published client's ratio in the same run, since gRPC and the network take most of the time.

The components have a name, manufacturer, model name, category-specific data, a lifetime and one
bound, with 90 distinct lifetimes and 55 distinct bounds. Mixed ones, which are converted below, are
like those of real sites: a third are meters without category-specific data and bounds, a fifth have
no name, others have two bounds.

{get}

{get_again}

{list}

## A fleet

A process for the Assets server has 1 000 sites of 52 components. The published client gets each
microgrid and lists its components and connections, one call after another. `fetch_fleet` lists the
microgrids with one call, fetches several sites at a time, and makes objects when they are read. The
server's own processor time bounds both.

{fleet}

## Conversion

The processor time from the bytes of a reply to the list of objects, with all findings checked,
without a server; for both clients, this includes parsing. Garbage collection is enabled, as for
users, and there is a column without it: mostly, it traverses all objects of the process, each time
that their number has grown by a quarter. The time of the system to provide memory is not part of
this table, but of a row of the first one: before each burst, a list that does not count gets its
memory from the system, and the process keeps as much as the burst needs. `parsing` makes messages
from the bytes, which this client does only where something is wrong; `touching` reads each field of
each message once. The figures are medians; how the cost of a component grows with the list is
computed from the least of all bursts, which nothing else on the machine can lower.

{conversion}

Memory is what tracemalloc measures for {kept} components, including what a client keeps for later
calls. In this client, rated bounds become a dictionary when they are first read.

{memory}

## Tables

From the replies about a site of {site} components to objects of components and connections with the
published client, and to all tables with all findings, those of `inventory.check`, with this one.

{tables}

Lists of components become tables without objects:

{table_list}

A fleet to Parquet: with the published client as objects, lists of rows and pandas; with this one by
`fleet.write_parquet`, with all tables and findings. The time is that of the processor, and includes
making the replies in this client.

{parquet}

## Topology

Processor times for a site of {topology_size} components: meters in a tree, and devices behind them.
Queries about one component are asked about the first one, with all others behind it, and about the
last one. The first answer about the whole site is kept, or prepares what later ones use. The bare
graph is that of rustworkx, built of numbers and walked through once.

{topology}

## Event loop

A task that runs in each iteration of the event loop measures how long it is blocked while a reply
arrives, is parsed and converted. This client does neither in one go: other tasks wait less than
with the bare stub, which parses a whole reply in one step. Garbage collection, which is never
disabled and blocks the loop as well, is subtracted from the stalls and has its own columns. Each
figure is the median of the runs.

{stall}

A long list is decoded in parts, with a pause after every 2 000 items. The pauses cost:

{pauses}

## Start-up

The imports of all modules after the interpreter's own, by `-X importtime`. The package imports its
modules at first use, so importing it alone costs little: importing the client from it is what
counts. The first list call takes 2 ms longer than others, as it creates the types to read with.

{import}

{help}

## What each trick saves

[Why decoding looks like this](architecture.md#why-decoding-looks-like-this) explains the tricks.
Here, each row leaves one of them out, in its own process; the figures are processor times, the
least of all rounds, without garbage collection. Tricks that saved less than a tenth of their figure
were removed: code cloned for each class that is built, a microgrid read from its bytes without
protobuf, a table of the replies to gets, and lengths read in place while a reply is split.

{savings}

`make profile` shows where the time of a list call goes.
"""

_NOT_MEASURED: Final = "Not measured yet: run `make bench`."


def page(data: Data) -> str:
    """Return the page of all figures."""
    figures = data["figures"]
    limited = [
        target.is_reached(part)
        for target in TARGETS
        if target.limit is not None and (part := target.find(figures)) is not None
    ]
    reached = sum(map(bool, limited))
    return _PAGE.format(
        about=about(data["about"]),
        reached=f"{reached} of {len(limited)} targets are reached.",
        targets=targets(figures),
        kept=grouped(KEPT),
        site=grouped(SITE_SIZE),
        topology_size=grouped(TOPOLOGY_SIZE),
        others=grouped(MICROGRIDS),
        **{
            part.replace(" ", "_"): table(figures[part]) if part in figures else _NOT_MEASURED
            for part, table in TABLES.items()
        },
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
        lines.append("The machine was busy: times and ratios are higher than on an idle one.")
    return "\n\n".join(lines)


def read(directory: Path = DOCS) -> Any:
    """Return all figures."""
    return json.loads((directory / "performance.json").read_text(encoding="utf-8"))


def write(data: Data, directory: Path = DOCS) -> None:
    """Write all figures, the page, and the table on the page of the architecture."""
    text = json.dumps(data, indent=1, ensure_ascii=False) + "\n"
    (directory / "performance.json").write_text(text, encoding="utf-8")
    (directory / "performance.md").write_text(page(data), encoding="utf-8")
    (directory / ARCHITECTURE).write_text(architecture(data), encoding="utf-8")


def architecture(data: Data) -> str:
    """Return the page of the architecture with the table of what each trick saves."""
    text = (DOCS / ARCHITECTURE).read_text(encoding="utf-8")
    before, start, rest = text.partition("<!-- savings -->\n")
    _, end, after = rest.partition("\n<!-- end of savings -->")
    if not end:
        raise ValueError(f"{ARCHITECTURE}: the comments around the table are missing")
    return f"{before}{start}{TABLES['savings'](data['figures']['savings'])}{end}{after}"
