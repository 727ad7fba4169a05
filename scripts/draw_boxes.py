"""Draw the pictures of boxes: `python -m scripts.draw_boxes docs/explanation`.

A test compares these files with what this program draws.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from .writing import write_files

_STYLE: Final = """\
.paper{fill:#fff}.box{fill:#f3f6fa;stroke:#57606a}.site{fill:none;stroke:#57606a}
.market{fill:#eaf5ee;stroke:#2f6f44}.line{stroke:#1f2328;fill:none}.link{stroke:#2f6f44;fill:none}
text{font:13px Helvetica,Arial,"Liberation Sans",sans-serif;fill:#1f2328;text-anchor:middle}
.small{font-size:11px;fill:#57606a}.bold{font-weight:bold}.left{text-anchor:start}
.link{stroke-dasharray:5 4}.tip{fill:#1f2328}
@media (prefers-color-scheme:dark){
.paper{fill:#0d1117}.box{fill:#1b222c;stroke:#8b949e}.site{stroke:#8b949e}
.market{fill:#14261b;stroke:#7ac795}.line{stroke:#e6edf3}.link{stroke:#7ac795}
.tip,text{fill:#e6edf3}.small{fill:#9aa5b1}}
"""


class Box(NamedTuple):
    """A box with a word and, in small letters, what it is."""

    word: str
    text: str
    x: int
    """Of its middle, in px."""

    y: int
    is_market: bool = False


_WIDTH, _HEIGHT, _TALL = 860, 520, 44
_BOX: Final = 168

_BOXES: Final = {
    "grid": Box("public grid", "of the delivery area", 290, 60),
    "gcp": Box("grid connection point", "630 A", 290, 150),
    "meter": Box("meter", "measures all behind it", 290, 235),
    "loads": Box("meter", "of the loads", 115, 330),
    "solar": Box("solar inverter", "−100 to 0 kW: produces", 290, 330),
    "inverter": Box("battery inverter", "±200 kW", 465, 330),
    "battery": Box("battery", "430 kWh", 465, 420),
    "area": Box("delivery area", "an EIC", 720, 60, is_market=True),
    "schedule": Box("energy schedule", "W for each 15 minutes", 720, 165, is_market=True),
    "gridpool": Box("gridpool", "traded together", 720, 270, is_market=True),
    "location": Box("market location", "billed, such as a MaLo-ID", 720, 375, is_market=True),
}
_CONNECTIONS: Final = (
    *(("grid", "gcp"), ("gcp", "meter"), ("meter", "loads"), ("meter", "solar")),
    *(("meter", "inverter"), ("inverter", "battery"), ("gridpool", "schedule")),
    *(("location", "gridpool"), ("schedule", "area")),
)
_ACROSS: Final = (
    '<path class="link" d="M374 60 H636"/>',
    '<path class="link" d="M561 390 H636"/>',
    '<text class="small" x="598" y="381">relation</text>',
)


_LAYER_WIDTH: Final = 196
_COLUMNS: Final = (118, 326, 534, 742)
_ROWS: Final = tuple(range(44, 44 + 8 * 82, 82))


def _layer(word: str, text: str, column: int, row: int) -> Box:
    return Box(word, text, _COLUMNS[column], _ROWS[row])


LAYERS: Final = {
    "cli": _layer("cli", "the command assets-cli", 1, 0),
    "testing": _layer("testing", "a server for tests", 2, 0),
    "lists, networks": _layer("lists, networks", "Excel, CSV, pandapower", 0, 1),
    "blocking": _layer("blocking", "without async", 2, 1),
    "server": _layer("frequenz.server.assets", "the API, from an inventory", 3, 1),
    "building": _layer("building", "sites in Python", 0, 2),
    "fleet": _layer("fleet", "whole sites and fleets", 2, 2),
    "inventory": _layer("inventory", "files, check, diff", 1, 3),
    "client": _layer("_client", "a method per RPC", 2, 3),
    "topology": _layer("topology", "graph, rules, formulas", 1, 4),
    "calls": _layer("_calls", "deadline, attempts, errors", 2, 4),
    "wire": _layer("_wire", "protobuf ↔ model", 1, 5),
    "transport": _layer("_transport", "URL, credentials, channel", 2, 5),
    "findings": _layer("findings, exceptions", "rules and errors", 1, 6),
    "model": _layer("model", "what users get", 1, 7),
}
"""By the names that `tests/package/test_layers.py` has for them."""

IMPORTS: Final = (
    *(("cli", "lists, networks"), ("cli", "fleet"), ("testing", "blocking")),
    *(("testing", "server"), ("lists, networks", "building"), ("blocking", "fleet")),
    *(("server", "fleet"), ("building", "inventory"), ("fleet", "inventory")),
    *(("fleet", "client"), ("inventory", "topology"), ("client", "calls")),
    *(("topology", "wire"), ("calls", "wire"), ("calls", "transport")),
    *(("wire", "findings"), ("findings", "model")),
)
"""What a layer imports, without what another one that it imports has below it."""


def layers() -> str:
    """Return the picture of the layers as SVG."""
    return _svg(
        "Layers: what imports what",
        _ROWS[-1] + 44,
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8"'
        ' markerHeight="8" orient="auto"><path class="tip" d="M0 0 L8 4 L0 8 z"/></marker></defs>',
        *(_arrow(LAYERS[start], LAYERS[end]) for start, end in IMPORTS),
        *(part for box in LAYERS.values() for part in _parts(box, _LAYER_WIDTH)),
    )


def _arrow(start: Box, end: Box) -> str:
    """Return a line that turns in the gap above its end."""
    top = end.y - _TALL // 2
    return (
        f'<path class="line" marker-end="url(#tip)"'
        f' d="M{start.x} {start.y + _TALL // 2} V{top - 20} H{end.x} V{top}"/>'
    )


def _svg(title: str, height: int, *parts: str) -> str:
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}"'
            f' width="{_WIDTH}" height="{height}" role="img">',
            f"<title>{title}</title>",
            f"<style>{_STYLE}</style>",
            f'<rect class="paper" width="{_WIDTH}" height="{height}" rx="6"/>',
            *parts,
            "</svg>\n",
        )
    )


def domain() -> str:
    """Return the picture of the domain as SVG."""
    return _svg("A microgrid and its market", _HEIGHT, *_domain())


def _domain() -> Iterator[str]:
    yield from (
        '<rect class="site" x="20" y="108" width="541" height="392" rx="8"/>',
        '<text class="bold left" x="36" y="132">microgrid</text>',
        '<text class="small left" x="36" y="486">lines are connections, away from the grid</text>',
        '<text class="bold" x="720" y="26">market</text>',
        *(_line(_BOXES[start], _BOXES[end]) for start, end in _CONNECTIONS),
        *_ACROSS,
        *(part for box in _BOXES.values() for part in _parts(box, _BOX)),
    )


def _line(start: Box, end: Box) -> str:
    kind = "link" if start.is_market else "line"
    middle = (start.y + end.y) // 2
    return f'<path class="{kind}" d="M{start.x} {start.y} V{middle} H{end.x} V{end.y}"/>'


def _parts(box: Box, width: int) -> Iterator[str]:
    kind = "market" if box.is_market else "box"
    left, top = box.x - width // 2, box.y - _TALL // 2
    yield f'<rect class="{kind}" x="{left}" y="{top}" width="{width}" height="{_TALL}" rx="5"/>'
    yield f'<text class="bold" x="{box.x}" y="{box.y - 3}">{box.word}</text>'
    yield f'<text class="small" x="{box.x}" y="{box.y + 13}">{box.text}</text>'


def pictures() -> dict[str, str]:
    """Return the pictures by file name."""
    return {"domain.svg": domain(), "layers.svg": layers()}


if __name__ == "__main__":
    write_files(__doc__, pictures)
