"""The project's metadata and documents agree with its code."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

from frequenz.client.assets.findings import Rule

ROOT = Path(__file__).parents[2]
PACKAGES = (ROOT / "src/frequenz/client/assets", ROOT / "src/frequenz/server/assets")
DOCUMENTS = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))


def test_the_version_is_the_newest_release_in_the_changelog() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    releases = headings[1:] if headings[0] == "Unreleased" else headings
    assert releases[0] == declared
    assert version("frequenz-client-assets") == declared


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_links_of_a_document_exist(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8"))
    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_the_files_that_a_guide_names_exist(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    named = re.findall(r"`([\w./-]+(?:/|\.(?:py|md|toml|txt|sql|json|yaml)))`", text)
    roots = (ROOT, ROOT / "src", *PACKAGES)
    missing = {path for path in named if not any((root / path).exists() for root in roots)}
    assert named
    assert missing == set()


def test_the_names_that_the_table_of_changes_mentions_exist() -> None:
    table = re.findall(
        r"^\| .*", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    mentioned = set(re.findall(r"`([A-Za-z_.]+)`", "".join(table)))
    sources = [path for folder in ("src", "tests") for path in (ROOT / folder).rglob("*.py")]
    known = {name for path in sources for name in re.findall(r"\w+", path.read_text("utf-8"))}
    names = {part for name in mentioned if not name.endswith(".py") for part in name.split(".")}
    assert {"_KNOWN", "open_store"} <= names
    assert names - known == set()


WRITTEN = {
    "findings": ("write_findings", "docs/findings.md"),
    "commands": ("write_command_reference", "docs/reference"),
    "errors": ("write_errors", "docs/reference/errors.md"),
    "settings and metrics": ("write_settings", "docs/reference"),
    "inventory keys": ("write_inventory_keys", "docs/reference/inventory-keys.md"),
    "notebooks": ("write_notebooks", "docs/notebooks"),
    "pictures of boxes": ("draw_boxes", "docs/explanation"),
}
"""By name, the scripts, and the files or folders that they write."""


@pytest.mark.parametrize(("script", "target"), WRITTEN.values(), ids=WRITTEN)
def test_a_written_page_is_what_the_code_says(tmp_path: Path, script: str, target: str) -> None:
    committed = ROOT / target
    is_folder = committed.is_dir()
    written = tmp_path if is_folder else tmp_path / committed.name
    command = [sys.executable, "-m", f"scripts.{script}", str(written)]
    subprocess.run(command, cwd=ROOT, check=True)
    folder = committed if is_folder else committed.parent
    pages = [*tmp_path.iterdir()]
    assert pages
    for page in pages:
        assert page.read_text("utf-8") == (folder / page.name).read_text("utf-8"), page.name


def test_each_finding_has_a_section_where_its_rule_says() -> None:
    for rule in Rule:
        page, _, anchor = rule.page.partition("#")
        assert f"\n## {anchor}\n" in (ROOT / page).read_text(encoding="utf-8")


def test_the_readme_is_short() -> None:
    assert 60 <= len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 90
