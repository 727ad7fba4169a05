"""The RPCs for lists of microgrids, sensors and the market, against a real server.

The expected replies are computed here a second time, from the comments of the API alone.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import grpc
import grpc.aio
import pytest
from frequenz.api.common.v1alpha8.gridpool import gridpool_pb2
from frequenz.api.common.v1alpha8.microgrid.sensors import sensors_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.sensors import SensorId
from google.protobuf import message_factory
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase as Database,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frequenz.client.assets import (
    AssetsApiClient,
    DeliveryArea,
    EnergyMarketCodeType,
    GridpoolEnergyScheduleDirection,
    Interval,
    MarketParticipationType,
)
from frequenz.client.assets.exceptions import EntityNotFound
from frequenz.client.assets.inventory import Inventory, Site
from frequenz.server.assets import AssetsServer, ServerSettings
from frequenz.server.assets._stores.selection import MAX_FILTER_VALUES

from .conftest import MakeServer
from .fleets import BATTERY, LARGEST_ID, LATER_FIELD, component, fleet, site
from .raw import CALLS, COMPONENTS, FIRST_SERVICE, GARBAGE, SERVICE, ask, in_bytes
from .servers import raw_channel

KeyT = TypeVar("KeyT")
ResultT = TypeVar("ResultT")

# Typed as Any: the generated stubs have a type of their own for the numbers of each enum.
pb: Final[Any] = platformassets_pb2

MICROGRIDS: Final = "ListMicrogrids"
SENSORS: Final = "ListMicrogridSensors"
GRIDPOOLS: Final = "ListGridpools"
SCHEDULES: Final = "ListGridpoolEnergySchedules"
RELATIONS: Final = "ListMarketTopologyRelations"

NO_MICROGRID: Final = object()
"""Expected for a request about a microgrid that does not exist."""

# The expected replies -----------------------------------------------------------------------------

MINUTES: Final = {1: 5, 2: 15, 3: 30, 4: 60}


def nanoseconds(message: Any, field: str, otherwise: float) -> float:
    """A timestamp in ns since 1970, or `otherwise` if it is not set."""
    moment = getattr(message, field)
    return moment.seconds * 10**9 + moment.nanos if message.HasField(field) else otherwise


def bare(value: str) -> str:
    """A market location ID without whitespace and hyphens, in lower case."""
    return "".join(value.replace("-", " ").split()).lower()


def among(value: Any, wanted: Iterable[Any]) -> bool:
    """Whether one of the values of a field matches; an empty field matches everything."""
    return not [*wanted] or value in [*wanted]


def is_effective(schedule: Any, period: Any) -> bool:
    start = nanoseconds(schedule.validity_period, "start_time", -math.inf)
    end = nanoseconds(schedule.validity_period, "end_time", math.inf)
    end = min(end, nanoseconds(schedule, "cancel_time", math.inf))
    return start < nanoseconds(period, "end_time", math.inf) and (
        end > nanoseconds(period, "start_time", -math.inf)
    )


def with_entries(schedule: Any, interval: Any) -> Any:
    """A schedule with the entries whose delivery periods overlap an interval."""
    duration = MINUTES.get(schedule.delivery_duration, 0) * 60 * 10**9
    copied = pb.GridpoolEnergySchedule.FromString(schedule.SerializeToString())
    del copied.time_series[:]
    for entry in schedule.time_series:
        start = nanoseconds(entry, "start_time", 0)
        if start < nanoseconds(interval, "end_time", math.inf) and (
            start + duration > nanoseconds(interval, "start_time", -math.inf)
        ):
            copied.time_series.add().CopyFrom(entry)
    return copied


def microgrids(served: Inventory, request: Any) -> Any:
    wanted = request.filter
    members = [
        relation.microgrid_id
        for relation in served.market_topology
        if relation.HasField("microgrid_id")
        and relation.HasField("gridpool_id")
        and relation.gridpool_id in wanted.gridpool_ids
    ]
    return [
        one.microgrid
        for one in served.sites
        if one.microgrid.id
        and among(one.microgrid.id, wanted.microgrid_ids)
        and (not wanted.gridpool_ids or one.microgrid.id in members)
    ]


def sensors(served: Inventory, request: Any) -> Any:
    for one in served.sites:
        if one.microgrid.id == request.microgrid_id:
            return [it for it in one.sensors if among(it.id, request.filter.sensor_ids)]
    return NO_MICROGRID


def gridpools(served: Inventory, request: Any) -> Any:
    return [it for it in served.gridpools if it.id and among(it.id, request.filter.gridpool_ids)]


def schedules(served: Inventory, request: Any) -> Any:
    wanted = request.filter
    found = [
        it
        for it in served.energy_schedules
        if it.gridpool_id == request.gridpool_id
        and among(it.schedule_id, wanted.schedule_ids)
        and among(it.direction, wanted.directions)
        and is_effective(it, wanted.effective_validity_period)
    ]
    return [with_entries(it, wanted.time_series_interval) for it in found]


def relations(served: Inventory, request: Any) -> Any:
    wanted = request.filter
    areas = [(area.code, area.code_type) for area in wanted.delivery_areas]
    values = [bare(it.value) for it in wanted.market_location_id_values]

    def matches(it: Any) -> bool:
        location = it.market_location_ref.market_location_id
        return (
            among(it.gridpool_id if it.HasField("gridpool_id") else None, wanted.gridpool_ids)
            and among(
                it.microgrid_id if it.HasField("microgrid_id") else None, wanted.microgrid_ids
            )
            and among(bare(location.id.value) if location.HasField("id") else None, values)
            and among(
                (it.delivery_area.code, it.delivery_area.code_type)
                if it.HasField("delivery_area")
                else None,
                areas,
            )
            and (
                not wanted.participation_types
                or any(one.type in wanted.participation_types for one in it.participations)
            )
        )

    return [it for it in served.market_topology if matches(it)]


EVALUATE: Final[Mapping[str, Callable[[Inventory, Any], Any]]] = {
    MICROGRIDS: microgrids,
    SENSORS: sensors,
    GRIDPOOLS: gridpools,
    SCHEDULES: schedules,
    RELATIONS: relations,
}
ITEMS: Final = {
    MICROGRIDS: "microgrids",
    SENSORS: "sensors",
    GRIDPOOLS: "gridpools",
    SCHEDULES: "schedules",
    RELATIONS: "relations",
}
"""The name of the field with the items in each reply."""


def expected_reply(call: str, served: Inventory, request: Any) -> Any:
    """The complete reply that the contract requires."""
    owners = {field: getattr(request, field) for field in OWNERS.get(call, ())}
    if 0 in owners.values():
        return grpc.StatusCode.INVALID_ARGUMENT
    items = EVALUATE[call](served, request)
    if items is NO_MICROGRID:
        return grpc.StatusCode.NOT_FOUND
    return in_bytes(getattr(pb, f"{call}Response")(**owners, **{ITEMS[call]: items}))


async def actual_reply(channel: grpc.aio.Channel, call: str, request: Message) -> Any:
    """What the server answers: the reply in bytes, or a status."""
    try:
        return in_bytes(await ask(channel, call, request))
    except grpc.aio.AioRpcError as error:
        return error.code()


# Random fleets and requests -----------------------------------------------------------------------

IDS: Final = st.sampled_from([0, 1, 2, 3, 2**63, LARGEST_ID])
NUMBERS: Final = st.sampled_from([0, 1, 2, 9, -1])
"""Values of enums, known and unknown."""
CODES: Final = st.fixed_dictionaries(
    {}, optional={"code": st.sampled_from(["A", "a", "B", "", "Ä 😀"]), "code_type": NUMBERS}
)
VALUES: Final = st.fixed_dictionaries(
    {}, optional={"value": st.sampled_from(["DE 1", "de-1", "de1", "DE 2", "", " -", "Ö1", "ö 1"])}
)
HOUR: Final = 3600
# Only a few timestamps, 15 min and 1 ns apart, so that many of them are equal or adjacent.
TIMESTAMPS: Final = st.builds(
    lambda quarters, nanos: {"seconds": quarters * HOUR // 4, "nanos": nanos},
    st.integers(-2, 6),
    st.sampled_from([0, 0, 1, 999_999_999]),
)
INTERVALS: Final = st.fixed_dictionaries(
    {}, optional={"start_time": TIMESTAMPS, "end_time": TIMESTAMPS}
)


def at_most(size: int, items: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(items, max_size=size)


def some(items: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(items, min_size=1, max_size=3)


def messages(cls: Any, **optional: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Messages in which each field is set or not."""
    return st.fixed_dictionaries({}, optional=optional).map(lambda values: cls(**values))


FLEETS: Final = st.builds(
    Inventory,
    sites=st.lists(
        st.builds(
            lambda number, its: Site(site(number).microgrid, sensors=tuple(its)),
            IDS,
            at_most(6, messages(sensors_pb2.Sensor, id=IDS, microgrid_id=IDS, name=st.just("n"))),
        ),
        max_size=4,
        unique_by=lambda made: made.microgrid.id,
    ).map(tuple),
    gridpools=at_most(4, messages(gridpool_pb2.Gridpool, id=IDS, name=st.just("n"))).map(tuple),
    energy_schedules=at_most(
        8,
        messages(
            pb.GridpoolEnergySchedule,
            gridpool_id=st.sampled_from([1, LARGEST_ID, 0]),
            schedule_id=IDS,
            direction=NUMBERS,
            validity_period=INTERVALS,
            cancel_time=TIMESTAMPS,
            delivery_duration=st.sampled_from([0, 1, 2, 3, 4, 9]),
            time_series=at_most(
                6,
                st.fixed_dictionaries(
                    {"start_time": TIMESTAMPS, "active_power_w": st.floats(allow_nan=False)}
                ),
            ),
        ),
    ).map(tuple),
    market_topology=at_most(
        10,
        messages(
            pb.MarketTopologyRelation,
            gridpool_id=IDS,
            microgrid_id=IDS,
            delivery_area=CODES,
            market_location_ref=st.fixed_dictionaries(
                {},
                optional={
                    "market_location_id": st.fixed_dictionaries(
                        {}, optional={"id": VALUES, "type": NUMBERS}
                    )
                },
            ),
            participations=at_most(3, st.fixed_dictionaries({"type": NUMBERS})),
        ),
    ).map(tuple),
)

FILTERS: Final[Mapping[str, dict[str, st.SearchStrategy[Any]]]] = {
    MICROGRIDS: {"microgrid_ids": some(IDS), "gridpool_ids": some(IDS)},
    SENSORS: {"sensor_ids": some(IDS)},
    GRIDPOOLS: {"gridpool_ids": some(IDS)},
    SCHEDULES: {
        "schedule_ids": some(IDS),
        "directions": some(NUMBERS),
        "time_series_interval": INTERVALS,
        "effective_validity_period": INTERVALS,
    },
    RELATIONS: {
        "gridpool_ids": some(IDS),
        "microgrid_ids": some(IDS),
        "market_location_id_values": some(VALUES),
        "delivery_areas": some(CODES),
        "participation_types": some(NUMBERS),
    },
}
OWNERS: Final = {
    SENSORS: {"microgrid_id": IDS},
    SCHEDULES: {"gridpool_id": st.sampled_from([1, 1, 1, LARGEST_ID, 3, 0])},
}


def filter_combinations(call: str) -> Iterator[tuple[str, ...]]:
    """No field of the filter, each field, each pair, and all fields."""
    fields = tuple(FILTERS[call])
    for size in sorted({0, 1, 2, len(fields)}):
        yield from combinations(fields, size)


@st.composite
def requests(draw: st.DrawFn, call: str) -> list[Message]:
    """Requests with every combination of filters."""
    owner = {name: draw(number) for name, number in OWNERS.get(call, {}).items()}
    return [
        getattr(pb, f"{call}Request")(
            **owner, filter={name: draw(FILTERS[call][name]) for name in fields}
        )
        for fields in filter_combinations(call)
    ]


@pytest.mark.parametrize("storage", ["memory", "file"])
@given(
    served=FLEETS,
    requested=st.fixed_dictionaries({call: requests(call) for call in FILTERS}),
)
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
async def test_every_combination_of_filters_means_what_the_contract_says(
    storage: str, tmp_path: Path, served: Inventory, requested: dict[str, list[Message]]
) -> None:
    # In the file, each example replaces the fleet of the previous one.
    database = tmp_path / "fleet.db" if storage == "file" else None
    async with (
        AssetsServer(served, ServerSettings(database=database)) as server,
        raw_channel(server) as channel,
    ):
        for call, its_requests in requested.items():
            for request in its_requests:
                reply = await actual_reply(channel, call, request)
                assert reply == expected_reply(call, served, request), (call, request)


MANDATORY: Final = ("microgrid_id", "gridpool_id")


async def test_a_request_without_its_mandatory_id_is_an_invalid_argument(
    channel: grpc.aio.Channel,
) -> None:
    requests = [
        (method.name, field)
        for method in pb.DESCRIPTOR.services_by_name["PlatformAssetsService"].methods
        for field in MANDATORY
        if field in method.input_type.fields_by_name
    ]
    for call, field in requests:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await ask(channel, call, b"")

        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT, call
        assert refused.value.details() == f"{field} is missing.", call
    assert len(requests) == 5


async def test_no_microgrid_or_gridpool_0_is_listed(make_server: MakeServer) -> None:
    served = Inventory(
        sites=(site(0), site(1)),
        gridpools=(gridpool_pb2.Gridpool(name="nameless"), gridpool_pb2.Gridpool(id=7)),
    )
    requests: dict[str, Message] = {
        "microgrids": pb.ListMicrogridsRequest(),
        "microgrid 0": pb.ListMicrogridsRequest(filter={"microgrid_ids": [0]}),
        "gridpools": pb.ListGridpoolsRequest(),
        "gridpool 0": pb.ListGridpoolsRequest(filter={"gridpool_ids": [0]}),
    }

    found = await list_each(make_server, served, requests)

    assert found == {
        "microgrids": [served.sites[1].microgrid],
        "microgrid 0": [],
        "gridpools": [served.gridpools[1]],
        "gridpool 0": [],
    }


def test_every_filter_of_the_contract_is_tested() -> None:
    for call, fields in FILTERS.items():
        request = getattr(pb, f"{call}Request").DESCRIPTOR
        assert list(request.fields_by_name["filter"].message_type.fields_by_name) == list(fields)


# Time series --------------------------------------------------------------------------------------

EIGHT: Final = 8 * HOUR * 10**9
QUARTER: Final = 15 * 60 * 10**9


def at(moment: int) -> dict[str, int]:
    """A timestamp, from ns since 1970."""
    return {"seconds": moment // 10**9, "nanos": moment % 10**9}


def interval(start: int | None, end: int | None, unit: int = 1) -> dict[str, Any]:
    """A period, its ends in units of some ns."""
    ends = {"start_time": start, "end_time": end}
    return {name: at(moment * unit) for name, moment in ends.items() if moment is not None}


def entries(*starts: int) -> list[dict[str, Any]]:
    return [{"start_time": at(start), "active_power_w": 1.5} for start in starts]


async def list_each(
    make_server: MakeServer, served: Inventory, requests: Mapping[KeyT, Message]
) -> dict[KeyT, list[Any]]:
    """The items that a server over a fleet lists for each request."""
    found = {}
    async with make_server(served) as server, raw_channel(server) as channel:
        for key, request in requests.items():
            call = request.DESCRIPTOR.name.removesuffix("Request")
            found[key] = list(getattr(await ask(channel, call, request), ITEMS[call]))
    return found


# Start and end of the interval, delivery duration of the entry at 8:00, whether it is returned.
OVERLAPS: Final = {
    "open on both sides": (None, None, 2, True),
    "the entry begins where the interval ends": (None, EIGHT, 2, False),
    "a nanosecond of the entry at the end of the interval": (None, EIGHT + 1, 2, True),
    "the entry ends where the interval begins": (EIGHT + QUARTER, None, 2, False),
    "a nanosecond of the entry at the start of the interval": (EIGHT + QUARTER - 1, None, 2, True),
    "the interval is the entry": (EIGHT, EIGHT + QUARTER, 2, True),
    "the interval is within the entry": (EIGHT + 1, EIGHT + QUARTER - 1, 2, True),
    "the entry is within the interval": (EIGHT - 1, EIGHT + QUARTER + 1, 2, True),
    "before the entry": (0, EIGHT - 1, 2, False),
    "after the entry": (EIGHT + QUARTER + 1, 2 * EIGHT, 2, False),
    "an empty interval within the entry": (EIGHT + 1, EIGHT + 1, 2, True),
    "an empty interval where the entry begins": (EIGHT, EIGHT, 2, False),
    "no duration: the interval begins at the entry": (EIGHT, None, 0, False),
    "no duration: the interval begins before the entry": (EIGHT - 1, None, 0, True),
    "no duration: the interval ends at the entry": (None, EIGHT, 0, False),
    "no duration: the interval ends after the entry": (None, EIGHT + 1, 0, True),
    "no duration: open on both sides": (None, None, 0, True),
    **{
        f"{minutes} minutes{' and a nanosecond' * (not kept)}": (
            EIGHT + minutes * 60 * 10**9 - kept,
            None,
            number,
            kept,
        )
        for number, minutes in MINUTES.items()
        for kept in (True, False)
    },
}


async def test_an_entry_is_returned_if_its_delivery_period_overlaps(
    make_server: MakeServer,
) -> None:
    # Each case at 8:00, a nanosecond later, and one earlier, with a gridpool of its own.
    cases = [(name, shift) for name in OVERLAPS for shift in (0, 1, -1)]
    schedules, requests, expected = [], {}, {}
    for gridpool, (name, shift) in enumerate(cases, start=1):
        start, end, duration, is_kept = OVERLAPS[name]
        schedule = pb.GridpoolEnergySchedule(
            gridpool_id=gridpool,
            delivery_duration=duration,
            time_series=entries(EIGHT + shift),
        )
        period = interval(
            None if start is None else start + shift, None if end is None else end + shift
        )
        schedules.append(schedule)
        requests[name, shift] = pb.ListGridpoolEnergySchedulesRequest(
            gridpool_id=gridpool, filter={"time_series_interval": period}
        )
        expected[name, shift] = [list(schedule.time_series) if is_kept else []]

    found = await list_each(make_server, Inventory(energy_schedules=tuple(schedules)), requests)

    assert {case: [list(it.time_series) for it in found[case]] for case in cases} == expected


async def test_a_time_series_interval_only_clips_the_time_series(make_server: MakeServer) -> None:
    whole = pb.GridpoolEnergySchedule(
        gridpool_id=1,
        schedule_id=5,
        name="Base",
        counterparty_balancing_group={"code": "X", "code_type": 2},
        frequenz_delivery_area={"code": "Y", "code_type": 2},
        direction=1,
        validity_period=interval(1, 2),
        cancel_time=at(3),
        delivery_duration=2,
        time_series=entries(EIGHT + QUARTER, EIGHT, EIGHT + 2 * QUARTER, EIGHT),
    )
    whole.MergeFromString(LATER_FIELD)
    empty = pb.GridpoolEnergySchedule(gridpool_id=1, schedule_id=6)
    served = Inventory(energy_schedules=(whole, empty))
    wanted = {"time_series_interval": interval(EIGHT, EIGHT + 2 * QUARTER)}
    request = pb.ListGridpoolEnergySchedulesRequest(gridpool_id=1, filter=wanted)

    found = (await list_each(make_server, served, {"": request}))[""]

    expected = pb.GridpoolEnergySchedule.FromString(whole.SerializeToString())
    del expected.time_series[2]
    assert [in_bytes(it) for it in found] == [in_bytes(expected), in_bytes(empty)]


# Effective validity -------------------------------------------------------------------------------

# Validity period, time of cancellation, requested period, and whether they overlap.
EFFECTIVE: Final = {
    "from its end on": ((10, 20), None, (20, None), False),
    "from a nanosecond before its end on": ((10, 20), None, (19, None), True),
    "until its start": ((10, 20), None, (None, 10), False),
    "until a nanosecond after its start": ((10, 20), None, (None, 11), True),
    "an empty period within": ((10, 20), None, (15, 15), True),
    "no period": ((10, 20), None, (None, None), True),
    "from its cancellation on": ((10, 20), 15, (15, None), False),
    "from before its cancellation on": ((10, 20), 15, (14, None), True),
    "cancelled at its end": ((10, 20), 20, (19, None), True),
    "a cancellation after its end does not prolong it": ((10, 20), 25, (20, None), False),
    "cancelled at its start": ((10, 20), 10, (10, None), False),
    "cancelled before its start, from then on": ((10, 20), 5, (5, None), False),
    "cancelled before its start, from before then on": ((10, 20), 5, (4, 11), True),
    "without an end": ((10, None), None, (99, None), True),
    "without an end, cancelled": ((10, None), 15, (15, None), False),
    "without a start": ((None, 20), None, (None, 1), True),
    "without a start, from its end on": ((None, 20), None, (20, None), False),
    "without validity": (None, None, (10, 20), True),
    "without validity, cancelled": (None, 15, (15, 20), False),
    "without validity, before it is cancelled": (None, 15, (14, 20), True),
}


async def test_a_schedule_is_returned_if_its_effective_validity_overlaps(
    make_server: MakeServer,
) -> None:
    # Each case in nanoseconds and in seconds, with a gridpool of its own.
    cases = [(name, unit) for name in EFFECTIVE for unit in (1, 10**9)]
    schedules, requests, expected = [], {}, {}
    for gridpool, (name, unit) in enumerate(cases, start=1):
        validity, cancelled, period, overlaps = EFFECTIVE[name]
        schedule = pb.GridpoolEnergySchedule(
            gridpool_id=gridpool,
            validity_period=None if validity is None else interval(*validity, unit),
            cancel_time=None if cancelled is None else at(cancelled * unit),
            time_series=entries(EIGHT),
        )
        schedules.append(schedule)
        requests[name, unit] = pb.ListGridpoolEnergySchedulesRequest(
            gridpool_id=gridpool, filter={"effective_validity_period": interval(*period, unit)}
        )
        expected[name, unit] = [schedule] * overlaps

    found = await list_each(make_server, Inventory(energy_schedules=tuple(schedules)), requests)

    assert found == expected


# Delivery areas, market locations, IDs ------------------------------------------------------------


def gridpool_ids(found: Mapping[KeyT, list[Any]]) -> dict[KeyT, list[int]]:
    """The gridpools of the relations that were found."""
    return {key: [it.gridpool_id for it in relations] for key, relations in found.items()}


async def test_delivery_areas_match_by_code_and_type(make_server: MakeServer) -> None:
    areas = [("A", 1), ("A", 2), ("a", 1), ("", 1), ("A", 0), ("", 0), (None, None)]
    served = Inventory(
        market_topology=tuple(
            pb.MarketTopologyRelation(
                gridpool_id=number,
                delivery_area=None if code is None else {"code": code, "code_type": code_type},
            )
            for number, (code, code_type) in enumerate(areas)
        )
    )
    expected: dict[tuple[tuple[str, int], ...], list[int]] = {
        (("A", 1),): [0],
        (("A", 2),): [1],
        (("a", 1), ("A", 2)): [1, 2],
        (("A", 0),): [4],
        (("", 1),): [3],
        (("", 0),): [5],
        (("A", 7),): [],
        (("B", 1),): [],
        (("A ", 1),): [],
        (): [0, 1, 2, 3, 4, 5, 6],
    }
    requests = {
        wanted: pb.ListMarketTopologyRelationsRequest(
            filter={"delivery_areas": [{"code": code, "code_type": kind} for code, kind in wanted]}
        )
        for wanted in expected
    }

    assert gridpool_ids(await list_each(make_server, served, requests)) == expected


FORMATTING: Final = [
    *map(chr, [*range(0x9, 0xE), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B)]),
    *"\u2028\u2029\u202f\u205f\u3000",
    *"-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d",
    *"\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\u2064\u2066\u2069\ufeff",
]
"""Whitespace, as Unicode lists it; hyphens, dashes and minus signs; invisible characters."""


async def test_market_locations_match_whatever_their_formatting(make_server: MakeServer) -> None:
    locations = ["18 1066 1234 567 8901 234", "NEM12-03456-A", "straße ä", "", None]
    served = Inventory(
        market_topology=tuple(
            pb.MarketTopologyRelation(
                gridpool_id=number,
                market_location_ref={
                    "market_location_id": {} if value is None else {"id": {"value": value}}
                },
            )
            for number, value in enumerate(locations)
        )
    )
    expected: dict[tuple[str, ...], list[int]] = {
        ("18 1066 1234 567 8901 234",): [0],
        ("181066-12345678901234",): [0],
        ("\t18\n10661234567\u00a08901234 ",): [0],
        ("nem1203456a",): [1],
        **{(f"NEM12{it}03456{it}A",): [1] for it in FORMATTING},
        **{(f"NEM12{it}03456{it}A",): [] for it in "_./+~\u00b7\u2016"},
        ("N-E-M 12 03456 A",): [1],
        ("NEM12-03456-A", "1", "181066 12345678901234"): [0, 1],
        ("STRASSEÄ",): [2],
        ("NEM12-03456",): [],
        ("NEM12_03456_A",): [],
        ("NEM12-03456-AA",): [],
        ("%",): [],
        ("",): [3],
        (" - ",): [3],
        (): [0, 1, 2, 3, 4],
    }
    requests = {
        wanted: pb.ListMarketTopologyRelationsRequest(
            filter={"market_location_id_values": [{"value": value} for value in wanted]}
        )
        for wanted in expected
    }

    assert gridpool_ids(await list_each(make_server, served, requests)) == expected


async def test_a_nul_is_a_character_like_any_other(make_server: MakeServer) -> None:
    served = Inventory(
        market_topology=tuple(
            pb.MarketTopologyRelation(
                gridpool_id=number,
                delivery_area={"code": text},
                market_location_ref={"market_location_id": {"id": {"value": text}}},
            )
            for number, text in ((1, "A"), (2, "A\0B"), (3, "A\\0B"))
        )
    )
    texts = {"A\0B": [2], "A\0C": [], "A\\0B": [3], "A\\\\0B": []}
    fields = (("delivery_areas", "code"), ("market_location_id_values", "value"))
    requests = {
        (field, text): pb.ListMarketTopologyRelationsRequest(filter={field: [{name: text}]})
        for field, name in fields
        for text in texts
    }

    found = gridpool_ids(await list_each(make_server, served, requests))

    assert found == {(field, text): texts[text] for field, text in requests}


async def test_an_id_that_is_not_set_is_not_0(make_server: MakeServer) -> None:
    relations = (
        pb.MarketTopologyRelation(microgrid_id=1),
        pb.MarketTopologyRelation(gridpool_id=0, microgrid_id=1),
        pb.MarketTopologyRelation(gridpool_id=1, microgrid_id=0),
        pb.MarketTopologyRelation(gridpool_id=0),
    )
    sites = (site(0), site(1))
    requests = {
        "relations of gridpool 0": pb.ListMarketTopologyRelationsRequest(
            filter={"gridpool_ids": [0]}
        ),
        "relations of microgrid 0": pb.ListMarketTopologyRelationsRequest(
            filter={"microgrid_ids": [0]}
        ),
        "microgrids of gridpool 0": pb.ListMicrogridsRequest(filter={"gridpool_ids": [0]}),
        "microgrids of gridpool 1": pb.ListMicrogridsRequest(filter={"gridpool_ids": [1]}),
    }

    found = await list_each(make_server, Inventory(sites, market_topology=relations), requests)

    assert found == {
        "relations of gridpool 0": [relations[1], relations[3]],
        "relations of microgrid 0": [relations[2]],
        "microgrids of gridpool 0": [sites[1].microgrid],
        "microgrids of gridpool 1": [],
    }


# A fleet, and the client --------------------------------------------------------------------------


def relation(gridpool: int | None, microgrid: int | None, **fields: Any) -> Any:
    return pb.MarketTopologyRelation(gridpool_id=gridpool, microgrid_id=microgrid, **fields)


def schedule(number: int, direction: int = 1, **fields: Any) -> Any:
    return pb.GridpoolEnergySchedule(
        gridpool_id=7, schedule_id=number, direction=direction, **fields
    )


def later(message: Any) -> Any:
    """The message with a field of a later contract."""
    return type(message).FromString(message.SerializeToString() + LATER_FIELD)


EIC: Final = {"code": "10YDE-VE-------2", "code_type": 1}
FLEET: Final = Inventory(
    sites=(
        Site(
            site(1).microgrid,
            sensors=(
                sensors_pb2.Sensor(id=30, name="listed first"),
                sensors_pb2.Sensor(id=10, microgrid_id=99),
                later(sensors_pb2.Sensor(id=10, name="twice")),
            ),
        ),
        Site(later(site(LARGEST_ID).microgrid)),
        site(2),
        site(4, [component(10), component(10, BATTERY, name="the one"), component(30, BATTERY)]),
    ),
    gridpools=(
        gridpool_pb2.Gridpool(id=9, name="listed first"),
        gridpool_pb2.Gridpool(id=7),
        later(gridpool_pb2.Gridpool(id=LARGEST_ID)),
        gridpool_pb2.Gridpool(id=7, name="twice"),
    ),
    energy_schedules=(
        later(schedule(6, 2)),
        pb.GridpoolEnergySchedule(gridpool_id=9, schedule_id=6),
        schedule(5, 1, cancel_time=at(EIGHT), delivery_duration=2, time_series=entries(EIGHT)),
        schedule(LARGEST_ID, -1),
    ),
    market_topology=(
        relation(7, LARGEST_ID, delivery_area=EIC, participations=[{"type": 2}]),
        relation(7, 404),
        relation(7, None),
        relation(9, 1, participations=[{"type": 1}, {"type": 2}]),
        later(
            relation(None, 2, market_location_ref={"market_location_id": {"id": {"value": "DE-1"}}})
        ),
    ),
)

UNFILTERED: Final[Mapping[str, Message]] = {
    MICROGRIDS: pb.ListMicrogridsRequest(),
    SENSORS: pb.ListMicrogridSensorsRequest(microgrid_id=1),
    GRIDPOOLS: pb.ListGridpoolsRequest(),
    SCHEDULES: pb.ListGridpoolEnergySchedulesRequest(gridpool_id=7),
    RELATIONS: pb.ListMarketTopologyRelationsRequest(),
}


@pytest.fixture
async def server(make_server: MakeServer) -> AsyncIterator[AssetsServer]:
    """A running server over the fleet of these tests."""
    async with make_server(FLEET) as running:
        yield running


async def test_a_reply_contains_exactly_the_stored_messages_in_their_order(
    channel: grpc.aio.Channel,
) -> None:
    for call, request in UNFILTERED.items():
        reply = await actual_reply(channel, call, request)

        assert reply == expected_reply(call, FLEET, request), call
        assert LATER_FIELD in reply, call


async def test_an_empty_filter_is_no_filter(channel: grpc.aio.Channel) -> None:
    for call, unfiltered in UNFILTERED.items():
        request: Any = type(unfiltered)()
        request.CopyFrom(unfiltered)
        request.filter.SetInParent()

        assert request != unfiltered
        assert await actual_reply(channel, call, request) == (
            await actual_reply(channel, call, unfiltered)
        ), call


async def test_an_empty_server_answers_with_empty_lists(make_server: MakeServer) -> None:
    async with make_server(fleet()) as server, raw_channel(server) as channel:
        for call, request in UNFILTERED.items():
            reply = await actual_reply(channel, call, request)

            assert reply == expected_reply(call, fleet(), request), call


async def test_an_unknown_gridpool_has_no_schedules(channel: grpc.aio.Channel) -> None:
    for number in (8, LARGEST_ID - 1):
        request = pb.ListGridpoolEnergySchedulesRequest(gridpool_id=number)

        reply = await ask(channel, SCHEDULES, request)

        assert reply == pb.ListGridpoolEnergySchedulesResponse(gridpool_id=number)


async def test_an_unknown_microgrid_is_not_found(
    channel: grpc.aio.Channel, client: AssetsApiClient
) -> None:
    for number in (3, 404, LARGEST_ID - 1):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await ask(channel, SENSORS, pb.ListMicrogridSensorsRequest(microgrid_id=number))
        with pytest.raises(EntityNotFound, match=rf"There is no microgrid {number}\."):
            await client.list_microgrid_sensors(MicrogridId(number))

        assert refused.value.code() is grpc.StatusCode.NOT_FOUND
        assert refused.value.details() == f"There is no microgrid {number}."


async def test_a_garbage_request_is_an_invalid_argument(channel: grpc.aio.Channel) -> None:
    for call in FILTERS:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await ask(channel, call, GARBAGE)

        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT, call
        assert refused.value.details() == f"Invalid {call}Request: cannot parse its 1 bytes."


async def test_a_gridpool_filter_may_name_as_many_ids_as_is_allowed(
    channel: grpc.aio.Channel,
) -> None:
    request = pb.ListMicrogridsRequest(filter={"gridpool_ids": range(8, 8 + MAX_FILTER_VALUES)})

    reply = await ask(channel, MICROGRIDS, request)

    assert [it.id for it in reply.microgrids] == [1]


async def test_messages_of_every_length_are_framed(make_server: MakeServer) -> None:
    # Around these lengths, the number of bytes that encode the length changes.
    lengths = (1, 126, 127, 128, 16384)
    served = Inventory(
        gridpools=tuple(
            gridpool_pb2.Gridpool(id=length, name=name)
            for length in lengths
            for name in ("n" * length, "")
        ),
        energy_schedules=tuple(
            pb.GridpoolEnergySchedule(gridpool_id=length, name=name)
            for length in lengths
            for name in ("n" * length, "")
        ),
    )
    requests: dict[tuple[str, int], Message] = {
        (GRIDPOOLS, length): pb.ListGridpoolsRequest(filter={"gridpool_ids": [length]})
        for length in lengths
    } | {
        (SCHEDULES, length): pb.ListGridpoolEnergySchedulesRequest(gridpool_id=length)
        for length in lengths
    }

    found = await list_each(make_server, served, requests)

    assert found == {
        (call, length): EVALUATE[call](served, request)
        for (call, length), request in requests.items()
    }
    assert {len(items) for items in found.values()} == {2}


NOON: Final = datetime(1970, 1, 1, 12, tzinfo=UTC)


async def test_the_client_filters_microgrids(client: AssetsApiClient) -> None:
    async def ids(*filters: Any) -> list[int]:
        return [int(it.id) for it in await client.list_microgrids(*filters)]

    assert await ids() == [1, LARGEST_ID, 2, 4]
    assert await ids([MicrogridId(2), MicrogridId(1)]) == [1, 2]
    assert await ids((), [7]) == [LARGEST_ID]
    assert await ids((), [7, 9]) == [1, LARGEST_ID]
    assert await ids([MicrogridId(1)], [7]) == []


async def test_the_client_filters_sensors_and_gridpools(client: AssetsApiClient) -> None:
    sensors = await client.list_microgrid_sensors(MicrogridId(1), map(SensorId, (10, 11)))
    gridpools = await client.list_gridpools(iter([LARGEST_ID, 7]))

    assert [it.name for it in sensors] == [None, "twice"]
    assert [int(it.microgrid_id) for it in sensors] == [99, 0]
    assert [it.name for it in gridpools] == [None, None, "twice"]
    assert await client.list_microgrid_sensors(MicrogridId(2)) == []


async def test_the_client_filters_schedules(client: AssetsApiClient) -> None:
    async def ids(*filters: Any, **periods: Any) -> list[int]:
        found = await client.list_gridpool_energy_schedules(7, *filters, **periods)
        return [it.schedule_id for it in found]

    until_noon = Interval(end=NOON)
    after_nine = Interval(start=NOON - timedelta(hours=3))
    assert await ids() == [6, 5, LARGEST_ID]
    assert await ids([LARGEST_ID, 5]) == [5, LARGEST_ID]
    assert await ids((), [GridpoolEnergyScheduleDirection.EXPORT]) == [6]
    assert await ids([5], [GridpoolEnergyScheduleDirection.EXPORT]) == []
    assert await ids(effective_validity_period=until_noon) == [6, 5, LARGEST_ID]
    assert await ids(effective_validity_period=after_nine) == [6, LARGEST_ID]
    for period, kept in ((until_noon, 1), (after_nine, 0)):
        (it,) = await client.list_gridpool_energy_schedules(7, [5], time_series_interval=period)
        assert len(it.time_series) == kept


async def test_the_client_filters_relations(client: AssetsApiClient) -> None:
    async def found(**filters: Any) -> list[tuple[int | None, int | None]]:
        relations = await client.list_market_topology_relations(**filters)
        return [
            (it.gridpool_id, None if it.microgrid_id is None else int(it.microgrid_id))
            for it in relations
        ]

    area = DeliveryArea(code="10YDE-VE-------2", code_type=EnergyMarketCodeType.EUROPE_EIC)
    assert await found() == [(7, LARGEST_ID), (7, 404), (7, None), (9, 1), (None, 2)]
    assert await found(gridpool_ids=[9, 8]) == [(9, 1)]
    assert await found(microgrid_ids=[MicrogridId(1), MicrogridId(2)]) == [(9, 1), (None, 2)]
    assert await found(market_location_id_values=["de 1"]) == [(None, 2)]
    assert await found(delivery_areas=[area]) == [(7, LARGEST_ID)]
    flexible = {"participation_types": [MarketParticipationType.FLEX_MARKETS]}
    assert await found(**flexible) == [(7, LARGEST_ID), (9, 1)]
    assert await found(**flexible, gridpool_ids=[9]) == [(9, 1)]
    assert await found(**flexible, gridpool_ids=[9], microgrid_ids=[MicrogridId(2)]) == []


# Reflection and health ----------------------------------------------------------------------------

HEALTH: Final = "grpc.health.v1.Health"
REFLECTION: Final = "grpc.reflection.v1alpha.ServerReflection"


async def reflect(server: AssetsServer, query: Callable[[Database], ResultT]) -> ResultT:
    """The result of a query of the reflection service, whose client is not asynchronous."""

    def run() -> ResultT:
        with grpc.insecure_channel(urlsplit(server.url).netloc) as channel:
            return query(Database(channel))

    return await asyncio.to_thread(run)


async def test_reflection_lists_all_services(server: AssetsServer) -> None:
    services = await reflect(server, lambda database: [*database.get_services()])

    assert sorted(services) == sorted([SERVICE, FIRST_SERVICE, HEALTH, REFLECTION])


async def test_reflection_describes_the_calls_of_every_service(server: AssetsServer) -> None:
    def calls(database: Database) -> dict[str, list[str]]:
        pool = DescriptorPool(database)
        services = map(pool.FindServiceByName, database.get_services())
        return {it.full_name: sorted(it.methods_by_name) for it in services}

    described = await reflect(server, calls)

    assert described == {
        SERVICE: sorted([*CALLS, *FILTERS]),
        FIRST_SERVICE: sorted(CALLS),
        HEALTH: ["Check", "List", "Watch"],
        REFLECTION: ["ServerReflectionInfo"],
    }


async def test_reflection_describes_the_current_generation_as_it_is(server: AssetsServer) -> None:
    def file(database: Database) -> bytes:
        return DescriptorPool(database).FindServiceByName(SERVICE).file.serialized_pb

    assert await reflect(server, file) == platformassets_pb2.DESCRIPTOR.serialized_pb


async def test_messages_described_by_reflection_can_be_sent_and_received(
    server: AssetsServer, channel: grpc.aio.Channel
) -> None:
    wanted = {"component_ids": [10, 20], "categories": [BATTERY]}
    for service, filters in ((SERVICE, {"filter": wanted}), (FIRST_SERVICE, wanted)):

        def message_classes(database: Database, service: str = service) -> list[Any]:
            method = DescriptorPool(database).FindServiceByName(service).methods_by_name[COMPONENTS]
            return [
                message_factory.GetMessageClass(descriptor)
                for descriptor in (method.input_type, method.output_type)
            ]

        request, reply = await reflect(server, message_classes)
        method = channel.unary_unary(
            f"/{service}/{COMPONENTS}",
            request_serializer=request.SerializeToString,
            response_deserializer=reply.FromString,
        )
        received = await method(request(microgrid_id=4, **filters))

        assert [(it.id, it.name) for it in received.components] == [(10, "the one")], service


def health(channel: grpc.aio.Channel) -> Any:
    """The stub of the health service, whose types are those of blocking calls."""
    stub: Any = health_pb2_grpc.HealthStub
    return stub(channel)


SERVICES: Final = ("", SERVICE, FIRST_SERVICE)
"""The services whose health is known; the empty name stands for the whole server."""


async def test_a_running_server_reports_that_each_service_is_serving(
    channel: grpc.aio.Channel,
) -> None:
    for service in SERVICES:
        reply = await health(channel).Check(health_pb2.HealthCheckRequest(service=service))

        assert reply == health_pb2.HealthCheckResponse(status="SERVING"), service


async def test_the_health_of_another_service_is_not_found(channel: grpc.aio.Channel) -> None:
    for service in ("nonsense", HEALTH, f"/{SERVICE}", SERVICE.upper()):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await health(channel).Check(health_pb2.HealthCheckRequest(service=service))

        assert refused.value.code() is grpc.StatusCode.NOT_FOUND, service


async def test_a_server_that_stops_reports_it_to_watchers_of_its_health(
    make_server: MakeServer,
) -> None:
    async with make_server(FLEET, grace_seconds=0.1) as server, raw_channel(server) as channel:
        watches = [
            health(channel).Watch(health_pb2.HealthCheckRequest(service=service))
            for service in SERVICES
        ]
        for watch in watches:
            assert await watch.read() == health_pb2.HealthCheckResponse(status="SERVING")

        stop = asyncio.create_task(server.stop())
        for watch in watches:
            assert await watch.read() == health_pb2.HealthCheckResponse(status="NOT_SERVING")
        await stop

        for service in SERVICES:
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await health(channel).Check(health_pb2.HealthCheckRequest(service=service))
            assert refused.value.code() is grpc.StatusCode.UNAVAILABLE, service


async def test_watchers_of_the_health_do_not_delay_the_end_of_a_server() -> None:
    settings = ServerSettings(grace_seconds=50)
    async with AssetsServer(FLEET, settings) as server, raw_channel(server) as channel:
        watch = health(channel).Watch(health_pb2.HealthCheckRequest())
        await watch.read()
        async with asyncio.timeout(30):
            await server.stop()
