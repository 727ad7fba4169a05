"""How to spoil an inventory, or a reply, so that a finding appears: a row for each rule."""

import re
from collections.abc import Callable, Mapping
from math import nan
from typing import Any, Final, NamedTuple, TypeAlias

from ..findings._rules import Rule
from ..inventory import Site
from ._draft import AREA, MOMENT, Category, Draft

_UNKNOWN_NUMBER: Final = 9999
_TOO_LATE: Final = 253_402_300_800
"""The first second of the year 10000, in s since 1970."""

_IN_1500: Final = -14_831_769_600
_EARLY: Final = {"seconds": 1}
_LATE: Final = {"seconds": 2}


class Place(NamedTuple):
    """A field of a message."""

    draft: Draft
    message: Any
    """The message of the entity."""

    parent: Any
    """The message that has the field: that of the entity, or a part of it."""

    name: str
    """The name of the field in its parent."""

    @property
    def value(self) -> Any:
        """The value of the field."""
        return getattr(self.parent, self.name)

    def set(self, value: Any) -> None:
        """Set the field, and that it is there."""
        self.parent.SetInParent()
        if isinstance(value, dict):
            self.value.CopyFrom(type(self.value)(**value))
            self.value.SetInParent()
        else:
            setattr(self.parent, self.name, value)


Spoiler: TypeAlias = Callable[[Place], None]

# Where fields are ---------------------------------------------------------------------------------

_SPELLINGS: Final = (
    (r"^operational_lifetime\.(start|end)$", r"operational_lifetime.\1_timestamp"),
    (r"validity_period\.(start|end)$", r"validity_period.\1_time"),
    (r"^rated_bounds", "metric_config_bounds"),
    (r"market_location_id\.value$", "market_location_id.id.value"),
    (r"^rated_fuse_current$", "category_specific_info.grid_connection_point.rated_fuse_current"),
    (r"^(primary|secondary)_power$", r"category_specific_info.power_transformer.\1"),
    (r"^type$", "category_specific_info.battery.type"),
    (r"^(source|destination)$", r"\1_electrical_component_id"),
    (r"\[\*\]", "[0]"),
)
"""The fields of rules, and how messages spell them."""

_CATEGORIES: Final = {
    "type": Category.BATTERY,
    "rated_fuse_current": Category.GRID,
    "primary_power": Category.POWER_TRANSFORMER,
    "secondary_power": Category.POWER_TRANSFORMER,
}
"""The category of the component that has a field; the others are those of any, here a meter."""

_MESSAGES: Final[Mapping[str, Callable[[Draft], Any]]] = {
    "microgrid": lambda draft: draft.site.microgrid,
    "connection": lambda draft: draft.site.connection(),
    "sensor": lambda draft: draft.site.sensor(),
    "gridpool": lambda draft: draft.gridpool(),
    "schedule": lambda draft: draft.schedule(),
    "relation": lambda draft: draft.relation(),
}


def place_of(draft: Draft, field: str) -> Place:
    """Return the place of a field of a rule, such as `microgrid: status`; the first of several."""
    noun, path = field.split(", ", maxsplit=1)[0].split(": ")
    if noun == "component":
        message = draft.site.component(_CATEGORIES.get(path, Category.METER))
    else:
        message = _MESSAGES[noun](draft)
    return Place(draft, message, *locate(message, path))


def locate(message: Any, path: str) -> tuple[Any, str]:
    """Return the message that has the field at a path of a rule, and the name of the field.

    A list on the way gets an item if it is empty.
    """
    for pattern, spelling in _SPELLINGS:
        path = re.sub(pattern, spelling, path)
    *steps, last = path.split(".")
    parent = message
    for step in steps:
        name, is_list, _ = step.partition("[")
        parent = getattr(parent, name)
        if is_list:
            parent = parent[0] if parent else parent.add()
    name, is_list, _ = last.partition("[")
    if is_list and not getattr(parent, name):
        getattr(parent, name).add()
    return parent, name


# What is wrong ------------------------------------------------------------------------------------


def _set(value: Any) -> Spoiler:
    return lambda place: place.set(value)


def _clear(place: Place) -> None:
    place.parent.SetInParent()
    place.parent.ClearField(place.name)


def _code(code: str) -> Spoiler:
    def spoil(place: Place) -> None:
        place.set(code)
        place.parent.code_type = 1

    return spoil


def _enum(number: int) -> Spoiler:
    def spoil(place: Place) -> None:
        if "code" in place.parent.DESCRIPTOR.fields_by_name:
            place.parent.code = AREA["code"]
        place.set(number)

    return spoil


def _inverted(place: Place) -> None:
    """Let a period start after its end."""
    suffix = "timestamp" if place.name == "operational_lifetime" else "time"
    place.set({f"start_{suffix}": _LATE, f"end_{suffix}": _EARLY})


def _add_copy(place: Place) -> None:
    """List an entity twice."""
    draft, copied = place.draft, type(place.message)()
    copied.CopyFrom(place.message)
    lists: Mapping[str, list[Any]] = {
        "ElectricalComponent": draft.site.components,
        "ElectricalComponentConnection": draft.site.connections,
        "Sensor": draft.site.sensors,
        "Gridpool": draft.gridpools,
        "GridpoolEnergySchedule": draft.schedules,
    }
    if copied.DESCRIPTOR.name == "Microgrid":
        draft.more_sites.append(Site(copied))
    else:
        lists[copied.DESCRIPTOR.name].append(copied)


def _bounds(*limits: Mapping[str, float] | None) -> Spoiler:
    """Give a component bounds of one metric, several times."""

    def spoil(place: Place) -> None:
        entries = place.message.metric_config_bounds
        del entries[:]
        for limit in limits:
            entry = entries.add(metric=26)
            if limit is not None:
                entry.config_bounds.CopyFrom(type(entry.config_bounds)(**limit))

    return spoil


def _foreign_data(place: Place) -> None:
    place.message.category_specific_info.ev_charger.type = 1


def _overlapping_entries(place: Place) -> None:
    del place.message.time_series[:]
    for _ in range(2):
        place.message.time_series.add(start_time=MOMENT, active_power_w=1.0)


def _too_small(place: Place) -> None:
    for name in ("gridpool_id", "market_location_ref", "delivery_area", "participations"):
        place.message.ClearField(name)


def _meaningless(place: Place) -> None:
    """Let a relation without a gridpool have what only one with a gridpool has."""
    for name in {"gridpool_id", "delivery_area", "participations"} - {place.name}:
        place.message.ClearField(name)
    if place.name == "participations" and not place.message.participations:
        place.message.participations.add(type=1)


def _unused_number(place: Place) -> None:
    draft, name = place.draft, place.name
    place.set(draft.unused_gridpool() if name == "gridpool_id" else draft.unused_microgrid())


# The graph of a site ------------------------------------------------------------------------------


def _unknown_component(place: Place) -> None:
    place.set(place.draft.site.unused_component())


def _without_components(place: Place) -> None:
    site = place.draft.site
    site.components, site.connections = [], []


def _without_connections(place: Place) -> None:
    site = place.draft.site
    site.add(Category.METER, behind=site.component(Category.GRID))
    site.connections = []


def _without_grid(place: Place) -> None:
    site = place.draft.site
    grid = Category.GRID.value
    removed = {component.id for component in site.components if component.category == grid}
    site.components = [it for it in site.components if it.id not in removed]
    site.connections = [
        it
        for it in site.connections
        if not removed & {it.source_electrical_component_id, it.destination_electrical_component_id}
    ]
    if not site.components:
        site.add(Category.METER)


def _nothing_behind_grid(place: Place) -> None:
    site = place.draft.site
    site.components, site.connections = [site.component(Category.GRID)], []


def _second_grid(place: Place) -> None:
    site = place.draft.site
    site.component(Category.GRID)
    site.add(Category.METER, behind=site.add(Category.GRID))


def _unreachable(place: Place) -> None:
    site = place.draft.site
    site.add(Category.METER, behind=site.component(Category.GRID))
    site.add(Category.METER)


def _reversed(place: Place) -> None:
    site = place.draft.site
    grid = site.component(Category.GRID)
    site.add(Category.METER, behind=grid)
    site.connect(site.add(Category.METER), grid)


def _cycle(place: Place) -> None:
    site = place.draft.site
    first = site.add(Category.METER, behind=site.component(Category.GRID))
    site.connect(site.add(Category.METER, behind=first), first)


def _unreachable_at_times(place: Place) -> None:
    site = place.draft.site
    site.add(Category.METER, behind=site.component(Category.GRID))
    site.connections[-1].operational_lifetime.end_timestamp.seconds = 1


def _second_feed(place: Place) -> None:
    site = place.draft.site
    grid = site.component(Category.GRID)
    first, second = (site.add(Category.METER, behind=grid) for _ in range(2))
    site.connect(first, second)


def _behind_each_other(*categories: Category) -> Spoiler:
    """Put components behind the grid connection point, one behind the other."""

    def spoil(place: Place) -> None:
        site = place.draft.site
        ahead = site.component(Category.GRID)
        for category in categories:
            ahead = site.add(category, behind=ahead)

    return spoil


SPOILERS: Final[Mapping[Rule, Spoiler]] = {
    Rule.UNRECOGNIZED: _enum(_UNKNOWN_NUMBER),
    Rule.UNSPECIFIED: _enum(0),
    Rule.MODE_UNSPECIFIED: _set(0),
    Rule.ID_ZERO: _set(0),
    Rule.ID_TAKEN: _add_copy,
    Rule.OTHER_OWNER: _unused_number,
    Rule.OWNER_MISSING: _set(0),
    Rule.TIMESTAMP_OUT_OF_RANGE: _set({"seconds": _TOO_LATE}),
    Rule.NANOS_OUT_OF_RANGE: _set({"nanos": -1}),
    Rule.LIFETIME_INVERTED: _inverted,
    Rule.INTERVAL_INVERTED: _inverted,
    Rule.LIFETIME_MISSING: _clear,
    Rule.MICROGRID_EMPTY: lambda place: place.message.Clear(),
    Rule.DELIVERY_AREA_MISSING: _clear,
    Rule.LOCATION_MISSING: _clear,
    Rule.CREATE_TIMESTAMP_MISSING: _clear,
    Rule.POSITION_MISSING: _set({"country_code": "DE"}),
    Rule.LATITUDE_OUT_OF_RANGE: _set(95.0),
    Rule.LONGITUDE_OUT_OF_RANGE: _set(190.0),
    Rule.COUNTRY_MISSING: _set(""),
    Rule.COUNTRY_MALFORMED: _set("de"),
    Rule.CODE_MISSING: _code(""),
    Rule.EIC_MALFORMED: _code("10YDE"),
    Rule.EIC_CHECK_CHARACTER: _code("10YDE-VE-------3"),
    Rule.CATEGORY_DATA_FOREIGN: _foreign_data,
    Rule.FUSE_CURRENT_MISSING: _set(0),
    Rule.VOLTAGE_MISSING: _set(0.0),
    Rule.VOLTAGE_IMPOSSIBLE: _set(-400.0),
    Rule.BOUNDS_MISSING: _bounds(None),
    Rule.BOUNDS_INVERTED: _bounds({"lower": 2.0, "upper": 1.0}),
    Rule.BOUND_NOT_FINITE: _bounds({"lower": nan, "upper": 1.0}),
    Rule.METRIC_TWICE: _bounds({"upper": 1.0}, {"upper": 2.0}),
    Rule.CONNECTION_TO_ITSELF: lambda place: place.set(
        place.message.source_electrical_component_id
    ),
    Rule.CONNECTION_TWICE: _add_copy,
    Rule.SCHEDULE_PART_MISSING: _clear,
    Rule.ENTRY_START_MISSING: _clear,
    Rule.ENTRIES_OVERLAP: _overlapping_entries,
    Rule.POWER_NOT_FINITE: _set(nan),
    Rule.RELATION_TOO_SMALL: _too_small,
    Rule.RELATION_WITHOUT_AREA: _clear,
    Rule.MEANINGLESS_WITHOUT_GRIDPOOL: _meaningless,
    Rule.MARKET_LOCATION_MISSING: _clear,
    Rule.MOMENT_BEYOND_TABLES: _set({"seconds": _IN_1500}),
    Rule.NO_SUCH_COMPONENT: _unknown_component,
    Rule.NO_SUCH_MICROGRID: _unused_number,
    Rule.NO_SUCH_GRIDPOOL: _unused_number,
    Rule.NO_COMPONENTS: _without_components,
    Rule.NO_CONNECTIONS: _without_connections,
    Rule.NO_GRID_CONNECTION_POINT: _without_grid,
    Rule.NOTHING_BEHIND_GRID_CONNECTION_POINT: _nothing_behind_grid,
    Rule.SEVERAL_GRID_CONNECTION_POINTS: _second_grid,
    Rule.UNREACHABLE: _unreachable,
    Rule.CONNECTION_REVERSED: _reversed,
    Rule.CYCLE: _cycle,
    Rule.UNREACHABLE_AT_TIMES: _unreachable_at_times,
    Rule.SECOND_FEED: _second_feed,
    Rule.NOT_BEHIND_METER: _behind_each_other(Category.EV_CHARGER, Category.EV_CHARGER),
    Rule.BATTERY_WITHOUT_INVERTER: _behind_each_other(Category.METER, Category.BATTERY),
    Rule.INVERTER_WITHOUT_BATTERY: _behind_each_other(Category.INVERTER),
}
"""How to spoil an inventory so that a finding of a rule appears."""
