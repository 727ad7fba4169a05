"""What each call must return of an inventory: the API's filters in plain Python."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from google.protobuf.message import Message

from frequenz.client.assets.inventory import Inventory, Site

from ._fleet import FAULTY

Arguments = Mapping[str, Any]
"""The arguments of a call by name, as JSON: IDs are integers, times ISO 8601."""

_LATEST: Final = datetime.max.replace(tzinfo=UTC)
_EARLIEST: Final = datetime.min.replace(tzinfo=UTC)
_MINUTES: Final = {1: 5, 2: 15, 3: 30, 4: 60}
"""The length of each delivery duration."""


def _among(number: object, wanted: Sequence[object]) -> bool:
    return not wanted or number in wanted


def _site(fleet: Inventory, given: Arguments) -> Site:
    """Return the requested site.

    Raises:
        LookupError: If there is no such site.
    """
    for site in fleet.sites:
        if site.microgrid.id == given["microgrid_id"]:
            return site
    raise LookupError


def _microgrid(fleet: Inventory, given: Arguments) -> Iterator[Message]:
    yield _site(fleet, given).microgrid


def _microgrids(fleet: Inventory, given: Arguments) -> Iterator[Message]:
    gridpools = given.get("gridpool_ids", ())
    related = {
        relation.microgrid_id
        for relation in fleet.market_topology
        if relation.HasField("microgrid_id")
        and relation.HasField("gridpool_id")
        and relation.gridpool_id in gridpools
    }
    for site in fleet.sites:
        number = site.microgrid.id
        if _among(number, given.get("microgrid_ids", ())) and (not gridpools or number in related):
            yield site.microgrid


def _components(fleet: Inventory, given: Arguments) -> Iterator[Message]:
    for component in _site(fleet, given).components:
        if _among(component.id, given.get("component_ids", ())) and _among(
            component.category, given.get("categories", ())
        ):
            yield component


def _connections(fleet: Inventory, given: Arguments) -> Iterator[Message]:
    for connection in _site(fleet, given).connections:
        source = connection.source_electrical_component_id
        destination = connection.destination_electrical_component_id
        if given["microgrid_id"] == FAULTY and source == destination:
            continue  # all clients leave out connections of a component to itself
        if _among(source, given.get("source_component_ids", ())) and _among(
            destination, given.get("destination_component_ids", ())
        ):
            yield connection


def _sensors(fleet: Inventory, given: Arguments) -> Iterator[Message]:
    for sensor in _site(fleet, given).sensors:
        if _among(sensor.id, given.get("sensor_ids", ())):
            yield sensor


def _gridpools(fleet: Inventory, given: Arguments) -> Iterator[Message]:
    for gridpool in fleet.gridpools:
        if _among(gridpool.id, given.get("gridpool_ids", ())):
            yield gridpool


class _Period(NamedTuple):
    """A period of time, without its end."""

    start: datetime
    end: datetime

    @classmethod
    def given(cls, interval: Mapping[str, str | None]) -> "_Period":
        start, end = interval.get("start"), interval.get("end")
        return cls(
            datetime.fromisoformat(start) if start else _EARLIEST,
            datetime.fromisoformat(end) if end else _LATEST,
        )

    @classmethod
    def effective(cls, schedule: Any) -> "_Period":
        period = schedule.validity_period
        start = time_of(period, "start_time") or _EARLIEST
        ends = (time_of(period, "end_time"), time_of(schedule, "cancel_time"))
        return cls(start, min(end or _LATEST for end in ends))

    def overlaps(self, start: datetime, end: datetime) -> bool:
        return start < self.end and end > self.start


def time_of(message: Any, field: str) -> datetime | None:
    """Return the time of a timestamp field, or None if it is not set."""
    if not message.HasField(field):
        return None
    value: datetime = getattr(message, field).ToDatetime(tzinfo=UTC)
    return value


def _schedules(fleet: Inventory, given: Arguments) -> Iterator[Message]:
    for schedule in fleet.energy_schedules:
        effective = given.get("effective_validity_period")
        if (
            schedule.gridpool_id == given["gridpool_id"]
            and _among(schedule.schedule_id, given.get("schedule_ids", ()))
            and _among(schedule.direction, given.get("directions", ()))
            and (not effective or _Period.given(effective).overlaps(*_Period.effective(schedule)))
        ):
            yield _clip_time_series(schedule, given.get("time_series_interval"))


def _clip_time_series(schedule: Any, interval: Mapping[str, str | None] | None) -> Message:
    clipped: Any = type(schedule)()
    clipped.CopyFrom(schedule)
    if interval is not None:
        duration = timedelta(minutes=_MINUTES.get(schedule.delivery_duration, 0))
        del clipped.time_series[:]
        for entry in schedule.time_series:
            start = time_of(entry, "start_time") or _EARLIEST
            if _Period.given(interval).overlaps(start, start + duration):
                clipped.time_series.append(entry)
    message: Message = clipped
    return message


def _relations(fleet: Inventory, given: Arguments) -> Iterator[Message]:
    locations = [_normalized(value) for value in given.get("market_location_id_values", ())]
    areas = [(area["code"], area["code_type"]) for area in given.get("delivery_areas", ())]
    types = given.get("participation_types", ())
    for relation in fleet.market_topology:
        location = relation.market_location_ref.market_location_id
        area = relation.delivery_area
        if (
            _among(relation.gridpool_id, given.get("gridpool_ids", ()))
            and _among(relation.microgrid_id, given.get("microgrid_ids", ()))
            and _among(_normalized(location.id.value), locations)
            and _among((area.code, area.code_type), areas)
            and (not types or any(one.type in types for one in relation.participations))
        ):
            yield relation


def _normalized(value: str) -> str:
    """Return an identifier without its formatting, which does not matter."""
    return value.replace(" ", "").replace("-", "")


SELECT: Final[Mapping[str, Callable[[Inventory, Arguments], Iterator[Message]]]] = {
    "get_microgrid": _microgrid,
    "list_microgrids": _microgrids,
    "list_microgrid_electrical_components": _components,
    "list_microgrid_electrical_component_connections": _connections,
    "list_microgrid_sensors": _sensors,
    "list_gridpools": _gridpools,
    "list_gridpool_energy_schedules": _schedules,
    "list_market_topology_relations": _relations,
}
"""What each method must return, as messages."""
