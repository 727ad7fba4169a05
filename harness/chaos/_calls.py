"""The eight calls, and how they end."""

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

ARGUMENTS: Final[Mapping[str, tuple[int, ...]]] = {
    "get_microgrid": (1,),
    "list_microgrids": (),
    "list_microgrid_electrical_components": (1,),
    "list_microgrid_electrical_component_connections": (1,),
    "list_microgrid_sensors": (1,),
    "list_gridpools": (),
    "list_gridpool_energy_schedules": (5,),
    "list_market_topology_relations": (),
}
"""The methods of the client, and the arguments that they need."""


def _call_of(method: str, arguments: tuple[int, ...]) -> Call:
    async def call(client: AssetsApiClient, **options: Any) -> Any:
        return await getattr(client, method)(*arguments, on_findings=_ignore, **options)

    return call


def _ignore(_: object) -> None:
    """Ignore findings: the fleet has some."""


CALLS: Final[Mapping[str, Call]] = {
    method: _call_of(method, arguments) for method, arguments in ARGUMENTS.items()
}
"""Each call, by the name of its method."""

GET: Final = CALLS["get_microgrid"]

ANSWER: Final = "answer"
WRONG: Final = "wrong answer"
HANG: Final = "hang"
_HANG_SECONDS: Final = 3.0
"""A call that goes on for this long after its deadline hangs."""

_LATE_SECONDS: Final = 0.05


async def answers(client: AssetsApiClient) -> dict[str, Any]:
    """Return the answer to each call, while nothing is wrong."""
    return {method: await call(client) for method, call in CALLS.items()}


@dataclass(slots=True)
class Tally:
    """How calls ended."""

    outcomes: Counter[str] = field(default_factory=Counter)
    """The number of calls by how they ended: as an answer, or the name of the error's class."""

    foreign: Counter[str] = field(default_factory=Counter)
    """The errors that are not an ApiClientError."""

    longest: float = 0.0
    """The longest call, in s."""

    latest: float = 0.0
    """How long after its deadline the latest call ended, in s."""

    late: int = 0
    """The number of calls that ended more than 50 ms after their deadline."""

    last_error: str = ""

    @property
    def calls(self) -> int:
        """The number of calls."""
        return self.outcomes.total()

    @property
    def failed(self) -> int:
        """The number of calls without a right answer."""
        return self.calls - self.outcomes[ANSWER]

    def __str__(self) -> str:
        return ", ".join(f"{times} {name}" for name, times in self.outcomes.most_common())

    async def make(
        self, call: Call, client: AssetsApiClient, timeout: float | None, expected: Any = None
    ) -> str:
        """Make a call, and count and return how it ended."""
        began = monotonic()
        outcome = ANSWER
        try:
            async with asyncio.timeout(None if timeout is None else timeout + _HANG_SECONDS):
                answer = await call(client, timeout=timeout)
            if expected is not None and answer != expected:
                outcome = WRONG
        except ApiClientError as error:
            outcome = type(error).__name__
            self.last_error = str(error)
        except TimeoutError:
            outcome = HANG
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            outcome = "CancelledError"  # raised by the call itself: this task was not cancelled
            self.foreign[outcome] += 1
        except Exception as error:  # noqa: BLE001 - no other error is documented
            outcome = type(error).__name__
            self.foreign[outcome] += 1
            self.last_error = repr(error)
        took = monotonic() - began
        self.outcomes[outcome] += 1
        self.longest = max(self.longest, took)
        if timeout is not None:
            self.latest = max(self.latest, took - timeout)
            self.late += took - timeout > _LATE_SECONDS
        return outcome


async def in_parallel(callers: int, jobs: Sequence[Callable[[], Awaitable[Any]]]) -> None:
    """Do jobs in order, with a number of callers that work in parallel."""
    remaining = iter(jobs)

    async def work() -> None:
        for job in remaining:
            await job()

    async with asyncio.TaskGroup() as group:
        for _ in range(callers):
            group.create_task(work())
