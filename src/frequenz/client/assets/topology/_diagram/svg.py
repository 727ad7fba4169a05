"""A drawing as SVG."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from .crossings import crossings, segments
from .figures import ARROW, ARROW_Y, Label, Placed, Point
from .labels import Direction, ids_text, kind_of, rating_sentences
from .legend import HEIGHT as LEGEND_HEIGHT
from .legend import Key, arrow, badge, finding_badge, legend
from .network import Edge, Node
from .scene import Scene
from .states import Change, Status, is_major
from .symbols import Symbol
from .texts import markup, safe, width
from .themes import Theme, style_sheet

_MARGIN: Final = 24
_BRIDGE: Final = 6
_CHANGE_CLASSES: Final = {Change.ADDED: "a", Change.REMOVED: "r", Change.CHANGED: "m"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Heading:
    """What is written above a diagram."""

    name: str
    """The name of the microgrid, as it is."""

    details: str


def to_svg(scene: Scene, heading: Heading, theme: Theme) -> str:
    """Return a diagram as the text of an SVG file."""
    return "".join(_Writer(scene, heading, theme).write())


class _Writer:
    def __init__(self, scene: Scene, heading: Heading, theme: Theme) -> None:
        self._network = scene.network
        self._drawing = scene.drawing
        self._is_dc = scene.is_dc
        self._names = scene.names
        self._voltages = scene.voltages
        self._heading = heading
        self._theme: Theme = theme

    def write(self) -> Iterator[str]:
        drawing = self._drawing
        wide = max(
            drawing.width,
            2 * _MARGIN + width(safe(self._heading.name), 15, is_bold=True),
            2 * _MARGIN + width(self._heading.details, 10),
        )
        keys, rows = legend(self._keys(), wide - 2 * _MARGIN)
        high = drawing.height + _MARGIN + rows * LEGEND_HEIGHT
        size = f"{_number(wide)} {_number(high)}"
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="sld sld-{self._theme}"'
            f' viewBox="0 0 {size}" width="{_number(wide)}" height="{_number(high)}"'
            f' role="graphics-document" aria-roledescription="single-line diagram">\n'
        )
        yield f"<title>Single-line diagram of {markup(self._heading.name)}</title>\n"
        yield f"<desc>{markup(self._description())}</desc>\n"
        yield f"<style>{style_sheet(self._theme)}</style>\n"
        yield f"<defs>\n{''.join(_definition(symbol) for symbol in self._symbols())}</defs>\n"
        yield '<rect class="paper" width="100%" height="100%"/>\n'
        yield from self._heading_markup()
        yield from self._islands()
        yield from self._busbars()
        yield from self._wires()
        yield from self._bridges()
        yield from (self._component(placed) for placed in drawing.placed)
        yield f'<g transform="translate({_MARGIN} {_number(drawing.height + _MARGIN)})">\n'
        yield f"{keys}</g>\n</svg>\n"

    def _symbols(self) -> list[Symbol]:
        by_name = {placed.symbol.name: placed.symbol for placed in self._drawing.placed}
        return [by_name[name] for name in sorted(by_name)]

    def _description(self) -> str:
        kinds = Counter(kind_of(node.component) for node in self._network.nodes for _ in node.ids)
        listed = ", ".join(f"{count} × {kind}" for kind, count in sorted(kinds.items()))
        return f"{self._heading.details}. {listed or 'Nothing'}."

    def _keys(self) -> Iterator[Key]:
        statuses = [node.status for node in self._network.nodes]
        statuses += (edge.status for edge in self._network.edges)
        if any(self._is_dc):
            yield from (Key.AC, Key.DC)
        directions = {it for placed in self._drawing.placed for it in placed.directions}
        yield from (Key[direction.name] for direction in Direction if direction in directions)
        if any(status.reasons for status in statuses):
            yield Key.OUT
        if any(status.is_cut_off for status in statuses):
            yield Key.CUT_OFF
        if self._drawing.upward:
            yield Key.UPWARD
        if any(status.is_highlighted for status in statuses):
            yield Key.HIGHLIGHTED
        are_major = {status.is_major for status in statuses if status.findings}
        if self._network.other_findings:
            are_major.add(is_major(self._network.other_findings))
        yield from (Key.MAJOR if major else Key.MINOR for major in sorted(are_major, reverse=True))
        changes = {status.change for status in statuses}
        yield from (Key[change.name] for change in Change if change in changes)

    # Parts ----------------------------------------------------------------------------------------

    def _heading_markup(self) -> Iterator[str]:
        name = markup(self._heading.name)
        yield f'<text class="heading" x="{_MARGIN}" y="26">{name}</text>\n'
        yield f'<text class="n" x="{_MARGIN}" y="42">{markup(self._heading.details)}</text>\n'
        if self._network.other_findings:
            x = _MARGIN + width(safe(self._heading.name), 15, is_bold=True) + 12
            others = self._network.other_findings
            sentences = "\n".join(map(str, others))
            yield f'<g data-id="findings"><title>{markup(sentences)}</title>'
            yield f"{finding_badge(int(x), 21, is_major=is_major(others))}</g>\n"

    def _islands(self) -> Iterator[str]:
        for box in self._drawing.islands:
            sides = (box.left, box.top, box.right - box.left, box.bottom - box.top)
            x, y, wide, high = map(_number, sides)
            yield f'<rect class="e" x="{x}" y="{y}" width="{wide}" height="{high}" rx="6"/>'
            yield f'<text class="n" x="{_number(box.left + 8)}" y="{_number(box.top + 14)}">'
            yield "island</text>\n"

    def _busbars(self) -> Iterator[str]:
        for index, busbar in enumerate(self._drawing.busbars):
            node = self._network.nodes[busbar.node]
            kind = self._style_of(busbar.edges)
            stub = _line(busbar.stub)
            volts = self._voltages.of_edges[busbar.edges[0]]
            title = f"<title>{markup(f'Busbar: {volts}')}</title>" if volts else ""
            yield f'<g data-id="{node.id}">{title}'
            yield from self._stroke(kind, stub, "w")
            yield f'<path class="u{kind.busbar}" d="{_line(busbar.bar)}"/>'
            caption = self._voltages.captions.get(index)
            yield f"{_label(caption) if caption else ''}</g>\n"

    def _wires(self) -> Iterator[str]:
        for wire in self._drawing.wires:
            edges = [self._network.edges[edge] for edge in wire.edges]
            kind = self._style_of(wire.edges)
            path = _line(wire.points)
            if wire.is_rail:
                yield f'<path data-id="{edges[0].ends[0]}" class="u{kind.busbar}" d="{path}"/>\n'
                continue
            edge = edges[0]
            ends = f"{edge.ends[0]}-{edge.ends[1]}"
            title = self._edge_title(edge, is_upward=wire.edges[0] in self._drawing.upward)
            mark = self._edge_mark(
                edge, wire.points, is_upward=wire.edges[0] in self._drawing.upward
            )
            inner = "".join(self._stroke(kind, path, "w"))
            if title or mark or kind.is_dc:
                yield f'<g data-id="{ends}">{title}{inner}{mark}</g>\n'
            else:
                yield inner.replace("<path", f'<path data-id="{ends}"', 1) + "\n"

    def _stroke(self, kind: "_Kind", path: str, style: str) -> Iterator[str]:
        if kind.is_dc:
            yield f'<path class="d{kind.line}" d="{path}"/><path class="o" d="{path}"/>'
        else:
            yield f'<path class="{style}{kind.line}" d="{path}"/>'

    def _bridges(self) -> Iterator[str]:
        """Draw vertical lines over the horizontal ones that they cross, with gaps in these."""
        drawing = self._drawing
        lines: list[Sequence[Point]] = [wire.points for wire in drawing.wires]
        lines += [busbar.bar for busbar in drawing.busbars]
        lines += [busbar.stub for busbar in drawing.busbars]
        owners = [wire.edges for wire in drawing.wires]
        owners += [busbar.edges for busbar in drawing.busbars] * 2
        gaps, pieces = [], []
        for index, x, y in crossings(lines, range(len(lines))):
            piece = f"M{x} {y - _BRIDGE}V{y + _BRIDGE}"
            gaps.append(piece)
            pieces.append((self._style_of(owners[index]), piece))
        if not gaps:
            return
        yield f'<path class="y" d="{"".join(gaps)}"/>\n'
        by_kind: dict[_Kind, list[str]] = {}
        for kind, piece in pieces:
            by_kind.setdefault(kind, []).append(piece)
        for kind, parts in by_kind.items():
            yield "".join(self._stroke(kind, "".join(parts), "w")) + "\n"

    def _style_of(self, edges: Collection[int]) -> "_Kind":
        statuses = [self._network.edges[edge].status for edge in edges]
        return _Kind(all(self._is_dc[edge] for edge in edges), _status_class(statuses))

    def _edge_title(self, edge: Edge, *, is_upward: bool) -> str:
        sentences = list(edge.status.sentences)
        if is_upward:
            sentences.append("leads back up")
        if not sentences:
            return ""
        text = "\n".join((f"Connection {edge.ends[0]} → {edge.ends[1]}", *sentences))
        return f"<title>{markup(text)}</title>"

    def _edge_mark(self, edge: Edge, points: Sequence[Point], *, is_upward: bool) -> str:
        mark = ""
        if is_upward:
            x, y = _middle_of_rise(points)
            mark += f'<path class="z" d="M{x - 5} {y + 5}H{x + 5}L{x} {y - 6}Z"/>'
        x, y = points[-1]
        if edge.status.findings:
            mark += finding_badge(x, y - 8, is_major=edge.status.is_major)
        if edge.status.change and not self._explains(edge):
            mark += badge(x, y - 8, edge.status.change)
        return mark

    def _explains(self, edge: Edge) -> bool:
        """Return whether a connection came or went with one of its components."""
        ends = (self._network.nodes[end].status.change for end in (edge.source, edge.destination))
        return edge.status.change in ends and edge.status.change is not Change.CHANGED

    def _component(self, placed: Placed) -> str:
        node = self._network.nodes[placed.node]
        style = _status_class([node.status])
        parts = [f"<title>{_node_title(node, self._names)}</title>"]
        if node.status.is_highlighted:
            parts.append('<rect class="v" x="-22" y="-21" width="44" height="42" rx="7"/>')
        turned = ' transform="rotate(-90)"' if placed.is_lying else ""
        parts.append(f'<use href="#sld-{placed.symbol.name}"{turned}/>')
        if placed.symbol.name == "other" and node.component is not None:
            parts.append(f'<text class="t" y="4">{markup(str(node.component.category))}</text>')
        if placed.directions:
            parts.append(f'<path class="j" d="{arrow(ARROW, placed.directions, ARROW_Y)}"/>')
        parts += map(_label, placed.labels)
        if node.status.findings:
            parts.append(finding_badge(17, 15, is_major=node.status.is_major))
        if node.status.change:
            parts.append(badge(-17, 15, node.status.change))
        ids = " ".join(map(str, node.ids))
        return (
            f'<g data-id="{ids}" class="g{style}" role="graphics-symbol"'
            f' transform="translate({placed.x} {placed.y})">{"".join(parts)}</g>\n'
        )


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a line is drawn."""

    is_dc: bool
    line: str
    """The classes of its status, with a space before each."""

    @property
    def busbar(self) -> str:
        """The classes of a busbar."""
        return f"{' dc' if self.is_dc else ''}{self.line}"


def _status_class(statuses: Sequence[Status]) -> str:
    changes = {status.change for status in statuses}
    if len(changes) == 1 and (change := changes.pop()) is not None:
        return f" {_CHANGE_CLASSES[change]}"
    if all(status.reasons for status in statuses):
        return " x"
    is_off = all(status.reasons or status.is_cut_off for status in statuses)
    return " k" if is_off else ""


def _definition(symbol: Symbol) -> str:
    return f'<g id="sld-{symbol.name}">{symbol.markup}</g>\n'


def _node_title(node: Node, names: Mapping[int, str | None]) -> str:
    component = node.component
    head = f"{kind_of(component)} {ids_text(node.ids)}"
    if node.count > 1:
        head = f"{node.count} × {head}"
    lines = []
    if component is not None:
        if node.count > 1:
            known = [f"{id_} {names[id_]}" if names[id_] else str(id_) for id_ in node.ids]
            lines += known[:_MAX_NAMES]
            if len(known) > _MAX_NAMES:
                lines.append(f"and {len(known) - _MAX_NAMES} more")
        else:
            head += f": {component.name}" if component.name else ""
        lines += [component.product or "", *rating_sentences(component)]
    return markup_lines([head, *lines, *node.status.sentences])


_MAX_NAMES: Final = 50


def markup_lines(lines: Sequence[str]) -> str:
    """Return lines of text as XML."""
    return "\n".join(markup(line) for line in lines if line)


def _label(label: Label) -> str:
    style = f' class="{label.line.style}"' if label.line.style else ""
    anchor = "" if label.anchor == "start" else f' text-anchor="{label.anchor}"'
    place = f'x="{_number(label.x)}" y="{_number(label.y)}"'
    return f"<text{style} {place}{anchor}>{markup(label.line.text)}</text>"


def _line(points: Sequence[Point]) -> str:
    (x, y), *rest = points
    data = [f"M{x} {y}"]
    for next_x, next_y in rest:
        data.append(f"V{next_y}" if next_x == x else f"H{next_x}")
        x, y = next_x, next_y
    return "".join(data)


def _middle_of_rise(points: Sequence[Point]) -> Point:
    """Return the middle of the longest part of a line that leads up."""
    _, x, y = max((y - end, x, (y + end) // 2) for x, y, _, end in segments(points))
    return x, y


def _number(number: float) -> str:
    return f"{number:.1f}".rstrip("0").rstrip(".")
