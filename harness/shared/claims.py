"""What is promised, and what was measured."""

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that is promised, and what was measured."""

    what: str
    promised: str
    """Empty = nothing is promised."""

    measured: str
    is_kept: bool = True

    is_time: bool = False
    """Whether a time is promised, which a busy machine may exceed."""

    @property
    def verdict(self) -> str:
        """Whether the promise is kept, in a word."""
        if self.is_kept:
            return "kept" if self.promised else ""
        return "MISSED" if self.is_time else "BROKEN"


Claims: TypeAlias = list[Claim]


class Scenario(NamedTuple):
    """Something to measure."""

    name: str
    title: str
    run: Callable[[int], Awaitable[Claims]]
    """Runs it with a seed."""

    limit: float
    """How many s it may take."""


async def measure(scenario: Scenario, seed: int) -> Claims:
    """Run a scenario; an error, or that it does not end, is a broken promise of its own."""
    try:
        async with asyncio.timeout(scenario.limit):
            return await scenario.run(seed)
    except TimeoutError:
        limit = f"at most {scenario.limit:g} s"
        return [Claim("the whole scenario", limit, "it did not end", is_kept=False)]
    except Exception as error:  # noqa: BLE001 - the other scenarios are still worth measuring
        traceback.print_exc()
        return [Claim("the whole scenario", "no error", repr(error), is_kept=False)]


def exactly(what: str, promised: object, measured: object, details: object = "") -> Claim:
    """Return the claim that a value is the promised one."""
    text = f"{measured} ({details})" if str(details) else str(measured)
    return Claim(what, str(promised), text, promised == measured)


def at_most(what: str, promised: float, measured: float) -> Claim:
    """Return the claim that a number is not above the promised one."""
    return Claim(what, f"at most {promised:g}", f"{measured:.3f}", measured <= promised)


def within(what: str, promised: float, measured: float) -> Claim:
    """Return the claim that a time is not above the promised one, both in s."""
    texts = f"at most {promised:g} s", f"{measured:.3f} s"
    return Claim(what, *texts, measured <= promised, is_time=True)


COLUMNS: Final = ("scenario", "what", "promised", "measured", "")


def rows(scenario: Scenario, claims: Claims) -> Iterator[tuple[str, ...]]:
    """Yield the table rows of a scenario; the first one has its name."""
    name = scenario.name
    for claim in claims:
        yield name, claim.what, claim.promised, claim.measured, claim.verdict
        name = ""
