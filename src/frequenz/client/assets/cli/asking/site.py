"""A microgrid with all that belongs to it, as the client returns it."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from frequenz.client.common.microgrid import MicrogridId

from ... import AssetsApiClient, Microgrid, Sensor
from ...electrical_component import (
    ComponentConnection,
    ElectricalComponent,
    ElectricalComponentCategory,
)
from ...exceptions import OperationNotImplemented
from ...findings import CallFindings, OnFindings
from .concurrency import each


@dataclass(frozen=True)
class Site:
    """A microgrid as the client returned it."""

    microgrid: Microgrid
    components: list[ElectricalComponent]
    connections: list[ComponentConnection]
    sensors: list[Sensor] | None
    """None where the server cannot tell: one of the first generation of the API."""

    def at(self, moment: datetime) -> "Site":
        """Return the microgrid with what belongs to it at a moment."""
        return replace(
            self,
            components=[one for one in self.components if one.is_operational_at(moment)],
            connections=[one for one in self.connections if one.is_operational_at(moment)],
        )


async def ask(
    client: AssetsApiClient, microgrid_id: MicrogridId, on_findings: OnFindings | None = None
) -> Site:
    """Ask a server for all it has of a microgrid; the findings of all calls come together."""
    found: list[CallFindings] = []
    collect = found.append if on_findings else None
    # First whether there is such a microgrid, so that one call fails, and not one of four.
    microgrid = await client.get_microgrid(microgrid_id, on_findings=collect)
    site = Site(
        microgrid,
        *await asyncio.gather(
            client.list_microgrid_electrical_components(microgrid_id, on_findings=collect),
            client.list_microgrid_electrical_component_connections(
                microgrid_id, on_findings=collect
            ),
            _sensors(client, microgrid_id, collect),
        ),
    )
    tell_as_one(on_findings, found)
    return site


def tell_as_one(on_findings: OnFindings | None, found: Sequence[CallFindings]) -> None:
    """Tell the findings of several calls as those of one."""
    if on_findings and found:
        calls = ", ".join(dict.fromkeys(call.call for call in found))
        on_findings(CallFindings(calls, tuple(item for call in found for item in call.items)))


async def _sensors(
    client: AssetsApiClient, microgrid_id: MicrogridId, on_findings: OnFindings | None
) -> list[Sensor] | None:
    try:
        return await client.list_microgrid_sensors(microgrid_id, on_findings=on_findings)
    except OperationNotImplemented:
        return None


Counts = Counter[ElectricalComponentCategory | int]
"""How many components there are of each category."""


async def component_counts(
    client: AssetsApiClient,
    microgrid_ids: Iterable[MicrogridId],
    on_findings: OnFindings | None = None,
) -> dict[MicrogridId, Counts]:
    """Ask how many components microgrids have, a few of them at the same time."""
    counts: dict[MicrogridId, Counts] = {}
    found: list[CallFindings] = []
    collect = found.append if on_findings else None

    async def count(microgrid_id: MicrogridId) -> None:
        components = await client.list_microgrid_electrical_components(
            microgrid_id, on_findings=collect
        )
        counts[microgrid_id] = Counter(component.category for component in components)

    await each(dict.fromkeys(microgrid_ids), count)
    tell_as_one(on_findings, found)
    return counts
