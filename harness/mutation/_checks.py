"""Where the checks are in the source, and the source without one of them."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[2]

_ASSETS: Final = ROOT / "src" / "frequenz" / "client" / "assets"

SOURCES: Final = (
    *(
        _ASSETS / "_wire" / f"{name}.py"
        for name in (
            "area",
            "component",
            "eic",
            "findings",
            "kinds",
            "lists",
            "market",
            "microgrid",
            "sensor",
            "time",
        )
    ),
    _ASSETS / "inventory" / "_check.py",
    _ASSETS / "inventory" / "_graph.py",
)
"""The files that hold checks."""

_LISTS_OF_FAULTS: Final = {"found", "faults", "more"}
"""What the checks call the list that they add to."""


class Check(NamedTuple):
    """A statement that finds something, or hands on what was found."""

    source: Path
    line: int
    text: str
    mutant: str
    """The text of the file without the statement."""

    def __str__(self) -> str:
        return f"{self.source.relative_to(ROOT)}:{self.line}: {self.text}"


def checks() -> Iterator[Check]:
    """Give every check of the source."""
    for source in SOURCES:
        text = source.read_text(encoding="utf-8")
        for statement in ast.walk(ast.parse(text)):
            if isinstance(statement, ast.stmt) and (instead := _instead(statement)) is not None:
                yield Check(
                    source,
                    statement.lineno,
                    ast.unparse(statement).partition("\n")[0],
                    _replaced(text, statement, instead),
                )


def _instead(statement: ast.stmt) -> str | None:
    """Return what stands for a check when it is deleted; None for what is no check."""
    match statement:
        case ast.Expr(value=ast.Yield() | ast.YieldFrom()):
            return "yield from ()"
        case ast.Expr(value=ast.Call() as call) if _finds(call):
            return "pass"
        case ast.AugAssign(target=ast.Name(id=name)) if name in _LISTS_OF_FAULTS:
            return "pass"
        case ast.Return(value=ast.Call(func=ast.Attribute(attr="at"))):
            return "return None"
        case ast.Return(value=ast.Tuple() as faults) if _names_rule(faults):
            return "return ()"
    return None


def _finds(call: ast.Call) -> bool:
    """Return whether a call adds to a list of faults, or is given one to add to."""
    if isinstance(call.func, ast.Attribute) and call.func.attr in {"append", "insert"}:
        return True
    return any(isinstance(it, ast.Name) and it.id in _LISTS_OF_FAULTS for it in call.args)


def _names_rule(part: ast.AST) -> bool:
    return any(isinstance(it, ast.Name) and it.id == "Rule" for it in ast.walk(part))


def _replaced(text: str, statement: ast.stmt, instead: str) -> str:
    lines = text.splitlines(keepends=True)
    first, last = statement.lineno - 1, statement.end_lineno or statement.lineno
    indent = lines[first][: statement.col_offset]
    return "".join((*lines[:first], f"{indent}{instead}\n", *lines[last:]))
