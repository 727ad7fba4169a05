"""Where a client gets its URL, key and secret: the environment, or a profile of the user."""

import hmac
import os
import pwd
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any, Final

import grpc.aio
import pytest

from frequenz.client.assets import AssetsApiClient, CallPolicy
from frequenz.client.assets._transport.profiles import (
    KEY_VARIABLES,
    InvalidProfilesError,
    NoServerError,
    find_access,
    profiles_path,
)
from frequenz.client.assets.exceptions import OperationNotImplemented

URL: Final = "grpc://from.the.environment:1?ssl=false"
SECRET: Final = "hunter2"


@pytest.fixture(autouse=True)
def config(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The path of the file with the profiles, which does not exist yet; no URL or key is set."""
    for name in ("ASSETS_API_URL", *(name for names in KEY_VARIABLES for name in names)):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "assets" / "config.toml"


def write(path: Path, text: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def set_all(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)


# The environment ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variables", "keys"),
    [
        ({}, (None, None)),
        ({"ASSETS_API_AUTH_KEY": "a"}, ("a", None)),
        ({"ASSETS_API_AUTH_KEY": "a", "ASSETS_API_SIGN_SECRET": "s"}, ("a", "s")),
        ({"ASSETS_API_KEY": "b"}, ("b", None)),
        ({"ASSETS_API_KEY": "b", "ASSETS_API_SECRET": "t"}, ("b", "t")),
        ({"FREQUENZ_API_KEY": "c"}, ("c", None)),
        ({"FREQUENZ_API_KEY": "c", "FREQUENZ_API_SECRET": "u"}, ("c", "u")),
        ({"ASSETS_API_AUTH_KEY": "a", "ASSETS_API_SECRET": "t"}, ("a", None)),
        (
            {
                "ASSETS_API_AUTH_KEY": "a",
                "ASSETS_API_KEY": "b",
                "ASSETS_API_SECRET": "t",
                "FREQUENZ_API_KEY": "c",
                "FREQUENZ_API_SECRET": "u",
            },
            ("a", None),
        ),
        (
            {"ASSETS_API_KEY": "b", "FREQUENZ_API_KEY": "c", "FREQUENZ_API_SECRET": "u"},
            ("b", None),
        ),
        (
            {"ASSETS_API_KEY": "b", "ASSETS_API_SECRET": "t", "FREQUENZ_API_KEY": "c"},
            ("b", "t"),
        ),
        ({"ASSETS_API_AUTH_KEY": "", "ASSETS_API_KEY": "b"}, ("b", None)),
        ({"ASSETS_API_AUTH_KEY": "a", "ASSETS_API_SIGN_SECRET": ""}, ("a", None)),
    ],
)
def test_key_and_secret_are_those_of_the_first_pair_of_variables(
    variables: dict[str, str],
    keys: tuple[str | None, str | None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_all(monkeypatch, ASSETS_API_URL=URL, **variables)
    assert find_access()[:3] == (URL, *keys)


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        *(
            ({secret: SECRET}, f"{secret} is set, but {key} is not; a secret requires its key")
            for key, secret in KEY_VARIABLES
        ),
        (
            {"ASSETS_API_SIGN_SECRET": SECRET, "ASSETS_API_KEY": "b"},
            "ASSETS_API_SIGN_SECRET is set, but ASSETS_API_AUTH_KEY is not;"
            " a secret requires its key",
        ),
    ],
)
def test_a_secret_without_the_key_of_its_pair_is_refused(
    variables: dict[str, str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_all(monkeypatch, ASSETS_API_URL=URL, **variables)
    with pytest.raises(ValueError) as refused:
        AssetsApiClient.from_env()
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("variables", "part"),
    [
        ({"ASSETS_API_URL": "nonsense"}, "server_url: scheme"),
        ({"ASSETS_API_URL": URL, "ASSETS_API_KEY": f"{SECRET}\n"}, "auth_key"),
        (
            {"ASSETS_API_URL": URL, "ASSETS_API_KEY": "k", "ASSETS_API_SECRET": f" {SECRET}"},
            "sign_secret",
        ),
    ],
)
def test_the_message_names_the_invalid_argument(
    variables: dict[str, str], part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_all(monkeypatch, **variables)
    with pytest.raises(ValueError, match=part) as refused:
        AssetsApiClient.from_env()
    assert SECRET not in str(refused.value)


# Profiles -----------------------------------------------------------------------------------------

PROFILES: Final = f"""
[default]
url = "grpc://from.the.default:1"

[depot]
url = "grpc://from.the.profile:1"
auth_key = "the key"
sign_secret = "{SECRET}"

[half]
url = "grpc://half"
auth_key = "the key"
"""

OF_DEFAULT: Final = ("grpc://from.the.default:1", None, None)
OF_DEPOT: Final = ("grpc://from.the.profile:1", "the key", SECRET)


@pytest.mark.parametrize(
    ("profile", "access"),
    [
        ("depot", OF_DEPOT),
        ("half", ("grpc://half", "the key", None)),
        ("default", OF_DEFAULT),
        (None, OF_DEFAULT),
    ],
)
def test_a_profile_sets_url_key_and_secret(
    profile: str | None, access: tuple[str | None, ...], config: Path
) -> None:
    write(config, PROFILES)
    assert find_access(profile)[:3] == access


def test_a_profile_wins_over_the_environment_which_wins_over_the_default_profile(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(config, PROFILES)
    set_all(monkeypatch, ASSETS_API_URL=URL, ASSETS_API_KEY="b", ASSETS_API_SECRET="t")
    assert find_access("depot")[:3] == OF_DEPOT
    assert find_access("half")[:3] == ("grpc://half", "the key", None)
    assert find_access()[:3] == (URL, "b", "t")
    monkeypatch.setenv("ASSETS_API_URL", "")
    assert find_access()[:3] == OF_DEFAULT


def test_the_environment_needs_no_readable_profiles(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(config, "no TOML")
    monkeypatch.setenv("ASSETS_API_URL", URL)
    assert find_access()[:3] == (URL, None, None)


GIVEN: Final = "grpc://given:1"


@pytest.mark.parametrize(
    ("profile", "given", "variables", "access"),
    [
        (None, {"url": GIVEN}, {}, (GIVEN, None, None)),
        (None, {"url": GIVEN}, {"ASSETS_API_URL": URL, "ASSETS_API_KEY": "b"}, (GIVEN, "b", None)),
        (None, {"auth_key": "g"}, {}, (OF_DEFAULT[0], "g", None)),
        (None, {"auth_key": "g"}, {"ASSETS_API_URL": URL, "ASSETS_API_KEY": "b"}, (URL, "g", None)),
        (
            None,
            {"auth_key": "g"},
            {"ASSETS_API_URL": URL, "ASSETS_API_SIGN_SECRET": "t"},
            (URL, "g", "t"),
        ),
        (
            None,
            {"sign_secret": "g"},
            {"ASSETS_API_URL": URL, "ASSETS_API_KEY": "b", "ASSETS_API_SECRET": "t"},
            (URL, "b", "g"),
        ),
        ("depot", {"url": GIVEN}, {"ASSETS_API_KEY": "b"}, (GIVEN, "the key", SECRET)),
        ("depot", {"auth_key": "g", "sign_secret": "h"}, {}, (OF_DEPOT[0], "g", "h")),
    ],
)
def test_arguments_win_over_everything_else(  # noqa: PLR0917 - the columns of the table, and fixtures
    profile: str | None,
    given: dict[str, str],
    variables: dict[str, str],
    access: tuple[str | None, ...],
    config: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write(config, PROFILES)
    set_all(monkeypatch, **variables)
    assert find_access(profile, **given)[:3] == access


def test_a_profile_needs_no_url_if_one_is_given(config: Path) -> None:
    write(config, "[keys]\nauth_key = 'k'")
    assert find_access("keys", url=GIVEN)[:3] == (GIVEN, "k", None)


def test_a_given_url_needs_no_readable_profiles(config: Path) -> None:
    write(config, "no TOML")
    assert find_access(url=GIVEN)[:3] == (GIVEN, None, None)


@pytest.mark.parametrize("home", ["", "relative"])
def test_without_home_the_home_directory_of_the_account_is_used(
    home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", home)
    monkeypatch.delenv("XDG_CONFIG_HOME")
    account = Path(pwd.getpwuid(os.getuid()).pw_dir)
    assert profiles_path() == account / ".config" / "assets" / "config.toml"


def test_an_account_without_a_home_directory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(_: int) -> None:
        raise KeyError

    monkeypatch.setenv("HOME", "")
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    with pytest.raises(InvalidProfilesError, match="set HOME or XDG_CONFIG_HOME"):
        find_access()


@pytest.mark.parametrize("value", [None, "", "relative", "./x"])
def test_the_profiles_are_in_the_config_folder_of_the_user(
    value: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert profiles_path() == tmp_path / "config" / "assets" / "config.toml"
    if value is None:
        monkeypatch.delenv("XDG_CONFIG_HOME")
    else:
        monkeypatch.setenv("XDG_CONFIG_HOME", value)
    path = tmp_path / "home" / ".config" / "assets" / "config.toml"
    assert profiles_path() == path
    write(path, PROFILES)
    assert find_access("depot")[:3] == OF_DEPOT


@pytest.mark.parametrize(
    ("text", "profile", "message"),
    [
        (None, "depot", "No such profile: 'depot' (available in PATH: none)"),
        ("", "depot", "No such profile: 'depot' (available in PATH: none)"),
        (PROFILES, "yard", "No such profile: 'yard' (available in PATH: default, depot, half)"),
        (PROFILES, "", "No such profile: '' (available in PATH: default, depot, half)"),
        ("[depot]\nauth_key = 'hunter2'", "depot", "profile 'depot' in PATH: url: missing"),
        ("[default]", None, "profile 'default' in PATH: url: missing"),
        ("[depot]\nurl = 5", "depot", "profile 'depot' in PATH: url: expected a string"),
        (
            "[depot]\nurl = 'u'\nauth_key = ['hunter2']",
            "depot",
            "profile 'depot' in PATH: auth_key: expected a string",
        ),
        (
            "[depot]\nurl = 'u'\nsign_secret = {hunter2 = 1}",
            "depot",
            "profile 'depot' in PATH: sign_secret: expected a string",
        ),
        (
            "[depot]\nurl = 'u'\nsecret = 'hunter2'",
            "depot",
            "profile 'depot' in PATH: secret: unknown entry; expected one of:"
            " url, auth_key, sign_secret",
        ),
        ("url = 'hunter2'", "depot", "PATH: url: must be in a [profile] table"),
        ("url = 'hunter2'", None, "PATH: url: must be in a [profile] table"),
        ("[depot", "depot", "PATH: "),
        ("[depot]\nauth_key = hunter2", "depot", "PATH: "),
        ("[depot]\nauth_key = 'hunter2", "depot", "PATH: "),
        (b"[depot]\nauth_key = '\xff'", None, "PATH: "),
    ],
)
def test_the_message_names_the_problem_of_a_profile(
    text: str | bytes | None, profile: str | None, message: str, config: Path
) -> None:
    if text is not None:
        write(config, text)
    with pytest.raises(ValueError) as refused:
        AssetsApiClient.from_env(profile)
    found = str(refused.value).replace(str(config), "PATH")
    assert found.startswith(message) if message == "PATH: " else found == message
    assert SECRET not in found


def test_a_byte_order_mark_is_ignored_and_utf_16_is_an_error(config: Path) -> None:
    text = "[depot]\nurl = 'grpc://127.0.0.1:1?ssl=false'\n"
    write(config, text.encode("utf-8-sig"))
    assert AssetsApiClient.from_env("depot").server_url == "grpc://127.0.0.1:1?ssl=false"

    write(config, text.encode("utf-16"))
    with pytest.raises(ValueError, match="the file is UTF-16; save it as UTF-8"):
        AssetsApiClient.from_env("depot")


@pytest.mark.parametrize("profile", ["depot", None])
def test_a_file_that_cannot_be_read_is_an_error_that_names_it(
    profile: str | None, config: Path
) -> None:
    config.mkdir(parents=True)
    with pytest.raises(OSError, match=r"config\.toml"):
        AssetsApiClient.from_env(profile)


def test_without_a_url_the_message_names_the_ways_to_set_one(config: Path) -> None:
    expected = (
        f"no server URL: set ASSETS_API_URL, or add a profile [default] with a url to {config}"
    )
    with pytest.raises(NoServerError) as missing:
        AssetsApiClient.from_env()
    assert str(missing.value) == expected

    write(config, "[depot]\nurl = 'u'")
    with pytest.raises(ValueError) as of_others:
        AssetsApiClient.from_env()
    assert str(of_others.value) == expected


# How they are used --------------------------------------------------------------------------------


def test_key_and_secret_are_not_shown(config: Path) -> None:
    write(config, PROFILES)
    access = find_access("depot")
    for shown in (repr(access), str(access), f"{access}", repr([access])):
        assert shown.strip("[]") == "Access(url='grpc://from.the.profile:1')"
    assert SECRET not in repr(AssetsApiClient.from_env("depot", connect=False))


def test_other_arguments_go_to_the_constructor(monkeypatch: pytest.MonkeyPatch) -> None:
    class Derived(AssetsApiClient):
        """A subclass of a user."""

    monkeypatch.setenv("ASSETS_API_URL", URL)
    client = Derived.from_env(connect=False, policy=CallPolicy(timeout=7))
    assert type(client) is Derived
    assert client.server_url == URL
    assert not client.is_connected
    assert client._policy.timeout == 7
    with pytest.raises(TypeError, match="nonsense"):
        AssetsApiClient.from_env(nonsense=1)


class Recorder(grpc.GenericRpcHandler):
    """Refuses every call, and records its metadata."""

    def __init__(self) -> None:
        self.metadata: dict[str, Any] = {}

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> None:
        self.metadata = dict(handler_call_details.invocation_metadata)


@pytest.mark.parametrize("source", ["environment", "profile"])
async def test_key_and_secret_arrive_at_the_server(
    source: str, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder()
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((recorder,))
    url = f"grpc://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}?ssl=false"
    await server.start()
    if source == "profile":
        keys = f"auth_key = 'the key'\nsign_secret = '{SECRET}'"
        write(config, f"[default]\nurl = '{url}'\n{keys}")
    else:
        set_all(
            monkeypatch,
            ASSETS_API_URL=url,
            FREQUENZ_API_KEY="the key",
            FREQUENZ_API_SECRET=SECRET,
        )
    try:
        async with AssetsApiClient.from_env(api_version="v1alpha1") as client:
            with pytest.raises(OperationNotImplemented):
                await client.list_gridpools()
    finally:
        await server.stop(None)
    received = recorder.metadata
    assert received["key"] == "the key"
    signed = hmac.new(SECRET.encode(), digestmod="sha256")
    for part in (received["key"], received["ts"], received["nonce"], "ListGridpools"):
        signed.update(part.encode())
    assert received["sig"] == urlsafe_b64encode(signed.digest()).decode().rstrip("=")
    assert SECRET not in str(received)
