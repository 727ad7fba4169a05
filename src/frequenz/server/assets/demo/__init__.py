"""The tour that `make demo` runs: an Assets server over two fleets, asked by the real client.

Unlike the rest of the server, this room uses the client: it shows both at work.
"""

from importlib import resources
from pathlib import Path

FLEETS = tuple(
    Path(str(resources.files(__package__) / "fleets" / name))
    for name in ("sites.yaml", "cigre-mv.yaml")
)
"""The inventory files of the demo."""
