"""The names of an enum's members as people write them, in files and on the command line."""

import enum
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from ._hints import MEMBERS, simplified, suggestion


class MemberNames:
    """The names of an enum's members, read in any case, with `-` for `_`, and as in the API.

    `li_ion`, `Li-Ion` and `BATTERY_TYPE_LI_ION` are the same member.
    """

    def __init__(
        self,
        prefix: str,
        members: Iterable[tuple[str, int]],
        words: Mapping[str, str] = {},
    ) -> None:
        """Take the members.

        Args:
            prefix: What names of the API start with, in lower case.
            members: The names and their numbers.
            words: Everyday words for members, and what they mean.
        """
        self.prefix: Final = prefix
        self.numbers: Final = {self._without_prefix(name): number for name, number in members}
        self.words: Final = words

    @classmethod
    def of(cls, members: type[enum.Enum]) -> "MemberNames":
        """Return the names of an enum of the model."""
        # The members' own table: going through the enum would resolve deprecated names.
        table = members.__members__
        return cls(
            f"{simplified(members.__name__)}_",
            ((name, member.value) for name, member in table.items()),
            MEMBERS.get(members.__name__, {}),
        )

    def find(self, text: str) -> int | None:
        """Return the number of the member that a text names, or None."""
        if not text.isascii():  # `lower()` turns the Kelvin sign into a k
            return None
        return self.numbers.get(self._without_prefix(text.replace("-", "_")))

    def nearest(self, text: str, names: Collection[str]) -> str | None:
        """Return which of some names a text that names no member probably means, or None."""
        simple = simplified(text).removeprefix(self.prefix)
        return suggestion(simple, names, self.words)

    def suggested_names(self, text: str) -> str | None:
        """Return what `nearest` does, as names only: `inverter`, not `with type: solar`."""
        meaning = self.nearest(text, self.numbers) or ""
        words = re.findall(r"\w+", meaning.partition(" with ")[0])
        return " or ".join(word for word in words if word in self.numbers) or None

    def _without_prefix(self, name: str) -> str:
        """Return a name in lower case without the API's prefix, unless only a number remains."""
        lower = name.lower()
        rest = lower.removeprefix(self.prefix)
        return lower if rest.isdecimal() else rest
