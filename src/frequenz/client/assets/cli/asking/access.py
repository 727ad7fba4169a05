"""The global options, and the server and keys from them, the environment or a profile."""

import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from ..._text_files import decode_text
from ..._transport.profiles import (
    Access,
    InvalidProfileEntryError,
    InvalidProfilesError,
    NoServerError,
    ProfileNotFoundError,
    find_access,
    read_profiles,
)
from ..exits import ExitCode, Failure, describe_os_error
from ..showing.streams import is_terminal, print_message
from .parameters import SECONDS

CommandT = TypeVar("CommandT", bound=Callable[..., Any])

SECRETS: Final = ("auth_key", "sign_secret")

EXPOSED_SECRET: Final = "visible in the list of processes"

_ENTRIES: Final = {"server_url": "url", "auth_key": "auth_key", "sign_secret": "sign_secret"}
"""The arguments of the client -> the entries of profiles."""


@dataclass
class GlobalOptions:
    """The values of the global options."""

    url: str | None = None
    url_origin: str = "--url"
    auth_key: str | None = None
    auth_key_file: Path | None = None
    sign_secret: str | None = None
    sign_secret_file: Path | None = None
    profile: str | None = None
    timeout: float | None = None
    debug: bool = False
    color: str = "auto"
    exposed: list[str] = field(default_factory=list)
    """Options with secrets on the command line, until a message warns about them."""


pass_options: Final = click.make_pass_decorator(GlobalOptions, ensure=True)


class _PromptedOption(click.Option):
    """An option that prompts for its value if it is given without one."""

    def prompt_for_value(self, ctx: click.Context) -> Any:
        """Prompt without echo, on standard error: standard output is for data."""
        name = self.opts[0]
        if not is_terminal(sys.stdin):
            raise click.UsageError(f"{name}: no terminal to prompt on; use {name}-file FILE", ctx)
        value: str = click.prompt(str(self.prompt), hide_input=True, err=True)
        return value


def _store(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Store a global option; one after the command overrides one before it."""
    name = parameter.name or ""
    source = context.get_parameter_source(name)
    if source is None or source is click.core.ParameterSource.DEFAULT:
        return
    options = context.ensure_object(GlobalOptions)
    setattr(options, name, value)
    if name in SECRETS and not context.resilient_parsing:
        option = parameter.opts[0]
        if option in options.exposed:
            options.exposed.remove(option)
        if source is click.core.ParameterSource.COMMANDLINE:
            _reject_command(context, option, value)
            options.exposed.append(option)


def _reject_command(context: click.Context, option: str, value: str) -> None:
    """Reject a command as a secret: the option was likely meant to prompt for its value."""
    root = context.find_root().command
    if isinstance(root, click.Group) and value in root.list_commands(context):
        raise click.UsageError(
            f"{option}: {value!r} is a command; put {option} last to be prompted for the value,"
            f" or use {option}-file FILE",
            context,
        )


def complete_profile(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Return the names of the profiles that start with a text."""
    try:
        return [name for name in read_profiles() if name.startswith(incomplete)]
    except (InvalidProfilesError, OSError):
        return []


_FILE: Final = click.Path(dir_okay=False, path_type=Path)

_OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "--url": {"metavar": "URL", "help": "URL of the server.  [env: ASSETS_API_URL]"},
    "--auth-key": {
        "cls": _PromptedOption,
        "metavar": "[KEY]",
        "prompt": "Key",
        "prompt_required": False,
        "help": "API key; prompts without KEY.  [env: ASSETS_API_AUTH_KEY]",
    },
    "--auth-key-file": {"type": _FILE, "help": "Read the API key from a file."},
    "--sign-secret": {
        "cls": _PromptedOption,
        "metavar": "[SECRET]",
        "prompt": "Secret",
        "prompt_required": False,
        "help": "Secret to sign calls; prompts without SECRET.  [env: ASSETS_API_SIGN_SECRET]",
    },
    "--sign-secret-file": {"type": _FILE, "help": "Read the secret from a file."},
    "--profile": {
        "metavar": "NAME",
        "shell_complete": complete_profile,
        "help": "Profile with URL and keys; see `assets-cli config`.",
    },
    "--timeout": {
        "type": SECONDS,
        "help": "Time limit for each call, and for formulas.  [default: 60]",
    },
    "--debug": {"is_flag": True, "help": "Print a log and tracebacks."},
    "--color": {
        "type": click.Choice(["auto", "always", "never"]),
        "help": "Use colors; `auto` does on a terminal, unless NO_COLOR is set.",
    },
}

OFFLINE_OPTIONS: Final = ("--profile", "--debug", "--color")
"""The global options of commands that call no server."""


def global_options(*names: str, hidden: bool = True) -> Callable[[CommandT], CommandT]:
    """Add global options to a command; without names, all of them.

    The help of the root shows them, the help of each command does not.
    """

    def add(function: CommandT) -> CommandT:
        for name in reversed(names or tuple(_OPTIONS)):
            option = click.option(
                name, **_OPTIONS[name], callback=_store, expose_value=False, hidden=hidden
            )
            function = option(function)
        return function

    return add


def resolve_access(options: GlobalOptions) -> Access:
    """Return the URL and the keys of the server.

    Raises:
        click.UsageError: If there is a secret without a key, or a file holds none.
        Failure: If there is no URL or no such profile, or the profiles are invalid or unreadable.
    """
    try:
        access = find_access(
            options.profile,
            url=options.url,
            auth_key=_read_secret(options, "auth_key"),
            sign_secret=_read_secret(options, "sign_secret"),
        )
    except NoServerError as error:
        raise Failure(
            "no server: use --url URL, set ASSETS_API_URL, or run `assets-cli config set url URL`",
            ExitCode.USAGE,
        ) from error
    except ProfileNotFoundError as error:
        hint = "create it with `assets-cli --profile NAME config set url URL`"
        raise Failure(f"{error}; {hint}", ExitCode.NOT_FOUND) from error
    except InvalidProfilesError as error:
        raise profiles_failure(error) from error
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    except OSError as error:
        raise Failure.from_error(error) from error
    if options.exposed:
        print_message(
            f"{' and '.join(options.exposed)}: {EXPOSED_SECRET}; use the environment, a profile or"
            " a file instead"
        )
        options.exposed.clear()
    return access


def profiles_failure(error: InvalidProfilesError) -> Failure:
    """Return the failure for invalid profiles, with the command that fixes them."""
    if not isinstance(error, InvalidProfileEntryError):
        return Failure(f"{error}; edit the file to fix it")
    verb, fixes = ("unset", "removes") if error.is_unknown else ("set", "sets")
    profile, entry = shlex.quote(error.profile), shlex.quote(error.entry)
    return Failure(f"{error}; `assets-cli --profile {profile} config {verb} {entry}` {fixes} it")


def invalid_argument(
    error: ValueError, options: GlobalOptions, access: Access
) -> click.ClickException:
    """Return the error for an argument that the client rejects, named after its origin."""
    # The errors for URLs have the URL as a second argument.
    message = str(error.args[0] if error.args else error)
    argument, _, reason = message.partition(": ")
    entry = _ENTRIES.get(argument)
    if entry is None:
        return click.UsageError(message)
    option = f"--{entry.replace('_', '-')}"
    origin = access.origins.get(entry)
    if origin is not None:
        override = "--url URL" if entry == "url" else f"{option}-file FILE"
        is_variable = origin.isupper()
        name, code = (
            (origin, ExitCode.USAGE) if is_variable else (f"{origin}: {entry}", ExitCode.FAILURE)
        )
        return Failure(f"{name}: {reason}; fix it, or use {override}", code)
    if entry == "url":
        option = options.url_origin
    elif getattr(options, entry) is None:
        option += "-file"
    return click.UsageError(f"{option}: {reason}")


def _read_secret(options: GlobalOptions, name: str) -> str | None:
    """Return a key or secret from the command line or from a file."""
    value: str | None = getattr(options, name)
    path: Path | None = getattr(options, f"{name}_file")
    option = f"--{name.replace('_', '-')}"
    if path is None:
        return value
    if value is not None:
        raise click.UsageError(f"use {option} or {option}-file, not both")
    try:
        text = decode_text(path.read_bytes()).strip()
    except ValueError as error:
        reason, *_ = str(error).split(":")  # without bytes of the secret
        raise click.UsageError(f"{option}-file: {path}: {reason}") from error
    except OSError as error:
        raise click.UsageError(f"{option}-file: {describe_os_error(error)}") from error
    if not text:
        raise click.UsageError(f"{option}-file: {path} is empty")
    return text
