"""The mistakes in docs/commissioning-lists.md are what a list with them gets."""

from pathlib import Path
from typing import Final

import pytest

from frequenz.client.assets import lists

from ...pages import run_by
from .files import GRID, HEADER, METER, row, workbook

HERE: Final = "tests/unit/lists/test_docs.py"


def test_the_mistakes_on_the_page_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ((shown,),) = run_by(f"{HERE}::test_the_mistakes_on_the_page_are_found").values()
    monkeypatch.chdir(tmp_path)
    rows = [
        *(HEADER, GRID, METER),
        row(id=3, category="metre", parent=2),
        *([""] * len(HEADER),),
        row(id=5, category="inverter", parent=2),
        row(id=6, category="meter", parent=99),
        row(id=7, category="meter", parent=2, rated_power_kW="100000 W"),
    ]
    path = workbook(tmp_path, {"Components": rows}).relative_to(tmp_path)

    with pytest.raises(lists.ListFileError) as caught:
        lists.read(path)

    assert f"{caught.value}\n" == shown.text
