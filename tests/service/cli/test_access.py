"""The server and its keys: from flags, the environment, profiles and files."""

import asyncio
import re
from pathlib import Path
from typing import Final

import pytest

from frequenz.client.assets.cli.asking.access import GlobalOptions, resolve_access
from frequenz.client.assets.cli.asking.connection import Connection

from ..test_generations import CURRENT, FIRST, RecordingServer, serving
from .running import NOWHERE, Ended, invoke, run
from .terminal import see

FOUND: Final = Ended(0, b"[]\n", "")

AGAINST: Final = {"ASSETS_API_URL": NOWHERE, "ASSETS_API_AUTH_KEY": "of old"}
"""An environment with another server."""


def profiles(folder: Path, text: str) -> str:
    """Write the file with the profiles; return the folder for XDG_CONFIG_HOME."""
    path = folder / "assets" / "config.toml"
    path.parent.mkdir()
    path.write_text(text)
    return str(folder)


def key(offer: RecordingServer) -> tuple[str | None, bool]:
    """The key of the last call, and whether the call was signed."""
    metadata = offer.metadata.pop()
    return metadata.get("key"), "sig" in metadata


async def test_flags_override_the_environment_which_overrides_the_default_profile(
    tmp_path: Path,
) -> None:
    async with serving(CURRENT) as offer:
        config = {
            "XDG_CONFIG_HOME": profiles(
                tmp_path,
                f"[default]\nurl = '{offer.url}'\nauth_key = 'of default'\n"
                f"[depot]\nurl = '{offer.url}'\nauth_key = 'of depot'\nsign_secret = 's'\n",
            )
        }
        to = ("--url", offer.url)
        file = tmp_path / "key"
        file.write_text("of a file\n")
        cases: list[tuple[tuple[str | Path, ...], dict[str, str], tuple[str | None, bool]]] = [
            ((), {}, ("of default", False)),
            ((), {"ASSETS_API_URL": offer.url}, (None, False)),
            ((), AGAINST | {"ASSETS_API_URL": offer.url}, ("of old", False)),
            (to, AGAINST, ("of old", False)),
            (to, {}, (None, False)),
            (("--profile", "depot"), AGAINST, ("of depot", True)),
            (("--profile", "depot", "--auth-key-file", file), {}, ("of a file", True)),
            ((*to, "--auth-key-file", file), AGAINST, ("of a file", False)),
            ((*to, "--sign-secret-file", file), AGAINST, ("of old", True)),
            ((*to, "--auth-key-file", file), {"ASSETS_API_SIGN_SECRET": "s"}, ("of a file", True)),
        ]
        for arguments, environment, expected in cases:
            ended = await run(*arguments, "gridpools", **(config | environment))
            assert (ended, key(offer)) == (FOUND, expected), (arguments, environment)


async def test_options_after_the_command_override_those_before_it() -> None:
    async with serving(CURRENT) as offer:
        ended = await run("--url", NOWHERE, "--timeout=1", "gridpools", "--url", offer.url)

    assert ended == FOUND


async def test_a_secret_on_the_command_line_works_and_warns_once() -> None:
    async with serving(CURRENT) as offer:
        both = await run("--url", offer.url, "--auth-key=k", "--sign-secret=s", "gridpools")
        assert key(offer) == ("k", True)
        one = await run("gridpools", "--url", offer.url, "--auth-key", "k")
        assert key(offer) == ("k", False)

    assert (both.code, both.out, one.code, one.out) == (0, b"[]\n", 0, b"[]\n")
    assert re.fullmatch(
        r"assets-cli: --auth-key and --sign-secret: visible in the list of processes; .*\n",
        both.err,
    )
    assert re.fullmatch(r"assets-cli: --auth-key: visible in the list of processes; .*\n", one.err)


def test_it_warns_once_for_several_servers(capsys: pytest.CaptureFixture[str]) -> None:
    options = GlobalOptions(url=NOWHERE, auth_key="k", exposed=["--auth-key"])
    connection = Connection(options)

    for it in (connection.to_url("grpc://there"), connection):
        assert resolve_access(it.options).auth_key == "k"

    assert capsys.readouterr().err.count("visible in the list of processes") == 1


def test_a_profile_has_its_own_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "[depot]\nurl = 'grpc://depot'\n"
    monkeypatch.setenv("XDG_CONFIG_HOME", profiles(tmp_path, text))
    options = GlobalOptions(url=NOWHERE, auth_key="k", timeout=3)

    depot = Connection(options).to_profile("depot").options

    assert resolve_access(depot)[:3] == ("grpc://depot", None, None)
    assert depot.timeout == 3


def test_without_a_server_the_error_names_three_ways_to_set_one(tmp_path: Path) -> None:
    ended = invoke("gridpools", XDG_CONFIG_HOME=str(tmp_path))

    assert (ended.exit_code, ended.stdout) == (2, "")
    assert ended.stderr == (
        "assets-cli: no server: use --url URL, set ASSETS_API_URL, or run"
        " `assets-cli config set url URL`\n"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no TOML", "config.toml: "),
        (f"x = {'9' * 5000}", "config.toml: "),
        ("url = 'u'", "config.toml: url: must be in a [profile] table; edit the file to fix it"),
        ("[default]", "url: missing; `assets-cli --profile default config set url` sets it"),
        (
            "[default]\nurl = 5",
            "url: expected a string; `assets-cli --profile default config set url`",
        ),
        ("[default]\nurl = 1979-05-27", "url: expected a string; `assets-cli --profile default"),
        (
            "[default]\nurl = 'u'\nkey = 'secret'",
            "key: unknown entry; expected one of: url, auth_key, sign_secret;"
            " `assets-cli --profile default config unset key` removes it",
        ),
        (
            "[default]\nurl = 'u'",
            "config.toml: url: scheme: expected grpc://HOST[:PORT][?PARAMETER=VALUE&...], grpc+dns://"
            " or grpc+unix://, got 'u'; fix it, or use --url URL",
        ),
        (
            f"[default]\nurl = '{NOWHERE}'\nauth_key = ' k'",
            "config.toml: auth_key: must not start or end with whitespace; fix it, or use"
            " --auth-key-file FILE",
        ),
    ],
)
def test_an_invalid_profile_is_reported_with_the_way_to_fix_it(
    tmp_path: Path, text: str, words: str
) -> None:
    ended = invoke("gridpools", XDG_CONFIG_HOME=profiles(tmp_path, text))

    assert (ended.exit_code, ended.stdout) == (1, "")
    assert words in ended.stderr
    assert "--help" not in ended.stderr
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("line", "environment", "words"),
    [
        ("gridpools --url u", {}, "assets-cli: --url: scheme: expected"),
        ("gridpools", {"ASSETS_API_URL": "u"}, "assets-cli: ASSETS_API_URL: scheme: expected"),
        ("diff grpc:// 1", {}, "assets-cli: the URL: host: missing"),
        (f"gridpools --url {NOWHERE} --auth-key ü", {}, "assets-cli: --auth-key: must only"),
        (f"gridpools --url {NOWHERE} --sign-secret s", {}, "assets-cli: --sign-secret: requires"),
        (
            f"gridpools --url {NOWHERE}",
            {"FREQUENZ_API_KEY": "ü"},
            "characters; fix it, or use --auth-key-file FILE\n",
        ),
        (
            f"gridpools --url {NOWHERE} --auth-key-file FILE",
            {},
            "assets-cli: --auth-key-file: must",
        ),
    ],
)
def test_an_invalid_argument_is_named_after_its_origin(
    tmp_path: Path, line: str, environment: dict[str, str], words: str
) -> None:
    (tmp_path / "key").write_text("ü")
    arguments = line.replace("FILE", str(tmp_path / "key")).split()
    ended = invoke(*arguments, **({"ASSETS_API_URL": NOWHERE} | environment))

    assert (ended.exit_code, ended.stdout) == (2, "")
    assert words in ended.stderr
    assert "server_url" not in ended.stderr


@pytest.mark.parametrize(
    "line",
    [
        "--auth-key microgrids",
        "--auth-key microgrids gridpools",
        "gridpools --auth-key microgrids",
        "--sign-secret check",
    ],
)
def test_the_name_of_a_command_is_not_used_as_a_secret(line: str) -> None:
    ended = invoke(*line.split(), ASSETS_API_URL=NOWHERE)

    assert (ended.exit_code, ended.stdout) == (2, "")
    assert "is a command; put --" in ended.stderr
    assert ended.stderr.count("\n") == 1


async def test_unreadable_profiles_are_reported(tmp_path: Path) -> None:
    (tmp_path / "assets" / "config.toml").mkdir(parents=True)
    ended = await run("gridpools", XDG_CONFIG_HOME=str(tmp_path))

    assert (ended.code, ended.out) == (1, b"")
    assert ended.err.endswith("config.toml: Is a directory\n")


def test_a_key_file_that_is_not_text_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(b"\xff")
    ended = invoke("gridpools", "--url", NOWHERE, "--auth-key-file", file)

    assert (ended.exit_code, ended.stdout) == (2, "")
    assert f"{file}: expected text in UTF-8 (" in ended.stderr


@pytest.mark.parametrize("option", ["--auth-key-file", "--sign-secret-file"])
async def test_a_byte_order_mark_is_not_part_of_a_key(option: str, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("of a file\n", encoding="utf-8-sig")
    async with serving(CURRENT) as offer:
        ended = await run("--url", offer.url, "gridpools", "--auth-key-file", file, option, file)
        assert ended.code == 0
        assert key(offer) == ("of a file", option == "--sign-secret-file")

    file.write_text("of a file", encoding="utf-16")
    refused = invoke("--url", NOWHERE, "gridpools", option, file)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr == (
        f"assets-cli: {option}: {file}: the file is UTF-16; save it as UTF-8"
        " (see `assets-cli gridpools --help`)\n"
    )


async def test_a_key_is_prompted_for_without_echo() -> None:
    async with serving(CURRENT) as offer:
        line = ("gridpools", "--url", offer.url, "--auth-key")
        shown, code = await asyncio.to_thread(see, line, typed="hunter2\n", prompt="Key: ")
        assert key(offer) == ("hunter2", False)

    assert code == 0
    assert "Key: " in shown
    assert "hunter2" not in shown


async def test_a_server_of_the_first_generation_is_named_as_such() -> None:
    async with serving(FIRST) as offer:
        refused = await run("--url", offer.url, "gridpools")

    assert "key" not in offer.metadata[0]
    assert (refused.code, refused.out) == (1, b"")
    assert "first generation of the API (frequenz.api.assets.v1)" in refused.err
    assert refused.err.count("\n") == 1
