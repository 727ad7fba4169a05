"""What to say where a package is missing that an extra brings."""

from typing import Final

_OWN: Final = ("frequenz.client.assets", "frequenz.server.assets")


def is_own(error: ModuleNotFoundError) -> bool:
    """Return whether the module is one of this distribution: no extra would bring it."""
    return (error.name or "").startswith(_OWN)


def needed(who: str, extra: str, error: ModuleNotFoundError) -> str:
    """Return the sentence that says what is missing and how to get it."""
    return (
        f"{who} needs the package {error.name}, which comes with its extra:"
        f" pip install 'frequenz-client-assets[{extra}]'"
    )
