"""The contract of the Assets API: its service, and the requests of its calls."""

from collections.abc import Iterable
from typing import Any, Final

from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from frequenz.client.common.grid import DeliveryArea
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from frequenz.client.common.microgrid.sensors import SensorId

from .._market import GridpoolEnergyScheduleDirection, MarketParticipationType
from .._time import Interval
from ..electrical_component import ElectricalComponentCategory
from .market import encode_delivery_area
from .numbers import enum_number
from .time import encode_interval

_DESCRIPTOR: Final = platformassets_pb2.DESCRIPTOR.services_by_name["PlatformAssetsService"]

SERVICE: Final[str] = _DESCRIPTOR.full_name
"""The full name of the service; a call's path is `/SERVICE/OPERATION`."""

OPERATIONS: Final[frozenset[str]] = frozenset(_DESCRIPTOR.methods_by_name)
"""The calls of the service."""


def get_microgrid(microgrid_id: MicrogridId) -> platformassets_pb2.GetMicrogridRequest:
    """Return the request for one microgrid."""
    return platformassets_pb2.GetMicrogridRequest(microgrid_id=int(microgrid_id))


def list_components(
    microgrid_id: MicrogridId,
    component_ids: Iterable[ElectricalComponentId],
    categories: Iterable[ElectricalComponentCategory | int],
) -> platformassets_pb2.ListMicrogridElectricalComponentsRequest:
    """Return the request for the components of a microgrid."""
    request = platformassets_pb2.ListMicrogridElectricalComponentsRequest(
        microgrid_id=int(microgrid_id)
    )
    _fill(request, "component_ids", map(int, component_ids))
    _fill(request, "categories", map(enum_number, categories))
    return request


def list_connections(
    microgrid_id: MicrogridId,
    source_component_ids: Iterable[ElectricalComponentId],
    destination_component_ids: Iterable[ElectricalComponentId],
) -> platformassets_pb2.ListMicrogridElectricalComponentConnectionsRequest:
    """Return the request for the connections between the components of a microgrid."""
    request = platformassets_pb2.ListMicrogridElectricalComponentConnectionsRequest(
        microgrid_id=int(microgrid_id)
    )
    _fill(request, "source_component_ids", map(int, source_component_ids))
    _fill(request, "destination_component_ids", map(int, destination_component_ids))
    return request


def list_microgrids(
    microgrid_ids: Iterable[MicrogridId], gridpool_ids: Iterable[int]
) -> platformassets_pb2.ListMicrogridsRequest:
    """Return the request for microgrids."""
    request = platformassets_pb2.ListMicrogridsRequest()
    _fill(request, "microgrid_ids", map(int, microgrid_ids))
    _fill(request, "gridpool_ids", gridpool_ids)
    return request


def list_sensors(
    microgrid_id: MicrogridId, sensor_ids: Iterable[SensorId]
) -> platformassets_pb2.ListMicrogridSensorsRequest:
    """Return the request for the sensors of a microgrid."""
    request = platformassets_pb2.ListMicrogridSensorsRequest(microgrid_id=int(microgrid_id))
    _fill(request, "sensor_ids", map(int, sensor_ids))
    return request


def list_gridpools(gridpool_ids: Iterable[int]) -> platformassets_pb2.ListGridpoolsRequest:
    """Return the request for gridpools."""
    request = platformassets_pb2.ListGridpoolsRequest()
    _fill(request, "gridpool_ids", gridpool_ids)
    return request


def list_schedules(
    gridpool_id: int,
    schedule_ids: Iterable[int],
    directions: Iterable[GridpoolEnergyScheduleDirection | int],
    time_series_interval: Interval | None,
    effective_validity_period: Interval | None,
) -> platformassets_pb2.ListGridpoolEnergySchedulesRequest:
    """Return the request for the energy schedules of a gridpool."""
    request = platformassets_pb2.ListGridpoolEnergySchedulesRequest(gridpool_id=gridpool_id)
    _fill(request, "schedule_ids", schedule_ids)
    _fill(request, "directions", map(enum_number, directions))
    if time_series_interval is not None:
        request.filter.time_series_interval.CopyFrom(encode_interval(time_series_interval))
    if effective_validity_period is not None:
        period = encode_interval(effective_validity_period)
        request.filter.effective_validity_period.CopyFrom(period)
    return request


def list_relations(
    gridpool_ids: Iterable[int],
    microgrid_ids: Iterable[MicrogridId],
    market_location_id_values: Iterable[str],
    delivery_areas: Iterable[DeliveryArea],
    participation_types: Iterable[MarketParticipationType | int],
) -> platformassets_pb2.ListMarketTopologyRelationsRequest:
    """Return the request for market topology relations."""
    request = platformassets_pb2.ListMarketTopologyRelationsRequest()
    _fill(request, "gridpool_ids", gridpool_ids)
    _fill(request, "microgrid_ids", map(int, microgrid_ids))
    for value in market_location_id_values:
        request.filter.market_location_id_values.add(value=value)
    _fill(request, "delivery_areas", map(encode_delivery_area, delivery_areas))
    _fill(request, "participation_types", map(enum_number, participation_types))
    return request


def _fill(request: Any, field: str, wanted: Iterable[Any]) -> None:
    """Fill one field of a request's filter, leaving the filter unset where nothing is wanted."""
    if values := list(wanted):
        getattr(request.filter, field).extend(values)
