"""What is asked of a client, and what is seen of its answer; both as JSON.

Used in the environments of both clients, so it needs nothing but Python.
"""

from dataclasses import asdict, dataclass
from typing import Any, Final

MICROGRID: Final = "get_microgrid"
MICROGRIDS: Final = "list_microgrids"
COMPONENTS: Final = "list_microgrid_electrical_components"
CONNECTIONS: Final = "list_microgrid_electrical_component_connections"
SENSORS: Final = "list_microgrid_sensors"
GRIDPOOLS: Final = "list_gridpools"
SCHEDULES: Final = "list_gridpool_energy_schedules"
RELATIONS: Final = "list_market_topology_relations"


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call of a client."""

    method: str
    number: int
    """Of the microgrid or the gridpool that is asked for, or about."""

    strict: bool = False
    """Whether `raise_on_errors` is given."""

    ids: tuple[int, ...] = ()
    """The first filter: ids of components, or of connections' sources."""

    others: tuple[int, ...] = ()
    """The second filter: numbers of categories, or ids of connections' destinations."""

    @property
    def is_plain(self) -> bool:
        """Whether the call asks for everything, and not strictly."""
        return not (self.strict or self.ids or self.others)

    def to_json(self) -> dict[str, Any]:
        """Return the call as JSON data."""
        return asdict(self)

    def __str__(self) -> str:
        given = {
            "ids": list(self.ids) or None,
            "others": list(self.others) or None,
            "raise_on_errors": self.strict or None,
        }
        told = [f"{name}={value}" for name, value in given.items() if value is not None]
        return f"{self.method}({', '.join([str(self.number), *told])})"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a client made of a call."""

    items: list[dict[str, Any]]
    """What it returned, each described: see `describe`."""

    raised: str | None = None
    """The class of the error that it raised; of a group, with those of its members."""

    sentence: str = ""
    """What the error says."""

    logged: bool = False
    """Whether anything was logged at WARNING or above."""

    is_possible: bool = True
    """Whether the method can be called so: not every client's has `raise_on_errors`."""

    def to_json(self) -> dict[str, Any]:
        """Return the answer as JSON data."""
        return dict(vars(self))  # its items are JSON already
