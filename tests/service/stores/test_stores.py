"""What every store does, whatever its engine."""

import asyncio
from pathlib import Path
from typing import Any, Final

import pytest
from frequenz.api.common.v1alpha8.gridpool import gridpool_pb2

from frequenz.client.assets.inventory import Inventory
from frequenz.server.assets._stores import Store, StoreError, UnavailableError, sqlite
from frequenz.server.assets._stores.drafts import Draft, drafting
from frequenz.server.assets._stores.history import differences, revisions
from frequenz.server.assets._stores.importing import Import, Mode
from frequenz.server.assets._stores.removing import remove_gridpools
from frequenz.server.assets._stores.reverting import revert
from frequenz.server.assets._stores.rows import to_rows
from frequenz.server.assets._stores.sqlite import SqliteStore
from frequenz.server.assets._stores.store import Query, Values
from frequenz.server.assets._stores.tables import Table

from ..fleets import DEPOT, FLEET, component, fleet, site
from .conftest import Location, OpenStore
from .contents import answer, content, in_bytes, pb, put

COMPONENTS = pb.ListMicrogridElectricalComponentsRequest(microgrid_id=1)


def named(name: str, count: int = 1) -> Inventory:
    return fleet(site(1, [component(number, name=name) for number in range(1, count + 1)]))


async def names(store: Store) -> list[str]:
    parsed = [type(component(1)).FromString(it) for it in await answer(store, COMPONENTS)]
    return [it.name for it in parsed]


async def test_an_inventory_is_stored_as_it_is(store: Store) -> None:
    made = await put(store, FLEET)
    assert made is not None and made.number == 1
    assert await content(store, 1) == in_bytes(FLEET)


async def test_the_same_inventory_is_no_revision(store: Store) -> None:
    await put(store, FLEET)
    assert await put(store, FLEET, "replace") is None
    assert [it.number for it in await revisions(store)] == [1]


async def test_a_replacement_removes_and_a_merge_keeps(store: Store) -> None:
    await put(store, FLEET)
    await put(store, fleet(site(9)), "merge")
    assert await content(store, 2) == [*in_bytes(FLEET), *in_bytes(fleet(site(9)))]
    await put(store, fleet(DEPOT), "replace")
    assert await content(store, 3) == in_bytes(fleet(DEPOT))


async def test_a_merge_replaces_all_stored_microgrids_with_an_id(store: Store) -> None:
    one, other = site(1, [component(1)]), site(1, [component(2)])
    await put(store, fleet(one, site(2), other))
    await put(store, fleet(other), "merge")
    assert await content(store, 2) == in_bytes(fleet(other, site(2)))
    await put(store, fleet(one, other, site(3)), "merge")
    assert await content(store, 3) == in_bytes(fleet(one, site(2), other, site(3)))


async def test_many_microgrids_are_changed_at_once(store: Store) -> None:
    """More than a statement looks for or changes."""

    def sites(*names: str) -> Inventory:
        components = [component(number, name=name) for name in names for number in range(1, 12)]
        return fleet(*(site(at, components) for at in range(1, 43)))

    await put(store, sites("one", "two"))
    made = await put(store, sites("new", "two", "one"), "merge")
    assert made is not None
    # The names of the first ones are new; the others have other places.
    assert (made.added, made.removed) == (42 * 11, 0)
    assert await content(store, 2) == in_bytes(sites("new", "two", "one"))
    await put(store, sites("two"), "merge")
    assert await content(store, 3) == in_bytes(sites("two"))


async def test_a_merge_looks_for_no_parts_of_new_microgrids(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a table grows within a change, engines may read all of it to find a few rows."""
    await put(store, fleet(site(1, [component(1)])))
    looked: list[tuple[str, list[Any]]] = []
    stored = Draft.stored

    async def noted(self: Draft, table: Table, column: str, values: Any, **options: Any) -> Any:
        looked.append((table.name, sorted(values)))
        return await stored(self, table, column, values, **options)

    monkeypatch.setattr(Draft, "stored", noted)
    added = fleet(site(1, [component(2)]), site(2, [component(3)]), site(3))
    await put(store, added, "merge")
    assert looked[:2] == [("microgrid", [1, 2, 3]), ("component", [1])]
    assert await content(store, 2) == in_bytes(added)


@pytest.mark.parametrize("mode", ["replace", "merge"])
async def test_what_an_import_has_twice_is_stored_and_found_each_time(
    store: Store, mode: Mode
) -> None:
    pool = gridpool_pb2.Gridpool(id=5)
    schedule = pb.GridpoolEnergySchedule(gridpool_id=5, schedule_id=7)
    parts = [Inventory((site(1, [component(1)]),), (pool,), (schedule,))] * 2
    other = fleet(site(9))
    await put(store, other)
    expected = [*in_bytes(Inventory.joined(parts)), *(in_bytes(other) if mode == "merge" else [])]
    # Also if nothing differs from what is stored.
    for _ in range(2):
        async with drafting(store) as draft:
            imported = Import(draft, mode)
            for part in parts:
                await imported.put(to_rows(part))
            await imported.finish()
            found = await imported.findings()
            await draft.finish("tester", "")
        assert sorted(await content(store, 2)) == sorted(expected)
        assert [text.partition(":")[0] for is_major, text in found if is_major] == [
            "microgrid 1",
            "gridpool 5",
            "energy schedule 7 of gridpool 5",
        ]
        assert all("duplicate ID" in text for _, text in found)


async def test_earlier_revisions_stay_as_they_were(store: Store) -> None:
    for name in ("one", "two", "three"):
        await put(store, named(name))
    assert [await content(store, number) for number in (1, 2, 3)] == [
        in_bytes(named(name)) for name in ("one", "two", "three")
    ]
    found = [str(it) async for it in differences(store, 1, 3)]
    assert any("one" in it and "three" in it for it in found)


async def test_a_revision_is_reverted(store: Store) -> None:
    await put(store, named("one"))
    await put(store, named("two"))
    async with drafting(store) as draft:
        await revert(draft, 2)
        await draft.finish("tester", "")
    assert await names(store) == ["one"]
    assert [it.number for it in await revisions(store, 1)] == [3, 2, 1]


async def test_a_revision_changed_again_is_not_reverted(store: Store) -> None:
    for name in ("one", "two", "three"):
        await put(store, named(name))
    with pytest.raises(StoreError, match="a later one has changed"):
        async with drafting(store) as draft:
            await revert(draft, 2)
    assert await names(store) == ["three"]


@pytest.mark.parametrize(
    ("changes", "number", "left"),
    [
        # It has added a microgrid, to which another revision has added something.
        ([site(1, [component(1)]), site(1, [component(1), component(2)])], 2, 2),
        # It has removed something of a microgrid which another revision has removed.
        ([site(1, [component(1), component(2)]), site(1, [component(1)]), None], 3, 2),
    ],
)
async def test_no_revision_is_reverted_that_would_leave_a_part_without_its_microgrid(
    store: Store, changes: list[Any], number: int, left: int
) -> None:
    await put(store, fleet(site(9)))
    for change in changes:
        await put(store, fleet(site(9), *([] if change is None else [change])), "replace")
    newest = (await revisions(store))[0].number
    text = (
        f"^revision {number} cannot be reverted: component {left} would be left without microgrid 1"
        ", as a later revision has changed one of them; revert that one first$"
    )
    with pytest.raises(StoreError, match=text):
        async with drafting(store) as draft:
            await revert(draft, number)
    assert (await revisions(store))[0].number == newest


async def test_no_removal_is_reverted_of_a_microgrid_that_another_enterprise_has_now(
    store: Store,
) -> None:
    mine, others = site(1, [component(1)]), site(1, [component(1)])
    others.microgrid.enterprise_id = mine.microgrid.enterprise_id + 1
    for change in ([mine], [], [others]):
        await put(store, fleet(site(9), *change), "replace")
    text = "^revision 2 cannot be reverted: a later one has changed microgrid 1; revert"
    with pytest.raises(StoreError, match=text):
        async with drafting(store) as draft:
            await revert(draft, 2)


async def test_what_is_removed_twice_counts_once(store: Store) -> None:
    pools = tuple(gridpool_pb2.Gridpool(id=number) for number in range(1, 13))
    await put(store, Inventory(gridpools=pools))
    async with drafting(store) as draft:
        await remove_gridpools(draft, [*range(1, 12), 1])
        made = await draft.finish("tester", "")
    assert made is not None
    assert made.removed == 11


async def test_what_fails_leaves_nothing(store: Store) -> None:
    await put(store, named("one"))
    with pytest.raises(ZeroDivisionError):
        async with drafting(store) as draft:
            await draft.note_changed([1])
            1 / 0  # noqa: B018 - fails
    assert await store.fetch(Query("SELECT count(*) FROM revision_microgrid")) == [(1,)]
    await put(store, named("two"))
    assert await names(store) == ["two"]


async def test_what_is_rolled_back_leaves_nothing(store: Store) -> None:
    async with store.transaction() as transaction:
        await transaction.insert("revision_microgrid", ("revision", "microgrid_id"), [(1, 1)])
        assert len(await transaction.fetch(Query("SELECT * FROM revision_microgrid"))) == 1
        await transaction.roll_back()
    assert await store.fetch(Query("SELECT * FROM revision_microgrid")) == []


async def test_a_statement_beside_the_inventory_makes_no_revision(store: Store) -> None:
    await put(store, FLEET)
    await store.run(Query("INSERT INTO caller_key_state VALUES ({})", ("one",)))
    assert await store.fetch(Query("SELECT tag FROM caller_key_state")) == [("one",)]
    await store.run(Query("UPDATE caller_key_state SET tag = {}", ("two",)))
    assert await store.run(Query("SELECT tag FROM caller_key_state")) == [("two",)]
    assert [it.number for it in await revisions(store)] == [1]
    with pytest.raises(StoreError):
        await store.run(Query("UPDATE nowhere SET x = 1"))
    assert await put(store, FLEET, "replace") is None


async def test_in_postgres_a_statement_waits_for_no_import(
    database_url: str, opened: OpenStore
) -> None:
    one, two = await opened(database_url), await opened(database_url)
    async with one.transaction(), asyncio.timeout(5):
        await two.run(Query("INSERT INTO nonce VALUES ('a', 'n', 1)"))
        await one.run(Query("INSERT INTO nonce VALUES ('b', 'n', 1)"))
    assert len(await one.run(Query("SELECT * FROM nonce"))) == 2


async def test_a_wrong_statement_names_the_database(store: Store) -> None:
    with pytest.raises(StoreError, match=r"fleet|temporary|postgres"):
        await store.fetch(Query("SELECT * FROM nowhere"))
    with pytest.raises(StoreError):
        async with store.transaction() as transaction:
            await transaction.execute(Query("UPDATE nowhere SET x = 1"))


@pytest.mark.parametrize(
    ("columns", "rows"),
    [
        (("a",), [(1,), (-(2**63),), (2**63 - 1,)]),
        (("a",), [("",), ("ü'\"{}\\",)]),
        (("a",), [(None,), (5,)]),
        (("a", "b"), [(1, "x"), (None, None), (2, "{}")]),
        (("a",), []),
    ],
)
async def test_lists_of_rows_are_parameters(
    store: Store, columns: tuple[str, ...], rows: list[Any]
) -> None:
    query = Query("SELECT * FROM {} AS given", (Values(columns, rows),))
    assert [tuple(it) for it in await store.fetch(query)] == rows


async def test_messages_of_all_sizes_become_fields(store: Store) -> None:
    sizes = 0, 127, 128, 16_383, 16_384, 2**21 - 1, 2**21
    await put(store, fleet(site(1, [*map(component_of, sizes)])))
    found = await answer(store, COMPONENTS)  # which compares the fields, too
    assert [len(it) for it in found] == [*sizes]


def component_of(size: int) -> Any:
    """Return a component whose message has a number of bytes."""
    kind = type(component(1))
    texts = ("x" * length for length in range(max(0, size - 10), size + 1))
    return next(it for it in (kind(name=text) for text in texts) if it.ByteSize() == size)


async def test_the_first_row_is_read_alone(store: Store) -> None:
    await put(store, FLEET)
    text = "SELECT microgrid_id FROM microgrid WHERE microgrid_id = {}"
    assert await store.fetch_one(Query(text, (77,))) is None
    record = await store.fetch_one(Query(text, (DEPOT.microgrid.id,)))
    assert record is not None and tuple(record) == (DEPOT.microgrid.id,)
    with pytest.raises(StoreError):
        await store.fetch_one(Query("SELECT * FROM nowhere"))


async def test_threads_read_rows_while_the_disk_is_slow(
    tmp_path: Path, opened: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await opened(tmp_path / "fleet.db")
    assert isinstance(store, SqliteStore)
    in_loop: list[str] = []
    store._of_loop.set_trace_callback(in_loop.append)
    query = Query("SELECT 5")
    for slow_seconds, avoid_seconds, expected in ((10, 10, 1), (0, 0, 2), (0, 10, 3), (0, 10, 3)):
        monkeypatch.setattr(sqlite, "_SLOW_SECONDS", slow_seconds)
        monkeypatch.setattr(sqlite, "_AVOID_SECONDS", avoid_seconds)
        assert await store.fetch_one(query) == (5,)
        assert len(in_loop) == expected


async def test_the_revision_stays_the_same_however_often_it_is_asked_for(store: Store) -> None:
    await put(store, FLEET)
    seen = set[object]()
    for _ in range(300):
        assert await store.fetch_one(Query("SELECT 5")) is not None
        seen.add(store.revision())
    assert len(seen) == 1


async def test_a_change_makes_another_revision_number_for_callers(store: Store) -> None:
    before = store.revision()
    assert store.revision() == before
    await put(store, named("one"))
    after = store.revision()
    assert after != before
    assert store.revision() == after


async def test_readers_see_the_old_state_or_the_new_one(
    shared_location: Location, opened: OpenStore
) -> None:
    store = await opened(shared_location)
    await put(store, named("old", 300))
    seen: list[set[str]] = []
    inserted, may_end = asyncio.Event(), asyncio.Event()

    async def change() -> None:
        async with drafting(store) as draft:
            importing = Import(draft, "replace")
            await importing.put(to_rows(named("new", 300)))
            await importing.finish()
            await draft.finish("tester", "")
            inserted.set()
            await may_end.wait()

    changing = asyncio.create_task(change())
    await inserted.wait()
    seen += [set(it) for it in await asyncio.gather(*(names(store) for _ in range(20)))]
    may_end.set()
    reading = [set(await names(store))]
    await changing
    assert all(it == {"old"} for it in seen)
    assert reading[0] in ({"old"}, {"new"})
    assert await names(store) == ["new"] * 300


async def test_changes_wait_for_each_other(store: Store) -> None:
    await asyncio.gather(*(put(store, named(f"name {number}")) for number in range(8)))
    assert [it.number for it in await revisions(store)] == [8, 7, 6, 5, 4, 3, 2, 1]


async def test_calls_that_are_cancelled_disturb_no_others(store: Store) -> None:
    await put(store, named("one", 200))
    for delay in (0, 0.0005, 0.001, 0.002):
        calls = [asyncio.create_task(names(store)) for _ in range(30)]
        await asyncio.sleep(delay)
        for call in calls[::2]:
            call.cancel()
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert all(
            it == ["one"] * 200 for it in results if not isinstance(it, asyncio.CancelledError)
        )
        assert not any(isinstance(it, BaseException) for it in results[1::2])


async def test_a_change_that_is_cancelled_leaves_nothing(store: Store) -> None:
    for delay in (0, 0.001, 0.003, 0.01, 0.02):
        before = len(await revisions(store))
        changing = asyncio.create_task(put(store, named(f"{delay}", 1000)))
        await asyncio.sleep(delay)
        changing.cancel()
        result = (await asyncio.gather(changing, return_exceptions=True))[0]
        if isinstance(result, asyncio.CancelledError):
            stored = await names(store) if len(await revisions(store)) > before else None
            assert stored is None or set(stored) == {f"{delay}"}
    await put(store, named("last"))
    assert await names(store) == ["last"]


async def test_too_many_waiting_queries_are_refused(store: Store) -> None:
    await put(store, named("one", 200))
    results = await asyncio.gather(*(names(store) for _ in range(1_500)), return_exceptions=True)
    refused = [it for it in results if isinstance(it, UnavailableError)]
    assert len(refused) == 500
    assert "waiting already" in str(refused[0])


async def test_the_probe_fails_when_too_many_queries_wait(store: Store) -> None:
    await put(store, named("one", 200))
    waiting = [asyncio.create_task(names(store)) for _ in range(1_000)]
    await asyncio.sleep(0)
    with pytest.raises(UnavailableError, match="waiting already"):
        await store.probe()
    await asyncio.gather(*waiting)


PROBED: Final = ("sensor", "participation", "revision_microgrid", "caller_key", "caller_key_state")


@pytest.mark.parametrize("table", PROBED)
async def test_the_probe_fails_when_a_table_is_missing(store: Store, table: str) -> None:
    await store.probe()
    async with store.transaction() as transaction:
        await transaction.execute(Query(f"ALTER TABLE {table} RENAME TO hidden"))
    with pytest.raises(StoreError, match=table):
        await store.probe()


async def test_another_process_sees_what_is_stored(
    shared_location: Location, opened: OpenStore
) -> None:
    one, other = await opened(shared_location), await opened(shared_location)
    await put(one, named("one"))
    assert await names(other) == ["one"]
    before = other.revision()
    await put(one, named("two"))
    for _ in range(100):
        if other.revision() != before:
            break
        await asyncio.sleep(0.02)
    assert other.revision() != before
    assert await names(other) == ["two"]


async def test_four_servers_start_on_one_new_database(
    shared_location: Location, opened: OpenStore
) -> None:
    stores = await asyncio.gather(*(opened(shared_location) for _ in range(4)))
    await put(stores[0], FLEET)
    for store in stores:
        assert await content(store, 1) == in_bytes(FLEET)
