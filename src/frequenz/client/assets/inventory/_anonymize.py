"""Inventories without what tells whose they are, for tests and examples that may be shared."""

import string
from collections.abc import Callable, Mapping
from typing import Any, Final

from .._wire.eic import check_character, eic_fault
from .._wire.entities import ENTITIES
from ..electrical_component import ElectricalComponentCategory
from ._inventory import Inventory, Site

KEPT: Final = (
    "structure: which components, connections, sensors, gridpools, schedules and relations there"
    " are, and their order",
    "categories, types, statuses, operational modes, and market areas",
    "ratings: bounds, fuse currents and voltages",
    "times: lifetimes, periods and creation",
    "countries, and the kinds of market codes and of market location IDs",
    "the powers of energy schedules",
    "faults, such as missing or invalid values",
)
"""What an anonymized inventory keeps."""

REPLACED: Final = (
    "IDs: equal ones by equal numbers from 1 on",
    "names, manufacturers and models: by numbered ones",
    "places: by places in the Atlantic; equal ones by equal ones",
    "market codes: EICs by made-up EICs with a right check character",
    "market location IDs: by made-up ones of the same kind, with right check digits for right ones",
    "data that this release does not know: removed",
)
"""What an anonymized inventory has other values for."""

_EIC: Final = 1
_MALO_ID: Final = 1
_ID_FIELDS: Final[Mapping[str, Mapping[str, str]]] = {
    "Microgrid": {"id": "microgrid", "enterprise_id": "enterprise"},
    "ElectricalComponent": {"id": "component", "microgrid_id": "microgrid"},
    "ElectricalComponentConnection": {
        "source_electrical_component_id": "component",
        "destination_electrical_component_id": "component",
    },
    "Sensor": {"id": "sensor", "microgrid_id": "microgrid"},
    "Gridpool": {"id": "gridpool"},
    "GridpoolEnergySchedule": {"gridpool_id": "gridpool", "schedule_id": "schedule"},
    "MarketTopologyRelation": {"gridpool_id": "gridpool", "microgrid_id": "microgrid"},
}
"""By message, its fields with IDs, and whose they are."""

_TEXT_FIELDS: Final = {
    "name": "",
    "manufacturer": "Manufacturer",
    "model": "Model",
    "model_name": "Model",
}
"""The fields with texts, and what replaces them; names are those of the entity."""

_CODE_FIELDS: Final = (
    "delivery_area",
    "counterparty_balancing_group",
    "counterparty_delivery_area",
    "frequenz_delivery_area",
)


def anonymize(inventory: Inventory) -> Inventory:
    """Return an inventory of the same structure, without what tells whose it is.

    IDs, names, products, places, market codes and market location IDs are replaced, equal ones by
    equal ones. The same inventory gives the same result, but two inventories are not mapped alike:
    to share several, join them before. `KEPT` and `REPLACED` list what stays, and what does not;
    whoever knows a site may recognize it by its structure, ratings and times.
    """
    return _Mapping().inventory(inventory)


class _Mapping:
    """What replaces values; each is remembered."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, object], Any] = {}
        self._counts: dict[str, int] = {}

    def inventory(self, inventory: Inventory) -> Inventory:
        """Return an anonymous inventory."""
        return Inventory(
            tuple(
                Site(
                    self._message(site.microgrid),
                    *(
                        tuple(map(self._message, messages))
                        for messages in (site.components, site.connections, site.sensors)
                    ),
                )
                for site in inventory.sites
            ),
            *(
                tuple(map(self._message, messages))
                for messages in (
                    inventory.gridpools,
                    inventory.energy_schedules,
                    inventory.market_topology,
                )
            ),
        )

    def _number(self, kind: str, value: object) -> int:
        """Return the number that replaces a value, from 1 on, by its kind."""
        key = (kind, value)
        if key not in self._known:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._known[key] = self._counts[kind]
        number: int = self._known[key]
        return number

    def _once(self, kind: str, value: object, make: Callable[[int], Any]) -> Any:
        """Return what replaces a value, made of a number when it is first used."""
        key = (f"made {kind}", value)
        if key not in self._known:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._known[key] = make(self._counts[kind])
        return self._known[key]

    def _message(self, message: Any) -> Any:
        changed = type(message)()
        changed.CopyFrom(message)
        changed.DiscardUnknownFields()
        name = message.DESCRIPTOR.name
        fields = message.DESCRIPTOR.fields_by_name
        for field, kind in _ID_FIELDS[name].items():
            if number := getattr(message, field):
                setattr(changed, field, self._number(kind, number))
        for field, prefix in _TEXT_FIELDS.items():
            if field in fields and (text := getattr(message, field)):
                setattr(changed, field, self._text(changed, prefix, text))
        for field in _CODE_FIELDS:
            if field in fields and message.HasField(field):
                area = getattr(changed, field)
                area.code = self._code(area.code, area.code_type)
        if name == "Microgrid" and message.HasField("location"):
            self._place(changed.location)
        if name == "MarketTopologyRelation" and message.HasField("market_location_ref"):
            self._location_id(changed.market_location_ref.market_location_id)
        return changed

    def _text(self, message: Any, prefix: str, text: str) -> str:
        if prefix:
            return f"{prefix} {self._number(prefix, text)}"
        entity = ENTITIES[type(message)]
        noun = entity.noun
        if noun == "component":
            known = {it.value: it.name for it in ElectricalComponentCategory}
            noun = known.get(message.category, noun).lower().replace("_", " ")
        return f"{noun.capitalize()} {getattr(message, entity.id_field)}"

    def _code(self, code: str, code_type: int) -> str:
        if not code.strip():
            return code  # a missing code stays missing
        if code_type != _EIC:
            return f"CODE-{self._number('code', code)}"
        fault = eic_fault(code, "")
        if fault is None:
            made: str = self._once("EIC", code, lambda number: _made_eic(code[:3], number))
            return made
        if fault.rule.id == "eic-malformed":
            return f"malformed-{self._number('malformed code', code)}"
        # The code with the right check character may be there, too.
        right = code[:15]
        made = self._once("EIC", f"wrong {code}", lambda number: _made_eic(right[:3], number))
        wrong = "0" if made[15] != "0" else "1"
        return made[:15] + wrong

    def _place(self, location: Any) -> None:
        where = (location.latitude, location.longitude)
        number = self._number("place", where)
        # Invalid ones stay, and so does zero, which a server that knows no place sends.
        if -90 <= location.latitude <= 90 and location.latitude:
            location.latitude = (number * 0.01) % 90
        if -180 <= location.longitude <= 180 and location.longitude:
            location.longitude = -30.0

    def _location_id(self, identifier: Any) -> None:
        value = identifier.id.value
        if not value:
            return
        # Formatting does not distinguish them.
        plain = "".join(it for it in value if it.isalnum()).casefold()
        digits = self._once(f"location {identifier.type}", plain, lambda number: number)
        identifier.id.value = _made_location_id(value, int(digits), identifier.type)


_OFFICE_CHARACTERS: Final = string.digits + string.ascii_uppercase


def _made_eic(prefix: str, number: int) -> str:
    """Return a made-up EIC that begins with the office and the type of another one."""
    # A hyphen is no check character: then the next code is used.
    for attempt in range(len(_OFFICE_CHARACTERS)):
        body = f"{prefix}ANON{number:07d}{_OFFICE_CHARACTERS[attempt]}"[:15]
        check = check_character(body)
        if check != "-":
            return body + check
    raise AssertionError("one of the characters gives a check character that is none")


def _made_location_id(value: str, number: int, id_type: int) -> str:
    """Return an identifier with other digits and letters than another one, as many as possible."""
    if id_type == _MALO_ID and len(value) == 11 and value.isdecimal() and value.isascii():
        body = str(_FIRST_MALO_ID + number)
        check = _malo_check(body)
        # A wrong check digit stays wrong.
        return body + (check if _malo_check(value[:10]) == value[10] else _OTHER_DIGIT[check])
    made = list(value)
    for position in reversed(range(len(value))):
        characters = next((it for it in _CHARACTERS if value[position] in it), "")
        if characters:
            number, digit = divmod(number, len(characters))
            made[position] = characters[digit]
    return "".join(made) + (str(number) if number else "")


_CHARACTERS: Final = (string.digits, string.ascii_uppercase, string.ascii_lowercase)
_FIRST_MALO_ID: Final = 5_000_000_000
_OTHER_DIGIT: Final = dict(zip(string.digits, string.digits[1:] + "0", strict=True))


def _malo_check(digits: str) -> str:
    """Return the check digit of the first ten digits of a German market location ID.

    Source: BDEW, Marktlokations-Identifikationsnummer.
    """
    total = sum(map(int, digits[0::2])) + 2 * sum(map(int, digits[1::2]))
    return str(-total % 10)
