"""The fast reader accepts what the careful one accepts, or leaves it to the careful one.

`conftest.py` compares both on everything that the other tests of this folder read.
"""

import re
from collections.abc import Iterator
from typing import Final
from unittest.mock import patch

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from frequenz.client.assets import inventory
from frequenz.client.assets.inventory import FileFormat, Inventory, _fast_json, _reading
from frequenz.client.assets.inventory._codecs import ListCodec
from frequenz.client.assets.inventory._fast_readers import _field_encoder

from ..inventory_messages import ALL_FORMATS, contents, named
from .both_ways import careful_outcome, outcome
from .strategies import any_whole

every_format = pytest.mark.parametrize("file_format", ALL_FORMATS)


def read(text: str, file_format: FileFormat) -> Inventory:
    """Return what is in a text."""
    return inventory.parse_text(text, name="fleet", file_format=file_format)


def assert_same(text: str, file_format: FileFormat) -> None:
    """Check that both readers come to the same inventory or error."""

    def call() -> Inventory:
        return _reading.parse_text(text, name="fleet", file_format=file_format)

    assert outcome(call) == careful_outcome(call)


def refuse(*_: object, **__: object) -> None:
    """Take the place of the careful reader."""
    raise AssertionError("read carefully")


@every_format
@given(whole=any_whole)
def test_whatever_is_written_is_read_fast(whole: Inventory, file_format: FileFormat) -> None:
    text = inventory.to_text(whole, file_format=file_format)
    assume(file_format == "yaml" or not _fast_json._MINUS_ZERO.search(text))
    with (
        patch.object(_reading, "_read_carefully", refuse),
        patch.object(_reading, "_read_line_carefully", refuse),
    ):
        fast = _reading.parse_text(text, name="fleet", file_format=file_format)
    assert contents(fast) == contents(whole)


_WORDS: Final = r"""
on off yes no y n true True FALSE null Null ~ 1_000 0o17 0x1F 017 007 +5 -0 -0.0 0 1 -1 1.0 1. .5
1e3 1e400 -1e400 190:20:30 12:30 2024-05-17 2024-05-17T08:30:00Z .nan .inf -.inf NaN Infinity
-Infinity 99 18446744073709551616 meter METER solar ac_power_active lower bounds id name {} [] [1]
[1,2] {id:1} "" "1" "meter" "null" '1' !!str !!int !!float ! !x &a *a << : , - # | > ? \ \u0041
\ud83d { } [ ] : -0, -0} 1e5 1E5 01 1.e5 "a":1, "id":1, id: version 2
"""

_SPELLINGS: Final = (*_WORDS.split(), "", "\t", "\ufeff")

_EDITS = st.tuples(
    st.integers(0, 10_000),
    st.sampled_from(("replace", "insert", "delete", "repeat", "word")),
    st.sampled_from([*_SPELLINGS, " ", "\n", "\n  ", "\r"]),
)


def edited(text: str, edits: list[tuple[int, str, str]]) -> str:
    """Return a text with some changes, each at a place of it."""
    for number, kind, spelling in edits:
        index = number % (len(text) + 1)
        end = index + len(spelling)
        if kind == "replace":
            text = text[:index] + spelling + text[end:]
        elif kind == "insert":
            text = text[:index] + spelling + text[index:]
        elif kind == "delete":
            text = text[:index] + text[end:]
        elif kind == "repeat":  # a line, or a part of one
            start = max(text.rfind(mark, 0, index) for mark in "\n,{[") + 1
            text = text[:start] + text[start:index] + "," * (number % 2) + text[start:]
        else:  # the value after a colon
            value = re.compile(r"(?<=: )[^,}\n]+").search(text, index)
            if value is not None:
                text = text[: value.start()] + spelling + text[value.end() :]
    return text


@every_format
@given(whole=any_whole, edits=st.lists(_EDITS, min_size=1, max_size=3))
@settings(max_examples=150)
def test_changed_texts_are_read_as_the_careful_reader_reads_them(
    whole: Inventory, edits: list[tuple[int, str, str]], file_format: FileFormat
) -> None:
    assert_same(edited(inventory.to_text(whole, file_format=file_format), edits), file_format)


def values_of_every_key() -> Iterator[tuple[str, str]]:
    """Iterate over the keys of a file, each with every spelling as its value."""
    site = "id: 1\nenterprise_id: 1\nname: a\nstatus: a\ndelivery_area: a\nlocation: a\n"
    component = (
        "id name category category_specific_info manufacturer operational_lifetime rated_bounds"
        " operational_mode microgrid_id type rated_fuse_current primary_power"
    )
    for value in _SPELLINGS:
        for line in site.splitlines():
            yield f"[{{id: 1, {line.split(':')[0]}_: 0, {line.split(':')[0]}: {value}}}]", value
            yield f"[{{id: 1, {line.split(':')[0]}: {value}}}]", value
        for key in component.split():
            for category in ("meter", "battery", "grid_connection_point", "null"):
                yield (
                    f"[{{id: 1, components: [{{id: 2, category: {category}, {key}: {value}}}]}}]",
                    value,
                )
        yield f"[{{id: 1, components: [{{id: 2, rated_bounds: {{{value}: null}}}}]}}]", value
        yield (
            f"[{{id: 1, components: [{{id: 2, rated_bounds: {{dc_power: {{lower: {value}}}}}}}]}}]",
            value,
        )
        yield f"[{{id: 1, connections: [[{value}, 1], [1, {value}]]}}]", value
        yield f"[{{id: 1, connections: {value}}}]", value


def test_every_spelling_as_the_value_of_every_key_in_yaml() -> None:
    for sites, _ in values_of_every_key():
        assert_same(f"version: 1\nmicrogrids: {sites}\n", "yaml")


def test_every_spelling_as_the_value_of_every_key_in_json() -> None:
    def quoted(text: str, value: str) -> str:
        marked = text.replace(value, "\0") if value else text
        words = re.sub(r"[a-z_]+", lambda it: f'"{it[0]}"', marked)
        return words.replace("\0", value).replace('"null"', "null")

    for sites, value in values_of_every_key():
        for file_format in ("json", "jsonl"):
            text = f'{{"version": 1, "microgrids": {quoted(sites, value)}}}'
            assert_same(text, "json" if file_format == "json" else "jsonl")


@pytest.mark.parametrize(
    "text",
    [
        '{"version": 1, "version": 1}',
        '{"version": 1, "microgrids": [{"id": 1, "id": 1}]}',
        '{"version": 1, "microgrids": [], "microgrids": []}',
        '{"version": true}',
        '{"version": 1.0}',
        '{"version": 1,}',
        '{"version": 1} {}',
        '{"version" 1}',
        '{"microgrids": [], "version": 1}',
        '{"version": 1, "microgrids": [{"id": 1},]}',
        '{"version": 1, "microgrids": [{"id": 1} {"id": 2}]}',
        '{"version": 1, "microgrids": {"id": 1}}',
        '{"version": 1, "microgrids": null, "gridpools": null}',
        '{"version": 1, "gridpools": [null]}',
        '{"version": 1, "gridpools": [{"id": 1, "name": "\\ud83d"}]}',
        '{"version": 1, "gridpools": [{"id": 1, "name": "\ud83d"}]}',
        '{"version": 1, "gridpools": [{"id": 1, "name": "a\tb"}]}',
        '{"version": 1, "gridpools": [{"id": 1, "name": "' + "[" * 99 + '"}]}',
        '{"version": 1, "gridpools": ' + "[" * 9_999,
        '{"version": ' + "9" * 9_999 + "}",
        "[]",
        "{}",
        "1",
        "",
    ],
)
def test_odd_files(text: str) -> None:
    for file_format in ALL_FORMATS:
        assert_same(text, file_format)


def test_a_codec_without_a_fast_reader_is_an_error() -> None:
    class OtherCodec:
        pass

    (field, *_) = named("a").sites[0].microgrid.DESCRIPTOR.fields
    with pytest.raises(TypeError, match="there is no fast reader for OtherCodec"):
        _field_encoder(OtherCodec(), field)
    with pytest.raises(TypeError, match="there is no fast reader for OtherCodec"):
        _field_encoder(ListCodec(OtherCodec()), field)  # type: ignore[arg-type]
