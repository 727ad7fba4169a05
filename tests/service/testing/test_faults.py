"""The faults of a server for tests, as its clients see them."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from functools import partial
from time import monotonic
from typing import Final

import grpc
import pytest
from frequenz.client.common.microgrid import MicrogridId

from frequenz.client.assets import AssetsApiClient, CallPolicy, inventory
from frequenz.client.assets.exceptions import (
    ApiClientError,
    OperationTimedOut,
    PermissionDenied,
    ServiceUnavailable,
)
from frequenz.client.assets.findings import CallFindings, Rule
from frequenz.client.assets.fleet import fetch_fleet, fetch_tables
from frequenz.client.assets.testing import AssetsTestServer, Faults, call
from frequenz.client.assets.testing._spoil import NOT_SERVED
from frequenz.server.assets.demo import FLEETS

from ..raw import METHODS

DEPOT: Final = MicrogridId(201)
GET: Final = "GetMicrogrid"
UNAVAILABLE: Final = grpc.StatusCode.UNAVAILABLE
FLEET: Final = inventory.read(FLEETS[0]).without_sites(203)  # which has faults already
GRIDPOOL: Final = FLEET.gridpools[0].id
_INDEX: Final = re.compile(r"\[[^\]]*\]")

pytestmark = pytest.mark.assets_fleet(FLEET)


async def name_of_depot(client: AssetsApiClient, timeout: float = 20.0) -> str | None:
    return (await client.get_microgrid(DEPOT, timeout=timeout)).name


async def test_a_status_is_answered_as_often_as_declared(
    assets_server: AssetsTestServer, assets_client: AssetsApiClient
) -> None:
    assets_server.faults.fail(GET, UNAVAILABLE, times=2)
    assert len(assets_server.faults.pending) == 1
    assert await name_of_depot(assets_client) == "Depot Hamburg"
    assert assets_server.calls == [
        call(GET, microgrid_id=201, status=UNAVAILABLE),
        call(GET, microgrid_id=201, status=UNAVAILABLE),
        call(GET, microgrid_id=201),
    ]
    assert assets_server.faults.pending == []


async def test_details_and_trailing_metadata_reach_the_client(
    assets_server: AssetsTestServer, assets_client: AssetsApiClient
) -> None:
    status = grpc.StatusCode.PERMISSION_DENIED
    assets_server.faults.fail("*", status, details="not you", trailing=[("who", "you")])
    for _ in range(2):
        with pytest.raises(PermissionDenied, match="not you") as raised:
            await assets_client.list_microgrids()
    cause = raised.value.__cause__
    assert isinstance(cause, grpc.aio.AioRpcError)
    assert ("who", "you") in [*(cause.trailing_metadata() or ())]


async def test_faults_follow_one_another_and_other_methods_have_none(
    assets_server: AssetsTestServer, assets_client: AssetsApiClient
) -> None:
    faults = assets_server.faults
    faults.fail(GET, grpc.StatusCode.PERMISSION_DENIED, times=1)
    faults.garbage(GET, times=1)
    assert await assets_client.list_microgrids()
    with pytest.raises(PermissionDenied):
        await name_of_depot(assets_client)
    with pytest.raises(ApiClientError, match="cannot be decoded"):
        await name_of_depot(assets_client)
    assert await name_of_depot(assets_client) == "Depot Hamburg"


async def test_delays_add_up_and_come_before_another_fault(
    assets_server: AssetsTestServer, assets_client: AssetsApiClient
) -> None:
    assets_server.faults.delay(GET, 0.1)
    assets_server.faults.delay(GET, 0.2, times=1)
    assets_server.faults.fail(GET, grpc.StatusCode.PERMISSION_DENIED, times=1)
    began = monotonic()
    with pytest.raises(PermissionDenied):
        await name_of_depot(assets_client)
    assert monotonic() - began >= 0.3
    assert await name_of_depot(assets_client) == "Depot Hamburg"
    assert [str(fault) for fault in assets_server.faults.pending] == ["delay('GetMicrogrid', 0.1)"]


async def test_a_call_that_hangs_ends_with_its_deadline(
    assets_server: AssetsTestServer, assets_client: AssetsApiClient
) -> None:
    assets_server.faults.hang(GET)
    with pytest.raises(OperationTimedOut):
        await name_of_depot(assets_client, timeout=0.2)
    assert {recorded.status for recorded in assets_server.calls} == {None}
    assets_server.faults.clear()
    assert await name_of_depot(assets_client) == "Depot Hamburg"


@pytest.mark.parametrize(
    "declare",
    [
        lambda faults, times: faults.drop_connection(GET, times=times),
        lambda faults, times: faults.truncate(GET, times=times),
        lambda faults, times: faults.truncate(GET, after=0, times=times),
        lambda faults, times: faults.truncate(GET, after=10**9, times=times),
    ],
    ids=["dropped", "truncated", "truncated-at-once", "truncated-at-the-end"],
)
async def test_a_connection_that_breaks_is_retried_or_an_error(
    assets_server: AssetsTestServer, declare: Callable[[Faults, int | None], None]
) -> None:
    async with AssetsApiClient(assets_server.url) as client:
        declare(assets_server.faults, 2)
        assert await name_of_depot(client) == "Depot Hamburg"
        assert len(assets_server.calls) == 3
    once = CallPolicy(max_attempts=1)
    async with AssetsApiClient(assets_server.url, policy=once) as client:
        declare(assets_server.faults, 1)
        with pytest.raises(ServiceUnavailable):
            await name_of_depot(client)


async def test_garbage_can_be_any_bytes(
    assets_server: AssetsTestServer, assets_client: AssetsApiClient
) -> None:
    assets_server.faults.garbage(GET, reply=b"\x0a\x7f", times=1)
    with pytest.raises(ApiClientError, match="reply of 2 bytes cannot be decoded"):
        await name_of_depot(assets_client)


async def test_a_server_restarts_on_its_port(
    assets_server: AssetsTestServer, assets_client: AssetsApiClient
) -> None:
    url = assets_server.url
    assert await name_of_depot(assets_client) == "Depot Hamburg"
    assets_server.restart()
    assert await name_of_depot(assets_client) == "Depot Hamburg"
    assets_server.restart(down_for=0.4)
    began = monotonic()
    once = CallPolicy(max_attempts=1, wait_for_connection=False)
    async with AssetsApiClient(url, policy=once) as other:
        with pytest.raises(ServiceUnavailable, match="refused"):
            await name_of_depot(other)
    assert await name_of_depot(assets_client) == "Depot Hamburg"
    assert monotonic() - began >= 0.3
    assert assets_server.url == url


async def test_a_server_that_is_down_can_change_restart_and_stop() -> None:
    with AssetsTestServer(FLEET) as server:
        server.restart(down_for=60)
        server.apply(FLEET.without_sites(DEPOT))
        server.restart()
        async with AssetsApiClient(server.url) as client:
            assert DEPOT not in [it.id for it in await client.list_microgrids()]
        server.restart(down_for=60)


@pytest.mark.assets_fleet(FLEET, tls=True)
async def test_a_certificate_expires_and_is_renewed(assets_server: AssetsTestServer) -> None:
    async with AssetsApiClient(assets_server.url) as client:
        assert await name_of_depot(client) == "Depot Hamburg"
    assets_server.expire_certificate()
    async with AssetsApiClient(assets_server.url) as client:
        with pytest.raises(ServiceUnavailable, match="certificate has expired"):
            await name_of_depot(client)
    assets_server.renew_certificate()
    async with AssetsApiClient(assets_server.url) as client:
        assert await name_of_depot(client) == "Depot Hamburg"


async def findings_of(client: AssetsApiClient) -> set[tuple[str, str]]:
    """Return the rules and fields of all findings: of calls, of a fleet's graphs, and of tables."""
    found: set[tuple[str, str]] = set()

    def add(rule: str, noun: str, path: str) -> None:
        found.add((rule, f"{noun}: {_INDEX.sub('[*]', path)}"))

    def of_call(findings: CallFindings) -> None:
        for it in findings.findings:
            add(it.id, it.entity.removeprefix("energy ").split()[0], it.path)

    arguments = {"microgrid_id": 201, "gridpool_id": GRIDPOOL}
    for method, required in METHODS.values():
        options = {required: arguments[required]} if required else {}
        await getattr(client, method)(**options, on_findings=of_call)
    fetched = (await fetch_fleet(client)).inventory
    for checked in inventory.check(fetched):
        finding = checked.finding
        add(finding.id, finding.entity.removeprefix("energy ").split()[0], finding.path)
    return found


async def findings_of_tables(client: AssetsApiClient) -> set[tuple[str, str]]:
    fetched = (await fetch_tables(client)).findings.to_pylist()
    return {(it["rule"], f"{it['entity']}: {_INDEX.sub('[*]', it['path'])}") for it in fetched}


TABLES_ONLY: Final = (Rule.TEXT_MALFORMED, Rule.MOMENT_BEYOND_TABLES)


@pytest.mark.parametrize("rule", Rule, ids=lambda rule: rule.id)
async def test_every_rule_can_be_provoked_by_its_id(
    rule: Rule, assets_server: AssetsTestServer, assets_client: AssetsApiClient
) -> None:
    find = findings_of_tables if rule in TABLES_ONLY else findings_of
    assets_server.faults.item(rule.id)
    assert rule.id in {found for found, _ in await find(assets_client)}
    for field in rule.fields:
        if (rule, field) not in NOT_SERVED:
            assets_server.faults.clear()
            assets_server.faults.item(rule, field)
            assert (rule.id, field) in await find(assets_client)
    assets_server.faults.clear()
    assert rule.id not in {found for found, _ in await find(assets_client)}


async def test_several_rules_can_be_broken_at_once(
    assets_server: AssetsTestServer, assets_client: AssetsApiClient
) -> None:
    assets_server.faults.item("latitude-out-of-range")
    assets_server.faults.item(Rule.COUNTRY_MISSING, microgrid_id=202)
    assets_server.faults.item("owner-missing", "microgrid: enterprise_id")
    assert [repr(fault) for fault in assets_server.faults.pending] == [
        "item('latitude-out-of-range', 'microgrid: location.latitude')",
        "item('country-missing', 'microgrid: location.country_code', microgrid_id=202)",
        "item('owner-missing', 'microgrid: enterprise_id')",
    ]
    found: list[CallFindings] = []
    await assets_client.list_microgrids(on_findings=found.append)
    assert {(it.entity.split(" (")[0], it.id) for it in found[0].findings} >= {
        ("microgrid 201", "latitude-out-of-range"),
        ("microgrid 202", "country-missing"),
        ("microgrid 201", "owner-missing"),
    }


async def test_an_item_is_spoiled_as_often_as_declared(
    assets_server: AssetsTestServer, assets_client: AssetsApiClient
) -> None:
    async def rules(microgrid_id: MicrogridId) -> set[str]:
        found: list[CallFindings] = []
        await assets_client.list_microgrid_electrical_components(
            microgrid_id, on_findings=found.append
        )
        return {it.id for calls in found for it in calls.findings}

    assets_server.faults.item("bounds-inverted", times=2)
    assets_server.faults.item("reply-for-another", "reply: microgrid_id", times=1)
    assert [str(it) for it in assets_server.faults.pending] == [
        "item('bounds-inverted', 'component: rated_bounds[*]', times=2)",
        "item('reply-for-another', 'reply: microgrid_id', times=1)",
    ]
    await assets_client.list_microgrids()  # has no components, and does not count
    assert await rules(DEPOT) >= {"bounds-inverted", "reply-for-another"}
    assert await rules(MicrogridId(202)) == set()  # nor does another site
    assert "bounds-inverted" in await rules(DEPOT)
    assert await rules(DEPOT) == set()
    assert assets_server.faults.pending == []


async def test_calls_at_once_share_the_times_of_an_item(
    assets_server: AssetsTestServer, assets_client: AssetsApiClient
) -> None:
    assets_server.faults.item("no-components", times=1)
    listed = await asyncio.gather(
        *(assets_client.list_microgrid_electrical_components(DEPOT) for _ in range(4))
    )
    assert sorted(map(bool, listed)) == [False, True, True, True]


async def test_an_item_counts_in_the_list_that_has_it(
    assets_server: AssetsTestServer, assets_client: AssetsApiClient
) -> None:
    client = assets_client
    calls: dict[tuple[str, str | None], Callable[[], Awaitable[object]]] = {
        ("latitude-out-of-range", None): client.list_microgrids,
        ("lifetime-inverted", "sensor: operational_lifetime"): partial(
            client.list_microgrid_sensors, DEPOT
        ),
        ("id-zero", "gridpool: id"): client.list_gridpools,
        ("relation-without-area", None): client.list_market_topology_relations,
        ("interval-inverted", None): partial(client.list_gridpool_energy_schedules, GRIDPOOL),
        ("cycle", None): partial(client.list_microgrid_electrical_component_connections, DEPOT),
    }
    for (rule, field), make in calls.items():
        assets_server.faults.item(rule, field, times=1)
        await make()
        assert assets_server.faults.pending == [], rule


async def test_what_is_served_is_not_changed_by_what_is_spoiled(
    assets_server: AssetsTestServer, assets_client: AssetsApiClient
) -> None:
    assets_server.faults.item("no-components")
    assert assets_server.fleet == FLEET
    assert not await assets_client.list_microgrid_electrical_components(DEPOT)
    assets_server.faults.clear()
    assert await assets_client.list_microgrid_electrical_components(DEPOT)


WRONG: Final[dict[str, tuple[Callable[[AssetsTestServer], object], type[Exception], str]]] = {
    "method": (
        lambda server: server.faults.hang("GetMicrogird"),
        ValueError,
        "method: unknown name 'GetMicrogird'; did you mean 'GetMicrogrid'",
    ),
    "method of the client": (
        lambda server: server.faults.hang("get_microgrid"),
        ValueError,
        "did you mean 'GetMicrogrid'",
    ),
    "no method": (
        lambda server: server.faults.hang(3),  # type: ignore[arg-type]
        ValueError,
        "method: unknown name 3; expected",
    ),
    "status": (
        lambda server: server.faults.fail(GET, 14),  # type: ignore[arg-type]
        TypeError,
        "status: expected a grpc.StatusCode, got 14",
    ),
    "OK": (
        lambda server: server.faults.fail(GET, grpc.StatusCode.OK),
        ValueError,
        "status: expected the status of an error",
    ),
    "no times": (
        lambda server: server.faults.hang(GET, times=0),
        ValueError,
        "times: expected 1 or more, got 0",
    ),
    "no times of an item": (
        lambda server: server.faults.item("latitude-out-of-range", times=0),
        ValueError,
        "times: expected 1 or more, got 0",
    ),
    "times": (
        lambda server: server.faults.hang(GET, times=True),
        TypeError,
        "times: expected an integer, got True",
    ),
    "negative time": (
        lambda server: server.faults.delay(GET, -1),
        ValueError,
        "seconds: expected 0 or more seconds, got -1",
    ),
    "endless time": (
        lambda server: server.restart(down_for=float("nan")),
        ValueError,
        "down_for: expected 0 or more seconds, got nan",
    ),
    "text as time": (
        lambda server: server.faults.delay(GET, "1"),  # type: ignore[arg-type]
        TypeError,
        "seconds: expected a number of seconds, got '1'",
    ),
    "bytes": (
        lambda server: server.faults.truncate(GET, after=-1),
        ValueError,
        "after: expected 0 or more, got -1",
    ),
    "reply": (
        lambda server: server.faults.garbage(GET, reply="text"),  # type: ignore[arg-type]
        TypeError,
        "reply: expected bytes, got 'text'",
    ),
    "rule": (
        lambda server: server.faults.item("latitude"),
        ValueError,
        "rule: unknown name 'latitude'",
    ),
    "what no reply has": (
        lambda server: server.faults.item("no-such-gridpool", "schedule: gridpool_id"),
        ValueError,
        "clients do not find it in any reply; use spoil",
    ),
    "site": (
        lambda server: server.faults.item("id-zero", microgrid_id=3),
        LookupError,
        "There is no microgrid 3 in the inventory",
    ),
    "certificate": (
        lambda server: server.expire_certificate(),
        RuntimeError,
        "has no certificate; create it with tls=True",
    ),
}


@pytest.mark.parametrize("case", WRONG)
async def test_mistakes_have_clear_errors_and_declare_nothing(
    case: str, assets_server: AssetsTestServer, assets_client: AssetsApiClient
) -> None:
    declare, error, message = WRONG[case]
    with pytest.raises(error, match=message):
        declare(assets_server)
    assert assets_server.faults.pending == []
    await asyncio.wait_for(assets_client.list_microgrids(), 10)
