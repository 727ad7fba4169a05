"""The process that calls the graph library, with pickled data on standard input and output.

While the library works, it holds the interpreter lock, and neither Ctrl-C nor a time limit of
Python ends it. They end this process.
"""

import pickle
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from frequenz.microgrid_component_graph import (
    ComponentGraph,
    FormulaGenerationError,
    InvalidGraphError,
)

FORMULAS: Final[Mapping[str, Callable[[Any], str]]] = {
    "grid": lambda graph: graph.grid_formula(),
    "consumer": lambda graph: graph.consumer_formula(),
    "producer": lambda graph: graph.producer_formula(),
    "pv": lambda graph: graph.pv_formula(None),
    "battery": lambda graph: graph.battery_formula(None),
    "ev_charger": lambda graph: graph.ev_charger_formula(None),
    "chp": lambda graph: graph.chp_formula(None),
    "wind_turbine": lambda graph: graph.wind_turbine_formula(None),
    "steam_boiler": lambda graph: graph.steam_boiler_formula(None),
}
"""The power formulas by name."""

Row: TypeAlias = tuple[str, str | None, str | None]
"""The name of a formula, the formula, and why there is none."""


def main() -> None:
    """Read what `formulas` sends; write the rows, and why the library refuses the graph."""
    # The default handler of Python would run only once the library returns.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    request = pickle.load(sys.stdin.buffer)
    components, connections, stack_size, seconds = request
    if hasattr(signal, "alarm"):  # missing on Windows
        signal.alarm(seconds)  # ends the process even if the parent is killed
    threading.stack_size(stack_size)
    worker = threading.Thread(target=_write_answer, args=(components, connections))
    worker.start()
    worker.join()


def _write_answer(components: Sequence[Any], connections: Sequence[Any]) -> None:
    sys.stdout.buffer.write(pickle.dumps(_generate(components, connections)))


def _generate(
    components: Sequence[Any], connections: Sequence[Any]
) -> tuple[list[Row], str | None]:
    try:
        graph: Any = ComponentGraph(components, connections)
    except (InvalidGraphError, ValueError) as error:  # ValueError: a class that it does not know
        reason = str(error).rstrip(".")
        return [(name, None, reason) for name in FORMULAS], reason
    return [_row(graph, name) for name in FORMULAS], None


def _row(graph: Any, name: str) -> Row:
    try:
        return name, FORMULAS[name](graph), None
    except FormulaGenerationError as error:
        return name, None, str(error)


if __name__ == "__main__":
    main()
