"""The command that prints what completes commands in a shell."""

from typing import Final

import click

from ..asking.access import EVERYWHERE, options
from ..root import COMPLETE, cli
from ..showing.streams import PROGRAM, write

_HINTS: Final = {
    "bash": f"""\
# Keep this as a file that bash-completion finds:
#   {PROGRAM} completion bash > ~/.local/share/bash-completion/completions/{PROGRAM}
# or have it in every shell, with a line in ~/.bashrc:
#   eval "$({PROGRAM} completion bash)"
""",
    "zsh": f"""\
# Have it in every shell, with a line in ~/.zshrc, after compinit:
#   eval "$({PROGRAM} completion zsh)"
""",
    "fish": f"""\
# Keep this as a file that fish finds:
#   {PROGRAM} completion fish > ~/.config/fish/completions/{PROGRAM}.fish
""",
}
"""By shell, how to install its script."""


@click.command()
@click.argument("shell", type=click.Choice([*_HINTS]))
@options(*EVERYWHERE)
def completion(*, shell: str) -> None:
    """Print the script that completes commands and options in SHELL, and how to install it."""
    from click.shell_completion import get_completion_class  # noqa: PLC0415 - only here

    kind = get_completion_class(shell)
    assert kind is not None
    script = kind(cli, {}, PROGRAM, COMPLETE).source()
    write(f"{_HINTS[shell]}{script}\n")
