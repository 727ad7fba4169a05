"""The command `python -m harness.server_benchmarks`."""

import argparse
import asyncio
import platform
import sqlite3
import textwrap
from dataclasses import fields
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from time import monotonic
from typing import Final

from ..benchmarks._machine import load, machine
from ..shared.paths import ROOT
from ..shared.progress import progress_of
from ..shared.tables import table
from . import __doc__ as description
from ._parts import PARTS, Row, Sizes, databases

_PAGE: Final = ROOT / "docs" / "performance-server.md"

_TEXT: Final = """\
# Performance of the server

`make bench-server` measures the server and its stores, and writes this page. Client, server and
database share the processors. Compare the ratios rather than the speeds: they hold on other
machines too. No test asserts a time.

{about}

{table}

- An import is the command `assets-server import` from its start to its end, of copies of the CIGRE
  site as JSON lines. The memory is that of all of its processes, without PostgreSQL's.
- Calls go over one connection, as bytes that the client does not parse; the server of constant
  bytes is one of `grpc.aio`, too, and gives the same replies. All are called in turns, and the
  figure is the median of the rounds' ratios. It is over constant bytes on the event loop of
  asyncio, the default; the details have that on uvloop, on which our server runs. Replies
  are kept as long as the inventory stays the same; requests that are never asked twice show the
  store without that.
- Workers are called over 16 connections by a process that writes the frames of HTTP/2 itself, and
  takes replies a few at a time: a client of gRPC would take as much of the two cores as a worker.
  One worker reads lists in threads, which use the other core, too.
- Calls of ten times the components ask for each microgrid in turn, one at a time. Bytes are those
  of all tables and indexes.
- PostgreSQL {postgres} runs on the same machine, on loopback, and writes to its disk as by default.
"""


def main() -> None:
    """Measure, print the table, and write the page if everything was measured."""
    parser = argparse.ArgumentParser(
        prog="python -m harness.server_benchmarks", description=description
    )
    known = ", ".join(PARTS)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"some of {known} [all]")
    for field in fields(Sizes):
        kind = type(field.default)
        parser.add_argument(f"--{field.name}", type=kind, default=field.default)
    parser.add_argument("--output", type=Path, default=_PAGE, help="the page to write")
    given = vars(parser.parse_args())
    names, output = given.pop("parts") or [*PARTS], given.pop("output")
    if unknown := {*names} - {*PARTS}:
        parser.error(f"PART: expected some of {known}, got {', '.join(unknown)}")
    text = asyncio.run(_measure(names, Sizes(**given)))
    print(text)
    if {*names} == {*PARTS}:
        output.write_text(text, encoding="utf-8")


async def _measure(names: list[str], sizes: Sizes) -> str:
    before, began = load(), monotonic()
    rows: list[Row] = []
    with databases() as made, progress_of("server", len(names)) as advance:
        for name in names:
            rows += await PARTS[name](made, sizes)
            advance()
        postgres = made.postgres_version()
    facts = machine()
    about = (
        f"Measured {datetime.now(UTC).date().isoformat()} in {monotonic() - began:.0f} s on"
        f" {facts['processors']} processors ({facts['processor']}), {facts['system']}, Python"
        f" {platform.python_version()}, grpcio {version('grpcio')}, PostgreSQL {postgres}, SQLite"
        f" {sqlite3.sqlite_version}. The load was {before} before and {load()} after: more than"
        f" {facts['processors']} means that the machine was doing something else, too."
    )
    return _TEXT.format(about=textwrap.fill(about, 100), table=_table(rows), postgres=postgres)


def _table(rows: list[Row]) -> str:
    verdicts = {True: "reached", False: "missed", None: ""}
    columns = "what", "target", "figure", "", "details"
    return table(
        columns,
        ((it.what, it.target, it.figure, verdicts[it.is_met], it.details) for it in rows),
    )


if __name__ == "__main__":
    main()
