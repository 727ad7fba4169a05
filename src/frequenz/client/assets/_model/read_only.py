"""A dictionary that cannot be changed."""

from collections.abc import Mapping
from typing import Any, Generic, NoReturn, Self, TypeVar

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")


def _refuse(self: object, *_: object, **__: object) -> NoReturn:
    raise TypeError(f"a {type(self).__name__} cannot be changed; make a dict() of it first")


class ReadOnlyDict(dict[KeyT, ValueT], Generic[KeyT, ValueT]):
    """A `dict` in all but its changing methods, which raise TypeError.

    It is a real `dict`, not a view, so that equality, `json`, `pickle`, `copy` and
    `dataclasses.asdict` treat it as one.
    """

    __slots__ = ()

    def __new__(cls, *given: Any) -> Self:
        made = super().__new__(cls)
        dict.update(made, *given)
        return made

    def __init__(self, *_: Any) -> None:
        """Change nothing, called once or again."""

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        # The default way restores a dict item by item, which is refused here.
        return type(self), (dict(self),)

    @classmethod
    def of(cls, mapping: Mapping[KeyT, ValueT]) -> "ReadOnlyDict[KeyT, ValueT]":
        """Return the mapping itself where it is read-only already, else a read-only copy."""
        return mapping if isinstance(mapping, cls) else cls(mapping)
