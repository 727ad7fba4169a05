"""A run: mutation after mutation, until one breaks a promise."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from time import perf_counter
from typing import Final

from frequenz.client.assets.findings._rules import Rule, Severity

from ._check import REPLIES, check, quiet
from ._corpus import Reply, replies
from ._mutate import mutated

_NUMBERS: Final = 2**64
"""More than a run has mutations: each gets a seed of its own."""

_STEP: Final = 500


class FailureError(Exception):
    """The client does with a reply what it must not; the cause says what."""

    def __init__(self, seed: int, number: int, reply: Reply) -> None:
        super().__init__(
            f"seed {seed}, mutation {number}: {reply.call}, asked for {reply.asked},"
            f" got {len(reply.data)} bytes: {reply.data.hex()}"
        )
        self.seed = seed
        self.number = number
        self.reply = reply


@dataclass
class Tally:
    """What came of a run."""

    mutations: int = 0
    parsed: int = 0
    with_findings: int = 0
    with_major: int = 0
    seconds: float = 0.0
    rules: Counter[Rule] = field(default_factory=Counter)
    """How often each rule was broken."""

    calls: Counter[str] = field(default_factory=Counter)
    """How many replies of each call could be parsed."""


def run(
    seed: int, mutations: int, *, first: int = 0, advance: Callable[[int], object] = int
) -> Tally:
    """Make some mutations, from the first one on, and check what the client makes of each.

    Now and then it says how many more have been made.

    Raises:
        FailureError: If the client does what it must not.
    """
    tally = Tally()
    known = _by_call()
    began = perf_counter()
    with quiet():
        for number in range(first, first + mutations):
            reply = _reply(seed, number, known)
            try:
                rules = check(*reply)
            except Exception as error:  # whatever it is, the client must not raise it
                raise FailureError(seed, number, reply) from error
            _count(tally, reply.call, rules)
            if tally.mutations % _STEP == 0:
                advance(_STEP)
    tally.seconds = perf_counter() - began
    return tally


def _by_call() -> Mapping[str, list[Reply]]:
    known: dict[str, list[Reply]] = {call: [] for call in REPLIES}
    for reply in replies():
        known[reply.call].append(reply)
    return known


def _reply(seed: int, number: int, known: Mapping[str, list[Reply]]) -> Reply:
    """Return the reply of a mutation; the calls take turns."""
    random = Random(seed * _NUMBERS + number)
    calls = list(known)
    like = known[calls[number % len(calls)]]
    reply, other = random.choice(like), random.choice(like)
    descriptor = REPLIES[reply.call].DESCRIPTOR
    return reply._replace(data=mutated(random, reply.data, other.data, descriptor))


def _count(tally: Tally, call: str, rules: list[Rule] | None) -> None:
    tally.mutations += 1
    if rules is None:
        return
    tally.parsed += 1
    tally.calls[call] += 1
    tally.rules.update(rules)
    tally.with_findings += bool(rules)
    tally.with_major += any(rule.severity is Severity.MAJOR for rule in rules)
