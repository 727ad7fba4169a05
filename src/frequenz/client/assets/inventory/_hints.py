"""What a word that the format does not know probably means."""

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final

_MAX_CANDIDATES: Final = 2
"""How many names a hint can consist of; more would be a list to search."""


def _meaning(words: Mapping[str, str]) -> dict[str, str]:
    """Return the meaning of each of several words that have the same one."""
    return {word: meaning for group, meaning in words.items() for word in group.split()}


KEYS: Final = _meaning(
    {
        "kind": "category",
        "vendor make brand producer": "manufacturer",
        "state enabled": "status",
        "mode": "operational_mode",
        "lat": "latitude",
        "lon lng long": "longitude",
        "address position coordinates geo": "location",
        "created created_at creation": "create_timestamp",
        "from begin since": "start",
        "to until": "end",
        "from_id parent": "source",
        "to_id child": "destination",
        "min minimum": "lower",
        "max maximum": "upper",
        "fuse": "rated_fuse_current",
        "power max_power rated_power nominal_power limits": "rated_bounds",
        "sites microgrid": "microgrids",
        "assets devices elements nodes meters inverters batteries": "components",
        "edges links cables": "connections",
        "schedules": "energy_schedules",
        "relations": "market_topology",
    }
)
"""Everyday words for keys; a word counts where the key is known."""

CATEGORIES: Final = _meaning(
    {
        "pv solar photovoltaic photovoltaics pv_inverter solar_inverter solar_panel pv_system": (
            "inverter with type: solar"
        ),
        "battery_inverter": "inverter with type: battery",
        "hybrid_inverter": "inverter with type: hybrid",
        "wind wind_power wind_farm wind_generator": "wind_turbine",
        "ev evse charger charge_point charging_station charging_point wallbox": "ev_charger",
        "storage battery_storage bess ess accumulator": "battery",
        "li_ion lithium_ion": "battery with type: li_ion",
        "pcc poc grid_meter utility mains": "grid_connection_point",
        "fuse": "breaker, or rated_fuse_current of a grid_connection_point",
        "circuit_breaker switch": "breaker",
        "ups": "uninterruptible_power_supply",
        "sts": "static_transfer_switch",
        "heat_pump heating cooling air_conditioning": "hvac",
        "cogeneration combined_heat_and_power": "chp",
        "smart_meter energy_meter counter": "meter",
    }
)
"""Everyday words for categories of components."""

METRICS: Final = _meaning(
    {
        "power ac_power p": "ac_power_active",
        "q": "ac_power_reactive",
        "soc": "battery_soc_pct",
    }
)

MODES: Final = _meaning(
    {
        "active on controllable full": "control_and_telemetry",
        "read_only readonly monitoring": "telemetry_only",
        "off disabled": "inactive",
    }
)

TYPES: Final = _meaning(
    {
        "lithium lithium_ion li lfp nmc lifepo4": "li_ion",
        "sodium sodium_ion": "na_ion",
        "photovoltaic": "solar",
        "storage": "battery",
    }
)
"""Everyday words for types of components; a word counts where the type is known."""

DIRECTIONS: Final = _meaning({"buy purchase": "import", "sell sale": "export"})


def simplified(word: str) -> str:
    """Return a word in lower case, its parts separated by single underscores."""
    return re.sub(r"[\W_]+", "_", word.lower()).strip("_")


def suggestion(word: str, known: Collection[str], words: Mapping[str, str]) -> str | None:
    """Return what a word probably means: a known name or two, or an everyday word's meaning.

    Names with the same parts, or more or fewer, are nearer than those with similar letters:
    `rated_fuse` means `rated_fuse_current`, not `rated_bounds`.
    """
    simple = simplified(word)
    meaning = words.get(simple)
    if meaning is not None and meaning.split(" ")[0].rstrip(",") in known:
        return meaning
    parts = set(simple.split("_"))
    with_more = _shortest(name for name in known if parts <= set(name.split("_")))
    with_fewer = [name for name in known if parts > set(name.split("_"))]
    for candidates in (with_more, with_fewer):
        if 1 <= len(candidates) <= _MAX_CANDIDATES:
            return " or ".join(candidates)
    return next(iter(difflib.get_close_matches(simple, known, n=1)), None)


def _shortest(names: Iterable[str]) -> list[str]:
    """Return the names with the fewest parts."""
    listed = list(names)
    fewest = min((name.count("_") for name in listed), default=0)
    return [name for name in listed if name.count("_") == fewest]
