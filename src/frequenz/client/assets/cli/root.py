"""The root of the commands, which imports a command when it is used."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from keyword import iskeyword
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

import click

from .._extras import is_own, missing_package_text, names_extra
from .._lazy import lazy_module
from .asking.access import GlobalOptions, global_options
from .exits import ExitCode, Failure
from .groups import SuggestingGroup
from .interrupts import defer_interrupt
from .showing.streams import PROGRAM, discard_output, is_terminal, prepare_streams, print_message

if TYPE_CHECKING:
    import traceback

    from click import shell_completion
else:
    shell_completion = lazy_module("click.shell_completion", __package__)
    traceback = lazy_module("traceback", __package__)


class CommandSpec(NamedTuple):
    """The module of a command, and its line in the help."""

    module: str
    help: str


COMMANDS: Final[dict[str, dict[str, CommandSpec]]] = {
    "Inspect": {
        "microgrids": CommandSpec("calls", "List microgrids."),
        "microgrid": CommandSpec("calls", "Show a microgrid."),
        "tree": CommandSpec("graph", "Show the component graph of a microgrid."),
        "diagram": CommandSpec("diagram", "Draw a microgrid as a single-line diagram."),
        "formulas": CommandSpec("graph", "Show the power formulas of a microgrid."),
        "check": CommandSpec("check", "Check microgrids or inventory files."),
        "explain": CommandSpec("explain", "Explain a finding or an error, and what to do."),
        "diff": CommandSpec("diff", "Compare microgrids, inventory files or servers."),
    },
    "List": {
        "components": CommandSpec("components", "List components of microgrids and files."),
        "electrical-components": CommandSpec("calls", "List the components of a microgrid."),
        "component-connections": CommandSpec("calls", "List the connections of a microgrid."),
        "sensors": CommandSpec("calls", "List the sensors of a microgrid."),
        "gridpools": CommandSpec("calls", "List gridpools."),
        "energy-schedules": CommandSpec("calls", "List the energy schedules of a gridpool."),
        "market-topology": CommandSpec(
            "calls", "List relations of gridpools, microgrids and market locations."
        ),
    },
    "Other": {
        "new": CommandSpec("new", "Write a new inventory file, or an empty commissioning list."),
        "import": CommandSpec("import_", "Make an inventory file of a list or a network."),
        "export": CommandSpec("export", "Write microgrids to a file, or as tables."),
        "anonymize": CommandSpec("anonymize", "Make inventory files that may be shared."),
        "schema": CommandSpec("schema", "Print the JSON Schema of inventory files."),
        "config": CommandSpec("config", "Manage profiles: servers and their keys."),
        "completion": CommandSpec("completion", "Print a shell completion script."),
        "demo": CommandSpec("demo", "Run a tour of two demo fleets."),
    },
}
"""The commands by section, in the order of the help."""

_SPECS: Final = {name: spec for section in COMMANDS.values() for name, spec in section.items()}

COMPLETE_VARIABLE: Final = "_ASSETS_CLI_COMPLETE"
"""The environment variable with which shells ask for completions."""

_GLOBAL_OPTIONS_HINT: Final = (
    "Global options, such as --url and --profile, also work here; see `assets-cli --help`."
)

_EXIT_CODES: Final = "\n".join(f"  {it.value:<3}  {it.meaning}" for it in ExitCode)

_EPILOG: Final = f"""
\b
Exit codes:
{_EXIT_CODES}

Flags override environment variables, which override the default profile. Data goes to standard
output, messages go to standard error.
"""


class RootGroup(SuggestingGroup):
    """A command group whose commands are modules of their own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(_SPECS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        spec = _SPECS.get(cmd_name)
        if spec is None:
            return None
        with defer_interrupt():
            module = import_module(f".commands.{spec.module}", __package__)
        attribute = cmd_name.replace("-", "_")
        if iskeyword(attribute):
            attribute += "_"
        command: click.Command = getattr(module, attribute)
        if not isinstance(command, click.Group):
            command.epilog = command.epilog or _GLOBAL_OPTIONS_HINT
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands by section."""
        width = max(map(len, _SPECS))
        for title, commands in COMMANDS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), it.help) for name, it in commands.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """Return the commands and options that start with the incomplete text."""
        return [
            *(
                shell_completion.CompletionItem(name, help=spec.help)
                for name, spec in _SPECS.items()
                if name.startswith(incomplete)
            ),
            *click.Command.shell_complete(self, ctx, incomplete),
        ]

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> NoReturn:
        """Run a command line, print at most one error message, and exit with its code."""
        if COMPLETE_VARIABLE in os.environ:
            super().main(args, PROGRAM, complete_var=COMPLETE_VARIABLE)
        options = extra.setdefault("obj", GlobalOptions())
        code: int = ExitCode.OK
        try:
            self._run(list(sys.argv[1:] if args is None else args), **extra)
        except click.exceptions.Exit as exit_:
            code = exit_.exit_code
        except click.ClickException as error:
            code = error.exit_code
            _print_error(error, options)
        except (click.Abort, KeyboardInterrupt):
            code = ExitCode.INTERRUPTED
            print_message("interrupted")
        except BrokenPipeError:
            code = ExitCode.CLOSED_PIPE
            discard_output(sys.stdout)
        except OSError as error:
            discard_output(sys.stdout)
            failure = Failure.from_error(error)
            failure.__cause__ = error
            code = failure.exit_code
            _print_error(failure, options)
        except ModuleNotFoundError as missing:
            if is_own(missing):
                raise
            code = ExitCode.FAILURE
            print_message(
                str(missing)
                if names_extra(missing)
                else missing_package_text("this command", "cli", missing)
            )
        sys.exit(int(code))

    def _run(self, arguments: list[str], **extra: Any) -> None:
        try:
            with self.make_context(PROGRAM, arguments, **extra) as context:
                self.invoke(context)
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()


def _print_error(error: click.ClickException, options: GlobalOptions) -> None:
    """Print an error, with the help to see for a usage error, and the traceback with --debug."""
    message = " ".join(error.format_message().split())
    if isinstance(error, click.UsageError):
        path = PROGRAM if error.ctx is None else error.ctx.command_path
        message = f"{message.rstrip('.')} (see `{path} --help`)"
    elif isinstance(error, Failure) and error.explained_as and is_terminal(sys.stderr):
        message = f"{message} (see `{PROGRAM} explain {error.explained_as}`)"
    if options.debug:
        click.echo("".join(traceback.format_exception(error)), err=True, nl=False)
    print_message(message)


@click.group(
    cls=RootGroup,
    invoke_without_command=True,
    epilog=_EPILOG,
    context_settings={"max_content_width": 100, "help_option_names": ["-h", "--help"]},
)
@global_options(hidden=False)
@click.version_option(package_name="frequenz-client-assets", prog_name=PROGRAM)
@click.pass_context
def cli(context: click.Context) -> None:
    """Inspect, check and export microgrids with the Assets API."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def run() -> NoReturn:
    """Run the command line of this process."""
    prepare_streams()
    cli.main()
