"""Fields whose value is created when it is first read."""

from types import MemberDescriptorType
from typing import Any, Generic, TypeVar

from .read_only import ReadOnlyDict

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")
ClassT = TypeVar("ClassT")


class LazyDict(Generic[KeyT, ValueT]):
    """A dictionary of one item that is created when needed; until then, it takes less memory."""

    __slots__ = ("_dict", "_key", "_value")

    def __init__(self, key: KeyT, value: ValueT) -> None:
        self._key = key
        self._value = value
        self._dict: ReadOnlyDict[KeyT, ValueT] | None = None

    def resolve(self) -> ReadOnlyDict[KeyT, ValueT]:
        """Return the dictionary, the same object each time."""
        if self._dict is None:
            self._dict = ReadOnlyDict({self._key: self._value})
        return self._dict


class LazyField:
    """A field that may contain a LazyDict, which its dictionary replaces at the first read."""

    def __init__(self, slot: MemberDescriptorType) -> None:
        self.slot = slot
        """The descriptor of the slot, which gets and sets the value as it is."""

    def __get__(self, instance: Any, owner: type[Any] | None = None) -> Any:
        if instance is None:
            return self.slot  # dataclass would take another object for the default
        value = self.slot.__get__(instance)
        if type(value) is LazyDict:
            value = value.resolve()
            self.slot.__set__(instance, value)
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        self.slot.__set__(instance, value)


def with_lazy_field(cls: type[ClassT], name: str) -> type[ClassT]:
    """Make a field of a class with slots a LazyField."""
    setattr(cls, name, LazyField(cls.__dict__[name]))
    return cls
