"""A run: one mutation after another, until one breaks a promise."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from time import perf_counter
from typing import Final

from frequenz.client.assets.findings._rules import Rule, Severity

from ._check import REPLIES, check
from ._corpus import Reply, replies
from ._mutate import mutated
from ._reports import log_captured

_NUMBERS: Final = 2**64
"""More than the mutations of a run, each of which has its own seed."""

_STEP: Final = 500


class FailureError(Exception):
    """The client breaks a promise for a reply; the cause says which."""

    def __init__(self, seed: int, number: int, reply: Reply) -> None:
        super().__init__(
            f"seed {seed}, mutation {number}: {reply.call} for {reply.requested},"
            f" {len(reply.data)} bytes: {reply.data.hex()}"
        )
        self.seed = seed
        self.number = number
        self.reply = reply


@dataclass
class Tally:
    """The counts of a run."""

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
    """Check the client with mutations, starting with the first one.

    Args:
        seed: Of all mutations.
        mutations: How many to make.
        first: The number of the first one.
        advance: Called from time to time with the number of mutations since the last time.

    Raises:
        FailureError: If the client breaks a promise.
    """
    tally = Tally()
    corpus = _by_call()
    began = perf_counter()
    with log_captured():
        for number in range(first, first + mutations):
            reply = _reply(seed, number, corpus)
            try:
                rules = check(*reply)
            except Exception as error:  # the client must not raise any
                raise FailureError(seed, number, reply) from error
            _count(tally, reply.call, rules)
            if tally.mutations % _STEP == 0:
                advance(_STEP)
    tally.seconds = perf_counter() - began
    return tally


def _by_call() -> Mapping[str, list[Reply]]:
    corpus: dict[str, list[Reply]] = {call: [] for call in REPLIES}
    for reply in replies():
        corpus[reply.call].append(reply)
    return corpus


def _reply(seed: int, number: int, corpus: Mapping[str, list[Reply]]) -> Reply:
    """Return the reply of a mutation, each of another call than the last one."""
    random = Random(seed * _NUMBERS + number)
    calls = list(corpus)
    choices = corpus[calls[number % len(calls)]]
    reply, other = random.choice(choices), random.choice(choices)
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
