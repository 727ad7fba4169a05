"""Calls of a client, and its answers; both as JSON.

Used in the environments of both clients, so it imports only the standard library.
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
    """The ID of the microgrid or gridpool."""

    strict: bool = False
    """Whether `raise_on_errors` is set."""

    ids: tuple[int, ...] = ()
    """The first filter: IDs of components, or of the sources of connections."""

    others: tuple[int, ...] = ()
    """The second filter: categories, or IDs of the destinations of connections."""

    @property
    def is_plain(self) -> bool:
        """Whether the call is neither filtered nor strict."""
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
        options = [f"{name}={value}" for name, value in given.items() if value is not None]
        return f"{self.method}({', '.join([str(self.number), *options])})"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The result of a call, as users see it."""

    items: list[dict[str, Any]]
    """The returned items: see `describe`."""

    raised: str | None = None
    """The class of the error that was raised; of a group, with those of its members."""

    sentence: str = ""
    """The text of the error."""

    logged: bool = False
    """Whether anything was logged at WARNING or above."""

    is_possible: bool = True
    """Whether the client's method has the parameters of the call."""

    def to_json(self) -> dict[str, Any]:
        """Return the answer as JSON data."""
        return dict(vars(self))  # its items are JSON already
