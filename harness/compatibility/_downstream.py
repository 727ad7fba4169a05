"""Check 3: an unmodified consumer, on our client and on the published one."""

import asyncio
import difflib
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from ._environments import DOWNSTREAM_OURS, DOWNSTREAM_PUBLISHED, Environment
from ._fleet import FAULTY, HALF_INACTIVE, INACTIVE
from ._ours import expect_ours, expect_published
from ._processes import UnexpectedError, run
from ._table import Table, Verdict, expect, judged

_PUBLISHED: Final = "0.6.0"
_CONSUMER: Final = "frequenz-gridpool"
_EXPECTED: Final = Path(__file__).resolve().parent / "expected"
_COMPONENT: Final = re.compile(r"#(\d+)")
_PNG: Final = b"\x89PNG\r\n"

_MICROGRIDS: Final = (100, 201, HALF_INACTIVE, FAULTY)
_COMMANDS: Final[Mapping[str, Sequence[str]]] = {
    "print-formulas": (),
    "generate-config": (),
    "render-graph": ("--no-show", "--output"),
}
"""The commands of `gridpool-cli`, with their options; the last one takes a file."""


class Left(NamedTuple):
    """What a run of the program leaves."""

    status: int
    out: str

    last_line: str
    """Of what it says on standard error if it fails: the error."""

    picture: bytes


class _Sides(NamedTuple):
    """The same run on both clients."""

    published: Left
    ours: Left


class Consumer:
    """`gridpool-cli` with a server."""

    def __init__(self, url: str, folder: Path) -> None:
        """Run it with a server, and put its pictures in a folder."""
        self._url = url
        self._folder = folder

    async def run(self, environment: Environment, command: str, microgrid: int) -> Left:
        """Return what a command leaves."""
        options = list(_COMMANDS[command])
        picture = self._folder / f"{environment.name}-{microgrid}.png"
        if options:
            options.append(str(picture))
        ended = await run(
            *environment.program("gridpool-cli"),
            *(command, str(microgrid), *options),
            variables={
                "ASSETS_API_URL": self._url,
                "ASSETS_API_AUTH_KEY": "key",
                "ASSETS_API_SIGN_SECRET": "secret",
                "MPLBACKEND": "Agg",
                "MPLCONFIGDIR": str(environment.path / "matplotlib"),
            },
        )
        lines = ended.err.strip().splitlines() if ended.status else []
        drawn = picture.read_bytes() if options and picture.exists() else b""
        return Left(ended.status, ended.out, lines[-1] if lines else "", drawn)

    async def both(self, command: str, microgrid: int) -> _Sides:
        """Return what a command leaves on both clients."""
        return _Sides(
            *await asyncio.gather(
                *(
                    self.run(environment, command, microgrid)
                    for environment in (DOWNSTREAM_PUBLISHED, DOWNSTREAM_OURS)
                )
            )
        )

    async def same(self, command: str, microgrid: int) -> str:
        """Raise UnexpectedError unless a command leaves the same on both clients."""
        sides = await self.both(command, microgrid)
        _expect_same(sides, *Left._fields)
        if sides.ours.status:
            return f"the same error: {sides.ours.last_line}"
        return _told(sides.ours)

    async def as_committed(self, command: str, microgrid: int) -> str:
        """Raise UnexpectedError unless what a command prints differs as it is known to."""
        sides = await self.both(command, microgrid)
        _expect_same(sides, "status", "picture")
        committed = (_EXPECTED / f"{command}-{microgrid}.txt").read_text(encoding="utf-8")
        shown = difference(sides)
        if shown != committed:
            raise UnexpectedError(f"not the committed difference, but:\n{shown}")
        lines = [side.out.splitlines() for side in sides]
        for published, ours in zip(*lines, strict=True):
            _expect_without_inactive(published, ours)
        return f"without the inactive #{INACTIVE}, else the same {len(lines[0])} lines"


def _expect_same(sides: _Sides, *fields: str) -> None:
    for name in fields:
        if getattr(sides.published, name) != getattr(sides.ours, name):
            shown = difference(sides) if name == "out" else f"{sides!r:.1000}"
            raise UnexpectedError(f"{name} is not the same: {shown}")
    if sides.ours.status == 0 and not (sides.ours.out or sides.ours.picture.startswith(_PNG)):
        raise UnexpectedError("neither text nor picture")


def _expect_without_inactive(published: str, ours: str) -> None:
    """Raise UnexpectedError unless a formula does without the inactive component, and only that."""
    before, after = ({*_COMPONENT.findall(line)} for line in (published, ours))
    expect(f"components in {ours}", before - {str(INACTIVE)}, after)
    if before == after:
        expect("line", published, ours)


def difference(sides: _Sides) -> str:
    """Return what is printed on both clients, with the lines marked that are not the same."""
    published, ours = (side.out.splitlines(keepends=True) for side in sides)
    names = (f"published {_PUBLISHED}", "this client")
    return "".join(difflib.unified_diff(published, ours, *names, n=len(published)))


def _told(left: Left) -> str:
    if left.picture:
        return f"the same picture, {len(left.picture) // 1000} kB"
    return f"the same {len(left.out.splitlines())} lines"


async def check_downstream(url: str) -> Sequence[Table]:
    """Return what came of the consumer; it runs only if the clients are what they must be."""
    clients = Table("Downstream: the clients", (_PUBLISHED, "this client"))

    async def is_published() -> str:
        return await expect_published(DOWNSTREAM_PUBLISHED, _PUBLISHED, _CONSUMER)

    async def is_ours() -> str:
        return await expect_ours(DOWNSTREAM_OURS, _CONSUMER)

    clients.rows["`frequenz.client.assets` is"] = {
        _PUBLISHED: await judged(is_published),
        "this client": await judged(is_ours),
    }
    if not clients.is_good:
        return (clients,)
    table = Table(
        f"Downstream: `gridpool-cli` on this client, and on {_PUBLISHED}",
        tuple(f"microgrid {number}" for number in _MICROGRIDS),
    )
    with tempfile.TemporaryDirectory(prefix="compatibility-") as folder:
        consumer = Consumer(url, Path(folder))
        rows = await asyncio.gather(*(_row(consumer, command) for command in _COMMANDS))
    for command, verdicts in zip(_COMMANDS, rows, strict=True):
        table.rows[f"`{command}`"] = dict(zip(table.columns, verdicts, strict=True))
    return clients, table


async def _row(consumer: Consumer, command: str) -> Sequence[Verdict]:
    cells = (_cell(consumer, command, number) for number in _MICROGRIDS)
    return await asyncio.gather(*cells)


async def _cell(consumer: Consumer, command: str, microgrid: int) -> Verdict:
    differs = microgrid == HALF_INACTIVE and (_EXPECTED / f"{command}-{microgrid}.txt").exists()
    check = consumer.as_committed if differs else consumer.same
    return await judged(lambda: check(command, microgrid))
