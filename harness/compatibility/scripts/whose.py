"""Tell which client of the Assets API is imported here, and whether other packages are unmodified.

Run by its path, isolated. Arguments: the packages that must be as they were published. Standard
output is JSON: `version` and `file` of the client, `claims`, the packages that say the file is
theirs, `others`, the versions of those packages, and `modified`, their files that are not as they
were published.
"""

import base64
import hashlib
import json
import sys
from importlib.metadata import distribution, distributions, version
from pathlib import Path

import frequenz.client.assets


def _claims(file: Path) -> list[str]:
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
    told = {
        "version": version("frequenz-client-assets"),
        "file": str(file),
        "claims": _claims(file),
        "others": {package: version(package) for package in sys.argv[1:]},
        "modified": [path for package in sys.argv[1:] for path in _modified(package)],
    }
    json.dump(told, sys.stdout)
