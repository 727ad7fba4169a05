"""What a request asks of a store: pure functions from requests to selections, for every engine."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from frequenz.api.platformassets.v1alpha1 import platformassets_pb2

from .rows import Instant, Value, escape_nul, normalize_location, to_instant, to_signed

MAX_FILTER_VALUES: Final = 10_000
"""How many values a list of a filter may have: what delays other callers by milliseconds only."""


class FilterTooLargeError(ValueError):
    """A list of a filter has too many values."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """Some columns together have one of some tuples of values."""

    columns: tuple[str, ...]
    values: tuple[tuple[Value, ...], ...]


@dataclass(frozen=True, slots=True)
class HasId:
    """An ID is not 0, which in requests means that it is missing."""

    column: str


@dataclass(frozen=True, slots=True)
class EndIs:
    """An end of a period, `start` or `end`, is unset, or before or after an instant."""

    end: str
    operator: str
    """`<` or `>`."""
    instant: Instant


@dataclass(frozen=True, slots=True)
class InGridpools:
    """A microgrid is in one of some gridpools by the market topology."""

    gridpool_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Participates:
    """A market topology relation has a participation of one of some types."""

    types: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class IsOwned:
    """A microgrid belongs to an enterprise; of several with the same ID, the first one counts."""

    enterprise_id: int


@dataclass(frozen=True, slots=True)
class IsVisibleRelation:
    """A relation names something, and only own microgrids and some gridpools."""

    enterprise_id: int
    gridpool_ids: tuple[int, ...]


Condition: TypeAlias = (
    OneOf | HasId | EndIs | InGridpools | Participates | IsOwned | IsVisibleRelation
)


@dataclass(frozen=True, slots=True)
class Selection:
    """The entities of a table that meet all conditions, in the order of the inventory."""

    table: str
    conditions: tuple[Condition, ...] = ()
    microgrid_id: int | None = None
    """The microgrid that must exist and whose entities are selected; None = of all owners."""

    enterprise_id: int | None = None
    """The enterprise to which that microgrid must belong; None = any."""


def microgrid(request: platformassets_pb2.GetMicrogridRequest) -> Selection:
    """Return the selection of one microgrid, the first one with the ID."""
    return Selection("microgrid", (_equal("microgrid_id", request.microgrid_id), FIRST))


def microgrids(request: platformassets_pb2.ListMicrogridsRequest) -> Selection:
    """Return the selection of microgrids."""
    wanted = request.filter
    gridpools = _bounded("gridpool_ids", wanted.gridpool_ids)
    return Selection(
        "microgrid",
        (
            HasId("microgrid_id"),
            *_among("microgrid_id", "microgrid_ids", wanted.microgrid_ids),
            *((InGridpools(tuple(map(to_signed, gridpools))),) if gridpools else ()),
        ),
    )


def components(
    request: platformassets_pb2.ListMicrogridElectricalComponentsRequest,
) -> Selection:
    """Return the selection of components of a microgrid."""
    wanted = request.filter
    return Selection(
        "component",
        (
            *_among("id", "component_ids", wanted.component_ids),
            *_among("category", "categories", wanted.categories),
        ),
        to_signed(request.microgrid_id),
    )


def connections(
    request: platformassets_pb2.ListMicrogridElectricalComponentConnectionsRequest,
) -> Selection:
    """Return the selection of connections of a microgrid."""
    wanted = request.filter
    return Selection(
        "connection",
        (
            *_among("source", "source_component_ids", wanted.source_component_ids),
            *_among("destination", "destination_component_ids", wanted.destination_component_ids),
        ),
        to_signed(request.microgrid_id),
    )


def sensors(request: platformassets_pb2.ListMicrogridSensorsRequest) -> Selection:
    """Return the selection of sensors of a microgrid."""
    return Selection(
        "sensor",
        (*_among("id", "sensor_ids", request.filter.sensor_ids),),
        to_signed(request.microgrid_id),
    )


def gridpools(request: platformassets_pb2.ListGridpoolsRequest) -> Selection:
    """Return the selection of gridpools."""
    return Selection(
        "gridpool",
        (
            HasId("gridpool_id"),
            *_among("gridpool_id", "gridpool_ids", request.filter.gridpool_ids),
        ),
    )


def energy_schedules(
    request: platformassets_pb2.ListGridpoolEnergySchedulesRequest,
) -> Selection:
    """Return the selection of energy schedules of a gridpool; its time series are whole."""
    wanted = request.filter
    period = wanted.effective_validity_period
    conditions: list[Condition] = [
        _equal("gridpool_id", request.gridpool_id),
        *_among("id", "schedule_ids", wanted.schedule_ids),
        *_among("direction", "directions", wanted.directions),
    ]
    if period.HasField("end_time"):
        conditions.append(EndIs("start", "<", to_instant(period.end_time)))
    if period.HasField("start_time"):
        conditions.append(EndIs("end", ">", to_instant(period.start_time)))
    return Selection("energy_schedule", tuple(conditions))


def relations(request: platformassets_pb2.ListMarketTopologyRelationsRequest) -> Selection:
    """Return the selection of market topology relations."""
    wanted = request.filter
    locations = _bounded("market_location_id_values", wanted.market_location_id_values)
    areas = _bounded("delivery_areas", wanted.delivery_areas)
    types = _bounded("participation_types", wanted.participation_types)
    conditions: list[Condition] = [
        *_among("gridpool_id", "gridpool_ids", wanted.gridpool_ids),
        *_among("microgrid_id", "microgrid_ids", wanted.microgrid_ids),
    ]
    if locations:
        values = tuple((normalize_location(location.value),) for location in locations)
        conditions.append(OneOf(("location_value",), values))
    if areas:
        pairs = tuple((escape_nul(area.code), area.code_type) for area in areas)
        conditions.append(OneOf(("area_code", "area_code_type"), pairs))
    if types:
        conditions.append(Participates(tuple(types)))
    return Selection("relation", tuple(conditions))


FIRST: Final = OneOf(("occurrence",), ((0,),))
"""Of microgrids with the same ID, the first one counts."""


def _equal(column: str, value: int) -> OneOf:
    return OneOf((column,), ((to_signed(value),),))


def _among(column: str, field: str, values: Sequence[int]) -> tuple[OneOf, ...]:
    """Return the condition on a column; no values = no condition."""
    if not values:
        return ()
    return (OneOf((column,), tuple(zip(map(to_signed, _bounded(field, values))))),)


def _bounded(field: str, values: Sequence[Any]) -> Sequence[Any]:
    if len(values) > MAX_FILTER_VALUES:
        raise FilterTooLargeError(
            f"filter.{field} has {len(values)} values; it may have at most {MAX_FILTER_VALUES}"
        )
    return values


SELECTIONS: Final[Mapping[type, Callable[[Any], Selection]]] = {
    platformassets_pb2.GetMicrogridRequest: microgrid,
    platformassets_pb2.ListGridpoolEnergySchedulesRequest: energy_schedules,
    platformassets_pb2.ListGridpoolsRequest: gridpools,
    platformassets_pb2.ListMarketTopologyRelationsRequest: relations,
    platformassets_pb2.ListMicrogridElectricalComponentConnectionsRequest: connections,
    platformassets_pb2.ListMicrogridElectricalComponentsRequest: components,
    platformassets_pb2.ListMicrogridSensorsRequest: sensors,
    platformassets_pb2.ListMicrogridsRequest: microgrids,
}
"""The class of a request -> its selection."""
