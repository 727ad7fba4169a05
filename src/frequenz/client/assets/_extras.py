"""The error of a missing package that an extra of this distribution would install."""

from typing import Final

_OWN_PACKAGES: Final = ("frequenz.client.assets", "frequenz.server.assets")


def is_own(error: ModuleNotFoundError) -> bool:
    """Return whether the missing module is part of this distribution: no extra installs it."""
    return (error.name or "").startswith(_OWN_PACKAGES)


def names_extra(error: ModuleNotFoundError) -> bool:
    """Return whether an error has the sentence of `missing_package_text` already."""
    return "frequenz-client-assets[" in str(error)


def missing_package_text(who: str, extra: str, error: ModuleNotFoundError) -> str:
    """Return the sentence that says which package is missing and how to install it."""
    return (
        f"{who} needs the package {error.name};"
        f" install it with: pip install 'frequenz-client-assets[{extra}]'"
    )
