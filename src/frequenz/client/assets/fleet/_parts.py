"""The parts of a fleet: what to fetch, and what failed."""

from typing import Final, Literal, NamedTuple, TypeAlias, get_args

from ..exceptions import ApiClientError

ListName: TypeAlias = Literal[
    "components", "connections", "sensors", "gridpools", "energy_schedules", "market_topology"
]
"""A list of a site or of the market that can be fetched."""

ALL: Final[frozenset[ListName]] = frozenset(get_args(ListName))
"""All lists."""


PartKind: TypeAlias = Literal[
    "microgrids",
    "microgrid",
    "gridpools",
    "market topology",
    "energy schedules of gridpool",
]
"""What is fetched on its own: `microgrids` is the list of all of them."""


class Part(NamedTuple):
    """A part of a fleet that is fetched on its own."""

    kind: PartKind

    id: int | None = None
    """None if there is only one of its kind."""

    def __str__(self) -> str:
        """Return the kind, and the ID if there is one."""
        return self.kind if self.id is None else f"{self.kind} {self.id}"


class FailedPart(NamedTuple):
    """A part that could not be fetched."""

    part: Part
    error: ApiClientError
    """The error; its `operation` names the call."""

    def __str__(self) -> str:
        """Return the part and its error."""
        return f"{self.part}: {self.error}"
