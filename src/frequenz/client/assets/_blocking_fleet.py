"""The blocking versions of the functions of `fleet`, each made when it is first used."""

from typing import Any

from . import fleet
from ._blocking import make_blocking


def __getattr__(name: str) -> Any:
    if name not in fleet.__all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    function = make_blocking(getattr(fleet, name))
    function.__module__ = f"{__package__}.blocking"
    return function
