"""The single-line diagram of a microgrid."""

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Final, TypeAlias, TypedDict, Unpack, get_args, overload

from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId

from ..._extras import missing_package_text
from ..._model.microgrid import Microgrid
from ..._whole_files import check_writable, write_bytes
from ...electrical_component import (
    ComponentConnection,
    ElectricalComponent,
)
from ...findings import Finding
from .._arguments import check_moment, component_number
from .._parts import HasParts
from .labels import ALL_PARTS, LabelPart
from .network import Highlight, Network, Notes, State
from .scene import prepare
from .svg import Heading, to_svg
from .themes import THEMES, Theme

_MAX_SCALE: Final = 10


@dataclass(frozen=True, slots=True)
class Diagram:
    """A single-line diagram. A notebook shows it."""

    svg: str
    """The text of an SVG file.

    Every component and connection is an element whose attribute `data-id` is the ID of the
    component, or the IDs of several equal ones separated by spaces, or both ends of the connection:
    `17`, `31 32 33`, `1-2`. The busbar of a component has its ID, too.
    """

    def _repr_svg_(self) -> str:
        return self.svg

    def png(self, *, scale: float = 2.0) -> bytes:
        """Return the diagram as a PNG file; needs the extra `png`.

        Args:
            scale: How many pixels of the picture one of the diagram is, more than 0, up to 10.

        Raises:
            TypeError, ValueError: If `scale` is no number, or out of range.
            ModuleNotFoundError: If the extra `png` is not installed.
        """
        if isinstance(scale, bool) or not isinstance(scale, int | float):
            raise TypeError(f"scale: expected a number, got {scale!r}")
        if not 0 < scale <= _MAX_SCALE:
            raise ValueError(f"scale: expected more than 0, up to {_MAX_SCALE}, got {scale}")
        data: bytes = _png().to_png(self.svg, scale)
        return data

    def write(self, path: str | os.PathLike[str], *, scale: float = 2.0) -> None:
        """Write the diagram to a file, as SVG or PNG by the end of its name.

        The file appears, or replaces an existing one, when it is complete.

        Args:
            path: The file, whose name ends in `.svg` or `.png`.
            scale: As of `png`; SVG has no scale.

        Raises:
            TypeError, ValueError: If the name of the file ends otherwise, or as `png` does.
            ModuleNotFoundError: If a PNG is asked for and the extra `png` is not installed.
            OSError: If the file cannot be written, or is a device or a pipe.
        """
        file = Path(path)
        suffix = check_target(file)
        write_bytes(self.png(scale=scale) if suffix == ".png" else self.svg.encode(), file)


def check_target(path: str | os.PathLike[str]) -> str:
    """Return the end of the name of a file to which a diagram can be written.

    Raises:
        ValueError: If it is neither `.svg` nor `.png`.
        ModuleNotFoundError: If it is `.png`, and the extra `png` is not installed.
        OSError: If the file cannot be written, or is a device or a pipe.
    """
    suffix = Path(path).suffix.lower()
    if suffix == ".png":
        _png()
    elif suffix != ".svg":
        raise ValueError(f"{path}: the name must end in .svg or .png")
    check_writable(path)
    return suffix


Parts: TypeAlias = HasParts | tuple[Iterable[ElectricalComponent], Iterable[ComponentConnection]]
"""A site, a topology, or a pair of components and connections."""


class DiagramOptions(TypedDict, total=False):
    """The options of `diagram`."""

    at: datetime | None
    theme: Theme
    labels: Sequence[LabelPart]
    highlight: Highlight | Collection[Highlight]
    findings: Iterable[Finding]
    fold: bool
    before: Parts | None
    notes: Notes
    behind: ElectricalComponentId | int | None


@overload
def diagram(site: HasParts, /, **options: Unpack[DiagramOptions]) -> Diagram: ...
@overload
def diagram(
    microgrid: Microgrid,
    components: Iterable[ElectricalComponent],
    connections: Iterable[ComponentConnection],
    **options: Unpack[DiagramOptions],
) -> Diagram: ...
def diagram(
    microgrid: Microgrid | HasParts,
    components: Iterable[ElectricalComponent] | None = None,
    connections: Iterable[ComponentConnection] | None = None,
    *,
    at: datetime | None = None,
    theme: Theme = "auto",
    labels: Sequence[LabelPart] = ALL_PARTS,
    highlight: Highlight | Collection[Highlight] = (),
    findings: Iterable[Finding] = (),
    fold: bool = True,
    before: Parts | None = None,
    notes: Notes = MappingProxyType({}),
    behind: ElectricalComponentId | int | None = None,
) -> Diagram:
    """Return the single-line diagram of a site: the grid at the top, loads at the bottom.

    The same arguments give the same bytes; the order of components and connections does not matter.

    Args:
        microgrid: A `Site`, a `SiteView` or a `Topology`; or a microgrid, followed by its
            components and connections.
        components: The components of the microgrid.
        connections: Its connections.
        at: What is not in operation at this moment is grey and dashed, as inactive components are
            in any case. By default, no lifetime counts.
        theme: The colours; by default light or dark, as the reader prefers.
        labels: What is written beside the symbols.
        highlight: The categories and components to be emphasized.
        findings: What is wrong; marked as major or minor, with the sentence in a tooltip.
        fold: Whether four and more equal branches behind the same component are drawn once.
        before: An earlier state, as a site or a topology, or its components and connections: the
            diagram shows both, with what was added, removed and changed.
        notes: By ID, what else is written beside components, such as live values; up to four short
            lines, the rest is in the tooltip.
        behind: The ID of a component: the diagram shows only that and what is behind it.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If `theme` or a part of `labels` is none of those above, `at` has no time zone,
            or `highlight`, `notes` or `behind` have an ID that no component has.
    """
    owner, state, moment = _subject(microgrid, components, connections)
    at = moment if at is None else at
    if at is not None:
        check_moment(at)
    if theme not in THEMES:
        raise ValueError(f"theme: expected one of {', '.join(THEMES)}, got {theme!r}")
    root = None if behind is None else component_number(behind, "behind")
    scene = prepare(
        state,
        at=at,
        labels=_labels(labels),
        highlight=highlight,
        findings=_findings(findings),
        fold=fold,
        before=None if before is None else _state(before),
        notes=_notes(notes),
        behind=root,
    )
    is_named = owner is not None and bool(owner.name)
    heading = Heading(
        name=_name(owner), details=_details(owner if is_named else None, scene.network, at, root)
    )
    return Diagram(to_svg(scene, heading, theme))


def _subject(
    subject: Microgrid | HasParts,
    components: Iterable[ElectricalComponent] | None,
    connections: Iterable[ComponentConnection] | None,
) -> tuple[Microgrid | None, State, datetime | None]:
    """Return the microgrid, if there is one, what it has, and the moment at which it has that."""
    if isinstance(subject, Microgrid):
        if components is None or connections is None:
            raise TypeError("a microgrid needs its components and connections; or pass a site")
        return subject, _state((components, connections)), None
    if not isinstance(subject, HasParts):
        raise TypeError(f"microgrid: expected a site, a topology or a microgrid, got {subject!r}")
    if components is not None or connections is not None:
        raise TypeError("components and connections go with a microgrid alone")
    return getattr(subject, "microgrid", None), _state(subject), subject.at


def _state(parts: Parts) -> State:
    if isinstance(parts, HasParts):
        return State(components=tuple(parts.components), connections=tuple(parts.connections))
    if not isinstance(parts, tuple) or len(parts) != 2:
        raise TypeError(
            f"before: expected a site, a topology, or (components, connections), got {parts!r}"
        )
    components, connections = parts
    return State(components=tuple(components), connections=tuple(connections))


def _name(microgrid: Microgrid | None) -> str:
    if microgrid is None:
        return "Topology"
    return microgrid.name or f"Microgrid {int(microgrid.id)}"


def _labels(labels: Iterable[LabelPart]) -> tuple[LabelPart, ...]:
    known = get_args(LabelPart)
    if isinstance(labels, str) or not isinstance(labels, Iterable):
        raise TypeError(f"labels: expected several of {', '.join(known)}, got {labels!r}")
    parts = tuple(labels)
    for part in parts:
        if part not in known:
            raise ValueError(f"labels: expected some of {', '.join(known)}, got {part!r}")
    return parts


def _findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    if not isinstance(findings, Iterable):
        raise TypeError(f"findings: expected findings, got {findings!r}")
    found = tuple(findings)
    for index, one in enumerate(found):
        if not isinstance(one, Finding):
            # As those of a fleet and of `inventory.check`, which name the microgrid, too.
            hint = "; pass its `finding`" if hasattr(one, "finding") else ""
            raise TypeError(f"findings[{index}]: expected a Finding, got {one!r}{hint}")
    return found


def _notes(notes: Notes) -> dict[int, str]:
    if not isinstance(notes, Mapping):
        raise TypeError(f"notes: expected texts by component ID, got {notes!r}")
    found = {component_number(id_, "notes"): note for id_, note in notes.items()}
    for number, note in found.items():
        if not isinstance(note, str):
            raise TypeError(f"notes[{number}]: expected a text, got {note!r}")
    return found


def _details(
    microgrid: Microgrid | None, shown: Network, at: datetime | None, root: int | None
) -> str:
    components = sum(node.count for node in shown.nodes if node.component is not None)
    parts = [f"microgrid {int(microgrid.id)}"] if microgrid else []
    parts.append(f"{components} component{'' if components == 1 else 's'}")
    if root is not None:
        parts.insert(-1, f"component {root} and what is behind it")
    if at is not None:
        parts.append(f"as of {at:%Y-%m-%d %H:%M %Z}".rstrip())
    return " · ".join(parts)


def _png() -> ModuleType:
    """Return the module that needs resvg, which not every installation of the client has."""
    try:
        from . import png  # noqa: PLC0415 - only PNG needs it
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            missing_package_text("writing PNG files", "png", error), name=error.name
        ) from error
    return png
