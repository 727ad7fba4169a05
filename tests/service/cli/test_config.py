"""Profiles: how `config` shows and changes them, and how commands use them."""

import asyncio
import json
import stat
from pathlib import Path
from typing import Final

import pytest

from ..test_generations import CURRENT, serving
from .running import Ended, invoke, run
from .terminal import see

URL: Final = "grpc://localhost:1?ssl=false"

COMMENTED: Final = """\
# Servers

[depot]  # the one in Hamburg
url = "grpc://old"  # not for long
auth_key = 'kept'
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "assets" / "config.toml"


def config(path: Path, *arguments: str, typed: str = "") -> Ended:
    folder = str(path.parents[1])
    ended = invoke("config", *arguments, typed=typed, XDG_CONFIG_HOME=folder)
    return Ended(ended.exit_code, ended.stdout_bytes, ended.stderr)


def test_an_entry_that_is_set_can_be_read(path: Path) -> None:
    assert config(path, "set", "url", URL) == Ended(0, b"", "")
    assert config(path, "get", "url") == Ended(0, f"{URL}\n".encode(), "")
    assert path.read_text() == f'[default]\nurl = "{URL}"\n'
    assert config(path, "path") == Ended(0, f"{path}\n".encode(), "")


def test_only_the_owner_can_read_it(path: Path) -> None:
    config(path, "set", "url", URL)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    config(path, "set", "url", URL)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_rest_of_the_file_stays_as_it_is(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(COMMENTED)

    config(path, "set", "url", URL, "--profile", "depot")

    assert path.read_text() == COMMENTED.replace("grpc://old", URL)


def test_a_link_stays_one(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    real = tmp_path / "dotfiles.toml"
    real.write_text(COMMENTED)
    path.symlink_to(real)

    config(path, "set", "url", URL)

    assert path.is_symlink()
    assert URL in real.read_text()
    assert [*tmp_path.glob(".config-*")] == []


def test_a_secret_is_read_from_a_pipe_and_never_shown(path: Path) -> None:
    assert config(path, "set", "auth_key", typed="hunter2\n") == Ended(0, b"", "")
    assert 'auth_key = "hunter2"' in path.read_text()
    assert config(path, "get", "auth_key") == Ended(0, b"********\n", "")
    for form in ("table", "json", "jsonl", "yaml", "csv"):
        listed = config(path, "list", "-o", form)
        assert listed.code == 0
        assert b"********" in listed.out
        assert b"hunter2" not in listed.out


def test_a_secret_on_the_command_line_works_and_warns(path: Path) -> None:
    ended = config(path, "set", "sign_secret", "hunter2")

    assert (ended.code, ended.out) == (0, b"")
    assert "visible in the list of processes" in ended.err
    assert "hunter2" not in ended.err
    assert "hunter2" in path.read_text()


def test_a_secret_is_prompted_for_without_echo(path: Path) -> None:
    shown, code = see(
        ("config", "set", "auth_key"),
        typed="hunter2\n",
        prompt="auth_key: ",
        environment={"XDG_CONFIG_HOME": str(path.parents[1])},
    )

    assert code == 0
    assert "hunter2" not in shown
    assert "hunter2" in path.read_text()


def test_all_profiles_are_listed(path: Path) -> None:
    config(path, "set", "url", URL)
    config(path, "--profile", "depot", "set", "url", "grpc://depot")

    assert json.loads(config(path, "list").out) == [
        {"profile": "default", "url": URL, "auth_key": None, "sign_secret": None},
        {"profile": "depot", "url": "grpc://depot", "auth_key": None, "sign_secret": None},
    ]
    assert config(path, "list", "-o", "csv", "--fields", "profile,url").out.decode() == (
        f"profile,url\ndefault,{URL}\ndepot,grpc://depot\n"
    )


def test_without_a_file_there_are_no_profiles(path: Path) -> None:
    assert config(path, "list") == Ended(0, b"[]\n", "")
    assert config(path, "get", "url", "--profile", "x").code == 3
    assert not path.exists()


@pytest.mark.parametrize("text", ["no TOML", "url = 'x'", "[a"])
def test_an_invalid_file_is_reported_and_not_changed(path: Path, text: str) -> None:
    path.parent.mkdir()
    path.write_text(text)

    for arguments in (("list",), ("get", "url"), ("set", "url", URL)):
        ended = config(path, *arguments)

        assert (ended.code, ended.out) == (1, b"")
        assert ended.err.startswith(f"assets-cli: {path}: ")
        assert ended.err.count("\n") == 1
        assert path.read_text() == text


@pytest.mark.parametrize("arguments", [("list",), ("set", "url", URL)])
def test_an_unreadable_file_is_reported(path: Path, arguments: tuple[str, ...]) -> None:
    path.mkdir(parents=True)

    assert config(path, *arguments) == Ended(1, b"", f"assets-cli: {path}: Is a directory\n")


async def test_a_folder_that_cannot_be_created_is_reported(tmp_path: Path) -> None:
    (tmp_path / "assets").write_text("a file")
    ended = await run("config", "set", "url", URL, XDG_CONFIG_HOME=str(tmp_path))

    assert (ended.code, ended.out) == (1, b"")
    assert ended.err.count("\n") == 1
    assert str(tmp_path / "assets") in ended.err


@pytest.mark.parametrize("value", ["", " hunter2", "hunter2\n", "hunter2ü"])
def test_an_invalid_key_is_refused(path: Path, value: str) -> None:
    ended = config(path, "set", "auth_key", value)

    assert (ended.code, ended.out) == (2, b"")
    assert not path.exists()
    assert "hunter2" not in ended.err
    assert ended.err.count("\n") == 1


async def test_commands_use_a_profile(path: Path) -> None:
    folder = {"XDG_CONFIG_HOME": str(path.parents[1])}
    async with serving(CURRENT) as offer:
        await run("config", "set", "url", offer.url, **folder)
        await run("config", "set", "auth_key", typed="k\n", **folder)
        ended = await run("gridpools", **folder)

    assert ended == Ended(0, b"[]\n", "")
    assert offer.metadata[0]["key"] == "k"


async def test_concurrent_changes_leave_a_valid_file(path: Path) -> None:
    folder = {"XDG_CONFIG_HOME": str(path.parents[1])}
    names = [f"p{number}" for number in range(4)]
    ended = await asyncio.gather(
        *(run("config", "set", "--profile", name, "url", URL, **folder) for name in names)
    )

    assert {it.code for it in ended} == {0}
    listed = json.loads(config(path, "list").out)
    assert {entry["profile"] for entry in listed} <= set(names)
    assert listed


def test_an_entry_is_removed_and_its_profile_with_the_last_one(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(COMMENTED + "api_key = 'k'\n")

    for entry in ("api_key", "auth_key"):
        assert config(path, "unset", entry, "--profile", "depot") == Ended(0, b"", "")

    assert path.read_text() == COMMENTED.replace("auth_key = 'kept'\n", "")
    assert config(path, "unset", "url", "--profile", "depot") == Ended(0, b"", "")
    assert "depot" not in config(path, "list").out.decode()
    assert config(path, "unset", "url", "--profile", "depot").code == 3


def test_invalid_entries_are_reported_beside_the_list(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("[a]\nurl = 1979-05-27\napi_key = 'hunter2'\n[b]\nurl = 5\n[c]\nurl = 'u'\n")

    ended = config(path, "list")

    assert ended.code == 1
    assert [entry["url"] for entry in json.loads(ended.out)] == [None, None, "u"]
    lines = ended.err.splitlines()
    assert [line.partition(".toml: ")[2].partition(";")[0] for line in lines] == [
        *("url: expected a string", "api_key: unknown entry", "url: expected a string"),
    ]
    assert "hunter2" not in ended.err
    assert config(path, "get", "url", "--profile", "b").code == 1


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("grpc://user:hunter2@host", "grpc://********@host"),
        ("grpc://user:hunt://er2@x@host:1?ssl=false", "grpc://********@host:1?ssl=false"),
        ("user:hunter2@host", "********@host"),
        ("user:hunter2://x@host", "********@host"),
        ("grpc:/user:hunter2://x@host", "********@host"),
        ("user:hunter2@grpc://host", "********@grpc://host"),
        ("grpc://user:?hunter2=t@host", "grpc://********@host"),
        ("grpc://user:?ssl=hunter2@host", "grpc://********@host"),
        ("grpc+unix:///run/a@b.sock", "grpc+unix:///run/a@b.sock"),
        ("grpc://h?ssl_private_key_path=/a@b", "grpc://h?ssl_private_key_path=/a@b"),
    ],
)
def test_a_password_in_a_url_is_never_shown(path: Path, written: str, shown: str) -> None:
    path.parent.mkdir()
    path.write_text(f"[default]\nurl = '{written}'\n")

    assert config(path, "get", "url").out.decode() == f"{shown}\n"
    assert json.loads(config(path, "list").out)[0]["url"] == shown


def test_control_characters_are_escaped_on_a_terminal(path: Path) -> None:
    path.parent.mkdir()
    path.write_text('[default]\nurl = "grpc://\\u001b[31mh"\n')

    shown, code = see(
        ("config", "get", "url"), environment={"XDG_CONFIG_HOME": str(path.parents[1])}
    )

    assert (shown, code) == ("grpc://\\x1b[31mh\n", 0)
    assert config(path, "get", "url").out == b"grpc://\x1b[31mh\n"


def test_a_profile_becomes_the_default(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(COMMENTED)

    assert config(path, "use", "depot") == Ended(0, b"", "")

    assert path.read_text().startswith(COMMENTED)
    assert config(path, "get", "url") == Ended(0, b"grpc://old\n", "")
    config(path, "set", "url", URL, "--profile", "other")
    assert config(path, "use", "other").code == 0  # the default is a copy of depot
    assert config(path, "get", "url") == Ended(0, f"{URL}\n".encode(), "")
    assert config(path, "get", "auth_key").code == 3  # no entries of the one before stay


def test_a_default_profile_without_another_name_is_not_lost(path: Path) -> None:
    config(path, "set", "url", URL)
    config(path, "set", "url", "grpc://other", "--profile", "other")
    refused = config(path, "use", "other")
    assert (refused.code, config(path, "get", "url").out) == (1, f"{URL}\n".encode())
    assert "replace it with --force" in refused.err
    assert config(path, "use", "other", "--force").code == 0
    assert config(path, "get", "url").out == b"grpc://other\n"


def test_an_unknown_profile_cannot_become_the_default(path: Path) -> None:
    config(path, "set", "url", URL, "--profile", "depot")
    ended = config(path, "use", "depo")
    assert (ended.code, ended.out) == (3, b"")
    assert ended.err == "assets-cli: No such profile: 'depo' (available: depot)\n"
