"""The gallery is what the code draws."""

import re
from pathlib import Path
from typing import Any

import pytest
from scripts.write_gallery import PICTURES, Picture, page

from frequenz.client.assets import inventory
from frequenz.server.assets import AssetsServer
from frequenz.server.assets.demo import FLEETS

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_a_picture_is_up_to_date(picture: Picture) -> None:
    committed = (DOCS / "diagrams" / f"{picture.name}.svg").read_bytes()
    assert picture.draw().svg.encode() == committed


def test_the_page_is_up_to_date_and_shows_every_picture() -> None:
    assert (DOCS / "diagrams.md").read_text(encoding="utf-8") == page()
    shown = re.findall(r"!\[.*\]\(diagrams/(.*)\.svg\)", page())
    assert shown == [picture.name for picture in PICTURES]
    assert {path.stem for path in (DOCS / "diagrams").iterdir()} == set(shown)


async def test_the_example_draws_a_site_of_a_server(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", page(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, "diagrams.md", "exec"), names)
    async with AssetsServer(inventory.read_all(FLEETS)) as server:
        await names["draw"](server.url, 201, tmp_path / "site.svg")
    assert (tmp_path / "site.svg").read_bytes() == (DOCS / "diagrams" / "depot.svg").read_bytes()


def test_no_two_classes_differ_by_case_only() -> None:
    """In pages without a doctype, browsers ignore the case of classes."""
    for picture in sorted((DOCS / "diagrams").glob("*.svg")):
        text = picture.read_text(encoding="utf-8")
        _, _, rest = text.partition("<style>")
        sheet, _, _ = rest.partition("</style>")
        classes = set(re.findall(r"\.([A-Za-z][\w-]*)", sheet))
        for names in re.findall(r'class="([^"]*)"', text):
            classes |= set(names.split())
        assert len({name.casefold() for name in classes}) == len(classes)
