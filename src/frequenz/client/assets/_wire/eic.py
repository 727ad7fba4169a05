"""The Energy Identification Code (EIC), ENTSO-E's scheme of codes."""

import string
from typing import Final

from ..findings._rules import Fault, Rule
from .text import quoted

_LENGTH: Final = 16
_VALUES: Final = {
    character: value for value, character in enumerate(string.digits + string.ascii_uppercase + "-")
}
_CHARACTERS: Final = "".join(_VALUES)


def eic_fault(code: str, path: str) -> Fault | None:
    """Return what is wrong with a code, or None."""
    if len(code) != _LENGTH or code.strip(_CHARACTERS) or code.endswith("-"):
        return Rule.EIC_MALFORMED.at(path, code=quoted(code))
    expected = check_character(code[:15])
    if code[15] == expected:
        return None
    # A hyphen is not a check character: ENTSO-E assigns no code that would need it.
    return Rule.EIC_CHECK_CHARACTER.at(
        path, code=quoted(code), expected="no character" if expected == "-" else expected
    )


def check_character(code: str) -> str:
    """Return the character that completes the first 15 of a code.

    Source: ENTSO-E, The Energy Identification Coding Scheme (EIC) Reference Manual.
    """
    weighted = sum(
        _VALUES[character] * weight
        for character, weight in zip(code, range(16, 1, -1), strict=True)
    )
    return _CHARACTERS[36 - (weighted - 1) % 37]
