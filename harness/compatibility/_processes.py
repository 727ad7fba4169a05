"""Run programs of other environments, to their end."""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[2]
SCRIPTS: Final = Path(__file__).resolve().parent / "scripts"

_ANSWER_SECONDS: Final = 120.0
_AT_A_TIME: Final = asyncio.Semaphore(max(2, os.cpu_count() or 2))
_TOLD: Final = 400

# Nothing else gets in: proxies and keys of whoever runs this would change what programs do.
_KEPT: Final = ("HOME", "LANG", "PATH", "TMPDIR")


class UnexpectedError(Exception):
    """Something is not as it must be; the text is the reason."""


class Ended(NamedTuple):
    """What a program left when it ended."""

    status: int
    out: str
    err: str

    @property
    def last_words(self) -> str:
        """The end of what it said on standard error."""
        return self.err.strip()[-_TOLD:]


async def run(
    *command: str | Path,
    stdin: str = "",
    variables: Mapping[str, str] | None = None,
    is_installing: bool = False,
    seconds: float = _ANSWER_SECONDS,
) -> Ended:
    """Run a program; it and all that it started is gone afterwards.

    Args:
        command: The program and its arguments.
        stdin: What it reads.
        variables: Environment variables, beside a few that every program needs.
        is_installing: Whether it gets the environment variables of this process, as pip needs.
        seconds: How long it may take.

    Raises:
        UnexpectedError: If it takes longer.
    """
    kept = {name: value for name, value in os.environ.items() if _is_kept(name, is_installing)}
    async with _AT_A_TIME:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=ROOT,
            env={**kept, **(variables or {})},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(seconds):
                out, err = await process.communicate(stdin.encode())
        except TimeoutError:
            raise UnexpectedError(f"{_name(command)} did not end within {seconds:.0f} s") from None
        finally:
            if process.returncode is None:
                # The session is its own, so this ends what it started, and nothing else.
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode(errors="replace"))


def _is_kept(name: str, is_installing: bool) -> bool:
    return name in _KEPT or (is_installing and not name.startswith("PYTHON"))


async def output(*command: str | Path, **options: object) -> str:
    """Return what a program writes to standard output.

    Raises:
        UnexpectedError: If it fails.
    """
    ended = await run(*command, **options)  # type: ignore[arg-type]
    if ended.status:
        raise UnexpectedError(f"{_name(command)} failed: {ended.last_words or ended.out[-_TOLD:]}")
    return ended.out


def _name(command: Sequence[str | Path]) -> str:
    return " ".join(Path(part).name if Path(part).is_absolute() else str(part) for part in command)
