"""YAML text to a tree with places, and plain data to YAML: all that needs PyYAML."""

import re
from typing import Any, Final

import yaml

from ._nodes import BOOLEAN, INTEGER, NUMBER, SPECIAL, START, Entries, Items, Place, Problems, Raw
from ._tree import Builder, Unreadable, check_characters, place_at

_Loader: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG: Final = "tag:yaml.org,2002:"


def parse(text: str, problems: Problems) -> Raw | None:
    """Return the root of a file's tree, or None with a problem where the syntax is wrong."""
    builder = Builder(problems)
    try:
        check_characters(text, builder)
        _build(text, builder)
        if builder.root is None:
            raise builder.refuse(START, "the file is empty; expected a mapping")
    except Unreadable:
        return None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reasons = ", ".join(filter(None, (error.context, error.problem)))
        problems.add(_place(mark) if mark else START, "", f"not YAML: {reasons}")
        return None
    except yaml.reader.ReaderError as error:
        # PyYAML's parser in C counts bytes.
        before = text.encode()[: error.position].decode(errors="ignore")
        problems.add(place_at(text, len(before)), "", f"not YAML: {error.reason}")
        return None
    return builder.root


def _build(text: str, builder: Builder) -> None:
    """Build the tree event by event: PyYAML's own tree is built by recursion."""
    anchored: dict[str | None, Raw] = {}  # None: those without an anchor, to no use
    documents = 0
    for event in yaml.parse(text, _Loader):
        place = _place(event.start_mark)
        raw: Raw
        match event:
            case yaml.DocumentStartEvent():
                documents += 1
                if documents > 1:
                    raise builder.refuse(place, "expected one document, got another one")
            case yaml.AliasEvent():
                if event.anchor not in anchored:
                    raise builder.refuse(place, f"not YAML: there is no anchor {event.anchor}")
                builder.add(anchored[event.anchor])
            case yaml.ScalarEvent():
                is_quoted = bool(event.style) or event.tag == f"{_TAG}str"
                raw = builder.scalar(place, event.value, is_quoted=is_quoted)
                anchored[event.anchor] = raw
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                is_list = isinstance(event, yaml.SequenceStartEvent)
                raw = Items(place, []) if is_list else Entries(place, [])
                builder.open(raw)
                anchored[event.anchor] = raw
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                builder.close()


def _place(mark: Any) -> Place:
    return Place(mark.line + 1, mark.column + 1)


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
