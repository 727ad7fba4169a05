"""The command that prints shell completion scripts."""

from typing import Final

import click
from click import shell_completion

from ..asking.access import OFFLINE_OPTIONS, global_options
from ..root import COMPLETE_VARIABLE, cli
from ..showing.streams import PROGRAM, write

_INSTALLATION: Final = {
    "bash": f"""\
# Save this file where bash-completion finds it:
#   {PROGRAM} completion bash > ~/.local/share/bash-completion/completions/{PROGRAM}
# or add this line to ~/.bashrc:
#   eval "$({PROGRAM} completion bash)"
""",
    "zsh": f"""\
# Add this line to ~/.zshrc, after compinit:
#   eval "$({PROGRAM} completion zsh)"
""",
    "fish": f"""\
# Save this file where fish finds it:
#   {PROGRAM} completion fish > ~/.config/fish/completions/{PROGRAM}.fish
""",
}
"""How to install the script of each shell."""


@click.command()
@click.argument("shell", type=click.Choice([*_INSTALLATION]))
@global_options(*OFFLINE_OPTIONS)
def completion(*, shell: str) -> None:
    """Print the completion script for a shell, with a comment on how to install it."""
    kind = shell_completion.get_completion_class(shell)
    assert kind is not None
    script = kind(cli, {}, PROGRAM, COMPLETE_VARIABLE).source()
    write(f"{_INSTALLATION[shell]}{script}\n")
