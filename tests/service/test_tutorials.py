"""The tutorials, walked as they stand there: files are saved, commands run, outputs compared."""

import doctest
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from ..pages import PAGES, ROOT, blocks
from .cli.running import ENVIRONMENT, FOLDER
from .cli.terminal import see

TUTORIALS: Final = [page for page in PAGES if page.startswith("docs/tutorials/")]
WIDTH: Final = 90
SHOWN_URL: Final = "grpc://localhost:9090?ssl=false"

SET_UP: Final = ("make demo", "source .venv/bin/activate", f"export ASSETS_API_URL='{SHOWN_URL}'")
"""Lines of shell that the test environment replaces."""


class Command(NamedTuple):
    """A command of a session, and what it prints."""

    line: str
    output: str


def commands(session: str) -> Iterator[Command]:
    """Yield the commands of a session."""
    for part in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
        line, _, output = part.partition("\n")
        yield Command(line, output)


class Walk:
    """A reader of a tutorial, in a folder of their own."""

    def __init__(self, folder: Path, servers: ExitStack) -> None:
        (folder / "src").symlink_to(ROOT / "src")
        self._folder = folder
        self._servers = servers
        self._url = ""

    def save(self, name: str, text: str) -> None:
        """Save a file, with the URL of the server."""
        (self._folder / name).write_text(text.replace(SHOWN_URL, self._url), encoding="utf-8")

    def serve(self, line: str) -> None:
        """Run `assets-server serve` in the background, on a free port, until it prints the URL."""
        server = self._servers.enter_context(
            subprocess.Popen(
                ["bash", "-c", f"exec {FOLDER / line} --port 0"],
                cwd=self._folder,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        )
        self._servers.callback(server.kill)
        assert server.stdout is not None
        self._url = server.stdout.readline().strip()
        assert self._url, line

    def run(self, line: str) -> str:
        """Return what a command shows on a terminal."""
        program, *arguments = shlex.split(line)
        if program == "assets-cli":
            environment = {"ASSETS_API_URL": self._url, "NO_COLOR": "1"}
            shown, _ = see(arguments, width=WIDTH, environment=environment, folder=self._folder)
        else:
            assert program == "python", line
            done = subprocess.run(
                [sys.executable, *arguments],
                cwd=self._folder,
                env={**ENVIRONMENT, "NO_COLOR": "1", "PYTEST_ADDOPTS": "-p no:asyncio"},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            shown = done.stdout
        return "".join(f"{part.rstrip()}\n" for part in shown.splitlines())


@pytest.mark.parametrize("page", TUTORIALS)
def test_a_tutorial_does_what_it_says(page: str, tmp_path: Path) -> None:
    compared = 0
    with ExitStack() as servers:
        walk = Walk(tmp_path, servers)
        for block in blocks(page):
            if block.title:
                walk.save(block.title, block.text)
            elif block.language == "sh":
                for line in block.text.splitlines():
                    if line not in SET_UP:
                        walk.serve(line)
            else:
                assert block.language == "console", block
                for command in commands(block.text):
                    check(command, walk.run(command.line))
                    compared += 1
    assert compared


def check(command: Command, shown: str) -> None:
    """Compare an output with the page, in which `...` is any text."""
    checker, flags = doctest.OutputChecker(), doctest.ELLIPSIS
    if not checker.check_output(command.output, shown, flags):
        example = doctest.Example(command.line, command.output)
        pytest.fail(f"{command.line}\n{checker.output_difference(example, shown, flags)}")
