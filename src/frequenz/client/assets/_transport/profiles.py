"""The URL, key and secret to use: from the environment, or from a profile of the user."""

import os
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from .._text_files import decode_text

URL_VARIABLE: Final = "ASSETS_API_URL"

KEY_VARIABLES: Final = (
    ("ASSETS_API_AUTH_KEY", "ASSETS_API_SIGN_SECRET"),
    ("ASSETS_API_KEY", "ASSETS_API_SECRET"),
    ("FREQUENZ_API_KEY", "FREQUENZ_API_SECRET"),
)
"""The variables of key and secret; the first pair of which one is set is used."""

DEFAULT_PROFILE: Final = "default"

ENTRIES: Final = ("url", "auth_key", "sign_secret")


class Access(NamedTuple):
    """The URL of a server, and the key and secret for its calls."""

    url: str
    auth_key: str | None
    sign_secret: str | None
    origins: Mapping[str, str] = MappingProxyType({})
    """For each entry that was found: the variable or profile it comes from."""

    def __repr__(self) -> str:
        """Return a text without key and secret."""
        return f"Access(url={self.url!r})"


class NoServerError(ValueError):
    """No URL is set."""


class ProfileNotFoundError(ValueError):
    """No profile has this name."""


class InvalidProfilesError(ValueError):
    """The file with the profiles is invalid."""


class InvalidProfileEntryError(InvalidProfilesError):
    """An entry of a profile is invalid or missing."""

    def __init__(self, profile: str, entry: str, problem: str, *, is_unknown: bool = False) -> None:
        """Take the names of the profile and the entry, and the problem with the entry."""
        super().__init__(f"profile {profile!r} in {profiles_path()}: {entry}: {problem}")
        self.profile = profile
        self.entry = entry
        self.is_unknown = is_unknown


def profiles_path() -> Path:
    """Return the path of the file with the profiles.

    Raises:
        InvalidProfilesError: If the user has no home directory.
    """
    folder = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    if not folder.is_absolute():  # the XDG specification says to ignore it
        folder = _home() / ".config"
    return folder / "assets" / "config.toml"


def _home() -> Path:
    """Return the home directory: HOME, or that of the account if HOME is not an absolute path."""
    if sys.platform == "win32" or Path(os.environ.get("HOME", "")).is_absolute():
        return Path.home()
    import pwd  # noqa: PLC0415 - missing on Windows

    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        raise InvalidProfilesError(
            "cannot find the profiles without a home directory; set HOME or XDG_CONFIG_HOME"
        ) from None


def find_access(
    profile: str | None = None,
    *,
    url: str | None = None,
    auth_key: str | None = None,
    sign_secret: str | None = None,
) -> Access:
    """Return the access from a profile, or else from the environment or the default profile.

    Args:
        profile: The profile to use instead of the environment.
        url: The URL to use; the default profile is then ignored.
        auth_key: The key to use.
        sign_secret: The secret to use.

    Raises:
        NoServerError: If no URL is set.
        ProfileNotFoundError: If the profile does not exist.
        InvalidProfilesError: If the file with the profiles is invalid.
        ValueError: If the environment has a secret without its key.
        OSError: If the file with the profiles cannot be read.
    """
    values = zip(ENTRIES, (url, auth_key, sign_secret), strict=True)
    given = {entry: value for entry, value in values if value is not None}
    if profile is not None:
        return _from_profile(profile, given)
    if url is None and not os.environ.get(URL_VARIABLE):
        if DEFAULT_PROFILE in read_profiles():
            return _from_profile(DEFAULT_PROFILE, given)
        raise NoServerError(
            f"no server URL: set {URL_VARIABLE}, or add a profile [{DEFAULT_PROFILE}]"
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
        raise ValueError(f"{names[2]} is set, but {names[1]} is not; a secret requires its key")
    return _access(given, found, dict(zip(ENTRIES, names, strict=True)))


def _access(
    given: Mapping[str, str], found: Mapping[str, str], origins: Mapping[str, str]
) -> Access:
    """Return the access from given entries, and found ones where none is given."""
    merged = {**found, **given}
    return Access(
        merged["url"],
        merged.get("auth_key"),
        merged.get("sign_secret"),
        {entry: origins[entry] for entry in found if entry not in given},
    )


def _key_variables(environment: Mapping[str, str]) -> tuple[str, str]:
    """Return the variables to use for key and secret, which are always of one pair."""
    pairs = (pair for pair in KEY_VARIABLES if any(environment.get(name) for name in pair))
    return next(pairs, KEY_VARIABLES[0])


def _from_profile(name: str, given: Mapping[str, str]) -> Access:
    path, profiles = profiles_path(), read_profiles()
    if name not in profiles:
        available = ", ".join(sorted(profiles)) or "none"
        raise ProfileNotFoundError(f"No such profile: {name!r} (available in {path}: {available})")
    entries = profiles[name]
    for error in wrong_entries(name, entries):
        raise error
    if "url" not in {**entries, **given}:
        raise InvalidProfileEntryError(name, "url", "missing")
    return _access(given, entries, dict.fromkeys(ENTRIES, f"profile {name!r} in {path}"))


def wrong_entries(profile: str, entries: Mapping[str, Any]) -> Iterator[InvalidProfileEntryError]:
    """Yield an error for each invalid entry of a profile."""
    for entry, value in entries.items():
        if entry not in ENTRIES:
            problem = f"unknown entry; expected one of: {', '.join(ENTRIES)}"
            yield InvalidProfileEntryError(profile, entry, problem, is_unknown=True)
        elif not isinstance(value, str):
            yield InvalidProfileEntryError(profile, entry, "expected a string")


def read_profiles() -> dict[str, dict[str, Any]]:
    """Return the entries of each profile, by its name; empty if the file does not exist.

    Raises:
        InvalidProfilesError: If the file is invalid.
        OSError: If the file cannot be read.
    """
    path = profiles_path()
    try:
        profiles = tomllib.loads(decode_text(path.read_bytes()))
    except FileNotFoundError:
        return {}
    except (ValueError, RecursionError) as error:
        raise InvalidProfilesError(f"{path}: {error}") from None
    for name, entries in profiles.items():
        if not isinstance(entries, dict):
            raise InvalidProfilesError(f"{path}: {name}: must be in a [profile] table")
    return profiles
