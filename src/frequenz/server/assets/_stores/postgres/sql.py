"""Queries in the SQL of PostgreSQL."""

from collections.abc import Mapping
from typing import Any, Final

from ..joining import as_field
from ..rows import Value
from ..store import Query, Values

_TYPES: Final[Mapping[type, str]] = {int: "bigint", str: "text", bytes: "bytea"}

_BYTES: Final = "'\\x{}'::bytea"
"""The literal of bytes."""


def to_sql(query: Query) -> tuple[str, list[Any]]:
    """Return a query with PostgreSQL's marks for parameters, and these.

    A list of rows is an array for each column.
    """
    marks: list[str] = []
    parameters: list[Any] = []
    for parameter in query.parameters:
        if isinstance(parameter, Values):
            arrays = []
            for column in _columns(parameter):
                type_, array = _array(column)
                parameters.append(array)
                arrays.append(f"${len(parameters)}::{type_}[]")
            names = ", ".join(parameter.columns)
            marks.append(f"(SELECT {names} FROM unnest({', '.join(arrays)}) AS given ({names}))")
        else:
            parameters.append(parameter)
            marks.append(f"${len(parameters)}")
    return query.text.format(*marks), parameters


def joined(text: str, number: int) -> str:
    """Return the query of the number of rows of another one, and of their messages as fields."""
    # The subquery is sorted, so the aggregate gets the messages in order.
    fields = f"string_agg({as_field(number, _BYTES)}, ''::bytea)"
    return f"SELECT count(*), {fields} FROM ({text}) AS selected"


def _columns(values: Values) -> list[list[Value]]:
    if not values.rows:
        return [[] for _ in values.columns]
    return [list(column) for column in zip(*values.rows, strict=True)]


def _array(column: list[Value]) -> tuple[str, object]:
    """Return the type of the values of an array, and the array as a parameter."""
    types = {*map(type, column)}
    if types == {int}:
        # The driver takes five times as long for integers as for a text, and the event loop waits.
        return "text::bigint", f"{{{str(column)[1:-1]}}}"
    # Where all values are missing, any type would do.
    return next((_TYPES[it] for it in types if it in _TYPES), "bigint"), column
