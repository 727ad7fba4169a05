"""Random sites of all categories and types of components."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final, TypeAlias

from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId

from frequenz.client.assets import Lifetime
from frequenz.client.assets._wire.component_classes import CLASSES, OWN_DATA
from frequenz.client.assets.electrical_component import (
    BatteryInverter,
    ComponentConnection,
    ElectricalComponent,
    ElectricalComponentCategory,
    GridConnectionPoint,
    HybridInverter,
    LiIonBattery,
    Meter,
    MismatchedCategoryComponent,
    SolarInverter,
    UnrecognizedComponent,
    UnrecognizedInverter,
)
from frequenz.client.assets.electrical_component._mismatched import MISMATCHED

Site: TypeAlias = tuple[list[ElectricalComponent], list[ComponentConnection]]

_MICROGRID: Final = MicrogridId(1)
_USUAL: Final = (Meter, Meter, BatteryInverter, SolarInverter, HybridInverter, LiIonBattery)
_ODD: Final = (
    *(UnrecognizedComponent, UnrecognizedInverter, MismatchedCategoryComponent),
    *MISMATCHED.values(),
)
_CATEGORIES: Final = tuple(ElectricalComponentCategory)
_UNKNOWN: Final = 9999
"""The number of a category or type that does not exist."""

START: Final = datetime(2024, 1, 1, tzinfo=UTC)
DAYS: Final = 3
"""Lifetimes start and end at midnight of the first days."""


def random_site(seed: int) -> Site:
    """Return a small site: a tree, mostly as it should be, with some mistakes.

    The same number gives the same site.
    """
    random = Random(seed)
    size = random.randint(0, 9)
    has_lifetimes, is_tidy = random.random() < 0.3, random.random() < 0.6
    classes = [_class(random, number) for number in range(1, size + 1)]
    components = [
        _component(random, kind, number, has_lifetimes=has_lifetimes)
        for number, kind in enumerate(classes, 1)
    ]
    if components and random.random() < 0.05:
        components.append(_component(random, Meter, random.randint(1, size), has_lifetimes=False))
    ends = [
        (_parent(random, classes, number, is_tidy=is_tidy), number)
        for number in range(2, size + 1)
        if random.random() < 0.95
    ]
    mistakes = 0 if is_tidy or size < 2 else random.randint(0, 2)
    for _ in range(mistakes):
        source, destination = random.sample(range(1, size + 2), 2)
        ends.append((source, destination))
    return components, [
        ComponentConnection(
            source=ElectricalComponentId(source),
            destination=ElectricalComponentId(destination),
            operational_lifetime=_lifetime(random) if has_lifetimes else Lifetime(),
        )
        for source, destination in ends
    ]


def _class(random: Random, number: int) -> type[ElectricalComponent]:
    if number == 1:
        return GridConnectionPoint if random.random() < 0.95 else Meter
    if number == 2 or random.random() < 0.6:
        return random.choice(_USUAL)
    return random.choice((*CLASSES.values(), *_ODD))


def _parent(
    random: Random, classes: list[type[ElectricalComponent]], number: int, *, is_tidy: bool
) -> int:
    """Return behind which component another one is: where it should be, if possible."""
    before = range(1, number)
    if not is_tidy:
        return random.choice(before)
    is_battery = classes[number - 1] is LiIonBattery
    fitting = (BatteryInverter, HybridInverter) if is_battery else (Meter, GridConnectionPoint)
    return random.choice([it for it in before if classes[it - 1] in fitting] or before)


def _component(
    random: Random, kind: type[ElectricalComponent], number: int, *, has_lifetimes: bool
) -> ElectricalComponent:
    values: dict[str, Any] = {"id": ElectricalComponentId(number), "microgrid_id": _MICROGRID}
    for (category, _), it in CLASSES.items():
        if issubclass(kind, it) and category in OWN_DATA:
            values |= dict.fromkeys(OWN_DATA[category].ratings, 100)
    if kind is UnrecognizedInverter:
        values["type"] = _UNKNOWN
    if kind is UnrecognizedComponent:
        values["category"] = _UNKNOWN
    if kind is MismatchedCategoryComponent:
        values["category"] = random.choice(_CATEGORIES)
    if has_lifetimes:
        values["operational_lifetime"] = _lifetime(random)
    return kind(**values)


def _lifetime(random: Random) -> Lifetime:
    if random.random() < 0.6:
        return Lifetime()
    first, last = sorted(random.sample(range(DAYS + 1), 2))
    return Lifetime(
        start=START + timedelta(days=first) if first else None,
        end=START + timedelta(days=last) if last < DAYS else None,
    )
