"""The topology of a microgrid: its component graph, with queries in the field's terms.

```python
from frequenz.client.assets.topology import Topology, compare, diagram, formulas

topology = Topology(components, connections)
topology.behind(2)  # everything behind component 2
topology.measurement(12)  # the meters that measure component 12
topology.findings  # what is wrong with the graph
formulas(topology)["consumer"].formula
compare(topology, topology.without(12)).formulas
diagram(topology).write("site.svg")
```

Diagrams need nothing else, as PNG the extra `png`. The rest needs rustworkx, and for power formulas
frequenz-microgrid-component-graph; both come with the extra `topology`.
"""

from typing import TYPE_CHECKING, Final

from .._lazy import lazy_exports

if TYPE_CHECKING:
    from ._changes import Change, changes
    from ._compare import Comparison, FormulaChange, compare
    from ._diagram import Diagram, diagram
    from ._formulas import Formula, Formulas, FormulasError, FormulasTimeoutError, formulas
    from ._fuse import FuseLoad
    from ._metering import Measurement
    from ._ratings import RatedPower, rated_power_bounds, rated_power_by_category
    from ._topology import Topology

_EXPORTS: Final = {
    "Change": "._changes",
    "Comparison": "._compare",
    "Diagram": "._diagram",
    "Formula": "._formulas",
    "FormulaChange": "._compare",
    "Formulas": "._formulas",
    "FormulasError": "._formulas",
    "FormulasTimeoutError": "._formulas",
    "FuseLoad": "._fuse",
    "Measurement": "._metering",
    "RatedPower": "._ratings",
    "Topology": "._topology",
    "changes": "._changes",
    "compare": "._compare",
    "diagram": "._diagram",
    "formulas": "._formulas",
    "rated_power_bounds": "._ratings",
    "rated_power_by_category": "._ratings",
}

if not TYPE_CHECKING:  # which would take any name for one of this package
    # Inventories need the rules alone.
    __getattr__, __dir__ = lazy_exports(globals(), _EXPORTS)

__all__ = [
    "Change",
    "Comparison",
    "Diagram",
    "Formula",
    "FormulaChange",
    "Formulas",
    "FormulasError",
    "FormulasTimeoutError",
    "FuseLoad",
    "Measurement",
    "RatedPower",
    "Topology",
    "changes",
    "compare",
    "diagram",
    "formulas",
    "rated_power_bounds",
    "rated_power_by_category",
]
