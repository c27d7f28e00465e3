"""The hash of the code that a notebook's results depend on.

Snakemake reruns a rule when its parameters change. With this hash among them, a changed metric evaluates again but does
not train again, because :mod:`paperlib.training.trainer` knows no metric; and a comment, a docstring or a notebook's stored output
changes nothing.
"""

import ast
from collections.abc import Collection
from pathlib import Path

import nbformat

from paperlib.core import paths
from paperlib.core.errors import DataError
from paperlib.core.files import digest

# Modules that move values about and cannot change one; a configuration's values are parameters themselves.
PLUMBING = {f"core.{name}" for name in ("config", "errors", "files", "fingerprint", "paths", "records")} | {"workflow"}


def code_hash(notebook: Path, display_only: Collection[str] = ()) -> str:
    """Hash of the notebook's code cells, and of every module of this package that they import, directly or not.

    Only what runs counts: comments, docstrings and layout do not. The ``parameters`` cell is left out: its values are
    replaced; so are the modules ``display_only``, which only show what the notebook has made. Returns 16 hex digits.
    Raises DataError where there is no such notebook.
    """
    if not notebook.is_file():
        raise DataError(f"{paths.display(notebook)}: no such notebook")
    cells = nbformat.read(notebook, as_version=4).cells  # type: ignore[no-untyped-call]
    code = [c for c in cells if c.cell_type == "code" and "parameters" not in c.metadata.get("tags", ())]
    trees = [_parse(_without_magics(cell.source)) for cell in code]
    modules: dict[str, str] = {}
    for tree in trees:
        _follow(tree, modules, PLUMBING | set(display_only))
    return digest([[ast.dump(tree) for tree in trees], sorted(modules.items())])


def modules_hash(*names: str) -> str:
    """Hash of modules of this package and of all that they import: what their results depend on. 16 hex digits."""
    modules: dict[str, str] = {}
    _follow(ast.parse("\n".join(f"import paperlib.{name}" for name in names)), modules, PLUMBING)
    return digest(sorted(modules.items()))


def _follow(tree: ast.Module, modules: dict[str, str], without: Collection[str]) -> None:
    """Adds to ``modules``, by path, what ``tree`` imports from this package, and what that imports."""
    for name in sorted(name for name in _imported(tree) if not _below(name, without)):
        for path in _files(name):
            key = str(path.relative_to(paths.ROOT))
            if key in modules:
                continue
            inner = _parse(path.read_text(encoding="utf-8"))
            modules[key] = ast.dump(inner)
            _follow(inner, modules, without)


def _below(name: str, rooms: Collection[str]) -> bool:
    """Whether a module is one of ``rooms`` or lies in one."""
    return any(name == room or name.startswith(f"{room}.") for room in rooms)


def _imported(tree: ast.Module) -> set[str]:
    """Dotted names below ``paperlib`` that may be modules."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    names = [name.split(".")[1:] for name in found if name.startswith("paperlib.")]
    # A package runs before its module.
    return {".".join(name[:end]) for name in names for end in range(1, len(name) + 1)}


def _files(name: str) -> list[Path]:
    """The module's file, or what a package runs; nothing where the name is a function or a class."""
    stem = paths.ROOT / "paperlib" / name.replace(".", "/")
    return [path for path in (stem.with_suffix(".py"), stem / "__init__.py") if path.is_file()]


def _without_magics(source: str) -> str:
    """A cell's source with IPython's magics and shell lines, which are not Python, taken out."""
    return "\n".join("pass" if line.startswith(("%", "!")) else line for line in source.splitlines())


def _parse(source: str) -> ast.Module:
    """The syntax tree without docstrings."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and ast.get_docstring(
            node, clean=False
        ):
            node.body = node.body[1:]
    return tree
