"""The eight calls, and what becomes of them."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final, TypeAlias

from frequenz.client.assets import AssetsApiClient
from frequenz.client.assets.exceptions import ApiClientError

Call: TypeAlias = Callable[..., Awaitable[Any]]
"""Makes a call with a client and a `timeout`."""


def _ignore(_: object) -> None:
    """Take findings: those of the fleet are of no interest here."""


_ARGUMENTS: Final[Mapping[str, tuple[int, ...]]] = {
    "get_microgrid": (1,),
    "list_microgrids": (),
    "list_microgrid_electrical_components": (1,),
    "list_microgrid_electrical_component_connections": (1,),
    "list_microgrid_sensors": (1,),
    "list_gridpools": (),
    "list_gridpool_energy_schedules": (5,),
    "list_market_topology_relations": (),
}


def _made(method: str, arguments: tuple[int, ...]) -> Call:
    def call(client: AssetsApiClient, **options: Any) -> Awaitable[Any]:
        made: Awaitable[Any] = getattr(client, method)(*arguments, on_findings=_ignore, **options)
        return made

    return call


CALLS: Final[Mapping[str, Call]] = {
    method: _made(method, arguments) for method, arguments in _ARGUMENTS.items()
}
"""Each call, by the name of its method."""

GET: Final = CALLS["get_microgrid"]

ANSWER: Final = "answer"
WRONG: Final = "wrong answer"
HANG: Final = "hang"
_HANG_SECONDS: Final = 3.0
"""How long after its deadline a call counts as one that hangs."""


async def answers(client: AssetsApiClient) -> dict[str, Any]:
    """Return what each call gives when nothing is wrong."""
    return {method: await call(client) for method, call in CALLS.items()}


@dataclass(slots=True)
class Tally:
    """What became of calls."""

    outcomes: Counter[str] = field(default_factory=Counter)
    """How many ended how: as an answer, or by the name of the error's class."""

    foreign: Counter[str] = field(default_factory=Counter)
    """The errors that are no ApiClientError."""

    worst: float = 0.0
    """The longest that one took, in s."""

    latest: float = 0.0
    """The longest that one went on after its deadline, in s."""

    late: int = 0
    """How many went on more than 50 ms after their deadline."""

    example: str = ""
    """The text of the last error."""

    @property
    def calls(self) -> int:
        """How many there were."""
        return self.outcomes.total()

    @property
    def failed(self) -> int:
        """How many had no right answer."""
        return self.calls - self.outcomes[ANSWER]

    def __str__(self) -> str:
        return ", ".join(f"{times} {name}" for name, times in self.outcomes.most_common())

    async def take(
        self, call: Call, client: AssetsApiClient, timeout: float | None, expected: Any = None
    ) -> str:
        """Make a call, count what becomes of it, and return that."""
        began = monotonic()
        outcome = ANSWER
        try:
            async with asyncio.timeout(None if timeout is None else timeout + _HANG_SECONDS):
                answer = await call(client, timeout=timeout)
            if expected is not None and answer != expected:
                outcome = WRONG
        except ApiClientError as error:
            outcome = type(error).__name__
            self.example = str(error)
        except TimeoutError:
            outcome = HANG
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            outcome = "CancelledError"  # nobody cancelled this task: it is what the call raised
            self.foreign[outcome] += 1
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not be
            outcome = type(error).__name__
            self.foreign[outcome] += 1
            self.example = repr(error)
        took = monotonic() - began
        self.outcomes[outcome] += 1
        self.worst = max(self.worst, took)
        if timeout is not None:
            over = took - timeout
            self.latest = max(self.latest, over)
            self.late += over > 0.05
        return outcome


async def by_turns(callers: int, jobs: Sequence[Callable[[], Awaitable[Any]]]) -> None:
    """Do jobs in their order, so many at once."""
    left = iter(jobs)

    async def work() -> None:
        for job in left:
            await job()

    async with asyncio.TaskGroup() as group:
        for _ in range(callers):
            group.create_task(work())
