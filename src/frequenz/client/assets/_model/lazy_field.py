"""Fields whose value is made when it is read for the first time."""

from types import MemberDescriptorType
from typing import Any, Generic, TypeVar

from .read_only import ReadOnlyDict

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")
ClassT = TypeVar("ClassT")


class LazyDict(Generic[KeyT, ValueT]):
    """A dictionary of one item that was not read yet; it takes a quarter of the memory."""

    __slots__ = ("_dict", "_key", "_value")

    def __init__(self, key: KeyT, value: ValueT) -> None:
        self._key = key
        self._value = value
        self._dict: ReadOnlyDict[KeyT, ValueT] | None = None

    def resolve(self) -> ReadOnlyDict[KeyT, ValueT]:
        """Return the dictionary, the same one each time."""
        if self._dict is None:
            self._dict = ReadOnlyDict({self._key: self._value})
        return self._dict


class LazyField:
    """A field that may hold a LazyDict, which its dictionary replaces at the first read."""

    def __init__(self, slot: MemberDescriptorType) -> None:
        self.slot = slot
        """Gets and sets the value as it is."""

    def __get__(self, instance: Any, owner: type[Any] | None = None) -> Any:
        if instance is None:
            return self.slot  # which dataclass does not mistake for a default
        value = self.slot.__get__(instance)
        if type(value) is LazyDict:
            value = value.resolve()
            self.slot.__set__(instance, value)
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        self.slot.__set__(instance, value)


def with_lazy_field(cls: type[ClassT], name: str) -> type[ClassT]:
    """Return a class with slots, one of whose fields becomes a LazyField."""
    setattr(cls, name, LazyField(cls.__dict__[name]))
    return cls
