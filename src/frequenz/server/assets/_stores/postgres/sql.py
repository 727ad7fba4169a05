"""Queries in the SQL of PostgreSQL."""

from collections.abc import Iterable, Mapping
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
            columns = _columns(parameter)
            first = len(parameters) + 1
            arrays = ", ".join(
                f"${number}::{_type(column)}[]" for number, column in enumerate(columns, first)
            )
            names = ", ".join(parameter.columns)
            marks.append(f"(SELECT {names} FROM unnest({arrays}) AS given ({names}))")
            parameters += columns
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


def _type(column: Iterable[Value]) -> str:
    """Return the type of a column; where all values are missing, any type would do."""
    return next((_TYPES[type(value)] for value in column if value is not None), "bigint")
