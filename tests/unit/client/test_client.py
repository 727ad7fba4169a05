"""The client as users test with it: its stub replaced by a mock."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import EllipsisType
from typing import Any, Final, NamedTuple, Self
from unittest.mock import AsyncMock, MagicMock

import grpc
import grpc.aio
import pytest
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from frequenz.client.base.authentication import AuthenticationInterceptorUnaryUnary
from frequenz.client.base.channel import ChannelOptions, SslOptions
from frequenz.client.base.signing import SigningInterceptorUnaryUnary
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from frequenz.client.common.microgrid.sensors import SensorId
from google.protobuf.message import Message

from frequenz.client.assets import (
    AssetsApiClient,
    CallPolicy,
    DeliveryArea,
    EnergyMarketCodeType,
    GridpoolEnergyScheduleDirection,
    Interval,
    MarketParticipationType,
    exceptions,
)
from frequenz.client.assets._wire.lists.parts import PART
from frequenz.client.assets._wire.requests import OPERATIONS
from frequenz.client.assets.electrical_component import ElectricalComponentCategory
from frequenz.client.assets.exceptions import (
    ApiClientError,
    ClientNotConnected,
    EntityNotFound,
    InvalidConnectionError,
    InvalidElectricalComponentError,
    InvalidGridpoolEnergyScheduleError,
    InvalidGridpoolError,
    InvalidItemsGroup,
    InvalidMarketTopologyRelationError,
    InvalidMicrogridError,
    InvalidReplyError,
    InvalidSensorError,
    OperationNotImplemented,
    ValidationError,
)
from frequenz.client.assets.findings import CallFindings, Finding, ItemFindings, Severity

from ..messages import VALID, decode, changed

pb: Final[Any] = platformassets_pb2
URL: Final = "grpc://localhost:1?ssl=false"
MICROGRID: Final = MicrogridId(4)


@pytest.fixture
def client() -> AssetsApiClient:
    """Return a client whose connection is a mock."""
    return mocked()


def mocked(**options: Any) -> AssetsApiClient:
    """Return a client whose connection is a mock, with options."""
    made = AssetsApiClient(URL, connect=False, **options)
    made._channel = MagicMock()
    made._stub = MagicMock()
    return made


def answer(client: AssetsApiClient, operation: str, reply: Any) -> AsyncMock:
    """Let a call answer with a message, or raise an exception."""
    mock = AsyncMock(side_effect=[reply])
    setattr(client._stub, operation, mock)
    return mock


# Requests -----------------------------------------------------------------------------------------


class Call(NamedTuple):
    """A call of the client, and what it sends."""

    method: str
    arguments: tuple[Any, ...]
    options: dict[str, Any]
    request: Message

    @property
    def operation(self) -> str:
        """The name of the RPC."""
        return type(self.request).__name__.removesuffix("Request")

    def on(self, client: AssetsApiClient, **options: Any) -> Any:
        """Make the call."""
        return getattr(client, self.method)(*self.arguments, **self.options, **options)


CONTENTS: Final = {
    "GetMicrogrid": "microgrid",
    "ListGridpoolEnergySchedules": "schedule",
    "ListGridpools": "gridpool",
    "ListMarketTopologyRelations": "relation",
    "ListMicrogridElectricalComponentConnections": "connection",
    "ListMicrogridElectricalComponents": "meter",
    "ListMicrogridSensors": "sensor",
    "ListMicrogrids": "microgrid",
}
"""What the replies of each call hold."""


ASKED: Final = {"microgrid_id": 4, "gridpool_id": 3}
"""What the calls here ask for."""


def reply_of(operation: str, *items: Message) -> Any:
    """Return the reply of a call that holds these items."""
    reply = getattr(pb, f"{operation}Response")()
    for name, number in ASKED.items():
        if name in reply.DESCRIPTOR.fields_by_name:
            setattr(reply, name, number)
    (field,) = (field for field in reply.DESCRIPTOR.fields if field.message_type is not None)
    if field.is_repeated:
        getattr(reply, field.name).extend(items)
    else:
        getattr(reply, field.name).CopyFrom(*items)
    return reply


def good_reply(operation: str) -> Any:
    """Return a reply with one item, in which nothing is wrong."""
    return reply_of(operation, VALID[CONTENTS[operation]]())


def _call(method: str, *arguments: Any, request: Message, **options: Any) -> Call:
    return Call(method, arguments, options, request)


def _ids(kind: Callable[[int], Any], *numbers: int) -> Iterator[Any]:
    """Yield ids: what may be read only once must do as a filter, too."""
    yield from map(kind, numbers)


def _lists(operation: str, **filtered: Any) -> Message:
    """Return a request for a list of things of microgrid 4."""
    request: Message = getattr(pb, f"List{operation}Request")(microgrid_id=4, **filtered)
    return request


EARLY: Final = datetime(2024, 1, 1, tzinfo=UTC)
LATE: Final = datetime(2024, 7, 1, tzinfo=UTC)
_early = {"seconds": int(EARLY.timestamp())}
_late = {"seconds": int(LATE.timestamp())}


def _calls() -> list[Call]:
    """Return calls without filters, with each, and with all."""
    components = "list_microgrid_electrical_components"
    connections = "list_microgrid_electrical_component_connections"
    schedules = "list_gridpool_energy_schedules"
    relations = "list_market_topology_relations"
    return [
        _call("get_microgrid", MICROGRID, request=pb.GetMicrogridRequest(microgrid_id=4)),
        _call(components, MICROGRID, request=_lists("MicrogridElectricalComponents")),
        _call(
            components,
            MICROGRID,
            [ElectricalComponentId(2), ElectricalComponentId(1)],
            request=_lists("MicrogridElectricalComponents", filter={"component_ids": [2, 1]}),
        ),
        _call(
            components,
            MICROGRID,
            categories={ElectricalComponentCategory.GRID},
            request=_lists("MicrogridElectricalComponents", filter={"categories": [1]}),
        ),
        _call(
            components,
            MICROGRID,
            component_ids=_ids(ElectricalComponentId, 1, 2),
            categories=iter([ElectricalComponentCategory.METER, 44]),
            request=_lists(
                "MicrogridElectricalComponents",
                filter={"component_ids": [1, 2], "categories": [2, 44]},
            ),
        ),
        _call(connections, MICROGRID, request=_lists("MicrogridElectricalComponentConnections")),
        _call(
            connections,
            MICROGRID,
            [ElectricalComponentId(1)],
            request=_lists(
                "MicrogridElectricalComponentConnections", filter={"source_component_ids": [1]}
            ),
        ),
        _call(
            connections,
            MICROGRID,
            source_component_ids=_ids(ElectricalComponentId, 1),
            destination_component_ids=_ids(ElectricalComponentId, 2, 3),
            request=_lists(
                "MicrogridElectricalComponentConnections",
                filter={"source_component_ids": [1], "destination_component_ids": [2, 3]},
            ),
        ),
        _call("list_microgrid_sensors", MICROGRID, request=_lists("MicrogridSensors")),
        _call(
            "list_microgrid_sensors",
            MICROGRID,
            _ids(SensorId, 8),
            request=_lists("MicrogridSensors", filter={"sensor_ids": [8]}),
        ),
        _call("list_microgrids", request=pb.ListMicrogridsRequest()),
        _call(
            "list_microgrids",
            _ids(MicrogridId, 4, 5),
            iter([3]),
            request=pb.ListMicrogridsRequest(filter={"microgrid_ids": [4, 5], "gridpool_ids": [3]}),
        ),
        _call("list_gridpools", request=pb.ListGridpoolsRequest()),
        _call(
            "list_gridpools",
            iter([3, 4]),
            request=pb.ListGridpoolsRequest(filter={"gridpool_ids": [3, 4]}),
        ),
        _call(schedules, 3, request=pb.ListGridpoolEnergySchedulesRequest(gridpool_id=3)),
        _call(
            schedules,
            3,
            iter([5, 6]),
            iter([GridpoolEnergyScheduleDirection.EXPORT, 9]),
            time_series_interval=Interval(start=EARLY),
            effective_validity_period=Interval(start=EARLY, end=LATE),
            request=pb.ListGridpoolEnergySchedulesRequest(
                gridpool_id=3,
                filter={
                    "schedule_ids": [5, 6],
                    "directions": [2, 9],
                    "time_series_interval": {"start_time": _early},
                    "effective_validity_period": {"start_time": _early, "end_time": _late},
                },
            ),
        ),
        _call(relations, request=pb.ListMarketTopologyRelationsRequest()),
        _call(
            relations,
            gridpool_ids=iter([3]),
            microgrid_ids=_ids(MicrogridId, 4),
            market_location_id_values=iter(["500", "501"]),
            delivery_areas=iter([DeliveryArea(code="X", code_type=EnergyMarketCodeType.US_NERC)]),
            participation_types=iter([MarketParticipationType.FLEX_MARKETS, 9]),
            request=pb.ListMarketTopologyRelationsRequest(
                filter={
                    "gridpool_ids": [3],
                    "microgrid_ids": [4],
                    "market_location_id_values": [{"value": "500"}, {"value": "501"}],
                    "delivery_areas": [{"code": "X", "code_type": 2}],
                    "participation_types": [2, 9],
                }
            ),
        ),
    ]


every_call = pytest.mark.parametrize(
    "call",
    {call.operation: call for call in reversed(_calls())}.values(),
    ids=lambda call: call.method,
)
"""Each call without filters."""


@pytest.mark.parametrize("index", range(len(_calls())))
async def test_a_call_is_made_once_with_its_request_and_the_timeout_and_nothing_else(
    client: AssetsApiClient, index: int
) -> None:
    call = _calls()[index]  # made anew: some of its filters can be read only once
    mock = answer(client, call.operation, good_reply(call.operation))
    await call.on(client)
    mock.assert_awaited_once_with(call.request, timeout=60.0)
    assert len(client._stub.mock_calls) == 1  # type: ignore[union-attr]
    assert client._channel.mock_calls == []  # type: ignore[union-attr]


def test_every_call_of_the_contract_is_among_those_tested() -> None:
    assert {call.operation for call in _calls()} == OPERATIONS == set(CONTENTS)


@every_call
async def test_a_call_returns_what_the_reply_holds(client: AssetsApiClient, call: Call) -> None:
    answer(client, call.operation, good_reply(call.operation))
    returned = await call.on(client, raise_on_errors=True)
    made, _ = decode(VALID[CONTENTS[call.operation]]())
    assert returned == (made if call.operation == "GetMicrogrid" else [made])


async def test_others_have_their_turns_while_a_long_list_is_read(client: AssetsApiClient) -> None:
    operation = "ListMicrogridElectricalComponentConnections"
    links = [{"source_electrical_component_id": index} for index in range(1, 5 * PART)]
    reply = pb.ListMicrogridElectricalComponentConnectionsResponse(connections=links)
    answer(client, operation, reply)
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    running = asyncio.create_task(others())
    found: list[CallFindings] = []
    listed = await client.list_microgrid_electrical_component_connections(
        4, on_findings=found.append
    )
    running.cancel()
    assert len(listed) == len(links)
    assert turns >= 5


@pytest.mark.parametrize("call", [call for call in _calls() if call.operation.startswith("List")])
async def test_an_empty_reply_is_an_empty_list(client: AssetsApiClient, call: Call) -> None:
    answer(client, call.operation, reply_of(call.operation))
    assert await call.on(client, raise_on_errors=True) == []


# Connections --------------------------------------------------------------------------------------


@every_call
async def test_a_call_without_a_connection_names_itself(call: Call) -> None:
    with pytest.raises(ClientNotConnected) as raised:
        await call.on(AssetsApiClient(URL, connect=False))
    assert raised.value.operation == call.operation
    assert raised.value.server_url == URL
    assert not raised.value.is_retryable


def test_there_is_no_stub_and_no_channel_without_a_connection() -> None:
    client = AssetsApiClient(URL, connect=False)
    assert client.server_url == URL
    assert not client.is_connected
    for attribute in ("stub", "channel"):
        with pytest.raises(ClientNotConnected, match=f"'{attribute}'"):
            getattr(client, attribute)


def test_the_stub_is_the_one_that_was_set(client: AssetsApiClient) -> None:
    assert client.is_connected
    assert client.stub is client._stub
    assert client.channel is client._channel
    client._stub = None
    with pytest.raises(ClientNotConnected):
        _ = client.stub


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, ChannelOptions(port=9090)),
        (ChannelOptions(), ChannelOptions(port=9090)),
        (ChannelOptions(port=50051), ChannelOptions(port=50051)),
        (
            ChannelOptions(ssl=SslOptions(enabled=False)),
            ChannelOptions(port=9090, ssl=SslOptions(enabled=False)),
        ),
    ],
)
async def test_the_port_is_9090_unless_told_otherwise(
    given: ChannelOptions | None, expected: ChannelOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = "secure_channel" if expected.ssl.enabled else "insecure_channel"
    opened = MagicMock(wraps=getattr(grpc.aio, kind))
    monkeypatch.setattr(grpc.aio, kind, opened)
    options: dict[str, Any] = {} if given is None else {"channel_defaults": given}
    async with AssetsApiClient(
        "grpc://example.com", auth_key="key", sign_secret="secret", **options
    ) as client:
        assert client.channel_defaults == expected
        client.channel.get_state()
    ((target, *_, interceptors), _) = opened.call_args
    assert target == f"dns:///example.com:{expected.port}"
    assert list(map(type, interceptors)) == [
        AuthenticationInterceptorUnaryUnary,
        SigningInterceptorUnaryUnary,
    ]


async def test_a_url_without_a_port_can_be_connected_to_and_disconnected_from() -> None:
    client = AssetsApiClient("grpc://localhost?ssl=false")
    assert client.is_connected
    assert client.stub.GetMicrogrid
    await client.disconnect()
    assert not client.is_connected
    await client.disconnect()
    client.connect("grpc://localhost:1234?ssl=false")
    assert client.is_connected
    assert client.server_url == "grpc://localhost:1234?ssl=false"
    await client.disconnect()


@pytest.mark.parametrize(
    "url", ["", "localhost", "http://localhost", "grpc://", "grpc://localhost?nonsense=1"]
)
async def test_a_bad_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        AssetsApiClient(url)


async def test_tests_of_users_replace_connect(monkeypatch: pytest.MonkeyPatch) -> None:
    stub = MagicMock()
    stub.GetMicrogrid = AsyncMock(
        return_value=pb.GetMicrogridResponse(microgrid=VALID["microgrid"]())
    )

    def connect(
        self: AssetsApiClient,
        server_url: str | None = None,
        *,
        auth_key: str | EllipsisType | None = ...,
        sign_secret: str | EllipsisType | None = ...,
    ) -> None:
        assert (auth_key, sign_secret) in [("key", None), (..., ...)]
        self._server_url = server_url or self._server_url
        self._channel = MagicMock(spec=grpc.aio.Channel)
        self._stub = stub

    monkeypatch.setattr(AssetsApiClient, "connect", connect)
    async with AssetsApiClient("grpc://nowhere", auth_key="key") as client:
        assert client.server_url == "grpc://nowhere"
        microgrid = await client.get_microgrid(MICROGRID)
    assert microgrid.id == MICROGRID
    assert not client.is_connected
    stub.GetMicrogrid.assert_awaited_once_with(pb.GetMicrogridRequest(microgrid_id=4), timeout=60.0)


async def test_tests_of_users_derive_a_client_with_a_stub_of_its_own() -> None:
    class Fake(AssetsApiClient):
        def connect(self, *_: Any, **__: Any) -> None:
            self._channel = MagicMock()
            self._stub = MagicMock()
            answer(self, "ListGridpools", pb.ListGridpoolsResponse(gridpools=[{"id": 3}]))

        async def __aenter__(self) -> Self:
            return self

    async with Fake(URL) as client:
        assert [gridpool.id for gridpool in await client.list_gridpools()] == [3]


# Errors of the server -----------------------------------------------------------------------------

ERRORS: Final = {
    grpc.StatusCode.CANCELLED: exceptions.OperationCancelled,
    grpc.StatusCode.UNKNOWN: exceptions.UnknownError,
    grpc.StatusCode.INVALID_ARGUMENT: exceptions.InvalidArgument,
    grpc.StatusCode.DEADLINE_EXCEEDED: exceptions.OperationTimedOut,
    grpc.StatusCode.NOT_FOUND: exceptions.EntityNotFound,
    grpc.StatusCode.ALREADY_EXISTS: exceptions.EntityAlreadyExists,
    grpc.StatusCode.PERMISSION_DENIED: exceptions.PermissionDenied,
    grpc.StatusCode.UNAUTHENTICATED: exceptions.OperationUnauthenticated,
    grpc.StatusCode.RESOURCE_EXHAUSTED: exceptions.ResourceExhausted,
    grpc.StatusCode.FAILED_PRECONDITION: exceptions.OperationPreconditionFailed,
    grpc.StatusCode.ABORTED: exceptions.OperationAborted,
    grpc.StatusCode.UNIMPLEMENTED: exceptions.OperationNotImplemented,
    grpc.StatusCode.INTERNAL: exceptions.InternalError,
    grpc.StatusCode.UNAVAILABLE: exceptions.ServiceUnavailable,
    grpc.StatusCode.DATA_LOSS: exceptions.DataLoss,
    grpc.StatusCode.OUT_OF_RANGE: exceptions.OperationOutOfRange,
    grpc.StatusCode.OK: exceptions.UnrecognizedGrpcStatus,
}


def failure(status: grpc.StatusCode) -> grpc.aio.AioRpcError:
    """Return what gRPC raises for a status."""
    return grpc.aio.AioRpcError(
        status, grpc.aio.Metadata(), grpc.aio.Metadata(), details="it went wrong"
    )


@pytest.mark.parametrize("status", grpc.StatusCode)
async def test_every_status_has_its_error(status: grpc.StatusCode) -> None:
    client = mocked(policy=CallPolicy(max_attempts=1))
    cause = failure(status)
    answer(client, "GetMicrogrid", cause)
    with pytest.raises(ERRORS[status], match="it went wrong") as raised:
        await client.get_microgrid(MICROGRID)
    assert type(raised.value) is ERRORS[status]
    assert raised.value.__cause__ is cause
    assert raised.value.grpc_error is cause


@every_call
@pytest.mark.parametrize("status", [grpc.StatusCode.NOT_FOUND, grpc.StatusCode.UNIMPLEMENTED])
async def test_an_error_names_its_call_and_its_server(
    client: AssetsApiClient, call: Call, status: grpc.StatusCode
) -> None:
    mock = answer(client, call.operation, failure(status))
    with pytest.raises((EntityNotFound, OperationNotImplemented)) as raised:
        await call.on(client)
    assert (raised.value.operation, raised.value.server_url) == (call.operation, URL)
    mock.assert_awaited_once()


async def test_a_cancelled_call_stays_cancelled(client: AssetsApiClient) -> None:
    answer(client, "GetMicrogrid", asyncio.CancelledError())
    with pytest.raises(asyncio.CancelledError):
        await client.get_microgrid(MICROGRID)


async def test_a_reply_without_a_microgrid_is_an_error(client: AssetsApiClient) -> None:
    answer(client, "GetMicrogrid", pb.GetMicrogridResponse())
    with pytest.raises(ApiClientError, match="microgrid 4 contains no microgrid") as raised:
        await client.get_microgrid(MICROGRID)
    assert (raised.value.operation, raised.value.server_url) == ("GetMicrogrid", URL)
    assert not raised.value.is_retryable


@every_call
async def test_a_reply_that_cannot_be_decoded_is_an_error(
    client: AssetsApiClient, call: Call
) -> None:
    answer(client, call.operation, None)  # what gRPC makes of such a reply
    with pytest.raises(ApiClientError, match="cannot be decoded") as raised:
        await call.on(client)
    assert (raised.value.operation, raised.value.server_url) == (call.operation, URL)
    assert not raised.value.is_retryable


# What is wrong with a reply -----------------------------------------------------------------------


class Wrong(NamedTuple):
    """An item of a call's replies that has one finding, a major one."""

    good: str
    changes: dict[str, Any]
    error: type[ValidationError]
    field: str
    """Where the error keeps the item."""

    id: Any
    entity: str
    path: str
    sentence: str
    advice: str

    @property
    def message(self) -> Any:
        """The item's message."""
        return changed(self.good, self.changes)

    @property
    def issue(self) -> str:
        """The finding as text, without the entity."""
        return f"{self.path}: {self.sentence}"

    def finding(self, place: int = 1) -> str:
        """Return the finding as text, of the item at a place of the reply, counted from 1."""
        return f"{self.named(place)}: {self.issue}"

    def named(self, place: int = 1) -> str:
        """Return what the item is called."""
        return self.entity if self.id != 0 else f"{self.entity} (item {place})"


_UNRECOGNIZED: Final = "unrecognized value {}; kept as a plain integer"
_UPDATE: Final = (
    "correct the number, or update this package: it knows the API up to its own release"
)
_BAD_MICROGRID: Final = Wrong(
    "microgrid",
    {"status": 9},
    InvalidMicrogridError,
    "microgrid",
    MicrogridId(4),
    "microgrid 4",
    "status",
    _UNRECOGNIZED.format(9),
    _UPDATE,
)
WRONG: Final = {
    "GetMicrogrid": _BAD_MICROGRID,
    "ListMicrogrids": _BAD_MICROGRID,
    "ListMicrogridElectricalComponents": Wrong(
        "meter",
        {"category": 77},
        InvalidElectricalComponentError,
        "component",
        ElectricalComponentId(17),
        "component 17",
        "category",
        _UNRECOGNIZED.format(77),
        _UPDATE,
    ),
    "ListMicrogridElectricalComponentConnections": Wrong(
        "connection",
        {"source_electrical_component_id": 2},
        InvalidConnectionError,
        "connection",
        (ElectricalComponentId(2), ElectricalComponentId(2)),
        "connection 2 -> 2",
        "destination",
        "same as the source, component 2; the connection is ignored",
        "correct one of its ends, or remove the connection",
    ),
    "ListMicrogridSensors": Wrong(
        "sensor",
        {"operational_lifetime.end_timestamp.seconds": 9},
        InvalidSensorError,
        "sensor",
        SensorId(8),
        "sensor 8",
        "operational_lifetime",
        "starts at 2022-01-01T00:00:00Z, after its end at 1970-01-01T00:00:09Z;"
        " treated as always operational",
        "swap or correct start and end",
    ),
    "ListGridpools": Wrong(
        "gridpool",
        {"id": 0},
        InvalidGridpoolError,
        "gridpool",
        0,
        "gridpool 0",
        "id",
        "0 is not a valid ID",
        "set an ID of 1 or above",
    ),
    "ListGridpoolEnergySchedules": Wrong(
        "schedule",
        {"direction": 0},
        InvalidGridpoolEnergyScheduleError,
        "schedule",
        5,
        "energy schedule 5 of gridpool 3",
        "direction",
        "unspecified",
        "set it to a known value",
    ),
    "ListMarketTopologyRelations": Wrong(
        "relation",
        {"delivery_area": None},
        InvalidMarketTopologyRelationError,
        "relation",
        None,
        "relation gridpool 3 - microgrid 4 - market location 50012345678",
        "delivery_area",
        "missing; a relation with a gridpool needs one",
        "set the delivery area in which the relation holds",
    ),
}
"""A fault of each kind of item, and all that is said of it."""

NUMBERS: Final = {
    "connection": "destination_electrical_component_id",
    "relation": "microgrid_id",
    "schedule": "schedule_id",
}
"""The field in which items of a kind may differ, where it is not the id."""


def good_items(operation: str, *numbers: int) -> list[Any]:
    """Return items of a call's replies that differ, in which nothing is wrong."""
    kind = CONTENTS[operation]
    return [changed(kind, {NUMBERS.get(kind, "id"): number}) for number in numbers]


def name_of(call: Call) -> str:
    """Return what a call is called in texts."""
    sent: Any = call.request
    numbers = [getattr(sent, name) for name in ASKED if name in sent.DESCRIPTOR.fields_by_name]
    return f"{call.operation}({numbers[0]})" if numbers else call.operation


every_list = pytest.mark.parametrize(
    "call",
    {
        call.operation: call for call in reversed(_calls()) if call.operation != "GetMicrogrid"
    }.values(),
    ids=lambda call: call.method,
)
"""Each call for a list without filters."""


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Return what is logged but for the attempts, down to what is for debugging only."""
    caplog.set_level(logging.INFO, "frequenz.client.assets.calls")
    caplog.set_level(logging.DEBUG, "frequenz.client.assets")
    return caplog


def test_there_is_a_fault_for_every_call_and_every_error() -> None:
    assert set(WRONG) == OPERATIONS
    assert {wrong.error for wrong in WRONG.values()} | {InvalidReplyError} == set(
        ValidationError.__subclasses__()
    )


# The first way: the log ---------------------------------------------------------------------------


@every_call
async def test_findings_are_logged_and_the_item_is_returned(
    client: AssetsApiClient, call: Call, told: pytest.LogCaptureFixture
) -> None:
    wrong = WRONG[call.operation]
    answer(client, call.operation, reply_of(call.operation, wrong.message))
    returned = await call.on(client)
    made, _ = decode(wrong.message)
    assert returned == (made if call.operation == "GetMicrogrid" else [made] * (made is not None))
    assert [(record.name, record.levelname) for record in told.records] == [
        ("frequenz.client.assets", "WARNING"),
        ("frequenz.client.assets", "DEBUG"),
    ]
    assert told.messages == [
        f"{name_of(call)}: findings in 1 item(s), 1 major and 0 minor;"
        f" most often: {wrong.finding()}",
        f"{name_of(call)}: major: {wrong.finding()}",
    ]


@pytest.mark.parametrize("faulty", [300, 20_000])
async def test_a_call_is_one_warning_however_much_is_wrong(
    client: AssetsApiClient, caplog: pytest.LogCaptureFixture, faulty: int
) -> None:
    items = [
        changed("meter", {"id": number, "category": 0, "operational_mode": 0})
        for number in range(1, faulty + 1)
    ]
    items += [
        *(changed("meter", {"id": 50_000 + number, "category": 77}) for number in range(2)),
        changed("meter", {"id": 60_000, "category": 78}),
        *good_items("ListMicrogridElectricalComponents", 70_000, 70_001),
    ]
    answer(
        client,
        "ListMicrogridElectricalComponents",
        reply_of("ListMicrogridElectricalComponents", *items),
    )
    with caplog.at_level(logging.INFO, "frequenz.client.assets"):
        returned = await client.list_microgrid_electrical_components(MICROGRID)
    assert [int(component.id) for component in returned] == [item.id for item in items]
    (record,) = caplog.records
    assert (record.levelname, record.name) == ("WARNING", "frequenz.client.assets")
    assert record.getMessage() == (
        f"ListMicrogridElectricalComponents(4): findings in {faulty + 3} item(s),"
        f" {faulty + 3} major and {faulty} minor; most often: component 1: category: unspecified"
        f" (and {faulty - 1} more like it);"
        " component 50000: category: unrecognized value 77; kept as a plain integer"
        " (and 2 more like it);"
        " component 1: operational_mode: unspecified; treated as control and telemetry"
        f" (and {faulty - 1} more like it)"
    )


async def test_each_finding_is_told_for_debugging_with_its_entity(
    client: AssetsApiClient, told: pytest.LogCaptureFixture
) -> None:
    first, second = (
        changed("meter", {"id": number, "category": category, "operational_mode": 0})
        for number, category in ((1, 77), (2, 2))
    )
    answer(
        client,
        "ListMicrogridElectricalComponents",
        reply_of("ListMicrogridElectricalComponents", first, second),
    )
    await client.list_microgrid_electrical_components(4)
    assert told.messages[1:] == [
        "ListMicrogridElectricalComponents(4): major: component 1:"
        " category: unrecognized value 77; kept as a plain integer",
        "ListMicrogridElectricalComponents(4): minor: component 1:"
        " operational_mode: unspecified; treated as control and telemetry",
        "ListMicrogridElectricalComponents(4): minor: component 2:"
        " operational_mode: unspecified; treated as control and telemetry",
    ]


@every_call
@pytest.mark.parametrize("way", [{}, {"raise_on_errors": True}, {"on_findings": pytest.fail}])
async def test_nothing_is_said_of_a_good_reply(
    client: AssetsApiClient, call: Call, way: dict[str, Any], told: pytest.LogCaptureFixture
) -> None:
    answer(client, call.operation, good_reply(call.operation))
    await call.on(client, **way)
    assert told.records == []


# The second way: exceptions -----------------------------------------------------------------------


@every_call
async def test_findings_are_raised_with_the_item_and_its_message(
    client: AssetsApiClient, call: Call, told: pytest.LogCaptureFixture
) -> None:
    wrong = WRONG[call.operation]
    answer(client, call.operation, reply_of(call.operation, wrong.message))
    with pytest.raises((InvalidItemsGroup, ValidationError)) as raised:
        await call.on(client, raise_on_errors=True)
    error: Any = raised.value
    if call.operation != "GetMicrogrid":
        assert error.message == f"{name_of(call)}: 1 validation error(s)"
        assert error.items == ()
        (error,) = error.exceptions
    assert type(error) is wrong.error
    assert getattr(error, wrong.field) == decode(wrong.message)[0]
    assert (error.major_issues, error.minor_issues) == ([wrong.issue], [])
    assert error.raw_message == wrong.message
    (finding,) = error.findings
    assert isinstance(finding, Finding)
    assert (finding.entity, finding.path, finding.sentence, finding.advice) == (
        wrong.named(),
        wrong.path,
        wrong.sentence,
        wrong.advice,
    )
    assert finding.severity is Severity.MAJOR
    assert str(error) == f"Validation failed: {wrong.finding()} (what to do: {wrong.advice})"
    assert told.records == []


@every_list
async def test_a_faulty_item_never_costs_the_others(client: AssetsApiClient, call: Call) -> None:
    first, second, third = good_items(call.operation, 31, 32, 33)
    bad = WRONG[call.operation].message
    messages = [first, bad, second, third]
    made = [item for message in messages if (item := decode(message)[0]) is not None]
    answer(client, call.operation, reply_of(call.operation, *messages))
    assert await call.on(client) == made
    answer(client, call.operation, reply_of(call.operation, *messages))
    with pytest.raises(InvalidItemsGroup) as raised:
        await call.on(client, raise_on_errors=True)
    assert raised.value.items == tuple(decode(message)[0] for message in (first, second, third))
    (error,) = raised.value.exceptions
    assert type(error) is WRONG[call.operation].error


async def test_each_item_with_a_major_finding_is_an_error_of_the_group(
    client: AssetsApiClient, told: pytest.LogCaptureFixture
) -> None:
    (good,) = good_items("ListMicrogridElectricalComponents", 1)
    bad = changed("meter", {"id": 2, "category": 77, "operational_mode": 0})
    quiet = changed("meter", {"id": 3, "operational_mode": 0})
    worse = changed(
        "battery",
        {"id": 4, "category_specific_info.battery.type": 0, "operational_mode": 99},
    )
    reply = reply_of("ListMicrogridElectricalComponents", good, bad, quiet, worse)
    answer(client, "ListMicrogridElectricalComponents", reply)
    with pytest.raises(InvalidItemsGroup) as raised:
        await client.list_microgrid_electrical_components(MICROGRID, raise_on_errors=True)
    assert raised.value.message == "ListMicrogridElectricalComponents(4): 2 validation error(s)"
    assert raised.value.items == (decode(good)[0], decode(quiet)[0])
    first, second = raised.value.exceptions
    assert isinstance(first, InvalidElectricalComponentError)
    assert isinstance(second, InvalidElectricalComponentError)
    assert [type(it.component).__name__ for it in (first, second)] == [
        "UnrecognizedComponent",
        "UnspecifiedBattery",
    ]
    assert first.major_issues == ["category: unrecognized value 77; kept as a plain integer"]
    assert first.minor_issues == ["operational_mode: unspecified; treated as control and telemetry"]
    assert [finding.path for finding in first.findings] == ["category", "operational_mode"]
    assert [finding.path for finding in second.findings] == ["type", "operational_mode"]
    assert [finding.severity for finding in first.findings] == [Severity.MAJOR, Severity.MINOR]
    assert second.minor_issues == []
    assert [first.raw_message, second.raw_message] == [bad, worse]
    # What is not raised is about another item.
    summary = [record for record in told.records if "findings in" in record.getMessage()]
    assert [record.levelname for record in summary] == ["DEBUG"]
    assert "findings in 1 item(s), 0 major and 1 minor" in summary[0].getMessage()


async def test_an_item_like_an_earlier_one_is_wrong_and_the_earlier_one_is_good(
    client: AssetsApiClient,
) -> None:
    sensors = good_items("ListMicrogridSensors", 1, 2, 1)
    answer(client, "ListMicrogridSensors", reply_of("ListMicrogridSensors", *sensors))
    with pytest.raises(InvalidItemsGroup) as raised:
        await client.list_microgrid_sensors(MICROGRID, raise_on_errors=True)
    first, second = raised.value.items
    assert (first.id, second.id) == (SensorId(1), SensorId(2))
    (error,) = raised.value.exceptions
    assert isinstance(error, InvalidSensorError)
    assert error.major_issues == ["id: duplicate ID 1: an earlier sensor in the list has it"]


async def test_minor_findings_are_never_raised_and_no_warnings(
    client: AssetsApiClient, told: pytest.LogCaptureFixture
) -> None:
    components = "ListMicrogridElectricalComponents"
    answer(client, components, reply_of(components, changed("meter", {"operational_mode": 0})))
    (returned,) = await client.list_microgrid_electrical_components(MICROGRID, raise_on_errors=True)
    assert returned.id == ElectricalComponentId(17)
    microgrid = {"id": 4, "status": 1}
    answer(client, "GetMicrogrid", pb.GetMicrogridResponse(microgrid=microgrid))
    assert (await client.get_microgrid(MICROGRID, raise_on_errors=True)).location is None
    assert {record.levelname for record in told.records} == {"DEBUG"}
    assert sum("findings in" in message for message in told.messages) == 2


# The third way: a function of the caller's --------------------------------------------------------


@every_call
async def test_findings_are_handed_over_and_neither_logged_nor_raised(
    client: AssetsApiClient, call: Call, told: pytest.LogCaptureFixture
) -> None:
    wrong = WRONG[call.operation]
    is_list = call.operation != "GetMicrogrid"
    others = good_items(call.operation, 31, 32) if is_list else []
    answer(client, call.operation, reply_of(call.operation, *others, wrong.message))
    got: list[CallFindings] = []
    returned = await call.on(client, on_findings=got.append)
    made = decode(wrong.message)[0]
    kept = [] if made is None else [made]
    assert returned == ([*(decode(it)[0] for it in others), *kept] if is_list else made)
    (found,) = got
    assert type(found) is CallFindings
    assert found.call == name_of(call)
    (item,) = found.items
    assert type(item) is ItemFindings
    assert (item.id, item.item, item.raw_message) == (wrong.id, made, wrong.message)
    assert type(item.id) is type(wrong.id)
    assert [str(finding) for finding in item.findings] == [wrong.finding(place=len(others) + 1)]
    assert found.findings == item.findings
    assert told.records == []


async def test_all_findings_of_a_call_are_handed_over_at_once(client: AssetsApiClient) -> None:
    messages = [
        changed("meter", {"id": 1, "operational_mode": 0}),
        *good_items("ListMicrogridElectricalComponents", 2),
        changed("meter", {"id": 3, "category": 77, "operational_mode": 0}),
    ]
    reply = reply_of("ListMicrogridElectricalComponents", *messages)
    answer(client, "ListMicrogridElectricalComponents", reply)
    got: list[CallFindings] = []
    returned = await client.list_microgrid_electrical_components(4, on_findings=got.append)
    (found,) = got
    assert [item.id for item in found.items] == [ElectricalComponentId(it) for it in (1, 3)]
    assert [item.item for item in found.items] == [returned[0], returned[2]]
    assert [(finding.entity, finding.id, finding.severity) for finding in found.findings] == [
        ("component 1", "mode-unspecified", Severity.MINOR),
        ("component 3", "unrecognized", Severity.MAJOR),
        ("component 3", "mode-unspecified", Severity.MINOR),
    ]


@every_call
async def test_what_the_callers_function_raises_reaches_the_caller(
    client: AssetsApiClient, call: Call
) -> None:
    def refuse(found: CallFindings) -> None:
        raise LookupError(found.call)

    bad = WRONG[call.operation].message
    answer(client, call.operation, reply_of(call.operation, bad))
    with pytest.raises(LookupError) as raised:
        await call.on(client, on_findings=refuse)
    assert raised.value.args == (name_of(call),)


# A reply that is wrong as a whole -----------------------------------------------------------------

owned_calls = pytest.mark.parametrize(
    "call",
    {
        call.operation: call
        for call in reversed(_calls())
        if call.operation.startswith(("ListMicrogridE", "ListMicrogridS", "ListGridpoolE"))
    }.values(),
    ids=lambda call: call.method,
)
"""The calls whose replies say whose items they hold."""


def other_reply(call: Call, number: int) -> tuple[Any, str, int]:
    """Return a good reply but for whom it is, the field that says so, and what it should say."""
    reply = good_reply(call.operation)
    (field,) = (name for name in ASKED if name in reply.DESCRIPTOR.fields_by_name)
    setattr(reply, field, number)
    return reply, field, ASKED[field]


def test_every_reply_that_says_whose_items_it_holds_is_tried() -> None:
    tried = {call.operation for call in owned_calls.args[1]}
    assert tried == {
        operation
        for operation in OPERATIONS
        if ASKED.keys() & getattr(pb, f"{operation}Response").DESCRIPTOR.fields_by_name.keys()
    }


@owned_calls
async def test_a_reply_for_another_owner_is_an_error_beside_the_items(
    client: AssetsApiClient, call: Call, told: pytest.LogCaptureFixture
) -> None:
    reply, field, asked = other_reply(call, 9)
    noun = field.removesuffix("_id")
    issue = f"{field}: the reply is for {noun} 9, but {asked} was requested"
    answer(client, call.operation, reply)
    with pytest.raises(InvalidItemsGroup) as raised:
        await call.on(client, raise_on_errors=True)
    (error,) = raised.value.exceptions
    assert type(error) is InvalidReplyError
    assert error.major_issues == [issue]
    assert error.raw_message == reply
    assert str(error) == (
        f"Validation failed: reply: {issue} (what to do: report this to the operator of the server)"
    )
    made, _ = decode(VALID[CONTENTS[call.operation]]())
    assert raised.value.items == (made,)
    answer(client, call.operation, reply)
    assert await call.on(client) == [made]
    assert told.messages[1:] == [f"{name_of(call)}: major: reply: {issue}"]


@owned_calls
async def test_a_reply_that_does_not_say_whose_it_is_is_a_minor_finding(
    client: AssetsApiClient, call: Call
) -> None:
    reply, field, _ = other_reply(call, 0)
    answer(client, call.operation, reply)
    assert len(await call.on(client, raise_on_errors=True)) == 1
    got: list[CallFindings] = []
    answer(client, call.operation, reply)
    await call.on(client, on_findings=got.append)
    ((item,),) = (found.items for found in got)
    assert (item.id, item.item, item.raw_message) == (None, None, reply)
    (finding,) = item.findings
    assert (finding.entity, finding.path, finding.severity) == ("reply", field, Severity.MINOR)


@owned_calls
async def test_the_reply_comes_before_its_items(client: AssetsApiClient, call: Call) -> None:
    reply, _, _ = other_reply(call, 9)
    (items,) = (field.name for field in reply.DESCRIPTOR.fields if field.message_type)
    getattr(reply, items).append(WRONG[call.operation].message)
    del getattr(reply, items)[0]
    got: list[CallFindings] = []
    answer(client, call.operation, reply)
    await call.on(client, on_findings=got.append)
    ((first, second),) = (found.items for found in got)
    assert (first.id, second.id) == (None, WRONG[call.operation].id)
    assert got[0].findings == (*first.findings, *second.findings)


async def test_another_microgrid_than_was_asked_for_is_an_error(client: AssetsApiClient) -> None:
    answer(client, "GetMicrogrid", pb.GetMicrogridResponse(microgrid=VALID["microgrid"]()))
    with pytest.raises(InvalidMicrogridError) as raised:
        await client.get_microgrid(5, raise_on_errors=True)
    assert raised.value.major_issues == ["id: the reply is for microgrid 4, but 5 was requested"]
    assert raised.value.microgrid.id == MicrogridId(4)
