"""From rows to an inventory."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from frequenz.api.common.v1alpha8.microgrid import lifetime_pb2, microgrid_pb2
from frequenz.api.common.v1alpha8.microgrid.sensors import sensors_pb2
from frequenz.client.common.grid import DeliveryArea, EnergyMarketCodeType

from .._model.microgrid import MicrogridStatus
from .._wire.component import ComponentMessage
from .._wire.component_classes import CLASSES, OWN_DATA
from .._wire.connection import ConnectionMessage
from .._wire.delivery_area import encode_delivery_area
from ..building._ratings import KILO, bounds_of_power, rated_power
from ..electrical_component import ElectricalComponentCategory
from ..inventory import Inventory, Site
from ..metrics import Metric
from ._cells import (
    Cell,
    id_of,
    ids_of,
    moment_of,
    number_of,
    positive_of,
    range_of,
    text_of,
)
from ._rows import Row
from ._tables import CATEGORIES, MODES, STATUSES, TYPES

Category = ElectricalComponentCategory


class Sites:
    """The microgrids of a list, in the order in which it names them."""

    def __init__(self) -> None:
        self._microgrids: dict[int, microgrid_pb2.Microgrid] = {}
        self._components: dict[int, dict[int, tuple[ComponentMessage, Row]]] = {}
        self._parents: list[tuple[int, int, list[int], Row]] = []
        self._sensors: dict[int, dict[int, tuple[sensors_pb2.Sensor, Row]]] = {}
        self._rows: dict[int, Row] = {}
        self._names: dict[int, tuple[str, Row]] = {}

    def inventory(self) -> Inventory:
        """Return the microgrids with the rows that are valid; reports parents that are missing."""
        connections: dict[int, list[ConnectionMessage]] = {}
        for microgrid_id, destination, sources, row in self._parents:
            known = self._components[microgrid_id]
            for source in sources:
                if source not in known:
                    row.report(
                        "parent", f"there is no component {source} in microgrid {microgrid_id}"
                    )
                elif source == destination:
                    row.report("parent", f"component {source} cannot be its own parent")
                else:
                    connections.setdefault(microgrid_id, []).append(
                        ConnectionMessage(
                            source_electrical_component_id=source,
                            destination_electrical_component_id=destination,
                        )
                    )
        return Inventory(
            tuple(
                Site(
                    microgrid,
                    tuple(it for it, _ in self._components.get(number, {}).values()),
                    tuple(connections.get(number, ())),
                    tuple(it for it, _ in self._sensors.get(number, {}).values()),
                )
                for number, microgrid in self._microgrids.items()
            )
        )

    def add_microgrid(self, row: Row) -> None:
        """Add a row of the sheet of microgrids."""
        number = row.read("microgrid", id_of)
        message = microgrid_pb2.Microgrid(
            id=number or 0,
            name=row.read("name", text_of) or "",
            enterprise_id=row.read("enterprise", id_of) or 0,
        )
        status: Any = row.read("status", STATUSES.number_of)
        message.status = _ACTIVE if status is None else status
        if code := row.read("delivery area", text_of):
            area = DeliveryArea(code=code, code_type=EnergyMarketCodeType.EUROPE_EIC)
            message.delivery_area.CopyFrom(encode_delivery_area(area))
        latitude = row.read("latitude", _degrees, 90)
        longitude = row.read("longitude", _degrees, 180)
        country = row.read("country", _country)
        if ("latitude" in row.cells) != ("longitude" in row.cells):
            missing = "longitude" if "latitude" in row.cells else "latitude"
            row.report(missing, "missing; latitude and longitude belong together")
        if latitude is not None or country is not None:
            message.location.latitude = latitude or 0.0
            message.location.longitude = longitude or 0.0
            message.location.country_code = country or ""
        if created := row.read("created", moment_of):
            message.create_timestamp.CopyFrom(created)
        if number is None:
            return
        if before := self._rows.get(number):
            row.report("microgrid", f"microgrid {number} is in row {before.number} already")
            return
        self._rows[number] = row
        self._microgrids[number] = message

    def add_component(self, row: Row) -> None:
        """Add a row of the components."""
        microgrid_id = self._microgrid_of(row)
        message = _component(row)
        if microgrid_id is None or not message.id:
            row.read("parent", ids_of)  # reports mistakes in it
            return
        message.microgrid_id = microgrid_id
        others = self._components.setdefault(microgrid_id, {})
        if message.id in others:
            _, before = others[message.id]
            row.report("id", f"component {message.id} is in row {before.number} already")
            row.read("parent", ids_of)  # reports mistakes in it
            return
        # A row with a mistake is still one that others can be behind.
        others[message.id] = message, row
        parents = row.read("parent", ids_of)
        if parents:
            self._parents.append((microgrid_id, message.id, parents, row))

    def add_sensor(self, row: Row) -> None:
        """Add a row of the sensors."""
        microgrid_id = self._microgrid_of(row)
        message = sensors_pb2.Sensor(id=row.read("id", id_of) or 0)
        _read_device(row, message)
        if microgrid_id is None or not message.id:
            return
        message.microgrid_id = microgrid_id
        others = self._sensors.setdefault(microgrid_id, {})
        if message.id in others:
            row.report(
                "id", f"sensor {message.id} is in row {others[message.id][1].number} already"
            )
            return
        others[message.id] = message, row

    def _microgrid_of(self, row: Row) -> int | None:
        """Return the microgrid of a row, which is added if no sheet has it."""
        number = row.read("microgrid", id_of)
        name = row.read("microgrid name", text_of)
        if number is None:
            return None
        if self._rows and number not in self._rows:
            row.report("microgrid", f"microgrid {number} is not in the sheet Microgrids")
            return None
        if number not in self._microgrids:
            self._microgrids[number] = microgrid_pb2.Microgrid(
                id=number, status=_ACTIVE, name=name or ""
            )
        if name is None:
            return number
        other, before = self._names.setdefault(number, (name, row))
        sheet_name = self._microgrids[number].name if number in self._rows else other
        if name != other or name != sheet_name:
            place = f"row {before.number}" if name != other else "the sheet Microgrids"
            row.report(
                "microgrid name",
                f"microgrid {number} is called {other if name != other else sheet_name!r} in"
                f" {place}, got {name!r}",
            )
        elif number not in self._rows:
            self._microgrids[number].name = name
        return number


_ACTIVE: Final[Any] = MicrogridStatus.ACTIVE.value


def _degrees(cell: Any, limit: int) -> float:
    number = number_of(cell, "")
    if not -limit <= number <= limit:
        raise ValueError(f"degrees from -{limit} to {limit}")
    return number


def _country(cell: Any) -> str:
    code = text_of(cell)
    if not (len(code) == 2 and code.isascii() and code.isupper()):
        raise ValueError("two capital letters, such as DE")
    return code


def _read_device(row: Row, message: Any) -> None:
    """Read what components and sensors have: a name, a product and a lifetime."""
    message.name = row.read("name", text_of) or ""
    manufacturer, model = row.read("manufacturer", text_of), row.read("model", text_of)
    message.manufacturer = manufacturer or ""
    setattr(message, "model_name" if manufacturer else "model", model or "")
    start, end = row.read("from", moment_of), row.read("until", moment_of)
    lifetime = lifetime_pb2.Lifetime(start_timestamp=start, end_timestamp=end)
    if start and end and (start.seconds, start.nanos) > (end.seconds, end.nanos):
        row.report("until", f"expected a day after {row.cells['from']}, got {row.cells['until']}")
    if start or end:
        message.operational_lifetime.CopyFrom(lifetime)


_OF_GRID: Final = ("rated fuse current A",)
_OF_TRANSFORMER: Final = ("primary voltage V", "secondary voltage V")
_OF_BATTERY: Final = ("capacity kWh",)
_ONLY: Final[Mapping[Category, tuple[str, ...]]] = {
    Category.GRID: _OF_GRID,
    Category.POWER_TRANSFORMER: _OF_TRANSFORMER,
    Category.BATTERY: _OF_BATTERY,
}
"""The columns of one category only."""


def _component(row: Row) -> ComponentMessage:
    message = ComponentMessage(id=row.read("id", id_of) or 0)
    _read_device(row, message)
    mode: Any = row.read("mode", MODES.number_of)
    if mode is not None:
        message.operational_mode = mode
    number: Any = row.read("category", CATEGORIES.number_of)
    if number is None:
        _read_without_category(row)
        return message
    message.category = number
    category = Category(number)
    noun = CATEGORIES.text(number)
    article = f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"
    for other, headers in _ONLY.items():
        if other is not category:
            row.report_if_given(headers, f"{article} has none")
    own_types = TYPES.get(number)
    kind: Any = None
    if own_types is None:
        row.report_if_given(("type",), f"{article} has no types")
    elif "type" in row.cells:
        kind = row.read("type", own_types.number_of)
    else:
        types = ", ".join(it for it in own_types.listed if it != "unspecified")
        row.report("type", f"missing; expected one of {types}, as {article} needs one")
    if own := OWN_DATA.get(category):
        data = getattr(message.category_specific_info, own.field)
        data.SetInParent()
        if kind is not None:
            data.type = kind
        for field, header in zip(own.ratings.values(), _ONLY.get(category, ()), strict=False):
            value = _rating(row, header)
            if value is not None:
                setattr(data, field, value)
    _read_bounds(row, message, category, kind)
    return message


def _rating(row: Row, header: str) -> float | None:
    """Return the number in a column of one category, in the unit of its header."""
    value = row.read(header, positive_of, header.rpartition(" ")[2])
    if value is None or header not in _OF_GRID:
        return value
    if not value.is_integer() or value >= 2**32:
        row.report(header, f"expected whole A, got {row.cells[header]}")
        return None
    return int(value)


def _read_without_category(row: Row) -> None:
    """Report the mistakes that are some whatever the category is."""
    row.read("type", _type_of_any)
    row.read("rated power kW", _power_of_any)
    for headers in _ONLY.values():
        for header in headers:
            _rating(row, header)


def _type_of_any(cell: Cell) -> None:
    for words in TYPES.values():
        with suppress(ValueError):
            words.number_of(cell)
            return
    listed = dict.fromkeys(it for words in TYPES.values() for it in words.listed)
    raise ValueError(f"a type ({', '.join(it for it in listed if it != 'unspecified')})")


def _power_of_any(cell: Cell) -> None:
    for unit in sorted({rated_power(kind).unit for kind in CLASSES.values()} - {"kW"}):
        with suppress(ValueError):
            range_of(cell, unit)
            return
    range_of(cell, "kW")


def _read_bounds(row: Row, message: ComponentMessage, category: Category, kind: Any) -> None:
    types = OWN_DATA[category].types if category in OWN_DATA else None
    found = CLASSES.get((category, types(kind or 0) if types else None))
    if found is None:
        return
    power = row.read("rated power kW", range_of, rated_power(found).unit)
    if power is not None:
        metric, bounds = bounds_of_power(found, power)
        _add_bounds(message, metric, bounds.lower or 0.0, bounds.upper or 0.0)
    capacity = _rating(row, *_OF_BATTERY) if category is Category.BATTERY else None
    if capacity is not None:
        _add_bounds(message, Metric.BATTERY_CAPACITY, 0.0, capacity * KILO)


def _add_bounds(message: ComponentMessage, metric: Metric, lower: float, upper: float) -> None:
    number: Any = metric.value
    entry = message.metric_config_bounds.add(metric=number)
    entry.config_bounds.lower, entry.config_bounds.upper = lower, upper
