"""The commands about profiles: servers and their keys, in a file of the user's."""

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from ... import _profile
from .._access import EVERYWHERE, Given, options
from .._exits import Exit, Failure
from .._output import Output, shown
from .._streams import tell, write

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

_SECRETS: Final = ("auth_key", "sign_secret")
_REDACTED: Final = "********"

_ENTRY: Final = click.argument(
    "entry", metavar="ENTRY", type=click.Choice([*_profile.ENTRIES], case_sensitive=True)
)


@click.group(invoke_without_command=True)
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
    if value is not None and entry in _SECRETS:
        tell(f"{entry}: the list of processes shows what is given so; leave it out to be asked")
    path = _profile.profiles_path()
    document = _document(path)
    profile = document.setdefault(name, {})
    profile[entry] = new
    try:
        _replace(path, document.as_string())
    except OSError as error:
        raise Failure.of(error) from error


@config.command("get")
@_ENTRY
@options(*EVERYWHERE)
def get(*, entry: str) -> None:
    """Show an entry of a profile.

    Shows ENTRY of the default profile, or of --profile NAME; a secret as asterisks.
    """
    name = _name(click.get_current_context().ensure_object(Given))
    value = _profiles().get(name, {}).get(entry)
    if value is None:
        raise Failure(
            f"profile {name!r} has no {entry}; `assets-cli config list` shows what there is",
            Exit.NOT_FOUND,
        )
    write(f"{_shown(entry, value)}\n")


@config.command("list")
@shown(fields=("profile", *_profile.ENTRIES))
@options(*EVERYWHERE)
def list_(*, output: Output) -> None:
    """List the profiles, with secrets as asterisks."""
    output.show(
        [
            {"profile": name}
            | {entry: _shown(entry, entries.get(entry)) for entry in _profile.ENTRIES}
            for name, entries in _profiles().items()
        ]
    )


@config.command("path")
@options(*EVERYWHERE)
def path() -> None:
    """Print where the file with the profiles is."""
    write(f"{_profile.profiles_path()}\n")


def _name(given: Given) -> str:
    name = _profile.DEFAULT_PROFILE if given.profile is None else given.profile
    if not name:
        raise click.UsageError("--profile: a profile needs a name")
    return name


def _shown(entry: str, value: Any) -> Any:
    """Return the value of an entry as it may be shown."""
    return _REDACTED if entry in _SECRETS and value is not None else value


def _asked(entry: str) -> str:
    """Return a value from the terminal, or from what comes through a pipe."""
    is_secret = entry in _SECRETS
    if sys.stdin is not None and sys.stdin.isatty():
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

    from ..._credentials import check_key  # noqa: PLC0415
    from ..._url import read_url  # noqa: PLC0415

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
        return _profile.read_profiles()
    except ValueError as error:
        raise Failure(str(error)) from error


def _document(path: Path) -> "TOMLDocument":
    """Return the file with all its comments; an empty one where there is none."""
    import tomlkit  # noqa: PLC0415 - only who sets something waits for it

    _profiles()  # says what is wrong with it
    return tomlkit.parse(path.read_text(encoding="utf-8") if path.exists() else "")


def _replace(path: Path, text: str) -> None:
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
