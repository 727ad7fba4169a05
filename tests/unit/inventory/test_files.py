"""Files are read by their names, and written whole or not at all."""

import os
import resource
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from frequenz.client.assets import inventory
from frequenz.client.assets.inventory import FileFormat, InventoryFileError
from frequenz.client.assets.inventory._files import check_target

from ..inventory_messages import named, one_site

FLEET = one_site(name="Depot")
LARGE_FLEET = named(["Depot"] * 2000)

FORMAT_OF: Final[dict[str, FileFormat]] = {
    ".yaml": "yaml",
    ".yml": "yaml",
    ".json": "json",
    ".jsonl": "jsonl",
}

every_suffix = pytest.mark.parametrize(
    "suffix", [".yaml", ".yml", ".json", ".jsonl", ".YML", ".JSON", ".JSONL"]
)
wrong_suffix = pytest.mark.parametrize("name", ["fleet", "fleet.toml", "fleet.yaml.bak", ".yaml"])


def names_in(directory: Path) -> list[str]:
    """Return the names of all files of a directory, the hidden ones too."""
    return sorted(os.listdir(directory))  # noqa: PTH208 - what there is, unfiltered


@contextmanager
def masked(mask: int) -> Iterator[None]:
    """Set the process's mask of permissions for a while."""
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def full_disk() -> Iterator[None]:
    """Let the process write no file larger than a kilobyte for a while."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


# Reading ------------------------------------------------------------------------------------------


@every_suffix
def test_what_was_written_is_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"fleet{suffix}"
    inventory.write(FLEET, path)
    assert inventory.read(path) == FLEET
    assert inventory.read(str(path)) == FLEET


@every_suffix
def test_the_suffix_decides_how_a_file_is_written(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"fleet{suffix}"
    inventory.write(FLEET, str(path))
    file_format = FORMAT_OF[suffix.lower()]
    text = inventory.to_text(FLEET, file_format=file_format)
    assert path.read_bytes() == text.encode()


@wrong_suffix
def test_a_file_of_another_suffix_is_neither_read_nor_written(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("version: 1\n")
    for use in (lambda: inventory.read(path), lambda: inventory.write(FLEET, path)):
        with pytest.raises(
            ValueError, match=r"ends in \.yaml, \.yml, \.json, \.jsonl, got '"
        ) as caught:
            use()
        assert str(caught.value).startswith(f"{path}: ")
    assert path.read_text() == "version: 1\n"
    assert names_in(tmp_path) == [name]


def test_json_is_not_read_as_yaml_by_another_name(tmp_path: Path) -> None:
    path = tmp_path / "fleet.json"
    path.write_text("version: 1\n")
    with pytest.raises(InventoryFileError, match="invalid JSON: expected a value"):
        inventory.read(path)


def test_a_problem_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_text("version: 1\nmicrogrid: []\n")
    with pytest.raises(InventoryFileError) as caught:
        inventory.read(path)
    assert str(caught.value) == f"{path}:2:1: microgrid: unknown key; did you mean microgrids?"


@pytest.mark.parametrize("suffix", [".yaml", ".json"])
@pytest.mark.parametrize(
    ("content", "position"), [(b"\xff\xfe", 0), (b"# \xe4\n{}", 2), (b'{"a": "\xed\xa0\xbd"}', 7)]
)
def test_bytes_that_are_not_utf_8_are_refused(
    tmp_path: Path, suffix: str, content: bytes, position: int
) -> None:
    path = tmp_path / f"fleet{suffix}"
    path.write_bytes(content)
    with pytest.raises(InventoryFileError) as caught:
        inventory.read(path)
    (problem,) = caught.value.problems
    assert str(problem).startswith(f"{path}:1:1: expected text in UTF-8: ")
    assert f"in position {position}: " in problem.sentence


def test_a_byte_order_mark_of_yaml_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_text(inventory.to_text(FLEET), encoding="utf-8-sig")
    assert inventory.read(path) == FLEET


def test_a_byte_order_mark_of_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "fleet.json"
    path.write_text(inventory.to_text(FLEET, file_format="json"), encoding="utf-8-sig")
    with pytest.raises(InventoryFileError) as caught:
        inventory.read(path)
    (problem,) = caught.value.problems
    assert str(problem).startswith(f"{path}:1:1: invalid JSON: ")


@every_suffix
def test_lines_may_end_as_on_windows(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"fleet{suffix}"
    inventory.write(FLEET, path)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert inventory.read(path) == FLEET


def test_a_file_that_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        inventory.read(tmp_path / "fleet.yaml")


# Writing ------------------------------------------------------------------------------------------


def test_an_older_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yaml"
    inventory.write(LARGE_FLEET, path)
    inventory.write(FLEET, path)
    assert inventory.read(path) == FLEET
    assert names_in(tmp_path) == ["fleet.yaml"]


def test_a_relative_path_is_that_of_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    inventory.write(FLEET, "fleet.yaml")
    assert inventory.read(tmp_path / "fleet.yaml") == FLEET
    assert inventory.read("fleet.yaml") == FLEET


@pytest.mark.parametrize("mask", [0o022, 0o027, 0o077, 0o002, 0o000])
def test_permissions_are_those_of_any_new_file(tmp_path: Path, mask: int) -> None:
    with masked(mask):
        inventory.write(FLEET, tmp_path / "fleet.yaml")
        (tmp_path / "other").touch()
        assert os.umask(mask) == mask
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {0o666 & ~mask}


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666, 0o444])
def test_permissions_of_an_older_file_are_kept(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "fleet.yaml"
    path.touch()
    path.chmod(mode)
    with masked(0o022):
        inventory.write(FLEET, path)
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert inventory.read(path) == FLEET


@pytest.mark.parametrize("is_there", [True, False])
def test_a_link_leads_to_the_file_still(tmp_path: Path, is_there: bool) -> None:
    path, link = tmp_path / "elsewhere" / "fleet.json", tmp_path / "link.yaml"
    path.parent.mkdir()
    link.symlink_to(path)
    if is_there:
        path.touch()
        path.chmod(0o640)
    inventory.write(FLEET, link)
    assert link.readlink() == path
    assert names_in(path.parent) == ["fleet.json"]
    assert inventory.read(link) == FLEET
    if is_there:
        assert stat.S_IMODE(path.stat().st_mode) == 0o640


def _link_to_pipe(path: Path) -> None:
    # No device of the machine: code that is wrong would replace it.
    pipe = path.parent.parent / f"{path.parent.name}.pipe"
    os.mkfifo(pipe)
    path.symlink_to(pipe)


UNWRITABLE: Final[dict[str, tuple[Callable[[Path], None], str]]] = {
    "a directory": (Path.mkdir, "Is a directory"),
    "a pipe": (os.mkfifo, "Not a regular file"),
    "a link to a pipe": (_link_to_pipe, "Not a regular file"),
    "a link to itself": (lambda path: path.symlink_to(path), "Too many levels of symbolic links"),
    "a link to nowhere": (lambda path: path.symlink_to("none/x.yaml"), "There is no directory"),
}


@pytest.mark.parametrize(("make", "reason"), UNWRITABLE.values(), ids=UNWRITABLE)
def test_what_is_no_file_is_refused_and_left_alone(
    tmp_path: Path, make: Callable[[Path], None], reason: str
) -> None:
    path = tmp_path / "fleet.yaml"
    make(path)
    before = path.lstat()
    with pytest.raises(OSError, match=reason) as refused:
        inventory.write(FLEET, path)
    with pytest.raises(OSError, match=reason) as refused_before:
        check_target(path)
    assert refused.value.filename == refused_before.value.filename == str(path)
    assert path.lstat() == before
    assert names_in(tmp_path) == ["fleet.yaml"]


def test_that_a_file_can_be_written_is_told_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_target(tmp_path / "fleet.yaml")
    assert names_in(tmp_path) == []
    with pytest.raises(ValueError, match=r"expected a file name that ends in"):
        check_target(tmp_path / "fleet.csv")
    with pytest.raises(OSError, match=r"x\.json") as refused:  # whoever asks: not even root can
        check_target("/proc/x.json")
    assert refused.value.filename == "/proc/x.json"

    monkeypatch.delitem(sys.modules, "frequenz.client.assets.inventory._yaml", raising=False)
    monkeypatch.delattr(inventory, "_yaml", raising=False)
    monkeypatch.setitem(sys.modules, "yaml", None)
    check_target(tmp_path / "fleet.json")
    with pytest.raises(ModuleNotFoundError, match="needs the package yaml"):
        check_target(tmp_path / "fleet.yaml")


def test_errors_name_the_file_that_is_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with full_disk(), pytest.raises(OSError, match="File too large") as refused:
        inventory.write(LARGE_FLEET, "fleet.yaml")
    assert refused.value.filename == "fleet.yaml"
    with pytest.raises(FileNotFoundError, match=r"There is no directory .*: 'none/fleet.yaml'"):
        inventory.write(FLEET, "none/fleet.yaml")


def test_a_disk_that_is_full_leaves_the_older_file(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yaml"
    inventory.write(FLEET, path)
    with full_disk(), pytest.raises(OSError, match="File too large"):
        inventory.write(LARGE_FLEET, path)
    assert inventory.read(path) == FLEET
    assert names_in(tmp_path) == ["fleet.yaml"]


def test_a_disk_that_is_full_leaves_no_new_file(tmp_path: Path) -> None:
    with full_disk(), pytest.raises(OSError, match="File too large"):
        inventory.write(LARGE_FLEET, tmp_path / "fleet.yaml")
    assert names_in(tmp_path) == []


def test_a_directory_of_the_same_name_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yaml"
    path.mkdir()
    with pytest.raises(IsADirectoryError):
        inventory.write(FLEET, path)
    assert names_in(tmp_path) == ["fleet.yaml"]


@pytest.mark.parametrize("step", ["chmod", "replace"])
def test_an_interrupt_in_the_middle_leaves_the_older_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "fleet.yaml"
    inventory.write(FLEET, path)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, step, interrupt)
    with pytest.raises(KeyboardInterrupt):
        inventory.write(LARGE_FLEET, path)
    assert inventory.read(path) == FLEET
    assert names_in(tmp_path) == ["fleet.yaml"]


def test_a_directory_that_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        inventory.write(FLEET, tmp_path / "fleets" / "fleet.yaml")
    assert names_in(tmp_path) == []


def test_a_reader_sees_the_older_file_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yaml"
    inventory.write(FLEET, path)
    with path.open(encoding="utf-8") as older:
        inventory.write(LARGE_FLEET, path)
        assert older.read() == inventory.to_text(FLEET)
    assert inventory.read(path) == LARGE_FLEET
