"""The commands `assets-server keys`, and a server with the keys that they make."""

import asyncio
import json
import re
import stat
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner, Result

from frequenz.client.assets import AssetsApiClient, inventory
from frequenz.client.assets.exceptions import ApiClientError
from frequenz.server.assets.cli import main

from .keys import OURS, TWO_ENTERPRISES
from .test_server_cli import serving


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ASSETS_SERVER_ENCRYPTION_KEY", raising=False)


def keys(*arguments: str, key: str | None = "e.key") -> Result:
    """Run `assets-server keys` in this process."""
    encryption = () if key is None else (f"--encryption-key={key}",)
    return CliRunner(catch_exceptions=False).invoke(main, ("keys", *encryption, *arguments))


def added(*arguments: str) -> dict[str, str]:
    """Add a key, and return what is printed about it."""
    result = keys("add", f"--enterprise={OURS}", *arguments)
    assert result.exit_code == 0, result.stderr
    return dict(line.split(": ") for line in result.stdout.splitlines())


def listed() -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads(keys("list", "-o", "json").stdout)
    return rows


def test_a_key_is_added_listed_disabled_enabled_and_removed() -> None:
    first = added("--gridpool=5", "--gridpool=6", "--expires=2100-01-01", "--comment=site office")
    second = added("--without-secret")
    assert first.keys() == {"id", "key", "secret"}
    assert second.keys() == {"id", "key"}
    one, two = listed()
    assert (
        one.items()
        >= {
            "id": first["id"],
            "state": "active",
            "enterprise": OURS,
            "gridpools": [5, 6],
            "expires": "2100-01-01T00:00:00+00:00",
            "secrets": 1,
            "comment": "site office",
        }.items()
    )
    assert (two["id"], two["secrets"], two["expires"]) == (second["id"], 0, "never")
    text = keys("list").stdout
    assert text.splitlines()[0].split()[:4] == ["id", "state", "enterprise", "gridpools"]
    for value in (first["key"], first["secret"], second["key"]):
        assert value not in text + json.dumps(listed())

    for command, state in (("disable", "disabled"), ("enable", "active")):
        assert keys(command, first["id"]).exit_code == 0
        assert listed()[0]["state"] == state
    assert keys("remove", first["id"]).exit_code == 0
    assert [row["id"] for row in listed()] == [second["id"]]


def test_a_secret_is_rotated_in_two_steps() -> None:
    key = added()
    rotated = keys("rotate", key["id"])
    assert re.fullmatch(r"secret: [\w-]{43}\n", rotated.stdout)
    assert "shown only now" in rotated.stderr
    assert [(row["state"], row["secrets"]) for row in listed()] == [("rotating", 2)]
    assert "finish its rotation first" in keys("rotate", key["id"]).stderr
    assert keys("rotate", key["id"], "--finish").exit_code == 0
    assert [(row["state"], row["secrets"]) for row in listed()] == [("active", 1)]


def test_both_files_are_for_their_owner_only() -> None:
    added()
    for name in ("keys.toml", "e.key"):
        assert stat.S_IMODE(Path(name).stat().st_mode) == 0o600


WRONG: Final = {
    "no encryption key": (("add", "--enterprise=7"), None, "give --encryption-key FILE"),
    "no file": (("list",), "e.key", "keys.toml: no such file; `assets-server keys add` creates"),
    "an unknown key": (("remove", "typo"), "e.key", "no such key: 'typo'"),
    "another encryption key": (("list",), "other.key", "other.key: cannot be read: No such file"),
    "no enterprise": (("add",), "e.key", "Missing option '--enterprise'"),
    "enterprise 0": (("add", "--enterprise=0"), "e.key", "0 is not in the range"),
    "a line break": (("add", "--enterprise=7", "--comment=a\nb"), "e.key", "printable characters"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_done_is_an_error_and_changes_nothing(name: str) -> None:
    arguments, key, message = WRONG[name]
    if name != "no file":
        added()
    before = {path.name: path.read_bytes() for path in Path().iterdir()}

    result = keys(*arguments, key=key)

    assert result.exit_code in (1, 2)
    assert message in " ".join(result.stderr.split())
    assert {path.name: path.read_bytes() for path in Path().iterdir()} == before


async def test_a_server_serves_who_has_a_key_of_the_commands() -> None:
    inventory.write(TWO_ENTERPRISES, Path("fleet.json"))
    key = await asyncio.to_thread(added, "--gridpool=5")
    files = "--keys=keys.toml", "--encryption-key=e.key"
    async with serving("fleet.json", "--port=0", *files) as (_, url):
        signing = AssetsApiClient(url, auth_key=key["key"], sign_secret=key["secret"])
        async with signing as client:
            assert [int(it.id) for it in await client.list_microgrids()] == [1, 3]
        async with AssetsApiClient(url) as client:
            with pytest.raises(ApiClientError, match="UNAUTHENTICATED"):
                await client.list_microgrids()
