"""The client with servers of both generations of the API: which calls arrive, and their results."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator, Container, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final
from unittest.mock import AsyncMock, MagicMock

import grpc
import grpc.aio
import pytest
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from harness.shared import servers

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
from frequenz.client.assets.testing._handlers import bytes_handler
from frequenz.server.assets._service import AssetsService, handlers
from frequenz.server.assets._stores import open_store, replace

from .fleets import FLEET
from .raw import (
    CALLS,
    COMPONENTS,
    FIRST_SERVICE,
    GARBAGE,
    METHODS,
    MICROGRID,
    SERVICE,
    call_method,
)

SITE: Final = MicrogridId(1)
NO_SITE: Final = MicrogridId(404)

GENERATIONS: Final = {SERVICE: "current", FIRST_SERVICE: "first"}

SHARED: Final = CALLS
"""The calls that both generations have."""

LATER: Final = tuple(call for call in METHODS if call not in SHARED)
"""The calls that only the current generation has."""

REFUSAL: Final = "refused by the test"
"""What a server says with a status."""

ONCE: Final = CallPolicy(max_attempts=1)
"""Without retries."""

each_shared = pytest.mark.parametrize("call", SHARED)
each_later = pytest.mark.parametrize("call", LATER)


def in_current(*calls: str) -> list[str]:
    return [f"current {call}" for call in calls]


def in_first(*calls: str) -> list[str]:
    return [f"first {call}" for call in calls]


CURRENT: Final = in_current(*METHODS)
FIRST: Final = in_first(*SHARED)


def without(call: str) -> list[str]:
    """Return the calls of the current generation except one."""
    return [implemented for implemented in CURRENT if implemented != f"current {call}"]


class RecordingServer(grpc.GenericRpcHandler):
    """Answers some calls, and records all that arrive."""

    def __init__(self, service: AssetsService, implemented: Container[str]) -> None:
        self._handlers = handlers(service)
        self._implemented = implemented
        self.arrived: list[str] = []
        self.metadata: list[dict[str, Any]] = []
        self.failing: dict[str, grpc.StatusCode | bytes] = {}
        """By call, the status or the bytes of its answer."""
        self.failing_arrived = asyncio.Event()
        """Set when such a call has arrived."""
        self.may_answer = asyncio.Event()
        """Such calls are answered when it is set."""
        self.may_answer.set()
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
        if name not in self._implemented:
            return None
        answers = (handler.service(handler_call_details) for handler in self._handlers)
        return next(filter(None, answers))

    def take_arrived(self) -> list[str]:
        """Return the calls that have arrived since the last time."""
        arrived, self.arrived = self.arrived, []
        return arrived

    def _failing(self, fault: grpc.StatusCode | bytes) -> "grpc.RpcMethodHandler[bytes, bytes]":
        async def answer(_: bytes, context: "grpc.aio.ServicerContext[bytes, bytes]") -> bytes:
            self.failing_arrived.set()
            await self.may_answer.wait()
            return fault if isinstance(fault, bytes) else await context.abort(fault, REFUSAL)

        return bytes_handler(answer)


@asynccontextmanager
async def serving(implemented: Container[str], *, port: int = 0) -> AsyncIterator[RecordingServer]:
    """Run a server that implements some calls."""
    store = await open_store(None)
    await replace(store, FLEET)
    server = RecordingServer(AssetsService(store), implemented)
    try:
        async with servers.serving(server, port=port) as server.url:
            yield server
    finally:
        await store.close()


@asynccontextmanager
async def connected(
    implemented: Container[str], **options: Any
) -> AsyncIterator[tuple[AssetsApiClient, RecordingServer]]:
    """Run a server that implements some calls, and a client."""
    async with serving(implemented) as server, AssetsApiClient(server.url, **options) as client:
        yield client, server


@contextmanager
def not_implemented(call: str) -> Iterator[None]:
    with pytest.raises(OperationNotImplemented) as raised:
        yield
    assert raised.value.operation == call


# A server of the current generation ---------------------------------------------------------------


@pytest.mark.parametrize(
    "implemented", [CURRENT, CURRENT + FIRST], ids=["alone", "beside the first"]
)
async def test_every_call_goes_to_the_current_generation_once(implemented: list[str]) -> None:
    async with connected(implemented) as (client, server):
        for call in METHODS:
            await call_method(client, call)

        assert server.take_arrived() == CURRENT


@each_shared
async def test_a_shared_call_that_no_generation_implements_is_tried_in_both_each_time(
    call: str,
) -> None:
    async with connected(without(call)) as (client, server):
        for _ in range(2):
            with not_implemented(call):
                await call_method(client, call)
            assert server.take_arrived() == [*in_current(call), *in_first(call)]

        for other in METHODS.keys() - {call}:
            await call_method(client, other)
            assert server.take_arrived() == in_current(other)


@each_later
async def test_a_later_call_that_is_not_implemented_is_an_error_and_others_work(call: str) -> None:
    async with connected(without(call)) as (client, server):
        for _ in range(2):
            with not_implemented(call):
                await call_method(client, call)
            assert server.take_arrived() == in_current(call, MICROGRID)

        for other in METHODS.keys() - {call}:
            await call_method(client, other)
            assert server.take_arrived() == in_current(other)


@each_later
async def test_a_server_of_both_generations_is_not_mistaken_for_one_of_the_first(call: str) -> None:
    async with connected([*without(call), *FIRST]) as (client, _):
        with not_implemented(call):
            await call_method(client, call)

        for other in METHODS.keys() - {call}:
            await call_method(client, other)


async def test_a_server_of_no_generation_implements_no_calls() -> None:
    async with connected([]) as (client, server):
        for call in METHODS:
            with pytest.raises(OperationNotImplemented) as raised:
                await call_method(client, call)
            assert "generation" not in str(raised.value)
            shared = [*in_current(call), *in_first(call)]
            later = [*in_current(call, MICROGRID), *in_first(MICROGRID)]
            expected = shared if call in SHARED else later
            assert server.take_arrived() == expected


# A server of the first generation -----------------------------------------------------------------


@each_shared
async def test_the_first_generation_is_detected_and_remembered(call: str) -> None:
    async with connected(FIRST) as (client, server):
        await call_method(client, call)
        assert server.take_arrived() == [*in_current(call), *in_first(call)]

        for other in SHARED:
            await call_method(client, other)
        assert server.take_arrived() == in_first(*SHARED)


@each_shared
async def test_the_first_generation_returns_the_same_objects(call: str) -> None:
    async with connected(FIRST) as (old, _), connected(CURRENT) as (new, _):
        expected = await call_method(new, call)

        assert [await call_method(old, call), await call_method(old, call)] == [expected, expected]
        assert expected


@each_later
async def test_the_error_of_a_later_call_names_the_first_generation(call: str) -> None:
    async with connected(FIRST) as (client, server):
        for expected in ([*in_current(call, MICROGRID), *in_first(MICROGRID)], []):
            with pytest.raises(OperationNotImplemented) as raised:
                await call_method(client, call)
            assert (raised.value.operation, raised.value.server_url) == (call, server.url)
            sentence = f"frequenz.api.assets.v1), which has no {call}; it offers GetMicrogrid, List"
            assert sentence in str(raised.value)
            assert server.take_arrived() == expected

        await client.get_microgrid(SITE)
        assert server.take_arrived() == in_first(MICROGRID)


async def test_filters_are_sent_to_the_first_generation() -> None:
    async with connected(FIRST) as (client, _):
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


async def test_concurrent_calls_detect_the_first_generation() -> None:
    async with connected(FIRST) as (client, server):
        found = await asyncio.gather(*(call_method(client, call) for call in SHARED * 7))
        assert len(found) == 21
        assert server.take_arrived()

        await client.get_microgrid(SITE)
        assert server.take_arrived() == in_first(MICROGRID)


async def test_the_stub_is_always_that_of_the_current_generation() -> None:
    async with connected(FIRST) as (client, server):
        await client.get_microgrid(SITE)
        server.take_arrived()

        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await client.stub.GetMicrogrid(platformassets_pb2.GetMicrogridRequest(microgrid_id=1))

        assert raised.value.code() is grpc.StatusCode.UNIMPLEMENTED
        assert server.take_arrived() == in_current(MICROGRID)


async def test_calls_are_signed_in_both_generations() -> None:
    async with connected(FIRST, auth_key="the key", sign_secret="the secret") as (client, server):
        await client.list_microgrid_electrical_components(SITE)
        await client.get_microgrid(SITE)

    assert server.arrived == [*in_current(COMPONENTS), *in_first(COMPONENTS, MICROGRID)]
    for arrived, metadata in zip(server.arrived, server.metadata, strict=True):
        signed = f"{metadata['key']}{metadata['ts']}{metadata['nonce']}{arrived.split()[1]}"
        digest = hmac.digest(b"the secret", signed.encode(), hashlib.sha256)
        assert metadata["key"] == "the key"
        assert metadata["sig"] == base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert len({metadata["nonce"] for metadata in server.metadata}) == 3


# Which answers show that a server implements the first generation ---------------------------------

ANSWERS: Final[dict[grpc.StatusCode, bool]] = {
    status: status
    not in (
        grpc.StatusCode.UNIMPLEMENTED,
        # gRPC itself may raise these.
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.UNAVAILABLE,
    )
    for status in grpc.StatusCode
    if status is not grpc.StatusCode.OK
}


async def test_not_found_shows_that_the_first_generation_is_implemented() -> None:
    async with connected(FIRST) as (client, server):
        for expected in ([*in_current(MICROGRID), *in_first(MICROGRID)], in_first(MICROGRID)):
            with pytest.raises(EntityNotFound, match=r"There is no microgrid 404\."):
                await client.get_microgrid(NO_SITE)
            assert server.take_arrived() == expected


async def test_a_shared_call_detects_the_first_generation_by_its_status() -> None:
    for status, is_answer in ANSWERS.items():
        async with connected(FIRST, policy=ONCE) as (client, server):
            server.failing = {"first GetMicrogrid": status}
            with pytest.raises(GrpcError) as raised:
                await client.get_microgrid(SITE)
            assert raised.value.grpc_error.code() is status

            server.failing = {}
            server.take_arrived()
            await client.get_microgrid(SITE)
            repeated = [] if is_answer else in_current(MICROGRID)
            assert server.take_arrived() == [*repeated, *in_first(MICROGRID)], status


async def test_a_later_call_detects_the_first_generation_by_the_status_of_a_probe() -> None:
    for status, is_answer in ANSWERS.items():
        async with connected(FIRST, policy=ONCE) as (client, server):
            server.failing = {"first GetMicrogrid": status}
            with pytest.raises(OperationNotImplemented) as raised:
                await client.list_gridpools()
            assert raised.value.operation == "ListGridpools"
            assert ("first generation" in str(raised.value)) is is_answer, status

            server.failing = {}
            server.take_arrived()
            await client.get_microgrid(SITE)
            repeated = [] if is_answer else in_current(MICROGRID)
            assert server.take_arrived() == [*repeated, *in_first(MICROGRID)], status


@pytest.mark.parametrize("call", METHODS)
async def test_other_errors_of_the_current_generation_do_not_lead_to_the_first(
    call: str,
) -> None:
    async with connected(CURRENT + FIRST, policy=ONCE) as (client, server):
        for status in ANSWERS:
            if status is grpc.StatusCode.UNIMPLEMENTED:
                continue
            server.failing = {f"current {call}": status}
            with pytest.raises(GrpcError) as raised:
                await call_method(client, call)
            assert raised.value.grpc_error.code() is status
            assert raised.value.grpc_error.details() == REFUSAL
            assert server.take_arrived() == in_current(call)


@each_shared
@pytest.mark.parametrize("generation", ["current", "first"])
async def test_an_undecodable_reply_shows_that_its_generation_is_implemented(
    call: str, generation: str
) -> None:
    async with connected(FIRST if generation == "first" else CURRENT) as (client, server):
        server.failing = {f"{generation} {call}": GARBAGE}
        with pytest.raises(ApiClientError, match="cannot be decoded") as raised:
            await call_method(client, call)
        assert (raised.value.operation, raised.value.server_url) == (call, server.url)

        server.failing = {}
        server.take_arrived()
        await call_method(client, call)
        assert server.take_arrived() == [f"{generation} {call}"]


# How long the generation is remembered ------------------------------------------------------------


async def test_an_unreachable_server_does_not_change_the_generation() -> None:
    async with serving([]) as server:
        url, port = server.url, int(server.url.partition("?")[0].rpartition(":")[2])
    async with AssetsApiClient(url, policy=CallPolicy(timeout=0.3)) as client:
        for call in METHODS:
            with pytest.raises(ServiceUnavailable, match="Connection refused"):
                await call_method(client, call)

        async with serving(CURRENT + FIRST, port=port) as server:
            await client.get_microgrid(SITE, timeout=30)
            assert server.take_arrived() == in_current(MICROGRID)


async def test_a_new_connection_detects_the_generation_again() -> None:
    async with connected(FIRST) as (client, server):
        for _ in range(2):
            await client.get_microgrid(SITE)
            await client.get_microgrid(SITE)
            assert server.take_arrived() == [
                *in_current(MICROGRID),
                *in_first(MICROGRID, MICROGRID),
            ]
            await client.disconnect()
            client.connect()


async def test_a_connection_to_another_server_starts_with_the_current_generation() -> None:
    async with connected(FIRST) as (client, _), serving(CURRENT) as newer:
        with not_implemented("ListGridpools"):
            await client.list_gridpools()
        await client.disconnect()
        client.connect(newer.url)

        assert await client.list_gridpools() == []
        assert newer.take_arrived() == in_current("ListGridpools")


async def test_a_late_answer_of_the_old_server_does_not_change_the_generation_of_the_new_one() -> (
    None
):
    async with connected(FIRST) as (client, older), serving(CURRENT) as newer:
        older.failing = {"first GetMicrogrid": grpc.StatusCode.NOT_FOUND}
        older.may_answer.clear()
        call = asyncio.create_task(client.get_microgrid(SITE))
        await older.failing_arrived.wait()
        client.connect(newer.url)
        older.may_answer.set()
        with pytest.raises(EntityNotFound):
            await call

        assert await client.list_gridpools() == []
        assert newer.take_arrived() == in_current("ListGridpools")


async def test_each_client_detects_the_generation_itself() -> None:
    async with connected(FIRST) as (client, server), AssetsApiClient(server.url) as other:
        await client.get_microgrid(SITE)
        server.take_arrived()
        await other.get_microgrid(SITE)

        assert server.take_arrived() == [*in_current(MICROGRID), *in_first(MICROGRID)]


@pytest.mark.parametrize("call", METHODS)
async def test_a_disconnected_client_of_the_first_generation_is_not_connected(call: str) -> None:
    async with connected(FIRST) as (client, _):
        await client.get_microgrid(SITE)
        await client.disconnect()

        with pytest.raises(ClientNotConnected) as raised:
            await call_method(client, call)
        assert raised.value.operation == call


# Selecting a generation ---------------------------------------------------------------------------


@pytest.mark.parametrize("call", METHODS)
async def test_the_current_generation_can_be_selected(call: str) -> None:
    async with connected(FIRST, api_version="v1alpha1") as (client, server):
        for _ in range(2):
            with not_implemented(call):
                await call_method(client, call)
            assert server.take_arrived() == in_current(call)


@pytest.mark.parametrize("call", METHODS)
async def test_the_current_generation_can_be_selected_on_a_server_of_both(call: str) -> None:
    async with connected(CURRENT + FIRST, api_version="v1alpha1") as (client, server):
        await call_method(client, call)
        assert server.take_arrived() == in_current(call)


@each_shared
@pytest.mark.parametrize(
    "implemented", [FIRST, CURRENT + FIRST], ids=["alone", "beside the current"]
)
async def test_the_first_generation_can_be_selected(call: str, implemented: list[str]) -> None:
    async with connected(implemented, api_version="v1") as (client, server):
        assert await call_method(client, call)
        assert server.take_arrived() == in_first(call)


@pytest.mark.parametrize("call", METHODS)
async def test_a_client_of_the_first_generation_does_not_try_the_current_one(call: str) -> None:
    async with connected(CURRENT, api_version="v1") as (client, server):
        with not_implemented(call):
            await call_method(client, call)
        assert server.take_arrived() == (in_first(call) if call in SHARED else [])


def test_an_unknown_version_is_an_error() -> None:
    versions: list[Any] = ["", "V1", "v2", "v1alpha8", "current", None, 1, ("v1",), []]
    for version in versions:
        with pytest.raises(ValueError) as raised:
            AssetsApiClient("grpc://localhost:1?ssl=false", connect=False, api_version=version)
        expected = f"api_version: expected one of auto, v1alpha1, v1, got {version!r}"
        assert str(raised.value) == expected


# Mocks --------------------------------------------------------------------------------------------


def unimplemented() -> AsyncMock:
    metadata = grpc.aio.Metadata()
    error = grpc.aio.AioRpcError(grpc.StatusCode.UNIMPLEMENTED, metadata, metadata, "mocked")
    return AsyncMock(side_effect=error)


@pytest.mark.parametrize("call", METHODS)
async def test_unimplemented_from_a_mocked_stub_does_not_lead_to_the_first_generation(
    call: str,
) -> None:
    client = AssetsApiClient("grpc://localhost:1?ssl=false", connect=False)
    channel, stub = MagicMock(), MagicMock(**{call: unimplemented()})
    client._channel, client._stub = channel, stub

    for times in (1, 2):
        with pytest.raises(OperationNotImplemented, match="mocked"):
            await call_method(client, call)
        assert len(stub.mock_calls) == times
        assert channel.mock_calls == []


@pytest.mark.parametrize("call", [MICROGRID, "ListGridpools"])
async def test_a_mocked_stub_on_a_real_connection_makes_no_other_calls(call: str) -> None:
    async with connected(CURRENT + FIRST) as (client, server):
        client._stub = MagicMock(**{call: unimplemented()})

        with pytest.raises(OperationNotImplemented, match="mocked"):
            await call_method(client, call)
        assert server.take_arrived() == []
