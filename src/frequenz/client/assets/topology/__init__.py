"""The graph of a site: its single-line diagram."""

from typing import TYPE_CHECKING, Final

from .._lazy import lazy_exports

if TYPE_CHECKING:
    from ._diagram import Diagram, diagram

_EXPORTS: Final = {
    "Diagram": "._diagram",
    "diagram": "._diagram",
}

if not TYPE_CHECKING:  # which would take any name for one of this package
    __getattr__, __dir__ = lazy_exports(globals(), _EXPORTS)

__all__ = ["Diagram", "diagram"]
