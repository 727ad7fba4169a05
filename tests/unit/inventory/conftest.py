"""Whatever the tests of this folder read is read in both ways."""

from collections.abc import Callable

import pytest

from frequenz.client.assets import inventory

from .both_ways import compared


@pytest.fixture(autouse=True)
def _both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare the fast reader with the careful one on every text and file of a test."""
    for name in ("parse_text", "read"):
        reader: Callable[..., inventory.Inventory] = getattr(inventory, name)
        monkeypatch.setattr(inventory, name, compared(reader))
