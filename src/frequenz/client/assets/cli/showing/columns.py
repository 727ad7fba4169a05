"""The columns of tables: the fields of model classes, with dots for nested fields."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from types import UnionType
from typing import Any, NamedTuple, NoReturn, TypeAlias, get_args, get_type_hints

import click

Fields: TypeAlias = type[Any] | tuple[type[Any] | str, ...]
"""Model classes, whose fields are the columns, or names of columns."""


def column_names(fields: Fields) -> tuple[str, ...]:
    """Return the names of all columns."""
    sources = fields if isinstance(fields, tuple) else (fields,)
    names = (
        name
        for source in sources
        for name in ([source] if isinstance(source, str) else _field_names(source))
    )
    return tuple(dict.fromkeys(names))


def _field_names(model: type[Any], prefix: str = "") -> Iterator[str]:
    """Yield the names of the fields of a class, nested fields included."""
    hints = get_type_hints(model)
    for field in dataclasses.fields(model):
        nested = _nested_model(hints[field.name])
        if nested is None:
            yield f"{prefix}{field.name}"
        else:
            yield from _field_names(nested, f"{prefix}{field.name}.")


def _nested_model(hint: Any) -> type[Any] | None:
    """Return the model class in a type hint, if there is exactly one."""
    types = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    models = [it for it in types if isinstance(it, type) and dataclasses.is_dataclass(it)]
    return models[0] if len(models) == 1 else None


class AvailableColumns(NamedTuple):
    """The columns that a command can show."""

    names: tuple[str, ...]
    flags: Mapping[str, str] = {}
    """Further columns, and the flag that adds each of them."""

    def reject(self, name: str, option: str) -> NoReturn:
        """Raise the error for an unknown column.

        Raises:
            click.BadParameter: Always.
        """
        hint = f"available: {', '.join(self.names)}"
        if name in self.flags:
            hint = f"{self.flags[name]} adds it"
        raise click.UsageError(f"{option}: no such field: {name!r} ({hint})")


def parse_fields(text: str, available: AvailableColumns) -> tuple[str, ...]:
    """Return the fields in the value of `--fields`; one may be the parent of several columns.

    Raises:
        click.UsageError: If a field is unknown or repeated.
    """
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if not expand_fields([name], available.names):
            available.reject(name, "--fields")
        if names.count(name) > 1:
            raise click.UsageError(f"--fields: {name!r} is repeated")
    return tuple(names)


def expand_fields(names: Iterable[str], columns: Iterable[str]) -> tuple[str, ...]:
    """Return the columns of fields: their own, or those nested in them."""
    available = tuple(columns)
    expanded = (
        column
        for name in names
        for column in available
        if column == name or column.startswith(f"{name}.")
    )
    return tuple(dict.fromkeys(expanded))


def value_at(row: Any, path: str) -> Any:
    """Return the value at a path in plain data; None if there is none."""
    for key in path.split("."):
        if not isinstance(row, dict):
            return None
        row = row.get(key)
    return row


def sort_key(value: Any) -> tuple[Any, ...]:
    """Return the sort key of a value: numbers before text, lists and maps last."""
    if isinstance(value, bool | int | float):
        return 0, value
    return (1, value) if isinstance(value, str) else (2, str(value))
