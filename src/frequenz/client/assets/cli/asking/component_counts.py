"""How many components microgrids have."""

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import aclosing
from typing import TypeAlias

from frequenz.client.common.microgrid import MicrogridId

from ... import AssetsApiClient
from ...electrical_component import ElectricalComponentCategory
from ...findings import CallFindings, OnFindings
from ...fleet._concurrency import as_completed

ComponentCounts: TypeAlias = Counter[ElectricalComponentCategory | int]
"""The number of components of each category."""


async def count_components(
    client: AssetsApiClient,
    microgrid_ids: Iterable[MicrogridId],
    on_findings: OnFindings | None = None,
) -> dict[MicrogridId, ComponentCounts]:
    """Return how many components of each category microgrids have."""

    async def count(microgrid_id: MicrogridId) -> tuple[MicrogridId, ComponentCounts]:
        components = await client.list_microgrid_electrical_components(
            microgrid_id, on_findings=on_findings
        )
        return microgrid_id, Counter(component.category for component in components)

    async with aclosing(as_completed(dict.fromkeys(microgrid_ids), count)) as counted:
        return {microgrid_id: counts async for microgrid_id, counts in counted}


def report_as_one(on_findings: OnFindings | None, found: Sequence[CallFindings]) -> None:
    """Pass on the findings of several calls as those of one."""
    if on_findings and found:
        calls = ", ".join(dict.fromkeys(call.call for call in found))
        on_findings(CallFindings(calls, tuple(item for call in found for item in call.items)))
