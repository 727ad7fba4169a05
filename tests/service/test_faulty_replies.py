"""Faulty and undecodable replies of a server, over a real socket."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final

import grpc
import pytest
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from google.protobuf.message import DecodeError
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from frequenz.client.assets import AssetsApiClient, CallPolicy, Microgrid, Transport
from frequenz.client.assets.exceptions import (
    ApiClientError,
    GrpcError,
    InvalidItemsGroup,
    InvalidMicrogridError,
    InvalidReplyError,
)
from frequenz.client.assets.findings import CallFindings, Finding, Rule, Severity

from ..unit.findings.test_rules import CASES, Case
from ..unit.messages import VALID, changed, decode
from ..unit.strategies import any_message
from .canned import Status, answering
from .raw import (
    CALLS,
    COMPONENTS,
    CONNECTIONS,
    FIRST_SERVICE,
    GARBAGE,
    METHODS,
    MICROGRID,
    call_method,
)

Method = Callable[..., Awaitable[Any]]

SITE: Final = 4
"""The microgrid of the valid messages."""
GRIDPOOL: Final = 3
"""The gridpool of the valid messages."""

LISTS: Final[Mapping[str, tuple[str, str]]] = {
    "ListMicrogrids": ("microgrids", "microgrid"),
    COMPONENTS: ("components", "meter"),
    CONNECTIONS: ("connections", "connection"),
    "ListMicrogridSensors": ("sensors", "sensor"),
    "ListGridpools": ("gridpools", "gridpool"),
    "ListGridpoolEnergySchedules": ("schedules", "schedule"),
    "ListMarketTopologyRelations": ("relations", "relation"),
}
"""By call, the field of the list in its reply, and the kind of valid messages in it."""

OWNERS: Final[Mapping[str, dict[str, int]]] = {
    COMPONENTS: {"microgrid_id": SITE},
    CONNECTIONS: {"microgrid_id": SITE},
    "ListMicrogridSensors": {"microgrid_id": SITE},
    "ListGridpoolEnergySchedules": {"gridpool_id": GRIDPOOL},
}
"""By call, the owner in its reply."""

IDS: Final[Mapping[str, Sequence[str]]] = {
    "connection": ("source_electrical_component_id", "destination_electrical_component_id"),
    "schedule": ("schedule_id",),
    "relation": ("microgrid_id",),
}
"""By kind, the fields that are different for each item, if it is not the ID."""

each_call = pytest.mark.parametrize("call", METHODS)
each_list = pytest.mark.parametrize("call", LISTS)


def method_of(client: AssetsApiClient, call: str) -> Method:
    """Return the method of a client for a call, with the argument that it requires."""
    return partial(call_method, client, call, microgrid_id=SITE, gridpool_id=GRIDPOOL)


def reply_class(call: str) -> Any:
    return getattr(platformassets_pb2, f"{call}Response")


def reply_of(call: str, messages: Sequence[Any], **others: Any) -> bytes:
    """Return the reply of a call with some messages."""
    if call == MICROGRID:
        (message,) = messages
        reply = reply_class(call)(microgrid=message)
    else:
        field, _ = LISTS[call]
        reply = reply_class(call)(**{**OWNERS.get(call, {}), field: messages, **others})
    return bytes(reply.SerializeToString())


@asynccontextmanager
async def calling(call: str, answer: bytes | Status, **options: Any) -> AsyncIterator[Method]:
    """Run a server with the answer to a call, and yield the client's method for the call."""
    async with (
        answering({call: answer}) as server,
        AssetsApiClient(server.url, **options) as client,
    ):
        yield method_of(client, call)


# One faulty item of a hundred ---------------------------------------------------------------------


def cases_of(call: str) -> list[Case]:
    """Return the cases of faulty messages that a call lists."""
    listed = type(VALID[LISTS[call][1]]())
    return [case for case in CASES if type(VALID[case.kind]()) is listed]


def hundred(kind: str, one: Any, index: int = 49) -> list[Any]:
    """Return 99 valid messages with different IDs, and another one at an index."""
    messages = []
    for number in range(1000, 1099):
        message = VALID[kind]()
        for offset, field in enumerate(IDS.get(kind, ("id",))):
            setattr(message, field, number + 1000 * offset)
        messages.append(message)
    messages.insert(index, one)
    return messages


def only_error(group: InvalidItemsGroup[Any]) -> Any:
    (error,) = group.exceptions
    return error


def others_of(items: Sequence[Any], index: int = 49) -> list[Any]:
    return [*items[:index], *items[index + 1 :]]


@each_list
async def test_one_faulty_item_of_a_hundred_does_not_affect_the_others(call: str) -> None:
    _, kind = LISTS[call]
    valid = [decode(message)[0] for message in others_of(hundred(kind, VALID[kind]()))]
    async with answering({call: b""}) as server, AssetsApiClient(server.url) as client:
        for case in cases_of(call):
            message = changed(case.kind, case.changes)
            server.answers[call] = reply_of(call, hundred(kind, message))
            await assert_only_case_is_faulty(method_of(client, call), case, valid)


async def assert_only_case_is_faulty(method: Method, case: Case, valid: list[Any]) -> None:
    received: list[CallFindings] = []
    items = await method(on_findings=received.append)
    if case.fault.rule is Rule.CONNECTION_TO_ITSELF:
        assert items == valid, case
    else:
        assert others_of(items) == valid, case
        expected, _ = decode(changed(case.kind, case.changes))
        assert repr(items[49]) == repr(expected), case  # NaN differs from itself
    (found,) = received
    (finding,) = found.findings
    fault = case.fault
    assert (finding.rule, finding.path, finding.sentence) == (
        fault.rule,
        fault.path,
        fault.sentence,
    )
    if fault.severity is Severity.MINOR:
        assert others_of(await method(raise_on_errors=True)) == valid, case
        return
    with pytest.raises(InvalidItemsGroup) as raised:
        await method(raise_on_errors=True)
    assert list(raised.value.items) == valid, case
    assert only_error(raised.value).findings == (finding,)


def test_all_cases_are_tested() -> None:
    tested = [len(cases_of(call)) for call in LISTS]
    assert all(tested)
    assert sum(tested) == len(CASES)


@pytest.mark.parametrize(
    ("call", "changes", "rule"),
    [
        ("ListMicrogrids", {"id": 1000}, Rule.ID_TAKEN),
        (COMPONENTS, {"id": 1000}, Rule.ID_TAKEN),
        (COMPONENTS, {"microgrid_id": 5}, Rule.OTHER_OWNER),
        (
            CONNECTIONS,
            {
                "source_electrical_component_id": 1000,
                "destination_electrical_component_id": 2000,
            },
            Rule.CONNECTION_TWICE,
        ),
        ("ListMicrogridSensors", {"id": 1000}, Rule.ID_TAKEN),
        ("ListMicrogridSensors", {"microgrid_id": 5}, Rule.OTHER_OWNER),
        ("ListGridpools", {"id": 1000}, Rule.ID_TAKEN),
        ("ListGridpoolEnergySchedules", {"schedule_id": 1000}, Rule.ID_TAKEN),
        ("ListGridpoolEnergySchedules", {"gridpool_id": 5}, Rule.OTHER_OWNER),
    ],
    ids=lambda value: (
        value.id if isinstance(value, Rule) else "" if isinstance(value, dict) else value
    ),
)
async def test_an_item_that_is_faulty_among_others_does_not_affect_them(
    call: str, changes: Mapping[str, Any], rule: Rule
) -> None:
    _, kind = LISTS[call]
    messages = hundred(kind, changed(kind, changes))
    expected = [decode(message)[0] for message in messages]
    async with calling(call, reply_of(call, messages)) as method:
        assert await method() == expected
        with pytest.raises(InvalidItemsGroup) as raised:
            await method(raise_on_errors=True)

    assert list(raised.value.items) == others_of(expected)
    error = only_error(raised.value)
    assert [finding.rule for finding in error.findings] == [rule]


@pytest.mark.parametrize("call", OWNERS)
async def test_a_list_for_another_owner_is_read_and_reported(call: str) -> None:
    _, kind = LISTS[call]
    messages = hundred(kind, VALID[kind]())
    expected = [decode(message)[0] for message in messages]
    (field,) = OWNERS[call]
    received: list[CallFindings] = []
    async with calling(call, reply_of(call, messages, **{field: 77})) as method:
        assert await method(on_findings=received.append) == expected
        with pytest.raises(InvalidItemsGroup) as raised:
            await method(raise_on_errors=True)

    (finding,) = received[0].findings
    assert (finding.entity, finding.rule, finding.path) == ("reply", Rule.REPLY_FOR_ANOTHER, field)
    error = only_error(raised.value)
    assert isinstance(error, InvalidReplyError)
    assert error.findings == (finding,)
    assert list(raised.value.items) == expected


@pytest.mark.parametrize("call", OWNERS)
async def test_a_list_without_the_id_of_its_owner_is_not_raised(call: str) -> None:
    _, kind = LISTS[call]
    (field,) = OWNERS[call]
    received: list[CallFindings] = []
    async with calling(call, reply_of(call, [VALID[kind]()], **{field: 0})) as method:
        assert await method(on_findings=received.append) == await method(raise_on_errors=True)

    assert [finding.rule for finding in received[0].findings] == [Rule.REPLY_WITHOUT_ID]


# Any message --------------------------------------------------------------------------------------

OF_LISTS: Final = {
    Rule.ID_TAKEN,
    Rule.OTHER_OWNER,
    Rule.CONNECTION_TWICE,
    Rule.REPLY_FOR_ANOTHER,
    Rule.REPLY_WITHOUT_ID,
}
"""The rules for lists and replies as a whole."""

any_example = settings(
    max_examples=25,
    # Each example starts a server: shrinking would take minutes.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


def is_major(findings: Sequence[Finding]) -> bool:
    return any(finding.severity is Severity.MAJOR for finding in findings)


async def valid_items(method: Method) -> tuple[list[Any], bool]:
    """Return the valid items, and whether the call raised an error."""
    try:
        return await method(raise_on_errors=True), False
    except InvalidItemsGroup as group:
        errors: Sequence[Any] = group.exceptions
        assert all(is_major(error.findings) for error in errors)
        return list(group.items), True


@each_list
@given(data=st.data())
@any_example
async def test_the_client_returns_all_items_of_any_list_in_order(
    call: str, data: st.DataObject
) -> None:
    reply = data.draw(any_message(reply_class(call)))
    field, _ = LISTS[call]
    decoded = [decode(message) for message in getattr(reply, field)]
    received: list[CallFindings] = []
    async with calling(call, reply.SerializeToString()) as method:
        plain = await method()
        items = await method(on_findings=received.append)
        valid, is_raised = await valid_items(method)

    # As texts, because NaN differs from itself.
    assert repr(items) == repr([item for item, _ in decoded if item is not None])
    assert repr(plain) == repr(items)
    findings = [finding for found in received for finding in found.findings]
    assert len(received) == bool(findings)
    all_faults = Counter((it.rule, it.path, it.sentence) for it in findings)
    of_items = Counter((it.rule, it.path, it.sentence) for _, faults in decoded for it in faults)
    assert of_items <= all_faults
    assert {rule for rule, _, _ in all_faults - of_items} <= OF_LISTS
    majors = [item for found in received for item in found.items if is_major(item.findings)]
    assert is_raised == bool(majors)
    invalid = {id(item.item) for item in majors}
    assert repr(valid) == repr([item for item in items if id(item) not in invalid])


@given(reply=any_message(reply_class(MICROGRID)))
@any_example
async def test_the_client_returns_any_microgrid(reply: Any) -> None:
    received: list[CallFindings] = []
    async with calling(MICROGRID, reply.SerializeToString()) as method:
        if not reply.HasField("microgrid"):
            with pytest.raises(ApiClientError, match="contains no microgrid"):
                await method()
            return
        decoded, faults = decode(reply.microgrid)
        plain = await method()
        microgrid = await method(on_findings=received.append)
        findings = [finding for found in received for finding in found.findings]
        if is_major(findings):
            with pytest.raises(InvalidMicrogridError) as raised:
                await method(raise_on_errors=True)
            strict = raised.value.microgrid
        else:
            strict = await method(raise_on_errors=True)

    assert [repr(it) for it in (plain, microgrid, strict)] == [repr(decoded)] * 3
    assert Counter(it.rule for it in findings) - Counter(it.rule for it in faults) == Counter(
        [Rule.REPLY_FOR_ANOTHER] if reply.microgrid.id not in {0, SITE} else []
    )


# Undecodable replies ------------------------------------------------------------------------------


def valid_reply(call: str) -> bytes:
    """Return a reply with a valid item."""
    _, kind = LISTS.get(call, ("microgrid", "microgrid"))
    return reply_of(call, [VALID[kind]()])


TEXTS: Final[Mapping[str, bytes]] = {
    MICROGRID: b"Depot",
    "ListMicrogrids": b"Depot",
    COMPONENTS: b"Meter",
    "ListMicrogridSensors": b"Probe",
    "ListGridpools": b"North",
    "ListGridpoolEnergySchedules": b"10YDE-VE-------2",
    "ListMarketTopologyRelations": b"50012345678",
}
"""By call, a text in its valid reply; only connections have none."""


def with_invalid_text(call: str) -> bytes:
    """Return a reply with a text that is not valid UTF-8."""
    names = {COMPONENTS: {"name": "Meter"}, "ListMicrogridSensors": {"name": "Probe"}}
    _, kind = LISTS.get(call, ("microgrid", "microgrid"))
    data, text = reply_of(call, [changed(kind, names.get(call, {}))]), TEXTS[call]
    assert text in data
    return data.replace(text, b"\xff" * len(text), 1)


PARTS: Final[Mapping[str, bytes]] = {
    MICROGRID: b"\x0a\x03\x2a\x01\xff",
    "ListMicrogrids": b"\x0a\x03\x2a\x01\xff",
    COMPONENTS: b"\x12\x03\x42\x01\xff",
    CONNECTIONS: b"\x12\x03\x1a\x01\xff",
}
"""By call, a reply with garbage in the location or the lifetime of an item."""

UNDECODABLE: Final = [
    *((call, "garbage", GARBAGE) for call in METHODS),
    *((call, "garbage in a part", data) for call, data in PARTS.items()),
    *((call, "truncated", valid_reply(call)[:-1]) for call in METHODS),
    *((call, "invalid UTF-8", with_invalid_text(call)) for call in TEXTS),
]
"""Calls, and undecodable replies."""


async def assert_undecodable(method: Method, call: str, data: bytes) -> None:
    """Assert that the error of an undecodable reply names its size, however it is reported."""
    received: list[CallFindings] = []
    for options in ({}, {"raise_on_errors": True}, {"on_findings": received.append}):
        with pytest.raises(ApiClientError) as raised:
            await method(**options)
        error = raised.value
        assert not isinstance(error, GrpcError)
        assert error.operation == call
        assert not error.is_retryable
        assert str(error).count(f"{call}Response") == 2  # once in the message of protobuf
        assert f" {len(data)} bytes " in str(error)
    assert not received


@each_call
async def test_an_undecodable_reply_is_an_error_with_its_size(call: str) -> None:
    async with answering({call: b""}) as server, AssetsApiClient(server.url) as client:
        for undecodable_call, _, data in UNDECODABLE:
            if undecodable_call == call:
                with pytest.raises(DecodeError):
                    reply_class(call).FromString(data)
                server.answers[call] = data
                await assert_undecodable(method_of(client, call), call, data)


@pytest.mark.parametrize("api_version", ["v1", "auto"])
@pytest.mark.parametrize("call", CALLS)
async def test_an_undecodable_reply_of_the_first_generation_is_an_error_with_its_size(
    call: str, api_version: Any
) -> None:
    for undecodable_call, _, data in UNDECODABLE:
        if undecodable_call == call:
            async with (
                answering({call: data}, service=FIRST_SERVICE) as server,
                AssetsApiClient(server.url, api_version=api_version) as client,
            ):
                await assert_undecodable(method_of(client, call), call, data)


async def test_the_client_works_after_an_undecodable_reply() -> None:
    async with answering({MICROGRID: GARBAGE}) as server, AssetsApiClient(server.url) as client:
        with pytest.raises(ApiClientError):
            await client.get_microgrid(SITE)
        server.answers[MICROGRID] = valid_reply(MICROGRID)
        assert isinstance(await client.get_microgrid(SITE), Microgrid)


class _RecordReplies(grpc.aio.UnaryUnaryClientInterceptor):
    """Records each reply."""

    def __init__(self) -> None:
        self.replies: list[Any] = []

    async def intercept_unary_unary(
        self, continuation: Callable[[Any, Any], Any], client_call_details: Any, request: Any
    ) -> Any:
        call = await continuation(client_call_details, request)
        self.replies.append(await call)
        return call


@pytest.mark.parametrize("call", [MICROGRID, COMPONENTS, CONNECTIONS])
async def test_interceptors_and_users_of_the_stub_get_messages(call: str) -> None:
    recorder = _RecordReplies()
    data = valid_reply(call)
    expected = reply_class(call).FromString(data)
    async with answering({call: data}) as server:
        async with AssetsApiClient(
            server.url, transport=Transport(interceptors=[recorder])
        ) as client:
            item = await method_of(client, call)()
            stub: Any = client.stub
            request = getattr(platformassets_pb2, f"{call}Request")(microgrid_id=SITE)
            assert await getattr(stub, call)(request) == expected
        async with AssetsApiClient(server.url) as client:
            assert await method_of(client, call)() == item
    assert recorder.replies == [expected, expected]


@each_list
async def test_an_empty_reply_is_an_empty_list(call: str) -> None:
    async with calling(call, b"") as method:
        assert await method(raise_on_errors=True) == []


# Replies without the requested microgrid ----------------------------------------------------------


async def test_a_reply_without_a_microgrid_is_an_error() -> None:
    async with calling(MICROGRID, b"") as method:
        with pytest.raises(ApiClientError, match="microgrid 4 contains no microgrid") as raised:
            await method()

    assert not isinstance(raised.value, GrpcError)
    assert raised.value.operation == MICROGRID
    assert not raised.value.is_retryable


@pytest.mark.parametrize(
    ("changes", "rule"),
    [(None, Rule.MICROGRID_EMPTY), ({"id": 5}, Rule.REPLY_FOR_ANOTHER)],
    ids=["empty", "another"],
)
async def test_an_empty_or_another_microgrid_is_read_and_reported(
    changes: Mapping[str, Any] | None, rule: Rule
) -> None:
    message = changed("microgrid", changes or {})
    if changes is None:
        message.Clear()
    expected, _ = decode(message)
    received: list[CallFindings] = []
    async with calling(MICROGRID, reply_of(MICROGRID, [message])) as method:
        assert await method(on_findings=received.append) == expected
        with pytest.raises(InvalidMicrogridError) as raised:
            await method(raise_on_errors=True)

    (finding,) = received[0].findings
    assert (finding.rule, finding.path) == (rule, "id")
    assert raised.value.microgrid == expected
    assert raised.value.findings == (finding,)


# Retryable errors ---------------------------------------------------------------------------------

PUSHBACK: Final = "grpc-retry-pushback-ms"
EXHAUSTED: Final = grpc.StatusCode.RESOURCE_EXHAUSTED
UNAVAILABLE: Final = grpc.StatusCode.UNAVAILABLE
NEVER: Final = [
    code for code in grpc.StatusCode if code not in {grpc.StatusCode.OK, UNAVAILABLE, EXHAUSTED}
]


STATUSES: Final = [
    (Status(UNAVAILABLE), True),
    (Status(UNAVAILABLE, ((PUSHBACK, "250"),)), True),
    (Status(UNAVAILABLE, ((PUSHBACK, "-1"),)), False),
    (Status(UNAVAILABLE, ((PUSHBACK, "soon"),)), False),
    (Status(EXHAUSTED), False),
    (Status(EXHAUSTED, ((PUSHBACK, "250"),)), True),
    (Status(EXHAUSTED, ((PUSHBACK, "0"),)), True),
    (Status(EXHAUSTED, ((PUSHBACK, "-1"),)), False),
    (Status(EXHAUSTED, ((PUSHBACK, "soon"),)), False),
    (Status(EXHAUSTED, (("retry-after", "1"),)), False),
    *((Status(code, ((PUSHBACK, "250"),)), False) for code in NEVER),
]
"""Statuses, and whether their errors are retryable."""


@each_call
async def test_errors_are_retryable_by_their_status_and_pushback(call: str) -> None:
    once = CallPolicy(max_attempts=1)
    async with (
        answering({call: b""}) as server,
        AssetsApiClient(server.url, policy=once) as client,
    ):
        for status, is_retryable in STATUSES:
            server.answers[call] = status
            with pytest.raises(GrpcError) as raised:
                await method_of(client, call)()
            assert raised.value.grpc_error.code() is status.code
            assert raised.value.is_retryable is is_retryable, status
