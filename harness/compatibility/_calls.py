"""The calls that every client makes, as far as it has them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, Final, NamedTuple

from ._fleet import FAULTY
from ._market import DUTCH, EIC, GERMAN, NERC, UNKNOWN

FIRST_METHODS: Final = frozenset(
    (
        "get_microgrid",
        "list_microgrid_electrical_components",
        "list_microgrid_electrical_component_connections",
    )
)
"""The methods of which the first generation of the API has the calls."""

NOBODY: Final = 4711
"""An id that nothing has."""

_METER: Final = 2
_INVERTER: Final = 3
_TRADING: Final = 1
_FLEX: Final = 2
_IMPORT: Final = 1
_EXPORT: Final = 2


class Call(NamedTuple):
    """A call of a client's method."""

    method: str

    arguments: dict[str, Any]
    """By name, as JSON: ids are integers, moments ISO 8601."""

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value}" for name, value in self.arguments.items())
        return f"{self.method}({told})"


class Plan(NamedTuple):
    """The arguments with which a method is called."""

    required: Sequence[Mapping[str, Any]]
    """Each alone, without a filter."""

    filtered: Mapping[str, Any]
    """The one of them that is asked for with filters."""

    filters: Mapping[str, Sequence[Any]]
    """The values of each filter; they are given alone, in pairs, and all together."""


def _between(start: str | None, end: str | None) -> dict[str, str | None]:
    return {
        name: f"2026-{at}+00:00" if at else None for name, at in (("start", start), ("end", end))
    }


_SITES: Final = [{"microgrid_id": number} for number in (100, 201, 202, 301, 303, NOBODY, FAULTY)]
_STRICT: Final = {"microgrid_id": 201, "raise_on_errors": True}

_PLANS: Final[Mapping[str, Plan]] = {
    "get_microgrid": Plan([*_SITES, _STRICT], {}, {}),
    "list_microgrids": Plan(
        [{}, {"microgrid_ids": [100, 201, 202], "raise_on_errors": True}],
        {},
        {
            "microgrid_ids": [[201], [301, 302, NOBODY]],
            "gridpool_ids": [[1], [2, NOBODY], [NOBODY]],
        },
    ),
    "list_microgrid_electrical_components": Plan(
        [*_SITES, _STRICT],
        {"microgrid_id": 201},
        {
            "component_ids": [[11], [41, 2, 10, NOBODY], [NOBODY]],
            "categories": [[_METER], [_INVERTER, UNKNOWN], [UNKNOWN]],
        },
    ),
    "list_microgrid_electrical_component_connections": Plan(
        [*_SITES, _STRICT],
        {"microgrid_id": 201},
        {
            "source_component_ids": [[2], [10, 30, NOBODY], [NOBODY]],
            "destination_component_ids": [[10], [11, 31, 33, 40], [NOBODY]],
        },
    ),
    "list_microgrid_sensors": Plan(
        [{"microgrid_id": number} for number in (301, 302, 303, NOBODY)],
        {"microgrid_id": 301},
        {"sensor_ids": [[5], [1, 3, NOBODY], [NOBODY]]},
    ),
    "list_gridpools": Plan([{}], {}, {"gridpool_ids": [[2], [2**63 + 3, 1], [NOBODY]]}),
    "list_gridpool_energy_schedules": Plan(
        [{"gridpool_id": number} for number in (1, 2, NOBODY)],
        {"gridpool_id": 1},
        {
            "schedule_ids": [[11], [12, 13, 14, NOBODY]],
            "directions": [[_IMPORT], [_EXPORT, UNKNOWN]],
            "time_series_interval": [
                _between("01-01T00:15:00", "01-01T00:30:00"),
                _between(None, "01-01T00:15:00"),
                _between("01-01T00:45:00", None),
            ],
            "effective_validity_period": [
                _between("01-15T00:00:00", "02-01T00:00:00"),
                _between("01-14T23:59:59", None),
                _between(None, "01-01T00:00:00"),
            ],
        },
    ),
    "list_market_topology_relations": Plan(
        [{}],
        {},
        {
            "gridpool_ids": [[1], [2, NOBODY]],
            "microgrid_ids": [[301], [302, NOBODY]],
            "market_location_id_values": [["50696661510"], ["18106612345678901234", "none"]],
            "delivery_areas": [
                [{"code": GERMAN, "code_type": EIC}],
                [{"code": GERMAN, "code_type": NERC}, {"code": DUTCH, "code_type": EIC}],
            ],
            "participation_types": [[_TRADING], [_FLEX, UNKNOWN]],
        },
    ),
}


def calls() -> Iterator[Call]:
    """Yield every call."""
    for method, plan in _PLANS.items():
        for arguments in plan.required:
            yield Call(method, dict(arguments))
        for filters in _filters(plan.filters):
            yield Call(method, {**plan.filtered, **filters})


def _filters(values: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    """Yield every value alone, the first ones in pairs, and all of them together."""
    for name, alternatives in values.items():
        for value in alternatives:
            yield {name: value}
    firsts = {name: alternatives[0] for name, alternatives in values.items()}
    for pair in combinations(firsts, 2):
        yield {name: firsts[name] for name in pair}
    if len(firsts) > 2:
        yield firsts
