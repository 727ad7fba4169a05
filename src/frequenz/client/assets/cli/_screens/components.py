"""Components, connections and sensors, a line each."""

from collections.abc import Iterable, Mapping
from typing import Final

from rich.text import Text

from ... import Lifetime, Sensor
from ...electrical_component import (
    ComponentConnection,
    ElectricalComponent,
    ElectricalComponentOperationalMode,
)
from .layout import Column, HouseTable, cell, column, firm, table_of
from .quantities import rating
from .words import kind, member, moment


def components_table(components: Iterable[ElectricalComponent]) -> HouseTable:
    """Return components, a line each."""
    columns = (
        firm("id", justify="right"),
        column("name"),
        column("kind"),
        column("product"),
        column("rating"),
        firm("mode"),
        *_lifetime_columns(),
    )
    rows = (
        (
            str(int(component.id)),
            cell(component.name),
            cell(kind(component)),
            cell(component.product),
            cell(rating(component), "green"),
            _mode(component),
            *_lifetime(component.operational_lifetime),
        )
        for component in components
    )
    return table_of(columns, rows, optional={"UNTIL"})


def _mode(component: ElectricalComponent) -> Text:
    mode = component.operational_mode
    inactive = mode is ElectricalComponentOperationalMode.INACTIVE
    return cell(_MODES.get(mode) or member(mode), "bold yellow" if inactive else "")


_MODES: Final[Mapping[ElectricalComponentOperationalMode | int, str]] = {
    ElectricalComponentOperationalMode.TELEMETRY_ONLY: "telemetry",
    ElectricalComponentOperationalMode.CONTROL_ONLY: "control",
    ElectricalComponentOperationalMode.CONTROL_AND_TELEMETRY: "both",
}
"""What components can be asked for, in a word."""


def _lifetime_columns() -> tuple[Column, Column]:
    return column("since"), column("until")


def _lifetime(lifetime: Lifetime | None) -> tuple[Text, Text]:
    start, end = (lifetime.start, lifetime.end) if lifetime else (None, None)
    return cell(moment(start) if start else None), cell(moment(end) if end else None)


def connections_table(connections: Iterable[ComponentConnection]) -> HouseTable:
    """Return connections, a line each."""
    columns = (
        firm("source", justify="right"),
        firm("destination", justify="right"),
        *_lifetime_columns(),
    )
    rows = (
        (
            str(int(connection.source)),
            str(int(connection.destination)),
            *_lifetime(connection.operational_lifetime),
        )
        for connection in connections
    )
    return table_of(columns, rows, optional={"SINCE", "UNTIL"})


def sensors_table(sensors: Iterable[Sensor]) -> HouseTable:
    """Return sensors, a line each."""
    columns = (firm("id", justify="right"), column("name"), column("product"), *_lifetime_columns())
    rows = (
        (
            str(int(sensor.id)),
            cell(sensor.name),
            cell(sensor.product),
            *_lifetime(sensor.operational_lifetime),
        )
        for sensor in sensors
    )
    return table_of(columns, rows, optional={"UNTIL"})
