"""Selections as queries in SQL, at the newest revision or at an earlier one."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from .selection import (
    Condition,
    EndIs,
    HasId,
    InGridpools,
    IsOwned,
    IsVisibleRelation,
    OneOf,
    Participates,
    Selection,
)
from .store import Query, Values

_COLUMNS: Final = "e.message, length(e.message) AS size"


def select(selection: Selection, revision: int | None = None) -> Query:
    """Return the query of the messages of a selection, each with its size in bytes.

    A selection of a microgrid that does not exist has no rows; one of a microgrid without such
    entities has a row of NULLs. One statement tells both, from one snapshot.

    Args:
        selection: What to select.
        revision: The revision; None = the newest one.
    """
    texts = [valid_at("e", revision)]
    parameters: list[Any] = []
    for condition in selection.conditions:
        text, values = _CONDITIONS[type(condition)](condition, revision)
        texts.append(text)
        parameters += values
    where = " AND ".join(texts)
    if selection.microgrid_id is None:
        return Query(
            f"SELECT {_COLUMNS} FROM {selection.table} AS e WHERE {where}"
            " ORDER BY e.position, e.row_id",
            tuple(parameters),
        )
    parameters.append(selection.microgrid_id)
    owner = f"owner.microgrid_id = {{}} AND owner.occurrence = 0 AND {valid_at('owner', revision)}"
    if selection.enterprise_id is not None:
        owner += " AND owner.enterprise_id = {}"
        parameters.append(selection.enterprise_id)
    # With the owner's columns first, the order is that of an index, and SQLite need not sort.
    return Query(
        f"SELECT {_COLUMNS} FROM microgrid AS owner LEFT JOIN {selection.table} AS e"
        " ON e.enterprise_id = owner.enterprise_id AND e.microgrid_id = owner.microgrid_id"
        f" AND {where} WHERE {owner}"
        " ORDER BY owner.enterprise_id, owner.row_id, e.occurrence, e.position, e.row_id",
        tuple(parameters),
    )


def valid_at(table: str, revision: int | None) -> str:
    """Return the condition that rows of a table are part of a revision; None = the newest one."""
    if revision is None:
        return f"{table}.removed IS NULL"
    return (
        f"{table}.added <= {revision} AND ({table}.removed IS NULL OR {table}.removed > {revision})"
    )


def _one_of(condition: OneOf, _: int | None) -> Query:
    columns = ", ".join(f"e.{column}" for column in condition.columns)
    if len(condition.columns) > 1:
        columns = f"({columns})"
    if len(condition.columns) == len(condition.values) == 1:
        return Query(f"{columns} = {{}}", condition.values[0])
    return Query(f"{columns} IN {{}}", (Values(condition.columns, condition.values),))


def _has_id(condition: HasId, _: int | None) -> Query:
    return Query(f"e.{condition.column} <> 0")


def _end_is(condition: EndIs, _: int | None) -> Query:
    end = f"e.{condition.end}"
    return Query(
        f"({end}_seconds IS NULL"
        f" OR ({end}_seconds, {end}_nanos) {condition.operator} ({{}}, {{}}))",
        condition.instant,
    )


def _in_gridpools(condition: InGridpools, revision: int | None) -> Query:
    return Query(
        "e.microgrid_id IN (SELECT r.microgrid_id FROM relation AS r"
        f" WHERE {valid_at('r', revision)} AND r.gridpool_id IN {{}})",
        (_column("gridpool_id", condition.gridpool_ids),),
    )


def _participates(condition: Participates, _: int | None) -> Query:
    return Query(
        "e.row_id IN (SELECT p.relation FROM participation AS p WHERE p.type IN {})",
        (_column("type", condition.types),),
    )


def _is_owned(condition: IsOwned, revision: int | None) -> Query:
    return Query(f"e.microgrid_id IN {_owned(revision)}", (condition.enterprise_id,))


def _is_visible_relation(condition: IsVisibleRelation, revision: int | None) -> Query:
    return Query(
        "(e.gridpool_id IS NOT NULL OR e.microgrid_id IS NOT NULL)"
        " AND (e.gridpool_id IS NULL OR e.gridpool_id IN {})"
        f" AND (e.microgrid_id IS NULL OR e.microgrid_id IN {_owned(revision)})",
        (_column("gridpool_id", condition.gridpool_ids), condition.enterprise_id),
    )


def _owned(revision: int | None) -> str:
    """Return a subquery of the microgrids of an enterprise, which is its parameter."""
    return (
        f"(SELECT m.microgrid_id FROM microgrid AS m WHERE {valid_at('m', revision)}"
        " AND m.occurrence = 0 AND m.enterprise_id = {})"
    )


_CONDITIONS: Final[Mapping[type[Condition], Callable[[Any, int | None], Query]]] = {
    OneOf: _one_of,
    HasId: _has_id,
    EndIs: _end_is,
    InGridpools: _in_gridpools,
    Participates: _participates,
    IsOwned: _is_owned,
    IsVisibleRelation: _is_visible_relation,
}


def _column(name: str, values: Iterable[int | str]) -> Values:
    return Values((name,), [(value,) for value in values])
