"""The tables of a store, which every engine has with the same names and columns.

A row is an entity as it was from one revision on until another one: its serialized message beside
the columns that filters need. Rows are never changed, except for their position.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from frequenz.client.assets._wire import entities
from frequenz.client.assets._wire.entities import Entity


class Table(NamedTuple):
    """A table of entities."""

    name: str
    entity: Entity[Any]
    owner: tuple[str, ...]
    """The columns that say to what an entity belongs; an import compares owner by owner."""

    others: tuple[str, ...] = ()
    """The other columns for filters."""

    @property
    def import_key(self) -> str:
        """The column by which stored rows are read to compare them."""
        return "microgrid_id" if "microgrid_id" in self.owner else "gridpool_id"

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns for filters."""
        return self.owner + self.others

    @property
    def inserted(self) -> tuple[str, ...]:
        """The columns of a new row."""
        return ("row_id", "position", *self.columns, "message", "added")


_SITE: Final = ("enterprise_id", "microgrid_id", "occurrence")
"""The occurrence counts the sites with the same microgrid ID from 0; it is 0 but in faulty fleets.

Those of later sites with an ID are kept apart, so that a fleet is stored as it is.
"""

_GRIDPOOL: Final = ("gridpool_id",)

MICROGRID: Final = Table("microgrid", entities.MICROGRID, _SITE)
COMPONENT: Final = Table("component", entities.COMPONENT, _SITE, ("id", "category"))
CONNECTION: Final = Table("connection", entities.CONNECTION, _SITE, ("source", "destination"))
SENSOR: Final = Table("sensor", entities.SENSOR, _SITE, ("id",))
GRIDPOOL: Final = Table("gridpool", entities.GRIDPOOL, _GRIDPOOL)
ENERGY_SCHEDULE: Final = Table(
    "energy_schedule",
    entities.SCHEDULE,
    _GRIDPOOL,
    ("id", "direction", "start_seconds", "start_nanos", "end_seconds", "end_nanos"),
)
RELATION: Final = Table(
    "relation",
    entities.RELATION,
    _GRIDPOOL,
    ("microgrid_id", "location_value", "area_code", "area_code_type"),
)

SiteKey: TypeAlias = tuple[int, int]
"""A microgrid ID and an occurrence."""


def site_of(columns: Sequence[Any]) -> SiteKey:
    """Return what names the site of a row, given the columns of a table of sites."""
    _, microgrid_id, occurrence, *_ = columns
    return microgrid_id, occurrence


WITHIN_MICROGRID: Final = (COMPONENT, CONNECTION, SENSOR)
OF_SITE: Final = (MICROGRID, *WITHIN_MICROGRID)
OF_MARKET: Final = (GRIDPOOL, ENERGY_SCHEDULE, RELATION)
TABLES: Final[Mapping[str, Table]] = {table.name: table for table in (*OF_SITE, *OF_MARKET)}
