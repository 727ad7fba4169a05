"""From an inventory to the rows of a list."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from .._wire.component import ComponentMessage
from .._wire.component_classes import CLASSES, OWN_DATA
from .._wire.microgrid import is_unknown
from ..building._ratings import KILO, rated_power
from ..electrical_component import ElectricalComponent, ElectricalComponentCategory
from ..inventory import Inventory, Site
from ..metrics import Metric
from ._cells import Value, id_value, ids_value, moment_value, number_text, number_value
from ._tables import CATEGORIES, COMPONENTS, MICROGRIDS, MODES, SENSORS, STATUSES, TYPES

Cells = dict[str, Value]
"""The cells of a row, by the header of their column."""


def tables_of(inventory: Inventory) -> Mapping[str, Sequence[Cells]]:
    """Return the rows of each table, by its name."""
    return {
        COMPONENTS.name: [row for site in inventory.sites for row in _components(site)],
        MICROGRIDS.name: [_microgrid(site.microgrid) for site in inventory.sites],
        SENSORS.name: [_sensor(it, site) for site in inventory.sites for it in site.sensors],
    }


def _microgrid(message: Any) -> Cells:
    cells: Cells = {
        "microgrid": id_value(message.id),
        "name": message.name,
        "enterprise": id_value(message.enterprise_id) if message.enterprise_id else None,
        "status": STATUSES.text(message.status),
        "delivery area": message.delivery_area.code,
    }
    if message.HasField("location"):
        cells["country"] = message.location.country_code
        if not is_unknown(message.location):
            cells["latitude"] = number_value(message.location.latitude)
            cells["longitude"] = number_value(message.location.longitude)
    if message.HasField("create_timestamp"):
        cells["created"] = moment_value(message.create_timestamp)
    return cells


def _components(site: Site) -> Iterable[Cells]:
    parents: dict[int, list[int]] = {}
    for connection in site.connections:
        sources = parents.setdefault(connection.destination_electrical_component_id, [])
        sources.append(connection.source_electrical_component_id)
    for message in site.components:
        yield {
            "microgrid": id_value(site.microgrid.id),
            "microgrid name": site.microgrid.name,
            "category": CATEGORIES.text(message.category),
            "parent": ids_value(parents.get(message.id, ())),
            **_device(message),
            **_own_data(message),
            **_bounds(message),
            "mode": MODES.text(message.operational_mode) if message.operational_mode else None,
        }


def _sensor(message: Any, site: Site) -> Cells:
    return {"microgrid": id_value(site.microgrid.id), **_device(message)}


def _device(message: Any) -> Cells:
    lifetime = message.operational_lifetime
    moments = {"from": "start_timestamp", "until": "end_timestamp"}
    return {
        "id": id_value(message.id),
        "name": message.name,
        "manufacturer": message.manufacturer,
        "model": message.model_name if message.manufacturer else message.model,
        **{
            header: moment_value(getattr(lifetime, field))
            for header, field in moments.items()
            if lifetime.HasField(field)
        },
    }


_GRID: Final = ElectricalComponentCategory.GRID.value
_TRANSFORMER: Final = ElectricalComponentCategory.POWER_TRANSFORMER.value


def _own_data(message: ComponentMessage) -> Cells:
    info = message.category_specific_info
    if types := TYPES.get(message.category):
        own = OWN_DATA[ElectricalComponentCategory(message.category)]
        return {"type": types.text(getattr(info, own.field).type)}
    if message.category == _GRID:
        current = info.grid_connection_point.rated_fuse_current
        return {"rated fuse current A": current or None}
    if message.category == _TRANSFORMER:
        voltages = info.power_transformer
        return {
            "primary voltage V": number_value(voltages.primary) if voltages.primary else None,
            "secondary voltage V": number_value(voltages.secondary) if voltages.secondary else None,
        }
    return {}


def class_of(message: ComponentMessage) -> type[ElectricalComponent] | None:
    """Return the class of a component, or None if the list has no word for it."""
    try:
        category = ElectricalComponentCategory(message.category)
        own = OWN_DATA.get(category)
        if own is None or own.types is None:
            return CLASSES[category, None]
        return CLASSES[category, own.types(getattr(message.category_specific_info, own.field).type)]
    except ValueError:
        return None


def _bounds(message: ComponentMessage) -> Cells:
    kind = class_of(message)
    if kind is None:
        return {}
    rated = rated_power(kind)
    cells: Cells = {}
    for entry in message.metric_config_bounds:
        bounds = entry.config_bounds
        if not (bounds.HasField("lower") and bounds.HasField("upper")):
            continue
        if entry.metric == Metric.BATTERY_CAPACITY.value:
            cells["capacity kWh"] = number_value(bounds.upper, KILO)
        elif entry.metric == rated.metric.value:
            largest = max(abs(bounds.lower), abs(bounds.upper))
            if (bounds.lower, bounds.upper) == rated.bounds(largest):
                cells["rated power kW"] = number_value(largest, KILO)
            else:
                ends = (number_value(it, KILO) for it in (bounds.lower, bounds.upper))
                cells["rated power kW"] = " to ".join(map(number_text, ends))
    return cells
