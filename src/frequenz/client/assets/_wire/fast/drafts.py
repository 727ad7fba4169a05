"""Building frozen objects at the speed of plain ones.

The generated constructor of a frozen dataclass sets each field through `object.__setattr__`, which
takes five times as long as plain assignment. A draft is a class of the same memory layout that lets
its fields be set; when all are, the object's `__class__` becomes the frozen one.
"""

from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any, Final, TypeVar, cast

from ..._model.lazy_field import LateField

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])

_drafts: Final[dict[type, type]] = {}
_codes: Final[dict[tuple[CodeType, Callable[[], Any]], CodeType]] = {}


def draft_of(final: type) -> Any:
    """Return the class to build an object of a frozen, slotted class in.

    Classes that share a memory layout share a draft: attribute access is fastest where the
    interpreter meets few classes.
    """
    layout = next(base for base in final.__mro__ if base.__dict__.get("__slots__"))
    if layout not in _drafts:
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
            if isinstance(field, LateField)
        }
        _drafts[layout] = type(f"{layout.__name__}Draft", (layout,), {"__slots__": (), **plain})
    return _drafts[layout]


def for_draft(function: FunctionT, draft: Callable[[], Any]) -> FunctionT:
    """Return a function with code that those for other drafts do not share.

    The interpreter adapts the attribute accesses in code to the one class that it meets. All
    functions that one definition makes for a draft share that draft's code.
    """
    original = cast(FunctionType, function)
    code = original.__code__
    copy = FunctionType(
        _codes.setdefault((code, draft), code.replace()),
        original.__globals__,
        original.__name__,
        original.__defaults__,
        original.__closure__,
    )
    return cast(FunctionT, copy)
