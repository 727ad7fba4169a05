"""Items of replies with what is wrong with them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, Protocol, TypeVar

from ._rules import Fault, Finding, Rule, Severity

if TYPE_CHECKING:
    from ..exceptions import ValidationError

ItemT = TypeVar("ItemT")

_AMBIGUOUS: Final = frozenset({Rule.ID_ZERO, Rule.ID_TAKEN, Rule.MICROGRID_EMPTY})
"""The rules whose breach makes an ID useless for finding the entity."""


class EntityType(Protocol):
    """What a report needs to know of an entity; `_wire.entities` has the table."""

    @property
    def noun(self) -> str:
        """What sentences call it; also the attribute of the error that holds the object."""

    @property
    def error(self) -> "Callable[[], type[ValidationError]]":
        """Returns the error for an invalid one."""

    @property
    def id_of(self) -> Callable[[Any], Any]:
        """Returns the ID of a message; None if it has none."""

    @property
    def name_of(self) -> Callable[[Any], str]:
        """Returns the name of a message in sentences."""


class FaultyItem(NamedTuple, Generic[ItemT]):
    """An item of a reply, or the reply itself, with its faults."""

    entity: EntityType
    list_index: int | None
    """Its index in the list; None for the reply itself."""

    item: ItemT | None
    """The object as far as it could be read; None if it cannot exist, and for the reply."""

    message: Any
    faults: tuple[Fault, ...]

    @property
    def is_major(self) -> bool:
        """Whether any fault is major."""
        return any(fault.severity is Severity.MAJOR for fault in self.faults)

    @property
    def id(self) -> Any:
        """The ID of the item; None for the reply, and for entities without one."""
        return None if self.list_index is None else self.entity.id_of(self.message)

    @property
    def name(self) -> str:
        """The name in sentences, with the number in the list if the ID is ambiguous."""
        if self.list_index is None:
            return "reply"
        name = self.entity.name_of(self.message)
        if any(fault.rule in _AMBIGUOUS for fault in self.faults):
            return f"{name} (item {self.list_index + 1})"
        return name

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The faults with the entity that has them."""
        name = self.name
        return tuple(fault.of(name) for fault in self.faults)
