"""The contract of the Assets API: its service, and the requests of its calls."""

from collections.abc import Iterable
from typing import Any, Final

from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId

from ..electrical_component import ElectricalComponentCategory
from .numbers import enum_number

SERVICE: Final[str] = platformassets_pb2.DESCRIPTOR.services_by_name[
    "PlatformAssetsService"
].full_name
"""The full name of the service; a call's path is `/SERVICE/METHOD`."""


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


def _fill(request: Any, field: str, wanted: Iterable[int]) -> None:
    """Fill one field of a request's filter, leaving the filter unset where nothing is wanted."""
    if numbers := list(wanted):
        getattr(request.filter, field).extend(numbers)
