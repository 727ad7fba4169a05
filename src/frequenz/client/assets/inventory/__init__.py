"""The inventory of a site or a fleet as one value, and as a file.

```python
from frequenz.client.assets import inventory

fleet = inventory.read("fleet.yaml")
for found in inventory.check(fleet):
    print(found)
inventory.write(fleet, "fleet.json")
for difference in inventory.diff(fleet, inventory.read("fleet.jsonl")):
    print(difference)
```

Files need PyYAML, and `check` needs rustworkx. Both come with the extras `cli` and `server`.
"""

from ._anonymize import KEPT, REPLACED, anonymize
from ._check import Checked, check, has_major
from ._diff import Difference, diff, diff_sites
from ._files import FileFormat, format_of, to_text, write
from ._inventory import Inventory, Site
from ._patch import ConflictError, DifferenceError, patch
from ._problems import FilePosition, InventoryFileError, Problem
from ._reading import parse_text, read, read_all, read_in_parts
from ._schema import json_schema

__all__ = [
    "Checked",
    "ConflictError",
    "Difference",
    "DifferenceError",
    "FileFormat",
    "FilePosition",
    "Inventory",
    "InventoryFileError",
    "KEPT",
    "Problem",
    "REPLACED",
    "Site",
    "anonymize",
    "check",
    "diff",
    "diff_sites",
    "format_of",
    "has_major",
    "json_schema",
    "parse_text",
    "patch",
    "read",
    "read_all",
    "read_in_parts",
    "to_text",
    "write",
]
