"""The client as users test with it: its stub replaced by a mock."""

import asyncio
import copy
import logging
import pickle
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import EllipsisType
from typing import Any, Final, NamedTuple, Self
from unittest.mock import AsyncMock, MagicMock

import grpc
import grpc.aio
import pytest
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from frequenz.client.base import client as base_client
from frequenz.client.base.channel import ChannelOptions, SslOptions
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from frequenz.client.common.microgrid.sensors import SensorId
from google.protobuf.message import Message

from frequenz.client.assets import (
    AssetsApiClient,
    DeliveryArea,
    EnergyMarketCodeType,
    GridpoolEnergyScheduleDirection,
    Interval,
    MarketParticipationType,
    exceptions,
)
from frequenz.client.assets._wire.contracts import OPERATIONS
from frequenz.client.assets.electrical_component import ElectricalComponentCategory
from frequenz.client.assets.exceptions import (
    ApiClientError,
    ClientNotConnected,
    EntityNotFound,
    InvalidConnectionError,
    InvalidElectricalComponentError,
    InvalidMicrogridError,
    OperationNotImplemented,
    ValidationError,
)

from .messages import GOOD, decoded, spoilt

pb: Final[Any] = platformassets_pb2
URL: Final = "grpc://localhost:1?ssl=false"
MICROGRID: Final = MicrogridId(4)


@pytest.fixture
def client() -> AssetsApiClient:
    """Return a client whose connection is a mock."""
    made = AssetsApiClient(URL, connect=False)
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


def reply_of(operation: str, *items: Message) -> Any:
    """Return the reply of a call that holds these items."""
    reply = getattr(pb, f"{operation}Response")()
    (field,) = (field for field in reply.DESCRIPTOR.fields if field.message_type is not None)
    if field.is_repeated:
        getattr(reply, field.name).extend(items)
    else:
        getattr(reply, field.name).CopyFrom(*items)
    return reply


def good_reply(operation: str) -> Any:
    """Return a reply with one item, in which nothing is wrong."""
    return reply_of(operation, GOOD[CONTENTS[operation]]())


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
    made, _ = decoded(GOOD[CONTENTS[call.operation]]())
    assert returned == (made if call.operation == "GetMicrogrid" else [made])


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
    opened = MagicMock()
    monkeypatch.setattr(base_client, "parse_grpc_uri", opened)
    options: dict[str, Any] = {} if given is None else {"channel_defaults": given}
    client = AssetsApiClient("grpc://example.com", auth_key="key", sign_secret="secret", **options)
    assert client.channel_defaults == expected
    ((url, interceptors), defaults) = opened.call_args
    assert url == "grpc://example.com"
    assert len(interceptors) == 4
    assert defaults == {"defaults": expected}


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
        return_value=pb.GetMicrogridResponse(microgrid=GOOD["microgrid"]())
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
async def test_every_status_has_its_error(client: AssetsApiClient, status: grpc.StatusCode) -> None:
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
    with pytest.raises(ApiClientError, match="microgrid 4 holds no microgrid") as raised:
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

FAULTS: Final[dict[str, dict[str, Any]]] = {
    "microgrid": {"status": 9},
    "meter": {"category": 77},
    "connection": {"source_electrical_component_id": 2},
    "sensor": {"operational_lifetime.end_timestamp.seconds": 9},
    "schedule": {"direction": 9},
    "relation": {"delivery_area": None},
}
"""A major fault of each kind of item; nothing can be wrong with a gridpool."""


def bad_item(operation: str) -> Any:
    """Return an item of a call's replies that has a major finding, and no other."""
    return spoilt(CONTENTS[operation], FAULTS[CONTENTS[operation]])


faulty_calls = pytest.mark.parametrize(
    "call",
    {
        call.operation: call for call in reversed(_calls()) if CONTENTS[call.operation] in FAULTS
    }.values(),
    ids=lambda call: call.method,
)


def test_nothing_can_be_wrong_with_gridpools_only() -> None:
    assert set(CONTENTS.values()) - set(FAULTS) == {"gridpool"}


@faulty_calls
async def test_findings_are_raised_with_the_item_and_its_message(
    client: AssetsApiClient, call: Call
) -> None:
    bad = bad_item(call.operation)
    answer(client, call.operation, reply_of(call.operation, bad))
    with pytest.raises((ExceptionGroup, ValidationError)) as raised:
        await call.on(client, raise_on_errors=True)
    error: Any = raised.value
    if call.operation != "GetMicrogrid":
        (error,) = error.exceptions
    made, found = decoded(bad)
    assert isinstance(error, ValidationError)
    assert type(error) is not ValidationError
    assert getattr(error, CONTENTS[call.operation].replace("meter", "component")) == made
    assert error.major_issues == [str(finding) for finding in found]
    assert error.minor_issues == []
    assert error.raw_message == bad
    assert error.major_issues[0] in str(error)


@faulty_calls
async def test_findings_are_logged_where_they_are_not_raised(
    client: AssetsApiClient, call: Call, caplog: pytest.LogCaptureFixture
) -> None:
    bad = bad_item(call.operation)
    answer(client, call.operation, reply_of(call.operation, bad))
    with caplog.at_level(logging.DEBUG, "frequenz.client.assets"):
        returned = await call.on(client)
    made, found = decoded(bad)
    assert returned == (made if call.operation == "GetMicrogrid" else [made] * (made is not None))
    assert [record.levelname for record in caplog.records] == ["WARNING", "DEBUG"]
    for message in caplog.messages:
        assert message.startswith(call.operation)
        assert str(found[0]) in message


async def test_each_item_with_a_major_finding_is_an_error_of_the_group(
    client: AssetsApiClient,
) -> None:
    bad = spoilt("meter", {"category": 77, "operational_mode": 0})
    worse = spoilt("battery", {"category_specific_info.battery.type": 0, "operational_mode": 99})
    quiet = spoilt("meter", {"operational_mode": 0})
    reply = pb.ListMicrogridElectricalComponentsResponse(
        components=[GOOD["meter"](), bad, quiet, worse]
    )
    answer(client, "ListMicrogridElectricalComponents", reply)
    with pytest.raises(ExceptionGroup, match=r"2 electrical component\(s\)") as raised:
        await client.list_microgrid_electrical_components(MICROGRID, raise_on_errors=True)
    first, second = raised.value.exceptions
    assert isinstance(first, InvalidElectricalComponentError)
    assert isinstance(second, InvalidElectricalComponentError)
    assert [type(it.component).__name__ for it in (first, second)] == [
        "UnrecognizedComponent",
        "UnspecifiedBattery",
    ]
    assert first.major_issues == ["category: 77 is unrecognized; it stays a plain integer"]
    assert first.minor_issues == ["operational_mode: unspecified; taken as control and telemetry"]
    assert [issue.partition(":")[0] for issue in second.major_issues] == [
        "type",
        "operational_mode",
    ]
    assert [first.raw_message, second.raw_message] == [bad, worse]


async def test_minor_findings_are_never_raised(
    client: AssetsApiClient, caplog: pytest.LogCaptureFixture
) -> None:
    reply = pb.ListMicrogridElectricalComponentsResponse(
        components=[spoilt("meter", {"operational_mode": 0})]
    )
    answer(client, "ListMicrogridElectricalComponents", reply)
    (returned,) = await client.list_microgrid_electrical_components(MICROGRID, raise_on_errors=True)
    assert returned.id == ElectricalComponentId(17)
    answer(client, "GetMicrogrid", pb.GetMicrogridResponse(microgrid={"id": 4, "status": 1}))
    assert (await client.get_microgrid(MICROGRID, raise_on_errors=True)).location is None
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 2


async def test_a_faulty_item_never_costs_the_others(client: AssetsApiClient) -> None:
    loop = spoilt("connection", {"source_electrical_component_id": 2})
    connections = [GOOD["connection"](), loop, GOOD["connection"]()]
    for raise_on_errors in (False, True):
        reply = pb.ListMicrogridElectricalComponentConnectionsResponse(connections=connections)
        answer(client, "ListMicrogridElectricalComponentConnections", reply)
        call = client.list_microgrid_electrical_component_connections(
            MICROGRID, raise_on_errors=raise_on_errors
        )
        if not raise_on_errors:
            assert [str(connection) for connection in await call] == ["CID1->CID2"] * 2
            continue
        with pytest.raises(ExceptionGroup) as raised:
            await call
        (error,) = raised.value.exceptions
        assert isinstance(error, InvalidConnectionError)
        assert error.connection is None


async def test_a_call_is_one_warning_however_much_is_wrong(
    client: AssetsApiClient, caplog: pytest.LogCaptureFixture
) -> None:
    items = [
        spoilt("meter", {"id": number, "category": 0, "operational_mode": 0})
        for number in range(300)
    ]
    items += [spoilt("meter", {"category": 77})] * 2 + [GOOD["meter"]()] * 5
    reply = pb.ListMicrogridElectricalComponentsResponse(components=items)
    answer(client, "ListMicrogridElectricalComponents", reply)
    with caplog.at_level(logging.INFO, "frequenz.client.assets"):
        returned = await client.list_microgrid_electrical_components(MICROGRID)
    assert len(returned) == 307
    (record,) = caplog.records
    assert (record.levelname, record.name) == ("WARNING", "frequenz.client.assets")
    assert record.getMessage() == (
        "ListMicrogridElectricalComponents(MID4): findings in 302 item(s), 302 major and 300 minor;"
        " most often: category: unspecified (300x);"
        " operational_mode: unspecified; taken as control and telemetry (300x);"
        " category: 77 is unrecognized; it stays a plain integer (2x)"
    )


async def test_each_finding_is_told_for_debugging(
    client: AssetsApiClient, caplog: pytest.LogCaptureFixture
) -> None:
    microgrid = spoilt("microgrid", {"status": 9, "location": None})
    answer(client, "GetMicrogrid", pb.GetMicrogridResponse(microgrid=microgrid))
    with caplog.at_level(logging.DEBUG, "frequenz.client.assets"):
        await client.get_microgrid(MICROGRID)
    assert caplog.messages[1:] == [
        "GetMicrogrid(MID4): minor finding in microgrid 4: location: missing",
        "GetMicrogrid(MID4): major finding in microgrid 4:"
        " status: 9 is unrecognized; it stays a plain integer",
    ]


@every_call
async def test_nothing_is_logged_of_a_good_reply(
    client: AssetsApiClient, call: Call, caplog: pytest.LogCaptureFixture
) -> None:
    answer(client, call.operation, good_reply(call.operation))
    with caplog.at_level(logging.DEBUG, "frequenz.client.assets"):
        await call.on(client)
    assert caplog.records == []


# The errors themselves ----------------------------------------------------------------------------


async def errors_of(client: AssetsApiClient, call: Call) -> tuple[Exception, list[Any]]:
    """Return what a call raises of a spoilt item, and the validation errors in it."""
    answer(client, call.operation, reply_of(call.operation, bad_item(call.operation)))
    with pytest.raises((ExceptionGroup, ValidationError)) as raised:
        await call.on(client, raise_on_errors=True)
    error: Any = raised.value
    return error, list(error.exceptions) if isinstance(error, ExceptionGroup) else [error]


@faulty_calls
@pytest.mark.parametrize(
    "duplicate",
    [lambda error: pickle.loads(pickle.dumps(error)), copy.copy, copy.deepcopy],
    ids=["pickle", "copy", "deepcopy"],
)
async def test_an_error_can_be_pickled_and_copied(
    client: AssetsApiClient, call: Call, duplicate: Callable[[Any], Any]
) -> None:
    raised, errors = await errors_of(client, call)
    again = duplicate(raised)
    assert (type(again), str(again)) == (type(raised), str(raised))
    copies = list(again.exceptions) if isinstance(again, ExceptionGroup) else [again]
    for error, back in zip(errors, copies, strict=True):
        assert type(back) is type(error)
        assert str(back) == str(error)
        assert vars(back) == vars(error)


def test_an_error_with_a_note_can_be_pickled() -> None:
    error = ValidationError(major_issues=["a: b"], minor_issues=[], raw_message=None)
    error.add_note("seen in the night shift")
    back = pickle.loads(pickle.dumps(error))
    assert back.major_issues == ["a: b"]
    assert back.__notes__ == ["seen in the night shift"]


def test_validation_errors_are_of_one_family_and_no_errors_of_a_call() -> None:
    family = [
        error
        for name in exceptions.__all__
        if issubclass(error := getattr(exceptions, name), ValidationError)
    ]
    assert {error.__name__ for error in family} >= {
        InvalidConnectionError.__name__,
        InvalidElectricalComponentError.__name__,
        InvalidMicrogridError.__name__,
    }
    assert not any(issubclass(error, ApiClientError) for error in family)
