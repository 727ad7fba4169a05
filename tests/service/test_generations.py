"""Our client with servers of either generation of the API: what arrives, and what comes of it."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable, Container, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from operator import methodcaller
from typing import Any, Final
from unittest.mock import AsyncMock, MagicMock

import grpc
import grpc.aio
import pytest
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId

from frequenz.client.assets import AssetsApiClient, CallPolicy
from frequenz.client.assets.electrical_component import ElectricalComponentCategory
from frequenz.client.assets.exceptions import (
    ApiClientError,
    ClientNotConnected,
    EntityNotFound,
    GrpcError,
    OperationNotImplemented,
    ServiceUnavailable,
)
from frequenz.server.assets._service import AssetsService, handlers
from frequenz.server.assets._stores import open_store

from .fleets import FLEET
from .raw import CALLS, COMPONENTS, FIRST_SERVICE, GARBAGE, MICROGRID, SERVICE

SITE: Final = MicrogridId(1)
NO_SITE: Final = MicrogridId(404)

GENERATIONS: Final = {SERVICE: "current", FIRST_SERVICE: "first"}

ASK: Final[Mapping[str, Callable[[AssetsApiClient], Awaitable[Any]]]] = {
    "GetMicrogrid": methodcaller("get_microgrid", SITE),
    "ListMicrogridElectricalComponents": methodcaller("list_microgrid_electrical_components", SITE),
    "ListMicrogridElectricalComponentConnections": methodcaller(
        "list_microgrid_electrical_component_connections", SITE
    ),
    "ListMicrogridSensors": methodcaller("list_microgrid_sensors", SITE),
    "ListMicrogrids": methodcaller("list_microgrids"),
    "ListGridpools": methodcaller("list_gridpools"),
    "ListGridpoolEnergySchedules": methodcaller("list_gridpool_energy_schedules", 1),
    "ListMarketTopologyRelations": methodcaller("list_market_topology_relations"),
}
"""Each call, as users make it."""

SHARED: Final = CALLS
"""The calls of both generations."""

LATER: Final = tuple(call for call in ASK if call not in SHARED)
"""The calls that only the current generation has."""

ONCE: Final = CallPolicy(max_attempts=1)
"""For tests of what one attempt does, whatever its status."""

each_shared = pytest.mark.parametrize("call", SHARED)
each_later = pytest.mark.parametrize("call", LATER)


def in_current(*calls: str) -> list[str]:
    return [f"current {call}" for call in calls]


def in_first(*calls: str) -> list[str]:
    return [f"first {call}" for call in calls]


CURRENT: Final = in_current(*ASK)
FIRST: Final = in_first(*SHARED)


def without(call: str) -> list[str]:
    """All of the current generation but a call."""
    return [offered for offered in CURRENT if offered != f"current {call}"]


class Offer(grpc.GenericRpcHandler):
    """What a server offers, and a list of what has arrived, wanted or not."""

    def __init__(self, service: AssetsService, offered: Container[str]) -> None:
        self._handlers = handlers(service)
        self._offered = offered
        self.arrived: list[str] = []
        self.metadata: list[dict[str, Any]] = []
        self.failing: dict[str, grpc.StatusCode | bytes] = {}
        """Calls that are answered with a status, or some bytes, for now."""
        self.asked = asyncio.Event()
        """When such a call has arrived."""
        self.goes_on = asyncio.Event()
        """Until then, its answer waits."""
        self.goes_on.set()
        self.url = ""

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> "grpc.RpcMethodHandler[bytes, bytes] | None":
        _, service, call = handler_call_details.method.split("/")
        name = f"{GENERATIONS[service]} {call}"
        self.arrived.append(name)
        self.metadata.append(dict(handler_call_details.invocation_metadata))
        if fault := self.failing.get(name):
            return self._failing(fault)
        if name not in self._offered:
            return None
        answers = (handler.service(handler_call_details) for handler in self._handlers)
        return next(filter(None, answers))

    def arrives(self) -> list[str]:
        """What has arrived since the last time."""
        arrived, self.arrived = self.arrived, []
        return arrived

    def _failing(self, fault: grpc.StatusCode | bytes) -> "grpc.RpcMethodHandler[bytes, bytes]":
        async def answer(_: bytes, context: "grpc.aio.ServicerContext[bytes, bytes]") -> bytes:
            self.asked.set()
            await self.goes_on.wait()
            return fault if isinstance(fault, bytes) else await context.abort(fault, "as told")

        answering: Any = answer  # the types of gRPC know no asynchronous handlers
        return grpc.unary_unary_rpc_method_handler(answering)


@asynccontextmanager
async def serving(offered: Container[str], *, port: int = 0) -> AsyncIterator[Offer]:
    """Run a server that offers some of the calls."""
    store = await open_store(None)
    await store.replace(FLEET)
    offer = Offer(AssetsService(store), offered)
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((offer,))
    port = server.add_insecure_port(f"127.0.0.1:{port}")
    offer.url = f"grpc://127.0.0.1:{port}?ssl=false"
    await server.start()
    try:
        yield offer
    finally:
        await server.stop(None)
        await store.close()


@asynccontextmanager
async def asking(
    offered: Container[str], **options: Any
) -> AsyncIterator[tuple[AssetsApiClient, Offer]]:
    """Run a server that offers some of the calls, and a client of it."""
    async with serving(offered) as offer, AssetsApiClient(offer.url, **options) as client:
        yield client, offer


@contextmanager
def not_implemented(call: str) -> Iterator[None]:
    with pytest.raises(OperationNotImplemented) as refused:
        yield
    assert refused.value.operation == call


# A server of the current generation ---------------------------------------------------------------


@pytest.mark.parametrize("offered", [CURRENT, CURRENT + FIRST], ids=["alone", "beside the first"])
async def test_every_call_goes_to_the_current_generation_once(offered: list[str]) -> None:
    async with asking(offered) as (client, offer):
        for call in ASK.values():
            await call(client)

        assert offer.arrives() == CURRENT


@each_shared
async def test_a_shared_call_that_neither_has_is_refused_and_tried_anew_each_time(
    call: str,
) -> None:
    async with asking(without(call)) as (client, offer):
        for _ in range(2):
            with not_implemented(call):
                await ASK[call](client)
            assert offer.arrives() == [*in_current(call), *in_first(call)]

        for other in ASK.keys() - {call}:
            await ASK[other](client)
            assert offer.arrives() == in_current(other)


@each_later
async def test_a_later_call_that_is_missing_is_refused_and_the_others_work(call: str) -> None:
    async with asking(without(call)) as (client, offer):
        for _ in range(2):
            with not_implemented(call):
                await ASK[call](client)
            assert offer.arrives() == in_current(call, MICROGRID)

        for other in ASK.keys() - {call}:
            await ASK[other](client)
            assert offer.arrives() == in_current(other)


@each_later
async def test_a_server_of_both_generations_is_not_taken_for_one_of_the_first(call: str) -> None:
    async with asking([*without(call), *FIRST]) as (client, _):
        with not_implemented(call):
            await ASK[call](client)

        for other in ASK.keys() - {call}:
            await ASK[other](client)


async def test_a_server_of_neither_generation_implements_nothing() -> None:
    async with asking([]) as (client, offer):
        for call, ask in ASK.items():
            with pytest.raises(OperationNotImplemented) as refused:
                await ask(client)
            assert "generation" not in str(refused.value)
            shared = [*in_current(call), *in_first(call)]
            later = [*in_current(call, MICROGRID), *in_first(MICROGRID)]
            tried = shared if call in SHARED else later
            assert offer.arrives() == tried


# A server of the first generation -----------------------------------------------------------------


@each_shared
async def test_the_first_generation_is_found_and_remembered(call: str) -> None:
    async with asking(FIRST) as (client, offer):
        await ASK[call](client)
        assert offer.arrives() == [*in_current(call), *in_first(call)]

        for other in SHARED:
            await ASK[other](client)
        assert offer.arrives() == in_first(*SHARED)


@each_shared
async def test_the_first_generation_gives_the_same_answers(call: str) -> None:
    async with asking(FIRST) as (old, _), asking(CURRENT) as (new, _):
        expected = await ASK[call](new)

        assert [await ASK[call](old), await ASK[call](old)] == [expected, expected]
        assert expected


@each_later
async def test_a_later_call_is_refused_with_a_sentence_that_names_the_generation(call: str) -> None:
    async with asking(FIRST) as (client, offer):
        for arriving in ([*in_current(call, MICROGRID), *in_first(MICROGRID)], []):
            with pytest.raises(OperationNotImplemented) as refused:
                await ASK[call](client)
            assert (refused.value.operation, refused.value.server_url) == (call, offer.url)
            sentence = f"frequenz.api.assets.v1), which has no {call}; it offers GetMicrogrid, List"
            assert sentence in str(refused.value)
            assert offer.arrives() == arriving

        await client.get_microgrid(SITE)
        assert offer.arrives() == in_first(MICROGRID)


async def test_filters_reach_the_first_generation() -> None:
    async with asking(FIRST) as (client, _):
        components = await client.list_microgrid_electrical_components(
            SITE,
            map(ElectricalComponentId, (10, 20)),
            [ElectricalComponentCategory.BATTERY, ElectricalComponentCategory.METER],
        )
        connections = await client.list_microgrid_electrical_component_connections(
            SITE, [ElectricalComponentId(20)], [ElectricalComponentId(10)]
        )

    assert [int(item.id) for item in components] == [10]
    assert list(map(str, connections)) == ["CID20->CID10"]


async def test_many_calls_at_once_find_the_first_generation() -> None:
    async with asking(FIRST) as (client, offer):
        found = await asyncio.gather(*(ASK[call](client) for call in SHARED * 7))
        assert len(found) == 21
        assert offer.arrives()

        await client.get_microgrid(SITE)
        assert offer.arrives() == in_first(MICROGRID)


async def test_the_stub_stays_that_of_the_current_generation() -> None:
    async with asking(FIRST) as (client, offer):
        await client.get_microgrid(SITE)
        offer.arrives()

        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await client.stub.GetMicrogrid(platformassets_pb2.GetMicrogridRequest(microgrid_id=1))

        assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED
        assert offer.arrives() == in_current(MICROGRID)


async def test_calls_are_signed_for_both_generations() -> None:
    async with asking(FIRST, auth_key="the key", sign_secret="the secret") as (client, offer):
        await client.list_microgrid_electrical_components(SITE)
        await client.get_microgrid(SITE)

    assert offer.arrived == [*in_current(COMPONENTS), *in_first(COMPONENTS, MICROGRID)]
    for arrived, metadata in zip(offer.arrived, offer.metadata, strict=True):
        signed = f"{metadata['key']}{metadata['ts']}{metadata['nonce']}{arrived.split()[1]}"
        digest = hmac.digest(b"the secret", signed.encode(), hashlib.sha256)
        assert metadata["key"] == "the key"
        assert metadata["sig"] == base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert len({metadata["nonce"] for metadata in offer.metadata}) == 3


# What counts as an answer of the first generation -------------------------------------------------

ANSWERS: Final[dict[grpc.StatusCode, bool]] = {
    status: status
    not in (
        grpc.StatusCode.UNIMPLEMENTED,
        # These may come from the way to the server.
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.UNAVAILABLE,
    )
    for status in grpc.StatusCode
    if status is not grpc.StatusCode.OK
}


async def test_not_found_is_an_answer() -> None:
    async with asking(FIRST) as (client, offer):
        for arriving in ([*in_current(MICROGRID), *in_first(MICROGRID)], in_first(MICROGRID)):
            with pytest.raises(EntityNotFound, match=r"There is no microgrid 404\."):
                await client.get_microgrid(NO_SITE)
            assert offer.arrives() == arriving


@pytest.mark.parametrize("status", ANSWERS, ids=lambda status: status.name)
async def test_a_shared_call_is_remembered_if_its_status_is_an_answer(
    status: grpc.StatusCode,
) -> None:
    async with asking(FIRST, policy=ONCE) as (client, offer):
        offer.failing = {"first GetMicrogrid": status}
        with pytest.raises(GrpcError) as refused:
            await client.get_microgrid(SITE)
        assert refused.value.grpc_error.code() is status

        offer.failing = {}
        offer.arrives()
        await client.get_microgrid(SITE)
        repeated = [] if ANSWERS[status] else in_current(MICROGRID)
        assert offer.arrives() == [*repeated, *in_first(MICROGRID)]


@pytest.mark.parametrize("status", ANSWERS, ids=lambda status: status.name)
async def test_a_probe_is_remembered_if_its_status_is_an_answer(status: grpc.StatusCode) -> None:
    async with asking(FIRST, policy=ONCE) as (client, offer):
        offer.failing = {"first GetMicrogrid": status}
        with pytest.raises(OperationNotImplemented) as refused:
            await client.list_gridpools()
        assert refused.value.operation == "ListGridpools"
        assert ("first generation" in str(refused.value)) is ANSWERS[status]

        offer.failing = {}
        offer.arrives()
        await client.get_microgrid(SITE)
        repeated = [] if ANSWERS[status] else in_current(MICROGRID)
        assert offer.arrives() == [*repeated, *in_first(MICROGRID)]


@pytest.mark.parametrize("call", ASK)
async def test_a_failure_of_the_current_generation_is_no_reason_to_try_the_first(
    call: str,
) -> None:
    async with asking(CURRENT + FIRST, policy=ONCE) as (client, offer):
        for status in ANSWERS.keys() - {grpc.StatusCode.UNIMPLEMENTED}:
            offer.failing = {f"current {call}": status}
            with pytest.raises(GrpcError) as refused:
                await ASK[call](client)
            assert refused.value.grpc_error.code() is status
            assert offer.arrives() == in_current(call)


@each_shared
@pytest.mark.parametrize("generation", ["current", "first"])
async def test_a_reply_that_cannot_be_read_is_an_answer(call: str, generation: str) -> None:
    async with asking(FIRST if generation == "first" else CURRENT) as (client, offer):
        offer.failing = {f"{generation} {call}": GARBAGE}
        with pytest.raises(ApiClientError, match="cannot be decoded") as refused:
            await ASK[call](client)
        assert (refused.value.operation, refused.value.server_url) == (call, offer.url)

        offer.failing = {}
        offer.arrives()
        await ASK[call](client)
        assert offer.arrives() == [f"{generation} {call}"]


# How long it is remembered ------------------------------------------------------------------------


async def test_an_unreachable_server_is_not_remembered() -> None:
    async with serving([]) as offer:
        url, port = offer.url, int(offer.url.partition("?")[0].rpartition(":")[2])
    async with AssetsApiClient(url, policy=CallPolicy(timeout=0.3)) as client:
        for call in ASK.values():
            with pytest.raises(ServiceUnavailable, match="Connection refused"):
                await call(client)

        async with serving(CURRENT + FIRST, port=port) as offer:
            await client.get_microgrid(SITE, timeout=30)
            assert offer.arrives() == in_current(MICROGRID)


async def test_a_new_connection_forgets_what_the_last_one_learned() -> None:
    async with asking(FIRST) as (client, offer):
        for _ in range(2):
            await client.get_microgrid(SITE)
            await client.get_microgrid(SITE)
            assert offer.arrives() == [*in_current(MICROGRID), *in_first(MICROGRID, MICROGRID)]
            await client.disconnect()
            client.connect()


async def test_a_connection_to_another_server_starts_with_the_current_generation() -> None:
    async with asking(FIRST) as (client, _), serving(CURRENT) as newer:
        with not_implemented("ListGridpools"):
            await client.list_gridpools()
        await client.disconnect()
        client.connect(newer.url)

        assert await client.list_gridpools() == []
        assert newer.arrives() == in_current("ListGridpools")


async def test_the_answer_of_the_last_server_says_nothing_of_the_next_one() -> None:
    async with asking(FIRST) as (client, older), serving(CURRENT) as newer:
        older.failing = {"first GetMicrogrid": grpc.StatusCode.NOT_FOUND}
        older.goes_on.clear()
        call = asyncio.create_task(client.get_microgrid(SITE))
        await older.asked.wait()
        client.connect(newer.url)
        older.goes_on.set()
        with pytest.raises(EntityNotFound):
            await call

        assert await client.list_gridpools() == []
        assert newer.arrives() == in_current("ListGridpools")


async def test_what_one_client_learned_another_does_not_know() -> None:
    async with asking(FIRST) as (client, offer), AssetsApiClient(offer.url) as other:
        await client.get_microgrid(SITE)
        offer.arrives()
        await other.get_microgrid(SITE)

        assert offer.arrives() == [*in_current(MICROGRID), *in_first(MICROGRID)]


@pytest.mark.parametrize("call", ASK)
async def test_a_client_that_has_disconnected_says_so_whatever_it_learned(call: str) -> None:
    async with asking(FIRST) as (client, _):
        await client.get_microgrid(SITE)
        await client.disconnect()

        with pytest.raises(ClientNotConnected) as refused:
            await ASK[call](client)
        assert refused.value.operation == call


# A generation that is asked for -------------------------------------------------------------------


@pytest.mark.parametrize("call", ASK)
async def test_the_current_generation_can_be_asked_for(call: str) -> None:
    async with asking(FIRST, api_version="v1alpha1") as (client, offer):
        for _ in range(2):
            with not_implemented(call):
                await ASK[call](client)
            assert offer.arrives() == in_current(call)


@each_shared
@pytest.mark.parametrize("offered", [FIRST, CURRENT + FIRST], ids=["alone", "beside the current"])
async def test_the_first_generation_can_be_asked_for(call: str, offered: list[str]) -> None:
    async with asking(offered, api_version="v1") as (client, offer):
        assert await ASK[call](client)
        assert offer.arrives() == in_first(call)


@pytest.mark.parametrize("call", ASK)
async def test_a_client_of_the_first_generation_never_tries_the_current_one(call: str) -> None:
    async with asking(CURRENT, api_version="v1") as (client, offer):
        with not_implemented(call):
            await ASK[call](client)
        assert offer.arrives() == (in_first(call) if call in SHARED else [])


@pytest.mark.parametrize("version", ["", "V1", "v2", "v1alpha8", "current", None, 1, ("v1",), []])
def test_a_version_that_there_is_not_is_refused(version: Any) -> None:
    with pytest.raises(ValueError, match=r"expected one of auto, v1alpha1, v1, got ") as refused:
        AssetsApiClient("grpc://localhost:1?ssl=false", connect=False, api_version=version)
    assert repr(version) in str(refused.value)


# Mocks --------------------------------------------------------------------------------------------


def unimplemented() -> AsyncMock:
    metadata = grpc.aio.Metadata()
    error = grpc.aio.AioRpcError(grpc.StatusCode.UNIMPLEMENTED, metadata, metadata, "mocked")
    return AsyncMock(side_effect=error)


@pytest.mark.parametrize("call", ASK)
async def test_a_mocked_stub_that_implements_nothing_is_taken_at_its_word(call: str) -> None:
    client = AssetsApiClient("grpc://localhost:1?ssl=false", connect=False)
    channel, stub = MagicMock(), MagicMock(**{call: unimplemented()})
    client._channel, client._stub = channel, stub

    for times in (1, 2):
        with pytest.raises(OperationNotImplemented, match="mocked"):
            await ASK[call](client)
        assert len(stub.mock_calls) == times
        assert channel.mock_calls == []


@pytest.mark.parametrize("call", [MICROGRID, "ListGridpools"])
async def test_a_mocked_call_on_a_real_connection_reaches_no_server(call: str) -> None:
    async with asking(CURRENT + FIRST) as (client, offer):
        client._stub = MagicMock(**{call: unimplemented()})

        with pytest.raises(OperationNotImplemented, match="mocked"):
            await ASK[call](client)
        assert offer.arrives() == []
