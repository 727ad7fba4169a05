"""Long texts, shortened to what matters."""


def around_difference(
    first: str, second: str, *, before: int = 60, length: int = 200
) -> tuple[str, str]:
    """Return both texts from shortly before the first character in which they differ.

    Args:
        first: A text.
        second: Another one.
        before: How many characters to keep in front of the difference.
        length: How many characters to keep at most.
    """
    pairs = enumerate(zip(first, second, strict=False))
    start = max(0, next((index for index, (a, b) in pairs if a != b), 0) - before)
    return shortened(first, start, length), shortened(second, start, length)


def shortened(text: str, start: int, length: int) -> str:
    """Return a part of a text, with dots where something is left out."""
    end = start + length
    return f"{'...' if start else ''}{text[start:end]}{'...' if len(text) > end else ''}"
