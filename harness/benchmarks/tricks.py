"""The client without one of the things that it does for speed, to measure what each one saves."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId

from frequenz.client.assets import _client
from frequenz.client.assets._model.lazy_field import LazyDict
from frequenz.client.assets._wire.fast import cache, column_decoder, columns


class Trick(NamedTuple):
    """Something that is done for speed."""

    name: str
    figure: str
    """What it is for: `time`, `stall` or `memory`; `all` for nothing to leave out."""

    remove: Callable[[], None]
    """Does without it in this process."""


def _replace(holder: Any, **values: Any) -> None:
    for name, value in values.items():
        setattr(holder, name, value)


def _no_unfrozen_classes() -> None:
    def maker(kind: Any, mode: Any) -> Callable[..., Any]:
        component_class, category, own_fields = kind

        def make(*values: Any) -> Any:
            number, microgrid_id, name, manufacturer, model_name, model, lifetime, bounds = values
            return component_class(
                id=ElectricalComponentId(number),
                microgrid_id=microgrid_id,
                name=name,
                category=category,
                manufacturer=manufacturer,
                model_name=model_name,
                model=model,
                operational_lifetime=lifetime,
                rated_bounds=bounds.resolve() if isinstance(bounds, LazyDict) else bounds,
                operational_mode=mode,
                **own_fields,
            )

        return make

    _replace(column_decoder, _maker=maker)


def _no_caches() -> None:
    def make_again(self: Any, key: Any) -> Any:
        return self._make(key)

    _replace(cache.BoundedCache, __missing__=make_again)


def _no_columns() -> None:
    def table(reader: Any, reply: Any) -> Any:
        rows = reader._parse_rows([False] * len(reader._fields), reply, 0)
        assert rows is not None
        flat, _ = rows
        messages = getattr(flat, reader.list_field)
        fields = [(field, ()) for field in reader._fields]
        return columns.ColumnTable(flat, messages, fields, reader._fields)

    _replace(columns.ColumnReader, table=table)


def _no_fast_decoder() -> None:
    names = ("COMPONENT", "CONNECTION")
    plain = {name: getattr(_client, name)._replace(columns=None) for name in names}
    _replace(_client, **plain)


def _no_lazy_bounds() -> None:
    _replace(column_decoder, LazyDict=lambda key, value: LazyDict(key, value).resolve())


def _no_splitting() -> None:
    _replace(columns, _PART_BYTES=2**62)


TRICKS: Final[Mapping[str, Trick]] = {
    "nothing": Trick("nothing", "all", lambda: None),
    "columns": Trick("lists read as columns (`_wire/fast/columns.py`)", "time", _no_columns),
    "caches": Trick(
        "equal parts looked up by their bytes (`_wire/fast/cache.py`)", "time", _no_caches
    ),
    "unfrozen": Trick(
        "objects built in unfrozen classes (`_model/unfrozen.py`)", "time", _no_unfrozen_classes
    ),
    "all": Trick("all of `_wire/fast`: the plain decoder instead", "time", _no_fast_decoder),
    "splitting": Trick(
        "long replies split into parts (`_wire/fast/splitting.py`)", "stall", _no_splitting
    ),
    "lazy bounds": Trick(
        "rated bounds made at the first read (`_model/lazy_field.py`)", "memory", _no_lazy_bounds
    ),
}
"""By the argument of the worker."""
