"""Tables of components, connections and sensors."""

from collections.abc import Iterable, Mapping
from typing import Final

from rich.text import Text

from .... import Lifetime, Sensor
from ....electrical_component import (
    ComponentConnection,
    ElectricalComponent,
    ElectricalComponentOperationalMode,
)
from ....topology._quantities import rating_text
from .layout import (
    TextTable,
    fixed_column,
    list_column,
    make_table,
    truncated,
    truncated_column,
    wrapped_list,
)
from .text import enum_text, kind_text, time_text

_ID_COLUMN: Final = fixed_column("id", justify="right")
_LIFETIME_COLUMNS: Final = (
    fixed_column("since", is_droppable=True),
    fixed_column("until", is_droppable=True),
)
_MODES: Final[Mapping[ElectricalComponentOperationalMode | int, str]] = {
    ElectricalComponentOperationalMode.TELEMETRY_ONLY: "telemetry",
    ElectricalComponentOperationalMode.CONTROL_ONLY: "control",
    ElectricalComponentOperationalMode.CONTROL_AND_TELEMETRY: "both",
}
"""Short names of operational modes."""


def components_table(components: Iterable[ElectricalComponent]) -> TextTable:
    """Return a table of components."""
    listed = list(components)
    ratings = list(map(rating_text, listed))
    columns = (
        _ID_COLUMN,
        truncated_column("name", min_width=12),
        truncated_column("kind", min_width=12),
        list_column("rating", ratings),
        fixed_column("mode", is_droppable=True),
        truncated_column("product", min_width=12),
        *_LIFETIME_COLUMNS,
    )
    rows = (
        (
            str(int(component.id)),
            truncated(component.name),
            truncated(kind_text(component)),
            wrapped_list(rating, "green"),
            _mode_cell(component),
            truncated(component.product),
            *_lifetime_cells(component.operational_lifetime),
        )
        for component, rating in zip(listed, ratings, strict=True)
    )
    return make_table(columns, rows, optional={"UNTIL"}, placeholder="no components")


def _mode_cell(component: ElectricalComponent) -> Text:
    mode = component.operational_mode
    inactive = mode is ElectricalComponentOperationalMode.INACTIVE
    return truncated(_MODES.get(mode) or enum_text(mode), "bold yellow" if inactive else "")


def _lifetime_cells(lifetime: Lifetime | None) -> tuple[Text, Text]:
    start, end = (lifetime.start, lifetime.end) if lifetime else (None, None)
    return truncated(time_text(start) if start else None), truncated(
        time_text(end) if end else None
    )


def connections_table(connections: Iterable[ComponentConnection]) -> TextTable:
    """Return a table of connections."""
    columns = (
        fixed_column("source", justify="right"),
        fixed_column("destination", justify="right"),
        *_LIFETIME_COLUMNS,
    )
    rows = (
        (
            str(int(connection.source)),
            str(int(connection.destination)),
            *_lifetime_cells(connection.operational_lifetime),
        )
        for connection in connections
    )
    return make_table(columns, rows, optional={"SINCE", "UNTIL"}, placeholder="no connections")


def sensors_table(sensors: Iterable[Sensor]) -> TextTable:
    """Return a table of sensors."""
    columns = (
        _ID_COLUMN,
        truncated_column("name"),
        truncated_column("product"),
        *_LIFETIME_COLUMNS,
    )
    rows = (
        (
            str(int(sensor.id)),
            truncated(sensor.name),
            truncated(sensor.product),
            *_lifetime_cells(sensor.operational_lifetime),
        )
        for sensor in sensors
    )
    return make_table(columns, rows, optional={"UNTIL"}, placeholder="no sensors")
