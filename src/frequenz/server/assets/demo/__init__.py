"""The tour that `make demo` runs: a server with two fleets, and the client that calls it.

Unlike the rest of the server, this package uses the client.
"""

from importlib import resources
from pathlib import Path

FLEETS = tuple(
    Path(str(resources.files(__package__) / "fleets" / name))
    for name in ("sites.yaml", "cigre-mv.yaml")
)
"""The inventory files of the demo."""
