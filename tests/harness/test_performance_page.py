"""The page of the figures. None of these tests asserts a time."""

import json
import socket
from fractions import Fraction
from math import comb
from pathlib import Path

import pytest
from harness.benchmarks._page import ARCHITECTURE, architecture, page, read
from harness.benchmarks._parts import PARTS
from harness.benchmarks._statistics import MIN_VALUES, interval
from harness.benchmarks._tables import TABLES
from harness.benchmarks._targets import TARGETS

DOCS = Path(__file__).parents[2] / "docs"

LIMITS = (
    ("list 1 000 ", 5),
    ("list 10 000 ", 10),
    ("tables of 1 000 ", 1.5),
    ("tables of 10 000 ", 2),
    ("replies about a site -> all tables", 0.06),
    ("to Parquet over the published", 0.05),
    ("million components to Parquet", 300),
    ("topology of 100 000 components", 33),
    ("its slowest query", 1.7),
    ("the slowest one the first time", 33),
    ("reply -> component", 0.24),
    ("reply -> connection", 0.21),
    ("bytes kept per component", 340),
    ("distinct lifetimes and bounds", 700),
    ("longest stall of the event loop over the bare stub, 100 000 ", 2),
    ("with pauses over decoding without", 1.05),
    ("`import frequenz.client.assets`", 0.9),
    ("`AssetsApiClient`", 0.9),
    ("`assets-cli --help`", 0.5),
    ("component, 100 to 100 000", 1.2),
)


def test_the_committed_page_has_the_committed_figures() -> None:
    assert page(read()) == (DOCS / "performance.md").read_text(encoding="utf-8")


def test_the_page_of_the_architecture_has_the_committed_figures() -> None:
    assert architecture(read()) == (DOCS / ARCHITECTURE).read_text(encoding="utf-8")


@pytest.mark.parametrize(("what", "limit"), LIMITS)
def test_each_target_has_a_row_with_its_limit(what: str, limit: float) -> None:
    rows = [row for row in page(read()).splitlines() if row.startswith("|") and what in row]
    limited = [row for row in rows if row.rstrip(" |").endswith(("yes", "**no**"))]
    assert limited
    for row in limited:
        assert float(row.split("|")[5].split()[0]) == limit


def test_the_limit_of_a_get_is_the_published_ratio() -> None:
    rows = [row for row in page(read()).splitlines() if row.endswith((" yes |", " **no** |"))]
    gets = [row.split("|") for row in rows if row.startswith("| get ")]
    assert len(gets) == 4
    for _, _, published, _, _, limit, *_ in gets:
        assert float(limit.split()[0]) == float(published.split()[0])


def test_the_page_shows_which_targets_are_reached() -> None:
    data = read()
    lines = page(data).splitlines()
    for target in TARGETS:
        part = target.find(data["figures"])
        if part is None:
            continue  # not measured yet
        if target.limit is not None:
            (row,) = (line for line in lines if line.startswith(f"| {target.what} |"))
            assert row.endswith("| yes |" if target.is_reached(part) else "| **no** |")


def test_each_part_is_measured_and_shown() -> None:
    assert {*PARTS} - {"blocking"} == {*TABLES}  # its rows among the targets say it all
    assert {*read()["figures"]} == {*PARTS}


def test_page_and_figures_do_not_identify_the_machine() -> None:
    for name in ("performance.md", "performance.json"):
        text = (DOCS / name).read_text(encoding="utf-8")
        assert str(DOCS.parent) not in text
        assert str(Path.home()) not in text
        assert not any(f"{edge}{socket.gethostname()}" in text for edge in ' "/@')


@pytest.mark.parametrize("count", [MIN_VALUES, 7, 12, 99, 100, 1_000])
def test_the_interval_of_a_median_is_the_narrowest_that_covers_95_percent(count: int) -> None:
    values = [float(value) for value in range(count)]
    found = interval(values[::-1])
    low, high = int(found["low"]), int(found["high"])
    assert low + high == count - 1

    def coverage(outside: int) -> Fraction:
        return 1 - Fraction(sum(comb(count, tossed) for tossed in range(outside)), 2 ** (count - 1))

    assert coverage(low + 1) >= 0.95 > coverage(low + 2)
    assert found["median"] == (count - 1) / 2


def test_too_few_values_have_no_interval() -> None:
    with pytest.raises(ValueError, match="5 values have no 95 % interval; it takes at least 6"):
        interval([1.0] * (MIN_VALUES - 1))


def test_the_figures_are_valid_json() -> None:
    assert json.loads(json.dumps(read(), allow_nan=False)) == read()
