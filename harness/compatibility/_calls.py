"""The calls that every client makes, if it has them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, Final, NamedTuple

from ._fleet import FAULTY

FIRST_METHODS: Final = frozenset(
    (
        "get_microgrid",
        "list_microgrid_electrical_components",
        "list_microgrid_electrical_component_connections",
    )
)
"""The methods whose calls the first generation of the API has."""

NO_ID: Final = 4711
"""An ID that nothing has."""

_UNKNOWN: Final = 77
"""A number that is not a member of any enum."""

_GERMAN: Final = "10YDE-VE-------2"
_DUTCH: Final = "10YNL----------L"
_EIC: Final = 1
_NERC: Final = 2
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
    """By name, as JSON: IDs are integers, times ISO 8601."""

    def __str__(self) -> str:
        arguments = ", ".join(f"{name}={value}" for name, value in self.arguments.items())
        return f"{self.method}({arguments})"


class Plan(NamedTuple):
    """The arguments of the calls of a method."""

    required: Sequence[Mapping[str, Any]]
    """The arguments of each call without filters."""

    filtered: Mapping[str, Any]
    """The arguments to which filters are added."""

    filters: Mapping[str, Sequence[Any]]
    """The values of each filter, which are used alone, in pairs, and all together."""


def _between(start: str | None, end: str | None) -> dict[str, str | None]:
    return {
        name: f"2026-{at}+00:00" if at else None for name, at in (("start", start), ("end", end))
    }


_SITES: Final = [{"microgrid_id": number} for number in (100, 201, 202, 301, 303, NO_ID, FAULTY)]
_STRICT: Final = {"microgrid_id": 201, "raise_on_errors": True}

_PLANS: Final[Mapping[str, Plan]] = {
    "get_microgrid": Plan([*_SITES, _STRICT], {}, {}),
    "list_microgrids": Plan(
        [{}, {"microgrid_ids": [100, 201, 202], "raise_on_errors": True}],
        {},
        {
            "microgrid_ids": [[201], [301, 302, NO_ID]],
            "gridpool_ids": [[1], [2, NO_ID], [NO_ID]],
        },
    ),
    "list_microgrid_electrical_components": Plan(
        [*_SITES, _STRICT],
        {"microgrid_id": 201},
        {
            "component_ids": [[11], [41, 2, 10, NO_ID], [NO_ID]],
            "categories": [[_METER], [_INVERTER, _UNKNOWN], [_UNKNOWN]],
        },
    ),
    "list_microgrid_electrical_component_connections": Plan(
        [*_SITES, _STRICT],
        {"microgrid_id": 201},
        {
            "source_component_ids": [[2], [10, 30, NO_ID], [NO_ID]],
            "destination_component_ids": [[10], [11, 31, 33, 40], [NO_ID]],
        },
    ),
    "list_microgrid_sensors": Plan(
        [{"microgrid_id": number} for number in (301, 302, 303, NO_ID)],
        {"microgrid_id": 301},
        {"sensor_ids": [[5], [1, 3, NO_ID], [NO_ID]]},
    ),
    "list_gridpools": Plan([{}], {}, {"gridpool_ids": [[2], [2**63 + 3, 1], [NO_ID]]}),
    "list_gridpool_energy_schedules": Plan(
        [{"gridpool_id": number} for number in (1, 2, NO_ID)],
        {"gridpool_id": 1},
        {
            "schedule_ids": [[11], [12, 13, 14, NO_ID]],
            "directions": [[_IMPORT], [_EXPORT, _UNKNOWN]],
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
            "gridpool_ids": [[1], [2, NO_ID]],
            "microgrid_ids": [[301], [302, NO_ID]],
            "market_location_id_values": [["50696661510"], ["18106612345678901234", "none"]],
            "delivery_areas": [
                [{"code": _GERMAN, "code_type": _EIC}],
                [{"code": _GERMAN, "code_type": _NERC}, {"code": _DUTCH, "code_type": _EIC}],
            ],
            "participation_types": [[_TRADING], [_FLEX, _UNKNOWN]],
        },
    ),
}


def all_calls() -> Iterator[Call]:
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
