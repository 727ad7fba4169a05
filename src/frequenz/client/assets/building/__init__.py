"""Sites and fleets in Python, written as they are wired.

```python
from frequenz.client.assets.building import fleet, grid, meter, site

DEPOT = site(
    201,
    "Depot",
    grid(630)
    .meter("Main")
    .branch(
        meter("PV").solar_inverter(kw=100),
        meter("Battery").battery_inverter(kw=200).li_ion_battery(kwh=430),
    ),
)
FLEET = fleet(DEPOT)
```

A method puts a component behind the one before, away from the grid; `branch` puts several there.
The methods are named like the classes of `electrical_component`, and each is a function, too, which
begins a branch. IDs count from 1 in the order of the text; `id=` gives one.

The same branch in two places is the same equipment: so two transformers feed one busbar.
"""

from ._branch import (
    Branch,
    Details,
    ac_ev_charger,
    battery,
    battery_inverter,
    breaker,
    capacitor_bank,
    chp,
    component,
    converter,
    crypto_miner,
    dc_ev_charger,
    electrolyzer,
    ev_charger,
    grid,
    hvac,
    hybrid_ev_charger,
    hybrid_inverter,
    inverter,
    li_ion_battery,
    meter,
    na_ion_battery,
    plc,
    power_transformer,
    precharger,
    solar_inverter,
    static_transfer_switch,
    steam_boiler,
    uninterruptible_power_supply,
    wind_turbine,
)
from ._ratings import Power
from ._site import Device, fleet, sensor, site
from ._starter import Starter, starter_text

__all__ = [
    "Branch",
    "Details",
    "Device",
    "Power",
    "Starter",
    "ac_ev_charger",
    "battery",
    "battery_inverter",
    "breaker",
    "capacitor_bank",
    "chp",
    "component",
    "converter",
    "crypto_miner",
    "dc_ev_charger",
    "electrolyzer",
    "ev_charger",
    "fleet",
    "grid",
    "hvac",
    "hybrid_ev_charger",
    "hybrid_inverter",
    "inverter",
    "li_ion_battery",
    "meter",
    "na_ion_battery",
    "plc",
    "power_transformer",
    "precharger",
    "sensor",
    "site",
    "solar_inverter",
    "starter_text",
    "static_transfer_switch",
    "steam_boiler",
    "uninterruptible_power_supply",
    "wind_turbine",
]
