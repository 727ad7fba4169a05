"""The client and the functions of `fleet` for scripts and notebooks: plain `with`, plain calls.

Everything runs in the asynchronous client, in one background thread of the process. The types are
in `blocking.pyi`, which `make blocking` writes.
"""

from typing import Final

from ._lazy import lazy_exports

_EXPORTS: Final = {
    "AssetsApiClient": "._blocking",
    "export_parquet": "._blocking_fleet",
    "fetch_component_tables": "._blocking_fleet",
    "fetch_fleet": "._blocking_fleet",
    "fetch_site": "._blocking_fleet",
    "fetch_tables": "._blocking_fleet",
    "iter_sites": "._blocking_fleet",
    "watch": "._blocking_fleet",
}

__getattr__, __dir__ = lazy_exports(globals(), _EXPORTS)

__all__ = list(_EXPORTS)
