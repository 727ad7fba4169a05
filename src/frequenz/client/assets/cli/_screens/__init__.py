"""What people see: model objects as pictures for a terminal.

Whatever a server says stands in them as harmless text. Tables fit the width: what is too long is
cut, or wrapped where every word counts.
"""

from .components import components_table, connections_table, sensors_table
from .differences import differences_table
from .findings import findings_screen, findings_table
from .formulas import formulas_table
from .layout import cell, house_table
from .market import gridpools_table, relations_table, schedules_table
from .microgrids import card, fleet_table
from .tree import TreeScreen

__all__ = [
    "TreeScreen",
    "card",
    "cell",
    "components_table",
    "connections_table",
    "differences_table",
    "findings_screen",
    "findings_table",
    "fleet_table",
    "formulas_table",
    "gridpools_table",
    "house_table",
    "relations_table",
    "schedules_table",
    "sensors_table",
]
