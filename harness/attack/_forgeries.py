"""Requests that must not be let in, on two workers, with a restart in between."""

import random
import time
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, TypeAlias

import grpc
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2

from frequenz.server.assets._callers.keys import NewKey

from ..shared.claims import Claims, exactly
from ._target import THEIRS, Callers, Files, Metadata, fleet, in_parallel, signed, start

_METHOD: Final = "GetMicrogrid"
_OPTIONS: Final = (
    "--workers=2",
    "--max-calls-per-second=100000",
    "--max-burst=1000000",
    "--max-calls-per-key=1000",
    "--max-nonces=9000000",
)
_CONNECTIONS: Final = 8
"""So many that both workers have some of them; a replay meets either."""

_PARALLEL: Final = 256

Attack: TypeAlias = Callable[[NewKey, random.Random], Metadata]


def _forged(new: NewKey, chance: random.Random) -> Metadata:
    return signed(new.text, urlsafe_b64encode(chance.randbytes(32)).decode(), _METHOD)


def _stale(new: NewKey, chance: random.Random) -> Metadata:
    return signed(
        new.text, new.secret, _METHOD, moment=int(time.time()) - chance.randint(302, 9999)
    )


def _future(new: NewKey, chance: random.Random) -> Metadata:
    return signed(
        new.text, new.secret, _METHOD, moment=int(time.time()) + chance.randint(330, 9999)
    )


def _cross_method(new: NewKey, chance: random.Random) -> Metadata:
    others = ("ListMicrogrids", "ListGridpools", "GetMicrogri", "GetMicrogrid ", "", "getmicrogrid")
    return signed(new.text, new.secret, chance.choice(others))


def _truncated(new: NewKey, chance: random.Random) -> Metadata:
    metadata = [*signed(new.text, new.secret, _METHOD)]
    index = chance.randrange(len(metadata))
    name, value = metadata[index]
    metadata[index] = name, value[: chance.randrange(len(value))]
    return tuple(metadata)


ATTACKS: Final[Mapping[str, Attack]] = {
    "forged": _forged,
    "stale": _stale,
    "future": _future,
    "cross-method": _cross_method,
    "truncated": _truncated,
}


async def forgeries(count: int, seed: int, folder: Path) -> Claims:
    """Attack with a number of requests of each kind, and make as many good ones beside them."""
    files = Files.create(folder, fleet(100))
    (ours,), (theirs,) = files.add_keys(1), files.add_keys(1, THEIRS)
    nonces = f"--nonces={folder / 'nonces.db'}"
    chance = random.Random(seed)
    target = await start(files, *files.options, nonces, *_OPTIONS)
    own = platformassets_pb2.GetMicrogridRequest(microgrid_id=1).SerializeToString()
    good: list[Metadata] = []
    results: dict[str, Counter[grpc.StatusCode]] = {}
    refusals: Counter[str] = Counter()

    async def round_of(part: int) -> None:
        callers = Callers([target.address], _CONNECTIONS)

        async def attack(number: int) -> tuple[str, grpc.StatusCode]:
            kind = kinds[number % len(kinds)]
            if kind == "good":
                metadata = signed(ours.text, ours.secret, _METHOD)
            elif kind == "replayed":
                metadata = chance.choice(good) if good else signed("x", "y", _METHOD)
            elif kind == "foreign":
                metadata = signed(theirs.text, theirs.secret, _METHOD)
            else:
                metadata = ATTACKS[kind](ours, chance)
            status, details, _ = await callers.call(number, _METHOD, own, metadata)
            if kind == "good":
                good.append(metadata)  # only now: a replay must not overtake it
                refusals[details] += status is not grpc.StatusCode.OK
            return kind, status

        kinds = ("good", "replayed", "foreign", *ATTACKS)
        for kind, status in await in_parallel(part * len(kinds), _PARALLEL, attack):
            results.setdefault(kind, Counter())[status] += 1
        await callers.close()

    try:
        await round_of(count // 2)
        await target.stop()
        target = await start(files, *files.options, nonces, *_OPTIONS, port=target.port)
        await round_of(count - count // 2)
    finally:
        await target.stop()
    accepted = {
        kind: counted[grpc.StatusCode.OK] for kind, counted in results.items() if kind != "good"
    }
    wrong = {"foreign": grpc.StatusCode.NOT_FOUND}
    claims = [
        exactly(f"{kind}: accepted of {results[kind].total()}", 0, number)
        for kind, number in sorted(accepted.items())
    ]
    others = sum(
        number
        for kind, counted in results.items()
        for status, number in counted.items()
        if kind != "good" and status is not wrong.get(kind, grpc.StatusCode.UNAUTHENTICATED)
    )
    total = results["good"].total()
    refused = total - results["good"][grpc.StatusCode.OK]
    detail = "" if not refused else dict(+refusals)
    return [
        *claims,
        exactly("answered with another status than expected", 0, others),
        exactly(f"good ones beside them: refused of {total}", 0, refused, detail),
    ]
