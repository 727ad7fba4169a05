"""Write the types of the blocking client, from the source of the asynchronous one.

    python scripts/write_blocking.py src/frequenz/client/assets/blocking.pyi

A test compares that file with the code: run this when a method has changed.
"""

import argparse
import ast
import inspect
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from frequenz.client.base.client import BaseApiClient

from frequenz.client.assets import _client
from frequenz.client.assets._blocking import blocking_text

_HEAD: Final = '''\
# Written by scripts/write_blocking.py; do not edit.
"""The client for scripts and notebooks: plain `with`, plain calls."""

'''

_STUB_PATH: Final = str(Path(_client.__file__).with_name("blocking.pyi"))
"""Where ruff finds the settings of the project."""

_DOCS: Final = {
    "server_url": "The URL of the server.",
    "channel_defaults": "The defaults of the URL's parameters, as they were given.",
    "is_connected": "Whether the client has a channel.",
    "disconnect": "Close the channel; calls in flight raise ClientDisconnected.",
    "__aenter__": "Connect if necessary.",
}
"""The docstrings of what the client inherits."""

_RENAMED: Final = {"__aenter__": "__enter__", "__aexit__": "__exit__"}
_ONLY_ASYNCHRONOUS: Final = ("channel", "stub")


def stub() -> str:
    """Return the text of the file."""
    source = ast.parse(inspect.getsource(_client))
    base = ast.parse(textwrap.dedent(inspect.getsource(BaseApiClient)))
    members = {member.name: member for member in _members(base, _DOCS)}
    members |= {member.name: member for member in _members(source)}
    (cls,) = ast.parse("class AssetsApiClient: ...").body
    assert isinstance(cls, ast.ClassDef)
    doc = blocking_text(_client.AssetsApiClient.__doc__ or "")
    cls.body = [ast.Expr(ast.Constant(doc)), *members.values()]
    names = ast.parse("__all__ = ['AssetsApiClient']").body
    code = ast.Module([*_imports(source, cls), cls, *names], [])
    text = _HEAD + ast.unparse(ast.fix_missing_locations(code))
    unquoted = _ruff(text, "check", "--quiet", "--fix", "--select", "I,UP037")
    return _ruff(unquoted, "format")


def _ruff(text: str, *arguments: str) -> str:
    command = [sys.executable, "-m", "ruff", *arguments, "--stdin-filename", _STUB_PATH, "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


def _members(tree: ast.Module, docs: Mapping[str, str] | None = None) -> Iterator[ast.FunctionDef]:
    """Yield the public members of the class of a client, without their bodies.

    Args:
        tree: The module of the class.
        docs: By name, other docstrings than those in the source.
    """
    (cls,) = (
        node
        for node in tree.body
        if isinstance(node, ast.ClassDef) and node.name.endswith("ApiClient")
    )
    for node in cls.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        name = _RENAMED.get(node.name, node.name)
        is_public = not name.startswith("_") or name in ("__init__", *_RENAMED.values())
        if not is_public or name in _ONLY_ASYNCHRONOUS:
            continue
        doc = docs.get(node.name, "") if docs else ast.get_docstring(node, clean=True) or ""
        node.args.defaults = [_default(value) for value in node.args.defaults]
        node.args.kw_defaults = [value and _default(value) for value in node.args.kw_defaults]
        if name == "__exit__":
            node.returns = ast.Constant(None)
        yield _function(node, name, ast.Expr(ast.Constant(_indented(blocking_text(doc)))))


def _indented(doc: str) -> str:
    text = textwrap.indent(doc, " " * 8).strip()
    return f"{text}\n{' ' * 8}" if "\n" in text else text


def _default(value: ast.expr) -> ast.expr:
    """Return a default as it is, or `...` for an object that has a name in the module."""
    return ast.Constant(...) if isinstance(value, ast.Name) else value


def _imports(source: ast.Module, cls: ast.ClassDef) -> Iterator[ast.stmt]:
    """Yield the imports of the names that the class uses."""
    code = ast.unparse(ast.fix_missing_locations(_without_docstrings(cls)))
    for node in ast.walk(source):
        if isinstance(node, ast.ImportFrom):
            names = [alias for alias in node.names if _is_used(alias.name, code)]
            if names:
                yield ast.ImportFrom(node.module, names, node.level)


def _without_docstrings(cls: ast.ClassDef) -> ast.Module:
    functions = [node for node in cls.body if isinstance(node, ast.FunctionDef)]
    return ast.Module([_function(node, node.name, ast.Pass()) for node in functions], [])


def _function(
    like: ast.FunctionDef | ast.AsyncFunctionDef, name: str, statement: ast.stmt
) -> ast.FunctionDef:
    """Return a plain function with the parameters and the result of another one."""
    (made,) = ast.parse(f"def {name}(): ...").body
    assert isinstance(made, ast.FunctionDef)
    made.args, made.decorator_list, made.returns = like.args, like.decorator_list, like.returns
    made.body = [statement]
    return made


def _is_used(name: str, code: str) -> bool:
    return re.search(rf"\b{name}\b", code) is not None


def main() -> None:
    """Write the file that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.parse_args().output.write_text(stub(), encoding="utf-8")


if __name__ == "__main__":
    main()
