"""A part of `make durability`, and whether it notices what is lost or half done."""

import sqlite3
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from harness.durability import _kills
from harness.durability.__main__ import main
from harness.durability._content import as_bytes, change, content

from frequenz.server.assets._stores import open_store
from frequenz.server.assets._stores.drafts import drafting

REVISIONS = 4


@pytest.fixture
async def database(tmp_path: Path) -> Path:
    """A database with a revision of each kind."""
    path = tmp_path / "fleet.db"
    store = await open_store(path)
    for _ in range(REVISIONS):
        async with drafting(store) as draft:
            await change(draft)
            await draft.finish("test", "")
    await store.close()
    return path


async def faults(path: Path) -> tuple[int, list[str]]:
    store = await open_store(path)
    try:
        return await _kills._faults(store)
    finally:
        await store.close()


def test_kills_lose_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["durability", "--kills", "3"])
    monkeypatch.setattr(_kills, "_COMMAND_EVERY", 3)
    assert main() == 0


def test_each_revision_has_another_content() -> None:
    of_revisions = [as_bytes(content(number)) for number in range(1, 6)]
    assert of_revisions[1] == of_revisions[3]  # a removal, and its revert
    del of_revisions[3]
    assert all(one != other for one, other in pairwise(of_revisions))


async def test_a_complete_database_has_no_fault(database: Path) -> None:
    assert await faults(database) == (REVISIONS, [])


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("DELETE FROM component WHERE row_id = 300", "has not what was stored"),
        ("UPDATE component SET removed = 9 WHERE row_id = 1", "component: 1 rows"),
        ("UPDATE connection SET added = 9 WHERE row_id = 1", "connection: 1 rows"),
        ("DELETE FROM revision WHERE number = 2", "the history has"),
    ],
    ids=["lost", "removed", "added", "history"],
)
async def test_what_is_half_done_is_noticed(database: Path, statement: str, fault: str) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute(statement)
    connection.close()
    _, found = await faults(database)
    assert any(fault in it for it in found)


async def test_a_lost_revision_is_noticed(database: Path, tmp_path: Path) -> None:
    killer = _kills._Killer(str(database), tmp_path, Random(0), _kills.Tally())
    await killer._check(REVISIONS + 1)
    assert killer._tally.faults == ["kill 1: revision 5 was acknowledged, 4 is stored"]
