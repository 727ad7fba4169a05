"""YAML and JSON text to trees with places, and plain data to YAML: all that needs PyYAML."""

import json
import re
from typing import Any, Final

import yaml

from ._nodes import (
    BOOLEAN,
    INTEGER,
    NUMBER,
    SPECIAL,
    START,
    Entries,
    Items,
    Place,
    Problems,
    Raw,
    Scalar,
)

_Loader: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG: Final = "tag:yaml.org,2002:"


def parse(text: str, problems: Problems, *, is_json: bool) -> Raw | None:
    """Return the root of a file's tree, or None with a problem where the syntax is wrong."""
    try:
        if is_json:
            json.loads(text)  # stricter than YAML, of which JSON is nearly a part
            text = _without_surrogates(text)
        root = yaml.compose(text, _Loader)
    except json.JSONDecodeError as error:
        problems.add(Place(error.lineno, error.colno), "", f"not JSON: {error.msg}")
        return None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reasons = ", ".join(filter(None, (error.context, error.problem)))
        problems.add(_place(mark) if mark else START, "", f"not YAML: {reasons}")
        return None
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        place = Place(before.count("\n") + 1, error.position - before.rfind("\n"))
        problems.add(place, "", f"not YAML: {error.reason}")
        return None
    if root is None:
        problems.add(START, "", "the file is empty; expected a mapping")
        return None
    return _tree(root, {})


def _place(mark: Any) -> Place:
    return Place(mark.line + 1, mark.column + 1)


def _tree(node: Any, made: dict[int, Raw]) -> Raw:
    """Return a node as ours; what an alias repeats, or contains itself, is the same object."""
    if id(node) in made:
        return made[id(node)]
    place = _place(node.start_mark)
    raw: Raw
    match node:
        case yaml.SequenceNode():
            raw = made[id(node)] = Items(place, [])
            raw.items.extend(_tree(item, made) for item in node.value)
        case yaml.MappingNode():
            raw = made[id(node)] = Entries(place, [])
            raw.entries.extend((_tree(key, made), _tree(value, made)) for key, value in node.value)
        case _:
            raw = made[id(node)] = Scalar(place, node.value, is_quoted=bool(node.style))
    return raw


_SURROGATES: Final = re.compile(
    r"(\\\\)|\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
)


def _without_surrogates(text: str) -> str:
    r"""Write JSON's `\ud83d\ude00` as YAML's `\U0001f600`: one character beyond 16 bits."""

    def replaced(match: re.Match[str]) -> str:
        if match[1]:
            return match[1]
        high, low = int(match[2], 16), int(match[3], 16)
        return f"\\U{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):08x}"

    return _SURROGATES.sub(replaced, text)


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Writes YAML that means the same by the rules of YAML 1.1 and 1.2."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


for _kind, _form in (("bool", BOOLEAN), ("int", INTEGER), ("float", NUMBER), ("float", SPECIAL)):
    # Text that looks like one of these by either version's rules gets quotes.
    _Dumper.add_implicit_resolver(_TAG + _kind, re.compile(rf"(?:{_form.pattern})$"), None)


def dump(plain: Any) -> str:
    """Return plain data as YAML."""
    return str(
        yaml.dump(
            plain,
            Dumper=_Dumper,
            sort_keys=False,
            allow_unicode=True,
            default_flow_style=None,  # the innermost mappings and lists go on one line
            width=100,
        )
    )
