"""Write the pages about the options of `assets-cli` and `assets-server`.

    python -m scripts.write_command_reference docs/reference

A test compares these files with the code: run this when a command or an option has changed.
"""

import inspect
import re
from collections.abc import Iterable, Iterator
from typing import Final

import click

from frequenz.client.assets.cli.root import cli
from frequenz.server.assets.cli import main as server

from .writing import write_files

_CLI: Final = """\
# Options of `assets-cli`

Written from the commands (`make commands`); [the command line](../command-line.md) explains how
they work together, and [errors and exit codes](errors.md) how they end.

"""

_SERVER: Final = """\
# Options of `assets-server`

Written from the commands (`make commands`); [the server](../server.md) explains what it answers.
Each option is also an [environment variable](settings.md#the-server).

"""


def pages() -> dict[str, str]:
    """Return the texts of the pages by file name."""
    return {
        "assets-cli.md": _page(_CLI, cli, "assets-cli"),
        "assets-server.md": _page(_SERVER, server, "assets-server"),
    }


def _page(head: str, root: click.Command, name: str) -> str:
    sections = _sections(click.Context(root, info_name=name))
    return f"{head}{chr(10).join(sections)}"


def _sections(context: click.Context) -> Iterator[str]:
    """Yield the sections of a command and of the commands in it."""
    yield _section(context)
    command = context.command
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from _sections(click.Context(found, info_name=name, parent=context))


def _section(context: click.Context) -> str:
    command = context.command
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    text = inspect.cleandoc(command.help or "").replace("\b", "").strip()
    parts = [f"## {context.command_path}\n", f"```text\n{usage}\n```\n", f"{text}\n"]
    rows = [*_rows(context, command.get_params(context))]
    if rows:
        parts.append("| option | what it does |\n|---|---|\n" + "".join(rows))
    return "\n".join(parts)


def _rows(context: click.Context, parameters: Iterable[click.Parameter]) -> Iterator[str]:
    for parameter in parameters:
        record = parameter.get_help_record(context)
        if record is not None:
            names, text = record
            yield f"| `{_cell(names)}` | {_cell(text)} |\n"


def _cell(text: str) -> str:
    """Return a text as one line in which no character ends the cell."""
    return re.sub(r"\s+", " ", text).replace("|", "\\|").strip()


if __name__ == "__main__":
    write_files(__doc__, pages)
