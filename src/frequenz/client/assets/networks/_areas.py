"""The areas of a network: buses that lines and closed switches connect, without a transformer."""

from collections.abc import Iterator
from typing import Final

from ._tables import Network, Row

_LINE: Final = "l"
_BUS: Final = "b"
TRANSFORMER: Final = "t"


class Areas:
    """Which buses are one area."""

    def __init__(self, network: Network) -> None:
        self._roots = {it.index: it.index for it in network.rows("bus")}
        switches = network.tables.get("switch", ())
        self._open: dict[str, set[int]] = {}
        for it in switches:
            if not it.is_true("closed", True):
                self._open.setdefault(it.text("et"), set()).add(it.node("element"))
        for line in network.rows("line"):
            if line.index not in self._open.get(_LINE, ()):
                self._join(line.node("from_bus"), line.node("to_bus"))
        for it in switches:
            if it.text("et") == _BUS and it.is_true("closed", True):
                self._join(it.node("bus"), it.node("element"))

    def area_of(self, bus: int) -> int | None:
        """Return the area of a bus, as the number of one of its buses; None if out of service."""
        if bus not in self._roots:
            return None
        while (root := self._roots[bus]) != bus:
            self._roots[bus] = self._roots[root]
            bus = root
        return bus

    def is_open(self, transformer: Row) -> bool:
        """Return whether a switch at a transformer is open."""
        return transformer.index in self._open.get(TRANSFORMER, ())

    def _join(self, one: int, other: int) -> None:
        first, second = self.area_of(one), self.area_of(other)
        if first is not None and second is not None:
            self._roots[max(first, second)] = min(first, second)


def breakers(network: Network) -> Iterator[tuple[int, int]]:
    """Yield each closed circuit breaker at a transformer: its transformer and its bus."""
    for it in network.tables.get("switch", ()):
        if it.text("et") == TRANSFORMER and it.text("type") == "CB" and it.is_true("closed", True):
            yield it.node("element"), it.node("bus")
