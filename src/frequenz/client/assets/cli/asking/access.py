"""Where the server is and with what to ask it: what is given, else the environment or a profile."""

import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from ..._transport.profiles import (
    Access,
    InvalidProfileEntryError,
    InvalidProfilesError,
    NoServerError,
    ProfileNotFoundError,
    find_access,
)
from ..exits import Exit, Failure, of_file
from ..showing.streams import is_terminal, tell
from .parameters import SecondsType

CommandT = TypeVar("CommandT", bound=Callable[..., Any])

SECRETS: Final = ("auth_key", "sign_secret")

EXPOSED: Final = "the list of processes shows what is given so"
"""What is to be known about secrets on the command line."""

_ENTRIES: Final = {"server_url": "url", "auth_key": "auth_key", "sign_secret": "sign_secret"}
"""What the client calls it -> what people call it."""


@dataclass
class Given:
    """What the command line says about how to ask, and how to show what comes."""

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
    """The options with secrets that the list of processes shows, until that was said."""


class _AskedOption(click.Option):
    """An option whose value is asked for on a terminal when it is given without one."""

    def prompt_for_value(self, ctx: click.Context) -> Any:
        """Ask without echo, on standard error: standard output is for data."""
        if not is_terminal(sys.stdin):
            raise click.BadOptionUsage(
                self.name or "",
                f"Option {self.opts[0]!r} needs a value, as there is no terminal to ask on; or give"
                f" {self.opts[0]}-file FILE.",
                ctx,
            )
        value: str = click.prompt(str(self.prompt), hide_input=True, err=True)
        return value


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Keep what is given; what comes after the command wins over what comes before."""
    name = parameter.name or ""
    source = context.get_parameter_source(name)
    if source is None or source is click.core.ParameterSource.DEFAULT or context.resilient_parsing:
        return
    given = context.ensure_object(Given)
    setattr(given, name, value)
    if name in SECRETS:
        option = parameter.opts[0]
        if option in given.exposed:
            given.exposed.remove(option)
        if source is click.core.ParameterSource.COMMANDLINE:
            _refuse_command(context, option, value)
            given.exposed.append(option)


def _refuse_command(context: click.Context, option: str, value: str) -> None:
    """Refuse a command as a secret: the option was to ask for it, and took what comes next."""
    root = context.find_root().command
    if isinstance(root, click.Group) and value in root.list_commands(context):
        raise click.UsageError(
            f"{option} takes the command {value!r} for its value; to be asked, put it last or"
            f" before another option; a value like this one goes into {option}-file FILE",
            context,
        )


_FILE: Final = click.Path(dir_okay=False, path_type=Path)

_OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "--url": {"metavar": "URL", "help": "The server's URL.  [env: ASSETS_API_URL]"},
    "--auth-key": {
        "cls": _AskedOption,
        "metavar": "[KEY]",
        "prompt": "Key",
        "prompt_required": False,
        "help": "The API key; without KEY, asks for it.  [env: ASSETS_API_AUTH_KEY]",
    },
    "--auth-key-file": {"type": _FILE, "help": "The file with the API key."},
    "--sign-secret": {
        "cls": _AskedOption,
        "metavar": "[SECRET]",
        "prompt": "Secret",
        "prompt_required": False,
        "help": "The secret to sign calls with; without SECRET, asks for it."
        "  [env: ASSETS_API_SIGN_SECRET]",
    },
    "--sign-secret-file": {"type": _FILE, "help": "The file with the secret."},
    "--profile": {
        "metavar": "NAME",
        "help": "The profile to take URL and keys from; see `assets-cli config`.",
    },
    "--timeout": {
        "type": SecondsType(),
        "help": "How long a call may take.  [default: 60]",
    },
    "--debug": {"is_flag": True, "help": "Tell more on standard error, tracebacks among it."},
    "--color": {
        "type": click.Choice(["auto", "always", "never"]),
        "help": "Whether to use colours; `auto` does on a terminal, unless NO_COLOR is set.",
    },
}

EVERYWHERE: Final = ("--profile", "--debug", "--color")
"""The options that also mean something to commands that ask no server."""


def options(*names: str, hidden: bool = True) -> Callable[[CommandT], CommandT]:
    """Give a command the options about how to ask; without names, all of them.

    The help of the root shows them, that of the commands does not: they are the same everywhere.
    """

    def give(function: CommandT) -> CommandT:
        for name in reversed(names or tuple(_OPTIONS)):
            made = click.option(
                name, **_OPTIONS[name], callback=_keep, expose_value=False, hidden=hidden
            )
            function = made(function)
        return function

    return give


def access(given: Given) -> Access:
    """Return where the server is and with what to ask it.

    Raises:
        click.UsageError: If a secret has no key, or a file holds none.
        Failure: If nothing says where the server is, there is no such profile, or the file of the
            profiles is wrong or cannot be read.
    """
    try:
        found = find_access(
            given.profile,
            url=given.url,
            auth_key=_secret(given, "auth_key"),
            sign_secret=_secret(given, "sign_secret"),
        )
    except NoServerError as error:
        raise Failure(
            "no server: give --url URL, set ASSETS_API_URL, or run `assets-cli config set url URL`",
            Exit.USAGE,
        ) from error
    except ProfileNotFoundError as error:
        advice = "`assets-cli --profile NAME config set url URL` makes one"
        raise Failure(f"{error}; {advice}", Exit.NOT_FOUND) from error
    except InvalidProfilesError as error:
        raise wrong_profiles(error) from error
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    except OSError as error:
        raise Failure.of(error) from error
    if given.exposed:
        tell(
            f"{' and '.join(given.exposed)}: {EXPOSED}; the environment, a profile or a file does"
            " not"
        )
        given.exposed.clear()
    return found


def wrong_profiles(error: InvalidProfilesError) -> Failure:
    """Return how to end where the file of the profiles is wrong."""
    if not isinstance(error, InvalidProfileEntryError):
        return Failure(f"{error}; correct it in an editor")
    verb, deed = ("unset", "removes") if error.is_unknown else ("set", "sets")
    profile, entry = shlex.quote(error.profile), shlex.quote(error.entry)
    return Failure(f"{error}; `assets-cli --profile {profile} config {verb} {entry}` {deed} it")


def refused(error: ValueError, given: Given, found: Access) -> click.ClickException:
    """Return how to end where the client refuses an argument, which has come from somewhere."""
    # The errors for URLs have the URL as a second argument.
    sentence = str(error.args[0] if error.args else error)
    argument, _, what = sentence.partition(": ")
    entry = _ENTRIES.get(argument)
    if entry is None:
        return click.UsageError(sentence)
    option = f"--{entry.replace('_', '-')}"
    origin = found.origins.get(entry)
    if origin is not None:
        other = "--url URL" if entry == "url" else f"{option}-file FILE"
        is_variable = origin.isupper()
        named, code = (origin, Exit.USAGE) if is_variable else (f"{origin}: {entry}", Exit.FAILURE)
        return Failure(f"{named}: {what}; change it, or give {other}", code)
    if entry == "url":
        option = given.url_origin
    elif getattr(given, entry) is None:
        option += "-file"
    return click.UsageError(f"{option}: {what}")


def _secret(given: Given, name: str) -> str | None:
    """Return a key or secret that is given, or that is in a file that is given."""
    value: str | None = getattr(given, name)
    path: Path | None = getattr(given, f"{name}_file")
    option = f"--{name.replace('_', '-')}"
    if path is None:
        return value
    if value is not None:
        raise click.UsageError(f"give {option} or {option}-file, not both")
    try:
        text = path.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{option}-file: {path} holds no text") from error
    except OSError as error:
        raise click.UsageError(f"{option}-file: {of_file(error)}") from error
    if not text:
        raise click.UsageError(f"{option}-file: {path} is empty")
    return text
