"""Whether the client in an environment is ours, whole and unmodified."""

import json
from collections.abc import Sequence
from typing import Any, Final

from ._environments import OUR_VERSION, Environment, place, sources
from ._processes import SCRIPTS, UnexpectedError, output
from ._table import expect

_CLIENT: Final = "frequenz-client-assets"


async def expect_ours(environment: Environment, *unmodified: str) -> str:
    """Raise UnexpectedError unless the client is ours; return what is checked.

    Args:
        environment: Where.
        unmodified: The packages that must be as they were published.
    """
    others = await _expect_client(environment, OUR_VERSION, unmodified)
    files = list(sources())
    for source in files:
        installed = place(source, environment)
        if not installed.is_file() or installed.read_bytes() != source.read_bytes():
            raise UnexpectedError(f"{installed} is not what {source} is")
    return f"{OUR_VERSION}, {len(files)} files as in the source tree{_told(others)}"


async def expect_published(environment: Environment, release: str, *unmodified: str) -> str:
    """Raise UnexpectedError unless the client is a published one; return what is checked."""
    others = await _expect_client(environment, release, (_CLIENT, *unmodified))
    return f"{release}, as published{_told(others)}"


async def _expect_client(
    environment: Environment, release: str, unmodified: Sequence[str]
) -> dict[str, str]:
    """Return the versions of the packages that are as they were published."""
    command = environment.script(SCRIPTS / "whose.py")
    told: dict[str, Any] = json.loads(await output(*command, *unmodified))
    expect("version", release, told["version"])
    expected = environment.packages / "frequenz" / "client" / "assets" / "__init__.py"
    expect("file", str(expected.resolve()), told["file"])
    expect("owner of the file", [f"{_CLIENT} {release}"], told["claims"])
    expect("modified files", [], told["modified"])
    others: dict[str, str] = told["others"]
    return others


def _told(others: dict[str, str]) -> str:
    return "".join(
        f"; {package} {release} as published"
        for package, release in others.items()
        if package != _CLIENT
    )
