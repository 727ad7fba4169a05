"""In what inventories differ."""

import json
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any, Final, NamedTuple

from rich.text import Text

from ....inventory import Difference
from .layout import HouseTable, cell, firm, note, words, wrapped


class _Look(NamedTuple):
    sign: str
    style: str


_LOOKS: Final[Mapping[str, _Look]] = {
    "added": _Look("+", "green"),
    "removed": _Look("-", "red"),
    "changed": _Look("~", "yellow"),
}


_NAMING: Final = frozenset({"id", "source", "destination"})
"""The fields that an entity's name tells."""


def differences_screen(
    differences: Iterable[Difference], *, are_of_one_site: bool = False
) -> HouseTable:
    """Return differences in full, by entity; with the microgrids unless they are of one site."""
    listed = list(differences)
    if not listed:
        return note("no differences", "green")
    has_microgrids = not are_of_one_site and len({one.microgrid_id for one in listed}) > 1
    screen = _plain_table()
    for (microgrid_id, entity, is_whole), group in groupby(listed, _entity_of):
        found = list(group)
        look = _LOOKS[found[0].change if is_whole else "changed"]
        is_part = microgrid_id is not None and entity != f"microgrid {microgrid_id}"
        name = f"microgrid {microgrid_id}: {entity}" if has_microgrids and is_part else entity
        screen.add_row(_sign(look), wrapped(name, "bold"))
        fields = _plain_table()
        for one in found:
            _add(fields, one)
        screen.add_below(fields)
    return screen


def _entity_of(one: Difference) -> tuple[int | None, str, str]:
    """Return what is told together: fields of an entity, or one as a whole."""
    return one.microgrid_id, one.entity, "" if one.path else one.change


def _plain_table() -> HouseTable:
    table = HouseTable(firm(""), words(""))
    table.show_header = False
    return table


def _sign(look: _Look) -> Text:
    return cell(look.sign, f"bold {look.style}")


def _add(fields: HouseTable, one: Difference) -> None:
    """Add a row for a field, or one for each of those that an entity has."""
    look = _LOOKS[one.change]
    whole = one.before if one.change == "removed" else one.after
    if one.path or not isinstance(whole, Mapping):
        told = {one.path: _told(one)}
    else:
        named = one.entity.split()
        told = {
            key: _value(value)
            for key, value in whole.items()
            if key not in _NAMING or str(value) not in named
        }
    for path, words_of in told.items():
        line = wrapped(f"{path}: " if path else "", look.style)
        fields.add_row(_sign(look), line.append_text(wrapped(words_of)))


def _told(one: Difference) -> str:
    """Return the value that there is on one side only, or both."""
    if one.change != "changed":
        return _value(one.before if one.change == "removed" else one.after)
    before, after = _value(one.before), _value(one.after)
    if before == after:
        before, after = _json(one.before), _json(one.after)
    return f"{before} → {after}"


def _value(value: Any) -> str:
    """Return plain data; in quotes if only they tell where a text starts, or that there is one."""
    if isinstance(value, str) and value and value == " ".join(value.split()):
        return value
    return _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
