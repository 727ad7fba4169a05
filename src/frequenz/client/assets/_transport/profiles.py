"""Where to find a server and its keys: in the environment, or in the user's profile."""

import os
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
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
    origins: Mapping[str, str] = MappingProxyType({})
    """Where each of the entries comes from that is neither given nor missing."""

    def __repr__(self) -> str:
        """Return what may be shown: no key, no secret."""
        return f"Access(url={self.url!r})"


class NoServerError(ValueError):
    """Nothing says where the server is."""


class ProfileNotFoundError(ValueError):
    """There is no profile of that name."""


class InvalidProfilesError(ValueError):
    """The file of the profiles is not as it must be."""


class InvalidProfileEntryError(InvalidProfilesError):
    """A profile holds what it must not, or lacks what it must hold."""

    def __init__(self, profile: str, entry: str, what: str, *, is_unknown: bool = False) -> None:
        """Take the names of profile and entry, and what is wrong with the entry."""
        super().__init__(f"profile {profile!r} in {profiles_path()}: {entry} {what}")
        self.profile = profile
        self.entry = entry
        self.is_unknown = is_unknown


def profiles_path() -> Path:
    """Return the file with the user's profiles.

    Raises:
        InvalidProfilesError: If nothing says where the user's files are.
    """
    folder = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    if not folder.is_absolute():  # XDG says to ignore it then
        folder = _home() / ".config"
    return folder / "assets" / "config.toml"


def _home() -> Path:
    """Return the home of the user; where HOME is no absolute path, that of the account."""
    if sys.platform == "win32" or Path(os.environ.get("HOME", "")).is_absolute():
        return Path.home()
    import pwd  # noqa: PLC0415 - there is none on Windows

    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        raise InvalidProfilesError(
            "the profiles have no place: the account has no home; set HOME or XDG_CONFIG_HOME"
        ) from None


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
        NoServerError: If nothing says where the server is.
        ProfileNotFoundError: If there is no such profile.
        InvalidProfilesError: If the file of the profiles is not as it must be.
        ValueError: If a secret of the environment has no key.
        OSError: If that file cannot be read.
    """
    values = zip(ENTRIES, (url, auth_key, sign_secret), strict=True)
    given = {entry: value for entry, value in values if value is not None}
    if profile is not None:
        return _of_profile(profile, given)
    if url is None and not os.environ.get(URL_VARIABLE):
        if DEFAULT_PROFILE in read_profiles():
            return _of_profile(DEFAULT_PROFILE, given)
        raise NoServerError(
            f"no server is given: set {URL_VARIABLE}, or add a profile [{DEFAULT_PROFILE}]"
            f" with a url to {profiles_path()}"
        )
    names = (URL_VARIABLE, *_key_variables(os.environ))
    found = {
        entry: value
        for entry, name in zip(ENTRIES, names, strict=True)
        if (value := os.environ.get(name))
    }
    merged = found | given
    if "sign_secret" in found.keys() - given.keys() and "auth_key" not in merged:
        raise ValueError(f"{names[2]} is set, but {names[1]} is not: a secret needs its key")
    return _access(given, found, dict(zip(ENTRIES, names, strict=True)))


def _access(
    given: Mapping[str, str], found: Mapping[str, str], origins: Mapping[str, str]
) -> Access:
    """Return what is given, filled up with what was found elsewhere."""
    merged = {**found, **given}
    return Access(
        merged["url"],
        merged.get("auth_key"),
        merged.get("sign_secret"),
        {entry: origins[entry] for entry in found if entry not in given},
    )


def _key_variables(environment: Mapping[str, str]) -> tuple[str, str]:
    """Return the variables of key and secret that count: those of the same source."""
    pairs = (pair for pair in KEY_VARIABLES if any(environment.get(name) for name in pair))
    return next(pairs, KEY_VARIABLES[0])


def _of_profile(name: str, given: Mapping[str, str]) -> Access:
    path, profiles = profiles_path(), read_profiles()
    if name not in profiles:
        there = ", ".join(sorted(profiles)) or "none"
        raise ProfileNotFoundError(
            f"profile {name!r}: there is no such profile in {path}; it has {there}"
        )
    entries = profiles[name]
    for wrong in wrong_entries(name, entries):
        raise wrong
    if "url" not in {**entries, **given}:
        raise InvalidProfileEntryError(name, "url", "is missing")
    return _access(given, entries, dict.fromkeys(ENTRIES, f"profile {name!r} in {path}"))


def wrong_entries(profile: str, entries: Mapping[str, Any]) -> Iterator[InvalidProfileEntryError]:
    """Yield what is wrong with the entries of a profile."""
    for entry, value in entries.items():
        if entry not in ENTRIES:
            known = ", ".join(ENTRIES)
            yield InvalidProfileEntryError(
                profile, entry, f"is unknown; there are {known}", is_unknown=True
            )
        elif not isinstance(value, str):
            yield InvalidProfileEntryError(profile, entry, "must be a string")


def read_profiles() -> dict[str, dict[str, Any]]:
    """Return the tables of the file, by their names; none where there is no file.

    Raises:
        InvalidProfilesError: If the file is not as it must be.
        OSError: If it cannot be read.
    """
    path = profiles_path()
    try:
        held = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (ValueError, RecursionError) as error:
        raise InvalidProfilesError(f"{path}: {error}") from None
    for name, entries in held.items():
        if not isinstance(entries, dict):
            raise InvalidProfilesError(f"{path}: {name} stands outside any [profile]")
    return held
