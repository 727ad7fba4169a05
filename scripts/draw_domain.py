"""Draw the picture of the domain: `python scripts/draw_domain.py docs/explanation/domain.svg`.

A test compares that file with what this program draws.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

_STYLE: Final = """\
.paper{fill:#fff}.box{fill:#f3f6fa;stroke:#57606a}.site{fill:none;stroke:#57606a}
.market{fill:#eaf5ee;stroke:#2f6f44}.line{stroke:#1f2328;fill:none}.link{stroke:#2f6f44;fill:none}
text{font:13px Helvetica,Arial,"Liberation Sans",sans-serif;fill:#1f2328;text-anchor:middle}
.small{font-size:11px;fill:#57606a}.bold{font-weight:bold}.left{text-anchor:start}
.link{stroke-dasharray:5 4}
@media (prefers-color-scheme:dark){
.paper{fill:#0d1117}.box{fill:#1b222c;stroke:#8b949e}.site{stroke:#8b949e}
.market{fill:#14261b;stroke:#7ac795}.line{stroke:#e6edf3}.link{stroke:#7ac795}
text{fill:#e6edf3}.small{fill:#9aa5b1}}
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


def picture() -> str:
    """Return the picture as SVG."""
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
            f' width="{_WIDTH}" height="{_HEIGHT}" role="img">',
            "<title>A microgrid and its market</title>",
            f"<style>{_STYLE}</style>",
            f'<rect class="paper" width="{_WIDTH}" height="{_HEIGHT}" rx="6"/>',
            '<rect class="site" x="20" y="108" width="541" height="392" rx="8"/>',
            '<text class="bold left" x="36" y="132">microgrid</text>',
            '<text class="small left" x="36" y="486">'
            "lines are connections, away from the grid</text>",
            '<text class="bold" x="720" y="26">market</text>',
            *(_line(_BOXES[start], _BOXES[end]) for start, end in _CONNECTIONS),
            *_ACROSS,
            *(part for box in _BOXES.values() for part in _parts(box)),
            "</svg>\n",
        )
    )


def _line(start: Box, end: Box) -> str:
    kind = "link" if start.is_market else "line"
    middle = (start.y + end.y) // 2
    return f'<path class="{kind}" d="M{start.x} {start.y} V{middle} H{end.x} V{end.y}"/>'


def _parts(box: Box) -> Iterator[str]:
    kind = "market" if box.is_market else "box"
    left, top = box.x - _BOX // 2, box.y - _TALL // 2
    yield f'<rect class="{kind}" x="{left}" y="{top}" width="{_BOX}" height="{_TALL}" rx="5"/>'
    yield f'<text class="bold" x="{box.x}" y="{box.y - 3}">{box.word}</text>'
    yield f'<text class="small" x="{box.x}" y="{box.y + 13}">{box.text}</text>'


def main() -> None:
    """Write the file that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.parse_args().output.write_text(picture(), encoding="utf-8")


if __name__ == "__main__":
    main()
