"""The environments that hold what was published, and how they come to be."""

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

from ._processes import ROOT, output

_CONSTRAINTS: Final = Path(__file__).resolve().parent / "constraints"
_INSTALL_SECONDS: Final = 600.0
_SOURCE: Final = ROOT / "src" / "frequenz"
_PROJECT: Final = ROOT / "pyproject.toml"

OUR_VERSION: Final[str] = tomllib.loads(_PROJECT.read_text(encoding="utf-8"))["project"]["version"]


@dataclass(frozen=True)
class Environment:
    """An environment in the project's root."""

    name: str

    constraints: str
    """The file with the versions of everything that is in it, except for what is below."""

    installs: tuple[tuple[str, ...], ...]
    """The arguments of pip, turn by turn; `{}` stands for the file with the versions."""

    has_ours: bool = False
    """Whether our package is put into it, without its pins."""

    @property
    def path(self) -> Path:
        """Where it is."""
        return ROOT / f".venv-compat-{self.name}"

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.path / "bin" / "python"

    def program(self, name: str) -> tuple[str | Path, ...]:
        """Return the command that runs one of its programs, and sees nothing from outside."""
        return self.python, "-I", self.path / "bin" / name

    def script(self, path: Path) -> tuple[str | Path, ...]:
        """Return the command that runs a script in it, which sees nothing from outside."""
        return self.python, "-I", path

    @property
    def packages(self) -> Path:
        """Where its packages are."""
        return _only(self.path / "lib", "python3*/site-packages")


def _client(release: str) -> Environment:
    name = f"client-{release}"
    return Environment(name, name, (("-c", "{}", f"frequenz-client-assets[cli]=={release}"),))


CLIENTS: Final = {release: _client(release) for release in ("0.3.1", "0.5.0", "0.6.0")}
"""The published clients."""

# pip has but one release of a package in an environment, so the second one goes over the first.
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
    """Make environments what they should be; what is as it should be is left alone.

    Args:
        environments: Which ones.
        advance: Called for each one that is ready.

    Raises:
        UnexpectedError: If something cannot be installed.
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
    made_of = json.dumps([sys.version, environment.installs, versions.read_text(encoding="utf-8")])
    ready = environment.path / "ready"
    if ready.exists() and ready.read_text(encoding="utf-8") == made_of:
        return
    await _install(sys.executable, "-m", "venv", "--clear", environment.path)
    for arguments in environment.installs:
        given = (argument.format(versions) for argument in arguments)
        await _install(environment.python, *_PIP, *given)
    ready.write_text(made_of, encoding="utf-8")


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


def place(source: Path, environment: Environment) -> Path:
    """Return where a file of our package is installed."""
    return environment.packages / source.relative_to(_SOURCE.parent)


def _source_digest() -> str:
    digest = hashlib.sha256()
    for path in (_PROJECT, *sources()):
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
