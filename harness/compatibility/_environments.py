"""The environments of published packages, and how to create them."""

import asyncio
import hashlib
import json
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..shared.paths import ROOT
from ._processes import output

_CONSTRAINTS: Final = Path(__file__).resolve().parent / "constraints"
_INSTALL_SECONDS: Final = 600.0
_SOURCE: Final = ROOT / "src" / "frequenz"
_PROJECT: Final = ROOT / "pyproject.toml"

OUR_VERSION: Final[str] = tomllib.loads(_PROJECT.read_text(encoding="utf-8"))["project"]["version"]


@dataclass(frozen=True)
class Environment:
    """A virtual environment in the project's root."""

    name: str

    constraints: str
    """The name of the file with the versions of its packages."""

    installs: tuple[tuple[str, ...], ...]
    """The arguments of pip, call by call; `{}` stands for the file with the versions."""

    has_ours: bool = False
    """Whether our package is installed too, without its dependencies."""

    @property
    def path(self) -> Path:
        """Its folder."""
        return ROOT / f".venv-compat-{self.name}"

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.path / "bin" / "python"

    def program(self, name: str) -> tuple[str | Path, ...]:
        """Return the command that runs one of its programs, isolated from the user's settings."""
        return self.python, "-I", self.path / "bin" / name

    def script(self, path: Path) -> tuple[str | Path, ...]:
        """Return the command that runs a script in it, isolated from the user's settings."""
        return self.python, "-I", path

    @property
    def packages(self) -> Path:
        """The folder of its packages."""
        return _only(self.path / "lib", "python3*/site-packages")


def _client(release: str) -> Environment:
    name = f"client-{release}"
    return Environment(name, name, (("-c", "{}", f"frequenz-client-assets[cli]=={release}"),))


CLIENTS: Final = {release: _client(release) for release in ("0.3.1", "0.5.0", "0.6.0")}
"""The published clients."""

# pip installs one release of a package only, so the second one overwrites files of the first.
BOTH_GENERATIONS: Final = Environment(
    "both-generations",
    "both-generations",
    (
        ("--no-deps", "-r", "{}"),
        ("--no-deps", "--ignore-installed", "frequenz-api-assets==0.2.1"),
    ),
    has_ours=True,
)
"""Our package, with the messages of both generations in the default descriptor pool."""

_CONSUMERS: Final = ("--no-deps", "-r", "{}")

DOWNSTREAM_PUBLISHED: Final = Environment(
    "downstream-published",
    "downstream",
    (_CONSUMERS, ("--no-deps", "frequenz-client-assets==0.6.0")),
)
"""Consumers with the published client."""

DOWNSTREAM_OURS: Final = Environment("downstream-ours", "downstream", (_CONSUMERS,), has_ours=True)
"""The same consumers with our package."""

ALL: Final = (*CLIENTS.values(), BOTH_GENERATIONS, DOWNSTREAM_PUBLISHED, DOWNSTREAM_OURS)


_PIP: Final = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")


async def provide(environments: Sequence[Environment], advance: Callable[[], object]) -> None:
    """Create environments, or update those that are out of date.

    Args:
        environments: The environments.
        advance: Called for each one that is ready.

    Raises:
        UnexpectedError: If a package cannot be installed.
    """
    await asyncio.gather(*map(_provide_published, environments))
    digest = _source_digest()
    stale = [one for one in environments if one.has_ours and not _has_ours(one, digest)]
    with tempfile.TemporaryDirectory(prefix="compatibility-") as folder:
        wheel = await _wheel(Path(folder)) if stale else None
        for one in environments:
            if one in stale:
                await _install(one.python, *_PIP, "--no-deps", "--force-reinstall", str(wheel))
                (one.path / "ours").write_text(digest, encoding="utf-8")
            advance()


async def _provide_published(environment: Environment) -> None:
    versions = _CONSTRAINTS / f"{environment.constraints}.txt"
    content = json.dumps([sys.version, environment.installs, versions.read_text(encoding="utf-8")])
    ready = environment.path / "ready"
    if ready.exists() and ready.read_text(encoding="utf-8") == content:
        return
    await _install(sys.executable, "-m", "venv", "--clear", environment.path)
    for arguments in environment.installs:
        given = (argument.format(versions) for argument in arguments)
        await _install(environment.python, *_PIP, *given)
    ready.write_text(content, encoding="utf-8")


async def _install(*command: str | Path) -> None:
    await output(*command, is_installing=True, seconds=_INSTALL_SECONDS)


async def _wheel(folder: Path) -> Path:
    await _install(sys.executable, "-m", "build", "--wheel", "--outdir", folder, ROOT)
    return _only(folder, "*.whl")


def _only(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


def _has_ours(environment: Environment, digest: str) -> bool:
    ours = environment.path / "ours"
    return ours.exists() and ours.read_text(encoding="utf-8") == digest


def sources() -> Iterable[Path]:
    """Return the files of our package in the source tree."""
    return sorted(
        path for path in _SOURCE.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    )


def installed(source: Path, environment: Environment) -> Path:
    """Return the path of a file of our package in an environment."""
    return environment.packages / source.relative_to(_SOURCE.parent)


def _source_digest() -> str:
    digest = hashlib.sha256()
    for path in (_PROJECT, *sources()):
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
