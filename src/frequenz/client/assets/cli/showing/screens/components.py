"""Components, connections and sensors, a line each."""

from collections.abc import Iterable, Mapping
from typing import Final

from rich.text import Text

from .... import Lifetime, Sensor
from ....electrical_component import (
    ComponentConnection,
    ElectricalComponent,
    ElectricalComponentOperationalMode,
)
from .layout import Column, HouseTable, cell, column, firm, listed, listing, table_of
from .quantities import rating
from .words import kind, member, moment


def components_table(components: Iterable[ElectricalComponent]) -> HouseTable:
    """Return components, a line each."""
    there = list(components)
    ratings = list(map(rating, there))
    columns = (
        firm("id", justify="right"),
        column("name", least=12),
        column("kind", least=12),
        column("product", least=12),
        listing("rating", ratings),
        firm("mode", may_go=True),
        *_lifetime_columns(),
    )
    rows = (
        (
            str(int(component.id)),
            cell(component.name),
            cell(kind(component)),
            cell(component.product),
            listed(made_for, "green"),
            _mode(component),
            *_lifetime(component.operational_lifetime),
        )
        for component, made_for in zip(there, ratings, strict=True)
    )
    return table_of(columns, rows, optional={"UNTIL"}, nothing="no components")


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
    return firm("since", may_go=True), firm("until", may_go=True)


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
    return table_of(columns, rows, optional={"SINCE", "UNTIL"}, nothing="no connections")


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
    return table_of(columns, rows, optional={"UNTIL"}, nothing="no sensors")
