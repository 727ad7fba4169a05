"""Whether a caller can tell a microgrid of others from one that does not exist."""

import random
from collections.abc import Sequence
from pathlib import Path
from statistics import NormalDist
from time import perf_counter
from typing import Final

from frequenz.api.platformassets.v1alpha1 import platformassets_pb2

from ..shared.claims import Claim, Claims, exactly
from ._target import Callers, Files, fleet, serving, signed

_METHOD: Final = "GetMicrogrid"
_SITES: Final = 1000
_SIGNIFICANCE: Final = 0.001


async def tenants(pairs: int, seed: int, folder: Path) -> Claims:
    """Ask for microgrids of others and for absent ones, in random order."""
    files = Files.create(folder, fleet(_SITES))
    (ours,) = files.add_keys(1)
    chance = random.Random(seed)
    times: dict[bool, list[float]] = {True: [], False: []}
    answers: dict[bool, set[object]] = {True: set(), False: set()}
    async with serving(
        files, *files.options, "--max-calls-per-second=100000", "--max-burst=1000000"
    ) as target:
        callers = Callers([target.address], 1)
        for _ in range(pairs):
            order = [True, False]
            chance.shuffle(order)
            for is_foreign in order:
                number = 2 * chance.randint(1, _SITES // 2) + (0 if is_foreign else 2 * _SITES)
                data = platformassets_pb2.GetMicrogridRequest(
                    microgrid_id=number
                ).SerializeToString()
                metadata = signed(ours.text, ours.secret, _METHOD)
                begun = perf_counter()
                status, details, reply = await callers.call(0, _METHOD, data, metadata)
                times[is_foreign].append(perf_counter() - begun)
                answers[is_foreign].add((status, details.replace(str(number), "ID"), reply))
        await callers.close()
    probability = same_times(times[True], times[False])
    return [
        exactly("different answers", 1, len(answers[True] | answers[False])),
        Claim(
            f"p of {pairs} pairs of times (Mann-Whitney)",
            f"at least {_SIGNIFICANCE}",
            f"{probability:.3f}",
            probability >= _SIGNIFICANCE,
        ),
    ]


def same_times(first: Sequence[float], second: Sequence[float]) -> float:
    """Return how probable such a difference of two samples is if they are of the same kind."""
    ranked = sorted([*((value, 0) for value in first), *((value, 1) for value in second)])
    total = sum(rank for rank, (_, which) in enumerate(ranked, start=1) if which == 0)
    n, m = len(first), len(second)
    mean, variance = n * (n + m + 1) / 2, n * m * (n + m + 1) / 12
    return 2 * (1 - NormalDist().cdf(abs(total - mean) / variance**0.5))
