"""Doors and modules that are imported when something in them is asked for."""

from collections.abc import Callable, Collection, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any


def lazy_exports(
    module: dict[str, Any], places: Mapping[str, str], rooms: Collection[str] = ()
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return `__getattr__` and `__dir__` of a package whose names are imported at first use.

    Args:
        module: The `globals()` of the package.
        places: By name, the module that it comes from, such as `._client`.
        rooms: The modules in the package that are names of it, too.
    """
    package = module["__name__"]

    def look_up(name: str) -> Any:
        if name in places:
            found = getattr(import_module(places[name], package), name)
        elif name in rooms:
            found = import_module(f".{name}", package)
        else:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module[name] = found
        return found

    return look_up, lambda: sorted({*module, *places, *rooms})


def lazy_module(name: str, package: str) -> ModuleType:
    """Return a stand-in for a module, such as `._market`, that imports it for its first name."""
    stand_in = ModuleType(name)

    def look_up(wanted: str) -> Any:
        found = getattr(import_module(name, package), wanted)
        setattr(stand_in, wanted, found)
        return found

    vars(stand_in)["__getattr__"] = look_up
    return stand_in
