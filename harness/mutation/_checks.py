"""The checks in the source, and the source without one of them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from ..shared.paths import ROOT

_ASSETS: Final = ROOT / "src" / "frequenz" / "client" / "assets"

_RULE: Final = re.compile(r"\bRule\.[A-Z]")
_FAULTS: Final = re.compile(r"\bFault\b")
"""In the annotation of a list of faults."""


class Check(NamedTuple):
    """A statement that finds a fault, or passes one on."""

    source: Path
    line: int
    text: str
    mutant: str
    """The text of the file without the statement."""

    def __str__(self) -> str:
        return f"{self.source.relative_to(ROOT)}:{self.line}: {self.text}"


def sources() -> Iterator[Path]:
    """Yield the modules that find faults: those that name rules, without the package of rules."""
    for module in sorted(_ASSETS.rglob("*.py")):
        if module.parent.name != "findings" and _RULE.search(module.read_text(encoding="utf-8")):
            yield module


def all_checks() -> Iterator[Check]:
    """Yield every check of the source."""
    for source in sources():
        text = source.read_text(encoding="utf-8")
        tree = ast.parse(text)
        faults = _fault_lists(tree)
        for statement in ast.walk(tree):
            if isinstance(statement, ast.stmt) and (replacement := _replacement(statement, faults)):
                yield Check(
                    source,
                    statement.lineno,
                    ast.unparse(statement).partition("\n")[0],
                    _replaced(text, statement, replacement),
                )


def _fault_lists(tree: ast.AST) -> set[str]:
    """Return the names that are annotated as lists of faults."""
    names = set()
    for node in ast.walk(tree):
        match node:
            case ast.arg(arg=name, annotation=ast.expr() as annotation):
                pass
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation):
                pass
            case _:
                continue
        if _FAULTS.search(ast.unparse(annotation)):
            names.add(name)
    return names


def _replacement(statement: ast.stmt, faults: set[str]) -> str | None:
    """Return the statement that replaces a check; None for other statements."""
    match statement:
        case ast.Expr(value=ast.Yield(value=ast.expr()) | ast.YieldFrom()):
            return "yield from ()"
        case ast.Expr(value=ast.Call() as call) if _adds_faults(call, faults):
            return "pass"
        case ast.AugAssign(target=ast.Name(id=name)) if name in faults:
            return "pass"
        case ast.Return(value=ast.Call(func=ast.Attribute(attr="at"))):
            return "return None"
        case ast.Return(value=ast.Tuple() as value) if _names_rule(value):
            return "return ()"
    return None


def _adds_faults(call: ast.Call, faults: set[str]) -> bool:
    """Return whether a call appends to a list, or gets a list of faults to add to."""
    if isinstance(call.func, ast.Attribute) and call.func.attr in {"append", "insert"}:
        return True
    return any(isinstance(argument, ast.Name) and argument.id in faults for argument in call.args)


def _names_rule(part: ast.AST) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "Rule" for node in ast.walk(part))


def _replaced(text: str, statement: ast.stmt, replacement: str) -> str:
    lines = text.splitlines(keepends=True)
    first, last = statement.lineno - 1, statement.end_lineno or statement.lineno
    indent = lines[first][: statement.col_offset]
    return "".join((*lines[:first], f"{indent}{replacement}\n", *lines[last:]))
