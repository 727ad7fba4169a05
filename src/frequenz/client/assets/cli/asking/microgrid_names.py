"""The microgrids of a server for completions: fetched, and cached for some minutes."""

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from ..._transport.profiles import Access
from .access import GlobalOptions, resolve_access
from .connection import Connection

_CACHE_SECONDS: Final = 300
_TIMEOUT: Final = 0.5
"""How long to wait for a connection, and then for the reply, in s."""


def microgrid_names(options: GlobalOptions) -> Mapping[str, str]:
    """Return the names of the microgrids by ID, from the cache or from the server.

    Raises:
        click.ClickException: If there is no server, or it does not answer in time.
    """
    options = replace(options, timeout=_TIMEOUT, debug=False)
    file = _cache_file(resolve_access(options))
    try:
        if 0 <= time.time() - file.stat().st_mtime < _CACHE_SECONDS:
            cached: dict[str, str] = json.loads(file.read_bytes())
            return cached
    except (OSError, ValueError):
        pass
    found = Connection(options).run(
        lambda client: client.list_microgrids(on_findings=lambda _: None)
    )
    names = {str(int(it.id)): it.name or "" for it in found}
    _write(file, names)
    return names


def _cache_file(access: Access) -> Path:
    """Return the file for what a server shows to a key."""
    folder = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not folder.is_absolute():  # the XDG specification says to ignore it
        folder = Path.home() / ".cache"
    digest = hashlib.sha256(f"{access.url}\0{access.auth_key or ''}".encode()).hexdigest()
    return folder / "assets" / f"microgrids-{digest}.json"


def _write(file: Path, data: Any) -> None:
    """Write a file that only its owner can read, if that is possible."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=file.parent)
        with os.fdopen(descriptor, "w") as opened:
            json.dump(data, opened)
        Path(temporary).replace(file)
    except OSError:
        pass
