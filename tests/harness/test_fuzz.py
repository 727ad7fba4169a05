"""A part of `make fuzz`, and whether it notices faults of the client."""

import logging
import re
from collections.abc import Callable
from secrets import randbits
from typing import Any, Final

import pytest
from harness.fuzz import __main__ as command
from harness.fuzz import _check, _reports, _run

from frequenz.client.assets._wire.lists.parts import Decoded
from frequenz.client.assets.exceptions import InvalidItemsGroup
from frequenz.client.assets.findings._rules import Fault, Rule
from harness import fuzz

SEED: Final = randbits(32)
"""A new one in each run; some tests need a certain one."""
FEW: Final = 200
"""Enough mutations for a fault of every kind of reply."""

ACROSS_ENTITIES: Final = {
    Rule.TEXT_MALFORMED,
    Rule.MOMENT_BEYOND_TABLES,
    Rule.NO_SUCH_COMPONENT,
    Rule.NO_SUCH_MICROGRID,
    Rule.NO_SUCH_GRIDPOOL,
    Rule.NO_COMPONENTS,
    Rule.NO_CONNECTIONS,
    Rule.NO_GRID_CONNECTION_POINT,
    Rule.NOTHING_BEHIND_GRID_CONNECTION_POINT,
    Rule.SEVERAL_GRID_CONNECTION_POINTS,
    Rule.UNREACHABLE,
    Rule.UNREACHABLE_AT_TIMES,
    Rule.CONNECTION_REVERSED,
    Rule.CYCLE,
    Rule.SECOND_FEED,
    Rule.NOT_BEHIND_METER,
    Rule.BATTERY_WITHOUT_INVERTER,
    Rule.INVERTER_WITHOUT_BATTERY,
}
"""The rules of inventories, which a reply cannot break."""


def _tally(mutations: int, *, first: int = 0) -> fuzz.Tally:
    try:
        return fuzz.run(SEED, mutations, first=first)
    except fuzz.FailureError as failure:
        raise AssertionError(str(failure)) from failure


def test_whatever_arrives_every_item_is_returned_and_only_documented_errors_are_raised() -> None:
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
    checked: list[Any] = []
    monkeypatch.setattr(_run, "check", lambda *reply: checked.append(reply))
    fuzz.run(7, 20)
    fuzz.run(7, 20)
    fuzz.run(7, 1, first=13)
    fuzz.run(8, 20)

    assert checked[:20] == checked[20:40]
    assert checked[40] == checked[13]
    assert checked[41:] != checked[:20]


def test_the_log_of_the_client_is_captured(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("frequenz.client.assets")
    before = logger.propagate, logger.level, list(logger.handlers)
    fuzz.run(SEED, FEW)
    assert not caplog.records, f"seed {SEED}"
    assert (logger.propagate, logger.level, list(logger.handlers)) == before


# Intended faults ----------------------------------------------------------------------------------

DECODE_REPLY: Final = _check.decode_reply
REPORT: Final = _reports.report

Change = Callable[[Decoded[Any]], Decoded[Any]]


def _raise(_: Decoded[Any]) -> Decoded[Any]:
    raise KeyError("intended")


def _drop(decoded: Decoded[Any]) -> Decoded[Any]:
    return Decoded(decoded.items[1:], decoded.faulty)


def _reverse(decoded: Decoded[Any]) -> Decoded[Any]:
    return Decoded(decoded.items[::-1], decoded.faulty)


def _remove_faulty(decoded: Decoded[Any]) -> Decoded[Any]:
    """Remove the faults of items that cannot exist."""
    return Decoded(decoded.items, [one for one in decoded.faulty if one.item is not None])


def _reverse_faulty(decoded: Decoded[Any]) -> Decoded[Any]:
    return Decoded(decoded.items, decoded.faulty[::-1])


def _add(fault: Fault) -> Change:
    """Return the change that adds a fault to all faulty items."""

    def add(decoded: Decoded[Any]) -> Decoded[Any]:
        faulty = [one._replace(faults=(*one.faults, fault)) for one in decoded.faulty]
        return Decoded(decoded.items, faulty)

    return add


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_raise, "intended"),
        (_drop, "lost or misplaced"),
        (_reverse, "lost or misplaced"),
        (_remove_faulty, "without a finding|the faulty item is not"),
        (_reverse_faulty, "out of order|among its items"),
        (_add(Fault(Rule.CYCLE, "id", "a rule of other fields")), "not in the table of rules"),
        (_add(Fault(Rule.ID_ZERO, "id\n", "a path of two lines")), "not in the table of rules"),
        (_add(Fault(Rule.ID_ZERO, "id", "two\nlines")), "not in the table of rules"),
    ],
)
def test_a_fault_of_the_decoder_is_noticed(
    change: Change, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_check, "decode_reply", lambda *given: change(DECODE_REPLY(*given)))
    with pytest.raises(fuzz.FailureError) as raised:
        fuzz.run(1, FEW)

    assert re.search(words, str(raised.value.__cause__))


def _report_that_does(way: str) -> Callable[..., None]:
    """Return a `report` that loses something."""

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
        ("swallow", "major findings are not raised"),
        ("lose good items", "the group has other items"),
        ("lose an error", "other errors"),
    ],
)
def test_a_fault_of_the_report_is_noticed(
    way: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_reports, "report", _report_that_does(way))
    with pytest.raises(fuzz.FailureError) as raised:
        fuzz.run(1, FEW)

    assert re.search(words, str(raised.value.__cause__))


# The command --------------------------------------------------------------------------------------


def _called(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["fuzz", *arguments])
    return command.main()


def test_the_command_prints_its_seed_and_the_counts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _called(monkeypatch, "--mutations", "300", "--seed", "1") == 0

    first, *lines = capsys.readouterr().out.splitlines()
    assert first == "Seed 1"
    assert lines[0].split() == ["300", "mutations"]
    assert any(line.split()[1:] == ["id-zero"] for line in lines)
    assert lines[-1].startswith("Never: ")
    assert "no-such-component" in lines[-1]


def test_the_seed_is_random_by_default(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seeds = set()
    for _ in range(2):
        assert _called(monkeypatch, "--mutations", "1") == 0
        seeds.add(capsys.readouterr().out.splitlines()[0])
    assert len(seeds) == 2


def test_a_failure_can_be_repeated(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(_check, "decode_reply", lambda *given: _raise(DECODE_REPLY(*given)))
    assert _called(monkeypatch, "--mutations", str(FEW), "--seed", "1") == 1

    first, failed, *trace, repeat = capsys.readouterr().out.splitlines()
    assert first == "Seed 1"
    assert failed.startswith("FAILED: seed 1, mutation ")
    assert trace[-1] == "KeyError: 'intended'"
    arguments = repeat.removeprefix("Repeat: python -m harness.fuzz ").split()
    assert _called(monkeypatch, *arguments) == 1
    assert capsys.readouterr().out.splitlines()[1] == failed
