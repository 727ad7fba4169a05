"""How scripts write what they make: into the file or folder that their command line names."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path


def write_file(description: str | None, text: Callable[[], str]) -> None:
    """Write a text into the file that the command line names."""
    _target(description, "file").write_text(text(), encoding="utf-8")


def write_files(description: str | None, texts: Callable[[], Mapping[str, str]]) -> None:
    """Write texts, by the names of their files, into the folder that the command line names."""
    folder = _target(description, "folder")
    for name, text in texts().items():
        (folder / name).write_text(text, encoding="utf-8")


def _target(description: str | None, kind: str) -> Path:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("target", metavar=kind, type=Path)
    target: Path = parser.parse_args().target
    return target
