"""Help, version, completion, the demo, and missing packages."""

import asyncio
import json
import os
import shlex
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Final

import click
import pytest

from frequenz.client.assets.cli import main
from frequenz.client.assets.cli.exits import ExitCode
from frequenz.client.assets.cli.root import COMMANDS
from frequenz.server.assets import AssetsServer
from frequenz.server.assets.demo import FLEETS

from ..fleets import fleet, site
from .running import COMMAND, ENVIRONMENT, Ended, command, invoke, run, start
from .terminal import see

NAMES: Final = [name for section in COMMANDS.values() for name in section]

HEAVY: Final = {"grpc", "google.protobuf", "rich", "yaml", "tomlkit"}
"""Modules that no help needs; that of the root does not need the others either."""


async def test_the_version_is_that_of_the_package() -> None:
    as_module = ("-m", "frequenz.client.assets.cli", "--version")
    ended = await asyncio.gather(start("--version"), start(*as_module, command=sys.executable))

    expected = f"assets-cli, version {version('frequenz-client-assets')}\n".encode()
    assert list(ended) == [Ended(0, expected, "")] * 2


def test_help_names_every_command_global_option_variable_and_exit_code() -> None:
    ended = invoke("--help")

    assert (ended.exit_code, ended.stderr) == (0, "")
    for name in (
        *NAMES,
        *("ASSETS_API_URL", "ASSETS_API_AUTH_KEY", "ASSETS_API_SIGN_SECRET"),
        *("--url", "--auth-key", "--auth-key-file", "--sign-secret", "--sign-secret-file"),
        *("--profile", "--timeout", "--debug", "--color", "--version"),
    ):
        assert name in ended.stdout
    for code in ExitCode:
        assert code.meaning
        assert f"\n    {code.value:<3}  {code.meaning}\n" in ended.stdout


def test_without_a_command_help_is_shown() -> None:
    assert invoke().stdout == invoke("-h").stdout == invoke("--help").stdout
    assert invoke("config").stdout == invoke("config", "--help").stdout


@pytest.mark.parametrize("name", NAMES)
def test_the_help_of_a_command_names_its_options(name: str) -> None:
    ended = invoke(name, "--help")

    assert (ended.exit_code, ended.stderr) == (0, "")
    assert f"Usage: assets-cli {name}" in ended.stdout
    assert max(map(len, ended.stdout.splitlines())) <= 80
    for parameter in command(name).params:
        if isinstance(parameter, click.Option) and not parameter.hidden:
            assert parameter.opts[-1] in ended.stdout


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_the_options_that_need_no_server(name: str) -> None:
    options = {option for parameter in command(name).params for option in parameter.opts}
    assert {"--profile", "--debug", "--color"} <= options


def test_help_imports_nothing_heavy() -> None:
    code = f"""
import sys
from frequenz.client.assets.cli import main
for name in [None, *{NAMES}]:
    sys.argv = ["assets-cli", *filter(None, [name]), "--help"]
    try:
        main()
    except SystemExit as ended:
        assert ended.code == 0
    heavy = {HEAVY} if name else {HEAVY | {"asyncio", "logging"}}
    assert heavy.isdisjoint(sys.modules), (name, heavy & set(sys.modules))
"""
    subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=True)


# Completion ---------------------------------------------------------------------------------------

BASH: Final = """
eval "$(assets-cli completion bash)"
COMP_WORDS=({words})
COMP_CWORD={index}
_assets_cli_completion assets-cli
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


async def test_bash_completes() -> None:
    words = "assets-cli gridpools -o j"
    script = BASH.format(words=words, index=len(words.split()) - 1)
    path = f"{COMMAND.parent}:/usr/bin:/bin"
    ended = await start("-c", script, command="/bin/bash", PATH=path)

    assert (ended.out.decode().split(), ended.err) == (["json", "jsonl"], "")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("micro", ["microgrids", "microgrid"]),
        ("--col", ["--color"]),
        ("gridpools -o j", ["json", "jsonl"]),
        ("electrical-components 1 --category b", ["breaker", "battery"]),
        ("config s", ["set"]),
        ("config set auth", ["auth_key"]),
        ("config unset auth", ["auth_key"]),
        ("completion z", ["zsh"]),
        ("gridpools --fields na", ["name"]),
        ("gridpools --sort na", ["name"]),
        ("microgrids --fields id,nam", ["id,name"]),
        ("diagram 1 --highlight b", ["breaker", "battery"]),
        ("diagram 1 --theme d", ["dark"]),
        ("diagram x", ["x"]),
        ("tree x", ["x"]),  # a file, which the shell completes
    ],
)
async def test_words_are_completed(words: str, expected: list[str]) -> None:
    ended = await run(
        _ASSETS_CLI_COMPLETE="bash_complete",
        COMP_WORDS=f"assets-cli {words}",
        COMP_CWORD=str(len(words.split())),
    )

    assert [line.split(",", 1)[1] for line in ended.out.decode().splitlines()] == expected


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_says_how_to_install_it(shell: str) -> None:
    ended = invoke("completion", shell)

    assert (ended.exit_code, ended.stderr) == (0, "")
    assert f"assets-cli completion {shell}" in ended.stdout.partition("_ASSETS_CLI")[0]
    assert f"_ASSETS_CLI_COMPLETE={shell}_complete" in ended.stdout


async def complete(*words: str, **environment: str) -> list[str]:
    """Return the completions of the last word."""
    ended = await run(
        _ASSETS_CLI_COMPLETE="bash_complete",
        COMP_WORDS=shlex.join(["assets-cli", *words]),
        COMP_CWORD=str(len(words)),
        **environment,
    )
    assert ended.err == ""
    return [line.split(",", 1)[1] for line in ended.out.decode().splitlines() if line]


async def test_profiles_are_completed(tmp_path: Path) -> None:
    path = tmp_path / "assets" / "config.toml"
    path.parent.mkdir()
    path.write_text("[depot]\n[default]\n[other]\n")
    for words in (("--profile", "de"), ("config", "use", "de")):
        assert await complete(*words, XDG_CONFIG_HOME=str(tmp_path)) == ["depot", "default"]
    path.write_text("no TOML")
    assert await complete("--profile", "de", XDG_CONFIG_HOME=str(tmp_path)) == []


async def test_microgrid_ids_are_completed_and_cached(tmp_path: Path) -> None:
    cache = {"XDG_CACHE_HOME": str(tmp_path)}
    sites = fleet(site(201), site(202), site(31))
    async with AssetsServer(sites) as server:
        for words in (("tree", "2"), ("microgrid", "2"), ("gridpools", "--gridpool", "2")):
            expected = [] if words[0] == "gridpools" else ["201", "202"]
            assert await complete("--url", server.url, *words, **cache) == expected
        url = server.url
    assert await complete("--url", url, "microgrids", "--microgrid", "3", **cache) == ["31"]
    for file in (tmp_path / "assets").iterdir():
        assert file.stat().st_mode & 0o077 == 0
        os.utime(file, (0, 0))  # too old
    assert await complete("--url", url, "microgrids", "3", **cache) == []


# The demo -----------------------------------------------------------------------------------------


async def test_the_demo_shows_the_tour() -> None:
    ended = await start("demo")

    assert (ended.code, ended.err) == (0, "")
    for name in ("Depot Hamburg", "Cold store Rotterdam", "Yard of faults", "CIGRE MV benchmark"):
        assert name in ended.out.decode()


def test_the_demo_draws_a_site_into_a_temporary_file(tmp_path: Path) -> None:
    shown = asyncio.run(start("demo", TMPDIR=str(tmp_path))).out.decode()
    (file,) = tmp_path.glob("*/microgrid-202.svg")
    assert f"Single-line diagram: {file}\n" in shown
    assert "Cold store Rotterdam" in file.read_text(encoding="utf-8")


async def test_the_demo_draws_a_site_into_a_file_of_choice(tmp_path: Path) -> None:
    file = tmp_path / "site.png"
    ended = await start("demo", "--to", file)
    assert f"Single-line diagram: {file}\n" in ended.out.decode()
    assert file.read_bytes().startswith(b"\x89PNG")
    for wrong, code in (("-", ExitCode.USAGE), ("x.pdf", ExitCode.USAGE), ("/no/x.svg", 1)):
        ended = await start("demo", "--to", wrong)
        assert (ended.code, ended.out) == (code, b"")


async def test_the_demo_is_short_and_its_hints_can_be_pasted() -> None:
    lines = (await start("demo")).out.decode().splitlines()
    start_of_hints = next(number for number, it in enumerate(lines) if it.startswith("What next"))
    assert len(lines) <= 85
    assert not [line for line in lines[:start_of_hints] if len(line) > 80 or "…" in line]
    commands = [shlex.split(it, comments=True) for it in lines[start_of_hints + 1 :]]
    without_server = [it for it in commands if it[1:2] in (["check"], ["tree"], ["diagram"])]
    assert len(without_server) == 3
    for program, *arguments in without_server:
        ended = await start(*arguments, command=program)
        assert ended.code in {ExitCode.OK, ExitCode.FINDINGS}, ended


def test_the_demo_shows_everything_in_a_terminal_of_80_columns() -> None:
    shown, exit_code = see(["demo"], width=80)
    assert exit_code == ExitCode.OK
    assert "What next" in shown
    assert "…" not in shown


LISTS: Final = {
    "microgrids": ((),),
    "electrical-components": (("100",), ("201",), ("202",), ("203",)),
    "components": ((), ("202",)),
    "component-connections": (("100",), ("201",), ("202",), ("203",)),
    "sensors": (("201",), ("202",)),
    "gridpools": ((),),
    "energy-schedules": (("11",), ("12",)),
    "market-topology": ((), ("--microgrid=201",), ("--microgrid=202",), ("--gridpool=11",)),
}
"""The commands that list something of the fleets of the demo, with their arguments."""


def test_all_lists_are_tested_with_the_fleets_of_the_demo() -> None:
    assert set(LISTS) == {"microgrids", *COMMANDS["List"]}


@pytest.mark.parametrize("name", LISTS)
async def test_no_list_of_the_demo_is_empty(name: str) -> None:
    async with AssetsServer.from_fleet(*FLEETS) as server:
        for arguments in LISTS[name]:
            ended = await run("--url", server.url, name, *arguments, "-o", "json")
            assert ended.code == ExitCode.OK, ended
            assert json.loads(ended.out), arguments


# Missing packages ---------------------------------------------------------------------------------


def test_without_its_extra_the_command_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "frequenz.client.assets.cli.root")
    monkeypatch.setitem(sys.modules, "click", None)  # so that it cannot be imported

    with pytest.raises(SystemExit, match=r"needs the package click.*frequenz-client-assets\[cli\]"):
        main()


@pytest.mark.parametrize(
    ("missing", "line", "extra"),
    [
        ("yaml", "gridpools -o yaml", "cli"),
        ("rich.table", "gridpools -o table", "cli"),
        ("tomlkit", "config set url grpc://localhost", "cli"),
        ("frequenz.microgrid_component_graph", "formulas 1", "topology"),
        ("resvg_py", "diagram 1 --to site.png", "png"),
        ("resvg_py", "diff 1 2 --to site.png", "png"),
        ("openpyxl", "new --template list.xlsx", "excel"),
        ("openpyxl", "export --to list.xlsx", "excel"),
        ("grpc_health.v1", "demo", "server"),
    ],
)
def test_a_command_names_the_package_that_it_lacks(
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


async def test_an_unexpected_error_is_one_line(url: str) -> None:
    code = """
import sys
from frequenz.client.assets.cli import main
from frequenz.client.assets._client import AssetsApiClient
def broken(*_, **__): raise RuntimeError("broken\\nfor good")
AssetsApiClient.list_gridpools = broken
main()
"""
    short, long = [
        await start("-c", code, "gridpools", "--url", url, *more, command=sys.executable)
        for more in ((), ("--debug",))
    ]

    assert [(it.code, it.out) for it in (short, long)] == [(1, b"")] * 2
    message = "assets-cli: unexpected error: RuntimeError: broken for good; please report it"
    assert short.err.startswith(message)
    assert short.err.count("\n") == 1
    assert "Traceback" in long.err
    assert long.err.splitlines()[-1].startswith(message)
