"""The text of a new inventory file, with comments for whoever edits it by hand."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ..electrical_component import ElectricalComponentOperationalMode
from ..inventory import Inventory
from ..inventory._keys import INVENTORY, VERSION
from ..inventory._moments import PATTERN
from ._branch import Details, ac_ev_charger, grid, meter
from ._site import fleet, site

SCHEMA_FILE: Final = "inventory.schema.json"
"""The name of the schema beside the file."""

EV_CHARGER_KW: Final = 22

_TELEMETRY: Final = ElectricalComponentOperationalMode.TELEMETRY_ONLY
_CONTROL: Final = ElectricalComponentOperationalMode.CONTROL_AND_TELEMETRY


@dataclass(frozen=True)
class Starter:
    """A site to begin with; a power of 0 leaves the equipment out."""

    id: int = 1
    name: str = "Site"
    fuse_a: int = 0
    """The rated current of the fuse at the grid connection, in A; 0 if unknown."""

    pv_kw: float = 0.0
    battery_kw: float = 0.0
    battery_kwh: float = 0.0
    ev_chargers: int = 0
    """How many AC chargers there are, each with `EV_CHARGER_KW`."""

    since: datetime | None = None
    """When it began to operate; always if None."""

    def inventory(self) -> Inventory:
        """Return the site.

        Raises:
            ValueError: If a number is negative, or out of range, or a capacity has no battery.
        """
        if self.ev_chargers < 0:
            raise ValueError(f"ev_chargers: expected 0 or more, got {self.ev_chargers}")
        if self.battery_kwh and not self.battery_kw:
            raise ValueError(
                f"battery_kwh: expected 0 without battery_kw, got {self.battery_kwh:g}"
            )
        known: Details = {"mode": _TELEMETRY}
        controlled: Details = {"mode": _CONTROL}
        if self.since:
            known["start"] = controlled["start"] = self.since
        branches = [meter("Load meter", **known)]
        if self.pv_kw:
            pv = meter("PV meter", **known)
            branches.append(pv.solar_inverter("PV inverter", kw=self.pv_kw, **controlled))
        if self.battery_kw:
            branches.append(
                meter("Battery meter", **known)
                .battery_inverter("Battery inverter", kw=self.battery_kw, **controlled)
                .li_ion_battery("Battery", kwh=self.battery_kwh or None, **controlled)
            )
        if self.ev_chargers:
            branches.append(
                meter("EV charging meter", **known).branch(
                    *(
                        ac_ev_charger(f"EV charger {number}", kw=EV_CHARGER_KW, **controlled)
                        for number in range(1, self.ev_chargers + 1)
                    )
                )
            )
        wired = grid(self.fuse_a, "Grid connection", **known)
        branch = wired.meter("Grid meter", **known).branch(*branches)
        return fleet(site(self.id, self.name, branch, create_timestamp=self.since))


_HEAD: Final = """\
# yaml-language-server: $schema={schema}
#
# With the line above, editors complete the keys and underline mistakes.
#
#   assets-cli check {file}
#   assets-cli diagram {file} --to site.svg
#   assets-server serve {file}
#
# Powers are in W, capacities in Wh; consumption and charging are positive, production and
# discharging negative. Times need an offset from UTC: 2024-05-17T08:30:00Z.

version: {version}
microgrids:
  - id: {id}
    enterprise_id: {enterprise_id}  # the ID of the account that the microgrid belongs to
    name: {name}
    status: active  # active, inactive
    # delivery_area: {{code: 10YDE-VE-------2, code_type: europe_eic}}
    # location: {{latitude: 53.5, longitude: 10.0, country_code: DE}}
{created}"""

_TAIL: Final = """
    # sensors:
    #   - {id: 1, name: Roof, model: Helio S 1}

# gridpools:
#   - {id: 5, name: North}
"""

_ASIDES: Final = {
    "rated_fuse_current": "A, per phase",
    "ac_power_active": "W",
    "dc_power": "W",
    "battery_capacity": "Wh",
}
"""What stands beside a key."""


def starter_text(starter: Starter, file: str, schema: str = SCHEMA_FILE) -> str:
    """Return the text of a new inventory file.

    Args:
        starter: The site.
        file: The name of the file, for the commands in its comments.
        schema: The path of the schema, relative to the file.

    Raises:
        ValueError: If a number of the site is negative, or out of range.
    """
    (written,) = INVENTORY.write(starter.inventory())["microgrids"]
    head = _HEAD.format(
        schema=schema,
        file=file,
        version=VERSION,
        id=written["id"],
        enterprise_id=written["enterprise_id"],
        name=flow(written["name"]),
        created="".join(
            f"    {_entry(key, written[key])}\n" for key in ("create_timestamp",) if key in written
        ),
    )
    components = section("components", written["components"], _ASIDES)
    connections = section("connections", written["connections"])
    aside = "  # [source, destination], away from the grid connection point"
    return f"{head}{components}\n{connections.replace(':', f':{aside}', 1)}{_TAIL}"


# YAML with comments -------------------------------------------------------------------------------

_PLAIN: Final = re.compile(rf"[A-Za-z][\w./()-]*(?: [\w./()-]+)*|{PATTERN}", re.ASCII)
_RESERVED: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def section(title: str, items: Iterable[object], asides: Mapping[str, str] = {}) -> str:
    """Return a list of a microgrid, below its title; a text among its items is a comment.

    `asides` has comments that stand beside keys.
    """
    lines = [line for item in items for line in _item_lines(item, asides)]
    return f"    {title}:\n" + "\n".join(lines).lstrip("\n") + "\n"


def _item_lines(item: object, asides: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of an item of a list: a mapping in block style, a text as a comment."""
    match item:
        case Mapping():
            first, *others = (_entry(key, value, asides) for key, value in item.items())
            yield f"      - {first}"
            yield from (f"        {line}" for line in others)
        case str():
            yield ""
            yield f"      # {item}"
        case _:
            yield f"      - {flow(item)}"


def _entry(key: str, value: object, asides: Mapping[str, str] = {}) -> str:
    keys = (key, *value) if isinstance(value, dict) else (key,)
    aside = next((f"  # {asides[it]}" for it in keys if it in asides), "")
    return f"{key}: {flow(value)}{aside}"


def flow(value: Any) -> str:
    """Return a value as YAML on one line."""
    match value:
        case Mapping():
            return f"{{{', '.join(f'{key}: {flow(item)}' for key, item in value.items())}}}"
        case list():
            return f"[{', '.join(map(flow, value))}]"
        case str() if not _PLAIN.fullmatch(value) or value.lower() in _RESERVED:
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)
