"""A server of the Assets API: the same calls, answered from an inventory.

It needs the extra `server`: `pip install frequenz-client-assets[server]`.
"""

from ._server import AssetsServer
from ._settings import ServerSettings
from ._stores.sqlite import StoreError

__all__ = [
    "AssetsServer",
    "ServerSettings",
    "StoreError",
]
