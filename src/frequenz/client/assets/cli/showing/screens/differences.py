"""The differences between inventories."""

import json
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any, Final, NamedTuple

from rich.text import Text

from ....inventory import Difference
from .layout import TextTable, fixed_column, note, truncated, wrapped, wrapped_column


class _Sign(NamedTuple):
    text: str
    color: str


_SIGNS: Final[Mapping[str, _Sign]] = {
    "added": _Sign("+", "green"),
    "removed": _Sign("-", "red"),
    "changed": _Sign("~", "yellow"),
}

_IDENTIFYING: Final = frozenset({"id", "source", "destination"})
"""Fields whose values are in the name of the entity."""


def differences_table(differences: Iterable[Difference], *, is_site: bool = False) -> TextTable:
    """Return differences in full by entity, with their microgrids unless they are of one site."""
    listed = list(differences)
    if not listed:
        return note("no differences", "green")
    names_microgrids = not is_site and len({it.microgrid_id for it in listed}) > 1
    table = _headless_table()
    for (microgrid_id, entity, is_whole), group in groupby(listed, _entity_key):
        of_entity = list(group)
        sign = _SIGNS[of_entity[0].change if is_whole else "changed"]
        is_part = microgrid_id is not None and entity != f"microgrid {microgrid_id}"
        name = f"microgrid {microgrid_id}: {entity}" if names_microgrids and is_part else entity
        table.add_row(_sign_cell(sign), wrapped(name, "bold"))
        fields = _headless_table()
        for difference in of_entity:
            _add_rows(fields, difference)
        table.add_below(fields)
    return table


def _entity_key(difference: Difference) -> tuple[int | None, str, str]:
    """Return the key by which to group: changed fields by entity, other entities each alone."""
    change = "" if difference.path else difference.change
    return difference.microgrid_id, difference.entity, change


def _headless_table() -> TextTable:
    table = TextTable(fixed_column(""), wrapped_column(""))
    table.show_header = False
    return table


def _sign_cell(sign: _Sign) -> Text:
    return truncated(sign.text, f"bold {sign.color}")


def _add_rows(fields: TextTable, difference: Difference) -> None:
    """Add a row for a field, or one for each field of an entity."""
    sign = _SIGNS[difference.change]
    entity = difference.before if difference.change == "removed" else difference.after
    if difference.path or not isinstance(entity, Mapping):
        texts = {difference.path: _change_text(difference)}
    else:
        name_parts = difference.entity.split()
        texts = {
            field: _value_text(value)
            for field, value in entity.items()
            if field not in _IDENTIFYING or str(value) not in name_parts
        }
    for field, text in texts.items():
        line = wrapped(f"{field}: " if field else "", sign.color)
        fields.add_row(_sign_cell(sign), line.append_text(wrapped(text)))


def _change_text(difference: Difference) -> str:
    """Return the value that was added or removed, or both values of a change."""
    if difference.change != "changed":
        return _value_text(
            difference.before if difference.change == "removed" else difference.after
        )
    before, after = _value_text(difference.before), _value_text(difference.after)
    if before == after:
        before, after = _json_text(difference.before), _json_text(difference.after)
    return f"{before} → {after}"


def _value_text(value: Any) -> str:
    """Return plain data as text, with quotes where whitespace would be invisible."""
    if isinstance(value, str) and value and value == " ".join(value.split()):
        return value
    return _json_text(value)


def _json_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
