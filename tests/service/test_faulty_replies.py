"""Whatever a server answers: what comes of it, over a real socket."""

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
from ..unit.messages import VALID, decode, changed
from ..unit.strategies import any_message
from .canned import Status, answering
from .raw import CALLS, COMPONENTS, CONNECTIONS, FIRST_SERVICE, GARBAGE, MICROGRID

Ask = Callable[..., Awaitable[Any]]

SITE: Final = 4
"""The microgrid of the good messages."""
POOL: Final = 3
"""Their gridpool."""

ASK: Final[Mapping[str, Callable[[AssetsApiClient], Ask]]] = {
    MICROGRID: lambda client: partial(client.get_microgrid, SITE),
    "ListMicrogrids": lambda client: client.list_microgrids,
    COMPONENTS: lambda client: partial(client.list_microgrid_electrical_components, SITE),
    CONNECTIONS: lambda client: partial(
        client.list_microgrid_electrical_component_connections, SITE
    ),
    "ListMicrogridSensors": lambda client: partial(client.list_microgrid_sensors, SITE),
    "ListGridpools": lambda client: client.list_gridpools,
    "ListGridpoolEnergySchedules": lambda client: partial(
        client.list_gridpool_energy_schedules, POOL
    ),
    "ListMarketTopologyRelations": lambda client: client.list_market_topology_relations,
}
"""Each call, as users make it."""

LISTS: Final[Mapping[str, tuple[str, str]]] = {
    "ListMicrogrids": ("microgrids", "microgrid"),
    COMPONENTS: ("components", "meter"),
    CONNECTIONS: ("connections", "connection"),
    "ListMicrogridSensors": ("sensors", "sensor"),
    "ListGridpools": ("gridpools", "gridpool"),
    "ListGridpoolEnergySchedules": ("schedules", "schedule"),
    "ListMarketTopologyRelations": ("relations", "relation"),
}
"""Each call that lists something: the field of its reply, and the good message of its items."""

OWNERS: Final[Mapping[str, dict[str, int]]] = {
    COMPONENTS: {"microgrid_id": SITE},
    CONNECTIONS: {"microgrid_id": SITE},
    "ListMicrogridSensors": {"microgrid_id": SITE},
    "ListGridpoolEnergySchedules": {"gridpool_id": POOL},
}
"""Whose items a reply lists, where it says so."""

IDS: Final[Mapping[str, Sequence[str]]] = {
    "connection": ("source_electrical_component_id", "destination_electrical_component_id"),
    "schedule": ("schedule_id",),
    "relation": ("microgrid_id",),
}
"""The fields that tell an item from others, where it is not its id."""

each_call = pytest.mark.parametrize("call", ASK)
each_list = pytest.mark.parametrize("call", LISTS)


def reply_class(call: str) -> Any:
    return getattr(platformassets_pb2, f"{call}Response")


def reply_of(call: str, messages: Sequence[Any], **others: Any) -> bytes:
    """Return the reply that holds some messages."""
    if call == MICROGRID:
        (message,) = messages
        made = reply_class(call)(microgrid=message)
    else:
        field, _ = LISTS[call]
        made = reply_class(call)(**{**OWNERS.get(call, {}), field: messages, **others})
    return bytes(made.SerializeToString())


@asynccontextmanager
async def asking(call: str, answer: bytes | Status, **options: Any) -> AsyncIterator[Ask]:
    """Run a server with one answer, and yield the function that asks it."""
    async with (
        answering({call: answer}) as server,
        AssetsApiClient(server.url, **options) as client,
    ):
        yield ASK[call](client)


# One of a hundred ---------------------------------------------------------------------------------


def call_of(case: Case) -> str:
    """Return the call that lists what a case spoils."""
    listed = {type(VALID[good]()): call for call, (_, good) in LISTS.items()}
    return listed[type(VALID[case.kind]())]


def hundred(good: str, one: Any, place: int = 49) -> list[Any]:
    """Return 99 good messages of a kind, each with its own ids, and another one among them."""
    messages = []
    for number in range(1000, 1099):
        message = VALID[good]()
        for away, field in enumerate(IDS.get(good, ("id",))):
            setattr(message, field, number + 1000 * away)
        messages.append(message)
    messages.insert(place, one)
    return messages


def only_error(group: InvalidItemsGroup[Any]) -> Any:
    (error,) = group.exceptions
    return error


def others_of(items: Sequence[Any], place: int = 49) -> list[Any]:
    return [item for index, item in enumerate(items) if index != place]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind} {case.fault.rule.id}")
async def test_one_bad_item_of_a_hundred_takes_no_other_with_it(case: Case) -> None:
    call, bad = call_of(case), changed(case.kind, case.changes)
    messages = hundred(case.kind, bad)
    good = [decode(message)[0] for message in others_of(messages)]
    bad_item, _ = decode(bad)
    told: list[CallFindings] = []
    async with asking(call, reply_of(call, messages)) as ask:
        items = await ask(on_findings=told.append)

        if case.fault.rule is Rule.CONNECTION_TO_ITSELF:
            assert items == good
        else:
            assert others_of(items) == good
            assert repr(items[49]) == repr(bad_item)  # a NaN does not equal itself
        (found,) = told
        (finding,) = found.findings
        assert (finding.rule, finding.path, finding.sentence) == (
            case.fault.rule,
            case.fault.path,
            case.fault.sentence,
        )
        if case.fault.severity is Severity.MINOR:
            assert others_of(await ask(raise_on_errors=True)) == good
            return
        with pytest.raises(InvalidItemsGroup) as raised:
            await ask(raise_on_errors=True)
    assert list(raised.value.items) == good
    error = only_error(raised.value)
    assert error.findings == (finding,)


def test_each_list_has_faults_to_take_others_with_them() -> None:
    assert {call_of(case) for case in CASES} == LISTS.keys()


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
)
async def test_one_that_is_wrong_only_among_the_others_takes_none_with_it(
    call: str, changes: Mapping[str, Any], rule: Rule
) -> None:
    _, good = LISTS[call]
    messages = hundred(good, changed(good, changes))
    expected = [decode(message)[0] for message in messages]
    async with asking(call, reply_of(call, messages)) as ask:
        assert await ask() == expected
        with pytest.raises(InvalidItemsGroup) as raised:
            await ask(raise_on_errors=True)

    assert list(raised.value.items) == others_of(expected)
    error = only_error(raised.value)
    assert [finding.rule for finding in error.findings] == [rule]


@pytest.mark.parametrize("call", OWNERS)
async def test_a_list_for_another_is_read_and_said(call: str) -> None:
    _, good = LISTS[call]
    messages = hundred(good, VALID[good]())
    expected = [decode(message)[0] for message in messages]
    (field,) = OWNERS[call]
    told: list[CallFindings] = []
    async with asking(call, reply_of(call, messages, **{field: 77})) as ask:
        assert await ask(on_findings=told.append) == expected
        with pytest.raises(InvalidItemsGroup) as raised:
            await ask(raise_on_errors=True)

    (finding,) = told[0].findings
    assert (finding.entity, finding.rule, finding.path) == ("reply", Rule.REPLY_FOR_ANOTHER, field)
    error = only_error(raised.value)
    assert isinstance(error, InvalidReplyError)
    assert error.findings == (finding,)
    assert list(raised.value.items) == expected


@pytest.mark.parametrize("call", OWNERS)
async def test_a_list_that_does_not_say_whose_it_is_is_none_to_raise(call: str) -> None:
    _, good = LISTS[call]
    (field,) = OWNERS[call]
    told: list[CallFindings] = []
    async with asking(call, reply_of(call, [VALID[good]()], **{field: 0})) as ask:
        assert await ask(on_findings=told.append) == await ask(raise_on_errors=True)

    assert [finding.rule for finding in told[0].findings] == [Rule.REPLY_WITHOUT_ID]


# Any message --------------------------------------------------------------------------------------

OF_LISTS: Final = {
    Rule.ID_TAKEN,
    Rule.OTHER_OWNER,
    Rule.CONNECTION_TWICE,
    Rule.REPLY_FOR_ANOTHER,
    Rule.REPLY_WITHOUT_ID,
}
"""What is found only when a list or a reply is seen as a whole."""

any_example = settings(
    max_examples=25,
    # Each example starts a server: looking for a smaller one would take minutes.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


def is_major(findings: Sequence[Finding]) -> bool:
    return any(finding.severity is Severity.MAJOR for finding in findings)


async def strictly(ask: Ask) -> tuple[list[Any], bool]:
    """Return the good items, and whether there are others."""
    try:
        return await ask(raise_on_errors=True), False
    except InvalidItemsGroup as group:
        errors: Sequence[Any] = group.exceptions
        assert all(is_major(error.findings) for error in errors)
        return list(group.items), True


@each_list
@given(data=st.data())
@any_example
async def test_whatever_a_list_holds_every_item_arrives_in_order(
    call: str, data: st.DataObject
) -> None:
    reply = data.draw(any_message(reply_class(call)))
    field, _ = LISTS[call]
    alone = [decode(message) for message in getattr(reply, field)]
    told: list[CallFindings] = []
    async with asking(call, reply.SerializeToString()) as ask:
        plain = await ask()
        items = await ask(on_findings=told.append)
        strict, is_raised = await strictly(ask)

    # Compared as text: a NaN does not equal itself.
    assert repr(items) == repr([item for item, _ in alone if item is not None])
    assert repr(plain) == repr(items)
    findings = [finding for found in told for finding in found.findings]
    assert len(told) == bool(findings)
    said = Counter((it.rule, it.path, it.sentence) for it in findings)
    of_items = Counter((it.rule, it.path, it.sentence) for _, faults in alone for it in faults)
    assert of_items <= said
    assert {rule for rule, _, _ in said - of_items} <= OF_LISTS
    wrong = [item for found in told for item in found.items if is_major(item.findings)]
    assert is_raised == bool(wrong)
    bad = {id(item.item) for item in wrong}
    assert repr(strict) == repr([item for item in items if id(item) not in bad])


@given(reply=any_message(reply_class(MICROGRID)))
@any_example
async def test_whatever_a_microgrid_holds_it_arrives(reply: Any) -> None:
    told: list[CallFindings] = []
    async with asking(MICROGRID, reply.SerializeToString()) as ask:
        if not reply.HasField("microgrid"):
            with pytest.raises(ApiClientError, match="contains no microgrid"):
                await ask()
            return
        alone, faults = decode(reply.microgrid)
        plain = await ask()
        made = await ask(on_findings=told.append)
        findings = [finding for found in told for finding in found.findings]
        if is_major(findings):
            with pytest.raises(InvalidMicrogridError) as raised:
                await ask(raise_on_errors=True)
            strict = raised.value.microgrid
        else:
            strict = await ask(raise_on_errors=True)

    assert [repr(one) for one in (plain, made, strict)] == [repr(alone)] * 3
    said = Counter(it.rule for it in findings)
    assert said - Counter(it.rule for it in faults) == Counter(
        [Rule.REPLY_FOR_ANOTHER] if reply.microgrid.id not in {0, SITE} else []
    )


# What is no reply ---------------------------------------------------------------------------------


def good_reply(call: str) -> bytes:
    """Return a reply with a good item."""
    _, good = LISTS.get(call, ("microgrid", "microgrid"))
    return reply_of(call, [VALID[good]()])


TEXTS: Final[Mapping[str, bytes]] = {
    MICROGRID: b"Depot",
    "ListMicrogrids": b"Depot",
    COMPONENTS: b"Meter",
    "ListMicrogridSensors": b"Probe",
    "ListGridpools": b"North",
    "ListGridpoolEnergySchedules": b"10YDE-VE-------2",
    "ListMarketTopologyRelations": b"50012345678",
}
"""A text in a reply of each call; only connections have none."""


def with_bad_text(call: str) -> bytes:
    """Return a reply with a text that is no UTF-8."""
    names = {COMPONENTS: {"name": "Meter"}, "ListMicrogridSensors": {"name": "Probe"}}
    _, good = LISTS.get(call, ("microgrid", "microgrid"))
    data, text = reply_of(call, [changed(good, names.get(call, {}))]), TEXTS[call]
    assert text in data
    return data.replace(text, b"\xff" * len(text), 1)


PARTS: Final[Mapping[str, bytes]] = {
    MICROGRID: b"\x0a\x03\x2a\x01\xff",
    "ListMicrogrids": b"\x0a\x03\x2a\x01\xff",
    COMPONENTS: b"\x12\x03\x42\x01\xff",
    CONNECTIONS: b"\x12\x03\x1a\x01\xff",
}
"""Replies with garbage deep inside, in the location or the lifetime of an item."""

UNREADABLE: Final = [
    *((call, "garbage", GARBAGE) for call in ASK),
    *((call, "garbage in a part", data) for call, data in PARTS.items()),
    *((call, "cut off", good_reply(call)[:-1]) for call in ASK),
    *((call, "no UTF-8", with_bad_text(call)) for call in TEXTS),
]
each_unreadable = pytest.mark.parametrize(
    ("call", "data"),
    [pytest.param(call, data, id=f"{call}, {name}") for call, name, data in UNREADABLE],
)
each_unreadable_of_the_first = pytest.mark.parametrize(
    ("call", "data"),
    [
        pytest.param(call, data, id=f"{call}, {name}")
        for call, name, data in UNREADABLE
        if call in CALLS
    ],
)


async def unreadable(ask: Ask, call: str, data: bytes) -> None:
    """Check that a reply that cannot be decoded is said to be one, in all three ways."""
    told: list[CallFindings] = []
    for options in ({}, {"raise_on_errors": True}, {"on_findings": told.append}):
        with pytest.raises(ApiClientError) as raised:
            await ask(**options)
        error = raised.value
        assert not isinstance(error, GrpcError)
        assert error.operation == call
        assert not error.is_retryable
        assert str(error).count(f"{call}Response") == 2  # once in protobuf's own words
        assert f" {len(data)} bytes " in str(error)
    assert not told


@each_unreadable
async def test_a_reply_that_cannot_be_decoded_is_said_with_its_size(call: str, data: bytes) -> None:
    with pytest.raises(DecodeError):
        reply_class(call).FromString(data)
    async with asking(call, data) as ask:
        await unreadable(ask, call, data)


@each_unreadable_of_the_first
@pytest.mark.parametrize("api_version", ["v1", "auto"])
async def test_in_the_first_generation_it_is_said_alike(
    call: str, data: bytes, api_version: Any
) -> None:
    async with (
        answering({call: data}, service=FIRST_SERVICE) as server,
        AssetsApiClient(server.url, api_version=api_version) as client,
    ):
        await unreadable(ASK[call](client), call, data)


async def test_after_a_reply_that_cannot_be_decoded_the_client_goes_on() -> None:
    good = good_reply(MICROGRID)
    async with answering({MICROGRID: GARBAGE}) as server, AssetsApiClient(server.url) as client:
        with pytest.raises(ApiClientError):
            await client.get_microgrid(SITE)
        server.answers[MICROGRID] = good
        assert isinstance(await client.get_microgrid(SITE), Microgrid)


class _Watching(grpc.aio.UnaryUnaryClientInterceptor):
    """Looks at each reply."""

    def __init__(self) -> None:
        self.replies: list[Any] = []

    async def intercept_unary_unary(
        self, continuation: Callable[[Any, Any], Any], client_call_details: Any, request: Any
    ) -> Any:
        call = await continuation(client_call_details, request)
        self.replies.append(await call)
        return call


@pytest.mark.parametrize("call", [MICROGRID, COMPONENTS, CONNECTIONS])
async def test_whoever_looks_at_replies_sees_messages(call: str) -> None:
    watching = _Watching()
    data = good_reply(call)
    expected = reply_class(call).FromString(data)
    async with answering({call: data}) as server:
        async with AssetsApiClient(
            server.url, transport=Transport(interceptors=[watching])
        ) as client:
            watched = await ASK[call](client)()
            stub: Any = client.stub
            request = getattr(platformassets_pb2, f"{call}Request")(microgrid_id=SITE)
            assert await getattr(stub, call)(request) == expected
        async with AssetsApiClient(server.url) as client:
            assert await ASK[call](client)() == watched
    assert watching.replies == [expected, expected]


@each_list
async def test_a_reply_of_no_bytes_is_an_empty_list(call: str) -> None:
    async with asking(call, b"") as ask:
        assert await ask(raise_on_errors=True) == []


# A microgrid that is none -------------------------------------------------------------------------


async def test_a_reply_without_a_microgrid_is_an_error() -> None:
    async with asking(MICROGRID, b"") as ask:
        with pytest.raises(ApiClientError, match="microgrid 4 contains no microgrid") as raised:
            await ask()

    assert not isinstance(raised.value, GrpcError)
    assert raised.value.operation == MICROGRID
    assert not raised.value.is_retryable


@pytest.mark.parametrize(
    ("changes", "rule"), [(None, Rule.MICROGRID_EMPTY), ({"id": 5}, Rule.REPLY_FOR_ANOTHER)]
)
async def test_a_microgrid_that_is_not_what_was_asked_for_is_read_and_said(
    changes: Mapping[str, Any] | None, rule: Rule
) -> None:
    message = changed("microgrid", changes or {})
    if changes is None:
        message.Clear()
    expected, _ = decode(message)
    told: list[CallFindings] = []
    async with asking(MICROGRID, reply_of(MICROGRID, [message])) as ask:
        assert await ask(on_findings=told.append) == expected
        with pytest.raises(InvalidMicrogridError) as raised:
            await ask(raise_on_errors=True)

    (finding,) = told[0].findings
    assert (finding.rule, finding.path) == (rule, "id")
    assert raised.value.microgrid == expected
    assert raised.value.findings == (finding,)


# Try again? ---------------------------------------------------------------------------------------

PUSHBACK: Final = "grpc-retry-pushback-ms"
EXHAUSTED: Final = grpc.StatusCode.RESOURCE_EXHAUSTED
UNAVAILABLE: Final = grpc.StatusCode.UNAVAILABLE
NEVER: Final = [
    code for code in grpc.StatusCode if code not in {grpc.StatusCode.OK, UNAVAILABLE, EXHAUSTED}
]


@each_call
@pytest.mark.parametrize(
    ("status", "is_retryable"),
    [
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
    ],
    ids=lambda value: (
        " ".join([value.code.name, *sum(value.trailing, ())]) if isinstance(value, Status) else ""
    ),
)
async def test_an_error_says_whether_to_try_again(
    call: str, status: Status, is_retryable: bool
) -> None:
    async with asking(call, status, policy=CallPolicy(max_attempts=1)) as ask:
        with pytest.raises(GrpcError) as raised:
            await ask()

    assert raised.value.grpc_error.code() is status.code
    assert raised.value.is_retryable is is_retryable


@pytest.mark.parametrize("code", NEVER, ids=lambda code: code.name)
async def test_no_other_status_is_worth_a_try(code: grpc.StatusCode) -> None:
    async with asking(MICROGRID, Status(code, ((PUSHBACK, "250"),))) as ask:
        with pytest.raises(GrpcError) as raised:
            await ask()

    assert not raised.value.is_retryable
