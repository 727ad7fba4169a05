"""Every call of both generations, every filter and every field of a reply has its place."""

import asyncio
import dataclasses
import inspect
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import UTC, datetime
from operator import methodcaller
from typing import Any, Final
from unittest.mock import AsyncMock, MagicMock

import click
import grpc
import grpc.aio
import pytest
from click.testing import CliRunner
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from frequenz.client.common.grid import DeliveryArea
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from frequenz.client.common.microgrid.sensors import SensorId
from google.protobuf.descriptor import (
    Descriptor,
    FieldDescriptor,
    MethodDescriptor,
    ServiceDescriptor,
)
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.timestamp_pb2 import Timestamp

from frequenz.client.assets import AssetsApiClient, Interval, exceptions
from frequenz.client.assets._wire import entities, first_generation, requests
from frequenz.client.assets._wire.component import encode_component
from frequenz.client.assets.cli.commands import calls
from frequenz.client.assets.cli.root import cli
from frequenz.client.assets.electrical_component import MismatchedCategoryComponent
from frequenz.client.assets.inventory import Inventory, Site
from frequenz.server.assets._service import AssetsService, handlers

from ..examples import component_classes, example
from ..messages import CODECS, decode, encode, pb
from .test_completeness import ENCODERS, untouched

CURRENT: Final = platformassets_pb2.DESCRIPTOR.services_by_name["PlatformAssetsService"]
FIRST: Final = first_generation.new_pool().FindServiceByName(
    "frequenz.api.assets.v1.PlatformAssets"
)

CALLS: Final[list[MethodDescriptor]] = list(CURRENT.methods)
BOTH: Final[list[MethodDescriptor]] = [*CURRENT.methods, *FIRST.methods]

every_call = pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
every_call_of_both = pytest.mark.parametrize("call", BOTH, ids=lambda call: call.full_name)

# Generations --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contract", "described", "calls"), [(requests, CURRENT, 8), (first_generation, FIRST, 3)]
)
def test_the_names_of_a_generation_are_those_of_its_descriptor(
    contract: Any, described: ServiceDescriptor, calls: int
) -> None:
    assert described.full_name == contract.SERVICE
    assert set(described.methods_by_name) == contract.OPERATIONS
    assert len(contract.OPERATIONS) == calls


FLAT: Final[Mapping[str, list[tuple[str, int]]]] = {
    "GetMicrogrid": [("microgrid_id", 1)],
    "ListMicrogridElectricalComponents": [
        ("microgrid_id", 1),
        ("component_ids", 2),
        ("categories", 3),
    ],
    "ListMicrogridElectricalComponentConnections": [
        ("microgrid_id", 1),
        ("source_component_ids", 2),
        ("destination_component_ids", 3),
    ],
}
"""The requests of the first generation, as it was published: fields and their numbers."""


@pytest.mark.parametrize("call", [*FIRST.methods], ids=lambda call: call.name)
def test_a_request_of_the_first_generation_holds_all_of_the_current_one(
    call: MethodDescriptor,
) -> None:
    fields = [(field.name, field.number) for field in call.input_type.fields]
    current = CURRENT.methods_by_name[call.name]

    assert fields == FLAT[call.name]
    assert {name for name, _ in fields} == {path for path, _ in leaves(current.input_type)}
    assert _described(call.output_type) == _described(current.output_type)


def _described(message: Descriptor) -> list[tuple[Any, ...]]:
    return [
        (field.name, field.number, field.type, field.is_repeated, field.message_type.full_name)
        if field.message_type
        else (field.name, field.number, field.type, field.is_repeated)
        for field in message.fields
    ]


def leaves(message: Descriptor) -> Iterator[tuple[str, FieldDescriptor]]:
    """Yield the fields of a request and of its filter, by name."""
    for field in message.fields:
        if field.name == "filter":
            assert field.message_type
            yield from ((it.name, it) for it in field.message_type.fields)
        else:
            yield field.name, field


# The server ---------------------------------------------------------------------------------------


@every_call_of_both
def test_every_call_has_a_handler(call: MethodDescriptor) -> None:
    path = f"/{call.containing_service.full_name}/{call.name}"
    details: Any = MagicMock(method=path, spec=grpc.HandlerCallDetails)

    found = [
        handler
        for offered in handlers(AssetsService(MagicMock()))
        if (handler := offered.service(details)) is not None
    ]

    assert len(found) == 1
    assert not (found[0].request_streaming or found[0].response_streaming)
    assert not (call.client_streaming or call.server_streaming)


# The client ---------------------------------------------------------------------------------------


def snake_case(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


@every_call
def test_every_call_has_a_method_with_a_parameter_for_each_field(call: MethodDescriptor) -> None:
    method = getattr(AssetsApiClient, snake_case(call.name))

    parameters = set(inspect.signature(method).parameters)

    assert inspect.iscoroutinefunction(method)
    assert parameters == {
        "self",
        "raise_on_errors",
        "on_findings",
        "timeout",
        *(name for name, _ in leaves(call.input_type)),
    }


def test_the_client_has_no_call_that_the_contract_has_not() -> None:
    methods = {name for name in vars(AssetsApiClient) if name.startswith(("get_", "list_"))}

    assert methods == {snake_case(call.name) for call in CALLS}


_PERIOD: Final = Interval(
    start=datetime(2024, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
    end=datetime(2024, 2, 1, 0, 0, 0, 2, tzinfo=UTC),
)
_SITE: Final = MicrogridId(4)
_COMPONENTS: Final = [ElectricalComponentId(5)]

ASK_ALL: Final[Mapping[str, Callable[[AssetsApiClient], Awaitable[Any]]]] = {
    "GetMicrogrid": methodcaller("get_microgrid", _SITE),
    "ListMicrogrids": methodcaller("list_microgrids", [_SITE], [7]),
    "ListMicrogridElectricalComponents": methodcaller(
        "list_microgrid_electrical_components", _SITE, _COMPONENTS, [5]
    ),
    "ListMicrogridElectricalComponentConnections": methodcaller(
        "list_microgrid_electrical_component_connections", _SITE, _COMPONENTS, _COMPONENTS
    ),
    "ListMicrogridSensors": methodcaller("list_microgrid_sensors", _SITE, [SensorId(8)]),
    "ListGridpools": methodcaller("list_gridpools", [7]),
    "ListGridpoolEnergySchedules": methodcaller(
        "list_gridpool_energy_schedules",
        7,
        [1],
        [2],
        time_series_interval=_PERIOD,
        effective_validity_period=_PERIOD,
    ),
    "ListMarketTopologyRelations": methodcaller(
        "list_market_topology_relations",
        gridpool_ids=[7],
        microgrid_ids=[_SITE],
        market_location_id_values=["DE1"],
        delivery_areas=[DeliveryArea(code="X", code_type=2)],
        participation_types=[1],
    ),
}
"""Each call with everything that can be asked."""


def mocked(client: AssetsApiClient, call: MethodDescriptor) -> AsyncMock:
    """Let a call of a client answer with something."""
    reply: Any = GetMessageClass(call.output_type)()
    if call.name == "GetMicrogrid":
        reply.microgrid.id = 4
    mock = AsyncMock(return_value=reply)
    client._channel = MagicMock(spec=grpc.aio.Channel)
    client._stub = MagicMock(**{call.name: mock})
    return mock


@every_call
async def test_the_client_can_set_every_field_of_a_request(call: MethodDescriptor) -> None:
    client = AssetsApiClient("grpc://localhost:1?ssl=false", connect=False)
    mock = mocked(client, call)

    await ASK_ALL[call.name](client)

    ((request,), _) = mock.await_args_list[0]
    assert request.DESCRIPTOR is call.input_type
    assert list(untouched(request.DESCRIPTOR, [request])) == []


# The command line ---------------------------------------------------------------------------------

COMMANDS: Final[Mapping[str, str]] = {
    "GetMicrogrid": "microgrid 4",
    "ListMicrogrids": "microgrids --microgrid 4 --gridpool 7",
    "ListMicrogridElectricalComponents": "electrical-components 4 --component 5 --category battery",
    "ListMicrogridElectricalComponentConnections": (
        "component-connections 4 --source 5 --destination 5"
    ),
    "ListMicrogridSensors": "sensors 4 --sensor 8",
    "ListGridpools": "gridpools --gridpool 7",
    "ListGridpoolEnergySchedules": (
        "energy-schedules 7 --schedule 1 --direction export"
        " --entries-from 2024-01-01T00:00:00.000001Z --entries-to 2024-02-01T00:00:00.000002Z"
        " --effective-from 2024-01-01T00:00:00.000001Z --effective-to 2024-02-01T00:00:00.000002Z"
    ),
    "ListMarketTopologyRelations": (
        "market-topology --gridpool 7 --microgrid 4 --market-location DE1 --delivery-area X:us_nerc"
        " --participation energy_trading"
    ),
}
"""The command of each call, with all its options."""


_SHOWING: Final = frozenset({"-o", "--fields", "--sort", "--no-header", "--names", "--wide"})
"""Options that change what is shown, not what is asked for."""


def test_every_command_is_of_a_call_and_tried_with_all_its_options() -> None:
    tried = {line.split()[0]: line for line in COMMANDS.values()}

    assert set(COMMANDS) == {call.name for call in CALLS}
    assert set(tried) == {
        it.name for it in vars(calls).values() if isinstance(it, click.Command) and it.name
    }
    for name, line in tried.items():
        command: Any = cli.get_command(click.Context(cli), name)
        for parameter in command.params:
            assert (
                isinstance(parameter, click.Argument)
                or parameter.hidden
                or parameter.opts[0] in {*line.split(), *_SHOWING}
            )


@every_call
def test_a_command_can_ask_for_all_that_the_client_can(
    call: MethodDescriptor, monkeypatch: pytest.MonkeyPatch
) -> None:
    mocks: list[AsyncMock] = []
    monkeypatch.setattr(
        AssetsApiClient, "connect", lambda self, *_, **__: mocks.append(mocked(self, call))
    )

    asyncio.run(_ask(call))
    line = f"--url grpc://nowhere {COMMANDS[call.name]}"
    result = CliRunner(catch_exceptions=False).invoke(cli, line)

    assert result.exit_code == 0, result.stderr
    by_client, by_command = (asked for mock in mocks for asked in mock.await_args_list)
    assert by_command == by_client


async def _ask(call: MethodDescriptor) -> None:
    await ASK_ALL[call.name](AssetsApiClient("grpc://nowhere"))


# The fields of the replies ------------------------------------------------------------------------


@every_call
def test_a_reply_holds_things_of_the_model_and_the_id_that_was_asked_for(
    call: MethodDescriptor,
) -> None:
    (thing,) = things(call)
    others = {field.name for field in call.output_type.fields if field.message_type is None}

    assert thing in CODECS
    assert others <= {field.name for field in call.input_type.fields}


def test_every_thing_of_the_replies_is_in_the_model() -> None:
    assert {thing for call in CALLS for thing in things(call)} == set(CODECS)


def things(call: MethodDescriptor) -> list[type[Message]]:
    """Return the kinds of messages that a reply holds."""
    fields = call.output_type.fields
    return [GetMessageClass(it.message_type) for it in fields if it.message_type is not None]


FULL: Final[dict[str, Message]] = {
    cls.__name__: encode(example(cls))
    for cls, encode in (
        *ENCODERS.items(),
        *(
            (cls, encode_component)
            for cls in component_classes()
            if not issubclass(cls, MismatchedCategoryComponent)
        ),
    )
}
"""A message with every field set, of each kind of thing; of components, many."""


def paths(message: Any, path: str = "") -> Iterator[str]:
    """Yield the path of every field that is no message itself."""
    for field in message.fields:
        if field.message_type is None:
            yield f"{path}{field.name}"
        else:
            yield from paths(field.message_type, f"{path}{field.name}.")


def places(message: Any, path: str = "") -> Iterator[tuple[str, Any, FieldDescriptor]]:
    """Yield every field that is set and is no message itself: its path, and the one it is in."""
    for field, value in message.ListFields():
        if field.message_type is None:
            yield f"{path}{field.name}", message, field
        else:
            for part in value if field.is_repeated else [value]:
                yield from places(part, f"{path}{field.name}.")


def other_value(message: Any, field: FieldDescriptor) -> Any:
    """Return another value for a field, as good as the one that it has."""
    value = getattr(message, field.name)
    if field.enum_type is not None:
        return next(it.number for it in field.enum_type.values if it.number not in (0, value))
    if isinstance(value, str):
        return f"{value}'"
    return value - 1000 if message.DESCRIPTOR is Timestamp.DESCRIPTOR else value + 10


def with_another_value(kind: str) -> Iterator[tuple[str, Message]]:
    """Yield copies of a full message, each with another value in one place."""
    full = FULL[kind]
    for index, (path, _, _) in enumerate(places(full)):
        copied = type(full).FromString(full.SerializeToString())
        _, holder, field = list(places(copied))[index]
        setattr(holder, field.name, other_value(holder, field))
        yield path, copied


# The category decides what else there is, and is no field that could change alone.
ALONE: Final = {
    name: [(path, it) for path, it in with_another_value(name) if path != "category"] for name in FULL
}


@pytest.mark.parametrize("name", FULL)
def test_every_field_of_a_message_has_a_place_in_the_model_and_survives_the_round_trip(
    name: str,
) -> None:
    known, _ = decode(FULL[name])
    for path, message in ALONE[name]:
        made, _ = decode(message)
        assert made != known, path
        assert encode(made, type(message)) == message, path


@pytest.mark.parametrize("kind", CODECS, ids=lambda kind: kind.DESCRIPTOR.name)
def test_every_field_of_the_contract_is_among_those_tried(kind: type[Message]) -> None:
    tried = {
        path for name, message in FULL.items() if type(message) is kind for path, _ in ALONE[name]
    }
    left_out = {"category"} if kind is pb.ElectricalComponent else set()
    assert tried == set(paths(kind.DESCRIPTOR)) - left_out


# Kinds of entities --------------------------------------------------------------------------------

ENTITIES: Final[Mapping[str, entities.Entity[Any]]] = {
    value.noun: value for value in vars(entities).values() if isinstance(value, entities.Entity)
}


def test_the_table_of_entities_is_complete() -> None:
    assert list(entities.ENTITIES.values()) == list(ENTITIES.values())
    assert set(entities.ENTITIES) == set(CODECS)


def test_every_list_of_the_replies_is_of_a_kind_of_entity() -> None:
    lists = {
        field.name: GetMessageClass(field.message_type)
        for call in CALLS
        for field in call.output_type.fields
        if field.is_repeated and field.message_type is not None
    }

    assert {entity.list_field for entity in ENTITIES.values()} == set(lists)
    for entity in ENTITIES.values():
        kind: Any = lists[entity.list_field]
        assert entity.message is kind
        assert entity.decode(kind(), []) == CODECS[kind].decode(kind(), [])


@pytest.mark.parametrize("noun", ENTITIES)
def test_what_tells_entities_apart_and_what_they_belong_to_are_numbers(noun: str) -> None:
    entity = ENTITIES[noun]
    fields = entity.message.DESCRIPTOR.fields_by_name
    named = [*entity.key, *([entity.owner.field] if entity.owner else [])]

    assert all(fields[name].type == fields[name].TYPE_UINT64 for name in named)
    assert (entity.key == ()) is (noun == "relation")
    assert (entity.id_field in entity.key) is (noun not in {"connection", "relation"})


def test_every_entity_has_an_error_that_takes_the_object_by_its_noun() -> None:
    errors = {entity.error() for entity in ENTITIES.values()}
    assert errors | {exceptions.InvalidReplyError} == set(
        exceptions.ValidationError.__subclasses__()
    )
    for noun, entity in ENTITIES.items():
        assert noun in inspect.signature(entity.error()).parameters


def test_every_list_of_an_inventory_is_of_an_entity() -> None:
    of_site = {field.name for field in dataclasses.fields(Site)} - {"microgrid"}
    of_fleet = {field.name for field in dataclasses.fields(Inventory)} - {"sites"}
    assert {entity.inventory_list for entity in entities.OF_SITE} == of_site
    assert {entity.inventory_list for entity in entities.OF_MARKET} == of_fleet
