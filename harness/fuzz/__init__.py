"""Mutate the bytes of replies, and decode them as the client does: `python -m harness.fuzz`.

Whatever arrives, the client raises documented errors only, and returns every readable item. A
mutation depends only on the seed and its own number.
"""

from ._run import FailureError, Tally, run

__all__ = ["FailureError", "Tally", "run"]
