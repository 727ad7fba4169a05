"""SQLite and PostgreSQL give the same answers, byte for byte, whatever the fleet is."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frequenz.client.assets.inventory import Inventory
from frequenz.server.assets._stores import Store, StoreError
from frequenz.server.assets._stores.drafts import drafting
from frequenz.server.assets._stores.history import differences, revisions
from frequenz.server.assets._stores.importing import Mode
from frequenz.server.assets._stores.reverting import revert

from ...unit.inventory.strategies import any_whole
from .conftest import OpenStore
from .contents import answer, content, put, requests_of

_ANY_FLEET = st.one_of(
    any_whole,
    # With microgrids, gridpools and all that is in them twice.
    any_whole.map(lambda it: Inventory.joined([it, it])),
    st.tuples(any_whole, any_whole).map(Inventory.joined),
)


@pytest.fixture
async def engines(
    opened: OpenStore, tmp_path: Path, database_url: str
) -> tuple[Store, Store, Store]:
    return await opened(tmp_path / "fleet.db"), await opened(None), await opened(database_url)


@given(
    st.lists(st.tuples(_ANY_FLEET, st.sampled_from(["replace", "merge"])), min_size=1, max_size=2)
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_engines_agree(
    engines: tuple[Store, Store, Store], changes: list[tuple[Inventory, Mode]]
) -> None:
    for fleet, mode in changes:
        made = [await put(store, fleet, mode) for store in engines]
        assert len({it and (it.number, it.added, it.removed) for it in made}) == 1
        for request in requests_of(fleet):
            first, *others = [await answer(store, request) for store in engines]
            assert all(it == first for it in others), request
    for read in (_history, _reverted):
        found = [await read(store) for store in engines]
        assert all(it == found[0] for it in found[1:])


async def _history(store: Store) -> list[object]:
    """Return what a store says about its latest revisions."""
    known = [it.number for it in await revisions(store)][:3]
    found: list[object] = [
        (it.number, it.author, it.comment, it.added, it.removed) for it in await revisions(store)
    ]
    found += [await content(store, number) for number in known]
    if known:
        found += [str(it) async for it in differences(store, known[-1], known[0])]
        found += [str(it) async for it in differences(store, known[0], known[-1] - 1)]
    return found


async def _reverted(store: Store) -> object:
    """Return how a store reverts its newest revision and the one before."""
    found: list[object] = []
    for it in (await revisions(store))[:2]:
        try:
            async with drafting(store) as draft:
                await revert(draft, it.number)
                made = await draft.finish("tester", "")
        except StoreError as error:
            found.append(str(error))
        else:
            found.append(made and (made.number, await content(store, made.number)))
    return found
