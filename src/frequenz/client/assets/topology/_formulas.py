"""The power formulas that frequenz-microgrid-component-graph generates for a topology."""

import math
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from importlib.util import find_spec
from typing import Final, TypeVar

from .._extras import missing_package_text
from ..electrical_component import (
    Chp,
    ComponentConnection,
    ElectricalComponent,
    SolarInverter,
    WindTurbine,
)
from ._topology import Topology

_LIBRARY: Final = "frequenz.microgrid_component_graph"
_PROCESS: Final = f"{__package__}._formula_process"

_MODEL: Final = ElectricalComponent.__module__.rpartition(".")[0]

PartT = TypeVar("PartT", bound=ElectricalComponent | ComponentConnection)

DEFAULT_TIMEOUT: Final = 60.0
"""How long to wait for the formulas, in s."""

_MAX_SECONDS: Final = 1e6
"""The longest time that `select.poll` can wait."""

_STACK: Final = 16 * 2**20
_STACK_PER_COMPONENT: Final = 8 * 2**10
"""The size of the stack in bytes: the graph is traversed recursively, and too deep a chain would
crash the process."""

_PRODUCERS: Final[Mapping[str, type[ElectricalComponent]]] = {
    "pv": SolarInverter,
    "chp": Chp,
    "wind_turbine": WindTurbine,
}
"""The formulas of what produces, and what they are about."""


@dataclass(frozen=True, kw_only=True)
class Formula:
    """A power formula of a microgrid."""

    name: str
    formula: str | None
    """The formula, in which `#2` is the power of component 2; None if there is none.

    Consumption is positive, by the passive sign convention.
    """

    reason: str | None = None
    """Why there is no formula."""

    note: str | None = None
    """What it leaves out, though its name promises it."""


@dataclass(frozen=True)
class Formulas:
    """The power formulas of a topology, by name and in their order."""

    formulas: tuple[Formula, ...]

    refusal: str | None = None
    """Why the graph library refuses the topology, so that there are no formulas at all.

    `Topology.findings` says how to mend it.
    """

    def __getitem__(self, name: str) -> Formula:
        """Return the formula of a name, such as `producer`.

        Raises:
            KeyError: If there is no formula of this name.
        """
        found = {formula.name: formula for formula in self.formulas}
        return found[name]

    def __iter__(self) -> Iterator[Formula]:
        return iter(self.formulas)

    def __len__(self) -> int:
        return len(self.formulas)


class FormulasError(RuntimeError):
    """The graph library crashed."""


class FormulasTimeoutError(FormulasError, TimeoutError):
    """The graph library did not finish in time."""


def check_library() -> None:
    """Check that the graph library is installed, without importing it.

    Raises:
        ModuleNotFoundError: If it is not.
    """
    if find_spec(_LIBRARY) is None:
        error = ModuleNotFoundError(f"No module named {_LIBRARY!r}", name=_LIBRARY)
        raise ModuleNotFoundError(
            missing_package_text("generating power formulas", "topology", error), name=_LIBRARY
        )


def formulas(topology: Topology, *, timeout: float = DEFAULT_TIMEOUT) -> Formulas:
    """Return the power formulas of a topology.

    The graph library works in a process of its own, as nothing interrupts it otherwise: its cost
    can grow exponentially. This blocks; call it in a thread from asynchronous code.

    Args:
        topology: The topology. The formulas are of all that counts in it: give it a moment if
            components have lifetimes.
        timeout: How long that may take, in s.

    Raises:
        FormulasTimeoutError: If it takes longer.
        FormulasError: If the library crashes.
        ModuleNotFoundError: If the library is not installed.
        TypeError: If an argument is of another type, or a component derives from
            ElectricalComponent, and from no class of a category.
        ValueError: If `timeout` is not above 0.
    """
    if not isinstance(topology, Topology):
        raise TypeError(f"topology: expected a Topology, got {topology!r}")
    if isinstance(timeout, bool) or not isinstance(timeout, int | float):
        raise TypeError(f"timeout: expected a number of seconds, got {timeout!r}")
    if not timeout > 0:
        raise ValueError(f"timeout: expected seconds above 0, got {timeout}")
    check_library()
    limit = min(timeout, _MAX_SECONDS)
    stack_size = _STACK + _STACK_PER_COMPONENT * len(topology.components)
    # The components of a topology at a moment are all that exist for the library.
    components, connections = (
        [*map(_of_known_class, parts)] for parts in (topology.components, topology.connections)
    )
    request = components, connections, stack_size, math.ceil(limit) + 1
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        ended = subprocess.run(
            [sys.executable, "-P", "-m", _PROCESS],
            input=pickle.dumps(request),
            capture_output=True,
            check=False,
            env=environment,
            timeout=limit,
        )
    except subprocess.TimeoutExpired as error:
        raise FormulasTimeoutError(
            f"the graph library did not finish within {timeout:g} s: its cost grows exponentially"
            " with parallel paths"
        ) from error
    if ended.returncode:
        lines = ended.stderr.decode(errors="replace").split("\n")
        detail = next((line for line in reversed(lines) if line.strip()), "")
        raise FormulasError(
            f"the graph library ended with exit code {ended.returncode}{detail and f': {detail}'}"
        )
    rows, refusal = pickle.loads(ended.stdout)
    found = tuple(Formula(name=name, formula=text, reason=reason) for name, text, reason in rows)
    return Formulas(found if refusal else tuple(_with_notes(topology, found)), refusal)


def _of_known_class(part: PartT) -> PartT:
    """Return a component or connection that the other process can read.

    It does not have the classes that a script or a notebook defines.

    Raises:
        TypeError: If the class of a component has no category.
    """
    classes = type(part).__mro__
    known: type[PartT] = next(it for it in classes if it.__module__.startswith(_MODEL))
    if known is type(part):
        return part
    if known is ElectricalComponent:
        raise TypeError(
            f"{part}: expected a class of a category, such as Meter, got {type(part).__name__}"
        )
    return known(**{it.name: getattr(part, it.name) for it in fields(known) if it.init})


def _with_notes(topology: Topology, found: tuple[Formula, ...]) -> Iterator[Formula]:
    """Say what the formula `producer` leaves out, while `consumer` subtracts it."""
    used = {formula.name: _components_in(formula.formula or "") for formula in found}
    for formula in found:
        notes = []
        for name, kind in _PRODUCERS.items() if formula.name == "producer" else ():
            numbers = [
                str(int(it.id))
                for it in topology.components
                if isinstance(it, kind) and int(it.id) in used[name] - used["producer"]
            ]
            if numbers:
                noun = "component" if len(numbers) == 1 else "components"
                notes.append(f"leaves out {noun} {', '.join(numbers)}; see the formula {name}")
        yield replace(formula, note="; ".join(notes)) if notes else formula


def _components_in(formula: str) -> set[int]:
    return {int(number) for number in re.findall(r"#(\d+)", formula)}
