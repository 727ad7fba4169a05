"""The default backoff: the pauses between the attempts of a call."""

import random
from collections.abc import Callable
from typing import Final, TypeAlias

_FIRST_PAUSE: Final = 0.1
_MAX_PAUSE: Final = 1.0

Pauses: TypeAlias = Callable[[], float | None]
"""Returns the pause before the next attempt, in s; None if there are no more attempts."""


def random_pauses() -> Pauses:
    """Return random pauses of up to 0.1, 0.2, 0.4, 0.8, 1, 1, ... s: exponential, full jitter."""
    longest = _FIRST_PAUSE

    def next_pause() -> float:
        nonlocal longest
        pause = random.uniform(0.0, longest)
        longest = min(2 * longest, _MAX_PAUSE)
        return pause

    return next_pause
