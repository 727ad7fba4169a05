"""A microgrid with everything that belongs to it, as the client returns it."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from frequenz.client.common.microgrid import MicrogridId

from ... import AssetsApiClient, Microgrid, Sensor, inventory
from ..._wire import entities
from ..._wire.lists.decode import decode_list
from ...electrical_component import (
    ComponentConnection,
    ElectricalComponent,
    ElectricalComponentCategory,
)
from ...exceptions import OperationNotImplemented
from ...findings import CallFindings, Finding, OnFindings
from .concurrency import for_each

ComponentCounts: TypeAlias = Counter[ElectricalComponentCategory | int]
"""The number of components of each category."""


@dataclass(frozen=True)
class Site:
    """A microgrid with its components, connections and sensors."""

    microgrid: Microgrid
    components: list[ElectricalComponent]
    connections: list[ComponentConnection]
    sensors: list[Sensor] | None
    """None if the server does not offer them: the first generation of the API lacks sensors."""


def decode_site(listed: inventory.Site) -> tuple[Site, list[Finding]]:
    """Return a microgrid of an inventory, and its findings, like `fetch_site`."""
    microgrid_id = listed.microgrid.id
    microgrids = decode_list(entities.MICROGRID, [listed.microgrid])
    components = decode_list(entities.COMPONENT, listed.components, microgrid_id)
    connections = decode_list(entities.CONNECTION, listed.connections, microgrid_id)
    sensors = decode_list(entities.SENSOR, listed.sensors, microgrid_id)
    decoded: tuple[Any, ...] = (microgrids, components, connections, sensors)
    found = [finding for one in decoded for faulty in one.faulty for finding in faulty.findings]
    return Site(microgrids.items[0], components.items, connections.items, sensors.items), found


async def fetch_site(
    client: AssetsApiClient,
    microgrid_id: MicrogridId | int,
    on_findings: OnFindings | None = None,
) -> Site:
    """Return all that a server has of a microgrid; `on_findings` gets those of all calls as one."""
    found: list[CallFindings] = []
    collect = found.append if on_findings else None
    # If there is no such microgrid, one call fails instead of four.
    microgrid = await client.get_microgrid(microgrid_id, on_findings=collect)
    site = Site(
        microgrid,
        *await asyncio.gather(
            client.list_microgrid_electrical_components(microgrid_id, on_findings=collect),
            client.list_microgrid_electrical_component_connections(
                microgrid_id, on_findings=collect
            ),
            _fetch_sensors(client, microgrid_id, collect),
        ),
    )
    report_as_one(on_findings, found)
    return site


async def _fetch_sensors(
    client: AssetsApiClient, microgrid_id: MicrogridId | int, on_findings: OnFindings | None
) -> list[Sensor] | None:
    try:
        return await client.list_microgrid_sensors(microgrid_id, on_findings=on_findings)
    except OperationNotImplemented:
        return None


def report_as_one(on_findings: OnFindings | None, found: Sequence[CallFindings]) -> None:
    """Pass on the findings of several calls as those of one."""
    if on_findings and found:
        calls = ", ".join(dict.fromkeys(call.call for call in found))
        on_findings(CallFindings(calls, tuple(item for call in found for item in call.items)))


async def count_components(
    client: AssetsApiClient,
    microgrid_ids: Iterable[MicrogridId],
    on_findings: OnFindings | None = None,
) -> dict[MicrogridId, ComponentCounts]:
    """Return how many components of each category microgrids have."""
    counts: dict[MicrogridId, ComponentCounts] = {}

    async def count(microgrid_id: MicrogridId) -> None:
        components = await client.list_microgrid_electrical_components(
            microgrid_id, on_findings=on_findings
        )
        counts[microgrid_id] = Counter(component.category for component in components)

    await for_each(dict.fromkeys(microgrid_ids), count)
    return counts
