"""The dictionary of rated bounds is created when it is first read."""

import copy
import dataclasses
import pickle
from collections.abc import Mapping
from typing import Any

import pytest
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId

from frequenz.client.assets._model.lazy_field import LazyDict, LazyField
from frequenz.client.assets._model.read_only import ReadOnlyDict
from frequenz.client.assets._wire.entities import COMPONENT
from frequenz.client.assets._wire.lists.decode import decode_list
from frequenz.client.assets.electrical_component import ElectricalComponent, Meter
from frequenz.client.assets.metrics import Bounds, Metric

from ..messages import changed, pb

BOUNDS = Bounds(lower=-1.0, upper=2.0)


def _unread(count: int = 1, **limits: float) -> list[Any]:
    """Return decoded components whose bounds were not read yet."""
    entry = pb.MetricConfigBounds(
        metric=Metric.AC_POWER_ACTIVE.value, config_bounds=limits or {"lower": -1.0, "upper": 2.0}
    )
    messages = [changed("meter", {"id": number}) for number in range(1, count + 1)]
    for message in messages:
        del message.metric_config_bounds[:]
        message.metric_config_bounds.append(entry)
    items = decode_list(COMPONENT, messages).items
    assert all(type(_slot(item)) is LazyDict for item in items)
    return items


def _slot(component: ElectricalComponent) -> Any:
    """Return the value in the slot of a component, without reading the field."""
    field = vars(ElectricalComponent)["rated_bounds"]
    assert isinstance(field, LazyField)
    return field.slot.__get__(component)


def test_bounds_become_a_dictionary_when_they_are_read() -> None:
    (component,) = _unread()
    bounds = component.rated_bounds
    assert type(bounds) is ReadOnlyDict
    assert bounds == {Metric.AC_POWER_ACTIVE: BOUNDS}
    assert component.rated_bounds is bounds is _slot(component)
    with pytest.raises(TypeError, match="cannot be changed"):
        bounds[Metric.AC_POWER_ACTIVE] = BOUNDS


def test_components_with_equal_bounds_share_them() -> None:
    first, second = _unread(2)
    assert _slot(first) is _slot(second)
    assert first.rated_bounds is second.rated_bounds


@pytest.mark.parametrize(
    "duplicate",
    [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it)), dataclasses.replace],
    ids=["copy", "deepcopy", "pickle", "replace"],
)
def test_copies_of_a_component_have_bounds_that_were_not_read(duplicate: Any) -> None:
    (component,) = _unread(lower=-3.0)
    copied = duplicate(component)
    assert dict(copied.rated_bounds) == {Metric.AC_POWER_ACTIVE: Bounds(lower=-3.0, upper=None)}
    assert copied == component


def test_equality_repr_and_asdict_read_the_bounds() -> None:
    (component,), (equal,), (different,) = _unread(), _unread(), _unread(upper=9.0)
    assert component == equal
    assert (component == different) is False
    assert repr(component) == repr(equal) != repr(different)
    assert dataclasses.asdict(component)["rated_bounds"] == {
        Metric.AC_POWER_ACTIVE: {"lower": -1.0, "upper": 2.0}
    }


def test_the_field_cannot_be_set_or_deleted() -> None:
    (component,) = _unread()
    with pytest.raises(dataclasses.FrozenInstanceError):
        component.rated_bounds = {}
    with pytest.raises(dataclasses.FrozenInstanceError):
        del component.rated_bounds
    assert type(_slot(component)) is LazyDict


def test_subclasses_of_users_inherit_the_field() -> None:
    (component,) = _unread()

    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Named(type(component)):  # type: ignore[misc]  # a class that is known at run time
        label: str

    fields = {it.name: getattr(component, it.name) for it in dataclasses.fields(component)}
    named: Any = Named(label="x", **fields)
    assert named.rated_bounds is component.rated_bounds


def test_subclasses_of_users_can_require_the_field() -> None:
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Rated(Meter):
        rated_bounds: Mapping[Metric | int, Bounds]

    with pytest.raises(TypeError, match="required keyword-only argument: 'rated_bounds'"):
        Rated(id=ElectricalComponentId(1), microgrid_id=MicrogridId(1))  # type: ignore[call-arg]  # which is tested
