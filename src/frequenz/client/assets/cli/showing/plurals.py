"""Nouns after numbers."""


def plural(noun: str, count: int) -> str:
    """Return a noun in the form that follows a number."""
    if count == 1 or noun.endswith(")"):
        return noun
    for ending, plural_ending in (("y", "ies"), ("ch", "ches")):
        if noun.endswith(ending):
            return noun.removesuffix(ending) + plural_ending
    return f"{noun}s"


def format_count(count: int, noun: str) -> str:
    """Return a number with its noun, such as `2 meters`."""
    return f"{count} {plural(noun, count)}"
