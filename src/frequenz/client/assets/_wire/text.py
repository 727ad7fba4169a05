"""Text from a server, shown in the sentences of findings."""

from typing import Final

_MAX_LENGTH: Final = 60
"""Whatever a server sends, a sentence stays short."""


def quoted(text: str) -> str:
    """Return a text in quotes, shortened if it is long."""
    if len(text) <= _MAX_LENGTH:
        return repr(text)
    return f"{text[:_MAX_LENGTH]!r}... ({len(text)} characters)"
