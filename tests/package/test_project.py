"""What the project says of itself."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_version_is_that_of_the_changelogs_head() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    heads = re.findall(r"^## (\S+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert heads[0] == declared
    assert version("frequenz-client-assets") == declared


def test_the_links_of_the_documents_lead_somewhere() -> None:
    for document in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_the_committed_catalogue_of_findings_is_that_of_the_code(tmp_path: Path) -> None:
    written = tmp_path / "findings.md"
    subprocess.run([sys.executable, ROOT / "scripts" / "write_findings.py", written], check=True)
    committed = ROOT / "docs" / "findings.md"
    assert written.read_text(encoding="utf-8") == committed.read_text(encoding="utf-8")
