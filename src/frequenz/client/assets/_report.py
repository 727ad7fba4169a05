"""What a caller wants to become of findings."""

from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from ._lazy import at_first_use
from ._wire.entities import Entity
from ._wire.findings import Decoded

if TYPE_CHECKING:
    from . import _outcomes
else:
    # With most replies, nothing is wrong.
    _outcomes = at_first_use("._outcomes", __package__)

ItemT = TypeVar("ItemT")

OnFindings: TypeAlias = Callable[["_outcomes.CallFindings"], None]
"""Gets what is wrong with the reply of a call."""


def _check_function(on_findings: OnFindings, *, raise_on_errors: bool) -> None:
    """Raise TypeError or ValueError if a function cannot be what the findings are handed to."""
    if raise_on_errors:
        raise ValueError("on_findings: raise_on_errors is given, too; findings go one way")
    if not callable(on_findings):
        raise TypeError(f"on_findings: expected a callable, got {on_findings!r}")
    if iscoroutinefunction(on_findings) or iscoroutinefunction(type(on_findings).__call__):
        raise TypeError("on_findings: expected a plain function, got a coroutine function")


class Report:
    """What is to become of the findings of one call."""

    __slots__ = ("_entity", "_on_findings", "_operation", "_owner", "_raises")

    def __init__(
        self,
        operation: str,
        entity: Entity[Any],
        owner: int | None,
        *,
        raise_on_errors: bool,
        on_findings: OnFindings | None,
    ) -> None:
        """Make the report of a call, which may be for the entities of one owner.

        Raises:
            TypeError: If `on_findings` cannot be called.
            ValueError: If findings are to be both raised and handed over.
        """
        if on_findings is not None:
            _check_function(on_findings, raise_on_errors=raise_on_errors)
        self._operation = operation
        self._owner = owner
        self._entity = entity
        self._raises = raise_on_errors
        self._on_findings = on_findings

    def one(self, decoded: Decoded[ItemT]) -> ItemT:
        """Return the item of a reply that holds one, after saying what is wrong with it.

        Raises:
            ValidationError: If it has major findings, and they are to be raised.
        """
        if decoded.faulty:
            self._tell(decoded, is_list=False)
        return decoded.items[0]

    def all(self, decoded: Decoded[ItemT]) -> list[ItemT]:
        """Return the items of a list, after saying what is wrong with them.

        Raises:
            InvalidItemsGroup: If there are major findings, and they are to be raised.
        """
        if decoded.faulty:
            self._tell(decoded, is_list=True)
        return decoded.items

    def _tell(self, decoded: Decoded[Any], *, is_list: bool) -> None:
        call = self._operation if self._owner is None else f"{self._operation}({self._owner})"
        if self._raises:
            _outcomes.raise_major(call, self._entity, decoded, is_list=is_list)
        if self._on_findings is None:
            _outcomes.log(call, decoded)
        else:
            self._on_findings(_outcomes.findings_of(call, self._entity, decoded))
