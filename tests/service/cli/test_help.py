"""Help, versions, completion, and what is missing."""

import asyncio
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import click
import pytest

from frequenz.client.assets.cli import main
from frequenz.client.assets.cli.root import COMMANDS

from .running import COMMAND, ENVIRONMENT, Ended, command, invoke, run

NAMES: Final = [name for section in COMMANDS.values() for name in section]

HEAVY: Final = {"asyncio", "grpc", "google.protobuf", "rich", "yaml", "tomlkit", "logging"}
"""What the root's help needs nothing of."""


async def test_the_version_is_that_of_the_package() -> None:
    as_module = ("-m", "frequenz.client.assets.cli", "--version")
    told = await asyncio.gather(run("--version"), run(*as_module, command=sys.executable))

    expected = f"assets-cli, version {version('frequenz-client-assets')}\n".encode()
    assert list(told) == [Ended(0, expected, "")] * 2


def test_help_names_every_command_where_settings_come_from_and_the_exit_codes() -> None:
    ended = invoke("--help")

    assert (ended.exit_code, ended.stderr) == (0, "")
    for name in (
        *NAMES,
        *("ASSETS_API_URL", "ASSETS_API_AUTH_KEY", "ASSETS_API_SIGN_SECRET"),
        *("--url", "--auth-key", "--auth-key-file", "--sign-secret", "--sign-secret-file"),
        *("--profile", "--timeout", "--debug", "--color", "--version"),
    ):
        assert name in ended.stdout
    for code in (0, 1, 2, 3, 4, 5, 6, 130, 141):
        assert f"\n    {code:<5}" in ended.stdout


def test_without_a_command_there_is_help() -> None:
    assert invoke().stdout == invoke("-h").stdout == invoke("--help").stdout
    assert invoke("config").stdout == invoke("config", "--help").stdout


@pytest.mark.parametrize("name", NAMES)
def test_the_help_of_a_command_tells_its_options_without_a_server(name: str) -> None:
    ended = invoke(name, "--help")

    assert (ended.exit_code, ended.stderr) == (0, "")
    assert f"Usage: assets-cli {name}" in ended.stdout
    assert max(map(len, ended.stdout.splitlines())) <= 80
    for parameter in command(name).params:
        if isinstance(parameter, click.Option) and not parameter.hidden:
            assert parameter.opts[-1] in ended.stdout


@pytest.mark.parametrize("name", NAMES)
def test_every_command_takes_the_options_that_mean_something_everywhere(name: str) -> None:
    there = {option for parameter in command(name).params for option in parameter.opts}
    assert {"--profile", "--debug", "--color"} <= there


def test_the_root_imports_nothing_heavy() -> None:
    code = f"""
import sys
from frequenz.client.assets.cli import main
sys.argv = ["assets-cli", "--help"]
try:
    main()
except SystemExit as ended:
    assert ended.code == 0
print({HEAVY!r} & set(sys.modules), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "set()\n"


# Completion ---------------------------------------------------------------------------------------

ASK_BASH: Final = """
eval "$(assets-cli completion bash)"
COMP_WORDS=({words})
COMP_CWORD={place}
_assets_cli_completion assets-cli
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("assets-cli micro", ["microgrids", "microgrid"]),
        ("assets-cli --col", ["--color"]),
        ("assets-cli gridpools -o j", ["json", "jsonl"]),
        (
            "assets-cli electrical-components 1 --category b",
            ["breaker", "battery"],
        ),
        ("assets-cli config s", ["set"]),
        ("assets-cli config set auth", ["auth_key"]),
        ("assets-cli completion z", ["zsh"]),
    ],
)
async def test_bash_completes(words: str, expected: list[str]) -> None:
    script = ASK_BASH.format(words=words, place=len(words.split()) - 1)
    path = f"{COMMAND.parent}:/usr/bin:/bin"
    told = await run("-c", script, command="/bin/bash", PATH=path)

    assert told.err == ""
    assert told.out.decode().split() == expected


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
async def test_a_script_says_how_to_install_it(shell: str) -> None:
    told = await run("completion", shell)

    assert (told.code, told.err) == (0, "")
    assert f"assets-cli completion {shell}" in told.out.decode().partition("_ASSETS_CLI")[0]
    assert f"_ASSETS_CLI_COMPLETE={shell}_complete" in told.out.decode()


# The tour -----------------------------------------------------------------------------------------


async def test_the_demo_shows_the_tour() -> None:
    told = await run("demo")

    assert (told.code, told.err) == (0, "")
    for name in ("Depot Hamburg", "Cold store Rotterdam", "Yard of faults", "CIGRE MV benchmark"):
        assert name in told.out.decode()


# What is missing ----------------------------------------------------------------------------------


def test_without_its_extra_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "frequenz.client.assets.cli.root")
    monkeypatch.setitem(sys.modules, "click", None)  # what an import statement cannot find

    with pytest.raises(SystemExit, match=r"needs the package click.*frequenz-client-assets\[cli\]"):
        main()


@pytest.mark.parametrize(
    ("missing", "line", "extra"),
    [
        ("yaml", "gridpools -o yaml", "cli"),
        ("rich.table", "gridpools -o table", "cli"),
        ("tomlkit", "config set url grpc://localhost", "cli"),
        ("frequenz.microgrid_component_graph", "formulas 1", "cli"),
        ("grpc_health.v1", "demo", "server"),
    ],
)
def test_what_is_missing_is_said_by_the_command_that_needs_it(
    url: str, tmp_path: Path, missing: str, line: str, extra: str
) -> None:
    code = f"""
import sys
sys.modules[{missing!r}] = None
from frequenz.client.assets.cli import main
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", code, *line.split()],
        capture_output=True,
        text=True,
        check=False,
        env=ENVIRONMENT | {"ASSETS_API_URL": url, "XDG_CONFIG_HOME": str(tmp_path)},
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("assets-cli: ")
    assert f"needs the package {missing}" in done.stderr
    assert f"pip install 'frequenz-client-assets[{extra}]'" in done.stderr
    assert done.stderr.count("\n") == 1


async def test_what_should_not_happen_is_one_sentence_too(url: str) -> None:
    code = """
import sys
from frequenz.client.assets.cli import main
from frequenz.client.assets._client import AssetsApiClient
def broken(*_, **__): raise RuntimeError("broken\\nfor good")
AssetsApiClient.list_gridpools = broken
main()
"""
    ended: list[Any] = [
        await run("-c", code, "gridpools", "--url", url, *more, command=sys.executable)
        for more in ((), ("--debug",))
    ]

    assert [(told.code, told.out) for told in ended] == [(1, b"")] * 2
    said = "assets-cli: this should not happen: RuntimeError: broken for good; please report it"
    assert ended[0].err.startswith(said)
    assert ended[0].err.count("\n") == 1
    assert "Traceback" in ended[1].err
    assert ended[1].err.splitlines()[-1].startswith(said)
