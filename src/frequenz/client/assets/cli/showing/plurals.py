"""Nouns after numbers."""


def plural(noun: str, number: int) -> str:
    """Return a noun as it stands after a number."""
    if number == 1 or noun.endswith(")"):
        return noun
    for ending, other in (("y", "ies"), ("ch", "ches")):
        if noun.endswith(ending):
            return noun.removesuffix(ending) + other
    return f"{noun}s"


def counted(number: int, noun: str) -> str:
    """Return a number of things."""
    return f"{number} {plural(noun, number)}"
