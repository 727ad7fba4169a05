"""The fleet that is served, and its special cases."""

from typing import Final

FAULTY: Final = 203
"""The microgrid of the demo with all kinds of faults."""

HALF_INACTIVE: Final = 202
"""The microgrid of the demo with an inactive component."""

INACTIVE: Final = 12
"""The inactive component."""
