"""Components in a row, and the branches that go off it.

One chain of methods, not nested calls or operators: editors list what can come next, a long feeder
does not move to the right, and the functions that begin a branch are the same methods.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from enum import Enum
from inspect import signature
from math import inf
from typing import Any, Final, Protocol, TypedDict, Unpack

from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId

from .._model.time import Lifetime
from .._wire.component import ComponentMessage, encode_component
from ..electrical_component import (
    AcEvCharger,
    BatteryInverter,
    Breaker,
    CapacitorBank,
    Chp,
    Converter,
    CryptoMiner,
    DcEvCharger,
    ElectricalComponent,
    ElectricalComponentOperationalMode,
    Electrolyzer,
    GridConnectionPoint,
    Hvac,
    HybridEvCharger,
    HybridInverter,
    LiIonBattery,
    Meter,
    NaIonBattery,
    Plc,
    PowerTransformer,
    Precharger,
    SolarInverter,
    StaticTransferSwitch,
    SteamBoiler,
    UninterruptiblePowerSupply,
    UnspecifiedBattery,
    UnspecifiedEvCharger,
    UnspecifiedInverter,
    WindTurbine,
)
from ..inventory._hints import suggestion
from ..metrics import Bounds, Metric
from ._ratings import Power, bounds_of_capacity, bounds_of_power, number_of

_MAX_ID: Final = 2**64 - 1


class Details(TypedDict, total=False):
    """What can be said of every component, by keyword."""

    id: int
    """Its ID, instead of the next number."""

    manufacturer: str
    model_name: str
    """The model without its manufacturer."""

    model: str
    """The manufacturer and the model."""

    start: datetime
    """When it became operational; always by default."""

    end: datetime
    """When it stopped being operational; never by default."""

    mode: ElectricalComponentOperationalMode | int
    rated_bounds: Mapping[Metric, Bounds] | Mapping[Metric | int, Bounds]
    """Bounds beside those that the ratings give, in the unit of the metric."""


class Numbered(Protocol):
    """A component or a sensor that gets a number in its site."""

    @property
    def id(self) -> int | None:
        """The number that was given; None for the next one."""


@dataclass(frozen=True, eq=False)
class Part:
    """A component without its microgrid, and without an ID unless that is given."""

    kind: type[ElectricalComponent]
    id: int | None
    message: ComponentMessage

    def __str__(self) -> str:
        """Return what errors call it, such as `meter 'PV'`."""
        return label(self.kind, self.message.name)


def label(kind: type, name: str | None) -> str:
    """Return what errors call a component of a class."""
    words = _words(kind)
    return f"{words} {name!r}" if name else words


def _words(kind: type) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", " ", kind.__name__).lower()


@dataclass(frozen=True, eq=False)
class Branch:
    """Components in a row, away from the grid, with the branches that go off it."""

    _parts: tuple[Part, ...] = ()
    _lines: tuple[tuple[Part, Part], ...] = ()
    _end: Part | None = None

    def branch(self, *branches: "Branch") -> "Branch":
        """Put branches behind the last component, behind which the row goes on.

        Raises:
            TypeError: If one is not a branch.
            ValueError: If one is empty, given twice, or leads back to the last component.
        """
        if self._end is None:
            raise ValueError(
                "branch: expected a component to branch from, such as meter().branch()"
            )
        for it in branches:
            if not isinstance(it, Branch):
                raise TypeError(f"branch: expected branches such as meter('PV'), got {it!r}")
            if not it._parts:
                raise ValueError(
                    f"branch: expected components behind {self._end}, got an empty one"
                )
        if len({*map(id, branches)}) < len(branches):
            raise ValueError(
                f"branch: a branch is given twice behind {self._end}; it is one component, so make"
                " another one"
            )
        joined = parts_of((self, *branches))
        heads = ((self._end, it._parts[0]) for it in branches)
        lines = tuple(dict.fromkeys((*self._lines, *_between(heads, branches))))
        if any(part in self._parts for it in branches for part in it._parts):
            _check_no_ring(lines)
        return Branch(joined, lines, self._end)

    def component(
        self, kind: type[ElectricalComponent], name: str | None = None, **fields: Any
    ) -> "Branch":
        """Add a component of any class, such as `UnrecognizedComponent`, by its fields.

        Args:
            kind: The class.
            name: The name.
            **fields: What `Details` and the fields of the class have.

        Raises:
            TypeError: If a field is unknown, missing, or not of its type.
            ValueError: If a value is invalid.
        """
        if not (isinstance(kind, type) and issubclass(kind, ElectricalComponent)):
            raise TypeError(f"component: expected a class of components, got {kind!r}")
        with naming(kind, name):
            _check_names(fields, "component", _fields_of(kind))
        return self._append(kind, name, fields)

    def _add(
        self,
        kind: type[ElectricalComponent],
        name: str | None,
        details: Mapping[str, Any],
        power: Power | None = None,
        kwh: float | None = None,
        **more: Any,
    ) -> "Branch":
        with naming(kind, name):
            if not details.keys() <= Details.__annotations__.keys():
                _check_names(details, *_arguments_for(kind))
        return self._append(kind, name, {**details, **more}, power, kwh)

    def _append(
        self,
        kind: type[ElectricalComponent],
        name: str | None,
        details: Mapping[str, Any],
        power: Power | None = None,
        kwh: float | None = None,
    ) -> "Branch":
        with naming(kind, name):
            part = _part(kind, name, {**details}, power, kwh)
        lines = () if self._end is None else ((self._end, part),)
        return Branch((*self._parts, part), (*self._lines, *lines), part)

    def meter(
        self, name: str | None = None, *, kw: Power | None = None, **details: Unpack[Details]
    ) -> "Branch":
        """Add a meter; `kw` is in both directions."""
        return self._add(Meter, name, details, kw)

    def breaker(
        self, name: str | None = None, *, kw: Power | None = None, **details: Unpack[Details]
    ) -> "Branch":
        """Add a circuit breaker."""
        return self._add(Breaker, name, details, kw)

    def power_transformer(
        self,
        name: str | None = None,
        *,
        volts: tuple[float, float],
        kva: Power | None = None,
        **details: Unpack[Details],
    ) -> "Branch":
        """Add a transformer with its voltages, that on the side of the grid first."""
        with naming(PowerTransformer, name):
            primary, secondary = _voltages(volts)
        return self._add(
            PowerTransformer, name, details, kva, primary_power=primary, secondary_power=secondary
        )

    def inverter(
        self, name: str | None = None, *, kw: Power | None = None, **details: Unpack[Details]
    ) -> "Branch":
        """Add an inverter of unspecified type; `kw` is in both directions."""
        return self._add(UnspecifiedInverter, name, details, kw)

    def solar_inverter(
        self, name: str | None = None, *, kw: Power | None = None, **details: Unpack[Details]
    ) -> "Branch":
        """Add an inverter for PV panels; `kw` is what it produces."""
        return self._add(SolarInverter, name, details, kw)

    def battery_inverter(
        self, name: str | None = None, *, kw: Power | None = None, **details: Unpack[Details]
    ) -> "Branch":
        """Add an inverter for batteries; `kw` is in both directions."""
        return self._add(BatteryInverter, name, details, kw)

    def hybrid_inverter(
        self, name: str | None = None, *, kw: Power | None = None, **details: Unpack[Details]
    ) -> "Branch":
        """Add an inverter for batteries and PV panels; `kw` is in both directions."""
        return self._add(HybridInverter, name, details, kw)

    def battery(
        self,
        name: str | None = None,
        *,
        kw: Power | None = None,
        kwh: float | None = None,
        **details: Unpack[Details],
    ) -> "Branch":
        """Add a battery of unspecified chemistry; `kw` is direct current, in both directions."""
        return self._add(UnspecifiedBattery, name, details, kw, kwh)

    def li_ion_battery(
        self,
        name: str | None = None,
        *,
        kw: Power | None = None,
        kwh: float | None = None,
        **details: Unpack[Details],
    ) -> "Branch":
        """Add a lithium-ion battery; `kw` is direct current, in both directions."""
        return self._add(LiIonBattery, name, details, kw, kwh)

    def na_ion_battery(
        self,
        name: str | None = None,
        *,
        kw: Power | None = None,
        kwh: float | None = None,
        **details: Unpack[Details],
    ) -> "Branch":
        """Add a sodium-ion battery; `kw` is direct current, in both directions."""
        return self._add(NaIonBattery, name, details, kw, kwh)

    def ev_charger(
        self, name: str | None = None, *, kw: Power | None = None, **details: Unpack[Details]
    ) -> "Branch":
        """Add an EV charger of unspecified type; `kw` is what it consumes."""
        return self._add(UnspecifiedEvCharger, name, details, kw)

    def ac_ev_charger(
        self, name: str | None = None, *, kw: Power | None = None, **details: Unpack[Details]
    ) -> "Branch":
        """Add an EV charger with alternating current; `kw` is what it consumes."""
        return self._add(AcEvCharger, name, details, kw)

    def dc_ev_charger(
        self, name: str | None = None, *, kw: Power | None = None, **details: Unpack[Details]
    ) -> "Branch":
        """Add an EV charger with direct current; `kw` is what it consumes."""
        return self._add(DcEvCharger, name, details, kw)

    def hybrid_ev_charger(
        self, name: str | None = None, *, kw: Power | None = None, **details: Unpack[Details]
    ) -> "Branch":
        """Add an EV charger with both kinds of current; `kw` is what it consumes."""
        return self._add(HybridEvCharger, name, details, kw)

    def chp(
        self, name: str | None = None, *, kw: Power | None = None, **details: Unpack[Details]
    ) -> "Branch":
        """Add a combined heat and power plant; `kw` is what it produces."""
        return self._add(Chp, name, details, kw)

    def wind_turbine(
        self, name: str | None = None, *, kw: Power | None = None, **details: Unpack[Details]
    ) -> "Branch":
        """Add a wind turbine; `kw` is what it produces."""
        return self._add(WindTurbine, name, details, kw)

    def hvac(
        self, name: str | None = None, *, kw: Power | None = None, **details: Unpack[Details]
    ) -> "Branch":
        """Add a heating, ventilation and air conditioning system; `kw` is what it consumes."""
        return self._add(Hvac, name, details, kw)

    def steam_boiler(
        self, name: str | None = None, *, kw: Power | None = None, **details: Unpack[Details]
    ) -> "Branch":
        """Add an electric steam boiler; `kw` is what it consumes."""
        return self._add(SteamBoiler, name, details, kw)

    def electrolyzer(
        self, name: str | None = None, *, kw: Power | None = None, **details: Unpack[Details]
    ) -> "Branch":
        """Add an electrolyzer; `kw` is what it consumes."""
        return self._add(Electrolyzer, name, details, kw)

    def crypto_miner(
        self, name: str | None = None, *, kw: Power | None = None, **details: Unpack[Details]
    ) -> "Branch":
        """Add a crypto miner; `kw` is what it consumes."""
        return self._add(CryptoMiner, name, details, kw)

    def converter(
        self, name: str | None = None, *, kw: Power | None = None, **details: Unpack[Details]
    ) -> "Branch":
        """Add a DC-DC converter; `kw` is direct current, in both directions."""
        return self._add(Converter, name, details, kw)

    def precharger(
        self, name: str | None = None, *, kw: Power | None = None, **details: Unpack[Details]
    ) -> "Branch":
        """Add a precharger; `kw` is direct current, in both directions."""
        return self._add(Precharger, name, details, kw)

    def capacitor_bank(
        self, name: str | None = None, *, kvar: Power | None = None, **details: Unpack[Details]
    ) -> "Branch":
        """Add a capacitor bank."""
        return self._add(CapacitorBank, name, details, kvar)

    def static_transfer_switch(
        self, name: str | None = None, *, kw: Power | None = None, **details: Unpack[Details]
    ) -> "Branch":
        """Add a static transfer switch."""
        return self._add(StaticTransferSwitch, name, details, kw)

    def uninterruptible_power_supply(
        self, name: str | None = None, *, kw: Power | None = None, **details: Unpack[Details]
    ) -> "Branch":
        """Add an uninterruptible power supply."""
        return self._add(UninterruptiblePowerSupply, name, details, kw)

    def plc(self, name: str | None = None, **details: Unpack[Details]) -> "Branch":
        """Add a programmable logic controller."""
        return self._add(Plc, name, details)


@contextmanager
def naming(kind: type, name: object) -> Iterator[None]:
    """Make errors name the component or sensor with a wrong argument."""
    try:
        yield
    except (TypeError, ValueError) as error:
        named = label(kind, name if isinstance(name, str) else None)
        raise type(error)(f"{named}: {error}") from error


def _part(
    kind: type[ElectricalComponent],
    name: str | None,
    details: dict[str, Any],
    power: Power | None,
    kwh: float | None,
) -> Part:
    number = checked_id(details.pop("id", None))
    details["name"] = name
    check_texts(details)
    details["operational_lifetime"] = lifetime(details.pop("start", None), details.pop("end", None))
    if "mode" in details:
        mode = details["operational_mode"] = details.pop("mode")
        check_enum("mode", mode, ElectricalComponentOperationalMode)
    given: dict[Metric | int, Bounds] = {}
    if power is not None:
        metric, bounds = bounds_of_power(kind, power)
        given[metric] = bounds
    if kwh is not None:
        given[Metric.BATTERY_CAPACITY] = bounds_of_capacity(kwh)
    more = _checked_bounds(details.get("rated_bounds", {}))
    if twice := [it.name.lower() for it in Metric if it in given and it in more]:
        raise ValueError(f"rated_bounds: {twice[0]} is given by the rating, too")
    details["rated_bounds"] = {**given, **more}
    component = kind(id=ElectricalComponentId(number or 1), microgrid_id=MicrogridId(1), **details)
    return Part(kind, number, encode_component(component))


_EVERYDAY: Final = {"power": "kw", "rated_power": "kw", "capacity": "kwh", "voltages": "volts"}
_OTHERWISE: Final = frozenset(("microgrid_id", "operational_lifetime", "operational_mode"))
"""The fields of components that `Details` has by other names, or that sites give."""


def _fields_of(kind: type[ElectricalComponent]) -> list[str]:
    """Return what `component` takes for a class."""
    own = (it.name for it in fields(kind) if it.init and it.name not in _OTHERWISE)
    return list(dict.fromkeys((*own, *Details.__annotations__)))


def _arguments_for(kind: type[ElectricalComponent]) -> tuple[str, list[str]]:
    """Return the method that adds a component of a class, and what it takes."""
    method = "_".join(_words(kind).removeprefix("unspecified ").split())
    function = getattr(Branch, method) if kind is not GridConnectionPoint else grid
    parameters = [it for it in signature(function).parameters if it not in {"self", "details"}]
    return function.__name__, [*parameters, *Details.__annotations__]


def _check_names(given: Iterable[str], function: str, known: Sequence[str]) -> None:
    """Raise TypeError if a function has no argument of a name that is given."""
    for name in given:
        if name not in known:
            near = suggestion(name.lower(), known, _EVERYDAY)
            hint = f"did you mean {near}? " if near else ""
            raise TypeError(
                f"unexpected argument {name!r}; {hint}{function}() takes {', '.join(known)}"
            )


def _voltages(volts: object) -> tuple[float, float]:
    """Return the voltages of both sides of a transformer.

    Raises:
        TypeError: If there are not two of them.
        ValueError: If one is negative or not a finite number.
    """
    if not isinstance(volts, tuple) or len(volts) != 2:
        raise TypeError(f"volts: expected those of both sides, as (20_000, 400), got {volts!r}")
    for it in volts:
        if not 0 <= number_of(it, "V") < inf:
            raise ValueError(f"volts: expected V, 0 or more, got {it!r}")
    return volts


def checked_id(number: object) -> int | None:
    """Return an ID, or None if none is given.

    Raises:
        TypeError: If it is not an integer.
        ValueError: If it is out of range.
    """
    if number is None:
        return None
    if not isinstance(number, int) or isinstance(number, bool):
        raise TypeError(f"id: expected an integer, got {number!r}")
    if not 0 < number <= _MAX_ID:
        raise ValueError(f"id: expected 1 to {_MAX_ID}, got {number}")
    return number


def check_enum(argument: str, value: object, members: type[Enum]) -> None:
    """Check that a value is a member of an enum, or a number that the client may not know.

    Raises:
        TypeError: If it is something else.
        ValueError: If it is out of range.
    """
    if isinstance(value, members):
        return
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{argument}: expected a member of {members.__name__}, got {value!r}")
    if not -(2**31) <= value < 2**31:
        raise ValueError(f"{argument}: expected {-(2**31)} to {2**31 - 1}, got {value}")


def _checked_bounds(bounds: Any) -> Mapping[Metric | int, Bounds]:
    """Return rated bounds.

    Raises:
        TypeError: If they are not bounds by their metric.
    """
    if not isinstance(bounds, Mapping) or not all(isinstance(it, Bounds) for it in bounds.values()):
        raise TypeError(f"rated_bounds: expected Bounds by their Metric, got {bounds!r}")
    for metric in bounds:
        check_enum("rated_bounds", metric, Metric)
    return bounds


def _checked_current(current: object) -> int:
    """Return the rated current of a fuse.

    Raises:
        TypeError: If it is not an integer.
        ValueError: If it is out of range.
    """
    if isinstance(current, bool) or not isinstance(current, int):
        raise TypeError(f"rated_fuse_current: expected whole A, got {current!r}")
    if not 0 <= current < 2**32:
        raise ValueError(f"rated_fuse_current: expected 0 to {2**32 - 1} A, got {current}")
    return current


def check_texts(arguments: Mapping[str, object]) -> None:
    """Raise TypeError if a name, a manufacturer or a model is not text."""
    for argument in ("name", "manufacturer", "model_name", "model"):
        value = arguments.get(argument)
        if not isinstance(value, str | None):
            raise TypeError(f"{argument}: expected text, got {value!r}")


def check_moment(argument: str, moment: object) -> None:
    """Check that a moment is None or a datetime with a time zone.

    Raises:
        TypeError: If it is something else.
        ValueError: If it has no time zone.
    """
    if moment is None:
        return
    if not isinstance(moment, datetime):
        raise TypeError(f"{argument}: expected a datetime, got {moment!r}")
    if moment.utcoffset() is None:
        raise ValueError(f"{argument}: expected a time with a time zone, got {moment}")


def lifetime(start: datetime | None, end: datetime | None) -> Lifetime:
    """Return when something is operational.

    Raises:
        TypeError: If a moment is not a datetime.
        ValueError: If a moment has no time zone, or the end is before the start.
    """
    check_moment("start", start)
    check_moment("end", end)
    return Lifetime(start=start, end=end)


def parts_of(branches: Iterable[Branch]) -> tuple[Part, ...]:
    """Return the components of branches, each once, in order."""
    return tuple(dict.fromkeys(part for branch in branches for part in branch._parts))


def lines_of(branches: Iterable[Branch]) -> tuple[tuple[Part, Part], ...]:
    """Return the connections of branches, each once, in order."""
    return tuple(dict.fromkeys(line for branch in branches for line in branch._lines))


def _between(
    heads: Iterable[tuple[Part, Part]], branches: Iterable[Branch]
) -> Iterable[tuple[Part, Part]]:
    """Yield the connection to each branch, then those within it."""
    for head, branch in zip(heads, branches, strict=True):
        yield head
        yield from branch._lines


def _check_no_ring(lines: Iterable[tuple[Part, Part]]) -> None:
    """Raise ValueError if components are behind themselves."""
    behind: dict[Part, list[Part]] = {}
    for one, other in lines:
        behind.setdefault(one, []).append(other)
    # Components without an end of their own are removed until only rings are left.
    waiting = {part for pair in behind.items() for part in (pair[0], *pair[1])}
    while ends := {part for part in waiting if not waiting.intersection(behind.get(part, ()))}:
        waiting -= ends
    if waiting:
        ring = next(part for part in behind if part in waiting)
        raise ValueError(f"branch: {ring} would be behind itself; expected a way from the grid")


def grid(rated_fuse_current: int, name: str | None = None, **details: Unpack[Details]) -> Branch:
    """Begin at a grid connection point, with the rated current of its fuse in A, 0 if unknown."""
    with naming(GridConnectionPoint, name):
        current = _checked_current(rated_fuse_current)
    return _NOTHING._add(GridConnectionPoint, name, details, rated_fuse_current=current)


_NOTHING: Final = Branch()

component = _NOTHING.component
meter = _NOTHING.meter
breaker = _NOTHING.breaker
power_transformer = _NOTHING.power_transformer
inverter = _NOTHING.inverter
solar_inverter = _NOTHING.solar_inverter
battery_inverter = _NOTHING.battery_inverter
hybrid_inverter = _NOTHING.hybrid_inverter
battery = _NOTHING.battery
li_ion_battery = _NOTHING.li_ion_battery
na_ion_battery = _NOTHING.na_ion_battery
ev_charger = _NOTHING.ev_charger
ac_ev_charger = _NOTHING.ac_ev_charger
dc_ev_charger = _NOTHING.dc_ev_charger
hybrid_ev_charger = _NOTHING.hybrid_ev_charger
chp = _NOTHING.chp
wind_turbine = _NOTHING.wind_turbine
hvac = _NOTHING.hvac
steam_boiler = _NOTHING.steam_boiler
electrolyzer = _NOTHING.electrolyzer
crypto_miner = _NOTHING.crypto_miner
converter = _NOTHING.converter
precharger = _NOTHING.precharger
capacitor_bank = _NOTHING.capacitor_bank
static_transfer_switch = _NOTHING.static_transfer_switch
uninterruptible_power_supply = _NOTHING.uninterruptible_power_supply
plc = _NOTHING.plc
