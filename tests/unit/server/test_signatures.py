"""Signatures are those of the clients, and nothing else counts."""

import pytest

from frequenz.server.assets._callers.signatures import (
    Credentials,
    Secret,
    is_signed,
    read_credentials,
    reason_not_fresh,
)

from .calls import METHOD, NONCE, NOW, metadata_of_client, signed

SECRET = "secret"


async def test_the_signature_of_clients_is_valid() -> None:
    credentials = read_credentials(await metadata_of_client("key", SECRET))

    assert credentials.key == "key"
    assert is_signed(credentials, METHOD, [Secret(SECRET)])
    assert reason_not_fresh(credentials, int(credentials.time), 0) is None


@pytest.mark.parametrize("position", [0, 1])
def test_each_of_two_secrets_counts(position: int) -> None:
    secrets = [Secret("another"), Secret("another")]
    secrets[position] = Secret(SECRET)

    assert is_signed(signed("key", SECRET), METHOD, secrets)


GOOD = signed("key", SECRET)
WRONG = {
    "another key": GOOD._replace(key="kez"),
    "another time": GOOD._replace(time=str(NOW + 1)),
    "another nonce": GOOD._replace(nonce=NONCE.replace("A", "B")),
    "another method": signed("key", SECRET, method="ListMicrogrids"),
    "another secret": signed("key", "Secret"),
    "an empty secret": signed("key", ""),
    "no signature": GOOD._replace(signature=""),
    "a part of the signature": GOOD._replace(signature=GOOD.signature[:-1]),
    "a padded signature": GOOD._replace(signature=f"{GOOD.signature}="),
    "nothing": Credentials(),
}


@pytest.mark.parametrize("credentials", WRONG.values(), ids=WRONG)
def test_a_signature_of_anything_else_is_not_valid(credentials: Credentials) -> None:
    assert not is_signed(credentials, METHOD, [Secret(SECRET)])


@pytest.mark.parametrize("credentials", [GOOD, *WRONG.values()], ids=["good", *WRONG])
def test_without_secrets_no_signature_is_valid(credentials: Credentials) -> None:
    assert not is_signed(credentials, METHOD, [])


def test_a_boundary_that_is_moved_is_no_time_or_nonce() -> None:
    """Key, time and nonce are signed without separators, so the same bytes are signed."""
    nonce = f"1{NONCE[1:]}"
    good = signed("key", SECRET, nonce=nonce)
    moved = [
        good._replace(time=f"{NOW}1", nonce=nonce[1:]),
        good._replace(time=str(NOW)[:-1], nonce=str(NOW)[-1] + nonce),
        good._replace(key="key1", time=str(NOW)[1:]),
    ]
    for credentials in moved:
        assert is_signed(credentials, METHOD, [Secret(SECRET)])
        assert reason_not_fresh(credentials, NOW, 300) is not None
    assert reason_not_fresh(good, NOW, 300) is None


@pytest.mark.parametrize(
    ("time", "reason"),
    [
        (str(NOW - 300), None),
        (str(NOW + 300), None),
        (str(NOW - 301), "signed 301 s ago"),
        (str(NOW + 301), "signed 301 s ahead of the clock of the server"),
        ("", "ts is not a number of seconds"),
        (f"0{NOW}", "ts is not a number of seconds"),
        (f"+{NOW}", "ts is not a number of seconds"),
        (f"{NOW}.0", "ts is not a number of seconds"),
        (f"{NOW}\n", "ts is not a number of seconds"),
        (f"{NOW // 1000}_{NOW % 1000:03}", "ts is not a number of seconds"),
        ("1" * 5000, "ts is not a number of seconds"),
    ],
)
def test_times_outside_the_tolerance_do_not_count(time: str, reason: str | None) -> None:
    assert reason_not_fresh(Credentials(time=time, nonce=NONCE), NOW, 300) == reason


@pytest.mark.parametrize("nonce", ["", NONCE[:-1], NONCE.strip("="), f"{NONCE}=", f"A{NONCE}"])
def test_nonces_of_another_length_do_not_count(nonce: str) -> None:
    reason = reason_not_fresh(Credentials(time=str(NOW), nonce=nonce), NOW, 300)

    assert reason == "nonce is not 16 bytes in padded URL-safe base64"


@pytest.mark.parametrize("name", ["key", "ts", "nonce", "sig"])
def test_credentials_that_are_there_twice_or_not_ascii_do_not_count(name: str) -> None:
    metadata: list[tuple[str, str | bytes]] = [
        ("key", "key"),
        ("ts", "1"),
        ("nonce", "n"),
        ("sig", b"s"),
        ("other", "\xe9"),
    ]
    assert read_credentials(metadata) == Credentials("key", "1", "n", "s")
    assert read_credentials([*metadata, (name, "1")]) == Credentials()
    others = [(field, value) for field, value in metadata if field != name]
    assert read_credentials([*others, (name, b"\xe9")]) == Credentials()
