"""Every call, filter and field of the API is in the server, the client and the command line."""

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
from .test_completeness import ENCODERS, unset_fields

CURRENT: Final = platformassets_pb2.DESCRIPTOR.services_by_name["PlatformAssetsService"]
FIRST: Final = first_generation.new_pool().FindServiceByName(
    "frequenz.api.assets.v1.PlatformAssets"
)

CALLS: Final[list[MethodDescriptor]] = list(CURRENT.methods)
BOTH: Final[list[MethodDescriptor]] = [*CURRENT.methods, *FIRST.methods]

every_call = pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)

# Generations --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "descriptor", "count"),
    [(requests, CURRENT, 8), (first_generation, FIRST, 3)],
    ids=["current", "first"],
)
def test_the_calls_of_a_generation_are_those_of_its_descriptor(
    module: Any, descriptor: ServiceDescriptor, count: int
) -> None:
    assert descriptor.full_name == module.SERVICE
    assert set(descriptor.methods_by_name) == module.OPERATIONS
    assert len(module.OPERATIONS) == count


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
"""The fields of the published requests of the first generation, and their numbers."""


@pytest.mark.parametrize("call", [*FIRST.methods], ids=lambda call: call.name)
def test_requests_of_the_first_generation_have_the_fields_of_the_current_ones(
    call: MethodDescriptor,
) -> None:
    fields = [(field.name, field.number) for field in call.input_type.fields]
    current = CURRENT.methods_by_name[call.name]

    assert fields == FLAT[call.name]
    assert {name for name, _ in fields} == {path for path, _ in leaves(current.input_type)}
    assert _signature(call.output_type) == _signature(current.output_type)


def _signature(message: Descriptor) -> list[tuple[Any, ...]]:
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


def test_every_call_of_both_generations_has_a_handler() -> None:
    for call in BOTH:
        path = f"/{call.containing_service.full_name}/{call.name}"
        details: Any = MagicMock(method=path, spec=grpc.HandlerCallDetails)

        (handler,) = [
            handler
            for generic_handler in handlers(AssetsService(MagicMock()))
            if (handler := generic_handler.service(details)) is not None
        ]

        assert not (handler.request_streaming or handler.response_streaming), path
        assert not (call.client_streaming or call.server_streaming), path


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


def test_the_client_has_no_method_without_a_call() -> None:
    methods = {name for name in vars(AssetsApiClient) if name.startswith(("get_", "list_"))}

    assert methods == {snake_case(call.name) for call in CALLS}


_INTERVAL: Final = Interval(
    start=datetime(2024, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
    end=datetime(2024, 2, 1, 0, 0, 0, 2, tzinfo=UTC),
)
_SITE: Final = MicrogridId(4)
_COMPONENTS: Final = [ElectricalComponentId(5)]

CALL_WITH_ALL_ARGUMENTS: Final[Mapping[str, Callable[[AssetsApiClient], Awaitable[Any]]]] = {
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
        time_series_interval=_INTERVAL,
        effective_validity_period=_INTERVAL,
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
"""Each call with all its arguments."""


def mock_call(client: AssetsApiClient, call: MethodDescriptor) -> AsyncMock:
    """Replace a call of a client by a mock that returns a reply."""
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
    mock = mock_call(client, call)

    await CALL_WITH_ALL_ARGUMENTS[call.name](client)

    ((request,), _) = mock.await_args_list[0]
    assert request.DESCRIPTOR is call.input_type
    assert list(unset_fields(request.DESCRIPTOR, [request])) == []


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


_OUTPUT_OPTIONS: Final = frozenset(
    {"-o", "--fields", "--sort", "--no-header", "--names", "--to", "--wide"}
)
"""Options that change the output, not the request."""


def test_every_call_has_a_command_that_is_tested_with_all_its_options() -> None:
    tested = {line.split()[0]: line for line in COMMANDS.values()}

    assert set(COMMANDS) == {call.name for call in CALLS}
    assert set(tested) == {
        it.name for it in vars(calls).values() if isinstance(it, click.Command) and it.name
    }
    for name, line in tested.items():
        command: Any = cli.get_command(click.Context(cli), name)
        for parameter in command.params:
            assert (
                isinstance(parameter, click.Argument)
                or parameter.hidden
                or parameter.opts[0] in {*line.split(), *_OUTPUT_OPTIONS}
            )


@every_call
def test_a_command_can_set_all_arguments_of_the_client(
    call: MethodDescriptor, monkeypatch: pytest.MonkeyPatch
) -> None:
    mocks: list[AsyncMock] = []
    monkeypatch.setattr(
        AssetsApiClient, "connect", lambda self, *_, **__: mocks.append(mock_call(self, call))
    )

    asyncio.run(_call(call))
    line = f"--url grpc://nowhere {COMMANDS[call.name]}"
    result = CliRunner(catch_exceptions=False).invoke(cli, line)

    assert result.exit_code == 0, result.stderr
    by_client, by_command = (awaited for mock in mocks for awaited in mock.await_args_list)
    assert by_command == by_client


async def _call(call: MethodDescriptor) -> None:
    await CALL_WITH_ALL_ARGUMENTS[call.name](AssetsApiClient("grpc://nowhere"))


# The fields of the replies ------------------------------------------------------------------------


@every_call
def test_a_reply_has_entities_of_the_model_and_the_requested_id(call: MethodDescriptor) -> None:
    (entity,) = entities_of(call)
    others = {field.name for field in call.output_type.fields if field.message_type is None}

    assert entity in CODECS
    assert others <= {field.name for field in call.input_type.fields}


def test_every_entity_in_replies_is_in_the_model() -> None:
    assert {entity for call in CALLS for entity in entities_of(call)} == set(CODECS)


def entities_of(call: MethodDescriptor) -> list[type[Message]]:
    """Return the types of the messages in the reply of a call."""
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
"""By the name of each class, a message with every field set."""


def paths(message: Any, path: str = "") -> Iterator[str]:
    """Yield the paths of all fields that are not messages."""
    for field in message.fields:
        if field.message_type is None:
            yield f"{path}{field.name}"
        else:
            yield from paths(field.message_type, f"{path}{field.name}.")


def set_fields(message: Any, path: str = "") -> Iterator[tuple[str, Any, FieldDescriptor]]:
    """Yield the path, parent and descriptor of all fields that are set and not messages."""
    for field, value in message.ListFields():
        if field.message_type is None:
            yield f"{path}{field.name}", message, field
        else:
            for part in value if field.is_repeated else [value]:
                yield from set_fields(part, f"{path}{field.name}.")


def other_value(message: Any, field: FieldDescriptor) -> Any:
    """Return another valid value for a field."""
    value = getattr(message, field.name)
    if field.enum_type is not None:
        return next(it.number for it in field.enum_type.values if it.number not in (0, value))
    if isinstance(value, str):
        return f"{value}'"
    return value - 1000 if message.DESCRIPTOR is Timestamp.DESCRIPTOR else value + 10


def with_another_value(name: str) -> Iterator[tuple[str, Message]]:
    """Yield the path of each field of a full message, and a copy with another value there."""
    full = FULL[name]
    for index, (path, _, _) in enumerate(set_fields(full)):
        copied = type(full).FromString(full.SerializeToString())
        _, parent, field = list(set_fields(copied))[index]
        setattr(parent, field.name, other_value(parent, field))
        yield path, copied


# The category cannot change alone: it determines other fields.
CHANGED: Final = {
    name: [(path, message) for path, message in with_another_value(name) if path != "category"]
    for name in FULL
}


def test_every_field_of_a_message_is_in_the_model_and_survives_a_round_trip() -> None:
    for name, full in FULL.items():
        original, _ = decode(full)
        for path, message in CHANGED[name]:
            item, _ = decode(message)
            assert item != original, (name, path)
            assert encode(item, type(message)) == message, (name, path)


@pytest.mark.parametrize("message_type", CODECS, ids=lambda it: it.DESCRIPTOR.name)
def test_every_field_of_a_message_is_tested(message_type: type[Message]) -> None:
    tested = {
        path
        for name, message in FULL.items()
        if type(message) is message_type
        for path, _ in CHANGED[name]
    }
    left_out = {"category"} if message_type is pb.ElectricalComponent else set()
    assert tested == set(paths(message_type.DESCRIPTOR)) - left_out


# The table of entities ----------------------------------------------------------------------------

ENTITIES: Final[Mapping[str, entities.Entity[Any]]] = {
    value.noun: value for value in vars(entities).values() if isinstance(value, entities.Entity)
}


def test_the_table_of_entities_is_complete() -> None:
    assert list(entities.ENTITIES.values()) == list(ENTITIES.values())
    assert set(entities.ENTITIES) == set(CODECS)


def test_every_list_in_replies_has_an_entity() -> None:
    lists = {
        field.name: GetMessageClass(field.message_type)
        for call in CALLS
        for field in call.output_type.fields
        if field.is_repeated and field.message_type is not None
    }

    assert {entity.list_field for entity in ENTITIES.values()} == set(lists)
    for entity in ENTITIES.values():
        message_type: Any = lists[entity.list_field]
        assert entity.message is message_type
        assert entity.decode(message_type(), []) == CODECS[message_type].decode(message_type(), [])


@pytest.mark.parametrize("noun", ENTITIES)
def test_the_keys_and_owners_of_entities_are_numbers(noun: str) -> None:
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


def test_every_list_of_an_inventory_has_an_entity() -> None:
    of_site = {field.name for field in dataclasses.fields(Site)} - {"microgrid"}
    of_fleet = {field.name for field in dataclasses.fields(Inventory)} - {"sites"}
    assert {entity.inventory_list for entity in entities.OF_SITE} == of_site
    assert {entity.inventory_list for entity in entities.OF_MARKET} == of_fleet
