"""The client with a mocked stub, as in the tests of users."""

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

from ..messages import VALID, changed, decode

pb: Final[Any] = platformassets_pb2
URL: Final = "grpc://localhost:1?ssl=false"
MICROGRID: Final = MicrogridId(4)


@pytest.fixture
def client() -> AssetsApiClient:
    """Return a client whose channel and stub are mocks."""
    return mocked_client()


def mocked_client(**options: Any) -> AssetsApiClient:
    client = AssetsApiClient(URL, connect=False, **options)
    client._channel = MagicMock()
    client._stub = MagicMock()
    return client


def set_reply(client: AssetsApiClient, operation: str, reply: Any) -> AsyncMock:
    """Replace a method of the stub by a mock that returns a reply or raises an exception."""
    mock = AsyncMock(side_effect=[reply])
    setattr(client._stub, operation, mock)
    return mock


# Requests -----------------------------------------------------------------------------------------


class Call(NamedTuple):
    """A call of the client, and the request that it sends."""

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


KINDS: Final = {
    "GetMicrogrid": "microgrid",
    "ListGridpoolEnergySchedules": "schedule",
    "ListGridpools": "gridpool",
    "ListMarketTopologyRelations": "relation",
    "ListMicrogridElectricalComponentConnections": "connection",
    "ListMicrogridElectricalComponents": "meter",
    "ListMicrogridSensors": "sensor",
    "ListMicrogrids": "microgrid",
}
"""By call, the kind of message in its reply, a key of `VALID`."""


OWNERS: Final = {"microgrid_id": 4, "gridpool_id": 3}
"""The IDs of the microgrid and the gridpool in all requests."""


def reply_of(operation: str, *items: Message) -> Any:
    """Return the reply of a call with some items."""
    reply = getattr(pb, f"{operation}Response")()
    for name, number in OWNERS.items():
        if name in reply.DESCRIPTOR.fields_by_name:
            setattr(reply, name, number)
    (field,) = (field for field in reply.DESCRIPTOR.fields if field.message_type is not None)
    if field.is_repeated:
        getattr(reply, field.name).extend(items)
    else:
        getattr(reply, field.name).CopyFrom(*items)
    return reply


def valid_reply(operation: str) -> Any:
    """Return a reply with one valid item."""
    return reply_of(operation, VALID[KINDS[operation]]())


def _call(method: str, *arguments: Any, request: Message, **options: Any) -> Call:
    return Call(method, arguments, options, request)


def _ids(kind: Callable[[int], Any], *numbers: int) -> Iterator[Any]:
    """Yield IDs: iterators, which can be read only once, are valid filters."""
    yield from map(kind, numbers)


def _list_request(operation: str, **fields: Any) -> Message:
    """Return a request for a list of entities of microgrid 4."""
    request: Message = getattr(pb, f"List{operation}Request")(microgrid_id=4, **fields)
    return request


EARLY: Final = datetime(2024, 1, 1, tzinfo=UTC)
LATE: Final = datetime(2024, 7, 1, tzinfo=UTC)
_early = {"seconds": int(EARLY.timestamp())}
_late = {"seconds": int(LATE.timestamp())}


def _calls() -> list[Call]:
    """Return calls without filters, with one filter, and with all filters."""
    components = "list_microgrid_electrical_components"
    connections = "list_microgrid_electrical_component_connections"
    schedules = "list_gridpool_energy_schedules"
    relations = "list_market_topology_relations"
    return [
        _call("get_microgrid", MICROGRID, request=pb.GetMicrogridRequest(microgrid_id=4)),
        _call(components, MICROGRID, request=_list_request("MicrogridElectricalComponents")),
        _call(
            components,
            MICROGRID,
            [ElectricalComponentId(2), ElectricalComponentId(1)],
            request=_list_request(
                "MicrogridElectricalComponents", filter={"component_ids": [2, 1]}
            ),
        ),
        _call(
            components,
            MICROGRID,
            categories={ElectricalComponentCategory.GRID},
            request=_list_request("MicrogridElectricalComponents", filter={"categories": [1]}),
        ),
        _call(
            components,
            MICROGRID,
            component_ids=_ids(ElectricalComponentId, 1, 2),
            categories=iter([ElectricalComponentCategory.METER, 44]),
            request=_list_request(
                "MicrogridElectricalComponents",
                filter={"component_ids": [1, 2], "categories": [2, 44]},
            ),
        ),
        _call(
            connections, MICROGRID, request=_list_request("MicrogridElectricalComponentConnections")
        ),
        _call(
            connections,
            MICROGRID,
            [ElectricalComponentId(1)],
            request=_list_request(
                "MicrogridElectricalComponentConnections", filter={"source_component_ids": [1]}
            ),
        ),
        _call(
            connections,
            MICROGRID,
            source_component_ids=_ids(ElectricalComponentId, 1),
            destination_component_ids=_ids(ElectricalComponentId, 2, 3),
            request=_list_request(
                "MicrogridElectricalComponentConnections",
                filter={"source_component_ids": [1], "destination_component_ids": [2, 3]},
            ),
        ),
        _call("list_microgrid_sensors", MICROGRID, request=_list_request("MicrogridSensors")),
        _call(
            "list_microgrid_sensors",
            MICROGRID,
            _ids(SensorId, 8),
            request=_list_request("MicrogridSensors", filter={"sensor_ids": [8]}),
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
"""All calls, without filters."""


async def test_a_call_calls_only_its_method_of_the_stub_with_its_request_and_the_timeout() -> None:
    for call in _calls():
        client: Any = mocked_client()
        mock = set_reply(client, call.operation, valid_reply(call.operation))
        await call.on(client)
        mock.assert_awaited_once_with(call.request, timeout=60.0)
        assert len(client._stub.mock_calls) == 1, call
        assert client._channel.mock_calls == [], call


def test_every_call_of_the_api_is_tested() -> None:
    assert {call.operation for call in _calls()} == OPERATIONS == set(KINDS)


@every_call
async def test_a_call_returns_the_items_of_its_reply(client: AssetsApiClient, call: Call) -> None:
    set_reply(client, call.operation, valid_reply(call.operation))
    returned = await call.on(client, raise_on_errors=True)
    item, _ = decode(VALID[KINDS[call.operation]]())
    assert returned == (item if call.operation == "GetMicrogrid" else [item])


async def test_other_tasks_run_while_a_long_list_is_decoded(client: AssetsApiClient) -> None:
    operation = "ListMicrogridElectricalComponentConnections"
    links = [{"source_electrical_component_id": index} for index in range(1, 5 * PART)]
    reply = pb.ListMicrogridElectricalComponentConnectionsResponse(connections=links)
    set_reply(client, operation, reply)
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(count_turns())
    listed = await client.list_microgrid_electrical_component_connections(
        4, on_findings=lambda _: None
    )
    task.cancel()
    assert len(listed) == len(links)
    assert turns >= 5


async def test_a_list_of_no_items_is_empty(client: AssetsApiClient) -> None:
    for call in _calls():
        if call.operation.startswith("List"):
            set_reply(client, call.operation, reply_of(call.operation))
            assert await call.on(client, raise_on_errors=True) == [], call


# Connections --------------------------------------------------------------------------------------


@every_call
async def test_the_error_of_a_client_that_is_not_connected_names_the_call(call: Call) -> None:
    with pytest.raises(ClientNotConnected) as raised:
        await call.on(AssetsApiClient(URL, connect=False))
    assert raised.value.operation == call.operation
    assert raised.value.server_url == URL
    assert not raised.value.is_retryable


def test_a_client_that_is_not_connected_has_no_stub_and_no_channel() -> None:
    client = AssetsApiClient(URL, connect=False)
    assert client.server_url == URL
    assert not client.is_connected
    for attribute in ("stub", "channel"):
        with pytest.raises(ClientNotConnected, match=f"'{attribute}'"):
            getattr(client, attribute)


def test_stub_and_channel_are_those_that_were_set(client: AssetsApiClient) -> None:
    assert client.is_connected
    assert client.stub is client._stub
    assert client.channel is client._channel
    client._stub = None
    with pytest.raises(ClientNotConnected):
        _ = client.stub


@pytest.mark.parametrize(
    ("defaults", "expected"),
    [
        (None, ChannelOptions(port=9090)),
        (ChannelOptions(), ChannelOptions(port=9090)),
        (ChannelOptions(port=50051), ChannelOptions(port=50051)),
        (
            ChannelOptions(ssl=SslOptions(enabled=False)),
            ChannelOptions(port=9090, ssl=SslOptions(enabled=False)),
        ),
    ],
    ids=["no defaults", "empty defaults", "another port", "no TLS"],
)
async def test_the_default_port_is_9090(
    defaults: ChannelOptions | None, expected: ChannelOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "secure_channel" if expected.ssl.enabled else "insecure_channel"
    open_channel = MagicMock(wraps=getattr(grpc.aio, name))
    monkeypatch.setattr(grpc.aio, name, open_channel)
    options: dict[str, Any] = {} if defaults is None else {"channel_defaults": defaults}
    async with AssetsApiClient(
        "grpc://example.com", auth_key="key", sign_secret="secret", **options
    ) as client:
        assert client.channel_defaults == (defaults or ChannelOptions())
        client.channel.get_state()
    ((target, *_, interceptors), _) = open_channel.call_args
    assert target == f"dns:///example.com:{expected.port}"
    assert list(map(type, interceptors)) == [
        AuthenticationInterceptorUnaryUnary,
        SigningInterceptorUnaryUnary,
    ]


async def test_a_client_can_disconnect_and_connect_again() -> None:
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
async def test_an_invalid_url_is_an_error(url: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        AssetsApiClient(url)


async def test_users_can_replace_connect(monkeypatch: pytest.MonkeyPatch) -> None:
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


async def test_users_can_override_connect() -> None:
    class Fake(AssetsApiClient):
        def connect(self, *_: Any, **__: Any) -> None:
            self._channel = MagicMock()
            self._stub = MagicMock()
            set_reply(self, "ListGridpools", pb.ListGridpoolsResponse(gridpools=[{"id": 3}]))

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


def error_of_grpc(status: grpc.StatusCode) -> grpc.aio.AioRpcError:
    """Return the exception that gRPC raises for a status."""
    return grpc.aio.AioRpcError(
        status, grpc.aio.Metadata(), grpc.aio.Metadata(), details="out of order"
    )


async def test_every_status_has_an_error() -> None:
    client = mocked_client(policy=CallPolicy(max_attempts=1))
    for status in grpc.StatusCode:
        cause = error_of_grpc(status)
        set_reply(client, "GetMicrogrid", cause)
        with pytest.raises(ERRORS[status], match="out of order") as raised:
            await client.get_microgrid(MICROGRID)
        assert type(raised.value) is ERRORS[status]
        assert raised.value.__cause__ is cause
        assert raised.value.grpc_error is cause


@every_call
async def test_an_error_names_the_call_and_the_server(client: AssetsApiClient, call: Call) -> None:
    for status in (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.UNIMPLEMENTED):
        mock = set_reply(client, call.operation, error_of_grpc(status))
        with pytest.raises((EntityNotFound, OperationNotImplemented)) as raised:
            await call.on(client)
        assert (raised.value.operation, raised.value.server_url) == (call.operation, URL)
        mock.assert_awaited_once()


async def test_a_cancelled_call_stays_cancelled(client: AssetsApiClient) -> None:
    set_reply(client, "GetMicrogrid", asyncio.CancelledError())
    with pytest.raises(asyncio.CancelledError):
        await client.get_microgrid(MICROGRID)


async def test_a_reply_without_a_microgrid_is_an_error(client: AssetsApiClient) -> None:
    set_reply(client, "GetMicrogrid", pb.GetMicrogridResponse())
    with pytest.raises(ApiClientError, match="microgrid 4 contains no microgrid") as raised:
        await client.get_microgrid(MICROGRID)
    assert (raised.value.operation, raised.value.server_url) == ("GetMicrogrid", URL)
    assert not raised.value.is_retryable


@every_call
async def test_a_reply_that_cannot_be_decoded_is_an_error(
    client: AssetsApiClient, call: Call
) -> None:
    set_reply(client, call.operation, None)  # which gRPC returns for such a reply
    with pytest.raises(ApiClientError, match="cannot be decoded") as raised:
        await call.on(client)
    assert (raised.value.operation, raised.value.server_url) == (call.operation, URL)
    assert not raised.value.is_retryable


# Faulty items -------------------------------------------------------------------------------------


class FaultyItem(NamedTuple):
    """An item of a reply with one finding, a major one."""

    kind: str
    changes: dict[str, Any]
    error: type[ValidationError]
    field: str
    """The attribute of the error with the item."""

    id: Any
    entity: str
    path: str
    sentence: str
    advice: str

    @property
    def message(self) -> Any:
        """The item's message."""
        return changed(self.kind, self.changes)

    @property
    def issue(self) -> str:
        """The finding as text, without the entity."""
        return f"{self.path}: {self.sentence}"

    def finding(self, number: int = 1) -> str:
        """Return the finding as text, given the number of the item in the list, from 1."""
        return f"{self.name(number)}: {self.issue}"

    def name(self, number: int = 1) -> str:
        """Return the name of the item in findings."""
        return self.entity if self.id != 0 else f"{self.entity} (item {number})"


_UNRECOGNIZED: Final = "unrecognized value {}; kept as a plain integer"
_UPDATE: Final = (
    "correct the number, or update this package: it knows the API up to its own release"
)
_FAULTY_MICROGRID: Final = FaultyItem(
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
FAULTY: Final = {
    "GetMicrogrid": _FAULTY_MICROGRID,
    "ListMicrogrids": _FAULTY_MICROGRID,
    "ListMicrogridElectricalComponents": FaultyItem(
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
    "ListMicrogridElectricalComponentConnections": FaultyItem(
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
    "ListMicrogridSensors": FaultyItem(
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
    "ListGridpools": FaultyItem(
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
    "ListGridpoolEnergySchedules": FaultyItem(
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
    "ListMarketTopologyRelations": FaultyItem(
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
"""By call, a faulty item of its reply."""

NUMBERS: Final = {
    "connection": "destination_electrical_component_id",
    "relation": "microgrid_id",
    "schedule": "schedule_id",
}
"""By kind, the field with different values in `valid_items`, if it is not the ID."""


def valid_items(operation: str, *numbers: int) -> list[Any]:
    """Return different valid items of the reply of a call."""
    kind = KINDS[operation]
    return [changed(kind, {NUMBERS.get(kind, "id"): number}) for number in numbers]


def name_of(call: Call) -> str:
    """Return the name of a call in messages."""
    request: Any = call.request
    for field in OWNERS:
        if field in request.DESCRIPTOR.fields_by_name:
            return f"{call.operation}({getattr(request, field)})"
    return call.operation


every_list = pytest.mark.parametrize(
    "call",
    {
        call.operation: call for call in reversed(_calls()) if call.operation != "GetMicrogrid"
    }.values(),
    ids=lambda call: call.method,
)
"""All calls that return a list, without filters."""


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Return the log with all levels, except the attempts of calls."""
    caplog.set_level(logging.INFO, "frequenz.client.assets.calls")
    caplog.set_level(logging.DEBUG, "frequenz.client.assets")
    return caplog


def test_every_call_and_every_error_has_a_faulty_item() -> None:
    assert set(FAULTY) == OPERATIONS
    assert {faulty.error for faulty in FAULTY.values()} | {InvalidReplyError} == set(
        ValidationError.__subclasses__()
    )


# Findings in the log ------------------------------------------------------------------------------


@every_call
async def test_findings_are_logged_and_the_item_is_returned(
    client: AssetsApiClient, call: Call, log: pytest.LogCaptureFixture
) -> None:
    faulty = FAULTY[call.operation]
    set_reply(client, call.operation, reply_of(call.operation, faulty.message))
    returned = await call.on(client)
    item, _ = decode(faulty.message)
    assert returned == (item if call.operation == "GetMicrogrid" else [item] * (item is not None))
    assert [(record.name, record.levelname) for record in log.records] == [
        ("frequenz.client.assets", "WARNING"),
        ("frequenz.client.assets", "DEBUG"),
    ]
    assert log.messages == [
        f"{name_of(call)}: findings in 1 item(s), 1 major and 0 minor;"
        f" most often: {faulty.finding()}",
        f"{name_of(call)}: major: {faulty.finding()}",
    ]


@pytest.mark.parametrize("count", [300, 5000])
async def test_a_call_logs_one_warning_for_any_number_of_findings(
    client: AssetsApiClient, caplog: pytest.LogCaptureFixture, count: int
) -> None:
    items = [
        changed("meter", {"id": number, "category": 0, "operational_mode": 0})
        for number in range(1, count + 1)
    ]
    items += [
        *(changed("meter", {"id": 50_000 + number, "category": 77}) for number in range(2)),
        changed("meter", {"id": 60_000, "category": 78}),
        *valid_items("ListMicrogridElectricalComponents", 70_000, 70_001),
    ]
    set_reply(
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
        f"ListMicrogridElectricalComponents(4): findings in {count + 3} item(s),"
        f" {count + 3} major and {count} minor; most often: component 1: category: unspecified"
        f" (and {count - 1} more like it);"
        " component 50000: category: unrecognized value 77; kept as a plain integer"
        " (and 2 more like it);"
        " component 1: operational_mode: unspecified; treated as control and telemetry"
        f" (and {count - 1} more like it)"
    )


async def test_each_finding_is_logged_at_debug_level_with_its_entity(
    client: AssetsApiClient, log: pytest.LogCaptureFixture
) -> None:
    first, second = (
        changed("meter", {"id": number, "category": category, "operational_mode": 0})
        for number, category in ((1, 77), (2, 2))
    )
    set_reply(
        client,
        "ListMicrogridElectricalComponents",
        reply_of("ListMicrogridElectricalComponents", first, second),
    )
    await client.list_microgrid_electrical_components(4)
    assert log.messages[1:] == [
        "ListMicrogridElectricalComponents(4): major: component 1:"
        " category: unrecognized value 77; kept as a plain integer",
        "ListMicrogridElectricalComponents(4): minor: component 1:"
        " operational_mode: unspecified; treated as control and telemetry",
        "ListMicrogridElectricalComponents(4): minor: component 2:"
        " operational_mode: unspecified; treated as control and telemetry",
    ]


@every_call
async def test_a_reply_without_findings_is_not_reported(
    client: AssetsApiClient, call: Call, log: pytest.LogCaptureFixture
) -> None:
    ways: tuple[dict[str, Any], ...] = (
        {},
        {"raise_on_errors": True},
        {"on_findings": pytest.fail},
    )
    for options in ways:
        set_reply(client, call.operation, valid_reply(call.operation))
        await call.on(client, **options)
        assert log.records == [], options


# Findings as exceptions ---------------------------------------------------------------------------


@every_call
async def test_major_findings_are_raised_with_the_item_and_its_message(
    client: AssetsApiClient, call: Call, log: pytest.LogCaptureFixture
) -> None:
    faulty = FAULTY[call.operation]
    set_reply(client, call.operation, reply_of(call.operation, faulty.message))
    with pytest.raises((InvalidItemsGroup, ValidationError)) as raised:
        await call.on(client, raise_on_errors=True)
    error: Any = raised.value
    if call.operation != "GetMicrogrid":
        assert error.message == f"{name_of(call)}: 1 validation error(s)"
        assert error.items == ()
        (error,) = error.exceptions
    assert type(error) is faulty.error
    assert getattr(error, faulty.field) == decode(faulty.message)[0]
    assert (error.major_issues, error.minor_issues) == ([faulty.issue], [])
    assert error.raw_message == faulty.message
    (finding,) = error.findings
    assert isinstance(finding, Finding)
    assert (finding.entity, finding.path, finding.sentence, finding.advice) == (
        faulty.name(),
        faulty.path,
        faulty.sentence,
        faulty.advice,
    )
    assert finding.severity is Severity.MAJOR
    assert str(error) == f"Validation failed: {faulty.finding()} (what to do: {faulty.advice})"
    assert log.records == []


@every_list
async def test_a_faulty_item_does_not_affect_the_others(
    client: AssetsApiClient, call: Call
) -> None:
    first, second, third = valid_items(call.operation, 31, 32, 33)
    messages = [first, FAULTY[call.operation].message, second, third]
    items = [item for message in messages if (item := decode(message)[0]) is not None]
    set_reply(client, call.operation, reply_of(call.operation, *messages))
    assert await call.on(client) == items
    set_reply(client, call.operation, reply_of(call.operation, *messages))
    with pytest.raises(InvalidItemsGroup) as raised:
        await call.on(client, raise_on_errors=True)
    assert raised.value.items == tuple(decode(message)[0] for message in (first, second, third))
    (error,) = raised.value.exceptions
    assert type(error) is FAULTY[call.operation].error


async def test_each_item_with_major_findings_is_an_error_of_the_group(
    client: AssetsApiClient, log: pytest.LogCaptureFixture
) -> None:
    (valid,) = valid_items("ListMicrogridElectricalComponents", 1)
    major = changed("meter", {"id": 2, "category": 77, "operational_mode": 0})
    minor = changed("meter", {"id": 3, "operational_mode": 0})
    two_majors = changed(
        "battery",
        {"id": 4, "category_specific_info.battery.type": 0, "operational_mode": 99},
    )
    reply = reply_of("ListMicrogridElectricalComponents", valid, major, minor, two_majors)
    set_reply(client, "ListMicrogridElectricalComponents", reply)
    with pytest.raises(InvalidItemsGroup) as raised:
        await client.list_microgrid_electrical_components(MICROGRID, raise_on_errors=True)
    assert raised.value.message == "ListMicrogridElectricalComponents(4): 2 validation error(s)"
    assert raised.value.items == (decode(valid)[0], decode(minor)[0])
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
    assert [first.raw_message, second.raw_message] == [major, two_majors]
    # The minor finding of another item is not raised, but logged.
    summary = [record for record in log.records if "findings in" in record.getMessage()]
    assert [record.levelname for record in summary] == ["DEBUG"]
    assert "findings in 1 item(s), 0 major and 1 minor" in summary[0].getMessage()


async def test_an_item_with_the_id_of_an_earlier_one_is_faulty_and_the_earlier_one_is_valid(
    client: AssetsApiClient,
) -> None:
    sensors = valid_items("ListMicrogridSensors", 1, 2, 1)
    set_reply(client, "ListMicrogridSensors", reply_of("ListMicrogridSensors", *sensors))
    with pytest.raises(InvalidItemsGroup) as raised:
        await client.list_microgrid_sensors(MICROGRID, raise_on_errors=True)
    first, second = raised.value.items
    assert (first.id, second.id) == (SensorId(1), SensorId(2))
    (error,) = raised.value.exceptions
    assert isinstance(error, InvalidSensorError)
    assert error.major_issues == ["id: duplicate ID 1: an earlier sensor in the list has it"]


async def test_minor_findings_are_not_raised_and_logged_below_warnings(
    client: AssetsApiClient, log: pytest.LogCaptureFixture
) -> None:
    components = "ListMicrogridElectricalComponents"
    set_reply(client, components, reply_of(components, changed("meter", {"operational_mode": 0})))
    (returned,) = await client.list_microgrid_electrical_components(MICROGRID, raise_on_errors=True)
    assert returned.id == ElectricalComponentId(17)
    microgrid = {"id": 4, "status": 1}
    set_reply(client, "GetMicrogrid", pb.GetMicrogridResponse(microgrid=microgrid))
    assert (await client.get_microgrid(MICROGRID, raise_on_errors=True)).location is None
    assert {record.levelname for record in log.records} == {"DEBUG"}
    assert sum("findings in" in message for message in log.messages) == 2


# Findings for a function of the caller ------------------------------------------------------------


@every_call
async def test_findings_are_passed_to_a_function_and_neither_logged_nor_raised(
    client: AssetsApiClient, call: Call, log: pytest.LogCaptureFixture
) -> None:
    faulty = FAULTY[call.operation]
    is_list = call.operation != "GetMicrogrid"
    others = valid_items(call.operation, 31, 32) if is_list else []
    set_reply(client, call.operation, reply_of(call.operation, *others, faulty.message))
    received: list[CallFindings] = []
    returned = await call.on(client, on_findings=received.append)
    item, _ = decode(faulty.message)
    items = [] if item is None else [item]
    assert returned == ([*(decode(it)[0] for it in others), *items] if is_list else item)
    (found,) = received
    assert type(found) is CallFindings
    assert found.call == name_of(call)
    (of_item,) = found.items
    assert type(of_item) is ItemFindings
    assert (of_item.id, of_item.item, of_item.raw_message) == (faulty.id, item, faulty.message)
    assert type(of_item.id) is type(faulty.id)
    assert [str(finding) for finding in of_item.findings] == [faulty.finding(len(others) + 1)]
    assert found.findings == of_item.findings
    assert log.records == []


async def test_the_function_is_called_once_with_all_findings(client: AssetsApiClient) -> None:
    messages = [
        changed("meter", {"id": 1, "operational_mode": 0}),
        *valid_items("ListMicrogridElectricalComponents", 2),
        changed("meter", {"id": 3, "category": 77, "operational_mode": 0}),
    ]
    reply = reply_of("ListMicrogridElectricalComponents", *messages)
    set_reply(client, "ListMicrogridElectricalComponents", reply)
    received: list[CallFindings] = []
    returned = await client.list_microgrid_electrical_components(4, on_findings=received.append)
    (found,) = received
    assert [item.id for item in found.items] == [ElectricalComponentId(it) for it in (1, 3)]
    assert [item.item for item in found.items] == [returned[0], returned[2]]
    assert [(finding.entity, finding.id, finding.severity) for finding in found.findings] == [
        ("component 1", "mode-unspecified", Severity.MINOR),
        ("component 3", "unrecognized", Severity.MAJOR),
        ("component 3", "mode-unspecified", Severity.MINOR),
    ]


@every_call
async def test_exceptions_of_the_function_propagate_to_the_caller(
    client: AssetsApiClient, call: Call
) -> None:
    def fail(found: CallFindings) -> None:
        raise LookupError(found.call)

    set_reply(client, call.operation, reply_of(call.operation, FAULTY[call.operation].message))
    with pytest.raises(LookupError) as raised:
        await call.on(client, on_findings=fail)
    assert raised.value.args == (name_of(call),)


# Findings of the reply ----------------------------------------------------------------------------

every_owned_list = pytest.mark.parametrize(
    "call",
    {
        call.operation: call
        for call in reversed(_calls())
        if call.operation.startswith(("ListMicrogridE", "ListMicrogridS", "ListGridpoolE"))
    }.values(),
    ids=lambda call: call.method,
)
"""The calls whose replies have the ID of the owner."""


def reply_for(call: Call, owner: int) -> tuple[Any, str, int]:
    """Return a reply for an owner, the field with the owner's ID, and the ID that was requested."""
    reply = valid_reply(call.operation)
    (field,) = (name for name in OWNERS if name in reply.DESCRIPTOR.fields_by_name)
    setattr(reply, field, owner)
    return reply, field, OWNERS[field]


def test_every_reply_with_the_id_of_an_owner_is_tested() -> None:
    tested = {call.operation for call in every_owned_list.args[1]}
    assert tested == {
        operation
        for operation in OPERATIONS
        if OWNERS.keys() & getattr(pb, f"{operation}Response").DESCRIPTOR.fields_by_name.keys()
    }


@every_owned_list
async def test_a_reply_for_another_owner_is_an_error_and_its_items_are_valid(
    client: AssetsApiClient, call: Call, log: pytest.LogCaptureFixture
) -> None:
    reply, field, requested = reply_for(call, 9)
    noun = field.removesuffix("_id")
    issue = f"{field}: the reply is for {noun} 9, but {requested} was requested"
    set_reply(client, call.operation, reply)
    with pytest.raises(InvalidItemsGroup) as raised:
        await call.on(client, raise_on_errors=True)
    (error,) = raised.value.exceptions
    assert type(error) is InvalidReplyError
    assert error.major_issues == [issue]
    assert error.raw_message == reply
    assert str(error) == (
        f"Validation failed: reply: {issue} (what to do: report this to the operator of the server)"
    )
    item, _ = decode(VALID[KINDS[call.operation]]())
    assert raised.value.items == (item,)
    set_reply(client, call.operation, reply)
    assert await call.on(client) == [item]
    assert log.messages[1:] == [f"{name_of(call)}: major: reply: {issue}"]


@every_owned_list
async def test_a_reply_without_the_id_of_its_owner_is_a_minor_finding(
    client: AssetsApiClient, call: Call
) -> None:
    reply, field, _ = reply_for(call, 0)
    set_reply(client, call.operation, reply)
    assert len(await call.on(client, raise_on_errors=True)) == 1
    received: list[CallFindings] = []
    set_reply(client, call.operation, reply)
    await call.on(client, on_findings=received.append)
    ((item,),) = (found.items for found in received)
    assert (item.id, item.item, item.raw_message) == (None, None, reply)
    (finding,) = item.findings
    assert (finding.entity, finding.path, finding.severity) == ("reply", field, Severity.MINOR)


@every_owned_list
async def test_findings_of_the_reply_come_first(client: AssetsApiClient, call: Call) -> None:
    reply, _, _ = reply_for(call, 9)
    (field,) = (field.name for field in reply.DESCRIPTOR.fields if field.message_type)
    getattr(reply, field).append(FAULTY[call.operation].message)
    del getattr(reply, field)[0]
    received: list[CallFindings] = []
    set_reply(client, call.operation, reply)
    await call.on(client, on_findings=received.append)
    ((first, second),) = (found.items for found in received)
    assert (first.id, second.id) == (None, FAULTY[call.operation].id)
    assert received[0].findings == (*first.findings, *second.findings)


async def test_another_microgrid_than_requested_is_an_error(client: AssetsApiClient) -> None:
    set_reply(client, "GetMicrogrid", pb.GetMicrogridResponse(microgrid=VALID["microgrid"]()))
    with pytest.raises(InvalidMicrogridError) as raised:
        await client.get_microgrid(5, raise_on_errors=True)
    assert raised.value.major_issues == ["id: the reply is for microgrid 4, but 5 was requested"]
    assert raised.value.microgrid.id == MicrogridId(4)
