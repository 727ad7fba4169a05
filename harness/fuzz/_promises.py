"""Promises of the client that must hold."""


class BrokenPromiseError(Exception):
    """A promise does not hold."""


def require(holds: bool, violation: str) -> None:
    """Raise a BrokenPromiseError unless a promise holds."""
    if not holds:
        raise BrokenPromiseError(violation)
