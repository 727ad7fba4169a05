"""Where the documentation explains findings and errors: addresses that do not change."""


def page_of_finding(name: str) -> str:
    """Return the section about a finding: `docs/findings.md#latitude-out-of-range`."""
    return f"docs/findings.md#{name}"


def page_of_error(name: str) -> str:
    """Return the section about a status, or about an error without one.

    Args:
        name: Such as `NOT_FOUND` or `ValidationError`.
    """
    return f"docs/reference/errors.md#{name.lower()}"
