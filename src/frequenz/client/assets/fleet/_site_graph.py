"""What follows from the components and connections of a site."""

from datetime import datetime
from typing import TYPE_CHECKING, Unpack

from .._lazy import lazy_module

if TYPE_CHECKING:
    from .. import topology
    from .._html import Row
    from ..topology import Change, Diagram, Formulas, Topology
    from ..topology._diagram import DiagramOptions
    from ..topology._parts import HasParts, HasSite
    from . import _notebook
else:
    _notebook = lazy_module("._notebook", __package__)
    topology = lazy_module("..topology", __package__)


class SiteGraph:
    """The graph of a site: as a topology, as formulas, as a diagram, and how it changes.

    All but the diagram need the extra `topology`.
    """

    __slots__ = ()

    def topology(self: "HasParts", *, at: datetime | None = None) -> "Topology":
        """Return the component graph, with queries.

        Args:
            at: Take only what is operational at this moment; everything by default.

        Raises:
            LookupError: If components or connections were not fetched.
            ValueError: If `at` has no time zone.
        """
        return topology.Topology(
            self.components, self.connections, at=self.at if at is None else at
        )

    def formulas(
        self: "HasParts", *, at: datetime | None = None, timeout: float = 60.0
    ) -> "Formulas":
        """Return the power formulas of what is operational at a moment; see `topology.formulas`.

        Args:
            at: The moment; by default, everything counts.
            timeout: How long that may take, in s.

        Raises:
            LookupError: If components or connections were not fetched.
            FormulasTimeoutError: If it takes longer.
            FormulasError: If the graph library crashes.
            ModuleNotFoundError: If the graph library is not installed.
            ValueError: If `at` has no time zone, or `timeout` is not above 0.
        """
        return topology.formulas(SiteGraph.topology(self, at=at), timeout=timeout)

    def changes(self: "HasParts") -> "tuple[Change, ...]":
        """Return the moments at which it changes, by the lifetimes, with what changes.

        Raises:
            LookupError: If components or connections were not fetched.
        """
        return topology.changes(self.components, self.connections)

    def diagram(self: "HasSite", **options: "Unpack[DiagramOptions]") -> "Diagram":
        """Return the single-line diagram; the options are those of `topology.diagram`.

        With `at=`, it shows everything and greys out what is not operational at that moment; that
        of `as_of` shows only what is.

        Raises:
            LookupError: If components or connections were not fetched.
            ValueError: If an option is invalid.
        """
        return topology.diagram(self, **options)

    def _row(self: "_notebook.ShownSite") -> "Row":
        return _notebook.site_row(self)

    def _repr_html_(self: "_notebook.ShownSite") -> str:
        return _notebook.site_html(self, getattr(self, "findings", ()))
