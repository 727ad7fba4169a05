"""Check whether the client in an environment is ours, complete and unmodified."""

import json
from collections.abc import Sequence
from typing import Any, Final

from ._environments import OUR_VERSION, Environment, installed, sources
from ._processes import SCRIPTS, UnexpectedError, output
from ._table import expect

_CLIENT: Final = "frequenz-client-assets"


async def expect_ours(environment: Environment, *unmodified: str) -> str:
    """Raise UnexpectedError unless the client is ours; return what was checked.

    Args:
        environment: Its environment.
        unmodified: Packages that must be as published.
    """
    others = await _expect_client(environment, OUR_VERSION, unmodified)
    files = list(sources())
    for source in files:
        path = installed(source, environment)
        if not path.is_file() or path.read_bytes() != source.read_bytes():
            raise UnexpectedError(f"{path} differs from {source}")
    return f"{OUR_VERSION}, {len(files)} files as in the source tree{_versions(others)}"


async def expect_published(environment: Environment, release: str, *unmodified: str) -> str:
    """Raise UnexpectedError unless the client is a published one; return what was checked."""
    others = await _expect_client(environment, release, (_CLIENT, *unmodified))
    return f"{release}, as published{_versions(others)}"


async def _expect_client(
    environment: Environment, release: str, unmodified: Sequence[str]
) -> dict[str, str]:
    """Return the versions of the packages that are as published."""
    command = environment.script(SCRIPTS / "whose.py")
    result: dict[str, Any] = json.loads(await output(*command, *unmodified))
    expect("version", release, result["version"])
    expected = environment.packages / "frequenz" / "client" / "assets" / "__init__.py"
    expect("file", str(expected.resolve()), result["file"])
    expect("owner of the file", [f"{_CLIENT} {release}"], result["owners"])
    expect("modified files", [], result["modified"])
    others: dict[str, str] = result["others"]
    return others


def _versions(others: dict[str, str]) -> str:
    return "".join(
        f"; {package} {release} as published"
        for package, release in others.items()
        if package != _CLIENT
    )
