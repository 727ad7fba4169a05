"""The columns of a table: what the fields of a thing are, with dots for those inside others."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from types import UnionType
from typing import Any, NamedTuple, NoReturn, TypeAlias, get_args, get_type_hints

import click

Kinds: TypeAlias = type[Any] | tuple[type[Any] | str, ...]
"""Model classes, whose fields are the columns; or the names of columns."""


def columns(kinds: Kinds) -> tuple[str, ...]:
    """Return the names of all columns."""
    each = kinds if isinstance(kinds, tuple) else (kinds,)
    names = (name for kind in each for name in ([kind] if isinstance(kind, str) else _of(kind)))
    return tuple(dict.fromkeys(names))


def _of(kind: type[Any], prefix: str = "") -> Iterator[str]:
    """Yield the names of the fields of a class, of the classes inside it too."""
    hints = get_type_hints(kind)
    for field in dataclasses.fields(kind):
        inner = _inner(hints[field.name])
        if inner is None:
            yield f"{prefix}{field.name}"
        else:
            yield from _of(inner, f"{prefix}{field.name}.")


def _inner(hint: Any) -> type[Any] | None:
    """Return the model class that a field holds, or None where it holds something else."""
    kinds = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    inner = [kind for kind in kinds if isinstance(kind, type) and dataclasses.is_dataclass(kind)]
    return inner[0] if len(inner) == 1 else None


class Known(NamedTuple):
    """The columns that there are, and those that there could be."""

    there: tuple[str, ...]
    others: Mapping[str, str] = {}
    """The flag that brings a column, by its name."""

    def refuse(self, name: str, option: str) -> NoReturn:
        """Say that there is no such column.

        Raises:
            click.BadParameter: Always.
        """
        advice = f"there are {', '.join(self.there)}"
        if name in self.others:
            advice = f"{self.others[name]} adds it"
        raise click.BadParameter(f"there is no field {name!r}; {advice}", param_hint=option)


def chosen(text: str, known: Known, option: str) -> tuple[str, ...]:
    """Return the columns that an option names; a field that holds others is named as itself.

    Raises:
        click.BadParameter: If there is no such field, or one is named twice.
    """
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in known.there and not any(of.startswith(f"{name}.") for of in known.there):
            known.refuse(name, option)
        if names.count(name) > 1:
            raise click.BadParameter(f"{name!r} is there twice", param_hint=option)
    return tuple(names)


def expanded(names: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    """Return the columns for names, those inside a field in its place."""
    there = tuple(known)
    wide = (
        column
        for name in names
        for column in ([name] if name in there else [c for c in there if c.startswith(f"{name}.")])
    )
    return tuple(dict.fromkeys(wide))


def cell(row: Any, name: str) -> Any:
    """Return what a row, as plain data, has in a column; None where it has nothing."""
    for step in name.split("."):
        if not isinstance(row, dict):
            return None
        row = row.get(step)
    return row


def order(value: Any) -> tuple[Any, ...]:
    """Return by what to sort a cell: numbers before text, lists and maps last."""
    if isinstance(value, bool | int | float):
        return 0, value
    return (1, value) if isinstance(value, str) else (2, str(value))
