"""The power formulas that `frequenz-microgrid-component-graph` generates for a microgrid."""

import math
import os
import pickle
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final

from ...electrical_component import ComponentConnection, ElectricalComponent

_LIBRARY: Final = "frequenz.microgrid_component_graph"
_PROCESS: Final = f"{__package__}.graph_process"

DEFAULT_TIMEOUT: Final = 60.0
"""How long to wait for the formulas, in s."""

_MAX_SECONDS: Final = 1e6
"""The longest time that `select.poll` can wait."""

_STACK: Final = 16 * 2**20
_STACK_PER_COMPONENT: Final = 8 * 2**10
"""The size of the stack in bytes: the graph is traversed recursively, and too deep a chain would
crash the process."""


@dataclass(frozen=True, kw_only=True)
class Formula:
    """A power formula of a microgrid."""

    name: str
    formula: str | None
    """The formula, in which `#2` is the power of component 2; None if there is none."""

    reason: str | None = None
    """Why there is no formula."""


class GraphError(Exception):
    """The graph library generates no formulas for the components and connections."""


class GraphTimeoutError(GraphError):
    """The graph library did not finish in time."""


def check_library() -> None:
    """Check that the graph library is installed, without importing it.

    Raises:
        ModuleNotFoundError: If it is not.
    """
    if find_spec(_LIBRARY) is None:
        raise ModuleNotFoundError(f"No module named {_LIBRARY!r}", name=_LIBRARY)


def generate_formulas(
    components: Iterable[ElectricalComponent],
    connections: Iterable[ComponentConnection],
    timeout: float = DEFAULT_TIMEOUT,
) -> list[Formula]:
    """Return the power formulas of a microgrid.

    The graph library works in a process of its own, as nothing interrupts it otherwise.

    Raises:
        GraphTimeoutError: If that takes longer than the timeout, in s.
        GraphError: If the components and connections do not form a valid graph, or the library
            crashes.
    """
    limit = min(timeout, _MAX_SECONDS)
    listed = list(components)
    stack_size = _STACK + _STACK_PER_COMPONENT * len(listed)
    request = listed, list(connections), stack_size, math.ceil(limit) + 1
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
        raise GraphTimeoutError(
            f"the graph library did not finish within {timeout:g} s: its cost grows exponentially"
            " with parallel paths"
        ) from error
    if ended.returncode:
        lines = ended.stderr.decode(errors="replace").split("\n")
        detail = next((line for line in reversed(lines) if line.strip()), "")
        raise GraphError(
            f"the graph library ended with exit code {ended.returncode}{detail and f': {detail}'}"
        )
    result = pickle.loads(ended.stdout)
    if isinstance(result, str):
        raise GraphError(result)
    return [Formula(name=name, formula=text, reason=reason) for name, text, reason in result]
