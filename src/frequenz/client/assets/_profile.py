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

_ENTRIES: Final = ("url", "auth_key", "sign_secret")


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


def find_access(profile: str | None = None) -> Access:
    """Return what a profile says; without one, what the environment says, or the default profile.

    Raises:
        ValueError: If nothing says where the server is, there is no such profile, or the file of
            the profiles is not as it must be.
        OSError: If that file cannot be read.
    """
    if profile is not None:
        return _of_profile(profile)
    if url := os.environ.get(URL_VARIABLE):
        return Access(url, *_keys(os.environ))
    if DEFAULT_PROFILE in _profiles():
        return _of_profile(DEFAULT_PROFILE)
    raise ValueError(
        f"no server is given: set {URL_VARIABLE}, or add a profile [{DEFAULT_PROFILE}] with a url"
        f" to {profiles_path()}"
    )


def _keys(environment: Mapping[str, str]) -> tuple[str | None, str | None]:
    """Return key and secret of the same source."""
    for names in KEY_VARIABLES:
        key, secret = (environment.get(name) or None for name in names)
        if secret is not None and key is None:
            raise ValueError(f"{names[1]} is set, but {names[0]} is not: a secret needs its key")
        if key is not None:
            return key, secret
    return None, None


def _of_profile(name: str) -> Access:
    path, profiles = profiles_path(), _profiles()
    if name not in profiles:
        there = ", ".join(sorted(profiles)) or "none"
        raise ValueError(f"profile {name!r}: there is no such profile in {path}; it has {there}")
    entries = profiles[name]
    for entry, value in entries.items():
        if entry not in _ENTRIES:
            known = ", ".join(_ENTRIES)
            raise ValueError(f"profile {name!r} in {path}: {entry} is unknown; there are {known}")
        if not isinstance(value, str):
            raise ValueError(f"profile {name!r} in {path}: {entry} must be a string")
    if "url" not in entries:
        raise ValueError(f"profile {name!r} in {path}: url is missing")
    return Access(entries["url"], entries.get("auth_key"), entries.get("sign_secret"))


def _profiles() -> dict[str, dict[str, Any]]:
    """Return the tables of the file, by their names; none where there is no file."""
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
