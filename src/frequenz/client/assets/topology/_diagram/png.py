"""An SVG file as PNG, by resvg. Text is in Noto Sans, so that no font needs to be installed."""

from pathlib import Path
from typing import Final

import fontpkg_noto_sans  # type: ignore[import-untyped]  # it has no annotations
import resvg_py

_FONT: Final = str(next(Path(fontpkg_noto_sans.ROOT, "files").glob("NotoSans[[]*.ttf")))
_LAST_OF_FONT: Final = "\u2fff"
"""Noto Sans has Latin, Greek, Cyrillic and common signs; fonts of the system have the rest."""


def to_png(svg: str, scale: float) -> bytes:
    """Return an SVG file as PNG; text beyond the letters of Europe needs fonts of the system."""
    return resvg_py.svg_to_bytes(
        svg_string=svg,
        zoom=scale,
        style_sheet=f'.sld{{font-family:"{fontpkg_noto_sans.FAMILY}"}}',
        font_files=[_FONT],
        font_family=fontpkg_noto_sans.FAMILY,
        sans_serif_family=fontpkg_noto_sans.FAMILY,
        skip_system_fonts=max(svg) <= _LAST_OF_FONT,
    )
