"""Networks of power-flow programs as microgrids.

```python
from frequenz.client.assets import inventory, networks

imported = networks.read_pandapower("net.json")
inventory.write(imported.inventory, "fleet.yaml")
for note in imported.notes:
    print(note)
```
"""

from ._imported import Imported, NetworkFileError
from ._pandapower import read_pandapower

__all__ = [
    "Imported",
    "NetworkFileError",
    "read_pandapower",
]
