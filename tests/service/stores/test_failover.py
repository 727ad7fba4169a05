"""A primary that is killed under load: nothing that was acknowledged is lost."""

import pytest

from .clusters import Folder
from .failover import fail_over


@pytest.mark.parametrize("reads", ["primary", "prefer-standby"])
async def test_a_failover_loses_nothing(folder: Folder, reads: str) -> None:
    outcome = await fail_over(folder, 100 + len(reads), reads)
    assert outcome.acknowledged > 0
    assert (outcome.lost, outcome.half_done) == (0, 0)
