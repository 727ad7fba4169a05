"""What a word that the format does not know probably means."""

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final

_MAX_CANDIDATES: Final = 2
"""How many names a hint can consist of; more would be a list to search."""

_LONGEST: Final = 200
"""How long a word can be: comparing letters takes long, and no name is as long as that."""

_SHORT: Final = 4
"""How many letters a word has whose similar letters are often chance, as in `grid`, `hybrid`."""

_SHORT_CUTOFF: Final = 0.75
_CUTOFF: Final = 0.6
"""How similar a name must be, from 0 to 1."""


def _by_word(groups: Mapping[str, str]) -> dict[str, str]:
    """Return the meaning of each of several words that have the same one."""
    return {word: meaning for group, meaning in groups.items() for word in group.split()}


CATEGORIES: Final = _by_word(
    {
        "pv pv_inverter pv_system photovoltaic photovoltaics photovoltaic_inverter": (
            "inverter with type: solar"
        ),
        "solar solar_inverter solar_panel sun": "inverter with type: solar",
        "battery_inverter": "inverter with type: battery",
        "hybrid_inverter": "inverter with type: hybrid",
        "wind wind_power wind_farm wind_generator": "wind_turbine",
        "ev evse charger charge_point charging_station charging_point wallbox": "ev_charger",
        "ac_ev_charger": "ev_charger with type: ac",
        "dc_ev_charger": "ev_charger with type: dc",
        "hybrid_ev_charger": "ev_charger with type: hybrid",
        "storage battery_storage bess ess accumulator": "battery",
        "li_ion lithium lithium_ion li_ion_battery lithium_battery lithium_ion_battery": (
            "battery with type: li_ion"
        ),
        "na_ion sodium_ion na_ion_battery sodium_ion_battery": "battery with type: na_ion",
        "gcp pcc poc grid_meter utility mains": "grid_connection_point",
        "fuse": "breaker, or rated_fuse_current of a grid_connection_point",
        "circuit_breaker switch": "breaker",
        "rectifier": "converter",
        "trafo": "power_transformer",
        "ups": "uninterruptible_power_supply",
        "sts": "static_transfer_switch",
        "heater": "hvac or steam_boiler",
        "heat_pump heatpump heating cooling air_conditioning": "hvac",
        "cogeneration combined_heat_and_power": "chp",
        "smart_meter energy_meter counter load loads consumer": "meter",
    }
)
"""Everyday words for categories of components.

A meaning begins with the name of a category; what follows the name is for people.
"""

METRICS: Final = _by_word(
    {
        "power ac_power p rated_power nominal_power max_power": "ac_power_active",
        "q": "ac_power_reactive",
        "soc": "battery_soc_pct",
    }
)

MODES: Final = _by_word(
    {
        "active on controllable full": "control_and_telemetry",
        "read_only readonly monitoring": "telemetry_only",
        "off disabled": "inactive",
    }
)

STATUSES: Final = _by_word(
    {
        "enabled on true yes online running operational": "active",
        "disabled off false no offline decommissioned": "inactive",
    }
)

TYPES: Final = _by_word(
    {
        "lithium lithium_ion li lfp nmc lifepo4 li_ion_battery": "li_ion",
        "sodium sodium_ion na_ion_battery": "na_ion",
        "photovoltaic photovoltaics sun solar_inverter": "solar",
        "storage battery_inverter": "battery",
    }
)
"""Everyday words for types of components; a word counts where the type is known."""

DIRECTIONS: Final = _by_word({"buy purchase": "import", "sell sale": "export"})

DURATIONS: Final = _by_word(
    {
        "5 5min 5_min 5m pt5m 5_minutes 300 300s": "minutes_5",
        "15 15min 15_min 15m pt15m 15_minutes 900 900s 0_25h": "minutes_15",
        "quarter quarter_hour quarter_hourly": "minutes_15",
        "30 30min 30_min 30m pt30m 30_minutes 1800 1800s 0_5h half_hour half_hourly": "minutes_30",
        "60 60min 60_min 60m pt60m 60_minutes 3600 3600s 1h pt1h hour hourly": "minutes_60",
    }
)

MEMBERS: Final[Mapping[str, Mapping[str, str]]] = {
    "BatteryType": TYPES,
    "DeliveryDuration": DURATIONS,
    "ElectricalComponentCategory": CATEGORIES,
    "ElectricalComponentOperationalMode": MODES,
    "EvChargerType": TYPES,
    "GridpoolEnergyScheduleDirection": DIRECTIONS,
    "InverterType": TYPES,
    "Metric": METRICS,
    "MicrogridStatus": STATUSES,
}
"""The name of an enum -> everyday words for its members."""

KEYS: Final = dict.fromkeys(CATEGORIES, "category") | _by_word(
    {
        "kind grid meter inverter battery ev_charger wind_turbine": "category",
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
        "to_id target child": "destination",
        "operational_start operational_end commissioned decommissioned": "operational_lifetime",
        "min minimum": "lower",
        "max maximum": "upper",
        "fuse": "rated_fuse_current",
        "power max_power rated_power nominal_power limits capacity soc": "rated_bounds",
        "rating voltage": "rated_bounds",
        "active_power ac_power ac_active_power ac_power_active": "rated_bounds",
        "reactive_power ac_reactive_power ac_power_reactive dc_power": "rated_bounds",
        "sites microgrid": "microgrids",
        "assets devices elements nodes meters inverters batteries": "components",
        "edges links cables": "connections",
        "schedules": "energy_schedules",
        "relations": "market_topology",
    }
)
"""Everyday words for keys; a word counts where the key is known."""

KEYS_ELSEWHERE: Final = _by_word(
    {
        "from origin": "source",
        "to": "destination",
        "lat lon lng long latitude longitude country country_code": "location",
        "parent": "connections",
        "status state enabled active": "operational_mode",
    }
)
"""What words for keys mean where the key of `KEYS` is not known."""


def simplified(word: str) -> str:
    """Return a word in lower case, its parts separated by single underscores.

    The capitals of `ActivePower`, `activePower` and `EVCharger` start parts, too.
    """
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", word)
    return re.sub(r"[\W_]+", "_", parted.lower()).strip("_")


def suggestion(word: str, names: Collection[str], *tables: Mapping[str, str]) -> str | None:
    """Return what a word probably means: a known name or two, or an everyday word's meaning.

    The first of these that finds any counts; `unspecified` is never meant:

    1. Everyday words.
    2. Names with the same parts and more: `rated_fuse` means `rated_fuse_current`.
    3. Names with fewer of the parts.
    4. The name with the most similar letters.

    Args:
        word: The word.
        names: The names that are known.
        *tables: Everyday words and their meanings; the first table whose meaning is known counts.
    """
    if len(word) > _LONGEST:
        return None
    known = [name for name in names if name != "unspecified"]
    simple = simplified(word)
    for words in tables:
        meaning = words.get(simple)
        if meaning is not None and meaning.split(" ")[0].rstrip(",") in known:
            return meaning
    parts = set(simple.split("_"))
    with_more = _with_fewest_parts(name for name in known if parts <= set(name.split("_")))
    with_fewer = [name for name in known if parts > set(name.split("_"))]
    for candidates in (with_more, with_fewer):
        if 1 <= len(candidates) <= _MAX_CANDIDATES:
            return " or ".join(candidates)
    cutoff = _SHORT_CUTOFF if len(simple) <= _SHORT else _CUTOFF
    return next(iter(difflib.get_close_matches(simple, known, n=1, cutoff=cutoff)), None)


def _with_fewest_parts(names: Iterable[str]) -> list[str]:
    """Return the names with the fewest parts."""
    listed = list(names)
    fewest = min((name.count("_") for name in listed), default=0)
    return [name for name in listed if name.count("_") == fewest]
