"""Importing fleets into a store: read, check, compare, and store as one revision."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from frequenz.client.assets.inventory import Difference

from ._reading_processes import FindingText, Part, read_fleet_parts
from ._stores import Store
from ._stores.drafts import drafting
from ._stores.history import differences
from ._stores.importing import Import, Mode
from ._stores.revisions import Revision

MAX_KEPT: Final = 20
"""How many findings or differences are kept to be shown; the others are counted."""


@dataclass
class Findings:
    """What is wrong with a fleet: the first findings, and the number of all."""

    first: list[FindingText] = field(default_factory=list)
    major: int = 0
    minor: int = 0

    def add(self, found: Sequence[FindingText]) -> None:
        """Add findings."""
        self.first += found[: max(0, MAX_KEPT - len(self.first))]
        major = sum(finding.is_major for finding in found)
        self.major += major
        self.minor += len(found) - major

    @property
    def more(self) -> int:
        """How many there are beside the first ones."""
        return self.major + self.minor - len(self.first)


class MajorFindingsError(Exception):
    """A strict import has major findings."""

    def __init__(self, findings: Findings) -> None:
        super().__init__(f"{findings.major} major findings")
        self.findings = findings


@dataclass
class Imported:
    """What an import has done, or would do."""

    findings: Findings = field(default_factory=Findings)
    entities: int = 0
    revision: Revision | None = None
    """The revision that was made; None if nothing differs."""
    differences: list[Difference] = field(default_factory=list)
    """The first ones; only of a dry run."""
    more_differences: int = 0


async def import_fleets(
    store: Store,
    paths: Sequence[Path],
    *,
    mode: Mode = "replace",
    is_checked: bool = True,
    is_strict: bool = False,
    is_dry: bool = False,
    author: str,
    comment: str = "",
    on_progress: Callable[[Path, Part], None] = lambda path, part: None,
) -> Imported:
    """Store fleets as one revision; readers see all of it or nothing.

    Args:
        store: Where to store them.
        paths: Inventory files, or folders of Parquet files.
        mode: Whether what they do not have is removed.
        is_checked: Whether to find what is wrong; otherwise, there are no findings.
        is_strict: Whether to refuse major findings.
        is_dry: Whether to store nothing, and find what differs from what is stored.
        author: Who makes the revision.
        comment: Why it is made.
        on_progress: Called for each part that was stored.

    Raises:
        InventoryFileError: If a file is not a valid inventory.
        OSError: If a file cannot be read.
        ValueError: If the name of a file has no known format.
        MajorFindingsError: If a strict import has major findings.
        StoreError: If the database cannot be used.
    """
    imported = Imported()
    async with drafting(store) as draft:
        importing = Import(draft, mode)
        for path in paths:
            async for part in read_fleet_parts(path, is_checked=is_checked):
                imported.findings.add(part.findings)
                imported.entities += part.entities
                await importing.put(part.rows)
                on_progress(path, part)
        await importing.finish()
        if is_checked:
            imported.findings.add([FindingText(*it) for it in await importing.findings()])
        if is_strict and imported.findings.major:
            raise MajorFindingsError(imported.findings)
        if is_dry:
            async for difference in differences(draft.transaction, draft.number - 1, draft.number):
                if len(imported.differences) < MAX_KEPT:
                    imported.differences.append(difference)
                else:
                    imported.more_differences += 1
            await draft.transaction.roll_back()
        else:
            imported.revision = await draft.finish(author, comment)
    return imported
