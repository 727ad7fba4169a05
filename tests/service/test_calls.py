"""The calls that both generations have, on a real server."""

import asyncio
from pathlib import Path

import grpc.aio
import pytest
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from google.protobuf.message import Message
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from frequenz.client.assets import AssetsApiClient
from frequenz.client.assets.electrical_component import (
    Battery,
    ElectricalComponentCategory,
    UnrecognizedComponent,
)
from frequenz.client.assets.exceptions import EntityNotFound
from frequenz.client.assets.inventory import Inventory, Site
from frequenz.server.assets import AssetsServer, ServerSettings
from frequenz.server.assets._stores.selection import MAX_FILTER_VALUES

from .conftest import MakeServer
from .fleets import (
    BATTERY,
    DEPOT,
    EMPTY,
    FILTERS,
    FLEET,
    FLEETS,
    LARGEST_ID,
    LATER_FIELD,
    METER,
    ODDITIES,
    UNKNOWN_CATEGORY,
    big_fleet,
    component,
    connection,
    fleet,
    matches,
    site,
)
from .raw import (
    CALLS,
    COMPONENTS,
    CONNECTIONS,
    FIRST_SERVICE,
    GARBAGE,
    MICROGRID,
    SERVICE,
    ask,
    in_bytes,
    request,
    whole,
)
from .servers import raw_channel

FOUR_MEBIBYTES = 4 * 2**20
"""The default limit of a gRPC channel."""

every_call = pytest.mark.parametrize("call", CALLS)
every_site = pytest.mark.parametrize(
    "expected", FLEET.sites, ids=["depot", "empty site", "site with oddities"]
)


# Replies ------------------------------------------------------------------------------------------


@every_call
@every_site
async def test_a_reply_has_exactly_the_stored_messages(
    channel: grpc.aio.Channel, call: str, expected: Site
) -> None:
    reply = await ask(channel, call, request(call, expected.microgrid.id))

    assert in_bytes(reply) == in_bytes(whole(call, expected))


async def test_entities_are_in_the_order_of_the_inventory(channel: grpc.aio.Channel) -> None:
    components = await ask(channel, COMPONENTS, request(COMPONENTS, 1))
    connections = await ask(channel, CONNECTIONS, request(CONNECTIONS, 1))

    assert [item.id for item in components.components] == [30, 10, 20, 11]
    ends = [item.destination_electrical_component_id for item in connections.connections]
    assert ends == [20, 11, 10]


async def test_the_order_of_a_filter_does_not_matter(channel: grpc.aio.Channel) -> None:
    wanted = request(COMPONENTS, 1, component_ids=[11, 10, 30, 11])

    reply = await ask(channel, COMPONENTS, wanted)

    assert [item.id for item in reply.components] == [30, 10, 11]


async def test_unknown_fields_are_preserved(channel: grpc.aio.Channel) -> None:
    reply = await ask(channel, COMPONENTS, request(COMPONENTS, LARGEST_ID, component_ids=[8]))

    assert reply.components[0].SerializeToString().endswith(LATER_FIELD)


async def test_an_empty_microgrid_has_no_components_and_no_connections(
    client: AssetsApiClient,
) -> None:
    number = MicrogridId(EMPTY.microgrid.id)

    assert (await client.get_microgrid(number)).name == "Site 2"
    assert await client.list_microgrid_electrical_components(number) == []
    assert await client.list_microgrid_electrical_component_connections(number) == []


async def test_the_first_of_two_microgrids_with_the_same_id_is_returned(
    make_server: MakeServer,
) -> None:
    first, second = site(1), site(1)
    second.microgrid.name = "Second"

    async with make_server(fleet(first, second)) as server, raw_channel(server) as channel:
        reply = await ask(channel, MICROGRID, request(MICROGRID, 1))

    assert reply.microgrid.name == "Site 1"


# Filters ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("storage", ["memory", "file"])
@given(served=FLEETS, filters=st.lists(FILTERS, min_size=1, max_size=5))
@settings(
    max_examples=40,
    # Each example starts a server: shrinking would take minutes.
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_filters_combine_values_with_or_and_fields_with_and(
    storage: str, tmp_path: Path, served: Inventory, filters: list[tuple[list[int], ...]]
) -> None:
    # In the file, each example replaces the fleet of the previous one.
    server_settings = ServerSettings(database=tmp_path / "fleet.db" if storage == "file" else None)
    async with AssetsServer(served, server_settings) as server, raw_channel(server) as channel:
        for wanted in served.sites:
            if not wanted.microgrid.id:
                continue  # no request can name it
            for ids, categories, others in filters:
                assert await _components(channel, wanted, ids, categories) == [
                    item
                    for item in wanted.components
                    if matches(item.id, ids) and matches(item.category, categories)
                ]
                assert await _connections(channel, wanted, ids, others) == [
                    item
                    for item in wanted.connections
                    if matches(item.source_electrical_component_id, ids)
                    and matches(item.destination_electrical_component_id, others)
                ]


async def _components(
    channel: grpc.aio.Channel, from_site: Site, ids: list[int], categories: list[int]
) -> list[Message]:
    number = from_site.microgrid.id
    filters = {"component_ids": ids, "categories": categories}
    reply = await ask(channel, COMPONENTS, request(COMPONENTS, number, **filters))
    return list(reply.components)


async def _connections(
    channel: grpc.aio.Channel, from_site: Site, sources: list[int], destinations: list[int]
) -> list[Message]:
    number = from_site.microgrid.id
    filters = {"source_component_ids": sources, "destination_component_ids": destinations}
    reply = await ask(channel, CONNECTIONS, request(CONNECTIONS, number, **filters))
    return list(reply.connections)


@pytest.mark.parametrize(
    ("ids", "categories", "expected"),
    [
        ((), (), [30, 10, 20, 11]),
        ((20, 10), (), [10, 20]),
        ((), (ElectricalComponentCategory.BATTERY,), [10, 11]),
        ((), (BATTERY, ElectricalComponentCategory.METER), [30, 10, 11]),
        ((20, 10), (ElectricalComponentCategory.BATTERY,), [10]),
        ((20,), (ElectricalComponentCategory.BATTERY,), []),
        ((404,), (), []),
        ((), (UNKNOWN_CATEGORY,), []),
    ],
)
async def test_the_client_filters_components(
    client: AssetsApiClient,
    ids: tuple[int, ...],
    categories: tuple[ElectricalComponentCategory | int, ...],
    expected: list[int],
) -> None:
    items = await client.list_microgrid_electrical_components(
        MicrogridId(1), map(ElectricalComponentId, ids), categories
    )

    assert [int(item.id) for item in items] == expected


@pytest.mark.parametrize(
    ("sources", "destinations", "expected"),
    [
        ((), (), ["CID30->CID20", "CID20->CID11", "CID20->CID10"]),
        ((20,), (), ["CID20->CID11", "CID20->CID10"]),
        ((), (10, 20), ["CID30->CID20", "CID20->CID10"]),
        ((20,), (10, 20), ["CID20->CID10"]),
        ((30,), (10,), []),
    ],
)
async def test_the_client_filters_connections(
    client: AssetsApiClient,
    sources: tuple[int, ...],
    destinations: tuple[int, ...],
    expected: list[str],
) -> None:
    items = await client.list_microgrid_electrical_component_connections(
        MicrogridId(1),
        map(ElectricalComponentId, sources),
        map(ElectricalComponentId, destinations),
    )

    assert list(map(str, items)) == expected


async def test_the_client_finds_the_largest_ids_and_unknown_categories(
    client: AssetsApiClient,
) -> None:
    (found,) = await client.list_microgrid_electrical_components(
        MicrogridId(LARGEST_ID), [ElectricalComponentId(LARGEST_ID)], [UNKNOWN_CATEGORY]
    )

    assert isinstance(found, UnrecognizedComponent)
    assert found.category == UNKNOWN_CATEGORY
    assert int(found.id) == LARGEST_ID


async def test_filters_have_as_many_ids_as_is_allowed_and_no_more(
    make_server: MakeServer,
) -> None:
    served = fleet(
        site(1, map(component, range(1000)), (connection(0, number) for number in range(1000)))
    )
    many = range(500, 500 + MAX_FILTER_VALUES)

    async with make_server(served) as server, raw_channel(server) as channel:
        components = await _components(channel, served.sites[0], list(many), [METER])
        connections = await _connections(channel, served.sites[0], [0], list(many))

        with pytest.raises(grpc.aio.AioRpcError, match=r"filter\.component_ids has 10001 values"):
            await _components(channel, served.sites[0], [*many, 0], [METER])

    assert len(components) == len(connections) == 500


async def test_filters_only_match_entities_of_the_requested_microgrid(
    make_server: MakeServer,
) -> None:
    served = fleet(
        site(1, [component(7, name="one")], [connection(7, 8)]),
        site(2, [component(7, name="two")], [connection(7, 9)]),
    )

    async with make_server(served) as server, raw_channel(server) as channel:
        components = await _components(channel, served.sites[1], [7], [])
        connections = await _connections(channel, served.sites[1], [7], [])

    assert components == list(served.sites[1].components)
    assert connections == list(served.sites[1].connections)


# The first generation -----------------------------------------------------------------------------


@every_call
@every_site
async def test_the_first_generation_has_the_same_replies(
    channel: grpc.aio.Channel, call: str, expected: Site
) -> None:
    # Without a filter, the bytes of the requests are the same.
    asked = request(call, expected.microgrid.id)

    reply = await ask(channel, call, asked, service=FIRST_SERVICE)

    assert in_bytes(reply) == in_bytes(whole(call, expected))


async def test_requests_of_the_first_generation_have_the_fields_of_filters_themselves(
    channel: grpc.aio.Channel,
) -> None:
    microgrid_1, ids_10_and_20, batteries = b"\x08\x01", b"\x12\x02\x0a\x14", b"\x1a\x01\x05"
    components = microgrid_1 + ids_10_and_20 + batteries
    from_20, to_10_and_20 = b"\x12\x01\x14", b"\x1a\x02\x0a\x14"
    connections = microgrid_1 + from_20 + to_10_and_20

    found = await ask(channel, COMPONENTS, components, service=FIRST_SERVICE)
    between = await ask(channel, CONNECTIONS, connections, service=FIRST_SERVICE)

    assert list(found.components) == [DEPOT.components[1]]
    assert list(between.connections) == [DEPOT.connections[2]]


# Errors -------------------------------------------------------------------------------------------


@every_call
@pytest.mark.parametrize("number", [3, 2**63, LARGEST_ID - 1])
async def test_an_unknown_microgrid_is_not_found(
    channel: grpc.aio.Channel, call: str, number: int
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await ask(channel, call, request(call, number))

    assert raised.value.code() is grpc.StatusCode.NOT_FOUND
    assert raised.value.details() == f"There is no microgrid {number}."


@pytest.mark.parametrize("service", [SERVICE, FIRST_SERVICE])
async def test_a_request_without_the_id_of_a_microgrid_is_an_invalid_argument(
    make_server: MakeServer, service: str
) -> None:
    nameless = site(0, [component(1)], [connection(1, 1)])
    async with make_server(fleet(nameless)) as server, raw_channel(server) as channel:
        for call in CALLS:
            for sent in (b"", request(call, 0)):
                with pytest.raises(grpc.aio.AioRpcError) as raised:
                    await ask(channel, call, sent, service=service)

                assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT, call
                assert raised.value.details() == "microgrid_id is missing.", call


async def test_the_error_of_the_client_names_the_missing_microgrid(client: AssetsApiClient) -> None:
    missing = MicrogridId(3)

    for asked in (
        client.get_microgrid(missing),
        client.list_microgrid_electrical_components(missing),
        client.list_microgrid_electrical_component_connections(missing),
    ):
        with pytest.raises(EntityNotFound, match=r"There is no microgrid 3\."):
            await asked


async def test_an_empty_server_has_no_microgrids(make_server: MakeServer) -> None:
    async with make_server(fleet()) as server, AssetsApiClient(server.url) as client:
        with pytest.raises(EntityNotFound):
            await client.get_microgrid(MicrogridId(1))


@every_call
@pytest.mark.parametrize("service", [SERVICE, FIRST_SERVICE])
async def test_a_garbage_request_is_an_invalid_argument(
    channel: grpc.aio.Channel, call: str, service: str
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await ask(channel, call, GARBAGE, service=service)

    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert raised.value.details() == f"Invalid {call}Request: cannot parse its 1 bytes."


@pytest.mark.parametrize(
    ("service", "call"),
    [
        (SERVICE, "GetMicrogrids"),
        (SERVICE, ""),
        (FIRST_SERVICE, "ListMicrogrids"),
        ("frequenz.api.assets.v2.PlatformAssets", MICROGRID),
    ],
    ids=["unknown", "none", "unknown to the first generation", "of another service"],
)
async def test_other_calls_are_unimplemented(
    channel: grpc.aio.Channel, service: str, call: str
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await ask(channel, call, b"", service=service)

    assert raised.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_calls_with_a_key_and_a_signature_are_answered(server: AssetsServer) -> None:
    async with AssetsApiClient(server.url, auth_key="key", sign_secret="secret") as client:
        assert (await client.get_microgrid(MicrogridId(1))).name == "Site 1"


# Sizes and concurrency ----------------------------------------------------------------------------


def padded(size: int) -> bytes:
    """A request about microgrid 1 of a size in bytes, due to a field of a later contract."""
    length = size - 8
    digits = bytes(length >> shift & 0x7F | 0x80 * (shift < 21) for shift in (0, 7, 14, 21))
    return b"\x08\x01\x9a\x06" + digits + bytes(length)


@every_call
@pytest.mark.parametrize("service", [SERVICE, FIRST_SERVICE])
async def test_a_request_over_4_mebibytes_is_refused_with_the_limit(
    channel: grpc.aio.Channel, call: str, service: str
) -> None:
    for size in (FOUR_MEBIBYTES + 1, 5 * 2**20):
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await ask(channel, call, padded(size), service=service)

        assert raised.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert raised.value.details() == (
            f"The request is too large: it has {size} bytes, and a request may have at most"
            " 4194304 bytes (4 MiB)."
        )
    assert await ask(channel, call, padded(FOUR_MEBIBYTES), service=service) == whole(call, DEPOT)


async def test_a_request_far_over_the_limit_is_refused_by_grpc(channel: grpc.aio.Channel) -> None:
    with pytest.raises(grpc.aio.AioRpcError, match="larger than max") as raised:
        await ask(channel, MICROGRID, padded(17 * 2**20))

    assert raised.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_a_reply_can_be_larger_than_the_limit_of_grpc(make_server: MakeServer) -> None:
    served = big_fleet(components=5000, name_length=1000)

    async with make_server(served) as server, raw_channel(server) as channel:
        reply = await ask(channel, COMPONENTS, request(COMPONENTS, 1))

    assert reply.ByteSize() > FOUR_MEBIBYTES
    assert reply == whole(COMPONENTS, served.sites[0])


async def test_a_message_can_be_larger_than_the_limit_of_grpc(make_server: MakeServer) -> None:
    served = big_fleet(components=1, name_length=FOUR_MEBIBYTES)

    async with make_server(served) as server, raw_channel(server) as channel:
        reply = await ask(channel, COMPONENTS, request(COMPONENTS, 1))

    assert reply == whole(COMPONENTS, served.sites[0])


@pytest.mark.parametrize("length", [0, 120, 121, 122, 126, 127, 128, 16380, 16384, 2**21])
async def test_messages_of_any_length_are_returned(make_server: MakeServer, length: int) -> None:
    # Around these, the size of the length of a message changes.
    number = length or 1
    served = fleet(site(number, [component(1, name="n" * length), component(2)]))
    served.sites[0].microgrid.name = "n" * length

    async with make_server(served) as server, raw_channel(server) as channel:
        replies = [await ask(channel, call, request(call, number)) for call in CALLS]

    assert replies == [whole(call, served.sites[0]) for call in CALLS]


async def test_200_concurrent_calls_get_their_own_replies(
    channel: grpc.aio.Channel,
) -> None:
    asked = [
        (call, wanted) for _ in range(23) for call in CALLS for wanted in (DEPOT, EMPTY, ODDITIES)
    ]

    replies = await asyncio.gather(
        *(ask(channel, call, request(call, wanted.microgrid.id)) for call, wanted in asked)
    )

    assert len(asked) > 200
    assert [in_bytes(reply) for reply in replies] == [
        in_bytes(whole(call, wanted)) for call, wanted in asked
    ]


async def test_20_concurrent_clients_get_replies(server: AssetsServer) -> None:
    async def call_as_a_new_client() -> int:
        async with AssetsApiClient(server.url) as client:
            found = await client.list_microgrid_electrical_components(MicrogridId(1))
            return sum(isinstance(item, Battery) for item in found)

    assert await asyncio.gather(*(call_as_a_new_client() for _ in range(20))) == [2] * 20


# These tests --------------------------------------------------------------------------------------


def test_the_tested_calls_are_calls_of_the_api() -> None:
    service = platformassets_pb2.DESCRIPTOR.services_by_name["PlatformAssetsService"]

    assert service.full_name == SERVICE
    assert set(CALLS) <= set(service.methods_by_name)
