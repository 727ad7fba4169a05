"""Differences that are made in a store lead to the inventory that they were found in."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frequenz.client.assets.inventory import DifferenceError, Inventory, diff
from frequenz.server.assets._stores import Store, apply_differences
from frequenz.server.assets._stores.history import differences, read

from ...unit.inventory.strategies import any_whole
from .conftest import OpenStore
from .contents import content, put


@pytest.fixture
async def engines(opened: OpenStore, tmp_path: Path, database_url: str) -> tuple[Store, Store]:
    return await opened(tmp_path / "fleet.db"), await opened(database_url)


async def _inventory(store: Store, number: int) -> Inventory:
    return Inventory.joined([part async for part in read(store, number)])


@given(any_whole, any_whole, st.data())
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_what_differs_is_made(
    engines: tuple[Store, Store], one: Inventory, other: Inventory, data: st.DataObject
) -> None:
    other = Inventory.joined([other, data.draw(st.sampled_from([one, Inventory(one.sites[:1])]))])
    before, after = data.draw(st.permutations([one, other]))
    found = diff(before, after)
    made = []
    for store in engines:
        await put(store, before, "replace")
        revision = await apply_differences(store, found, author="tester", comment="a comment")
        assert (revision is None) is (not found)
        if revision is None:
            continue
        assert diff(await _inventory(store, revision.number), after) == []
        listed = [it async for it in differences(store, revision.number - 1, revision.number)]
        assert sorted(map(str, listed)) == sorted(map(str, found))
        made.append((revision.added, revision.removed, await content(store, revision.number)))
        with pytest.raises(DifferenceError):
            await apply_differences(store, found)
    assert all(it == made[0] for it in made)
