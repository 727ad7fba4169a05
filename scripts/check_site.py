"""Check a built site: links and anchors exist, nothing is loaded from elsewhere, words are found.

    python scripts/check_site.py dist/site

Prints a line for each mistake, and exits with 1 if there are some. It needs no package.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

_LOADED: Final = ("script", "img", "iframe", "source", "video", "audio", "embed", "object")
"""Elements whose address the browser loads by itself; those of `link` are loaded, too."""

_CSS_ADDRESS: Final = re.compile(r"""(?:url\(\s*|@import\s+)["']?((?:https?:)?//[^"')\s]+)""")


FOUND: Final = {
    "fuse": "explanation/domain.html",
    "retry": "reliability.html",
    "EIC": "explanation/domain.html",
    "NOT_FOUND": "reference/errors.html",
}
"""Words that people search for, and a page that the search must have for each."""


class Reference(NamedTuple):
    """An address in a page, and whether the browser loads it by itself."""

    address: str
    is_loaded: bool


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.references: list[Reference] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value for name, value in attrs if value is not None}
        self.anchors.update(values[name] for name in ("id", "name") if name in values)
        loads = tag in _LOADED or (tag == "link" and values.get("rel") not in {"prev", "next"})
        for name in ("href", "src", "data"):
            if values.get(name) and (name != "data" or tag == "object"):
                self.references.append(Reference(values[name], loads))
        for found in _CSS_ADDRESS.findall(values.get("style", "")):
            self.references.append(Reference(found, is_loaded=True))


@cache
def _read(path: Path) -> _Page:
    return _Page(path.read_text(encoding="utf-8"))


def mistakes(site: Path) -> Iterator[str]:
    """Yield what is wrong with a site, page by page."""
    for path in sorted(site.rglob("*.html")):
        for address, is_loaded in _read(path).references:
            mistake = _mistake(site, path, address, is_loaded=is_loaded)
            if mistake:
                yield f"{path.relative_to(site)}: {address}: {mistake}"
    for path in sorted(site.rglob("*.css")):
        for address in _CSS_ADDRESS.findall(path.read_text(encoding="utf-8")):
            yield f"{path.relative_to(site)}: {address}: loaded from elsewhere"
    sections = json.loads((site / "search.json").read_text(encoding="utf-8"))["items"]
    for word, page in FOUND.items():
        texts = (it["title"] + it["text"] for it in sections if it["location"].startswith(page))
        if not any(word in text for text in texts):
            yield f"search.json: {word}: not found in {page}"


def _mistake(site: Path, page: Path, address: str, *, is_loaded: bool) -> str | None:
    parts = urlsplit(address)
    if parts.scheme in {"http", "https"} or parts.netloc:
        return "loaded from elsewhere" if is_loaded else None
    if parts.scheme:  # mailto:, data:
        return None
    folder = site if parts.path.startswith("/") else page.parent
    target = (folder / unquote(parts.path).lstrip("/")).resolve() if parts.path else page
    if target.is_dir():
        target = target / "index.html"
    if not target.is_file():
        return "no such file"
    anchor = unquote(parts.fragment)
    if anchor and target.suffix == ".html" and anchor not in _read(target).anchors:
        return "no such anchor"
    return None


def main() -> None:
    """Check the site that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site", type=Path)
    site: Path = parser.parse_args().site
    if not (site / "index.html").is_file():
        sys.exit(f"{site}: no index.html; expected the folder of a built site")
    found = [*mistakes(site.resolve())]
    print("\n".join(found) or f"{site}: all links, anchors, addresses and searches are right")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
