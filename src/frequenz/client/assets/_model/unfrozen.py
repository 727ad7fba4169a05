"""Building frozen objects as fast as others.

The constructor of a frozen dataclass sets each field through `object.__setattr__`, which takes five
times as long as plain assignment. An unfrozen class has the same memory layout and lets its fields
be set; when all are set, the object's `__class__` becomes the frozen one.
"""

from typing import Any, Final

from .lazy_field import LazyField

_unfrozen: Final[dict[type, type]] = {}


def unfrozen(frozen: type) -> Any:
    """Return the class in which to build an object of a frozen dataclass with slots.

    Classes with the same memory layout share one.
    """
    layout = next(base for base in frozen.__mro__ if base.__dict__.get("__slots__"))
    if layout not in _unfrozen:
        # Both are needed: a class keeps its base's slow path while it overrides only one of them.
        plain: dict[str, Any] = {
            "__setattr__": object.__setattr__,
            "__delattr__": object.__delattr__,
        }
        plain |= {"__new__": object.__new__, "__init__": object.__init__}
        plain |= {
            name: field.slot
            for base in layout.__mro__
            for name, field in vars(base).items()
            if isinstance(field, LazyField)
        }
        _unfrozen[layout] = type(
            f"Unfrozen{layout.__name__}", (layout,), {"__slots__": (), **plain}
        )
    return _unfrozen[layout]
