"""The checks that `make mutate` deletes."""

from pathlib import Path

import pytest
from harness.mutation import _checks
from harness.mutation._checks import all_checks

SOURCE = """\
def check(message, found: list[Fault]) -> Fault | None:
    if message.id == 0:
        found.append(
            Rule.ID_ZERO.at("id"),
        )
    check_name(message.name, found)
    more: list[Fault] = []
    found += more
    yield Rule.CYCLE.at("id")
    yield from others(message)
    yield
    count(message)
    if message.name:
        return Rule.NAME_MISSING.at("name")
    return (Rule.OWNER_MISSING.at("owner"),)
"""

REPLACEMENTS = {
    3: "        pass\n",
    6: "    pass\n",
    8: "    pass\n",
    9: "    yield from ()\n",
    10: "    yield from ()\n",
    14: "        return None\n",
    15: "    return ()\n",
}
"""By the line of each check."""


def test_every_way_to_find_a_fault_is_deleted_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "findings").mkdir()
    for path in ("check.py", "findings/rules.py"):
        (tmp_path / path).write_text(SOURCE, encoding="utf-8")
    (tmp_path / "without_rules.py").write_text("found.append(1)", encoding="utf-8")
    monkeypatch.setattr(_checks, "_ASSETS", tmp_path)

    checks = {check.line: check for check in all_checks()}

    assert {check.source for check in checks.values()} == {tmp_path / "check.py"}
    lines = SOURCE.splitlines(keepends=True)
    expected = {
        line: "".join((*lines[: line - 1], text, *lines[line + (2 if line == 3 else 0) :]))
        for line, text in REPLACEMENTS.items()
    }
    assert {line: check.mutant for line, check in checks.items()} == expected


def test_the_client_has_checks_in_many_modules() -> None:
    assert len({check.source for check in all_checks()}) >= 10
