"""Where to find a server and its keys: in the environment, or in the user's profile."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

URL_VARIABLE: Final = "ASSETS_API_URL"

KEY_VARIABLES: Final = (
    ("ASSETS_API_AUTH_KEY", "ASSETS_API_SIGN_SECRET"),
    ("ASSETS_API_KEY", "ASSETS_API_SECRET"),
    ("FREQUENZ_API_KEY", "FREQUENZ_API_SECRET"),
)
"""The variables of key and secret; those of the first pair that is there count."""

DEFAULT_PROFILE: Final = "default"

ENTRIES: Final = ("url", "auth_key", "sign_secret")


class Access(NamedTuple):
    """Where a server is, and with what to ask it."""

    url: str
    auth_key: str | None
    sign_secret: str | None

    def __repr__(self) -> str:
        """Return what may be shown: no key, no secret."""
        return f"Access(url={self.url!r})"


def profiles_path() -> Path:
    """Return the file with the user's profiles."""
    folder = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(folder) / "assets" / "config.toml"


class NoServer(ValueError):  # noqa: N818 - what it says, like its siblings of the client
    """Nothing says where the server is."""


def find_access(
    profile: str | None = None,
    *,
    url: str | None = None,
    auth_key: str | None = None,
    sign_secret: str | None = None,
) -> Access:
    """Return what a profile says; without one, what the environment says, or the default profile.

    Args:
        profile: The profile to take, instead of the environment.
        url: Where the server is; the default profile then counts for nothing.
        auth_key: The key, instead of any other.
        sign_secret: The secret, instead of any other.

    Raises:
        NoServer: If nothing says where the server is.
        ValueError: If there is no such profile, the file of the profiles is not as it must be, or
            a secret has no key.
        OSError: If that file cannot be read.
    """
    if profile is not None:
        return _of_profile(profile, url, auth_key, sign_secret)
    place = url if url is not None else os.environ.get(URL_VARIABLE) or None
    if place is None:
        if DEFAULT_PROFILE in read_profiles():
            return _of_profile(DEFAULT_PROFILE, url, auth_key, sign_secret)
        raise NoServer(
            f"no server is given: set {URL_VARIABLE}, or add a profile [{DEFAULT_PROFILE}]"
            f" with a url to {profiles_path()}"
        )
    found_key, found_secret, names = _keys(os.environ)
    key, secret = _first(auth_key, found_key), _first(sign_secret, found_secret)
    if secret is not None and key is None and sign_secret is None:
        raise ValueError(f"{names[1]} is set, but {names[0]} is not: a secret needs its key")
    return Access(place, key, secret)


def _first(given: str | None, found: str | None) -> str | None:
    return found if given is None else given


def _keys(environment: Mapping[str, str]) -> tuple[str | None, str | None, tuple[str, str]]:
    """Return key and secret of the same source, and the names of that source's variables."""
    for names in KEY_VARIABLES:
        key, secret = (environment.get(name) or None for name in names)
        if key is not None or secret is not None:
            return key, secret, names
    return None, None, KEY_VARIABLES[0]


def _of_profile(
    name: str, url: str | None, auth_key: str | None, sign_secret: str | None
) -> Access:
    path, profiles = profiles_path(), read_profiles()
    if name not in profiles:
        there = ", ".join(sorted(profiles)) or "none"
        raise ValueError(f"profile {name!r}: there is no such profile in {path}; it has {there}")
    entries = profiles[name]
    for entry, value in entries.items():
        if entry not in ENTRIES:
            known = ", ".join(ENTRIES)
            raise ValueError(f"profile {name!r} in {path}: {entry} is unknown; there are {known}")
        if not isinstance(value, str):
            raise ValueError(f"profile {name!r} in {path}: {entry} must be a string")
    place = _first(url, entries.get("url"))
    if place is None:
        raise ValueError(f"profile {name!r} in {path}: url is missing")
    return Access(
        place,
        _first(auth_key, entries.get("auth_key")),
        _first(sign_secret, entries.get("sign_secret")),
    )


def read_profiles() -> dict[str, dict[str, Any]]:
    """Return the tables of the file, by their names; none where there is no file.

    Raises:
        ValueError: If the file is not as it must be.
        OSError: If it cannot be read.
    """
    path = profiles_path()
    try:
        held = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: {error}") from None
    for name, entries in held.items():
        if not isinstance(entries, dict):
            raise ValueError(f"{path}: {name} stands outside any [profile]")
    return held
