"""The rules: everything that can be wrong with an inventory, in one table.

`docs/findings.md` is generated from it. Rules apply to messages, so that a server's reply, the
inventory that a server loads and a file are all checked by the same ones.
"""

import enum
import re
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from .._html import Row, ShownAsRow
from ._pages import page_of_finding


class Severity(enum.Enum):
    """How bad a finding is."""

    MAJOR = "major"
    """The data is wrong, or cannot be used as it is."""

    MINOR = "minor"
    """Something is merely absent."""


_MAJOR, _MINOR = Severity.MAJOR, Severity.MINOR

# Kinds of fields, each after the kind of entity that has it.

_ENUMS: Final = (
    "microgrid: status",
    "microgrid: delivery_area.code_type",
    "component: category",
    "component: type",
    "component: rated_bounds[*].metric",
    "schedule: counterparty_balancing_group.code_type",
    "schedule: counterparty_delivery_area.code_type",
    "schedule: frequenz_delivery_area.code_type",
    "schedule: direction",
    "schedule: delivery_duration",
    "relation: delivery_area.code_type",
    "relation: market_location_ref.market_area",
    "relation: market_location_ref.market_location_id.type",
    "relation: participations[*].type",
)
_MOMENTS: Final = (
    "microgrid: create_timestamp",
    "component: operational_lifetime.start",
    "component: operational_lifetime.end",
    "connection: operational_lifetime.start",
    "connection: operational_lifetime.end",
    "sensor: operational_lifetime.start",
    "sensor: operational_lifetime.end",
    "schedule: validity_period.start",
    "schedule: validity_period.end",
    "schedule: cancel_time",
    "schedule: time_series[*].start_time",
    "relation: participations[*].validity_period.start",
    "relation: participations[*].validity_period.end",
)
_TEXTS: Final = (
    "microgrid: name",
    "microgrid: delivery_area.code",
    "microgrid: location.country_code",
    "component: name",
    "component: manufacturer",
    "component: model_name",
    "component: model",
    "sensor: name",
    "sensor: manufacturer",
    "sensor: model_name",
    "sensor: model",
    "gridpool: name",
    "schedule: name",
    "schedule: counterparty_balancing_group.code",
    "schedule: counterparty_delivery_area.code",
    "schedule: frequenz_delivery_area.code",
    "relation: delivery_area.code",
    "relation: market_location_ref.market_location_id.value",
)
_CODES: Final = (
    "microgrid: delivery_area.code",
    "schedule: counterparty_balancing_group.code",
    "schedule: counterparty_delivery_area.code",
    "schedule: frequenz_delivery_area.code",
    "relation: delivery_area.code",
)


class Fault(NamedTuple):
    """One thing that is wrong with a message."""

    rule: "Rule"
    """The rule that is broken."""

    path: str
    """The field, from the entity on: `location.latitude`."""

    sentence: str
    """What is wrong with it, and what is made of it."""

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return self.rule.severity

    def of(self, entity: str) -> "Finding":
        """Return the finding of this fault in an entity."""
        return Finding(entity, self.rule, self.path, self.sentence)

    def __str__(self) -> str:
        return f"{self.path}: {self.sentence}"


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Finding(ShownAsRow):
    """One thing that is wrong with an entity."""

    entity: str
    """The kind and the number of the entity, such as `component 17`."""

    rule: "Rule"
    """The rule that is broken."""

    path: str
    """The field, from the entity on: `location.latitude`."""

    sentence: str
    """What is wrong with it, and what is made of it."""

    @property
    def id(self) -> str:
        """The name of the rule, such as `latitude-out-of-range`."""
        return self.rule.id

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return self.rule.severity

    @property
    def advice(self) -> str:
        """What to do about it."""
        return self.rule.advice

    def __str__(self) -> str:
        """Return the entity, the path and the sentence."""
        return f"{self.entity}: {self.path}: {self.sentence}"

    def _row(self) -> Row:
        return {
            "severity": self.severity.value,
            "entity": self.entity,
            "field": self.path,
            "finding": self.sentence,
            "advice": self.advice,
        }


@enum.unique
class Rule(enum.Enum):
    """Something that can be wrong with an entity.

    A member consists of its severity, the sentence that says what is wrong, the advice how to fix
    it, and the fields it applies to, as `entity: path`; `[*]` is any index or name.
    """

    # Enums ----------------------------------------------------------------------------------------

    UNRECOGNIZED = (
        _MAJOR,
        "unrecognized value {number}; kept as a plain integer",
        "correct the number, or update this package: it knows the API up to its own release",
        *_ENUMS,
        "component: operational_mode",
    )
    UNSPECIFIED = (
        _MAJOR,
        "unspecified",
        "set it to a known value",
        *_ENUMS,
    )
    MODE_UNSPECIFIED = (
        _MINOR,
        "unspecified; treated as control and telemetry",
        "set whether the component accepts commands and provides telemetry",
        "component: operational_mode",
    )

    # IDs ------------------------------------------------------------------------------------------

    ID_ZERO = (
        _MAJOR,
        "0 is not a valid ID",
        "set an ID of 1 or above",
        "microgrid: id",
        "component: id",
        "connection: source",
        "connection: destination",
        "sensor: id",
        "gridpool: id",
        "schedule: schedule_id",
        "relation: gridpool_id",
        "relation: microgrid_id",
    )
    ID_TAKEN = (
        _MAJOR,
        "duplicate ID {number}: an earlier {noun} in the list has it",
        "give each its own ID, or remove the duplicate",
        "microgrid: id",
        "component: id",
        "sensor: id",
        "gridpool: id",
        "schedule: schedule_id",
    )
    OTHER_OWNER = (
        _MAJOR,
        "belongs to {noun} {number}, but is listed under {noun} {asked}",
        "list it where it belongs, or correct the ID",
        "component: microgrid_id",
        "sensor: microgrid_id",
        "schedule: gridpool_id",
    )
    OWNER_MISSING = (
        _MINOR,
        "missing",
        "set the ID of the enterprise, microgrid or gridpool it belongs to",
        "microgrid: enterprise_id",
        "component: microgrid_id",
        "sensor: microgrid_id",
        "schedule: gridpool_id",
    )
    REPLY_FOR_ANOTHER = (
        _MAJOR,
        "the reply is for {noun} {number}, but {asked} was requested",
        "report this to the operator of the server",
        "microgrid: id",
        "reply: microgrid_id",
        "reply: gridpool_id",
    )
    REPLY_WITHOUT_ID = (
        _MINOR,
        "missing; the reply does not say which {noun} it is for",
        "report this to the operator of the server",
        "reply: microgrid_id",
        "reply: gridpool_id",
    )

    # Time -----------------------------------------------------------------------------------------

    TIMESTAMP_OUT_OF_RANGE = (
        _MAJOR,
        "{seconds} s since 1970 is outside the years 1 to 9999; {so}",
        "correct the time, or leave it out if there is no start or end",
        *_MOMENTS,
    )
    NANOS_OUT_OF_RANGE = (
        _MAJOR,
        "{nanos} nanoseconds are outside 0 to 999999999; {so}",
        "correct the time: nanoseconds count forward from the second, even before 1970",
        *_MOMENTS,
    )
    LIFETIME_INVERTED = (
        _MAJOR,
        "starts at {start}, after its end at {end}; treated as always operational",
        "swap or correct start and end",
        "component: operational_lifetime",
        "connection: operational_lifetime",
        "sensor: operational_lifetime",
    )
    INTERVAL_INVERTED = (
        _MAJOR,
        "starts at {start}, after its end at {end}; ignored",
        "swap or correct start and end",
        "schedule: validity_period",
        "relation: participations[*].validity_period",
    )
    LIFETIME_MISSING = (
        _MINOR,
        "missing; the component is treated as always operational",
        "set when the component became part of the microgrid",
        "component: operational_lifetime",
    )

    # Microgrids -----------------------------------------------------------------------------------

    MICROGRID_EMPTY = (
        _MAJOR,
        "the reply contains an empty microgrid",
        "ask the operator of the server what happened to the microgrid",
        "microgrid: id",
    )
    DELIVERY_AREA_MISSING = (
        _MINOR,
        "missing",
        "set the area to which energy is delivered; an island has none",
        "microgrid: delivery_area",
    )
    LOCATION_MISSING = (
        _MINOR,
        "missing",
        "set the location of the microgrid",
        "microgrid: location",
    )
    CREATE_TIMESTAMP_MISSING = (
        _MINOR,
        "missing",
        "set when the microgrid was created",
        "microgrid: create_timestamp",
    )
    POSITION_MISSING = (
        _MINOR,
        "missing: latitude and longitude are 0",
        "set both; where 0° N 0° E is meant, set one of them to 1e-9",
        "microgrid: location",
    )
    LATITUDE_OUT_OF_RANGE = (
        _MAJOR,
        "{degrees} is outside -90 to 90 degrees; ignored",
        "correct it: degrees north of the equator, perhaps swapped with the longitude",
        "microgrid: location.latitude",
    )
    LONGITUDE_OUT_OF_RANGE = (
        _MAJOR,
        "{degrees} is outside -180 to 180 degrees; ignored",
        "correct it: degrees east of Greenwich",
        "microgrid: location.longitude",
    )
    COUNTRY_MISSING = (
        _MINOR,
        "missing",
        "set the country's ISO 3166-1 alpha-2 code, such as DE",
        "microgrid: location.country_code",
    )
    COUNTRY_MALFORMED = (
        _MAJOR,
        "invalid country code {code}: expected two capital letters (ISO 3166-1 alpha-2)",
        "set the country's ISO 3166-1 alpha-2 code, such as DE",
        "microgrid: location.country_code",
    )

    # Codes of the energy market -------------------------------------------------------------------

    CODE_MISSING = (
        _MINOR,
        "missing",
        "set the code, such as an EIC",
        *_CODES,
    )
    EIC_MALFORMED = (
        _MAJOR,
        "invalid EIC {code}: expected 16 characters of 0-9, A-Z and -, not ending in -",
        "look the code up in ENTSO-E's list, or correct its type",
        *_CODES,
    )
    EIC_CHECK_CHARACTER = (
        _MAJOR,
        "invalid EIC {code}: wrong check character; {expected} matches the first 15 characters",
        "look the code up in ENTSO-E's list: a character is wrong, or two are swapped",
        *_CODES,
    )

    # Components -----------------------------------------------------------------------------------

    CATEGORY_DATA_FOREIGN = (
        _MAJOR,
        "belongs to category {present}, but the category is {category}",
        "correct the category, or remove the data of the other one",
        "component: category_specific_info",
    )
    FUSE_CURRENT_MISSING = (
        _MINOR,
        "missing",
        "set the rated current of the fuse, in A",
        "component: rated_fuse_current",
    )
    VOLTAGE_MISSING = (
        _MINOR,
        "missing",
        "set the voltage, in V",
        "component: primary_power",
        "component: secondary_power",
    )
    VOLTAGE_IMPOSSIBLE = (
        _MAJOR,
        "{volts} V is not a valid voltage of a transformer",
        "set a positive number, in V",
        "component: primary_power",
        "component: secondary_power",
    )
    BOUNDS_MISSING = (
        _MAJOR,
        "no bounds given; ignored",
        "set a lower bound, an upper bound or both, or remove the metric",
        "component: rated_bounds[*]",
    )
    BOUNDS_INVERTED = (
        _MAJOR,
        "lower {lower} is above upper {upper}; ignored",
        "swap or correct the bounds",
        "component: rated_bounds[*]",
    )
    BOUND_NOT_FINITE = (
        _MAJOR,
        "the {side} bound is {limit}, which is not a finite number",
        "set a number, or leave the bound out if there is none",
        "component: rated_bounds[*]",
    )
    METRIC_TWICE = (
        _MAJOR,
        "given twice; the last usable entry is used",
        "remove one",
        "component: rated_bounds[*]",
    )

    # Connections ----------------------------------------------------------------------------------

    CONNECTION_TO_ITSELF = (
        _MAJOR,
        "same as the source, component {number}; the connection is ignored",
        "correct one of its ends, or remove the connection",
        "connection: destination",
    )
    CONNECTION_TWICE = (
        _MAJOR,
        "the connection is listed twice, for overlapping times",
        "remove one, or end its lifetime where the other's starts",
        "connection: destination",
    )

    # Energy schedules -----------------------------------------------------------------------------

    SCHEDULE_PART_MISSING = (
        _MINOR,
        "missing",
        "set it: a schedule is an exchange between two parties over a period",
        "schedule: counterparty_balancing_group",
        "schedule: counterparty_delivery_area",
        "schedule: frequenz_delivery_area",
        "schedule: validity_period",
    )
    ENTRY_START_MISSING = (
        _MINOR,
        "missing",
        "set when the delivery period starts",
        "schedule: time_series[*].start_time",
    )
    ENTRIES_OVERLAP = (
        _MAJOR,
        "{start} is within the delivery period of time_series[{other}]",
        "keep one entry per delivery period",
        "schedule: time_series[*].start_time",
    )
    POWER_NOT_FINITE = (
        _MAJOR,
        "{power} is not a finite number of watts",
        "set the power in W; 0 if nothing is delivered",
        "schedule: time_series[*].active_power_w",
    )

    # Market topology ------------------------------------------------------------------------------

    RELATION_TOO_SMALL = (
        _MAJOR,
        "a relation needs two of these, got {given}",
        "add another end, or remove the relation",
        "relation: gridpool_id, microgrid_id, market_location_ref",
    )
    RELATION_WITHOUT_AREA = (
        _MAJOR,
        "missing; a relation with a gridpool needs one",
        "set the delivery area in which the relation holds",
        "relation: delivery_area",
    )
    MEANINGLESS_WITHOUT_GRIDPOOL = (
        _MAJOR,
        "has no meaning in a relation without a gridpool",
        "add the gridpool, or remove this",
        "relation: delivery_area",
        "relation: participations",
    )
    MARKET_LOCATION_MISSING = (
        _MINOR,
        "missing",
        "set the official identifier of the market location",
        "relation: market_location_ref.market_location_id",
        "relation: market_location_ref.market_location_id.value",
    )

    # What only tables find ------------------------------------------------------------------------

    TEXT_MALFORMED = (
        _MAJOR,
        "not valid UTF-8; left out",
        "write the text as UTF-8",
        *_TEXTS,
    )
    MOMENT_BEYOND_TABLES = (
        _MINOR,
        "{moment} is outside the years 1677 to 2262, which nanoseconds can hold; null in tables",
        "leave the time out if there is no start or end",
        *_MOMENTS,
    )

    # Across entities: found in inventories only ---------------------------------------------------

    NO_SUCH_COMPONENT = (
        _MAJOR,
        "there is no component {number} in the microgrid",
        "add the component, or correct the connection's end",
        "connection: source",
        "connection: destination",
    )
    NO_SUCH_MICROGRID = (
        _MAJOR,
        "there is no microgrid {number} in the inventory",
        "add the microgrid, or correct the number",
        "relation: microgrid_id",
    )
    NO_SUCH_GRIDPOOL = (
        _MAJOR,
        "there is no gridpool {number} in the inventory",
        "add the gridpool, or correct the number",
        "schedule: gridpool_id",
        "relation: gridpool_id",
    )
    NO_COMPONENTS = (
        _MINOR,
        "missing; the microgrid has no components",
        "add the components of the microgrid",
        "microgrid: components",
    )
    NO_CONNECTIONS = (
        _MINOR,
        "missing; the components of the microgrid are not connected",
        "add the connections between the components",
        "microgrid: connections",
    )
    NO_GRID_CONNECTION_POINT = (
        _MINOR,
        "no grid connection point{period}: an island, or incomplete data; there are no power"
        " formulas",
        "add the grid connection point, and the connections from it; an island has none",
        "microgrid: components",
    )
    NOTHING_BEHIND_GRID_CONNECTION_POINT = (
        _MINOR,
        "nothing is behind the grid connection point{period}; there are no power formulas",
        "add the connection to the meter or the device behind it",
        "component: connections",
    )
    SEVERAL_GRID_CONNECTION_POINTS = (
        _MAJOR,
        "the microgrid has another grid connection point at the same time, component {other}",
        "keep one, or make each a microgrid of its own",
        "component: category",
    )
    UNREACHABLE = (
        _MAJOR,
        "never reachable from {roots}",
        "connect the component, or remove it",
        "component: connections",
    )
    CONNECTION_REVERSED = (
        _MAJOR,
        "leads towards {roots}; swap source and destination?",
        "swap source and destination: connections lead away from the grid connection point",
        "connection: destination",
    )
    CYCLE = (
        _MAJOR,
        "closes the cycle {cycle}",
        "reverse or remove a connection: all lead away from the grid connection point",
        "connection: destination",
    )

    UNREACHABLE_AT_TIMES = (
        _MINOR,
        "not reachable from the grid connection point{period}; then there are no power formulas",
        "extend the lifetimes of what leads to the component, or shorten its own",
        "component: connections",
    )
    SECOND_FEED = (
        _MAJOR,
        "is directly behind the grid connection point, and also behind component {other}{period};"
        " there are no power formulas",
        "remove one of the connections to it",
        "component: connections",
    )
    NOT_BEHIND_METER = (
        _MAJOR,
        "{kind} cannot be behind {ahead} (component {other}){period}; there are no power formulas",
        "connect it to a meter or the grid connection point, or correct one of the categories",
        "component: connections",
    )
    BATTERY_WITHOUT_INVERTER = (
        _MAJOR,
        "a battery cannot be directly behind {ahead} (component {other}){period}; there are no"
        " power formulas",
        "put its inverter between them, or correct the type of the inverter to battery or hybrid",
        "component: connections",
    )
    INVERTER_WITHOUT_BATTERY = (
        _MINOR,
        "no battery is behind the battery inverter{period}; there are no power formulas",
        "add the connection to its battery, or correct the type of the inverter",
        "component: connections",
    )

    def __init__(self, severity: Severity, sentence: str, advice: str, *fields: str) -> None:
        """Set the attributes of a member."""
        self.severity = severity
        self.sentence = sentence
        """What is wrong, with the details still to be filled in."""

        self.advice = advice
        """What to do about it."""

        self.fields = fields
        """The kinds of entities and their fields where it is found."""

    def __repr__(self) -> str:
        return f"Rule.{self.name}"

    def __reduce_ex__(self, _: Any) -> tuple[Any, ...]:
        return getattr, (type(self), self.name)  # not by its texts, which may change

    @property
    def id(self) -> str:
        """The name of the rule, such as `latitude-out-of-range`."""
        return self.name.lower().replace("_", "-")

    @property
    def outline(self) -> str:
        """The sentence with a name in braces for each detail: `{degrees} is outside ...`."""
        return re.sub(r"\{(\w+)[:!]\w\}", r"{\1}", self.sentence)

    @property
    def paths(self) -> dict[str, list[str]]:
        """The paths of the fields where it is found, by the kind of entity."""
        paths: dict[str, list[str]] = {}
        for field in self.fields:
            entity, _, path = field.partition(": ")
            paths.setdefault(entity, []).append(path)
        return paths

    @property
    def page(self) -> str:
        """Its section in the documentation: `docs/findings.md#latitude-out-of-range`."""
        return page_of_finding(self.id)

    def at(self, path: str, **details: Any) -> Fault:
        """Return the fault of this kind at a field."""
        return Fault(self, path, self.sentence.format(**details))
