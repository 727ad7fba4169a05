"""The catalogue: everything that can be wrong with an inventory, in one table.

`docs/findings.md` is written from it. It is about messages, so that the reply of a server, what a
server is to serve and a file are all judged by the same rules.
"""

import enum
from dataclasses import dataclass
from typing import Any, Final, NamedTuple


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
    """What of the catalogue it is."""

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
class Finding:
    """One thing that is wrong with an entity."""

    entity: str
    """The kind and the number of the entity, such as `component 17`."""

    rule: "Rule"
    """What of the catalogue it is."""

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
        return f"{self.entity}: {self.path}: {self.sentence}"


@enum.unique
class Rule(enum.Enum):
    """A thing that can be wrong with an entity.

    A member is made of its severity, the sentence that says what is wrong, what to do about it,
    and the fields where it is found. A field stands after the kind of its entity; `[*]` stands for
    a number or a name.
    """

    # Numbers that stand for something ------------------------------------------------------------

    UNRECOGNIZED = (
        _MAJOR,
        "{number} is unrecognized; it stays a plain integer",
        "correct the number, or update this package, which knows the API up to its own release",
        *_ENUMS,
        "component: operational_mode",
    )
    UNSPECIFIED = (
        _MAJOR,
        "unspecified",
        "say which it is",
        *_ENUMS,
    )
    MODE_UNSPECIFIED = (
        _MINOR,
        "unspecified; taken as control and telemetry",
        "say whether the component takes commands and gives telemetry",
        "component: operational_mode",
    )

    # Ids ------------------------------------------------------------------------------------------

    ID_ZERO = (
        _MAJOR,
        "0 is the id of nothing",
        "give the number, which is 1 or above",
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
        "{number} is the id of an earlier {noun} of the list, too",
        "give each its own number, or remove the double",
        "microgrid: id",
        "component: id",
        "sensor: id",
        "gridpool: id",
        "schedule: schedule_id",
    )
    OTHER_OWNER = (
        _MAJOR,
        "{number} is another {noun} than {asked}, where it is listed",
        "list it where it belongs, or correct the number",
        "component: microgrid_id",
        "sensor: microgrid_id",
        "schedule: gridpool_id",
    )
    OWNER_MISSING = (
        _MINOR,
        "missing",
        "say where it belongs",
        "microgrid: enterprise_id",
        "component: microgrid_id",
        "sensor: microgrid_id",
        "schedule: gridpool_id",
    )
    REPLY_FOR_ANOTHER = (
        _MAJOR,
        "the reply is for {noun} {number}, but {asked} was asked for",
        "report it to whoever runs the server",
        "microgrid: id",
        "reply: microgrid_id",
        "reply: gridpool_id",
    )
    REPLY_WITHOUT_ID = (
        _MINOR,
        "missing; the reply does not say which {noun} it is for",
        "report it to whoever runs the server",
        "reply: microgrid_id",
        "reply: gridpool_id",
    )

    # Time -----------------------------------------------------------------------------------------

    TIMESTAMP_OUT_OF_RANGE = (
        _MAJOR,
        "{seconds} s since 1970 is not within the years 1 and 9999; {so}",
        "correct the time; to say that there is no end, leave it out",
        *_MOMENTS,
    )
    NANOS_OUT_OF_RANGE = (
        _MAJOR,
        "{nanos} nanoseconds are not within 0 and 999999999; {so}",
        "correct the time: nanoseconds count forward from the second, also before 1970",
        *_MOMENTS,
    )
    LIFETIME_INVERTED = (
        _MAJOR,
        "starts at {start} after its end at {end}; taken as always operational",
        "exchange or correct start and end",
        "component: operational_lifetime",
        "connection: operational_lifetime",
        "sensor: operational_lifetime",
    )
    INTERVAL_INVERTED = (
        _MAJOR,
        "starts at {start} after its end at {end}; left out",
        "exchange or correct start and end",
        "schedule: validity_period",
        "relation: participations[*].validity_period",
    )
    LIFETIME_MISSING = (
        _MINOR,
        "missing; the component counts as always operational",
        "say since when the component is part of the microgrid",
        "component: operational_lifetime",
    )

    # Microgrids -----------------------------------------------------------------------------------

    MICROGRID_EMPTY = (
        _MAJOR,
        "all of it is missing",
        "ask whoever runs the server what became of the microgrid",
        "microgrid: id",
    )
    DELIVERY_AREA_MISSING = (
        _MINOR,
        "missing",
        "give the area to which energy is delivered; an island has none",
        "microgrid: delivery_area",
    )
    LOCATION_MISSING = (
        _MINOR,
        "missing",
        "say where the microgrid is",
        "microgrid: location",
    )
    CREATE_TIMESTAMP_MISSING = (
        _MINOR,
        "missing",
        "say when the microgrid was created",
        "microgrid: create_timestamp",
    )
    LATITUDE_OUT_OF_RANGE = (
        _MAJOR,
        "{degrees} is not within -90 and 90 degrees; left out",
        "correct it: degrees north of the equator, not exchanged with the longitude",
        "microgrid: location.latitude",
    )
    LONGITUDE_OUT_OF_RANGE = (
        _MAJOR,
        "{degrees} is not within -180 and 180 degrees; left out",
        "correct it: degrees east of Greenwich",
        "microgrid: location.longitude",
    )
    COUNTRY_MISSING = (
        _MINOR,
        "missing",
        "give the country's code, ISO 3166-1 alpha-2, such as DE",
        "microgrid: location.country_code",
    )
    COUNTRY_MALFORMED = (
        _MAJOR,
        "{code} is not a country code of two capital letters (ISO 3166-1 alpha-2)",
        "give the country's code, ISO 3166-1 alpha-2, such as DE",
        "microgrid: location.country_code",
    )

    # Codes of the energy market -------------------------------------------------------------------

    CODE_MISSING = (
        _MINOR,
        "missing",
        "give the code, such as an EIC",
        *_CODES,
    )
    EIC_MALFORMED = (
        _MAJOR,
        "{code} is no EIC: that is 16 of the characters 0-9, A-Z and -, the last no -",
        "look the code up in ENTSO-E's list, or correct its type",
        *_CODES,
    )
    EIC_CHECK_CHARACTER = (
        _MAJOR,
        "{code} is no EIC: {expected} fits its first 15 characters as the last one",
        "look the code up in ENTSO-E's list: a character is wrong, or two are exchanged",
        *_CODES,
    )

    # Components -----------------------------------------------------------------------------------

    CATEGORY_DATA_FOREIGN = (
        _MAJOR,
        "is that of category {present}, but the category is {category}",
        "correct the category, or remove the data of the other one",
        "component: category_specific_info",
    )
    FUSE_CURRENT_MISSING = (
        _MINOR,
        "missing",
        "give the rated current of the fuse, in A",
        "component: rated_fuse_current",
    )
    VOLTAGE_MISSING = (
        _MINOR,
        "missing",
        "give the voltage, in V",
        "component: primary_power",
        "component: secondary_power",
    )
    VOLTAGE_IMPOSSIBLE = (
        _MAJOR,
        "{volts} V is no voltage of a transformer",
        "give a positive number, in V",
        "component: primary_power",
        "component: secondary_power",
    )
    BOUNDS_MISSING = (
        _MAJOR,
        "no bounds given; left out",
        "give a lower bound, an upper one, or both; or remove the metric",
        "component: rated_bounds[*]",
    )
    BOUNDS_INVERTED = (
        _MAJOR,
        "lower {lower} is above upper {upper}; left out",
        "exchange or correct the bounds",
        "component: rated_bounds[*]",
    )
    BOUND_NOT_FINITE = (
        _MAJOR,
        "the {side} bound is {limit}, which is no finite number",
        "give a number, or leave the bound out where there is none",
        "component: rated_bounds[*]",
    )
    METRIC_TWICE = (
        _MAJOR,
        "given twice; the last one that can be used is taken",
        "remove one",
        "component: rated_bounds[*]",
    )

    # Connections ----------------------------------------------------------------------------------

    CONNECTION_TO_ITSELF = (
        _MAJOR,
        "is the source, component {number}; the connection is left out",
        "correct one of its ends, or remove the connection",
        "connection: destination",
    )
    CONNECTION_TWICE = (
        _MAJOR,
        "the list holds the connection twice, for overlapping times",
        "remove one, or end its lifetime where the other's starts",
        "connection: destination",
    )

    # Energy schedules -----------------------------------------------------------------------------

    SCHEDULE_PART_MISSING = (
        _MINOR,
        "missing",
        "add it: a schedule is an exchange between two sides for some time",
        "schedule: counterparty_balancing_group",
        "schedule: counterparty_delivery_area",
        "schedule: frequenz_delivery_area",
        "schedule: validity_period",
    )
    ENTRY_START_MISSING = (
        _MINOR,
        "missing",
        "say when the delivery period starts",
        "schedule: time_series[*].start_time",
    )
    ENTRIES_OVERLAP = (
        _MAJOR,
        "{start} is within the delivery period of time_series[{other}]",
        "keep one entry for each delivery period",
        "schedule: time_series[*].start_time",
    )
    POWER_NOT_FINITE = (
        _MAJOR,
        "{power} is no finite number of watts",
        "give the power in W; 0 where nothing is delivered",
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
        "give the delivery area in which the relation holds",
        "relation: delivery_area",
    )
    MEANINGLESS_WITHOUT_GRIDPOOL = (
        _MAJOR,
        "without meaning in a relation that has no gridpool",
        "add the gridpool, or remove this",
        "relation: delivery_area",
        "relation: participations",
    )
    MARKET_LOCATION_MISSING = (
        _MINOR,
        "missing",
        "give the official identifier of the market location",
        "relation: market_location_ref.market_location_id",
        "relation: market_location_ref.market_location_id.value",
    )

    # Across entities: only in an inventory, which holds them all ----------------------------------

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
        "missing; the microgrid has none",
        "add the components of the microgrid",
        "microgrid: components",
    )
    NO_CONNECTIONS = (
        _MINOR,
        "missing; the components of the microgrid are not connected",
        "add the connections between the components",
        "microgrid: connections",
    )
    SEVERAL_GRID_CONNECTION_POINTS = (
        _MAJOR,
        "the microgrid has another grid connection point at the same time, component {other}",
        "keep one, or make a microgrid of each",
        "component: category",
    )
    UNREACHABLE = (
        _MAJOR,
        "no way ever led here from {roots}",
        "connect the component, or remove it",
        "component: connections",
    )
    CYCLE = (
        _MAJOR,
        "closes the cycle {cycle}",
        "turn or remove a connection: all lead away from the grid connection point",
        "connection: destination",
    )

    def __init__(self, severity: Severity, sentence: str, advice: str, *fields: str) -> None:
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

    def at(self, path: str, **details: Any) -> Fault:
        """Return the fault of this kind at a field."""
        return Fault(self, path, self.sentence.format(**details))
