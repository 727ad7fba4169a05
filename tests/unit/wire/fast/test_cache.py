"""Equal parts of entities are shared, with bounded memory."""

from collections.abc import Callable
from typing import Any, Final

import pytest

from frequenz.client.assets._wire.component import encode_component
from frequenz.client.assets._wire.fast import column_decoder
from frequenz.client.assets._wire.fast.cache import MAX_ENTRIES, MAX_KEY_SIZE, BoundedCache

from ...messages import Category, change, decode, valid_component

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
"""The caches, and changes of a component that lead to different keys."""


@pytest.mark.parametrize("name", CACHES)
def test_a_cache_stays_bounded_whatever_a_server_sends(name: str) -> None:
    cache, changes = CACHES[name]
    message = valid_component(Category.GRID)
    sizes = []
    for number in range(MAX_ENTRIES + 10):
        change(message, changes(number))
        component, faults = decode(message)
        sizes.append(len(cache))
        assert faults == []
    assert 0 < max(sizes) <= MAX_ENTRIES
    assert sizes[-1] < MAX_ENTRIES
    assert encode_component(component) == message


def test_a_cache_keeps_its_values_until_it_is_full() -> None:
    keys: list[int] = []

    def make(number: int) -> str:
        keys.append(number)
        return str(number)

    cache: BoundedCache[int, str] = BoundedCache(make)
    for number in (*range(MAX_ENTRIES), *range(MAX_ENTRIES)):
        assert cache[number] == str(number)
    assert keys == [*range(MAX_ENTRIES)]
    assert cache[MAX_ENTRIES] == str(MAX_ENTRIES)
    assert dict(cache) == {MAX_ENTRIES: str(MAX_ENTRIES)}


@pytest.mark.parametrize(
    "key",
    ["x" * (MAX_KEY_SIZE + 1), (b"x" * MAX_KEY_SIZE, 1, b"x"), (b"",) * 20],
    ids=["text", "tuple", "many parts"],
)
def test_a_cache_does_not_keep_values_of_large_keys(key: object) -> None:
    cache: BoundedCache[object, list[int]] = BoundedCache(lambda _: [])
    assert cache[key] is not cache[key]
    assert cache == {}


def test_a_cache_does_not_keep_a_large_number_of_bounds() -> None:
    before = len(column_decoder._rated_bounds)
    message = valid_component(Category.METER)
    for _ in range(500):
        message.metric_config_bounds.add()
    assert len(decode(message)[1]) > 500
    assert len(column_decoder._rated_bounds) == before


def test_components_share_equal_parts() -> None:
    first, second = (decode(valid_component(Category.METER))[0] for _ in range(2))
    assert first.operational_lifetime is second.operational_lifetime
    assert first.rated_bounds is second.rated_bounds
    assert first.manufacturer is second.manufacturer
    assert first.microgrid_id is second.microgrid_id
