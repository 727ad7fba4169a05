"""What people see on a terminal: model objects as tables and other screens.

Control characters in texts of a server are escaped. Tables fit the width: long names are truncated,
other texts wrap, and columns that do not fit are dropped, which an ellipsis beside the header
indicates. IDs and differences are always shown in full.
"""

from .components import (
    components_table,
    connections_table,
    fleet_components_table,
    sensors_table,
)
from .differences import differences_table
from .findings import error_card, findings_report, findings_table, rule_card
from .formulas import formulas_table
from .market import gridpools_table, relations_table, schedules_table
from .microgrids import microgrid_card, microgrids_table
from .tree import ComponentTree

__all__ = [
    "ComponentTree",
    "components_table",
    "connections_table",
    "differences_table",
    "error_card",
    "findings_report",
    "findings_table",
    "fleet_components_table",
    "formulas_table",
    "gridpools_table",
    "microgrid_card",
    "microgrids_table",
    "relations_table",
    "rule_card",
    "schedules_table",
    "sensors_table",
]
