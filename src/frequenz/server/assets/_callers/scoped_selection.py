"""Selections of what a caller may see: the database answers as if all else did not exist."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from .._stores.rows import to_signed
from .._stores.selection import (
    FIRST,
    Condition,
    InGridpools,
    IsOwned,
    IsVisibleRelation,
    OneOf,
    Selection,
)
from .scope import Scope


def scoped(selection: Selection, scope: Scope) -> Selection:
    """Return a selection without what a caller may not see."""
    enterprise_id = to_signed(scope.enterprise_id)
    conditions = [_narrowed(condition, scope) for condition in selection.conditions]
    allowed = _CONDITIONS[selection.table](scope)
    if FIRST in conditions:
        # Of one microgrid, all is said; to look for those of the enterprise would take longer for
        # one that exists, and so tell that it does.
        allowed = tuple(it for it in allowed if not isinstance(it, IsOwned))
    return replace(
        selection,
        conditions=(*conditions, *allowed),
        enterprise_id=None if selection.microgrid_id is None else enterprise_id,
    )


def _narrowed(condition: Condition, scope: Scope) -> Condition:
    """Ignore what a filter says about gridpools that the caller may not see."""
    if not isinstance(condition, InGridpools):
        return condition
    allowed = _gridpools(scope)
    return InGridpools(tuple(it for it in condition.gridpool_ids if it in allowed))


def _gridpools(scope: Scope) -> frozenset[int]:
    return frozenset(map(to_signed, scope.gridpool_ids))


def _of_microgrids(scope: Scope) -> tuple[Condition, ...]:
    enterprise_id = to_signed(scope.enterprise_id)
    return OneOf(("enterprise_id",), ((enterprise_id,),)), IsOwned(enterprise_id)


def _of_site(scope: Scope) -> tuple[Condition, ...]:
    return (OneOf(("enterprise_id",), ((to_signed(scope.enterprise_id),),)),)


def _of_gridpools(scope: Scope) -> tuple[Condition, ...]:
    return (OneOf(("gridpool_id",), tuple((it,) for it in sorted(_gridpools(scope)))),)


def _of_relations(scope: Scope) -> tuple[Condition, ...]:
    enterprise_id = to_signed(scope.enterprise_id)
    return (IsVisibleRelation(enterprise_id, tuple(sorted(_gridpools(scope)))),)


_CONDITIONS: Final[Mapping[str, Callable[[Scope], tuple[Condition, ...]]]] = {
    "microgrid": _of_microgrids,
    "component": _of_site,
    "connection": _of_site,
    "sensor": _of_site,
    "gridpool": _of_gridpools,
    "energy_schedule": _of_gridpools,
    "relation": _of_relations,
}
"""A table -> what a caller may see of it."""
