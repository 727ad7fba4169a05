"""What people see: model objects as pictures for a terminal.

Whatever a server says stands in them as harmless text. Tables fit the width: what is too long is
cut, or wrapped where every word counts; columns that there is no room for are left out, which an
ellipsis beside the headings tells. Ids and what differs are never cut.
"""

from .components import components_table, connections_table, sensors_table
from .differences import differences_screen
from .findings import findings_screen, findings_table
from .formulas import formulas_table
from .market import gridpools_table, relations_table, schedules_table
from .microgrids import card, fleet_table
from .tree import TreeScreen

__all__ = [
    "TreeScreen",
    "card",
    "components_table",
    "connections_table",
    "differences_screen",
    "findings_screen",
    "findings_table",
    "fleet_table",
    "formulas_table",
    "gridpools_table",
    "relations_table",
    "schedules_table",
    "sensors_table",
]
