"""What came of the checks, as Markdown."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from ._processes import UnexpectedError

_REASON: Final = 600
_VALUE: Final = 200
_BEFORE: Final = 60


class Verdict(NamedTuple):
    """What came of a check."""

    is_good: bool

    text: str = ""
    """What was checked, or the reason why it is not good."""

    def __str__(self) -> str:
        line = " ".join(self.text.split()).replace("|", "\\|")
        if self.is_good:
            return f"✓ {line}".strip()
        return f"**✗** {line[:_REASON]}{'...' if len(line) > _REASON else ''}"


@dataclass
class Table:
    """The checks of one theme."""

    title: str
    columns: Sequence[str]
    rows: dict[str, Mapping[str, Verdict]] = field(default_factory=dict)
    """By what was checked, then by column; a column that is missing does not apply."""

    @property
    def is_good(self) -> bool:
        """Whether all is as it must be, and anything was checked at all."""
        verdicts = [verdict for row in self.rows.values() for verdict in row.values()]
        return bool(verdicts) and all(verdict.is_good for verdict in verdicts)

    def __str__(self) -> str:
        lines = [
            f"### {self.title}\n",
            f"| | {' | '.join(self.columns)} |",
            f"|---|{'---|' * len(self.columns)}",
        ]
        for what, verdicts in self.rows.items():
            cells = (str(verdicts.get(column, "-")) for column in self.columns)
            lines.append(f"| {what} | {' | '.join(cells)} |")
        return "\n".join(lines)


async def judged(check: Callable[[], Awaitable[str | None]]) -> Verdict:
    """Return what came of a check, which returns what it checked or raises what is wrong."""
    try:
        return Verdict(is_good=True, text=await check() or "")
    except UnexpectedError as reason:
        return Verdict(is_good=False, text=str(reason))
    except Exception as error:  # noqa: BLE001 - the other checks are to be made all the same
        return Verdict(is_good=False, text=f"{type(error).__name__}: {error}")


def expect(what: str, expected: object, actual: object) -> None:
    """Raise UnexpectedError if something is not as expected."""
    if actual != expected:
        texts = (repr(expected), repr(actual))
        pairs = enumerate(zip(*texts, strict=False))
        start = max(0, next((at for at, pair in pairs if len({*pair}) > 1), 0) - _BEFORE)
        first, second = (_cut(text, start) for text in texts)
        raise UnexpectedError(f"{what}: expected {first}, got {second}")


def _cut(text: str, start: int) -> str:
    """Return a text from a little before the place where it is another than expected."""
    end = start + _VALUE
    return f"{'...' if start else ''}{text[start:end]}{'...' if len(text) > end else ''}"
