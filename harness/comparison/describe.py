"""Objects of either client as JSON data: every public field, property and method.

Used in the environments of both clients: it names nothing that only one of them has.
"""

import dataclasses
import enum
import inspect
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any, Final

import frequenz.client.assets
import frequenz.client.assets.electrical_component
import frequenz.client.assets.metrics

_MODULES: Final[tuple[ModuleType, ...]] = (
    frequenz.client.assets,
    frequenz.client.assets.electrical_component,
    frequenz.client.assets.metrics,
)
_EXPORTED: Final[Mapping[str, type]] = {
    name: value
    for module in _MODULES
    for name in module.__all__
    if inspect.isclass(value := getattr(module, name))
}
_TIMES: Final = tuple(
    datetime(year, 1, 1, tzinfo=UTC) for year in (1, 1900, 1970, 2000, 2025, 2106, 9999)
)
_MICROSECOND: Final = timedelta(microseconds=1)


def describe(value: Any) -> Any:
    """Return a value as JSON data, which is equal if the values look and behave the same."""
    if dataclasses.is_dataclass(value):
        return _describe_object(value)
    for types, described in _PLAIN:
        if isinstance(value, types):
            return described(value)
    return f"{type(value).__name__} {value}"


_PLAIN: Final[tuple[tuple[Any, Callable[[Any], Any]], ...]] = (
    (enum.Enum, lambda member: f"{type(member).__name__}.{member.name}={member.value!r}"),
    (bool | str | None, lambda value: value),
    # As text, with all digits: JSON has neither NaN nor integers of 64 bits.
    (int | float, lambda number: f"{type(number).__name__} {number!r}"),
    (datetime, lambda time: f"{time.isoformat()} {time.tzinfo}"),
    (tuple | list, lambda members: [describe(member) for member in members]),
    (Mapping, lambda mapping: [[describe(key), describe(of)] for key, of in mapping.items()]),
)


def _describe_object(value: Any) -> dict[str, Any]:
    kind = type(value)
    described: dict[str, Any] = {
        "class": next((name for name in _EXPORTED if _EXPORTED[name] is kind), "(not exported)"),
        "is a": sorted(name for name, known in _EXPORTED.items() if isinstance(value, known)),
        "str()": str(value),
        "repr()": repr(value),
        "hash()": _is_hashable(value),
    }
    names = {field.name for field in dataclasses.fields(value)}
    names |= {name for name in dir(kind) if not name.startswith("_")}
    for name in sorted(names):
        member = getattr(value, name)
        if inspect.ismethod(member):
            described[f"{name}()"] = _describe_method(value, member)
        else:
            described[name] = describe(member)
    return described


def _is_hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _describe_method(value: Any, method: Any) -> Any:
    """Return the result of a method: for one that takes a time, its result at many times."""
    if not inspect.signature(method).parameters:
        return describe(method())
    return [describe(method(at)) for at in (*_TIMES, *_times_of(value))]


def _times_of(value: Any) -> Iterator[datetime]:
    """Yield the ends of a lifetime, if there is one, and the times next to them."""
    lifetime = getattr(value, "operational_lifetime", value)
    for name in ("start", "end"):
        if (end := getattr(lifetime, name, None)) is not None:
            yield from (end - _MICROSECOND, end, end + _MICROSECOND)
