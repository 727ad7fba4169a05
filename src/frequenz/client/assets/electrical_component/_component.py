"""The base of all electrical components, and the classes for problematic ones."""

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
from ..metrics import Bounds, Metric
from ._category import (
    WITHOUT_CONTROL,
    WITHOUT_TELEMETRY,
    ElectricalComponentCategory,
    ElectricalComponentOperationalMode,
)

NO_BOUNDS: Final[ReadOnlyDict[Metric | int, Bounds]] = ReadOnlyDict()

ClassT = TypeVar("ClassT")


def _set(self: Any, name: str, value: Any) -> None:
    if name in self.__dataclass_fields__:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")
    object.__setattr__(self, name, value)


def _delete(self: Any, name: str) -> None:
    if name in self.__dataclass_fields__:
        raise FrozenInstanceError(f"cannot delete field {name!r}")
    object.__delattr__(self, name)


def _frozen(cls: type[ClassT]) -> type[ClassT]:
    """Let subclasses of users have attributes that are no fields.

    With slots, what `dataclass` itself makes for this refers to a class that is no more.
    """
    for name, function in (("__setattr__", _set), ("__delattr__", _delete)):
        setattr(cls, name, function)
    return cls


def _with_lazy_bounds(cls: type[ClassT]) -> type[ClassT]:
    """Let the rated bounds become a dictionary when somebody looks at them."""
    return with_lazy_field(cls, "rated_bounds")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def component_class(cls: type[ClassT]) -> type[ClassT]:
    """Make a class of the component family: frozen, keyword-only, slotted, one `repr` for all."""
    base: Any = cls.__mro__[1]
    inherited = {known.name for known in fields(base)}
    own: dict[str, Any] = {
        name: kind for name, kind in get_annotations(cls).items() if not _is_of_class(kind)
    }
    if own.keys() <= inherited:
        return _with_fields_of(base, cls, own)
    return _frozen(dataclass(frozen=True, kw_only=True, slots=True, repr=False)(cls))


def _is_of_class(annotation: Any) -> bool:
    origin: Any = get_origin(annotation)
    return origin is ClassVar


def _with_fields_of(base: Any, cls: type[ClassT], narrowed: Mapping[str, Any]) -> type[ClassT]:
    """Return a class with the fields of its base, some of them with a type and default of its own.

    What `dataclass` made for the base serves it, too. Making that again for each of fifty classes
    would be a quarter of the time that it takes to import the client.
    """
    members = {**cls.__dict__, "__slots__": ()}
    del members["__dict__"]  # there is none in a class with slots
    known = dict(base.__dataclass_fields__)
    annotations = dict(base.__init__.__annotations__)
    defaults = dict(base.__init__.__kwdefaults__)
    for name, kind in narrowed.items():
        known[name] = narrow = copy(known[name])
        narrow.type = annotations[name] = kind
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
    members |= {"__dataclass_fields__": known, "__init__": init}
    made: type[ClassT] = type.__new__(type(cls), cls.__name__, cls.__bases__, members)
    return made


@_with_lazy_bounds
@_frozen
@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True, repr=False)
class ElectricalComponent:
    """A device of a microgrid that makes, uses, stores, converts, switches or measures power.

    Raises:
        TypeError: If this class, or another abstract one of the family, is constructed itself.
    """

    _is_abstract: ClassVar[bool] = True
    """Whether only subclasses of this class can be constructed."""

    id: ElectricalComponentId
    """The number of the component, unique in its microgrid."""

    microgrid_id: MicrogridId
    """The microgrid to which the component belongs."""

    name: str | None = None
    """The name of the component."""

    category: ElectricalComponentCategory | int
    """What kind of device it is; an integer where this client does not know the category."""

    manufacturer: str | None = None
    """Who made it. The API deprecates this field in favour of `model`."""

    model_name: str | None = None
    """The name of the model, without the manufacturer. Deprecated in favour of `model`."""

    model: str | None = None
    """Manufacturer and model in one text: the API's successor of the two fields above."""

    operational_lifetime: Lifetime = ALWAYS
    """When the component is part of the microgrid."""

    rated_bounds: Mapping[Metric | int, Bounds] = field(
        default_factory=lambda: NO_BOUNDS, hash=False
    )
    """The limits within which it may run, a metric each, in the metric's unit. Read-only.

    An integer stands for a metric that this client does not know.
    """

    operational_mode: ElectricalComponentOperationalMode | int = (
        ElectricalComponentOperationalMode.UNSPECIFIED
    )
    """What it can be asked for; an integer where this client does not know the mode."""

    def __new__(cls, *_: Any, **__: Any) -> Self:
        if cls.__dict__.get("_is_abstract", False):
            raise TypeError(f"Cannot instantiate {cls.__name__} directly; use a subclass of it")
        return object.__new__(cls)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rated_bounds", ReadOnlyDict.of(self.rated_bounds))

    @property
    def identity(self) -> tuple[ElectricalComponentId, MicrogridId]:
        """The component's id together with its microgrid's."""
        return self.id, self.microgrid_id

    @property
    def product(self) -> str | None:
        """What device it is: `model`, or `manufacturer` and `model_name` joined."""
        return product_of(self.model, self.manufacturer, self.model_name)

    def is_operational_at(self, timestamp: datetime) -> bool:
        """Return whether the component is part of the microgrid at a moment."""
        return self.operational_lifetime.is_operational_at(timestamp)

    def is_operational_now(self) -> bool:
        """Return whether the component is part of the microgrid now."""
        return self.operational_lifetime.is_operational_now()

    def provides_telemetry(self) -> bool:
        """Return whether the component gives measurements.

        A mode that is unspecified or unknown restricts nothing.
        """
        return self.operational_mode not in WITHOUT_TELEMETRY

    def accepts_control(self) -> bool:
        """Return whether the component takes commands.

        A mode that is unspecified or unknown restricts nothing.
        """
        return self.operational_mode not in WITHOUT_CONTROL

    def __str__(self) -> str:
        return f"{self.id}:{self.name}" if self.name else str(self.id)

    def __repr__(self) -> str:
        """Return the constructor call, without what equals its default."""
        told = []
        for described in fields(self):
            value = getattr(self, described.name)
            default = (
                described.default
                if described.default_factory is MISSING
                else described.default_factory()
            )
            if value != default:
                told.append(f"{described.name}={value!r}")
        return f"{type(self).__name__}({', '.join(told)})"


@component_class
class TypedComponent(ElectricalComponent):
    """A component of a category that has types.

    What `dataclass` makes for this class serves those of all such categories.
    """

    _is_abstract: ClassVar[bool] = True

    type: Enum | int
    """The type; an integer where this client does not know it."""


@component_class
class ProblematicComponent(ElectricalComponent):
    """A component whose kind the client cannot tell for sure."""

    _is_abstract: ClassVar[bool] = True


@component_class
class UnspecifiedComponent(ProblematicComponent):
    """A component of which the server does not say what it is."""

    category: Literal[ElectricalComponentCategory.UNSPECIFIED] = (
        ElectricalComponentCategory.UNSPECIFIED
    )


@component_class
class UnrecognizedComponent(ProblematicComponent):
    """A component of a category that this client does not know."""

    category: int
    """The number of the category."""


@component_class
class MismatchedCategoryComponent(ProblematicComponent):
    """A component that carries the data of another category than the one it declares.

    What the client returns for such a component is also an instance of the declared category's
    class, so that whoever looks for meters finds this one too.
    """

    category: ElectricalComponentCategory | int
    """The category that the component declares."""
