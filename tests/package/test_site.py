"""The check of the built site, and what the site consists of."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from scripts import check_site

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

BAD_PAGES = {
    "dead link": ('<a href="gone.html">x</a>', "gone.html: no such file"),
    "dead anchor": ('<a href="other.html#gone">x</a>', "other.html#gone: no such anchor"),
    "own anchor": ('<a href="#gone">x</a>', "#gone: no such anchor"),
    "script": ('<script src="https://x.test/a.js"></script>', "loaded from elsewhere"),
    "font": ('<link rel="stylesheet" href="//x.test/a.css">', "loaded from elsewhere"),
    "picture": ('<img src="http://x.test/a.png">', "loaded from elsewhere"),
    "style": ('<p style="background: url(https://x.test/a.png)">', "loaded from elsewhere"),
}


SECTIONS = [
    {"location": f"{page}#there", "title": "", "text": f"All about {word}."}
    for word, page in check_site.FOUND.items()
]


def check(site: Path, body: str, style: str = "") -> tuple[int, str]:
    """Check a site of two pages; return the exit code and the output."""
    (site / "index.html").write_text(body, encoding="utf-8")
    (site / "other.html").write_text('<h2 id="there">Other</h2>', encoding="utf-8")
    (site / "site.css").write_text(style, encoding="utf-8")
    (site / "search.json").write_text(json.dumps({"items": SECTIONS}), encoding="utf-8")
    command = [sys.executable, str(ROOT / "scripts" / "check_site.py"), str(site)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


@pytest.mark.parametrize(("body", "mistake"), BAD_PAGES.values(), ids=BAD_PAGES)
def test_a_mistake_in_a_page_is_reported(tmp_path: Path, body: str, mistake: str) -> None:
    exit_code, output = check(tmp_path, body)
    assert exit_code == 1
    assert output.startswith("index.html: ")
    assert output.endswith(f"{mistake}\n")


def test_a_style_sheet_that_loads_from_elsewhere_is_reported(tmp_path: Path) -> None:
    exit_code, output = check(tmp_path, "", "@import 'https://x.test/font.css';")
    assert exit_code == 1
    assert output == "site.css: https://x.test/font.css: loaded from elsewhere\n"


def test_a_word_that_a_search_does_not_find_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules[__name__], "SECTIONS", SECTIONS[1:])
    word, page = next(iter(check_site.FOUND.items()))
    assert check(tmp_path, "") == (1, f"search.json: {word}: not found in {page}\n")


def test_good_links_pass(tmp_path: Path) -> None:
    links = '<a href="other.html#there">a</a><a href="https://x.test">b</a><a href="mailto:x">c</a>'
    assert check(tmp_path, links)[0] == 0


def navigation() -> list[str]:
    """Return the pages in the navigation of the site."""
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")

    def pages(entry: Any) -> list[str]:
        if isinstance(entry, str):
            return [entry]
        items = entry.values() if isinstance(entry, dict) else entry
        return [page for item in items for page in pages(item)]

    return pages(yaml.safe_load(text)["nav"])


def test_each_page_is_once_in_the_navigation() -> None:
    pages = [str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md")]
    assert sorted(navigation()) == sorted(pages)


def test_each_public_module_has_a_page() -> None:
    client = ROOT / "src/frequenz/client/assets"
    modules = {
        path.stem
        for path in client.iterdir()
        if not path.name.startswith("_") and (path.is_dir() or path.suffix == ".py")
    }
    names = {f"frequenz.client.assets.{module}" for module in modules - {"cli"}}
    shown = {
        name
        for page in (DOCS / "reference" / "python").glob("*.md")
        for name in re.findall(r"^::: ([\w.]+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert names | {"frequenz.client.assets", "frequenz.server.assets"} <= shown
