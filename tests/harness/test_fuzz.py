"""A slice of `make fuzz`, and whether it would notice."""

import logging
import re
from collections.abc import Callable
from secrets import randbits
from typing import Any, Final

import pytest
from harness.fuzz import __main__ as command
from harness.fuzz import _check, _run

from frequenz.client.assets._wire.lists.parts import Decoded
from frequenz.client.assets.exceptions import InvalidItemsGroup
from frequenz.client.assets.findings._rules import Fault, Rule
from harness import fuzz

SEED: Final = randbits(32)
"""Another one each time; the tests that need a certain one say which."""
FEW: Final = 200
"""Enough mutations for a fault of every reply to show."""

ACROSS_ENTITIES: Final = {
    Rule.NO_SUCH_COMPONENT,
    Rule.NO_SUCH_MICROGRID,
    Rule.NO_SUCH_GRIDPOOL,
    Rule.NO_COMPONENTS,
    Rule.NO_CONNECTIONS,
    Rule.SEVERAL_GRID_CONNECTION_POINTS,
    Rule.UNREACHABLE,
    Rule.CYCLE,
}
"""The rules of inventories, which no reply can break."""


def _tally(mutations: int, *, first: int = 0) -> fuzz.Tally:
    try:
        return fuzz.run(SEED, mutations, first=first)
    except fuzz.FailureError as failure:
        raise AssertionError(str(failure)) from failure


def test_whatever_bytes_arrive_nothing_is_lost_and_nothing_else_raised() -> None:
    tally = _tally(5000)

    assert tally.mutations == 5000, f"seed {SEED}"
    assert tally.calls.keys() == _check.CALLS.keys(), f"seed {SEED}"
    assert 0.2 < tally.parsed / tally.mutations < 0.9, f"seed {SEED}"
    assert 0 < tally.with_major < tally.with_findings < tally.parsed, f"seed {SEED}"
    missed = set(Rule) - ACROSS_ENTITIES - tally.rules.keys()
    for first in range(5000, 50_000, 500):  # rarely more than the first few
        if not missed:
            break
        missed -= _tally(500, first=first).rules.keys()
    assert not missed, f"seed {SEED}"
    assert ACROSS_ENTITIES.isdisjoint(tally.rules), f"seed {SEED}"


def test_the_same_seed_makes_the_same_mutations(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(_run, "check", lambda *reply: seen.append(reply))
    fuzz.run(7, 20)
    fuzz.run(7, 20)
    fuzz.run(7, 1, first=13)
    fuzz.run(8, 20)

    assert seen[:20] == seen[20:40]
    assert seen[40] == seen[13]
    assert seen[41:] != seen[:20]


def test_what_the_client_logs_is_kept_from_everybody_else(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("frequenz.client.assets")
    before = logger.propagate, logger.level, list(logger.handlers)
    fuzz.run(SEED, FEW)
    assert not caplog.records, f"seed {SEED}"
    assert (logger.propagate, logger.level, list(logger.handlers)) == before


# Planted faults -----------------------------------------------------------------------------------

DECODE_REPLY: Final = _check.decode_reply
REPORT: Final = _check.report

Spoil = Callable[[Decoded[Any]], Decoded[Any]]


def _raise(_: Decoded[Any]) -> Decoded[Any]:
    raise KeyError("planted")


def _drop(decoded: Decoded[Any]) -> Decoded[Any]:
    return Decoded(decoded.items[1:], decoded.faulty)


def _turn(decoded: Decoded[Any]) -> Decoded[Any]:
    return Decoded(decoded.items[::-1], decoded.faulty)


def _forget(decoded: Decoded[Any]) -> Decoded[Any]:
    """Lose what is wrong with the items that cannot exist."""
    return Decoded(decoded.items, [one for one in decoded.faulty if one.item is not None])


def _shuffle(decoded: Decoded[Any]) -> Decoded[Any]:
    return Decoded(decoded.items, decoded.faulty[::-1])


def _say(fault: Fault) -> Spoil:
    """Return how to have something said of the faulty items."""

    def say(decoded: Decoded[Any]) -> Decoded[Any]:
        faulty = [one._replace(faults=(*one.faults, fault)) for one in decoded.faulty]
        return Decoded(decoded.items, faulty)

    return say


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_raise, "planted"),
        (_drop, "lost or misplaced"),
        (_turn, "lost or misplaced"),
        (_forget, "nothing says so|the faulty item is another"),
        (_shuffle, "out of order|among its items"),
        (_say(Fault(Rule.CYCLE, "id", "a rule that is not about this")), "knows no"),
        (_say(Fault(Rule.ID_ZERO, "id\n", "a path of two lines")), "knows no"),
        (_say(Fault(Rule.ID_ZERO, "id", "two\nlines")), "knows no"),
    ],
)
def test_a_fault_of_the_decoder_is_noticed(
    spoil: Spoil, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_check, "decode_reply", lambda *given: spoil(DECODE_REPLY(*given)))
    with pytest.raises(fuzz.FailureError) as raised:
        fuzz.run(1, FEW)

    assert re.search(words, str(raised.value.__cause__))


def _report_that_does(way: str) -> Callable[..., None]:
    """Return a report that loses something."""

    def report_and_lose(call: str, decoded: Decoded[Any], **wanted: Any) -> None:
        if way == "lose a finding":
            decoded = Decoded(decoded.items, decoded.faulty[1:])
        try:
            REPORT(call, decoded, **wanted)
        except InvalidItemsGroup as group:
            errors: tuple[Any, ...] = group.exceptions
            match way:
                case "swallow":
                    return
                case "lose good items":
                    raise InvalidItemsGroup("", errors, items=group.items[1:]) from None
                case "lose an error" if len(errors) > 1:
                    raise InvalidItemsGroup("", errors[1:], items=group.items) from None
            raise

    return report_and_lose


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ("lose a finding", "other findings|the log has no warning"),
        ("swallow", "what is wrong is not raised"),
        ("lose good items", "the items of the group"),
        ("lose an error", "other errors"),
    ],
)
def test_a_fault_of_the_report_is_noticed(
    way: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_check, "report", _report_that_does(way))
    with pytest.raises(fuzz.FailureError) as raised:
        fuzz.run(1, FEW)

    assert re.search(words, str(raised.value.__cause__))


# The command --------------------------------------------------------------------------------------


def _called(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["fuzz", *arguments])
    return command.main()


def test_the_command_says_its_seed_first_and_what_came_of_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _called(monkeypatch, "--mutations", "300", "--seed", "1") == 0

    first, *lines = capsys.readouterr().out.splitlines()
    assert first == "Seed 1"
    assert lines[0].split() == ["300", "mutations"]
    assert any(line.split()[1:] == ["id-zero"] for line in lines)
    assert lines[-1].startswith("Never: ")
    assert "no-such-component" in lines[-1]


def test_a_seed_is_made_up_where_none_is_given(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seeds = set()
    for _ in range(2):
        assert _called(monkeypatch, "--mutations", "1") == 0
        seeds.add(capsys.readouterr().out.splitlines()[0])
    assert len(seeds) == 2


def test_a_failure_can_be_made_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(_check, "decode_reply", lambda *given: _raise(DECODE_REPLY(*given)))
    assert _called(monkeypatch, "--mutations", str(FEW), "--seed", "1") == 1

    first, failed, *trace, again = capsys.readouterr().out.splitlines()
    assert first == "Seed 1"
    assert failed.startswith("FAILED: seed 1, mutation ")
    assert trace[-1] == "KeyError: 'planted'"
    arguments = again.removeprefix("Again: python -m harness.fuzz ").split()
    assert _called(monkeypatch, *arguments) == 1
    assert capsys.readouterr().out.splitlines()[1] == failed
