"""Who is let in, and what they see."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import grpc
import grpc.aio
import pytest
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from frequenz.client.common.microgrid import MicrogridId
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from frequenz.client.assets import AssetsApiClient
from frequenz.client.assets._wire import first_generation
from frequenz.client.assets.exceptions import (
    EntityNotFound,
)
from frequenz.server.assets import AssetsServer, KeysError, ServerSettings
from frequenz.server.assets._callers.keys import NewKey, new_key, with_new_secret
from frequenz.server.assets._callers.scope import Scope

from .keys import OURS, THEIRS, TWO_ENTERPRISES, KeyFolder, answer, client_of, now, sent_by
from .raw import CALLS, COMPONENTS, FIRST_SERVICE, METHODS, MICROGRID, SERVICE, call_method
from .servers import raw_channel, start_and_stop

NOT_AUTHENTICATED: Final = "The key, its signature, its time or its nonce is not valid."


@pytest.fixture
async def server(folder: KeyFolder, ours: NewKey) -> AsyncIterator[AssetsServer]:
    """A server that checks callers."""
    async with AssetsServer(TWO_ENTERPRISES, folder.settings()) as running:
        yield running


@pytest.fixture
async def client(server: AssetsServer, ours: NewKey) -> AsyncIterator[AssetsApiClient]:
    async with client_of(server, ours) as connected:
        yield connected


# Who comes in -------------------------------------------------------------------------------------


async def test_a_client_with_a_key_makes_every_call(client: AssetsApiClient) -> None:
    for call in METHODS:
        await call_method(client, call, microgrid_id=1, gridpool_id=5)


async def test_a_client_of_the_first_generation_comes_in(
    server: AssetsServer, ours: NewKey
) -> None:
    async with client_of(server, ours, api_version="v1") as first:
        assert (await first.get_microgrid(MicrogridId(1))).name == "Site 1"
        with pytest.raises(EntityNotFound):
            await first.get_microgrid(MicrogridId(2))


@pytest.mark.parametrize("service", [SERVICE, FIRST_SERVICE])
async def test_everybody_else_gets_one_and_the_same_answer(
    server: AssetsServer,
    folder: KeyFolder,
    ours: NewKey,
    service: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "frequenz.server.assets")
    good = sent_by(ours, MICROGRID)
    stranger = new_key(OURS)
    calls = {
        "no key": [],
        "unknown key": sent_by(stranger, MICROGRID),
        "no signature": good[:-1],
        "wrong signature": [*good[:-1], ("sig", "A" * 43)],
        " s ago": sent_by(ours, MICROGRID, time=now() - 1000),
        "ahead of the clock": sent_by(ours, MICROGRID, time=now() + 1000),
        "nonce is not": sent_by(ours, MICROGRID, nonce="AAAA"),
    }
    data = platformassets_pb2.GetMicrogridRequest(microgrid_id=1).SerializeToString()
    assert (await answer(server, MICROGRID, data, good, service))[0] is grpc.StatusCode.OK
    calls["nonce was used before"] = good

    answers = [await answer(server, MICROGRID, data, sent, service) for sent in calls.values()]
    cross = await answer(server, COMPONENTS, data, sent_by(ours, MICROGRID), service)

    assert {*answers, cross} == {(grpc.StatusCode.UNAUTHENTICATED, NOT_AUTHENTICATED, b"", ())}
    reasons = [record.getMessage() for record in caplog.records]
    for reason, message in zip((*calls, "wrong signature"), reasons, strict=True):
        assert reason in message
    for secret in (ours.text, str(ours.secret), stranger.text):
        assert secret not in "".join(reasons)


async def test_a_nonce_counts_once_also_after_a_restart(folder: KeyFolder, ours: NewKey) -> None:
    good = sent_by(ours, "ListMicrogrids")
    codes = []
    for _ in range(2):
        async with AssetsServer(TWO_ENTERPRISES, folder.settings()) as running:
            codes += [(await answer(running, "ListMicrogrids", b"", good))[0] for _ in range(2)]

    assert codes == [grpc.StatusCode.OK, *[grpc.StatusCode.UNAUTHENTICATED] * 3]
    assert (folder.keys.parent / "keys.toml.nonces").exists()


async def test_two_servers_count_a_nonce_once(folder: KeyFolder, ours: NewKey) -> None:
    async with (
        AssetsServer(TWO_ENTERPRISES, folder.settings()) as one,
        AssetsServer(TWO_ENTERPRISES, folder.settings()) as two,
    ):
        for _ in range(10):
            good = sent_by(ours, "ListMicrogrids")
            answers = await asyncio.gather(
                *(answer(it, "ListMicrogrids", b"", good) for it in (one, two, one, two))
            )
            codes = sorted(it[0].name for it in answers)
            assert codes == ["OK", *["UNAUTHENTICATED"] * 3]


async def test_a_request_that_is_signed_again_is_another_call(client: AssetsApiClient) -> None:
    for _ in range(3):
        assert await client.list_microgrids()


async def test_full_nonces_are_refused_with_a_time_to_try_again(
    folder: KeyFolder, ours: NewKey
) -> None:
    async with AssetsServer(TWO_ENTERPRISES, folder.settings(max_nonces=8)) as running:
        assert (await answer(running, "ListMicrogrids", b"", sent_by(ours, "ListMicrogrids")))[
            0
        ] is grpc.StatusCode.OK
        full = await answer(running, "ListMicrogrids", b"", sent_by(ours, "ListMicrogrids"))
    assert full[0] is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert 4000 <= int(dict(full[3])["grpc-retry-pushback-ms"]) <= 4500


async def test_keys_without_a_secret_must_be_allowed(folder: KeyFolder) -> None:
    bare = folder.add(new_key(OURS, has_secret=False))
    with pytest.raises(KeysError, match=f"key {bare.key.id} has no secret"):
        await start_and_stop(AssetsServer(TWO_ENTERPRISES, folder.settings()))
    settings = folder.settings(allow_keys_without_secret=True)
    async with AssetsServer(TWO_ENTERPRISES, settings) as running, client_of(running, bare) as it:
        assert [int(found.id) for found in await it.list_microgrids()] == [1, 3]


async def test_a_rotated_key_comes_in_with_both_secrets(folder: KeyFolder, ours: NewKey) -> None:
    key, second = with_new_secret(ours.key)
    folder.replace([key])
    async with AssetsServer(TWO_ENTERPRISES, folder.settings()) as running:
        for secret in (ours.secret, second):
            async with client_of(running, ours._replace(secret=secret)) as it:
                assert await it.list_microgrids()


# What they see ------------------------------------------------------------------------------------


async def test_a_key_sees_its_enterprise_and_its_gridpools_only(client: AssetsApiClient) -> None:
    assert [int(it.id) for it in await client.list_microgrids()] == [1, 3]
    assert [int(it.id) for it in await client.list_gridpools()] == [5]
    schedules = await call_method(client, "ListGridpoolEnergySchedules", gridpool_id=5)
    assert [int(it.schedule_id) for it in schedules] == [50]
    relations = await client.list_market_topology_relations()
    seen = [(it.gridpool_id, it.microgrid_id) for it in relations]
    assert seen == [(5, MicrogridId(1)), (5, None), (None, MicrogridId(3))]


QUERIES: Final = {
    "ListMicrogrids by ID": ("ListMicrogrids", {"filter": {"microgrid_ids": [0]}}),
    "ListMicrogrids by gridpool": ("ListMicrogrids", {"filter": {"gridpool_ids": [0]}}),
    "ListGridpools": ("ListGridpools", {"filter": {"gridpool_ids": [0]}}),
    "ListGridpoolEnergySchedules": ("ListGridpoolEnergySchedules", {"gridpool_id": 0}),
    "relations by gridpool": ("ListMarketTopologyRelations", {"filter": {"gridpool_ids": [0]}}),
    "relations by microgrid": ("ListMarketTopologyRelations", {"filter": {"microgrid_ids": [0]}}),
    **{call: (call, {"microgrid_id": 0}) for call in (*CALLS, "ListMicrogridSensors")},
}
"""By name, a call and its fields, where each 0 stands for an ID."""


def _with_id(value: Any, number: int) -> Any:
    if isinstance(value, dict):
        return {name: _with_id(inner, number) for name, inner in value.items()}
    return [number] if isinstance(value, list) else number


@pytest.mark.parametrize("query", QUERIES)
async def test_what_is_hidden_cannot_be_told_from_what_is_absent(
    server: AssetsServer, ours: NewKey, query: str
) -> None:
    call, fields = QUERIES[query]
    is_gridpool = "gridpool" in query or "Gridpool" in query
    hidden, absent, own = (6, 9, 5) if is_gridpool else (2, 9, 1)
    answers = []
    for number in (hidden, absent, own):
        message = getattr(platformassets_pb2, f"{call}Request")(**_with_id(fields, number))
        data, sent = message.SerializeToString(), sent_by(ours, call)
        answers.append(await answer(server, call, data, sent))
    other, none, own_answer = answers

    # The ID that was asked for is repeated; both have the same length.
    status, details, reply, trailing = other
    expected = status, details.replace(str(hidden), str(absent)), reply, trailing
    assert (*expected[:2], *expected[3:]) == (*none[:2], *none[3:])
    assert reply.replace(bytes([hidden]), bytes([absent])) == none[2]
    assert own_answer[2] != none[2]


@pytest.mark.parametrize("call", CALLS)
async def test_the_first_generation_hides_the_same(
    server: AssetsServer, ours: NewKey, call: str
) -> None:
    for number in (2, 9):
        data = platformassets_pb2.GetMicrogridRequest(microgrid_id=number).SerializeToString()
        found = await answer(server, call, data, sent_by(ours, call), FIRST_SERVICE)
        assert found[:2] == (grpc.StatusCode.NOT_FOUND, f"There is no microgrid {number}.")


async def test_replies_of_one_key_are_not_those_of_another(
    folder: KeyFolder, ours: NewKey, server: AssetsServer
) -> None:
    """Both ask in turns, so that replies would come from the cache."""
    theirs = folder.add(new_key(THEIRS, [6]))
    await server.reload()
    async with client_of(server, ours) as us, client_of(server, theirs) as them:
        for _ in range(3):
            assert [int(it.id) for it in await us.list_microgrids()] == [1, 3]
            assert [int(it.id) for it in await them.list_microgrids()] == [2]
            assert (await us.get_microgrid(MicrogridId(1))).name == "Site 1"
            with pytest.raises(EntityNotFound):
                await them.get_microgrid(MicrogridId(1))


async def test_without_keys_everybody_sees_everything() -> None:
    async with AssetsServer(TWO_ENTERPRISES) as running, AssetsApiClient(running.url) as it:
        assert [int(found.id) for found in await it.list_microgrids()] == [1, 2, 3, 4]
        assert len(await it.list_market_topology_relations()) == 9


def test_scopes_are_values() -> None:
    assert {Scope(7, frozenset({5})), Scope(7, frozenset({5}))} == {Scope(7, frozenset({5}))}


# Health and reflection ----------------------------------------------------------------------------


async def check_health(target: str) -> int:
    async with grpc.aio.insecure_channel(target) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        status: int = (await stub.Check(health_pb2.HealthCheckRequest(), timeout=5)).status
        return status


async def test_streams_of_health_leave_checks_their_space(server: AssetsServer) -> None:
    target = target_of(server)
    async with grpc.aio.insecure_channel(target) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        watches = [stub.Watch(health_pb2.HealthCheckRequest(), timeout=30) for _ in range(110)]
        answers = await asyncio.gather(*(it.read() for it in watches), return_exceptions=True)
        refused = [it for it in answers if isinstance(it, grpc.aio.AioRpcError)]
        assert len(refused) == 60
        assert {it.code() for it in refused} == {grpc.StatusCode.RESOURCE_EXHAUSTED}
        assert await check_health(target) == health_pb2.HealthCheckResponse.SERVING


async def test_health_lists_all_services(server: AssetsServer) -> None:
    async with grpc.aio.insecure_channel(target_of(server)) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        messages: Any = health_pb2  # its types do not know those of List
        listed = (await stub.List(messages.HealthListRequest(), timeout=5)).statuses
    assert {name: it.status for name, it in listed.items()} == dict.fromkeys(
        ("", SERVICE, FIRST_SERVICE), health_pb2.HealthCheckResponse.SERVING
    )


async def test_every_method_that_reflection_names_is_implemented() -> None:
    pool = first_generation.new_pool()
    missing = {grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.UNKNOWN}
    for module in (health_pb2, reflection_pb2):
        pool.AddSerializedFile(module.DESCRIPTOR.serialized_pb)
    async with (
        AssetsServer(TWO_ENTERPRISES, ServerSettings(reflection="open")) as running,
        raw_channel(running) as channel,
    ):
        for service in await services(target_of(running)):
            for method in pool.FindServiceByName(service).methods:
                rpc: Any = channel.stream_stream(f"/{service}/{method.name}")
                call = rpc(iter([b""]), timeout=5)
                try:
                    await call.read()
                except grpc.aio.AioRpcError as error:
                    assert error.code() not in missing, method.full_name
                call.cancel()


async def services(target: str, sent: Sequence[tuple[str, str]] = ()) -> list[str]:
    """Return the services that reflection lists."""
    async with grpc.aio.insecure_channel(target) as channel:
        untyped: Any = channel  # the types of gRPC know only the other kind
        stub: Any = reflection_pb2_grpc.ServerReflectionStub(untyped)
        request = reflection_pb2.ServerReflectionRequest(list_services="")
        call = stub.ServerReflectionInfo(iter([request]), metadata=tuple(sent), timeout=5)
        return [it.name async for reply in call for it in reply.list_services_response.service]


def target_of(server: AssetsServer) -> str:
    return server.url.removeprefix("grpc://").partition("?")[0]


async def test_by_default_health_needs_no_key_and_reflection_does(
    server: AssetsServer, ours: NewKey
) -> None:
    target = target_of(server)
    assert await check_health(target) == health_pb2.HealthCheckResponse.SERVING
    with pytest.raises(grpc.aio.AioRpcError, match=NOT_AUTHENTICATED):
        await services(target)
    assert SERVICE in await services(target, sent_by(ours, "ServerReflectionInfo"))


async def test_a_caller_without_the_api_calls_by_what_reflection_tells(
    server: AssetsServer, ours: NewKey
) -> None:
    """As grpcurl does: it asks for the messages, then makes a call, both signed."""
    target = target_of(server)
    pool = DescriptorPool()
    async with grpc.aio.insecure_channel(target) as channel:
        untyped: Any = channel  # the types of gRPC know only the other kind
        stub: Any = reflection_pb2_grpc.ServerReflectionStub(untyped)
        asked = reflection_pb2.ServerReflectionRequest(file_containing_symbol=SERVICE)
        call = stub.ServerReflectionInfo(
            iter([asked]), metadata=sent_by(ours, "ServerReflectionInfo"), timeout=5
        )
        files = {
            file.name: file
            async for reply in call
            for file in map(
                FileDescriptorProto.FromString,
                reply.file_descriptor_response.file_descriptor_proto,
            )
        }

        def add(name: str) -> None:
            for needed in files[name].dependency:
                add(needed)
            pool.Add(files[name])

        for name in files:
            add(name)
        method = pool.FindServiceByName(SERVICE).FindMethodByName(MICROGRID)
        request, reply = map(GetMessageClass, (method.input_type, method.output_type))
        rpc: Any = channel.unary_unary(
            f"/{SERVICE}/{MICROGRID}",
            request_serializer=request.SerializeToString,
            response_deserializer=reply.FromString,
        )
        own, foreign = (
            rpc(request(microgrid_id=it), metadata=sent_by(ours, MICROGRID), timeout=5)
            for it in (1, 2)
        )
        assert (await own).microgrid.name == "Site 1"
        with pytest.raises(grpc.aio.AioRpcError, match="There is no microgrid 2"):
            await foreign


async def test_health_and_reflection_can_be_switched_off_or_opened(folder: KeyFolder) -> None:
    folder.add(new_key(OURS))
    settings = folder.settings(health="off", reflection="open")
    async with AssetsServer(TWO_ENTERPRISES, settings) as running:
        with pytest.raises(grpc.aio.AioRpcError, match="UNIMPLEMENTED"):
            await check_health(target_of(running))
        assert SERVICE in await services(target_of(running))
    async with AssetsServer(TWO_ENTERPRISES, folder.settings(reflection="off")) as running:
        with pytest.raises(grpc.aio.AioRpcError, match="UNIMPLEMENTED"):
            await services(target_of(running))


async def test_health_and_reflection_can_have_an_address_of_their_own(
    folder: KeyFolder, free_port: int
) -> None:
    folder.add(new_key(OURS))
    address = f"127.0.0.1:{free_port}"
    settings = folder.settings(health=address, reflection=address)
    async with AssetsServer(TWO_ENTERPRISES, settings) as running:
        for call in (check_health, services):
            with pytest.raises(grpc.aio.AioRpcError, match="UNIMPLEMENTED"):
                await call(target_of(running))
            assert await call(address)
        with pytest.raises(grpc.aio.AioRpcError, match="UNIMPLEMENTED"):
            async with grpc.aio.insecure_channel(address) as channel:
                method: Any = channel.unary_unary(f"/{SERVICE}/ListMicrogrids")
                await method(b"", timeout=5)
