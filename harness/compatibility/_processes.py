"""Run programs of other environments to their end."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ..shared.processes import Ended, run_program

SCRIPTS: Final = Path(__file__).resolve().parent / "scripts"

_ANSWER_SECONDS: Final = 120.0
_PARALLEL: Final = asyncio.Semaphore(max(2, os.cpu_count() or 2))
_ERROR_CHARACTERS: Final = 400

# No others: proxies and keys of the user would change what programs do.
_PASSED_ON: Final = ("HOME", "LANG", "PATH", "TMPDIR")


class UnexpectedError(Exception):
    """Something is not as expected; the text says what."""


async def run(
    *command: str | Path,
    stdin: str = "",
    variables: Mapping[str, str] | None = None,
    is_installing: bool = False,
    seconds: float = _ANSWER_SECONDS,
) -> Ended:
    """Run a program to its end.

    Args:
        command: The program and its arguments.
        stdin: The text that it reads.
        variables: Environment variables, in addition to a few that every program needs.
        is_installing: Whether it gets the environment variables of this process, as pip needs.
        seconds: How long it may take.

    Raises:
        UnexpectedError: If it takes longer.
    """
    environment = {
        name: value for name, value in os.environ.items() if _is_passed_on(name, is_installing)
    }
    async with _PARALLEL:
        try:
            return await run_program(
                *command,
                seconds=seconds,
                stdin=stdin,
                environment={**environment, **(variables or {})},
            )
        except TimeoutError:
            raise UnexpectedError(f"{_name(command)} did not end within {seconds:.0f} s") from None


def _is_passed_on(name: str, is_installing: bool) -> bool:
    return name in _PASSED_ON or (is_installing and not name.startswith("PYTHON"))


async def output(*command: str | Path, **options: Any) -> str:
    """Return what a program writes to standard output; the options are those of `run`.

    Raises:
        UnexpectedError: If it fails.
    """
    ended = await run(*command, **options)
    if ended.status:
        text = ended.err.strip() or ended.out
        raise UnexpectedError(f"{_name(command)} failed: {text[-_ERROR_CHARACTERS:]}")
    return ended.out


def _name(command: Sequence[str | Path]) -> str:
    return " ".join(Path(part).name if Path(part).is_absolute() else str(part) for part in command)
