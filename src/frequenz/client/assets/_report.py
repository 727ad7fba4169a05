"""What is to become of the findings of a call, as its caller wants it."""

from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

from ._lazy import at_first_use
from ._wire.entities import Entity
from ._wire.findings import Decoded

if TYPE_CHECKING:
    from . import _outcomes
else:
    # With most replies, nothing is wrong.
    _outcomes = at_first_use("._outcomes", __package__)


def check_on_findings(on_findings: "_outcomes.OnFindings | None", *, raise_on_errors: bool) -> None:
    """Check what the findings of a call are to be handed to, before the call is made.

    Raises:
        TypeError: If it cannot be called, or would have to be awaited.
        ValueError: If findings are to be raised, too.
    """
    if on_findings is None:
        return
    if raise_on_errors:
        raise ValueError("on_findings: raise_on_errors is given, too; findings go one way")
    if not callable(on_findings):
        raise TypeError(f"on_findings: expected a callable, got {on_findings!r}")
    if iscoroutinefunction(on_findings) or iscoroutinefunction(type(on_findings).__call__):
        raise TypeError("on_findings: expected a plain function, got a coroutine function")


def report(
    call: str,
    entity: Entity[Any],
    decoded: Decoded[Any],
    *,
    is_list: bool,
    raise_on_errors: bool,
    on_findings: "_outcomes.OnFindings | None",
) -> None:
    """Say what is wrong with the reply of a call, such as `ListMicrogridSensors(4)`.

    Raises:
        ValidationError: If major findings are to be raised, and there are some in a reply that
            holds one item.
        InvalidItemsGroup: The same, with a list.
    """
    if raise_on_errors:
        _outcomes.raise_major(call, entity, decoded, is_list=is_list)
    if on_findings is None:
        _outcomes.log(call, decoded)
    else:
        on_findings(_outcomes.findings_of(call, entity, decoded))
