"""Whether `formulas` ends within its time limit, whatever the graph."""

import time
from dataclasses import dataclass, field

from frequenz.client.assets.topology import FormulasError, FormulasTimeoutError, Topology, formulas

from .random_sites import Site


@dataclass
class Outcome:
    """What became of the formulas of some graphs."""

    with_formulas: int = 0
    with_reason: int = 0
    """How many graphs the library refuses, and says why."""

    ended: list[str] = field(default_factory=list)
    """The graphs that the time limit ended."""

    crashed: list[str] = field(default_factory=list)
    """The graphs that ended the library's process, with the message."""

    longest: float = 0.0
    """The longest time that one took, in s."""

    overshoot: float = 0.0
    """By how much a graph exceeded the limit at most, in s."""

    @property
    def count(self) -> int:
        """The number of graphs."""
        return self.with_formulas + self.with_reason + len(self.ended) + len(self.crashed)

    def add(self, name: str, site: Site, limit: float) -> None:
        """Generate the formulas of a graph, given a time limit in s."""
        start = time.monotonic()
        try:
            refusal = formulas(Topology(*site), timeout=limit).refusal
        except FormulasTimeoutError:
            self.ended.append(name)
        except FormulasError as error:
            self.crashed.append(f"{name}: {error}")
        else:
            self.with_reason += bool(refusal)
            self.with_formulas += not refusal
        took = time.monotonic() - start
        self.longest = max(self.longest, took)
        self.overshoot = max(self.overshoot, took - limit)
