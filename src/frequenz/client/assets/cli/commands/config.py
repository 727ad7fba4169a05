"""The commands about profiles: servers and their keys, in a file of the user."""

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from ..._lazy import lazy_module
from ..._text_files import decode_text
from ..._transport import profiles
from ..asking.access import (
    EXPOSED_SECRET,
    OFFLINE_OPTIONS,
    SECRETS,
    GlobalOptions,
    complete_profile,
    global_options,
    pass_options,
    profiles_failure,
)
from ..exits import ExitCode, Failure
from ..groups import SuggestingGroup
from ..showing.escaping import escape_control
from ..showing.output import Output, output_options
from ..showing.streams import is_terminal, print_message, write

if TYPE_CHECKING:
    import tomlkit
    from frequenz.client.base import channel

    from ..._transport import credentials, url
else:
    tomlkit = lazy_module("tomlkit", __package__)
    # These import gRPC.
    channel = lazy_module("frequenz.client.base.channel", __package__)
    credentials = lazy_module("..._transport.credentials", __package__)
    url = lazy_module("..._transport.url", __package__)

_REDACTED: Final = "********"

entry_argument: Final = click.argument(
    "entry", metavar="ENTRY", type=click.Choice([*profiles.ENTRIES], case_sensitive=True)
)


def _complete_entry(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    return [entry for entry in profiles.ENTRIES if entry.startswith(incomplete)]


@click.group(cls=SuggestingGroup, invoke_without_command=True)
@global_options(*OFFLINE_OPTIONS)
@click.pass_context
def config(context: click.Context) -> None:
    """Manage profiles: servers and their keys.

    A profile has three entries: url, auth_key and sign_secret. The profile "default" is used if
    there is no --url, no --profile and no ASSETS_API_URL.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@config.command("set")
@entry_argument
@click.argument("value", required=False)
@global_options(*OFFLINE_OPTIONS)
@pass_options
def set_(options: GlobalOptions, *, entry: str, value: str | None) -> None:
    """Set an entry of a profile.

    Sets ENTRY of the default profile, or of --profile NAME. Without VALUE, prompts for it on a
    terminal, or reads a line of standard input.
    """
    name = _profile_name(options)
    new_value = _read_value(entry) if value is None else value
    _check(entry, new_value)
    if value is not None and entry in SECRETS:
        print_message(f"{entry}: {EXPOSED_SECRET}; omit VALUE to be prompted")
    document = _read_document()
    document.setdefault(name, {})[entry] = new_value
    _write_document(document)


@config.command("unset")
@click.argument("entry", metavar="ENTRY", shell_complete=_complete_entry)
@global_options(*OFFLINE_OPTIONS)
@pass_options
def unset(options: GlobalOptions, *, entry: str) -> None:
    """Remove an entry of a profile.

    Removes ENTRY of the default profile, or of --profile NAME. A profile without entries is
    removed, too.
    """
    name = _profile_name(options)
    document = _read_document()
    profile = document.get(name, {})
    if entry not in profile:
        raise _no_such_entry(name, entry)
    del profile[entry]
    if not profile:
        del document[name]
    _write_document(document)


@config.command("use")
@click.argument("name", shell_complete=complete_profile)
@click.option("--force", is_flag=True, help="Replace a default profile that has no other name.")
@global_options(*OFFLINE_OPTIONS)
def use(*, name: str, force: bool) -> None:
    """Make a copy of the profile NAME the default profile.

    Later changes of NAME do not change the copy. A default profile of which there is no copy under
    another name would be lost; only --force replaces it.
    """
    stored = _read_profiles()
    if name not in stored:
        available = ", ".join(it for it in stored if it != profiles.DEFAULT_PROFILE) or "none"
        raise Failure(f"No such profile: {name!r} (available: {available})", ExitCode.NOT_FOUND)
    for error in profiles.wrong_entries(name, stored[name]):
        raise profiles_failure(error)
    default = stored.pop(profiles.DEFAULT_PROFILE, None)
    if name == profiles.DEFAULT_PROFILE:
        return
    if default and default not in stored.values() and not force:
        raise Failure(
            "the default profile has no other name and would be lost; replace it with --force"
        )
    document = _read_document()
    document[profiles.DEFAULT_PROFILE] = {**stored[name]}
    _write_document(document)


@config.command("get")
@entry_argument
@global_options(*OFFLINE_OPTIONS)
@pass_options
def get(options: GlobalOptions, *, entry: str) -> None:
    """Show an entry of a profile.

    Shows ENTRY of the default profile, or of --profile NAME; a secret as asterisks.
    """
    name = _profile_name(options)
    entries = _read_profiles().get(name, {})
    if entry not in entries:
        raise _no_such_entry(name, entry)
    for error in profiles.wrong_entries(name, {entry: entries[entry]}):
        raise profiles_failure(error)
    _write_line(_redact(entry, entries[entry]))


@config.command("list")
@output_options(fields=("profile", *profiles.ENTRIES))
@global_options(*OFFLINE_OPTIONS)
def list_(*, output: Output) -> None:
    """List the profiles, with secrets as asterisks.

    Prints which entries are invalid; the exit code is then 1.
    """
    stored = _read_profiles()
    output.show(
        [
            {"profile": name}
            | {
                entry: _redact(entry, value) if isinstance(value, str) else None
                for entry in profiles.ENTRIES
                for value in [entries.get(entry)]
            }
            for name, entries in stored.items()
        ]
    )
    errors = [error for pair in stored.items() for error in profiles.wrong_entries(*pair)]
    for error in errors:
        print_message(profiles_failure(error).message)
    if errors:
        raise click.exceptions.Exit(ExitCode.FAILURE)


@config.command("path")
@global_options(*OFFLINE_OPTIONS)
def path() -> None:
    """Print the path of the file with the profiles."""
    _write_line(str(_profiles_path()))


def _write_line(text: str) -> None:
    write(f"{escape_control(text) if is_terminal(sys.stdout) else text}\n")


def _profile_name(options: GlobalOptions) -> str:
    if options.profile == "":
        raise click.UsageError("--profile: the name of a profile must not be empty")
    return options.profile or profiles.DEFAULT_PROFILE


def _no_such_entry(profile: str, entry: str) -> Failure:
    return Failure(
        f"profile {profile!r} has no {entry}; see `assets-cli config list`", ExitCode.NOT_FOUND
    )


def _redact(entry: str, value: str) -> str:
    """Return the value of an entry with asterisks for secrets, passwords in URLs included."""
    if entry in SECRETS:
        return _REDACTED
    if "@" not in value or not url.has_user_info(value):
        return value
    scheme, separator, _ = value.partition("://")
    start = f"{scheme}{separator}" if scheme in url.SCHEMES else ""
    return f"{start}{_REDACTED}@{value.rpartition('@')[2]}"


def _read_value(entry: str) -> str:
    """Return a value from a prompt on the terminal, or from standard input."""
    if is_terminal(sys.stdin):
        prompted: str = click.prompt(entry, hide_input=entry in SECRETS, err=True)
        return prompted
    value = "" if sys.stdin is None else sys.stdin.readline().rstrip("\r\n")
    if not value:
        raise click.UsageError(f"{entry}: no VALUE, and standard input is empty")
    return value


def _check(entry: str, value: str) -> None:
    """Raise an error for a value that no client could use.

    Raises:
        click.UsageError: If the value is invalid.
    """
    try:
        if entry == "url":
            url.read_url(value, channel.ChannelOptions())
        else:
            credentials.check_key(value, None)
    except ValueError as error:
        reason = str(error).removeprefix("server_url: ").removeprefix("auth_key: ")
        raise click.UsageError(f"{entry}: {reason}") from error


def _read_profiles() -> dict[str, dict[str, Any]]:
    try:
        return profiles.read_profiles()
    except profiles.InvalidProfilesError as error:
        raise profiles_failure(error) from error


def _profiles_path() -> Path:
    try:
        return profiles.profiles_path()
    except profiles.InvalidProfilesError as error:
        raise profiles_failure(error) from error


def _read_document() -> "tomlkit.TOMLDocument":
    """Return the file with its comments; empty if it does not exist."""
    _read_profiles()  # raises if the file is invalid
    file = _profiles_path()
    return tomlkit.parse(decode_text(file.read_bytes()) if file.exists() else "")


def _write_document(document: "tomlkit.TOMLDocument") -> None:
    try:
        _write_file(_profiles_path().resolve(), document.as_string())  # a link stays a link
    except OSError as error:
        raise Failure.from_error(error) from error


def _write_file(file: Path, text: str) -> None:
    """Write a file that only its owner can read: all of it, or nothing."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=".config-", suffix=".toml")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as temporary:
            temporary.write(text)
            temporary.flush()
            os.fsync(temporary.fileno())
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink()
        raise
