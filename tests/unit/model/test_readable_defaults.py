"""Defaults of fields can be read on the class, although the classes have slots."""

import copy
import pickle
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from typing import Any, Final, Protocol

import pytest
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId

import frequenz.client.assets
import frequenz.server.assets
from frequenz.client.assets import (
    electrical_component,
    exceptions,
    findings,
    fleet,
    inventory,
    topology,
)
from frequenz.client.assets.electrical_component import (
    ElectricalComponentCategory,
    LiIonBattery,
    Meter,
)

MODULES: Final = (
    frequenz.client.assets,
    frequenz.server.assets,
    electrical_component,
    exceptions,
    findings,
    fleet,
    inventory,
    topology,
)


def fields_with_defaults() -> Iterator[Any]:
    for module in MODULES:
        for name in module.__all__:
            cls = getattr(module, name)
            if isinstance(cls, type) and is_dataclass(cls):
                for field in fields(cls):
                    if field.default is not MISSING:
                        yield pytest.param(cls, field, id=f"{name}.{field.name}")


@pytest.mark.parametrize(("cls", "field"), [*fields_with_defaults()])
def test_a_default_can_be_read_on_the_class(cls: type, field: Field[Any]) -> None:
    assert getattr(cls, field.name) is field.default


def test_values_of_instances_are_their_own() -> None:
    meter = make_meter(name="Main")
    assert (meter.name, Meter.name) == ("Main", None)
    assert Meter.category is ElectricalComponentCategory.METER


def make_meter(cls: type[Meter] = Meter, **arguments: Any) -> Any:
    return cls(id=ElectricalComponentId(1), microgrid_id=MicrogridId(2), **arguments)


class HasOwner(Protocol):
    @property
    def owner(self) -> str: ...


class Priced(ABC):
    @abstractmethod
    def price(self) -> float: ...


@dataclass(frozen=True, kw_only=True)
class PricedMeter(Meter, Priced):
    euros: float = 1.5

    def price(self) -> float:
        return self.euros


class OwnedMeter(Meter, HasOwner):
    @property
    def owner(self) -> str:
        return "us"


def test_classes_of_users_may_also_be_abstract_or_protocols() -> None:
    meter = make_meter(PricedMeter)
    assert (meter.price(), PricedMeter.euros, PricedMeter.name) == (1.5, 1.5, None)
    assert isinstance(meter, Meter)
    assert isinstance(meter, Priced)
    assert not isinstance(make_meter(), Priced)
    assert make_meter(OwnedMeter).owner == "us"
    assert issubclass(OwnedMeter, Meter)


def test_a_narrowed_field_keeps_the_default_of_its_base() -> None:
    @dataclass(frozen=True, kw_only=True)
    class NamedBattery(LiIonBattery):
        name: str

    assert NamedBattery.name is None


def test_instances_pickle_and_copy() -> None:
    meter = make_meter(name="Main")
    assert pickle.loads(pickle.dumps(meter)) == meter == copy.deepcopy(meter)
    assert pickle.loads(pickle.dumps(Meter)) is Meter
    assert not hasattr(meter, "__dict__")
