"""The blocks of code on the pages, and which test runs each of them.

Sybil would also find them, but its examples cannot `await`, share no server, and it passes over the
blocks that it has no parser for, which are those that nothing runs.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[1]
PAGES: Final = tuple(
    str(path.relative_to(ROOT))
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/**/*.md")))
)

SHOWN: Final = "shown"
"""What runs a block of text: nothing, as its language says."""

NOT_RUN: Final = "not run"
"""What runs a block that says why nothing does."""

_OF_LANGUAGES: Final = {
    "python": "tests/service/test_docs.py::test_python_runs",
    "sh": "tests/service/test_docs.py::test_commands_run",
    "pycon": "tests/service/test_docs.py::test_a_session_is_as_printed",
    "json": "tests/package/test_blocks.py::test_data_can_be_read",
    "toml": "tests/package/test_blocks.py::test_data_can_be_read",
    "yaml": "tests/package/test_blocks.py::test_data_can_be_read",
    "text": SHOWN,
}

_OF_PAGES: Final = {
    "docs/tutorials/": "tests/service/test_tutorials.py::test_a_tutorial_does_what_it_says",
    "docs/notebooks/": "tests/package/test_project.py::test_a_written_page_is_what_the_code_says",
    "docs/guides/notebooks.md": "tests/service/test_notebooks.py"
    "::test_the_page_about_notebooks_is_one",
    "docs/history.md": "tests/service/test_docs.py::test_the_commands_about_history_run",
    "docs/inventory-files.md": "tests/unit/inventory/test_docs.py",
}
"""Pages of which one test runs all, by the beginning of their names."""

_FENCE: Final = re.compile(
    r"^(?:<!-- (?P<note>(?:run by|not run:) .*?) -->\n)?"
    r'^```(?P<language>\w*)(?: title="(?P<title>[\w.]+)")?\n(?P<text>.*?)^```$',
    re.DOTALL | re.MULTILINE,
)


class Block(NamedTuple):
    """A block of code on a page."""

    page: str
    line: int
    language: str
    title: str | None
    note: str | None
    """The comment above: `run by TEST`, or `not run: REASON`."""

    text: str

    @property
    def runner(self) -> str | None:
        """The test that runs it; None if there is none."""
        if self.note is not None:
            kind, _, what = self.note.partition(":" if self.note.startswith(NOT_RUN) else " by ")
            return NOT_RUN if kind == NOT_RUN else what
        for page, runner in _OF_PAGES.items():
            if self.page.startswith(page):
                return runner
        return _OF_LANGUAGES.get(self.language)


def blocks(*pages: str) -> Iterator[Block]:
    """Yield the blocks of some pages, by default of all."""
    for page in pages or PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        for found in _FENCE.finditer(text):
            line = text.count("\n", 0, found.start("text"))
            yield Block(page, line, found["language"], found["title"], found["note"], found["text"])


def run_by(runner: str) -> dict[str, list[Block]]:
    """Return the blocks that a test runs, by page."""
    found: dict[str, list[Block]] = {}
    for block in blocks():
        if block.runner == runner:
            found.setdefault(block.page, []).append(block)
    return found
