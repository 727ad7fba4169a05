"""A server of the Assets API: the same calls, answered from an inventory.

It needs the extra `server`: `pip install frequenz-client-assets[server]`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from ._server import AssetsServer
    from ._settings import ServerSettings
    from ._stores.sqlite import StoreError

_PLACES: Final = {
    "AssetsServer": "._server",
    "ServerSettings": "._settings",
    "StoreError": "._stores.sqlite",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for, so that the commands can say what is not installed."""
    if name in _PLACES:
        return getattr(import_module(_PLACES[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "AssetsServer",
    "ServerSettings",
    "StoreError",
]
