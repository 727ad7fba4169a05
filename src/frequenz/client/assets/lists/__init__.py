"""Commissioning lists: tables with a row for each component, in Excel or as CSV.

```python
from frequenz.client.assets import inventory, lists

fleet = lists.read("list.xlsx")
inventory.write(fleet, "fleet.yaml")
for lost in lists.write(fleet, "list.csv"):
    print(lost)
lists.write_template("new.xlsx")
```

Excel workbooks need openpyxl, which comes with the extra `excel`.
"""

from ._files import read, write, write_template
from ._problems import ListFileError, ListProblem

__all__ = [
    "ListFileError",
    "ListProblem",
    "read",
    "write",
    "write_template",
]
