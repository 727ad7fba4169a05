"""Kill whoever changes a database, again and again: `python -m harness.durability`.

After each kill, the database must open, and hold the last revision that was acknowledged, or the
complete next one; never less, and never a part of a revision.
"""

from ._kills import Tally, kill_again_and_again

__all__ = ["Tally", "kill_again_and_again"]
