"""The root of the commands, which imports a command when it is asked for."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final, NamedTuple, NoReturn

import click

from .._extras import is_own, needed
from .asking.access import Given, options
from .exits import Exit, Failure
from .groups import Group
from .interrupts import undisturbed
from .showing.streams import PROGRAM, abandon, tell


class Place(NamedTuple):
    """Where a command is, and what it is for."""

    module: str
    help: str


COMMANDS: Final[dict[str, dict[str, Place]]] = {
    "Look at a fleet": {
        "microgrids": Place("calls", "List microgrids."),
        "microgrid": Place("calls", "Show one microgrid."),
        "tree": Place("look", "Show the component graph of a microgrid."),
        "formulas": Place("look", "Show the power formulas of a microgrid."),
        "check": Place("check", "Show what is wrong with microgrids, or with a file."),
        "diff": Place("diff", "Compare microgrids, files or servers."),
    },
    "List what there is": {
        "electrical-components": Place("calls", "The components of a microgrid."),
        "component-connections": Place("calls", "The connections between them."),
        "sensors": Place("calls", "The sensors of a microgrid."),
        "gridpools": Place("calls", "Gridpools."),
        "energy-schedules": Place("calls", "The energy schedules of a gridpool."),
        "market-topology": Place(
            "calls", "How gridpools, microgrids and market locations belong together."
        ),
    },
    "Other": {
        "export": Place("export", "Write microgrids to an inventory file."),
        "config": Place("config", "Show and change the profiles: servers and their keys."),
        "completion": Place("completion", "Print what completes commands in a shell."),
        "demo": Place("demo", "Show a tour of two fleets, with a server of its own."),
    },
}
"""The commands by section, in the order of the help."""

_PLACES: Final = {name: place for section in COMMANDS.values() for name, place in section.items()}

COMPLETE: Final = "_ASSETS_CLI_COMPLETE"
"""The variable by which a shell asks for completions."""

_POINTER: Final = "Options about server and keys: `assets-cli --help`; they work here, too."

_EPILOG: Final = """
\b
Exit codes:
  0    all went well
  1    something failed
  2    the command line is wrong
  3    there is no such thing
  4    the server does not let the caller in, or does not allow it
  5    the server cannot be reached, or did not answer in time
  6    `check` found something major, or `diff` a difference
  130  interrupted by Ctrl-C
  141  nobody reads the output any more

Flags win over the environment, and that over the default profile. Data goes to standard output,
everything else to standard error.
"""


class Root(Group):
    """A group of commands in modules of their own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(_PLACES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        place = _PLACES.get(cmd_name)
        if place is None:
            return None
        with undisturbed():
            module = import_module(f".commands.{place.module}", __package__)
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        if not isinstance(command, click.Group):
            command.epilog = command.epilog or _POINTER
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, section by section."""
        width = max(map(len, _PLACES))
        for title, commands in COMMANDS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), at.help) for name, at in commands.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """Return the commands and options that begin as given."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - for shells only

        return [
            *(
                CompletionItem(name, help=place.help)
                for name, place in _PLACES.items()
                if name.startswith(incomplete)
            ),
            *click.Command.shell_complete(self, ctx, incomplete),
        ]

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> NoReturn:
        """Run a command line and end with its exit code, after at most a sentence."""
        if COMPLETE in os.environ:
            super().main(args, PROGRAM, complete_var=COMPLETE)
        given = extra.setdefault("obj", Given())
        try:
            self._run(list(sys.argv[1:] if args is None else args), **extra)
        except click.exceptions.Exit as ended:
            code = ended.exit_code
        except click.ClickException as error:
            code = error.exit_code
            _show(error, given)
        except (click.Abort, EOFError, KeyboardInterrupt):
            code = Exit.INTERRUPTED
            tell("interrupted")
        except BrokenPipeError:
            abandon(sys.stdout)
            code = Exit.CLOSED_PIPE
        except OSError as error:
            abandon(sys.stdout)
            failure = Failure.of(error)
            failure.__cause__ = error
            code = failure.exit_code
            _show(failure, given)
        except ModuleNotFoundError as missing:
            if is_own(missing):
                raise
            code = Exit.FAILURE
            tell(needed("this command", "cli", missing))
        else:
            code = Exit.OK
        sys.exit(int(code))

    def _run(self, arguments: list[str], **extra: Any) -> None:
        try:
            with self.make_context(PROGRAM, arguments, **extra) as context:
                self.invoke(context)
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()


def _show(error: click.ClickException, given: Given) -> None:
    """Say what is wrong, and which help says more; for debugging, where it came from too."""
    sentence = " ".join(error.format_message().split())
    if isinstance(error, click.UsageError):
        context = error.ctx
        path = PROGRAM if context is None else context.command_path
        sentence = sentence.rstrip(".")
        joint = "" if sentence.endswith("?") else ";"
        sentence = f"{sentence}{joint} `{path} --help` says more"
    if given.debug:
        import traceback  # noqa: PLC0415 - for debugging only

        click.echo("".join(traceback.format_exception(error)), err=True, nl=False)
    tell(sentence)


@click.group(
    cls=Root,
    invoke_without_command=True,
    epilog=_EPILOG,
    context_settings={"max_content_width": 100, "help_option_names": ["-h", "--help"]},
)
@options(hidden=False)
@click.version_option(package_name="frequenz-client-assets", prog_name=PROGRAM)
@click.pass_context
def cli(context: click.Context) -> None:
    """Ask a server of the Assets API what there is in a fleet of microgrids."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
