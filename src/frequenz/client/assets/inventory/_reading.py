"""Reading inventory files: fast where nothing is wrong or unusual, else with care.

The careful reader knows the position of each value, and says everything that is wrong with a file.
It takes ten to twenty times as long as the fast one, and much more memory.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property, partial
from io import BufferedReader
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

from .._text_files import Line, LineTooLongError, NotUtf8Error, decode_text, iter_lines
from . import _fast_json, _json
from ._fast_readers import UnusualError, parts_of
from ._files import FileFormat, format_of, yaml_module
from ._inventory import Inventory, remember_positions
from ._keys import INVENTORY, VERSION
from ._packed import Packed
from ._parsed_tree import Node
from ._positions import Part, Positions
from ._problems import (
    START,
    FilePosition,
    InvalidSyntaxError,
    InventoryFileError,
    Position,
    Problem,
    Problems,
)
from ._tree_builder import BYTE_ORDER_MARK, check_encodable

MAX_LINE: Final = 64 * 2**20
"""How many bytes a line of JSON lines can have, since it is in memory as a whole: a site of some
200 000 components."""

_CHUNK: Final = 2**20
"""How many bytes of JSON lines one process reads before it is another one's turn."""

_NOT_FAST: Final = (UnusualError, ValueError, OverflowError, RecursionError)
"""What the fast readers raise when only the careful one can tell what is there."""


def read(path: str | os.PathLike[str]) -> Inventory:
    """Return the inventory in a file, whose format is that of its name (see `format_of`).

    It remembers where its entities are in the file: `check` says so, unless the file has changed by
    then.

    Raises:
        InventoryFileError: If the file is not a valid inventory; with the first problems.
        OSError: If the file cannot be opened.
        ValueError: If the name ends otherwise.
    """
    path = Path(path)
    _check_is_no_directory(path)
    file_format = format_of(path)
    if file_format == "jsonl":
        return Inventory.joined(part.inventory() for part in _parts_of_lines(path))
    return _read_whole_document(path, file_format)


def _check_is_no_directory(path: Path) -> None:
    if path.is_dir():
        reason = (
            f"{os.strerror(errno.EISDIR)}; `fleet.read_parquet` reads a folder of Parquet files"
        )
        raise IsADirectoryError(errno.EISDIR, reason, os.fspath(path))


def read_in_parts(path: str | os.PathLike[str]) -> Iterator[Inventory]:
    """Iterate over the inventory in a file, of which only a small part is in memory at a time.

    Joined, the parts are what `read` returns. Of JSON lines, each part is what a line has, which is
    one site or entity in files that `write` has written; of YAML and JSON, it is one site,
    gridpool, schedule or relation. All that a site has is in one place of a file, so sites are
    never divided, nor are they merged: a microgrid that is given twice is in two parts.

    In memory is one line, of at most 64 MiB, or the whole text of YAML and JSON. A YAML or JSON
    file that is unusual, such as one with aliases, is read as a whole and needs more.

    When a problem is reached, earlier parts have been returned: whoever stores them must be able to
    roll back. The error is raised after the rest of the file was read, so that it lists what
    `read` lists.

    Raises:
        InventoryFileError: If the file is not a valid inventory, when its first problem is reached;
            with the same problems as `read`.
        OSError: If the file cannot be opened, when the first part is asked for.
        ValueError: If the name ends otherwise, immediately.
    """
    return (part.inventory() for part in read_packed(path))


class ReadPart(NamedTuple):
    """What was read from a part of a file."""

    packed: Packed
    locatable: Callable[[Inventory], Part] | None = None
    """Returns what finds the positions of its entities; None if it has none."""

    def inventory(self) -> Inventory:
        """Return the inventory, which remembers where its entities are in the file."""
        inventory = self.packed.unpacked()
        if self.locatable is None:
            return inventory
        # Not with itself as a part of what it remembers: it would stay in memory.
        return _remember(inventory, self.locatable(replace(inventory)))


def read_packed(path: str | os.PathLike[str]) -> Iterator[ReadPart]:
    """Iterate over the parts that `read_in_parts` returns, packed; with the same errors."""
    path = Path(path)
    _check_is_no_directory(path)
    file_format = format_of(path)
    return (
        _parts_of_lines(path) if file_format == "jsonl" else _parts_of_document(path, file_format)
    )


def read_all(paths: Iterable[str | os.PathLike[str]]) -> Inventory:
    """Return one inventory of all that is in some files.

    Raises:
        InventoryFileError: If some are not valid inventories; with the first problems of every
            file.
        OSError: If one cannot be opened.
        ValueError: If the name of one ends otherwise than in a format of `format_of`.
    """
    errors: list[InventoryFileError] = []
    inventories: list[Inventory] = []
    for path in paths:
        try:
            inventories.append(read(path))
        except InventoryFileError as error:
            errors.append(error)
    if errors:
        problems = tuple(problem for error in errors for problem in error.problems)
        raise InventoryFileError(problems, sum(error.total for error in errors))
    return Inventory.joined(inventories)


def parse_text(text: str, *, name: str, file_format: FileFormat = "yaml") -> Inventory:
    """Return the inventory in a text; problems give `name` as the file.

    Byte order marks at its start are ignored.

    Raises:
        InventoryFileError: If the text is not a valid inventory; with the first problems.
    """
    text = text.lstrip(BYTE_ORDER_MARK)
    if file_format == "jsonl":
        read_lines = _read_lines(_lines_of(text, name), Problems(name))
        parts = [part for part, _ in read_lines]
    else:
        parts = [*_read_document(text, name, file_format)]
    return Packed.joined(parts).unpacked()


# YAML and JSON ------------------------------------------------------------------------------------


def _read_document(text: str, name: str, file_format: FileFormat) -> Iterator[Packed]:
    """Yield the parts of a text; what the fast reader cannot read is one part.

    Raises:
        InventoryFileError: If the text is not valid.
    """
    given = dict.fromkeys(_LISTS, 0)
    parts = parts_of(_ENTRIES[file_format](text))
    while True:
        try:
            part = next(parts, None)
        except _NOT_FAST:
            break
        if part is None:
            return
        for key in given:
            given[key] += len(getattr(part, key))
        yield part
    whole = _read_carefully(text, Problems(name), file_format)
    rest = Inventory(**{key: getattr(whole, key)[count:] for key, count in given.items()})
    if rest != Inventory():
        yield Packed.of(rest)


_LISTS: Final = Packed._fields

_Entries: TypeAlias = Callable[[str], Iterator[tuple[str, Any]]]

_ENTRIES: Final[Mapping[str, _Entries]] = {
    "yaml": lambda text: yaml_module().fast_entries(text),
    "json": _fast_json.entries,
}
_TREES: Final[Mapping[str, Callable[[str], Any]]] = {
    "yaml": lambda text: yaml_module().parse(text),
    "json": _json.parse,
}


def _read_carefully(text: str, problems: Problems, file_format: FileFormat) -> Inventory:
    """Return the inventory in a text of YAML or JSON.

    Raises:
        InventoryFileError: If the text is not valid.
    """
    inventory = None
    try:
        inventory = INVENTORY.read(Node(_TREES[file_format](text), "", problems))
    except InvalidSyntaxError as error:
        problems.add_syntax(error)
    if problems.total or inventory is None:
        raise problems.error()
    return inventory


# JSON lines ---------------------------------------------------------------------------------------


def _lines_of(text: str, name: str) -> Iterator[Line]:
    """Yield the lines of a text.

    Raises:
        InventoryFileError: If UTF-8 cannot encode the text.
    """
    try:
        check_encodable(text)
    except InvalidSyntaxError as error:
        raise _error(name, error.sentence, error.position) from error
    for number, line in enumerate(text.split("\n"), 1):
        yield Line(number, 0, line)


def _read_lines(
    lines: Iterable[Line],
    problems: Problems,
    *,
    is_start: bool = True,
) -> Iterator[tuple[Packed, Line]]:
    """Yield what is in each line, until one is not valid; only the first one must give the version.

    Args:
        lines: The lines.
        problems: Where to add problems.
        is_start: Whether these lines are the first ones of the file.

    Raises:
        InventoryFileError: If a line is not valid, after all lines were read.
    """
    is_first = is_start
    for line in lines:
        # Of files that were joined, each may have started with a byte order mark.
        text = line.text.lstrip(BYTE_ORDER_MARK)
        if _json.is_blank(text):
            continue
        needs_version = is_first and not problems.total
        try:
            part = _read_line(line._replace(text=text), problems, needs_version=needs_version)
        except InvalidSyntaxError as error:
            problems.add_syntax(error)
            continue
        is_first = False
        if part is None and needs_version:
            raise problems.error()  # another version, or no inventory file at all
        if part and any(part) and not problems.total:
            yield part, line
    if is_first and not problems.total:
        problems.add(START, "", f'the file is empty; expected {{"version": {VERSION}}}')
    if problems.total:
        raise problems.error()


def _read_line(line: Line, problems: Problems, *, needs_version: bool) -> Packed | None:
    """Return what is in a line, or None with a problem.

    Raises:
        InvalidSyntaxError: If it is not JSON.
    """
    try:
        entries = _fast_json.entries(line.text)
        return Packed.joined(parts_of(entries, needs_version=needs_version))
    except _NOT_FAST:
        read_line = _read_line_carefully(line, problems, needs_version=needs_version)
        return None if read_line is None else Packed.of(read_line)


def _read_line_carefully(
    line: Line, problems: Problems, *, needs_version: bool
) -> Inventory | None:
    problems.entities.clear()  # of the line before
    root = _json.parse_line(line.text, line.number)
    return INVENTORY.read(Node(root, "", problems), needs_version=needs_version)


# Files --------------------------------------------------------------------------------------------


class _Version(NamedTuple):
    """What changes when a file is replaced or written to."""

    device: int
    inode: int
    size: int
    modified: int
    """In nanoseconds."""

    is_regular: bool
    """Whether it can be read more than once: a pipe cannot."""

    @classmethod
    def of(cls, status: os.stat_result) -> "_Version":
        """Return the version of a file."""
        is_regular = stat.S_ISREG(status.st_mode)
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, is_regular)


class _File(NamedTuple):
    """A file as it was when it was read."""

    path: Path
    version: _Version

    @classmethod
    def of(cls, path: Path, opened: BufferedReader) -> "_File":
        """Return an open file."""
        return cls(path, _Version.of(os.fstat(opened.fileno())))

    def reopen(self) -> BufferedReader | None:
        """Return the file at its start, or None if it has changed or cannot be read again."""
        try:
            is_same = self.version.is_regular and _Version.of(self.path.stat()) == self.version
            return self.path.open("rb") if is_same else None
        except OSError:
            return None


def _error(name: str, sentence: str, position: Position = START) -> InventoryFileError:
    return InventoryFileError((Problem(name, *position, "", sentence),))


def _positions(inventory: Inventory, problems: Problems) -> list[FilePosition]:
    """Return the positions of what the careful reader has read."""
    return [problems.entities[id(message)][1] for message in inventory.entities()]


class _LinePart(NamedTuple):
    """What was read from a line."""

    inventory: Inventory
    file: _File
    line: int
    offset: int

    def entities(self) -> Iterator[Any]:
        """Iterate over the messages that were read."""
        return self.inventory.entities()

    def locate(self) -> list[FilePosition]:
        """Read the line again, and return the positions of its entities."""
        file = self.file.reopen()
        if file is None:
            return []
        with file:
            file.seek(self.offset)
            line = next(iter_lines(file, max_bytes=MAX_LINE))
        line = line._replace(number=self.line, text=line.text.lstrip(BYTE_ORDER_MARK))
        problems = Problems(str(self.file.path))
        read_again = _read_line_carefully(line, problems, needs_version=False)
        return [] if read_again is None else _positions(read_again, problems)


class _Document:
    """A file of YAML or JSON, and where the items of its lists are."""

    def __init__(self, file: _File, file_format: FileFormat) -> None:
        self._file = file
        self._file_format = file_format

    @cached_property
    def positions(self) -> Mapping[str, list[list[FilePosition]]]:
        """The name of a list -> for each of its items, the positions of the entities in it."""
        file = self._file.reopen()
        if file is None:
            return {}
        with file:
            text = decode_text(file.read()).lstrip(BYTE_ORDER_MARK)
        problems = Problems(str(self._file.path))
        read_again = _read_carefully(text, problems, self._file_format)
        return {
            key: [
                _positions(Inventory(**{key: (item,)}), problems)
                for item in getattr(read_again, key)
            ]
            for key in _LISTS
        }


class _DocumentPart(NamedTuple):
    """What was read from YAML or JSON."""

    inventory: Inventory
    document: _Document
    given: Mapping[str, int]
    """How many items of each list were in earlier parts."""

    def entities(self) -> Iterator[Any]:
        """Iterate over the messages that were read."""
        return self.inventory.entities()

    def locate(self) -> list[FilePosition]:
        """Read the file again, and return the positions of the entities."""
        positions = self.document.positions
        return [
            position
            for key in positions
            for item in positions[key][self.given[key] :][: len(getattr(self.inventory, key))]
            for position in item
        ]


def _remember(inventory: Inventory, part: Part) -> Inventory:
    remember_positions(inventory, Positions([part]))
    return inventory


def _parts_of_lines(path: Path) -> Iterator[ReadPart]:
    problems = Problems(str(path))
    with path.open("rb") as opened:
        file = _File.of(path, opened)
        try:
            for part, line in _read_lines(iter_lines(opened, max_bytes=MAX_LINE), problems):
                yield _part_of_line(part, file, line)
        except LineTooLongError as error:
            sentence = f"expected at most {MAX_LINE} bytes in a line"
            problems.add(Position(error.number, 1), "", sentence)
            raise problems.error() from error
        except NotUtf8Error as error:
            raise _error(str(path), str(error)) from error


def _part_of_line(part: Packed, file: _File, line: Line) -> ReadPart:
    return ReadPart(part, partial(_LinePart, file=file, line=line.number, offset=line.offset))


def read_chunks(path: Path, *, turn: int, turns: int) -> Iterator[tuple[list[ReadPart], int]]:
    """Iterate over every so many chunks of a file of JSON lines, for processes that take turns.

    Each chunk has the lines that begin in the same mebibyte.

    Args:
        path: The file.
        turn: The first chunk, counted from 0.
        turns: After how many chunks the next one comes.

    Yields:
        The parts of a chunk, and how many bytes of the file have been read.

    Raises:
        InventoryFileError: If one of these chunks is not valid; with the problems of the whole
            file, as `read` lists them.
        OSError: If the file cannot be opened.
        ValueError: If the file changes meanwhile.
    """
    with path.open("rb") as opened:
        file = _File.of(path, opened)
        try:
            for number, lines in enumerate(_chunks_of_lines(opened)):
                if number % turns == turn:
                    read_lines = _read_lines(lines, Problems(str(path)), is_start=number == 0)
                    parts = [_part_of_line(part, file, line) for part, line in read_lines]
                    yield parts, opened.tell()
        except (InventoryFileError, LineTooLongError, NotUtf8Error) as error:
            for _ in _parts_of_lines(path):
                pass
            raise ValueError(f"{path}: has changed while it was read") from error


def _chunks_of_lines(opened: BufferedReader) -> Iterator[list[Line]]:
    lines: list[Line] = []
    end = _CHUNK
    for line in iter_lines(opened, max_bytes=MAX_LINE):
        while line.offset >= end:
            yield lines
            lines, end = [], end + _CHUNK
        lines.append(line)
    yield lines


def _open_document(path: Path, file_format: FileFormat) -> tuple[str, _Document]:
    """Return the text of a file, and the file.

    Raises:
        InventoryFileError: If it is not in UTF-8.
        OSError: If it cannot be opened.
    """
    with path.open("rb") as opened:
        document = _Document(_File.of(path, opened), file_format)
        try:
            return decode_text(opened.read()).lstrip(BYTE_ORDER_MARK), document
        except NotUtf8Error as error:
            raise _error(str(path), str(error)) from error


def _read_whole_document(path: Path, file_format: FileFormat) -> Inventory:
    text, document = _open_document(path, file_format)
    packed = Packed.joined(_read_document(text, str(path), file_format))
    return _part_of_document(packed, document, dict.fromkeys(_LISTS, 0)).inventory()


def _parts_of_document(path: Path, file_format: FileFormat) -> Iterator[ReadPart]:
    text, document = _open_document(path, file_format)
    given = dict.fromkeys(_LISTS, 0)
    for part in _read_document(text, str(path), file_format):
        yield _part_of_document(part, document, given)
        given = {key: count + len(getattr(part, key)) for key, count in given.items()}


def _part_of_document(part: Packed, document: _Document, given: Mapping[str, int]) -> ReadPart:
    return ReadPart(part, partial(_DocumentPart, document=document, given=given))
