"""What to say where a package is missing that an extra brings."""


def needed(who: str, extra: str, error: ModuleNotFoundError) -> str:
    """Return the sentence that says what is missing and how to get it."""
    return (
        f"{who} needs the package {error.name}, which comes with its extra:"
        f" pip install 'frequenz-client-assets[{extra}]'"
    )
