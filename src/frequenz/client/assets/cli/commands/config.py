"""The commands about profiles: servers and their keys, in a file of the user's."""

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from ..._transport import profiles
from ..asking.access import EVERYWHERE, EXPOSED, SECRETS, Given, options, wrong_profiles
from ..exits import Exit, Failure
from ..groups import Group
from ..showing.escaping import harmless
from ..showing.output import Output, shown
from ..showing.streams import is_terminal, tell, write

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

_REDACTED: Final = "********"

_ENTRY: Final = click.argument(
    "entry", metavar="ENTRY", type=click.Choice([*profiles.ENTRIES], case_sensitive=True)
)


def _complete_entry(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Return the entries that begin as given."""
    return [entry for entry in profiles.ENTRIES if entry.startswith(incomplete)]


@click.group(cls=Group, invoke_without_command=True)
@options(*EVERYWHERE)
@click.pass_context
def config(context: click.Context) -> None:
    """Show and change the profiles: servers and their keys.

    A profile has three entries: url, auth_key and sign_secret. The profile "default" is for when
    neither --url, --profile nor the environment says where the server is.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@config.command("set")
@_ENTRY
@click.argument("value", required=False)
@options(*EVERYWHERE)
def set_(*, entry: str, value: str | None) -> None:
    """Set an entry of a profile.

    Sets ENTRY of the default profile, or of --profile NAME, to VALUE. Without VALUE, asks
    for it on a terminal, a secret without echo; else reads a line of standard input.
    """
    given = click.get_current_context().ensure_object(Given)
    name = _name(given)
    new = _asked(entry) if value is None else value
    _check(entry, new)
    if value is not None and entry in SECRETS:
        tell(f"{entry}: {EXPOSED}; leave it out to be asked")
    document = _document()
    document.setdefault(name, {})[entry] = new
    _replace(document)


@config.command("unset")
@click.argument("entry", metavar="ENTRY", shell_complete=_complete_entry)
@options(*EVERYWHERE)
def unset(*, entry: str) -> None:
    """Remove an entry of a profile.

    Removes ENTRY of the default profile, or of --profile NAME; with its last entry, the profile.
    """
    name = _name(click.get_current_context().ensure_object(Given))
    document = _document()
    profile = document.get(name, {})
    if entry not in profile:
        raise _absent(name, entry)
    del profile[entry]
    if not profile:
        del document[name]
    _replace(document)


@config.command("get")
@_ENTRY
@options(*EVERYWHERE)
def get(*, entry: str) -> None:
    """Show an entry of a profile.

    Shows ENTRY of the default profile, or of --profile NAME; a secret as asterisks.
    """
    name = _name(click.get_current_context().ensure_object(Given))
    entries = _profiles().get(name, {})
    if entry not in entries:
        raise _absent(name, entry)
    for wrong in profiles.wrong_entries(name, {entry: entries[entry]}):
        raise wrong_profiles(wrong)
    _print(_shown(entry, entries[entry]))


@config.command("list")
@shown(fields=("profile", *profiles.ENTRIES))
@options(*EVERYWHERE)
def list_(*, output: Output) -> None:
    """List the profiles, with secrets as asterisks.

    Tells which entries are wrong, and ends with exit code 1 then.
    """
    stored = _profiles()
    output.show(
        [
            {"profile": name} | {entry: _listed(entry, entries) for entry in profiles.ENTRIES}
            for name, entries in stored.items()
        ]
    )
    wrong = [one for pair in stored.items() for one in profiles.wrong_entries(*pair)]
    for one in wrong:
        tell(wrong_profiles(one).message)
    if wrong:
        raise click.exceptions.Exit(Exit.FAILURE)


@config.command("path")
@options(*EVERYWHERE)
def path() -> None:
    """Print where the file with the profiles is."""
    _print(str(_path()))


def _print(text: str) -> None:
    """Write a text, on a terminal as one that steers nothing."""
    write(f"{harmless(text) if is_terminal(sys.stdout) else text}\n")


def _name(given: Given) -> str:
    name = profiles.DEFAULT_PROFILE if given.profile is None else given.profile
    if not name:
        raise click.UsageError("--profile: a profile needs a name")
    return name


def _absent(profile: str, entry: str) -> Failure:
    return Failure(
        f"profile {profile!r} has no {entry}; `assets-cli config list` shows what there is",
        Exit.NOT_FOUND,
    )


def _listed(entry: str, entries: dict[str, Any]) -> str | None:
    """Return what may be shown of an entry; None where it is not there, or no string."""
    value = entries.get(entry)
    return _shown(entry, value) if isinstance(value, str) else None


def _shown(entry: str, value: str) -> str:
    """Return the value of an entry as it may be shown."""
    return _REDACTED if entry in SECRETS else _without_password(value)


def _without_password(url: str) -> str:
    """Return a URL with asterisks for what it must not hold."""
    if "@" not in url:
        return url
    from ..._transport.url import SCHEMES, has_user_info  # noqa: PLC0415 - imports gRPC, for few

    if not has_user_info(url):
        return url
    scheme, separator, _ = url.partition("://")
    shown = f"{scheme}{separator}" if scheme in SCHEMES else ""
    return f"{shown}{_REDACTED}@{url.rpartition('@')[2]}"


def _asked(entry: str) -> str:
    """Return a value from the terminal, or from what comes through a pipe."""
    is_secret = entry in SECRETS
    if is_terminal(sys.stdin):
        asked: str = click.prompt(entry, hide_input=is_secret, err=True)
        return asked
    value = "" if sys.stdin is None else sys.stdin.readline().rstrip("\r\n")
    if not value:
        raise click.UsageError(f"no VALUE for {entry}, and standard input is empty")
    return value


def _check(entry: str, value: str) -> None:
    """Refuse what no client could use."""
    # These import gRPC, which only who sets something waits for.
    from frequenz.client.base.channel import ChannelOptions  # noqa: PLC0415

    from ..._transport.credentials import check_key  # noqa: PLC0415
    from ..._transport.url import read_url  # noqa: PLC0415

    try:
        if entry == "url":
            read_url(value, ChannelOptions())
        else:
            check_key(value, None)
    except ValueError as error:
        what = str(error).removeprefix("server_url: ").removeprefix("auth_key: ")
        raise click.UsageError(f"{entry}: {what}") from error


def _profiles() -> dict[str, dict[str, Any]]:
    """Return the profiles, or end the command."""
    try:
        return profiles.read_profiles()
    except profiles.InvalidProfilesError as error:
        raise wrong_profiles(error) from error


def _path() -> Path:
    """Return where the file is, or end the command."""
    try:
        return profiles.profiles_path()
    except profiles.InvalidProfilesError as error:
        raise wrong_profiles(error) from error


def _document() -> "TOMLDocument":
    """Return the file with all its comments; an empty one where there is none."""
    import tomlkit  # noqa: PLC0415 - only who changes something waits for it

    _profiles()  # says what is wrong with it
    path = _path()
    return tomlkit.parse(path.read_text(encoding="utf-8") if path.exists() else "")


def _replace(document: "TOMLDocument") -> None:
    """Write the file, or end the command."""
    try:
        _write(_path(), document.as_string())
    except OSError as error:
        raise Failure.of(error) from error


def _write(path: Path, text: str) -> None:
    """Write a file that only its owner can read: all of it, or nothing."""
    place = path.resolve()  # a link stays one
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(dir=place.parent, prefix=".config-", suffix=".toml")
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(place)
    except BaseException:
        Path(name).unlink()
        raise
