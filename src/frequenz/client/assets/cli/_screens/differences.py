"""In what inventories differ."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from rich.console import RenderableType
from rich.text import Text

from ...inventory import Difference
from .layout import cell, column, firm, table_of, wrapped


class _Look(NamedTuple):
    sign: str
    style: str


_LOOKS: Final[Mapping[str, _Look]] = {
    "added": _Look("+", "green"),
    "removed": _Look("-", "red"),
    "changed": _Look("~", "yellow"),
}


def differences_table(differences: Iterable[Difference]) -> RenderableType:
    """Return differences, a line each; with the microgrid where there are several."""
    listed = list(differences)
    if not listed:
        return Text("no differences", "green")
    columns = (
        firm(""),
        firm("microgrid", justify="right"),
        column("entity"),
        firm("field"),
        column("before"),
        column("after"),
    )
    return table_of(columns, _rows(listed), optional={"MICROGRID", "FIELD"})


def _rows(listed: Sequence[Difference]) -> Iterator[tuple[Text | str, ...]]:
    """Yield the rows; an entity is named in the first of its own."""
    is_one = len({one.microgrid_id for one in listed}) == 1
    last = None
    for one in listed:
        look, entity = _LOOKS[one.change], (one.microgrid_id, one.entity)
        microgrid = "" if is_one or one.microgrid_id is None else str(one.microgrid_id)
        is_new = entity != last or not one.path
        last = entity
        yield (
            cell(look.sign, f"bold {look.style}"),
            microgrid if is_new else "",
            wrapped(one.entity if is_new else ""),
            cell(one.path, look.style),
            cell(_value(one.before)),
            cell(_value(one.after)),
        )


def _value(value: Any) -> str:
    """Return plain data in a line; nothing for what there is not."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_within(item)}" for key, item in value.items())
    return _within(value)


def _within(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
