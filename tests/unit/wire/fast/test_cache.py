"""Equal parts of entities are shared, with bounded memory."""

from collections.abc import Callable
from typing import Any, Final

import pytest

from frequenz.client.assets._wire.component import encode_component
from frequenz.client.assets._wire.fast import column_decoder
from frequenz.client.assets._wire.fast.cache import MAX_ENTRIES, MAX_KEY_SIZE, BoundedCache

from ...messages import Category, decoded, good_component, spoil

CACHES: Final[dict[str, tuple[BoundedCache[Any, Any], Callable[[int], dict[str, Any]]]]] = {
    "lifetimes": (
        column_decoder._lifetimes,
        lambda number: {"operational_lifetime.start_timestamp.seconds": number},
    ),
    "microgrid ids": (column_decoder._microgrid_ids, lambda number: {"microgrid_id": number + 1}),
    "kinds": (
        column_decoder._kinds,
        lambda number: {
            "category_specific_info.grid_connection_point.rated_fuse_current": number + 1
        },
    ),
    "rated bounds": (
        column_decoder._rated_bounds,
        lambda number: {"metric_config_bounds[0].config_bounds.lower": -number},
    ),
    "texts": (column_decoder._texts, lambda number: {"manufacturer": f"Maker {number}"}),
}


@pytest.mark.parametrize("cache", CACHES)
def test_a_cache_stays_bounded_whatever_a_server_sends(cache: str) -> None:
    shared, change = CACHES[cache]
    message = good_component(Category.GRID)
    sizes = []
    for number in range(MAX_ENTRIES + 10):
        spoil(message, change(number))
        made, found = decoded(message)
        sizes.append(len(shared))
        assert found == []
    assert 0 < max(sizes) <= MAX_ENTRIES
    assert sizes[-1] < MAX_ENTRIES
    assert encode_component(made) == message


def test_a_cache_keeps_its_values_until_it_is_full() -> None:
    made: list[int] = []

    def make(number: int) -> str:
        made.append(number)
        return str(number)

    shared: BoundedCache[int, str] = BoundedCache(make)
    for number in (*range(MAX_ENTRIES), *range(MAX_ENTRIES)):
        assert shared[number] == str(number)
    assert made == [*range(MAX_ENTRIES)]
    assert shared[MAX_ENTRIES] == str(MAX_ENTRIES)
    assert dict(shared) == {MAX_ENTRIES: str(MAX_ENTRIES)}


@pytest.mark.parametrize(
    "key",
    ["x" * (MAX_KEY_SIZE + 1), (b"x" * MAX_KEY_SIZE, 1, b"x"), (b"",) * 20],
    ids=["text", "tuple", "many parts"],
)
def test_a_cache_does_not_keep_values_of_large_keys(key: object) -> None:
    shared: BoundedCache[object, list[int]] = BoundedCache(lambda _: [])
    assert shared[key] is not shared[key]
    assert shared == {}


def test_a_cache_does_not_keep_very_many_bounds() -> None:
    before = len(column_decoder._rated_bounds)
    message = good_component(Category.METER)
    for _ in range(500):
        message.metric_config_bounds.add()
    assert len(decoded(message)[1]) > 500
    assert len(column_decoder._rated_bounds) == before


def test_equal_parts_of_components_are_one_object() -> None:
    first, second = (decoded(good_component(Category.METER))[0] for _ in range(2))
    assert first.operational_lifetime is second.operational_lifetime
    assert first.rated_bounds is second.rated_bounds
    assert first.manufacturer is second.manufacturer
    assert first.microgrid_id is second.microgrid_id
