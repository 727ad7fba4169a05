"""Changing what a running server serves, by differences from the newest inventory."""

import asyncio
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pytest
from frequenz.client.common.microgrid import MicrogridId

from frequenz.client.assets import AssetsApiClient
from frequenz.client.assets.inventory import (
    ConflictError,
    Difference,
    DifferenceError,
    Inventory,
    diff,
    parse_text,
    patch,
)
from frequenz.server.assets import AssetsServer, ServerSettings
from frequenz.server.assets._stores import open_store
from frequenz.server.assets._stores.history import read, revisions

FLEET: Final = parse_text(
    """\
version: 1
microgrids:
- {id: 1, name: Depot, components: [{id: 1, category: meter}], sensors: [{id: 5}]}
- {id: 2, name: Farm, enterprise_id: 7, components: [{id: 2, category: meter, name: Main}]}
- {id: 3, name: Roof}
gridpools: [{id: 5, name: North}]
""",
    name="fleet",
)

RENAMED: Final = Difference("changed", 1, "microgrid 1", "name", "Depot", "Barn")
MISFIT: Final = Difference("changed", 2, "component 2", "name", "Meter", "Main")

CHANGES: Final[tuple[Difference, ...]] = (
    RENAMED,
    Difference("removed", 1, "sensor 5", "", {"id": 5}, None),
    Difference("changed", 2, "microgrid 2", "enterprise_id", 7, 8),
    Difference("removed", 3, "microgrid 3", "", {"id": 3, "name": "Roof"}, None),
    Difference("added", 4, "microgrid 4", "", None, {"id": 4, "sensors": [{"id": 6}]}),
    Difference("removed", None, "gridpool 5", "", {"id": 5, "name": "North"}, None),
    Difference("added", None, "gridpool 6", "", None, {"id": 6}),
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "fleet.db"


def server_on(file: Path, fleet: Inventory | None = FLEET) -> AssetsServer:
    return AssetsServer(fleet, ServerSettings(database=file))


async def newest(file: Path) -> tuple[Inventory, list[tuple[int, str, str]]]:
    """Return the newest inventory in a database, and its revisions."""
    store = await open_store(file, create=False)
    try:
        known = [(it.number, it.author, it.comment) for it in await revisions(store)]
        return Inventory.joined([part async for part in read(store, known[0][0])]), known
    finally:
        await store.close()


async def test_differences_are_served_from_the_next_call_on(file: Path) -> None:
    async with server_on(file) as server, AssetsApiClient(server.url) as client:
        for change in CHANGES:
            assert await server.apply(iter([change]), author="eve", comment="new") is not None
        assert [it.name for it in await client.list_microgrids()] == ["Barn", "Farm", None]
        assert await client.list_microgrid_sensors(MicrogridId(1)) == []
        assert [it.id for it in await client.list_gridpools()] == [6]
    fleet, ((number, *latest), *_) = await newest(file)
    assert (number, *latest) == (1 + len(CHANGES), "eve", "new")
    assert diff(fleet, patch(FLEET, CHANGES)) == []


async def test_differences_that_belong_together_are_one_revision(file: Path) -> None:
    async with server_on(file) as server:
        assert await server.apply([]) is None
        assert await server.apply(CHANGES) == 2
        assert await server.apply(FLEET, author="eve", comment="as before") == 3
        assert await server.apply(FLEET) is None
    _, (last, second, _) = await newest(file)
    assert last == (3, "eve", "as before")
    assert second[2] == ""
    assert second[1]  # the user of the system


@pytest.mark.parametrize(
    ("misfit", "error", "text"),
    [
        (
            MISFIT,
            ConflictError,
            'microgrid 2: component 2: name: expected "Meter", got "Main"',
        ),
        (
            Difference("changed", 9, "component 2", "name", "Meter", "Main"),
            ConflictError,
            "microgrid 9: component 2: name: there is no microgrid 9",
        ),
        (
            Difference("added", 2, "component 2", "nmae", None, "Main"),
            DifferenceError,
            "microgrid 2: component 2: nmae: unknown key; did you mean name?",
        ),
    ],
)
async def test_differences_that_do_not_fit_change_nothing(
    file: Path, misfit: Difference, error: type[DifferenceError], text: str
) -> None:
    async with server_on(file) as server:
        with pytest.raises(error, match=f"^{re.escape(text)}$"):
            await server.apply([*CHANGES, misfit])
    fleet, known = await newest(file)
    assert diff(fleet, FLEET) == []
    assert len(known) == 1


async def test_differences_are_made_in_what_another_process_has_stored(file: Path) -> None:
    async with server_on(file) as server, server_on(file, None) as other:
        assert await other.apply([CHANGES[1]]) == 2
        assert await server.apply([RENAMED]) == 3
        with pytest.raises(ConflictError, match='expected "Depot", got "Barn"'):
            await other.apply([RENAMED])
    fleet, _ = await newest(file)
    assert diff(fleet, patch(FLEET, CHANGES[:2])) == []


async def test_none_of_many_changes_at_once_is_lost(file: Path) -> None:
    async with server_on(file) as server, server_on(file, None) as other:
        made = await asyncio.gather(
            *(it.apply([one]) for one, it in zip(CHANGES, [server, other] * 4, strict=False))
        )
    assert sorted(map(str, made)) == [str(number) for number in range(2, 2 + len(CHANGES))]
    fleet, _ = await newest(file)
    assert diff(fleet, patch(FLEET, CHANGES)) == []


@pytest.mark.parametrize("wrong", [3, "fleet.yaml", [RENAMED, None]])
async def test_what_is_no_change_is_an_error(wrong: Iterable[Difference]) -> None:
    async with AssetsServer(FLEET) as server:
        with pytest.raises(TypeError, match=r"^change: expected an Inventory or Differences, got "):
            await server.apply(wrong)
    with pytest.raises(RuntimeError, match="not running"):
        await server.apply([RENAMED])
