"""The results of checks as Markdown tables."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from ..shared import tables
from ..shared.texts import around_difference, shortened
from ._processes import UnexpectedError

_REASON_CHARACTERS: Final = 600


class Verdict(NamedTuple):
    """The result of a check."""

    is_good: bool

    text: str = ""
    """What was checked, or why the check failed."""

    def __str__(self) -> str:
        line = " ".join(self.text.split()).replace("|", "\\|")
        if self.is_good:
            return f"✓ {line}".strip()
        return f"**✗** {shortened(line, 0, _REASON_CHARACTERS)}"


@dataclass
class Table:
    """Checks that belong together."""

    title: str
    columns: Sequence[str]
    rows: dict[str, Mapping[str, Verdict]] = field(default_factory=dict)
    """By what was checked, then by column; columns that do not apply are missing."""

    @property
    def is_good(self) -> bool:
        """Whether all checks passed, and there were any."""
        verdicts = [verdict for row in self.rows.values() for verdict in row.values()]
        return bool(verdicts) and all(verdict.is_good for verdict in verdicts)

    def __str__(self) -> str:
        rows = (
            (what, *(str(verdicts.get(column, "-")) for column in self.columns))
            for what, verdicts in self.rows.items()
        )
        return f"### {self.title}\n\n{tables.table(('', *self.columns), rows)}"


async def verdict(check: Callable[[], Awaitable[str]]) -> Verdict:
    """Return the result of a check, which returns what it checked, or raises what is wrong."""
    try:
        return Verdict(is_good=True, text=await check())
    except UnexpectedError as reason:
        return Verdict(is_good=False, text=str(reason))
    except Exception as error:  # noqa: BLE001 - the other checks should be made all the same
        return Verdict(is_good=False, text=f"{type(error).__name__}: {error}")


def expect(what: str, expected: object, actual: object) -> None:
    """Raise UnexpectedError if something is not as expected."""
    if actual != expected:
        first, second = around_difference(repr(expected), repr(actual))
        raise UnexpectedError(f"{what}: expected {first}, got {second}")
