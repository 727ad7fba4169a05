"""A dictionary that cannot be changed."""

from collections.abc import Mapping
from typing import Any, Generic, NoReturn, Self, TypeVar

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")


def _refuse(self: object, *_: object, **__: object) -> NoReturn:
    raise TypeError(f"{type(self).__name__} cannot be changed; copy it with dict() first")


class ReadOnlyDict(dict[KeyT, ValueT], Generic[KeyT, ValueT]):
    """A `dict` whose methods raise TypeError if they would change it.

    It is a `dict`, not a mapping proxy, so that it works with `==`, `json`, `pickle`, `copy` and
    `dataclasses.asdict`.
    """

    __slots__ = ()

    def __new__(cls, *items: Any) -> Self:
        new = super().__new__(cls)
        dict.update(new, *items)
        return new

    def __init__(self, *_: Any) -> None:
        """Do nothing: `dict.__init__` would change a dictionary that exists already."""

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        # By default, the items would be set one by one, which is refused.
        return type(self), (dict(self),)

    @classmethod
    def of(cls, mapping: Mapping[KeyT, ValueT]) -> "ReadOnlyDict[KeyT, ValueT]":
        """Return the mapping itself if it is read-only, otherwise a read-only copy."""
        return mapping if isinstance(mapping, cls) else cls(mapping)
