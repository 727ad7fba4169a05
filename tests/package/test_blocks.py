"""Every block of code on a page is run by a test, or says that it is only shown."""

import json
import re
import tomllib
from collections.abc import Callable
from typing import Any, Final

import pytest
import yaml

from ..pages import NOT_RUN, PAGES, ROOT, SHOWN, Block, blocks, run_by

READERS: Final[dict[str, Callable[[str], Any]]] = {
    "json": lambda text: [json.loads(line) for line in text.splitlines()],
    "toml": tomllib.loads,
    "yaml": yaml.safe_load,
}


@pytest.mark.parametrize("page", PAGES)
def test_every_block_of_a_page_is_run(page: str) -> None:
    fences = re.findall(r"^\s*(?:```|~~~)", (ROOT / page).read_text("utf-8"), re.MULTILINE)
    found = [*blocks(page)]
    assert len(fences) == 2 * len(found)
    for block in found:
        assert is_run(block), f"{page}:{block.line}: no test runs this block"


def is_run(block: Block) -> bool:
    """Return whether the test that runs a block exists, or nothing should run it."""
    runner = block.runner
    if runner is None or runner in {SHOWN, NOT_RUN}:
        return runner is not None
    file, _, name = runner.partition("::")
    if not (ROOT / file).is_file():
        return False
    text = (ROOT / file).read_text(encoding="utf-8")
    if name:
        return f"def {name}(" in text
    page = block.page.removeprefix("docs/")
    return any(f'"{known}"' in text for known in (block.page, page, page.rpartition("/")[2]))


def test_blocks_that_are_not_run_need_what_the_tests_have_not() -> None:
    assert {block.page for block in blocks() if block.runner == NOT_RUN} == {
        "CONTRIBUTING.md",  # the tests themselves
        "docs/scaling.md",  # a PostgreSQL server at a given address, Citus
        "docs/security.md",  # a PostgreSQL server at a given address
        "docs/tables.md",  # Dask and Spark
    }


DATA: Final = [
    pytest.param(block, id=f"{page}:{block.line}")
    for page, found in run_by("tests/package/test_blocks.py::test_data_can_be_read").items()
    for block in found
]


@pytest.mark.parametrize("block", DATA)
def test_data_can_be_read(block: Block) -> None:
    assert READERS[block.language](block.text)
