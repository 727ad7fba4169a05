"""Check 3: an unmodified consumer, with our client and with the published one."""

import asyncio
import difflib
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from ..shared.clients import OURS, PUBLISHED, PUBLISHED_VERSION
from ._environments import DOWNSTREAM_OURS, DOWNSTREAM_PUBLISHED, Environment
from ._fleet import FAULTY, HALF_INACTIVE, INACTIVE
from ._ours import expect_ours, expect_published
from ._processes import UnexpectedError, run
from ._table import Table, Verdict, expect, verdict

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


class Result(NamedTuple):
    """The result of a run of the program."""

    status: int
    out: str

    error: str
    """The last line on standard error if it fails."""

    picture: bytes


class _Results(NamedTuple):
    """The results of the same run with both clients."""

    published: Result
    ours: Result


class Consumer:
    """`gridpool-cli` with a server."""

    def __init__(self, url: str, folder: Path) -> None:
        """Run it with a server, and save its pictures in a folder."""
        self._url = url
        self._folder = folder

    async def run(self, environment: Environment, command: str, microgrid: int) -> Result:
        """Run a command with one client."""
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
        return Result(ended.status, ended.out, lines[-1] if lines else "", drawn)

    async def both(self, command: str, microgrid: int) -> _Results:
        """Run a command with both clients."""
        return _Results(
            *await asyncio.gather(
                *(
                    self.run(environment, command, microgrid)
                    for environment in (DOWNSTREAM_PUBLISHED, DOWNSTREAM_OURS)
                )
            )
        )

    async def same(self, command: str, microgrid: int) -> str:
        """Raise UnexpectedError unless a command has the same result with both clients."""
        results = await self.both(command, microgrid)
        _expect_same(results, *Result._fields)
        if results.ours.status:
            return f"the same error: {results.ours.error}"
        return _summary(results.ours)

    async def as_committed(self, command: str, microgrid: int) -> str:
        """Raise UnexpectedError unless the output of a command has the difference in `expected`."""
        results = await self.both(command, microgrid)
        _expect_same(results, "status", "picture")
        committed = (_EXPECTED / f"{command}-{microgrid}.txt").read_text(encoding="utf-8")
        text = difference(results)
        if text != committed:
            raise UnexpectedError(f"another difference than expected:\n{text}")
        lines = [result.out.splitlines() for result in results]
        for published, ours in zip(*lines, strict=True):
            _expect_without_inactive(published, ours)
        return f"the same {len(lines[0])} lines, but without the inactive #{INACTIVE}"


def _expect_same(results: _Results, *fields: str) -> None:
    for name in fields:
        if getattr(results.published, name) != getattr(results.ours, name):
            text = difference(results) if name == "out" else f"{results!r:.1000}"
            raise UnexpectedError(f"{name} differs: {text}")
    if results.ours.status == 0 and not (results.ours.out or results.ours.picture.startswith(_PNG)):
        raise UnexpectedError("no output and no picture")


def _expect_without_inactive(published: str, ours: str) -> None:
    """Raise UnexpectedError unless our formula lacks the inactive component, and only that."""
    before, after = ({*_COMPONENT.findall(line)} for line in (published, ours))
    expect(f"components in {ours}", before - {str(INACTIVE)}, after)
    if before == after:
        expect("line", published, ours)


def difference(results: _Results) -> str:
    """Return the whole output of both clients as a unified diff."""
    published, ours = (result.out.splitlines(keepends=True) for result in results)
    names = (PUBLISHED, OURS)
    return "".join(difflib.unified_diff(published, ours, *names, n=len(published)))


def _summary(result: Result) -> str:
    if result.picture:
        return f"the same picture, {len(result.picture) // 1000} kB"
    return f"the same {len(result.out.splitlines())} lines"


async def check_downstream(url: str) -> Sequence[Table]:
    """Return the tables of the consumer, which runs only if both clients are the right ones."""
    clients = Table("Downstream: the clients", (PUBLISHED, OURS))

    async def is_published() -> str:
        return await expect_published(DOWNSTREAM_PUBLISHED, PUBLISHED_VERSION, _CONSUMER)

    async def is_ours() -> str:
        return await expect_ours(DOWNSTREAM_OURS, _CONSUMER)

    clients.rows["`frequenz.client.assets` is"] = {
        PUBLISHED: await verdict(is_published),
        OURS: await verdict(is_ours),
    }
    if not clients.is_good:
        return (clients,)
    table = Table(
        f"Downstream: `gridpool-cli` with this client, compared with {PUBLISHED}",
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
    return await verdict(lambda: check(command, microgrid))
