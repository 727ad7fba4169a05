"""Defaults of fields that can be read on the class, although the class has slots."""

from dataclasses import MISSING
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    # To type checkers, the classes are plain ones: defaults can be read on these anyway.
    ReadableDefaults = type
else:
    # Classes of users may derive from a model and from an abstract class or a protocol. Python then
    # requires a metaclass that derives from those of both.
    class ReadableDefaults(type(Protocol)):
        """The type of dataclasses with slots: `Lifetime.end` is its default, as without slots.

        Instances are not affected: they find the descriptor of the slot as usual.
        """

        # Those of protocols and abstract classes take several times as long.
        __instancecheck__ = type.__instancecheck__
        __subclasscheck__ = type.__subclasscheck__

        def __getattribute__(self, name: str) -> Any:
            value = super().__getattribute__(name)
            if type(value) is MemberDescriptorType:
                fields = getattr(self, "__dataclass_fields__", {})
                if name in fields and (default := fields[name].default) is not MISSING:
                    return default
            return value
