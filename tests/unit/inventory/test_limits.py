"""What foreign files can cost."""

import json
import pickle
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from frequenz.client.assets import inventory
from frequenz.client.assets.inventory import FileFormat, InventoryFileError, _reading
from frequenz.client.assets.inventory._problems import MAX_PROBLEMS

from ..inventory_messages import ALL_FORMATS

every_format = pytest.mark.parametrize("file_format", ALL_FORMATS)


def error_of(text: str, file_format: FileFormat = "yaml") -> InventoryFileError:
    """Return what is wrong with a text."""
    with pytest.raises(InventoryFileError) as caught:
        _reading.parse_text(text, name="fleet", file_format=file_format)
    return caught.value


def peak(call: Callable[[], object]) -> int:
    """Return the most memory that a call takes, in bytes."""
    tracemalloc.start()
    call()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


@every_format
def test_an_error_lists_the_first_problems_and_counts_all(file_format: FileFormat) -> None:
    sites = [{"id": 1, "components": [{"id": -1, "name": 5}] * 200}]
    text = json.dumps({"version": 1, "microgrids": sites})
    error = error_of(text, file_format)
    assert error.total == 400
    assert len(error.problems) == MAX_PROBLEMS == 100
    paths = [problem.path for problem in error.problems]
    expected = [
        f"microgrids[0].components[{it}].{key}" for it in range(50) for key in ("id", "name")
    ]
    assert paths == expected
    *_, last = str(error).split("\n")
    assert last == "and 300 more problems"
    copied = pickle.loads(pickle.dumps(error))
    assert (copied.total, str(copied)) == (400, str(error))


def test_problems_are_listed_in_the_order_of_the_file_wherever_they_were_found() -> None:
    names = "".join(f"    - {{id: {it}, name: 5}}\n" for it in range(300))
    text = f"version: 1\ngridpools: [{{id: -1}}]\nmicrogrids:\n  - id: 1\n    components:\n{names}"
    lines = [problem.line for problem in error_of(text).problems]
    assert lines == [2, *range(6, 105)]


def test_problems_of_lines_are_counted_to_the_end(tmp_path: Path) -> None:
    path = tmp_path / "fleet.jsonl"
    path.write_text('{"version": 1}\n' + '{"gridpools": [{"id": -1}]}\n' * 250 + "{\n")
    with pytest.raises(InventoryFileError) as caught:
        list(inventory.read_in_parts(path))
    assert caught.value.total == 251
    assert [problem.line for problem in caught.value.problems] == [*range(2, 102)]


def test_the_problems_of_several_files_are_added(tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}.json" for name in "ab"]
    for path in paths:
        path.write_text(json.dumps({"version": 1, "gridpools": [{"id": -1}] * 150}))
    with pytest.raises(InventoryFileError) as caught:
        inventory.read_all(paths)
    assert (caught.value.total, len(caught.value.problems)) == (300, 200)


@every_format
@pytest.mark.parametrize("key", ["id", "x" * 100_000], ids=["value", "key"])
def test_what_a_problem_quotes_is_cut(key: str, file_format: FileFormat) -> None:
    text = json.dumps({"version": 1, "gridpools": [{"id": 1, key: "y" * 100_000}]})
    for problem in error_of(text, file_format).problems:
        assert len(str(problem)) < 1_000


@pytest.mark.parametrize("value", ["!x{}", "!!int {}", "*x{}", "!!{} 1", "&x{0} [*x{0}]"])
def test_what_a_problem_of_yaml_quotes_is_cut(value: str) -> None:
    error = error_of(f"version: 1\ngridpools: {value.format('y' * 10_000)}\n")
    assert len(str(error)) < 1_000


@pytest.mark.parametrize("is_right", [True, False])
@pytest.mark.parametrize("file_format", ["json", "jsonl"])
def test_a_long_text_takes_a_few_times_its_length(
    file_format: FileFormat, *, is_right: bool
) -> None:
    size = 2_000_000
    text = json.dumps(
        {"version": 1, "gridpools": [{"id": 1 if is_right else -1, "name": "x" * size}]}
    )

    def read() -> None:
        if is_right:
            _reading.parse_text(text, name="fleet", file_format=file_format)
        else:
            error_of(text, file_format)

    assert peak(read) < 8 * size


def test_a_long_text_with_escapes_is_read_with_care() -> None:
    text = '{"version": 1, "gridpools": [{"id": -1, "name": "' + r"a\"\\\u0041" * 100_000 + '"}]}'
    assert peak(lambda: error_of(text, "json")) < 12 * len(text)


def test_aliases_make_a_bounded_error() -> None:
    aliases = ", ".join(["*a"] * 1_000)
    sites = "".join("- {id: 1, components: *b}\n" for _ in range(1_500))
    text = f"x: &a 1\ny: &b [{aliases}]\nmicrogrids:\n{sites}"
    error = error_of(text)
    assert len(str(error)) < 100_000


def test_a_line_has_a_greatest_length(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_reading, "MAX_LINE", 1_000)
    path = tmp_path / "fleet.jsonl"
    path.write_text('{"version": 1}\n{"gridpools": []}' + " " * 1_000 + "\n{}")
    with pytest.raises(InventoryFileError) as caught:
        inventory.read(path)
    assert str(caught.value) == f"{path}:2:1: expected at most 1000 bytes in a line"
    path.write_text('{"version": 1}\n{"gridpools": []}' + " " * (1_000 - 18) + "\n{}")
    inventory.read(path)
