"""The service of the Assets API, and the requests of its calls."""

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, SupportsIndex

from frequenz.api.common.v1alpha8.grid import market_location_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from frequenz.client.common.grid import DeliveryArea
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from frequenz.client.common.microgrid.sensors import SensorId

from .._lazy import lazy_module
from .._model.time import Interval
from ..electrical_component import ElectricalComponentCategory
from .arguments import (
    area_messages,
    enum_numbers,
    interval,
    number,
    numbers,
    texts,
    typed_number,
    typed_numbers,
)

if TYPE_CHECKING:
    from .._model import market
else:
    # Few programs use the market.
    market = lazy_module(".._model.market", __package__)

_logger = logging.getLogger("frequenz.client.assets.calls")

_DESCRIPTOR: Final = platformassets_pb2.DESCRIPTOR.services_by_name["PlatformAssetsService"]

SERVICE: Final[str] = _DESCRIPTOR.full_name
"""The full name of the service; the path of a call is `/SERVICE/OPERATION`."""

OPERATIONS: Final[frozenset[str]] = frozenset(_DESCRIPTOR.methods_by_name)
"""The names of the calls."""


def get_microgrid(
    microgrid_id: MicrogridId | SupportsIndex,
) -> platformassets_pb2.GetMicrogridRequest:
    """Return the request for one microgrid."""
    return platformassets_pb2.GetMicrogridRequest(microgrid_id=_microgrid(microgrid_id))


def list_components(
    microgrid_id: MicrogridId | SupportsIndex,
    component_ids: Iterable[ElectricalComponentId | SupportsIndex] | None = None,
    categories: Iterable[ElectricalComponentCategory | SupportsIndex] | None = None,
) -> platformassets_pb2.ListMicrogridElectricalComponentsRequest:
    """Return the request for the components of a microgrid."""
    request = platformassets_pb2.ListMicrogridElectricalComponentsRequest(
        microgrid_id=_microgrid(microgrid_id)
    )
    _set_filter(
        request,
        component_ids=typed_numbers(ElectricalComponentId, component_ids, "component_ids"),
        categories=enum_numbers(ElectricalComponentCategory, categories, "categories"),
    )
    return request


def list_connections(
    microgrid_id: MicrogridId | SupportsIndex,
    source_component_ids: Iterable[ElectricalComponentId | SupportsIndex] | None = None,
    destination_component_ids: Iterable[ElectricalComponentId | SupportsIndex] | None = None,
) -> platformassets_pb2.ListMicrogridElectricalComponentConnectionsRequest:
    """Return the request for the connections between the components of a microgrid."""
    request = platformassets_pb2.ListMicrogridElectricalComponentConnectionsRequest(
        microgrid_id=_microgrid(microgrid_id)
    )
    ends = {
        "source_component_ids": source_component_ids,
        "destination_component_ids": destination_component_ids,
    }
    _set_filter(
        request,
        **{name: typed_numbers(ElectricalComponentId, ids, name) for name, ids in ends.items()},
    )
    return request


def list_microgrids(
    microgrid_ids: Iterable[MicrogridId | SupportsIndex] | None = None,
    gridpool_ids: Iterable[SupportsIndex] | None = None,
) -> platformassets_pb2.ListMicrogridsRequest:
    """Return the request for microgrids."""
    request = platformassets_pb2.ListMicrogridsRequest()
    _set_filter(
        request,
        microgrid_ids=typed_numbers(MicrogridId, microgrid_ids, "microgrid_ids"),
        gridpool_ids=numbers(gridpool_ids, "gridpool_ids"),
    )
    return request


def list_sensors(
    microgrid_id: MicrogridId | SupportsIndex,
    sensor_ids: Iterable[SensorId | SupportsIndex] | None = None,
) -> platformassets_pb2.ListMicrogridSensorsRequest:
    """Return the request for the sensors of a microgrid."""
    request = platformassets_pb2.ListMicrogridSensorsRequest(microgrid_id=_microgrid(microgrid_id))
    _set_filter(request, sensor_ids=typed_numbers(SensorId, sensor_ids, "sensor_ids"))
    return request


def list_gridpools(
    gridpool_ids: Iterable[SupportsIndex] | None = None,
) -> platformassets_pb2.ListGridpoolsRequest:
    """Return the request for gridpools."""
    request = platformassets_pb2.ListGridpoolsRequest()
    _set_filter(request, gridpool_ids=numbers(gridpool_ids, "gridpool_ids"))
    return request


def list_schedules(
    gridpool_id: SupportsIndex,
    schedule_ids: Iterable[SupportsIndex] | None = None,
    directions: "Iterable[market.GridpoolEnergyScheduleDirection | SupportsIndex] | None" = None,
    time_series_interval: Interval | None = None,
    effective_validity_period: Interval | None = None,
) -> platformassets_pb2.ListGridpoolEnergySchedulesRequest:
    """Return the request for the energy schedules of a gridpool."""
    request = platformassets_pb2.ListGridpoolEnergySchedulesRequest(
        gridpool_id=number(gridpool_id, "gridpool_id")
    )
    _set_filter(
        request,
        schedule_ids=numbers(schedule_ids, "schedule_ids"),
        directions=enum_numbers(market.GridpoolEnergyScheduleDirection, directions, "directions"),
    )
    intervals = {
        "time_series_interval": time_series_interval,
        "effective_validity_period": effective_validity_period,
    }
    for name, value in intervals.items():
        if value is not None:
            getattr(request.filter, name).CopyFrom(interval(value, name))
    return request


def list_relations(
    gridpool_ids: Iterable[SupportsIndex] | None = None,
    microgrid_ids: Iterable[MicrogridId | SupportsIndex] | None = None,
    market_location_id_values: Iterable[str] | None = None,
    delivery_areas: Iterable[DeliveryArea] | None = None,
    participation_types: "Iterable[market.MarketParticipationType | SupportsIndex] | None" = None,
) -> platformassets_pb2.ListMarketTopologyRelationsRequest:
    """Return the request for market topology relations."""
    request = platformassets_pb2.ListMarketTopologyRelationsRequest()
    values = texts(market_location_id_values, "market_location_id_values")
    _set_filter(
        request,
        gridpool_ids=numbers(gridpool_ids, "gridpool_ids"),
        microgrid_ids=typed_numbers(MicrogridId, microgrid_ids, "microgrid_ids"),
        market_location_id_values=values
        and [market_location_pb2.MarketLocationIdValue(value=value) for value in values],
        delivery_areas=area_messages(delivery_areas, "delivery_areas"),
        participation_types=enum_numbers(
            market.MarketParticipationType, participation_types, "participation_types"
        ),
    )
    return request


def _microgrid(microgrid_id: MicrogridId | SupportsIndex) -> int:
    return typed_number(MicrogridId, microgrid_id, "microgrid_id")


def _set_filter(request: Any, **fields: list[Any] | None) -> None:
    """Set the filter of a request; it stays absent if all its fields are None or empty.

    An empty field is logged: the program may have computed it, and expect nothing.
    """
    for field, values in fields.items():
        if values:
            getattr(request.filter, field).extend(values)
    if empty := [field for field, values in fields.items() if values == []]:
        _logger.info(
            "%s: empty filters match everything, pass None instead: %s",
            request.DESCRIPTOR.name.removesuffix("Request"),
            ", ".join(empty),
        )
