"""Write the types of `blocking`, from the source of the asynchronous client and of `fleet`.

    python scripts/write_blocking.py src/frequenz/client/assets/blocking.pyi

A test compares that file with the code: run this when a method or a function has changed.
"""

import argparse
import ast
import inspect
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping
from importlib.util import resolve_name
from pathlib import Path
from types import ModuleType
from typing import Final

from frequenz.client.base.client import BaseApiClient

from frequenz.client.assets import _client, blocking, fleet
from frequenz.client.assets._blocking import ONLY_ASYNCHRONOUS, blocking_text

_HEAD: Final = '''\
# Written by scripts/write_blocking.py; do not edit.
"""The client and the functions of `fleet` for scripts and notebooks: plain `with`, plain calls."""

'''

_PACKAGE: Final = "frequenz.client.assets"
_CLASS: Final = "AssetsApiClient"

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


def stub() -> str:
    """Return the text of the file."""
    imports: list[ast.stmt] = []
    definitions: list[ast.stmt] = []
    for name in blocking.__all__:
        module, made = _blocking_class() if name == _CLASS else _blocking_function(name)
        imports += _imports(module, _without_docstrings(made))
        definitions.append(made)
    names = ast.parse(f"__all__ = {blocking.__all__!r}").body
    code = ast.Module([*imports, *definitions, *names], [])
    text = _HEAD + ast.unparse(ast.fix_missing_locations(code))
    # F821: a name that is neither imported nor built in is an error.
    checked = _ruff(text, "check", "--quiet", "--fix", "--select", "I,UP037,UP043,F821")
    return _ruff(checked, "format")


def _blocking_class() -> tuple[ModuleType, ast.ClassDef]:
    """Return the module of the asynchronous client, and the class of the blocking one."""
    source = ast.parse(inspect.getsource(_client))
    base = ast.parse(textwrap.dedent(inspect.getsource(BaseApiClient)))
    members = {member.name: member for member in _members(base, _DOCS)}
    members |= {member.name: member for member in _members(source)}
    (cls,) = ast.parse(f"class {_CLASS}: ...").body
    assert isinstance(cls, ast.ClassDef)
    doc = blocking_text(_client.AssetsApiClient.__doc__ or "")
    cls.body = [ast.Expr(ast.Constant(doc)), *members.values()]
    return _client, cls


def _blocking_function(name: str) -> tuple[ModuleType, ast.FunctionDef]:
    """Return the module of a function of `fleet`, and the blocking version of the function."""
    function = getattr(fleet, name)
    (node,) = ast.parse(inspect.getsource(function)).body
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    doc = ast.get_docstring(node, clean=True) or ""
    return sys.modules[function.__module__], _blocking_version(node, name, doc, indent=4)


def _ruff(text: str, *arguments: str) -> str:
    command = [sys.executable, "-m", "ruff", *arguments, "--stdin-filename", _STUB_PATH, "-"]
    return subprocess.run(command, input=text, stdout=subprocess.PIPE, text=True, check=True).stdout


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
        if not is_public or name in ONLY_ASYNCHRONOUS:
            continue
        doc = docs.get(node.name, "") if docs else ast.get_docstring(node, clean=True) or ""
        made = _blocking_version(node, name, doc, indent=8)
        if name == "__exit__":
            made.returns = ast.Constant(None)
        yield made


def _blocking_version(
    node: ast.FunctionDef | ast.AsyncFunctionDef, name: str, doc: str, *, indent: int
) -> ast.FunctionDef:
    """Return a function as it is when it blocks, without its body."""
    node.args.defaults = [_default(value) for value in node.args.defaults]
    node.args.kw_defaults = [value and _default(value) for value in node.args.kw_defaults]
    if node.returns is not None:
        node.returns = _PlainIterators().visit(node.returns)
    return _function(node, name, ast.Expr(ast.Constant(_indented(blocking_text(doc), indent))))


class _PlainIterators(ast.NodeTransformer):
    """Replaces types of asynchronous iterators by those of plain ones."""

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        match node:
            case ast.Subscript(ast.Name("AsyncIterator"), item):
                return ast.Subscript(ast.Name("Iterator"), item)
            case ast.Subscript(ast.Name("AsyncGenerator"), ast.Tuple([item, sent])):
                types = ast.Tuple([item, sent, ast.Constant(None)])
                return ast.Subscript(ast.Name("Generator"), types)
        return node


def _indented(doc: str, indent: int) -> str:
    text = textwrap.indent(doc, " " * indent).strip()
    return f"{text}\n{' ' * indent}" if "\n" in text else text


def _default(value: ast.expr) -> ast.expr:
    """Return a default as it is, or `...` for an object that has a name in the module."""
    return ast.Constant(...) if isinstance(value, ast.Name) else value


def _imports(module: ModuleType, without_docstrings: ast.AST) -> Iterator[ast.stmt]:
    """Yield the imports of the names that some code uses, as its module has or imports them."""
    code = ast.unparse(ast.fix_missing_locations(without_docstrings))
    source = ast.parse(inspect.getsource(module))
    yield from _from("collections.abc", ["Generator", "Iterator"], code)
    for node in ast.walk(source):
        if isinstance(node, ast.Import):
            modules = [it for it in node.names if re.search(rf"\b{it.name}\b", code)]
            yield from [ast.Import(modules)] if modules else []
        if isinstance(node, ast.ImportFrom):
            name = "." * node.level + (node.module or "")
            names = [alias.name for alias in node.names if alias.name != _CLASS]
            yield from _from(resolve_name(name, module.__package__), names, code)
    own = [
        it.target.id
        for it in source.body
        if isinstance(it, ast.AnnAssign) and isinstance(it.target, ast.Name)
    ]
    own += [it.name for it in source.body if isinstance(it, ast.ClassDef) and it.name != _CLASS]
    yield from _from(module.__name__, own, code)


def _from(module: str, names: list[str], code: str) -> Iterator[ast.stmt]:
    """Yield the import of those names that some code uses."""
    if used := [name for name in names if re.search(rf"\b{name}\b", code)]:
        own = module.removeprefix(f"{_PACKAGE}.")
        level = 0 if own == module else 1
        yield ast.ImportFrom(own, [ast.alias(name) for name in used], level)


def _without_docstrings(made: ast.ClassDef | ast.FunctionDef) -> ast.Module:
    nodes = made.body if isinstance(made, ast.ClassDef) else [made]
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef)]
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


def main() -> None:
    """Write the file that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.parse_args().output.write_text(stub(), encoding="utf-8")


if __name__ == "__main__":
    main()
