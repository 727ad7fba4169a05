"""The names of calls, statuses and rules that tests give, and errors about wrong ones."""

from collections.abc import Iterable
from difflib import get_close_matches
from math import inf
from typing import Final

import grpc

from .._wire.requests import OPERATIONS

EVERY_METHOD: Final = "*"


def unknown_name(what: str, given: object, known: Iterable[str]) -> ValueError:
    """Return the error about a name that does not exist, with the most similar one that does."""
    names = sorted(known)
    similar = get_close_matches(str(given), names, n=1, cutoff=0.5)
    expected = f"did you mean {similar[0]!r}?" if similar else f"expected {', '.join(names)}"
    return ValueError(f"{what}: unknown name {given!r}; {expected}")


def check_method(method: object) -> str:
    """Return the name of a method of the API, or `*`.

    Raises:
        ValueError: If there is no such method.
    """
    if isinstance(method, str) and (method in OPERATIONS or method == EVERY_METHOD):
        return method
    raise unknown_name("method", method, (*OPERATIONS, EVERY_METHOD))


def check_status(status: object) -> grpc.StatusCode:
    """Return the status of an error.

    Raises:
        TypeError: If it is not a status.
        ValueError: If it is not that of an error.
    """
    if not isinstance(status, grpc.StatusCode):
        raise TypeError(f"status: expected a grpc.StatusCode, got {status!r}")
    if status is grpc.StatusCode.OK:
        raise ValueError("status: expected the status of an error, got StatusCode.OK")
    return status


def check_times(times: object) -> int | None:
    """Return how often something happens; None = always.

    Raises:
        TypeError: If it is not an integer.
        ValueError: If it is not above 0.
    """
    if times is None:
        return None
    return check_count("times", times, least=1)


def check_count(name: str, count: object, *, least: int) -> int:
    """Return an integer.

    Raises:
        TypeError: If it is not one.
        ValueError: If it is too small.
    """
    if isinstance(count, bool) or not isinstance(count, int):
        raise TypeError(f"{name}: expected an integer, got {count!r}")
    if count < least:
        raise ValueError(f"{name}: expected {least} or more, got {count}")
    return count


def check_seconds(name: str, seconds: object) -> float:
    """Return a time, in s.

    Raises:
        TypeError: If it is not a number.
        ValueError: If it is negative, infinite or NaN.
    """
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise TypeError(f"{name}: expected a number of seconds, got {seconds!r}")
    if not 0 <= seconds < inf:  # nor NaN
        raise ValueError(f"{name}: expected 0 or more seconds, got {seconds}")
    return float(seconds)
