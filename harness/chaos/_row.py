"""Rows of the table: what is promised, and what was measured."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that is promised, beside what was measured."""

    what: str
    promised: str
    measured: str
    is_kept: bool = True

    is_time: bool = False
    """Whether it is a time: on a busy machine, it says little when it is missed."""

    @property
    def verdict(self) -> str:
        """Whether it is kept, in a word."""
        if self.is_kept:
            return "kept" if self.promised else ""
        return "MISSED" if self.is_time else "BROKEN"


Claims: TypeAlias = list[Claim]


class Row(NamedTuple):
    """A row of the table."""

    name: str
    title: str
    """What is done, with its figures."""

    run: Callable[[int], Awaitable[Claims]]
    """Do it, with a seed."""

    limit: float
    """After how many s it counts as broken."""


def exactly(what: str, promised: object, measured: object, also: object = "") -> Claim:
    """Return the claim that something is what it must be."""
    shown = f"{measured} ({also})" if str(also) else str(measured)
    return Claim(what, str(promised), shown, promised == measured)


def at_most(what: str, promised: float, measured: float, places: int = 3) -> Claim:
    """Return the claim that a number is not too large."""
    return Claim(what, f"at most {promised:g}", f"{measured:.{places}f}", measured <= promised)


def within(what: str, promised: float, measured: float) -> Claim:
    """Return the claim that something takes no longer than that many s."""
    shown = f"at most {promised:g} s", f"{measured:.3f} s"
    return Claim(what, *shown, measured <= promised, is_time=True)


HEAD: Final = "| row | what | promised | measured | |\n| :-- | :-- | :-- | :-- | :-- |"
"""How a Markdown table begins whose lines are those of rows."""


def lines(row: Row, claims: Claims) -> Iterator[str]:
    """Yield what was measured of a row as lines of a Markdown table."""
    name = row.name
    for claim in claims:
        cells = (name, claim.what, claim.promised, claim.measured, claim.verdict)
        yield f"| {' | '.join(cells)} |"
        name = ""
