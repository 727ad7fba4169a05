"""Every rule can be broken on purpose, in every field that it applies to."""

import re

import pytest

from frequenz.client.assets import inventory
from frequenz.client.assets.findings import Rule
from frequenz.client.assets.fleet import tables
from frequenz.client.assets.inventory import Inventory
from frequenz.client.assets.testing import spoil
from frequenz.client.assets.testing._spoil import NOT_STORED, Spoil
from frequenz.client.assets.testing._spoilers import SPOILERS
from frequenz.server.assets.demo import FLEETS

from ..inventory.test_editing import SITE

CASES = [(rule, field) for rule in Rule for field in rule.fields]
STORED = [case for case in CASES if case not in NOT_STORED]
_INDEX = re.compile(r"\[[^\]]*\]")
ONLY_TABLES = {Rule.MOMENT_BEYOND_TABLES}
FLEET = inventory.read(FLEETS[0])


def fields_of(fleet: Inventory, rule: Rule) -> set[str]:
    """Return the fields of the findings of a rule."""
    if rule in ONLY_TABLES:
        found = tables(fleet).findings.to_pylist()
        named = {(it["entity"].split()[0], it["path"]) for it in found if it["rule"] == rule.id}
    else:
        findings = [it.finding for it in inventory.check(fleet) if it.finding.rule is rule]
        named = {(it.entity.removeprefix("energy ").split()[0], it.path) for it in findings}
    return {f"{noun}: {_INDEX.sub('[*]', path)}" for noun, path in named}


def test_every_rule_can_be_broken() -> None:
    assert {
        rule
        for rule in Rule
        if rule not in SPOILERS and not Spoil.of(rule, is_served=True).is_of_replies
    } == set()


@pytest.mark.parametrize(("rule", "field"), STORED, ids=str)
@pytest.mark.parametrize("fleet", [FLEET, Inventory.of(SITE)], ids=["demo", "small"])
def test_a_spoiled_inventory_has_the_finding(rule: Rule, field: str, fleet: Inventory) -> None:
    before = repr(fleet)
    assert field in fields_of(spoil(fleet, rule, field), rule)
    assert repr(fleet) == before


def test_another_site_can_be_spoiled() -> None:
    spoiled = spoil(FLEET, "latitude-out-of-range", microgrid_id=202)
    assert [site for site in spoiled.sites if site not in FLEET.sites] == [spoiled.site(202)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("latitude-out-of-rage",), "rule: unknown name .* did you mean 'latitude-out-of-range'"),
        (("id-zero", "component: ids"), "id-zero: field: unknown name .* did you mean"),
        (("reply-without-id",), "reply-without-id: .*inventories cannot have it; use faults"),
        (("reply-for-another", "reply: gridpool_id"), "gridpool_id: inventories cannot have it"),
        (("text-malformed",), "inventories cannot have it"),
    ],
)
def test_mistakes_have_clear_errors(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        spoil(FLEET, *arguments)


def test_an_inventory_needs_the_site_that_is_spoiled() -> None:
    with pytest.raises(LookupError, match="without sites cannot be spoiled"):
        spoil(Inventory(), "id-zero")
    with pytest.raises(LookupError, match="There is no microgrid 7 "):
        spoil(FLEET, "id-zero", microgrid_id=7)
