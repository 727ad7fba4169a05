"""Keys in a file, and who they let in."""

import os
import stat
from base64 import urlsafe_b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from frequenz.server.assets._callers import (
    Callers,
    Keyring,
    KeysError,
    MemoryNonces,
    NoncesFullError,
    NotAuthenticatedError,
    Scope,
)
from frequenz.server.assets._callers.key_file import KeyFile
from frequenz.server.assets._callers.keys import (
    Key,
    Keys,
    changed,
    new_key,
    with_new_secret,
    with_newest_secret,
)
from frequenz.server.assets._callers.secret_box import VARIABLE, SecretBox

from .calls import METHOD, NOW, metadata, signed

LATER = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def box(tmp_path: Path) -> SecretBox:
    return SecretBox.open(tmp_path / "encryption.key", create=True)


@pytest.fixture
def file(tmp_path: Path, box: SecretBox) -> KeyFile:
    return KeyFile(tmp_path / "keys.toml", box)


def add(keys: Keys, key: Key) -> Keys:
    return (*keys, key)


# Files --------------------------------------------------------------------------------------------


def test_keys_are_read_as_they_were_written(file: KeyFile) -> None:
    rotated, _ = with_new_secret(new_key(7, [5, 2**64 - 1], expires=LATER).key)
    written = (
        new_key(2**64 - 1, comment="quotes \"' and a \\ backslash, ü 🔋").key,
        replace(rotated, is_disabled=True),
        new_key(7, has_secret=False).key,
    )
    for key in written:
        file.change(partial(add, key=key))

    assert file.read() == written


def test_neither_the_key_nor_its_secret_are_in_the_file(file: KeyFile, tmp_path: Path) -> None:
    new = new_key(7)
    file.change(partial(add, key=new.key))
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert new.secret
    assert new.text.encode() not in content
    assert new.secret.encode() not in content
    assert new.secret not in repr(new.key)
    assert stat.S_IMODE((tmp_path / "keys.toml").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "encryption.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["keys.toml", "encryption.key"])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o610])
def test_files_that_others_may_use_are_refused(
    file: KeyFile, tmp_path: Path, name: str, mode: int
) -> None:
    file.change(partial(add, key=new_key(7).key))
    (tmp_path / name).chmod(mode)

    with pytest.raises(KeysError, match=rf"{name}: may be read .* \(mode {mode:04o}\); run: chmod"):
        KeyFile(tmp_path / "keys.toml", SecretBox.open(tmp_path / "encryption.key")).read()


def test_changes_at_the_same_time_are_all_kept(file: KeyFile) -> None:
    keys = [new_key(number).key for number in range(1, 41)]
    with ThreadPoolExecutor(8) as threads:
        for result in [threads.submit(file.change, partial(add, key=key)) for key in keys]:
            result.result()

    assert {key.id for key in file.read()} == {key.id for key in keys}


def test_a_change_that_fails_leaves_the_file_as_it_was(file: KeyFile, tmp_path: Path) -> None:
    file.change(partial(add, key=new_key(7).key))
    before = (tmp_path / "keys.toml").read_bytes()

    with pytest.raises(KeysError, match="no such key: 'typo'"):
        file.change(lambda keys: changed(keys, "typo", lambda _: None))

    assert (tmp_path / "keys.toml").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["encryption.key", "keys.toml"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can change files of others")
def test_a_file_that_root_changes_still_belongs_to_its_owner(file: KeyFile, tmp_path: Path) -> None:
    file.change(partial(add, key=new_key(7).key))
    os.chown(tmp_path / "keys.toml", 65534, 65534)
    file.change(partial(add, key=new_key(7).key))

    found = (tmp_path / "keys.toml").stat()
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (65534, 65534, 0o600)


def test_of_encryption_keys_created_at_the_same_time_one_counts(tmp_path: Path) -> None:
    """Each of the processes has found no file when it begins to write one."""
    path = tmp_path / "encryption.key"
    missing = Barrier(8)

    class Missing(type(path)):  # type: ignore[misc]
        def exists(self, **_: bool) -> bool:
            missing.wait(5)
            return False

    with ThreadPoolExecutor(8) as threads:
        opened = [threads.submit(SecretBox.open, Missing(path), create=True) for _ in range(8)]
        boxes = [it.result() for it in opened]

    assert {box.decrypt(boxes[0].encrypt("secret", "id"), "id") for box in boxes} == {"secret"}
    assert [it.name for it in tmp_path.iterdir()] == ["encryption.key"]


def test_secrets_need_the_encryption_key_and_belong_to_their_key(
    file: KeyFile, tmp_path: Path
) -> None:
    first, second = new_key(7).key, new_key(8).key
    file.change(lambda _: (first, second))
    path = tmp_path / "keys.toml"
    other = SecretBox.open(tmp_path / "other.key", create=True)
    with pytest.raises(KeysError, match=f"key {first.id}: cannot decrypt a secret"):
        KeyFile(path, other).read()

    lines = path.read_text().splitlines(keepends=True)
    one, two = (i for i, line in enumerate(lines) if line.startswith("secrets"))
    lines[one], lines[two] = lines[two], lines[one]
    path.write_text("".join(lines))
    with pytest.raises(KeysError, match=f"key {first.id}: cannot decrypt a secret"):
        file.read()


def test_the_encryption_key_can_come_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(KeysError, match=f"--encryption-key FILE, or .* {VARIABLE}"):
        SecretBox.open(None)
    monkeypatch.setenv(VARIABLE, urlsafe_b64encode(os.urandom(31)).decode())
    with pytest.raises(KeysError, match=f"{VARIABLE}: expected an encryption key: 32 bytes"):
        SecretBox.open(None)
    monkeypatch.setenv(VARIABLE, urlsafe_b64encode(os.urandom(32)).decode())
    file = KeyFile(tmp_path / "keys.toml", SecretBox.open(None))
    file.change(partial(add, key=new_key(7).key))
    assert len(KeyFile(tmp_path / "keys.toml", SecretBox.open(None)).read()) == 1


KEY = 'id = "a"\nsha256 = "' + "0" * 64 + '"\nenterprise = 7\ncreated = 2026-01-01T00:00:00Z\n'
INVALID = {
    "no TOML": ("[[", "expected a TOML file"),
    "no version": ("", "version: expected 1, got None"),
    "a later version": ("version = 2", "version: expected 1, got 2"),
    "an unknown name": ("version = 1\nkeys = 1", "unknown name: keys"),
    "no tables": ("version = 1\nkey = [1]", "key: expected tables"),
    "nothing in a table": ("version = 1\n[[key]]", r"key\[0\]: id is missing"),
    "no enterprise": (KEY.replace("enterprise = 7", ""), r"key\[0\]: enterprise is missing"),
    "an unknown name of a key": (f"{KEY}\nexpire = 1", r"key\[0\]: unknown name: expire"),
    "an enterprise of 0": (KEY.replace("7", "0"), r"key\[0\].enterprise: expected an ID from 1"),
    "a boolean enterprise": (KEY.replace("7", "true"), r"key\[0\].enterprise: expected an integer"),
    "a text among gridpools": (f'{KEY}gridpools = ["5"]', "gridpools: expected a list of integers"),
    "a local time": (f"{KEY}expires = 2027-01-01T00:00:00", r"expires: .* with a time zone"),
    "a date": (f"{KEY}expires = 2027-01-01", r"key\[0\].expires: expected a time"),
    "a short hash": (KEY.replace("0" * 64, "0"), r"key_hash: expected 64 hexadecimal digits"),
    "an encrypted secret that is none": (f'{KEY}secrets = ["x"]', "key a: cannot decrypt"),
    "a key twice": (f"{KEY}[[key]]\n{KEY}", "two keys have the id a"),
}


@pytest.mark.parametrize(("text", "message"), INVALID.values(), ids=INVALID)
def test_invalid_files_are_errors_that_name_the_place(
    file: KeyFile, tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "keys.toml"
    path.touch(mode=0o600)
    path.write_text(f"version = 1\n[[key]]\n{text}" if text.startswith("id") else text)

    with pytest.raises(KeysError, match=message) as raised:
        file.read()
    assert str(path) in str(raised.value) or "key a" in str(raised.value)


# Callers ------------------------------------------------------------------------------------------


def test_rotation_has_two_secrets_until_it_is_finished() -> None:
    old = new_key(7).key
    both, secret = with_new_secret(old)
    assert both.secrets == (*old.secrets, secret)
    assert (old.state(LATER), both.state(LATER)) == ("active", "rotating")
    with pytest.raises(KeysError, match="has two secrets already"):
        with_new_secret(both)
    assert with_newest_secret(both).secrets == (secret,)
    with pytest.raises(KeysError, match="is not being rotated"):
        with_newest_secret(old)
    with pytest.raises(KeysError, match="has no secret to rotate"):
        with_new_secret(new_key(7, has_secret=False).key)


def no_wait(_: str) -> float:
    return 0.0


def callers(*keys: Key, max_nonces: int = 1000, now: float = NOW) -> Callers:
    return Callers(Keyring(keys), MemoryNonces(max_nonces), lambda: now)


async def test_a_signed_call_is_let_in_once() -> None:
    new = new_key(7, [5])
    good = sent(new.text, str(new.secret))
    let_in = callers(new.key, new_key(7).key)

    caller = await let_in.identify(METHOD, good, no_wait)

    assert caller == (new.key.id, Scope(7, frozenset({5})), 0)
    with pytest.raises(NotAuthenticatedError, match="nonce was used before"):
        await let_in.identify(METHOD, good, no_wait)


async def test_a_wrong_signature_does_not_use_up_a_nonce() -> None:
    new = new_key(7)
    let_in = callers(new.key)
    good = signed(new.text, str(new.secret))
    for wrong in (good._replace(signature="A" * 43), good._replace(time=str(NOW - 999))):
        with pytest.raises(NotAuthenticatedError):
            await let_in.identify(METHOD, metadata(wrong), no_wait)

    assert await let_in.identify(METHOD, metadata(good), no_wait)


async def test_both_secrets_of_a_key_let_in_while_it_is_rotated() -> None:
    new = new_key(7)
    key, second = with_new_secret(new.key)
    for nonce, secret in (("A", str(new.secret)), ("B", second)):
        good = sent(new.text, secret, nonce=f"{nonce * 22}==")
        without = with_newest_secret(key) if nonce == "A" else new.key
        assert await callers(key).identify(METHOD, good, no_wait)
        with pytest.raises(NotAuthenticatedError, match="wrong signature"):
            await callers(without).identify(METHOD, good, no_wait)


def sent(text: str, secret: str, **other: Any) -> list[tuple[str, str]]:
    return metadata(signed(text, secret, **other))


REFUSED: dict[str, tuple[Callable[[str, str], list[tuple[str, str]]], str]] = {
    "nothing": (lambda text, secret: [], "no key"),
    "an unknown key": (lambda text, secret: sent("unknown", secret), "unknown key"),
    "no signature": (lambda text, secret: sent(text, secret)[:-1], "no signature"),
    "another secret": (lambda text, secret: sent(text, "other"), "wrong signature"),
    "another method": (lambda text, secret: sent(text, secret, method="X"), "wrong signature"),
    "an old call": (lambda text, secret: sent(text, secret, time=NOW - 301), "signed 301 s ago"),
    "a future call": (lambda text, secret: sent(text, secret, time=NOW + 301), "301 s ahead"),
    "a short nonce": (lambda text, secret: sent(text, secret, nonce="AA"), "nonce is not 16 bytes"),
    "two keys": (lambda text, secret: [*sent(text, secret), ("key", text)], "no key"),
}


@pytest.mark.parametrize(("make", "reason"), REFUSED.values(), ids=REFUSED)
async def test_other_calls_are_refused_with_the_reason(
    make: Callable[[str, str], list[tuple[str, str]]], reason: str
) -> None:
    new = new_key(7)

    with pytest.raises(NotAuthenticatedError, match=reason):
        await callers(new.key).identify(METHOD, make(new.text, str(new.secret)), no_wait)


async def test_keys_count_neither_disabled_nor_from_their_expiry_on() -> None:
    new = new_key(7, expires=datetime.fromtimestamp(NOW, UTC))
    good = sent(new.text, str(new.secret))
    assert await callers(new.key, now=NOW - 1).identify(METHOD, good, no_wait)
    with pytest.raises(NotAuthenticatedError, match="key has expired"):
        await callers(new.key).identify(METHOD, good, no_wait)
    with pytest.raises(NotAuthenticatedError, match="key is disabled"):
        await callers(replace(new.key, is_disabled=True), now=NOW - 1).identify(
            METHOD, good, no_wait
        )


async def test_a_key_without_a_secret_needs_no_signature() -> None:
    new = new_key(7, has_secret=False)
    let_in = callers(new.key)
    for _ in range(2):
        assert (await let_in.identify(METHOD, [("key", new.text)], no_wait)).key_id == new.key.id


async def test_full_nonces_are_an_error_of_their_own() -> None:
    new = new_key(7)
    let_in = callers(new.key, max_nonces=1)
    first = sent(new.text, str(new.secret))
    await let_in.identify(METHOD, first, no_wait)
    second = sent(new.text, str(new.secret), nonce=f"{'A' * 22}==")
    with pytest.raises(NoncesFullError):
        await let_in.identify(METHOD, second, no_wait)
    with pytest.raises(NotAuthenticatedError, match="used before"):
        await let_in.identify(METHOD, first, no_wait)
