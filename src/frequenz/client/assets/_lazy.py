"""Importing modules, and the names that packages export, when they are first used."""

from collections.abc import Callable, Collection, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any


def lazy_exports(
    namespace: dict[str, Any], modules: Mapping[str, str], submodules: Collection[str] = ()
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return `__getattr__` and `__dir__` of a module whose exports are imported at first use.

    Args:
        namespace: The `globals()` of the module or package.
        modules: By exported name, the module that defines it, such as `._client`.
        submodules: The submodules that are attributes of a package without being imported.
    """
    module, package = namespace["__name__"], namespace["__package__"]

    def get(name: str) -> Any:
        if name in modules:
            value = getattr(import_module(modules[name], package), name)
        elif name in submodules:
            value = import_module(f".{name}", package)
        else:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        namespace[name] = value
        return value

    return get, lambda: sorted({*namespace, *modules, *submodules})


def lazy_module(name: str, package: str) -> ModuleType:
    """Return a stand-in for a module, such as `._market`, that imports it at first use."""
    stand_in = ModuleType(name)

    def get(attribute: str) -> Any:
        value = getattr(import_module(name, package), attribute)
        setattr(stand_in, attribute, value)
        return value

    vars(stand_in)["__getattr__"] = get
    return stand_in
