"""What is drawn, and where."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId

from ...electrical_component import ElectricalComponentCategory
from ...findings import Finding
from .currents import dc_edges
from .drawing import Drawing
from .folding import fold as fold_network
from .labels import ALL_PARTS, LabelPart
from .layout import lay_out
from .merging import network
from .network import Highlight, Network, State
from .network import behind as what_is_behind
from .supply import mark_cut_off
from .voltages import Voltages, voltages

HEADING: Final = 56
"""The height of the heading."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """A network with everything in its place."""

    network: Network
    drawing: Drawing
    is_dc: Sequence[bool]
    """For each edge, whether it carries DC."""

    names: dict[int, str | None]
    """By ID, the names of the components."""

    voltages: Voltages


def prepare(
    state: State,
    *,
    at: datetime | None = None,
    labels: Sequence[LabelPart] = ALL_PARTS,
    highlight: Highlight | Collection[Highlight] = (),
    findings: Iterable[Finding] = (),
    fold: bool = True,
    before: State | None = None,
    notes: Mapping[int, str] = MappingProxyType({}),
    behind: int | None = None,
) -> Scene:
    """Return what a diagram shows, with everything in its place.

    Raises:
        TypeError: If `highlight` is of another type.
        ValueError: If `highlight`, `notes` or `behind` have the ID of no component.
    """
    if isinstance(highlight, (ElectricalComponentCategory, int, ElectricalComponentId)):
        highlight = (highlight,)
    if isinstance(highlight, str) or not isinstance(highlight, Iterable):
        raise TypeError(f"highlight: expected categories and component IDs, got {highlight!r}")
    shown = network(
        state,
        before=before,
        at=at,
        highlight=frozenset(_plain(one) for one in highlight),
        findings=findings,
        notes=notes,
    )
    shown = mark_cut_off(shown)
    if behind is not None:
        shown = what_is_behind(shown, behind)
    names = {
        node.id: node.component.name if node.component is not None else None for node in shown.nodes
    }
    if fold:
        shown = fold_network(shown)
    drawing = lay_out(shown, labels, names, HEADING, top_id=behind)
    return Scene(
        network=shown,
        drawing=drawing,
        is_dc=dc_edges(shown, drawing.order),
        names=names,
        voltages=voltages(shown, drawing, has_captions="rating" in labels),
    )


def _plain(highlight: Highlight) -> ElectricalComponentCategory | int:
    if isinstance(highlight, ElectricalComponentId):
        return int(highlight)
    if not isinstance(highlight, (ElectricalComponentCategory, int)):
        raise TypeError(f"highlight: expected a category or a component ID, got {highlight!r}")
    return highlight
