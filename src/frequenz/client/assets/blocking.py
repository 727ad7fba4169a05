"""The client for scripts and notebooks: plain `with`, plain calls.

Everything runs in the asynchronous client, in one background thread of the process. The types are
in `blocking.pyi`, which `make blocking` writes.
"""

from ._blocking import AssetsApiClient

__all__ = ["AssetsApiClient"]
