"""The public API as an application uses it; mypy and pyright check the types, nothing runs it.

pyright checks it in its strict mode, in which a type that is partly unknown is an error.
"""

from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, assert_type

from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from frequenz.client.common.microgrid.sensors import SensorId

from frequenz.client import assets
from frequenz.client.assets import (
    AssetsApiClient,
    CallPolicy,
    Gridpool,
    GridpoolEnergySchedule,
    GridpoolEnergyScheduleDirection,
    Interval,
    Lifetime,
    Location,
    MarketParticipationType,
    MarketTopologyRelation,
    Microgrid,
    RetryBudget,
    Sensor,
    Transport,
    blocking,
    inventory,
)
from frequenz.client.assets.electrical_component import (
    ComponentConnection,
    ElectricalComponent,
    ElectricalComponentCategory,
    GridConnectionPoint,
    Inverter,
)
from frequenz.client.assets.exceptions import (
    ApiClientError,
    InvalidItemsGroup,
    InvalidMicrogridError,
)
from frequenz.client.assets.findings import CallFindings, Finding, Severity
from frequenz.client.assets.fleet import FleetSnapshot, Site, WatchEvent
from frequenz.client.assets.metrics import Bounds, Metric
from frequenz.client.assets.topology import Comparison, Formulas, Topology, compare, formulas
from frequenz.server.assets import AssetsServer, ServerSettings

MICROGRID = MicrogridId(1)
PERIOD = Interval(start=datetime(2026, 1, 1, tzinfo=UTC), end=None)


def on_findings(found: CallFindings) -> None:
    assert_type(found.call, str)
    for finding in found.findings:
        assert_type(finding, Finding)
        assert_type(finding.severity, Severity)
        assert_type(finding.path, str)
        assert_type(finding.advice, str)


async def make_every_call(client: AssetsApiClient) -> None:
    assert_type(
        await client.get_microgrid(MICROGRID, raise_on_errors=True, timeout=None), Microgrid
    )
    assert_type(await client.get_microgrid(1), Microgrid)
    assert_type(
        await client.list_microgrids([MICROGRID, 2], [3], on_findings=on_findings, timeout=1.5),
        list[Microgrid],
    )
    assert_type(
        await client.list_microgrid_electrical_components(
            MICROGRID, [ElectricalComponentId(1), 2], [ElectricalComponentCategory.METER, 3]
        ),
        list[ElectricalComponent],
    )
    assert_type(
        await client.list_microgrid_electrical_component_connections(MICROGRID, [1], [2]),
        list[ComponentConnection],
    )
    assert_type(await client.list_microgrid_sensors(MICROGRID, [SensorId(1)]), list[Sensor])
    assert_type(await client.list_gridpools([1]), list[Gridpool])
    assert_type(
        await client.list_gridpool_energy_schedules(
            1,
            [2],
            [GridpoolEnergyScheduleDirection.EXPORT],
            time_series_interval=PERIOD,
            effective_validity_period=PERIOD,
        ),
        list[GridpoolEnergySchedule],
    )
    assert_type(
        await client.list_market_topology_relations(
            gridpool_ids=[1],
            microgrid_ids=[MICROGRID],
            market_location_id_values=["50000000001"],
            participation_types=[MarketParticipationType.ENERGY_TRADING],
        ),
        list[MarketTopologyRelation],
    )


def read_objects(microgrid: Microgrid, component: ElectricalComponent, sensor: Sensor) -> None:
    assert_type(assets.__version__, str)
    assert_type(microgrid.id, MicrogridId)
    assert_type(microgrid.location, Location | None)
    assert_type(microgrid.create_timestamp, datetime | None)
    assert_type(component.operational_lifetime, Lifetime)
    assert_type(sensor.id, SensorId)
    for metric, bounds in component.rated_bounds.items():
        assert_type(metric, Metric | int)
        assert_type(bounds, Bounds)
    match component:
        case GridConnectionPoint():
            assert_type(component.rated_fuse_current, int)
        case Inverter():
            assert_type(component.id, ElectricalComponentId)
        case _:
            pass


def make_blocking_calls(url: str) -> None:
    with blocking.AssetsApiClient(url, policy=CallPolicy(timeout=20.0)) as client:
        assert_type(client, blocking.AssetsApiClient)
        assert_type(client.is_connected, bool)
        assert_type(client.get_microgrid(MICROGRID, on_findings=on_findings), Microgrid)
        assert_type(client.list_microgrid_sensors(1, [SensorId(1)]), list[Sensor])
        assert_type(client.list_gridpools([1]), list[Gridpool])
        assert_type(client.ready(timeout=1.0), None)
        assert_type(blocking.fetch_fleet(client, [1], timeout=60.0), FleetSnapshot)
        assert_type(blocking.fetch_site(client, MICROGRID, include={"components"}), Site)
        assert_type(blocking.iter_sites(client), Generator[Site, None, None])
        assert_type([*blocking.watch(client, every=5.0)], list[WatchEvent])
    assert_type(blocking.AssetsApiClient.from_env("staging"), blocking.AssetsApiClient)


async def handle_errors(client: AssetsApiClient) -> tuple[Microgrid, ...]:
    try:
        return (await client.get_microgrid(MICROGRID, raise_on_errors=True),)
    except InvalidMicrogridError as error:
        assert_type(error.microgrid, Microgrid)
        assert_type(error.findings, tuple[Finding, ...])
        return (error.microgrid,)
    except ApiClientError as error:
        assert_type(error.is_retryable, bool)
        return ()


def good_items(group: InvalidItemsGroup[Microgrid]) -> tuple[Microgrid, ...]:
    return group.items


async def connect(options: dict[str, Any]) -> None:
    policy = CallPolicy(timeout=20.0, max_attempts=3, budget=RetryBudget(bucket=10, ratio=0.1))
    transport = Transport(connect_timeout=2.0, metadata=[("name", "value")])
    settings = ServerSettings(port=0, database=Path("fleet.db"))
    async with (
        AssetsServer.from_fleet("fleet.yaml", settings=settings) as server,
        AssetsApiClient(server.url, policy=policy, transport=transport) as client,
    ):
        assert_type(client, AssetsApiClient)
        assert_type(server.url, str)
        await client.ready(timeout=1.0)
    assert_type(AssetsApiClient.from_env("staging", **options), AssetsApiClient)


def use_files() -> None:
    fleet = inventory.read("fleet.yaml")
    assert_type(fleet, inventory.Inventory)
    assert_type(inventory.check(fleet), list[inventory.Checked])
    differences = inventory.diff(fleet, fleet)
    assert_type(differences, list[inventory.Difference])
    assert_type(inventory.patch(fleet, differences), inventory.Inventory)
    inventory.write(fleet, Path("fleet.json"))


def topologies(
    components: list[ElectricalComponent], connections: list[ComponentConnection]
) -> None:
    topology = Topology(components, connections, at=datetime.now(UTC))
    assert_type(topology.grid_connection_points, tuple[GridConnectionPoint, ...])
    assert_type(topology.behind(1), tuple[ElectricalComponent, ...])
    assert_type(topology.findings, tuple[Finding, ...])
    found = formulas(topology)
    assert_type(found, Formulas)
    assert_type(found["grid"].formula, str | None)
    assert_type(compare(topology, topology.without(2)), Comparison)
