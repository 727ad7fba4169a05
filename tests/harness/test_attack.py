"""The attacks, made a few times."""

import random
from pathlib import Path

import pytest
from harness.attack.__main__ import ATTACKS
from harness.attack._mutations import a_connection, mutated
from harness.attack._tenants import same_times

SMALL = {
    "forgeries": 40,
    "tenants": 100,
    "mutations": 100,
    "readers": 20,
    "streams": 150,
    "silent": 120,
    "ending": 3,
    "resets": 2000,
    "reloads": 10,
    "leaks": 24,
}
"""How often; the crowd takes minutes."""


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", SMALL)
async def test_no_promise_of_counts_is_broken(name: str, tmp_path: Path) -> None:
    claims = await ATTACKS[name].run(SMALL[name], 1, tmp_path)
    # The memory after a hundred connections says little.
    assert [it for it in claims if it.verdict == "BROKEN" and it.what != "memory after"] == []
    assert len(claims) > 1


def test_every_attack_but_one_is_made_here() -> None:
    assert {*ATTACKS} - {*SMALL} == {"crowd"}


def test_the_test_of_times_finds_a_difference() -> None:
    chance = random.Random(1)
    one = [chance.gauss(10, 1) for _ in range(2000)]
    same = [chance.gauss(10, 1) for _ in range(2000)]
    later = [chance.gauss(10.2, 1) for _ in range(2000)]
    assert same_times(one, same) > 0.001
    assert same_times(one, later) < 0.001


def test_mutations_differ_from_the_original_and_repeat_with_a_seed() -> None:
    frames = a_connection("key", "secret")
    whole = b"".join(frames)
    first, second = random.Random(1), random.Random(1)
    made = [mutated(frames, first) for _ in range(200)]
    assert made == [mutated(frames, second) for _ in range(200)]
    assert sum(it != whole for it in made) > 195
