"""A server for the Assets API, which serves an inventory.

It needs the extra `server`: `pip install '.[server]'` in a clone.
"""

from typing import TYPE_CHECKING, Final

from frequenz.client.assets._lazy import lazy_exports

if TYPE_CHECKING:
    from ._callers import KeysError
    from ._callers.limits import Limits
    from ._server import AssetsServer
    from ._settings import ServerSettings
    from ._stores import StoreError

_EXPORTS: Final = {
    "AssetsServer": "._server",
    "KeysError": "._callers",
    "Limits": "._callers.limits",
    "ServerSettings": "._settings",
    "StoreError": "._stores",
}


if not TYPE_CHECKING:  # which would take any name for one of this package
    # So that the commands can say what is not installed.
    __getattr__, __dir__ = lazy_exports(globals(), _EXPORTS)

__all__ = [
    "AssetsServer",
    "KeysError",
    "Limits",
    "ServerSettings",
    "StoreError",
]
