"""Print which client of the Assets API is imported here, and whether packages are unmodified.

Run by its path, isolated. Arguments: the packages that must be as published. Standard output is
JSON: `version` and `file` of the client, `owners`, the packages that list this file, `others`, the
versions of the packages, and `modified`, their files that are not as published.
"""

import base64
import hashlib
import json
import sys
from importlib.metadata import distribution, distributions, version
from pathlib import Path

import frequenz.client.assets


def _owners(file: Path) -> list[str]:
    return [
        f"{one.metadata['Name']} {one.version}"
        for one in distributions()
        if any(Path(str(one.locate_file(path))).resolve() == file for path in one.files or ())
    ]


def _modified(package: str) -> list[str]:
    files = distribution(package).files or []
    return [str(path) for path in files if path.hash is not None and not _is_same(path)]


def _is_same(path: object) -> bool:
    located = Path(str(path.locate()))  # type: ignore[attr-defined]
    digest = hashlib.new(path.hash.mode, located.read_bytes())  # type: ignore[attr-defined]
    text = base64.urlsafe_b64encode(digest.digest()).decode().rstrip("=")
    return text == path.hash.value  # type: ignore[attr-defined,no-any-return]


if __name__ == "__main__":
    file = Path(frequenz.client.assets.__file__).resolve()
    result = {
        "version": version("frequenz-client-assets"),
        "file": str(file),
        "owners": _owners(file),
        "others": {package: version(package) for package in sys.argv[1:]},
        "modified": [path for package in sys.argv[1:] for path in _modified(package)],
    }
    json.dump(result, sys.stdout)
