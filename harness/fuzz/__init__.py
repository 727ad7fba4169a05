"""Mutate the bytes of replies, and run what the client runs on them: `python -m harness.fuzz`.

Whatever arrives, no exception but the documented ones may leave the client, and no readable item
may be lost. A mutation depends on nothing but the seed and its own number.
"""

from ._run import FailureError, Tally, run

__all__ = ["FailureError", "Tally", "run"]
