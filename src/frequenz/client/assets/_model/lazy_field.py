"""Values of fields that are made when somebody looks at them."""

from types import MemberDescriptorType
from typing import Any, Generic, TypeVar

from .read_only import ReadOnlyDict

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")
ClassT = TypeVar("ClassT")


class LateDict(Generic[KeyT, ValueT]):
    """A dictionary of one item that nobody has looked at: it takes a quarter of the memory."""

    __slots__ = ("_key", "_made", "_value")

    def __init__(self, key: KeyT, value: ValueT) -> None:
        self._key = key
        self._value = value
        self._made: ReadOnlyDict[KeyT, ValueT] | None = None

    def made(self) -> ReadOnlyDict[KeyT, ValueT]:
        """Return the dictionary, the same one to all that share this."""
        if self._made is None:
            self._made = ReadOnlyDict({self._key: self._value})
        return self._made


class LateField:
    """A field whose value may be a LateDict, which gives way to its dictionary at first look."""

    def __init__(self, slot: MemberDescriptorType) -> None:
        self.slot = slot
        """Gets and sets the value as it is."""

    def __get__(self, instance: Any, owner: type[Any] | None = None) -> Any:
        if instance is None:
            return self.slot  # which dataclass does not take for a default
        value = self.slot.__get__(instance)
        if type(value) is LateDict:
            value = value.made()
            self.slot.__set__(instance, value)
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        self.slot.__set__(instance, value)


def late(cls: type[ClassT], name: str) -> type[ClassT]:
    """Return a class with slots one of whose fields is a late one."""
    setattr(cls, name, LateField(cls.__dict__[name]))
    return cls
