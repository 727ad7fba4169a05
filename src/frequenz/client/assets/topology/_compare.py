"""What differs between two topologies."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypeVar, Unpack

from .._lazy import lazy_module
from ..electrical_component import ComponentConnection, ElectricalComponent
from ..findings import Finding
from ._formulas import DEFAULT_TIMEOUT, Formula, formulas
from ._topology import Topology

if TYPE_CHECKING:
    from . import _diagram
else:
    _diagram = lazy_module("._diagram", __package__)

Part: TypeAlias = ElectricalComponent | ComponentConnection
ItemT = TypeVar("ItemT")


@dataclass(frozen=True)
class FormulaChange:
    """A power formula before and after."""

    name: str
    before: Formula
    after: Formula


@dataclass(frozen=True)
class Comparison:
    """What differs between two topologies, one before and one after.

    A notebook shows the diagram.
    """

    before: Topology
    after: Topology

    formulas: tuple[FormulaChange, ...]
    """The power formulas that are not the same."""

    appeared: tuple[Finding, ...]
    """The findings that the one after has, and the one before has not."""

    vanished: tuple[Finding, ...]
    """The findings that the one before has, and the one after has not."""

    added: tuple[Part, ...]
    """The components and connections that only the one after has, as they are there."""

    removed: tuple[Part, ...]
    """The components and connections that only the one before has, as they were there."""

    def diagram(self, **options: "Unpack[_diagram.DiagramOptions]") -> "_diagram.Diagram":
        """Return the diagram of both, with what was added, removed and changed.

        It marks the findings of the one after. The options are those of `diagram`.
        """
        options.setdefault("before", self.before)
        options.setdefault("findings", self.after.findings)
        return _diagram.diagram(self.after, **options)

    def _repr_svg_(self) -> str:
        return self.diagram().svg


def compare(before: Topology, after: Topology, *, timeout: float = DEFAULT_TIMEOUT) -> Comparison:
    """Return what differs between two topologies: formulas, findings, parts.

    A component that changes is both removed and added.

    Args:
        before: One topology.
        after: The other one, such as `before.without(12)`.
        timeout: How long the formulas of each may take, in s.

    Raises:
        FormulasTimeoutError: If the formulas take longer.
        FormulasError: If the graph library crashes.
        ModuleNotFoundError: If the graph library is not installed.
        TypeError: If an argument is of another type.
        ValueError: If `timeout` is not above 0.
    """
    old, new = formulas(before, timeout=timeout), formulas(after, timeout=timeout)
    old_parts: tuple[Part, ...] = (*before.components, *before.connections)
    new_parts: tuple[Part, ...] = (*after.components, *after.connections)
    return Comparison(
        before,
        after,
        formulas=tuple(
            FormulaChange(one.name, one, other)
            for one, other in zip(old, new, strict=True)
            if one != other
        ),
        appeared=_only_in(after.findings, before.findings),
        vanished=_only_in(before.findings, after.findings),
        added=_only_in(new_parts, old_parts),
        removed=_only_in(old_parts, new_parts),
    )


def _only_in(items: Iterable[ItemT], others: Iterable[ItemT]) -> tuple[ItemT, ...]:
    """Return the items that the others do not have, or not as often."""
    left = Counter(others)
    only = []
    for item in items:
        if left[item] > 0:
            left[item] -= 1
        else:
            only.append(item)
    return tuple(only)
