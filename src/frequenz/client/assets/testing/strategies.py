"""Hypothesis strategies for microgrids, sites and fleets, good and faulty.

```python
@given(strategies.fleets())
def test_any_fleet(fleet):
    with AssetsTestServer(fleet) as server:
        ...
```

They shrink to one site with two components, small IDs and no texts. They need the package
hypothesis, which the extra `testing` does not install.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from frequenz.client.common.grid import DeliveryArea, EnergyMarketCodeType
from frequenz.client.common.microgrid import EnterpriseId, MicrogridId

from .._model.market import Gridpool
from .._model.microgrid import Location, Microgrid, MicrogridStatus
from ..findings._rules import Rule
from ..inventory import Inventory, Site
from ._draft import AREA, Category, SiteDraft
from ._spoil import NOT_STORED, spoil

try:
    from hypothesis import strategies as st
    from hypothesis.strategies import SearchStrategy
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"The strategies need the package {error.name}; install it with: pip install hypothesis",
        name=error.name,
    ) from error

__all__ = ["FaultyFleet", "faulty_fleets", "fleets", "microgrids", "sites"]

_IDS: Final = st.integers(1, 9) | st.integers(1, 2**64 - 1)
_NAMES: Final = st.none() | st.text(min_size=1, max_size=20)
_AREAS: Final = st.sampled_from([AREA["code"], "10YNL----------L", "10YFR-RTE------C"])

_INVERTER_TYPES: Final = {"battery": 1, "solar": 2, "hybrid": 3}


def _degrees(limit: int) -> SearchStrategy[float]:
    return st.floats(-limit, limit, width=32).map(lambda angle: angle + 0.0)  # no -0.0


def microgrids(
    ids: SearchStrategy[int] = _IDS,
) -> SearchStrategy[Microgrid]:
    """Return a strategy for microgrids without findings, as objects of the client.

    Args:
        ids: A strategy for their IDs.
    """
    return st.builds(
        Microgrid,
        id=ids.map(MicrogridId),
        enterprise_id=_IDS.map(EnterpriseId),
        name=_NAMES,
        delivery_area=_AREAS.map(
            lambda code: DeliveryArea(code=code, code_type=EnergyMarketCodeType.EUROPE_EIC)
        ),
        location=st.builds(
            Location,
            latitude=_degrees(90),
            longitude=_degrees(180),
            country_code=st.sampled_from(["DE", "NL", "FR", "US"]),
        ).filter(lambda it: it.latitude or it.longitude),  # 0, 0 is no position
        status=st.sampled_from([MicrogridStatus.ACTIVE, MicrogridStatus.INACTIVE]),
        create_timestamp=st.datetimes(
            datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)
        ),
    )


def _inverter(draft: SiteDraft, ahead: Any, kind: str) -> Any:
    inverter = draft.add(Category.INVERTER, behind=ahead)
    inverter.category_specific_info.inverter.type = _INVERTER_TYPES[kind]
    return inverter


def _with_battery(kind: str) -> Callable[[SiteDraft, Any], None]:
    def add(draft: SiteDraft, ahead: Any) -> None:
        draft.add(Category.BATTERY, behind=_inverter(draft, ahead, kind))

    return add


def _single(category: Category) -> Callable[[SiteDraft, Any], None]:
    def add(draft: SiteDraft, ahead: Any) -> None:
        draft.add(category, behind=ahead)

    return add


_BRANCHES: Final[Mapping[str, Callable[[SiteDraft, Any], None]]] = {
    "meter": _single(Category.METER),
    "solar": lambda draft, ahead: _inverter(draft, ahead, "solar"),
    "battery": _with_battery("battery"),
    "hybrid": _with_battery("hybrid"),
    "ev_charger": _single(Category.EV_CHARGER),
    "chp": _single(Category.CHP),
    "wind_turbine": _single(Category.WIND_TURBINE),
}
"""What can be behind a meter."""


def sites(
    max_branches: int = 4, microgrid: SearchStrategy[Microgrid] | None = None
) -> SearchStrategy[Site]:
    """Return a strategy for sites without findings: a meter, and branches behind it.

    A branch is a device, perhaps with a meter of its own.

    Args:
        max_branches: How many branches a site has at most.
        microgrid: A strategy for its microgrid; None = `microgrids()`.
    """
    branches = st.lists(
        st.tuples(st.sampled_from([*_BRANCHES]), st.booleans(), _NAMES), max_size=max_branches
    )
    return st.builds(_site, microgrids() if microgrid is None else microgrid, _NAMES, branches)


def _site(
    microgrid: Microgrid, name: str | None, branches: Sequence[tuple[str, bool, str | None]]
) -> Site:
    draft = SiteDraft(Site.of(microgrid))
    main = draft.add(Category.METER, behind=draft.add(Category.GRID))
    main.name = name or ""
    for kind, is_metered, own_name in branches:
        ahead = draft.add(Category.METER, behind=main) if is_metered else main
        _BRANCHES[kind](draft, ahead)
        draft.components[-1].name = own_name or ""
    return draft.finished()


def fleets(
    max_sites: int = 3, *, min_sites: int = 0, max_branches: int = 4
) -> SearchStrategy[Inventory]:
    """Return a strategy for fleets without findings: sites with distinct IDs, and gridpools.

    Args:
        max_sites: How many sites a fleet has at most.
        min_sites: How many sites a fleet has at least.
        max_branches: How many branches a site has at most, see `sites`.
    """
    return st.builds(
        lambda listed, numbers: Inventory.of(
            *listed, gridpools=[Gridpool(id=number, name=None) for number in numbers]
        ),
        st.lists(
            sites(max_branches),
            min_size=min_sites,
            max_size=max_sites,
            unique_by=lambda site: site.microgrid.id,
        ),
        st.lists(_IDS, max_size=2, unique=True),
    )


class FaultyFleet(NamedTuple):
    """A fleet with a finding."""

    fleet: Inventory
    rule: Rule
    """The rule that is broken; what follows from it may break others, too."""

    field: str
    """The field of the rule at which it is broken."""


def faulty_fleets(
    rules: Collection[Rule] | None = None, *, max_sites: int = 2
) -> SearchStrategy[FaultyFleet]:
    """Return a strategy for fleets in which a rule is broken.

    Args:
        rules: The rules to choose from; None = all that an inventory can break.
        max_sites: How many sites a fleet has at most.

    Raises:
        ValueError: If no inventory can break any of the rules.
    """
    fields = [
        (rule, field)
        for rule in (Rule if rules is None else rules)
        for field in rule.fields
        if (rule, field) not in NOT_STORED
    ]
    if not fields:
        raise ValueError(f"rules: expected some that an inventory can break, got {rules!r}")
    return st.builds(
        lambda fleet, broken: FaultyFleet(spoil(fleet, *broken), *broken),
        fleets(max_sites, min_sites=1),
        st.sampled_from(fields),
    )
