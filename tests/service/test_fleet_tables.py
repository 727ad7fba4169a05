"""Tables and Parquet files of what servers have: as of files, whatever goes wrong on the way."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import grpc
import pytest

from frequenz.client.assets import AssetsApiClient, inventory
from frequenz.client.assets.electrical_component import ElectricalComponentCategory
from frequenz.client.assets.exceptions import ApiClientError, EntityNotFound
from frequenz.client.assets.fleet import (
    FailedPart,
    FleetSnapshot,
    MissingSitesError,
    Part,
    Tables,
    export_parquet,
    fetch_component_tables,
    fetch_fleet,
    fetch_site,
    fetch_tables,
    iter_sites,
    read_parquet,
    tables,
    write_parquet,
)
from frequenz.client.assets.fleet._tables._make import BATCH_BYTES
from frequenz.client.assets.inventory import Inventory
from frequenz.server.assets import AssetsServer
from frequenz.server.assets.demo import FLEETS

from .expected.fleet import FLEET
from .raw import GARBAGE
from .test_fleet import ONCE, SITES, unruly
from .test_generations import FIRST, serving

DEMO: Final = inventory.read_all((*FLEETS, Path(__file__).parent / "screens" / "fleet.yaml"))


@pytest.fixture
async def client() -> AsyncIterator[AssetsApiClient]:
    """A client of a server with gridpools, schedules, sensors and every kind of component."""
    async with AssetsServer(FLEET) as server, AssetsApiClient(server.url) as connected:
        yield connected


@pytest.fixture
async def demo() -> AsyncIterator[AssetsApiClient]:
    """A client of a server with the demo fleets, which have a market."""
    async with AssetsServer(DEMO) as server, AssetsApiClient(server.url) as connected:
        yield connected


def assert_same(made: Tables, expected: Tables) -> None:
    for (name, table), (_, other) in zip(made, expected, strict=True):
        assert table.equals(other), name


def names_in(folder: Path) -> list[str]:
    return [it.name for it in folder.iterdir()]


def rules(made: Tables) -> set[str]:
    return set(made.findings["rule"].to_pylist())


@pytest.mark.parametrize("batch_bytes", [1, BATCH_BYTES])
async def test_tables_are_the_same_from_replies_snapshots_and_inventories(
    client: AssetsApiClient, monkeypatch: pytest.MonkeyPatch, batch_bytes: int
) -> None:
    monkeypatch.setattr("frequenz.client.assets.fleet._tables._fetch.BATCH_BYTES", batch_bytes)
    steps: list[tuple[int, int]] = []
    made = await fetch_tables(client, on_progress=lambda *step: steps.append(step))
    snapshot = await fetch_fleet(client)
    assert_same(made, tables(snapshot))
    assert_same(made, tables(snapshot.inventory))
    assert_same(made, tables(FleetSnapshot.of(snapshot.inventory)))
    assert made.components.num_rows and made.schedule_entries.num_rows and made.sensors.num_rows
    assert steps[-1][0] == steps[-1][1] > len(snapshot.sites)


async def test_tables_of_some_sites_have_no_market_and_the_order_of_their_ids(
    demo: AssetsApiClient,
) -> None:
    ids = [int(site.id) for site in (await fetch_fleet(demo)).sites]
    made = await fetch_tables(demo, ids[::-1])
    assert made.microgrids["microgrid_id"].to_pylist() == ids[::-1]
    assert made.market_relations.num_rows == 0
    one = await fetch_site(demo, ids[0])
    assert_same(tables(one), await fetch_tables(demo, ids[:1]))
    sites = [await fetch_site(demo, number) for number in ids[::-1]]
    assert_same(tables(sites), made)
    assert_same(tables([site.messages for site in sites]), made)


async def test_the_components_of_one_microgrid_are_tables_from_one_call(
    demo: AssetsApiClient,
) -> None:
    site = DEMO.sites[0]
    number = site.microgrid.id
    made = await fetch_component_tables(demo, number)
    whole = await fetch_tables(demo, [number], include={"components"})
    for name in ("components", "rated_bounds"):
        table, of_site = getattr(made, name), getattr(whole, name)
        assert table["enterprise_id"].null_count == table.num_rows > 0
        assert table.drop_columns("enterprise_id").equals(of_site.drop_columns("enterprise_id"))
    assert made.findings.equals(whole.findings)
    battery = ElectricalComponentCategory.BATTERY
    batteries = await fetch_component_tables(demo, number, categories=[battery])
    assert set(batteries.components["category"].to_pylist()) == {"battery"}
    chosen = [site.components[1].id]
    one = await fetch_component_tables(demo, number, chosen)
    assert one.components["component_id"].to_pylist() == chosen
    with pytest.raises(EntityNotFound):
        await fetch_component_tables(demo, 999_999)
    with pytest.raises(ValueError, match="timeout: "):
        await fetch_component_tables(demo, number, timeout=-1)


async def test_what_was_not_fetched_is_no_finding(demo: AssetsApiClient) -> None:
    for include in ({"components"}, {"connections"}, {"sensors"}):
        snapshot = await fetch_fleet(demo, include=include)  # type: ignore[arg-type]
        made = await fetch_tables(demo, include=include)  # type: ignore[arg-type]
        for found in (
            rules(made),
            rules(tables(snapshot)),
            {it.finding.id for it in snapshot.findings},
        ):
            assert not found & {"no-components", "no-connections", "no-such-component"}
    number = DEMO.sites[0].microgrid.id
    mixed = [await fetch_site(demo, number), await fetch_site(demo, number, include={"components"})]
    graph = {"no-connections", "no-such-component"}
    assert not rules(tables(mixed)) & graph
    relations = await fetch_fleet(demo, include={"market_topology"})
    assert len(relations.market_topology or ())
    for found in (rules(tables(relations)), {it.finding.id for it in relations.findings}):
        assert "no-such-gridpool" not in found
    wrong = Inventory(market_topology=DEMO.market_topology)
    assert rules(tables(wrong)) >= {"no-such-gridpool", "no-such-microgrid"}


def test_the_market_of_a_fleet_with_a_missing_site_has_no_false_references() -> None:
    number = next(it.microgrid_id for it in DEMO.market_topology if it.microgrid_id)
    snapshot = FleetSnapshot.of(DEMO)
    assert snapshot.knows_all_microgrids
    sites = [it for it in snapshot.sites if int(it.id) != number]
    error = ApiClientError(
        server_url="", operation="GetMicrogrid", description="gone", retryable=False
    )
    missing = FleetSnapshot(
        [it._replies for it in sites],
        snapshot._market,
        failures=(FailedPart(Part("microgrid", number), error),),
        started_at=snapshot.started_at,
        ended_at=snapshot.ended_at,
    )
    assert "no-such-microgrid" not in rules(tables(missing))
    assert "no-such-microgrid" not in {it.finding.id for it in missing.findings}
    whole = FleetSnapshot(
        [it._replies for it in sites],
        snapshot._market,
        started_at=snapshot.started_at,
        ended_at=snapshot.ended_at,
    )
    assert "no-such-microgrid" in rules(tables(whole))
    assert "no-such-microgrid" in {it.finding.id for it in whole.findings}


FAULTS: Final[dict[int, Any]] = {
    3: GARBAGE,
    7: grpc.StatusCode.PERMISSION_DENIED,
    11: b"\x0a\xff",
    13: b"\x12\x04\x2a\x02\xff\xff",  # in the message of a component
    29: grpc.StatusCode.INTERNAL,
}


@pytest.mark.parametrize("batch_bytes", [1, BATCH_BYTES])
async def test_a_site_that_fails_or_cannot_be_decoded_costs_no_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, batch_bytes: int
) -> None:
    monkeypatch.setattr("frequenz.client.assets.fleet._tables._fetch.BATCH_BYTES", batch_bytes)
    left = [number for number in SITES if number not in FAULTS]
    async with unruly() as (server, url), AssetsApiClient(url, policy=ONCE) as client:
        server.faults = FAULTS
        failures: list[FailedPart] = []
        made = await fetch_tables(client, on_failure=failures.append)
        assert made.microgrids["microgrid_id"].to_pylist() == left
        assert set(made.components["microgrid_id"].to_pylist()) == set(left)
        assert {failed.part.id for failed in failures} == set(FAULTS)
        texts = {failed.part.id: str(failed.error) for failed in failures}
        assert "microgrid 3" in texts[3] and "decoded" in texts[3]
        assert_same(made, await fetch_tables(client, left))

        for number in (3, 11, 13):
            with pytest.raises(ApiClientError, match="ListMicrogridElectricalComponents"):
                await fetch_component_tables(client, number)

        with pytest.raises(MissingSitesError) as caught:
            await fetch_tables(client)
        assert {failed.part.id for failed in caught.value.failures} == set(FAULTS)

        failures.clear()
        done = await export_parquet(
            client, tmp_path / "some", messages=True, on_failure=failures.append
        )
        assert (done.rows["microgrids"], len(failures)) == (len(left), len(FAULTS))
        assert len(read_parquet(tmp_path / "some").sites) == len(left)
        with pytest.raises(MissingSitesError):
            await export_parquet(client, tmp_path / "all")
        with pytest.raises(MissingSitesError):  # nothing is left
            await export_parquet(client, tmp_path / "none", [3, 7], on_failure=failures.append)
    assert names_in(tmp_path) == ["some"]


async def test_a_text_that_is_not_utf_8_costs_its_cell_only() -> None:
    async with unruly() as (server, url), AssetsApiClient(url, policy=ONCE) as client:
        # A list with one component, whose name (field 3) is not UTF-8.
        server.faults = {1: b"\x12\x08\x08\x01\x10\x01\x1a\x02\xc3\x28"}
        made = await fetch_tables(client, [1, 2])
    assert made.microgrids.num_rows == 2
    assert "text-malformed" in rules(made)


@pytest.mark.parametrize("split_by", [None, "microgrid", "enterprise"])
async def test_an_export_is_read_back_without_loss(
    demo: AssetsApiClient, tmp_path: Path, split_by: Any
) -> None:
    snapshot = await fetch_fleet(demo, concurrency=1)
    folder = tmp_path / "fleet"
    done = await export_parquet(demo, folder, split_by=split_by, messages=True, concurrency=1)
    assert read_parquet(folder) == snapshot.inventory == DEMO
    assert done.rows["components"] == sum(len(site.components) for site in DEMO.sites)
    assert done.not_offered == ()
    write_parquet(tmp_path / "snapshot", snapshot, messages=True)
    assert read_parquet(tmp_path / "snapshot") == DEMO
    with pytest.raises(FileExistsError, match="fleet"):
        await export_parquet(demo, folder)


async def test_an_export_that_is_cancelled_leaves_nothing(tmp_path: Path) -> None:
    async with unruly() as (server, url), AssetsApiClient(url, policy=ONCE) as client:
        server.faults = {5: None}
        task = asyncio.create_task(export_parquet(client, tmp_path / "fleet"))
        await server.stalled.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await server.idle.wait()
    assert names_in(tmp_path) == []


async def test_an_error_of_a_callback_ends_the_export_and_leaves_nothing(
    demo: AssetsApiClient, tmp_path: Path
) -> None:
    def fail(*_: Any) -> None:
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError, match="gone"):
        await export_parquet(demo, tmp_path / "fleet", on_progress=fail)
    assert names_in(tmp_path) == []


async def test_lists_that_a_server_does_not_offer_are_named(tmp_path: Path) -> None:
    async with serving(FIRST) as offer, AssetsApiClient(offer.url) as client:
        done = await export_parquet(client, tmp_path / "fleet", [1])
    assert done.not_offered == ("sensors",)
    assert done.rows["sensors"] == 0


async def test_the_sites_that_arrive_are_a_source(demo: AssetsApiClient, tmp_path: Path) -> None:
    sites = [site async for site in iter_sites(demo)]
    write_parquet(tmp_path / "sites", sites, messages=True)
    assert {it.microgrid.id for it in read_parquet(tmp_path / "sites").sites} == {
        int(site.id) for site in sites
    }


async def test_connections_get_the_microgrid_that_is_given(demo: AssetsApiClient) -> None:
    number = DEMO.sites[0].microgrid.id
    found = await demo.list_microgrid_electrical_component_connections(number)
    assert set(tables(found).connections["microgrid_id"].to_pylist()) == {None}
    made = tables(found, microgrid_id=number)
    assert made.connections.num_rows == len(found)
    assert set(made.connections["microgrid_id"].to_pylist()) == {number}
    with pytest.raises(TypeError, match="microgrid_id: expected None"):
        tables(DEMO, microgrid_id=1)
    with pytest.raises(TypeError, match="source: expected a site, got 5"):
        tables([DEMO.sites[0], 5])  # type: ignore[arg-type]
