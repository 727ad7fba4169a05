"""Single-line diagrams as electrical engineers draw them.

merging -> supply -> folding -> vertices -> figures -> layering -> chains -> ordering -> placing
-> routing -> drawing -> voltages -> svg
"""

from .diagram import Diagram, DiagramOptions, check_target, diagram
from .labels import LabelPart
from .network import Highlight
from .themes import Theme

__all__ = [
    "Diagram",
    "DiagramOptions",
    "Highlight",
    "LabelPart",
    "Theme",
    "check_target",
    "diagram",
]
