"""The page about testing has every fault and every fixture."""

import inspect
from pathlib import Path
from typing import Final

from frequenz.client.assets.testing import Faults

from ...service.testing.test_plugin import FIXTURES

PAGE: Final = (Path(__file__).parents[3] / "docs" / "testing.md").read_text(encoding="utf-8")


def test_the_page_has_every_fault() -> None:
    faults = {
        name
        for name, function in vars(Faults).items()
        if name[0] != "_" and inspect.isfunction(function)
        if inspect.signature(function).return_annotation is None
    }
    assert {"fail", "item", "clear"} <= faults
    for name in faults - {"clear"}:
        assert f"\n| `{name}(" in PAGE, name


def test_the_page_has_every_fixture() -> None:
    for name in FIXTURES:
        assert f"| `{name}`" in PAGE or f", `{name}` |" in PAGE, name
