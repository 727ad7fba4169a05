"""A microgrid with all that belongs to it, as the client returns it."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from frequenz.client.common.microgrid import MicrogridId

from .. import AssetsApiClient, Microgrid, Sensor
from ..electrical_component import (
    ComponentConnection,
    ElectricalComponent,
    ElectricalComponentCategory,
)
from ..exceptions import OperationNotImplemented
from ..findings import CallFindings, OnFindings

_AT_ONCE: Final = 8
"""How many microgrids are asked for at the same time."""


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
    _tell(on_findings, f"microgrid {int(microgrid_id)}", found)
    return site


def _tell(on_findings: OnFindings | None, what: str, found: list[CallFindings]) -> None:
    """Tell the findings of several calls as those of one."""
    if on_findings and found:
        on_findings(CallFindings(what, tuple(item for call in found for item in call.items)))


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
    left = iter(dict.fromkeys(microgrid_ids))

    async def count() -> None:
        for microgrid_id in left:
            components = await client.list_microgrid_electrical_components(
                microgrid_id, on_findings=collect
            )
            counts[microgrid_id] = Counter(component.category for component in components)

    await asyncio.gather(*(count() for _ in range(_AT_ONCE)))
    _tell(on_findings, "ListMicrogridElectricalComponents", found)
    return counts
