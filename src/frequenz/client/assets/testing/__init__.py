"""Tests of applications against a real Assets server in the same process.

pytest finds the fixtures by itself:

```python
@pytest.mark.assets_fleet("fleet.yaml")
async def test_an_outage(assets_server, assets_client):
    assets_server.faults.fail("GetMicrogrid", StatusCode.UNAVAILABLE, times=2)
    assert (await assets_client.get_microgrid(MicrogridId(201))).name == "Depot"
```

`AssetsTestServer` is the same server for other test frameworks. `strategies` has Hypothesis
strategies. Needs the extra `testing`.
"""

from typing import TYPE_CHECKING, Final

from .._lazy import lazy_exports

if TYPE_CHECKING:
    from ._calls import Call, call
    from ._faults import Faults
    from ._fleets import FleetSource
    from ._server import AssetsTestServer
    from ._spoil import spoil

_EXPORTS: Final = {
    "AssetsTestServer": "._server",
    "Call": "._calls",
    "Faults": "._faults",
    "FleetSource": "._fleets",
    "call": "._calls",
    "spoil": "._spoil",
}

if not TYPE_CHECKING:  # which would take any name for one of this package
    # pytest imports this package in every session, whether its tests use the fixtures or not.
    __getattr__, __dir__ = lazy_exports(globals(), _EXPORTS, submodules=("strategies",))

__all__ = [
    "AssetsTestServer",
    "Call",
    "Faults",
    "FleetSource",
    "call",
    "spoil",
]
