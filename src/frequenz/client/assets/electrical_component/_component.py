"""The base class of all electrical components, and the classes of uncertain category."""

from collections.abc import Mapping
from copy import copy
from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from datetime import datetime
from enum import Enum
from inspect import get_annotations
from types import FunctionType
from typing import Any, ClassVar, Final, Literal, Self, TypeVar, dataclass_transform, get_origin

from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId

from .._model.lazy_field import with_lazy_field
from .._model.product import product_of
from .._model.read_only import ReadOnlyDict
from .._model.time import ALWAYS, Lifetime
from .._readable_defaults import ReadableDefaults
from ..metrics import Bounds, Metric
from ._category import (
    WITHOUT_CONTROL,
    WITHOUT_TELEMETRY,
    ElectricalComponentCategory,
    ElectricalComponentOperationalMode,
)

NO_BOUNDS: Final[ReadOnlyDict[Metric | int, Bounds]] = ReadOnlyDict()

ClassT = TypeVar("ClassT")


def _set_attribute(self: Any, name: str, value: Any) -> None:
    if name in self.__dataclass_fields__:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")
    object.__setattr__(self, name, value)


def _delete_attribute(self: Any, name: str) -> None:
    if name in self.__dataclass_fields__:
        raise FrozenInstanceError(f"cannot delete field {name!r}")
    object.__delattr__(self, name)


def _with_frozen_fields(cls: type[ClassT]) -> type[ClassT]:
    """Freeze the fields of a class, but not other attributes that subclasses of users may have.

    The methods that `dataclass(frozen=True, slots=True)` generates for this do not work in
    subclasses: they refer to the class without slots, which it replaces.
    """
    for name, function in (("__setattr__", _set_attribute), ("__delattr__", _delete_attribute)):
        setattr(cls, name, function)
    return cls


def _with_lazy_bounds(cls: type[ClassT]) -> type[ClassT]:
    """Create the dictionary of the rated bounds only when they are first read."""
    return with_lazy_field(cls, "rated_bounds")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def component_class(cls: type[ClassT]) -> type[ClassT]:
    """Make a subclass of ElectricalComponent a frozen, keyword-only dataclass with slots."""
    base: Any = cls.__mro__[1]
    annotations: dict[str, Any] = {
        name: annotation
        for name, annotation in get_annotations(cls).items()
        if not _is_class_variable(annotation)
    }
    if annotations.keys() <= {inherited.name for inherited in fields(base)}:
        return _derive_dataclass(base, cls, annotations)
    return _with_frozen_fields(dataclass(frozen=True, kw_only=True, slots=True, repr=False)(cls))


def _is_class_variable(annotation: Any) -> bool:
    origin: Any = get_origin(annotation)
    return origin is ClassVar


def _derive_dataclass(base: Any, cls: type[ClassT], narrowed: Mapping[str, Any]) -> type[ClassT]:
    """Make a class a dataclass with the fields of its base, some of them narrowed.

    The class inherits what `dataclass` generated for its base, and gets a copy of `__init__` with
    its own defaults and annotations. Running `dataclass` for each of the fifty classes would take a
    quarter of the time of importing the client.

    Args:
        base: The base, a dataclass.
        cls: The class, whose attributes are the defaults of the narrowed fields.
        narrowed: By name of the narrowed fields, their types.
    """
    members = {**cls.__dict__, "__slots__": ()}
    del members["__dict__"]  # a class with slots has none
    all_fields = dict(base.__dataclass_fields__)
    annotations = dict(base.__init__.__annotations__)
    defaults = dict(base.__init__.__kwdefaults__)
    for name, annotation in narrowed.items():
        all_fields[name] = narrow = copy(all_fields[name])
        narrow.type = annotations[name] = annotation
        if name in members:
            narrow.default = defaults[name] = members.pop(name)
    init = FunctionType(
        base.__init__.__code__,
        base.__init__.__globals__,
        "__init__",
        None,
        base.__init__.__closure__,
    )
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    init.__module__ = cls.__module__
    init.__annotations__ = annotations
    init.__kwdefaults__ = defaults
    members |= {"__dataclass_fields__": all_fields, "__init__": init}
    derived: type[ClassT] = type.__new__(type(cls), cls.__name__, cls.__bases__, members)
    return derived


@_with_lazy_bounds
@_with_frozen_fields
@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True, repr=False)
class ElectricalComponent(metaclass=ReadableDefaults):
    """A device of a microgrid that produces, consumes, stores, converts or measures electricity.

    Abstract: there is a subclass for each category, and for each type of inverters, batteries and
    EV chargers.

    Raises:
        TypeError: If an abstract class is instantiated.
    """

    _is_abstract: ClassVar[bool] = True
    """Whether the class itself, unlike its subclasses, cannot be instantiated."""

    id: ElectricalComponentId
    """The ID of the component, unique in its microgrid."""

    microgrid_id: MicrogridId
    """The ID of the microgrid to which the component belongs."""

    name: str | None = None
    """The name of the component; None if it has none."""

    category: ElectricalComponentCategory | int
    """The category; an integer if it is unknown to this client."""

    manufacturer: str | None = None
    """The manufacturer; None if unknown. Deprecated in the API: see `model`."""

    model_name: str | None = None
    """The model without its manufacturer; None if unknown. Deprecated in the API: see `model`."""

    model: str | None = None
    """The manufacturer and the model; None if unknown."""

    operational_lifetime: Lifetime = ALWAYS
    """When the component is operational."""

    rated_bounds: Mapping[Metric | int, Bounds] = field(
        default_factory=lambda: NO_BOUNDS, hash=False
    )
    """By metric, the rated bounds, in the metric's unit. Read-only.

    A metric that is unknown to this client is an integer.
    """

    operational_mode: ElectricalComponentOperationalMode | int = (
        ElectricalComponentOperationalMode.UNSPECIFIED
    )
    """Whether the component provides telemetry and accepts control commands.

    An integer if the mode is unknown to this client.
    """

    def __new__(cls, *_: Any, **__: Any) -> Self:
        # Faster than `cls.__dict__`, which goes through the metaclass.
        if type.__getattribute__(cls, "__dict__").get("_is_abstract", False):
            raise TypeError(f"Cannot instantiate {cls.__name__} directly; use a subclass of it")
        return object.__new__(cls)

    def __post_init__(self) -> None:
        """Make the rated bounds read-only."""
        object.__setattr__(self, "rated_bounds", ReadOnlyDict.of(self.rated_bounds))

    @property
    def identity(self) -> tuple[ElectricalComponentId, MicrogridId]:
        """The ID of the component and the ID of its microgrid."""
        return self.id, self.microgrid_id

    @property
    def product(self) -> str | None:
        """The product: `model`, or `manufacturer` and `model_name` joined; None if unknown."""
        return product_of(self.model, self.manufacturer, self.model_name)

    def is_operational_at(self, timestamp: datetime) -> bool:
        """Return whether the component is operational at a point in time."""
        return self.operational_lifetime.is_operational_at(timestamp)

    def is_operational_now(self) -> bool:
        """Return whether the component is operational now."""
        return self.operational_lifetime.is_operational_now()

    def provides_telemetry(self) -> bool:
        """Return whether the component provides telemetry.

        True if the operational mode is unspecified or unknown to this client.
        """
        return self.operational_mode not in WITHOUT_TELEMETRY

    def accepts_control(self) -> bool:
        """Return whether the component accepts control commands.

        True if the operational mode is unspecified or unknown to this client.
        """
        return self.operational_mode not in WITHOUT_CONTROL

    def __str__(self) -> str:
        """Return the ID, and the name if there is one."""
        return f"{self.id}:{self.name}" if self.name else str(self.id)

    def __repr__(self) -> str:
        """Return the constructor call, without the arguments that equal their defaults."""
        arguments = []
        for argument in fields(self):
            value = getattr(self, argument.name)
            factory = argument.default_factory
            if value != (argument.default if factory is MISSING else factory()):
                arguments.append(f"{argument.name}={value!r}")
        return f"{type(self).__name__}({', '.join(arguments)})"


@component_class
class TypedComponent(ElectricalComponent):
    """A component of a category that has types. Abstract."""

    _is_abstract: ClassVar[bool] = True

    type: Enum | int
    """The type; an integer if it is unknown to this client."""


@component_class
class ProblematicComponent(ElectricalComponent):
    """A component whose category is uncertain. Abstract."""

    _is_abstract: ClassVar[bool] = True


@component_class
class UnspecifiedComponent(ProblematicComponent):
    """A component of unspecified category."""

    category: Literal[ElectricalComponentCategory.UNSPECIFIED] = (
        ElectricalComponentCategory.UNSPECIFIED
    )


@component_class
class UnrecognizedComponent(ProblematicComponent):
    """A component of a category that is unknown to this client."""

    category: int
    """The number of the category."""


@component_class
class MismatchedCategoryComponent(ProblematicComponent):
    """A component with the specific data of another category than its own.

    The client returns subclasses that also derive from the class of the component's category: a
    meter with the data of a battery is still a Meter.
    """

    category: ElectricalComponentCategory | int
    """The category, which is not that of the data."""
