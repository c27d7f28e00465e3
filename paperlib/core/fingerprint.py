"""Hashes of the code that a result depends on.

Snakemake reruns a rule when its parameters change, and the hash of the rule's notebook is one of them. A changed metric
therefore repeats the evaluation but not the training, as :mod:`paperlib.training.trainer` imports no metric; a changed
comment, docstring or stored output repeats nothing.
"""

import ast
from collections.abc import Collection
from functools import cache
from pathlib import Path

from paperlib.core import paths
from paperlib.core.errors import DataError
from paperlib.core.files import digest

# Modules that only pass values on and cannot change one; the values in a configuration are parameters themselves.
PLUMBING = {
    "workflow",
    *(f"core.{name}" for name in ("config", "errors", "files", "fingerprint", "paths", "provenance", "records")),
    "core.strict_model",
}


def code_hash(notebook: Path, display_only: Collection[str] = ()) -> str:
    """Hash over a notebook's code cells and all modules of this package that they import, directly or indirectly.

    Comments, docstrings and formatting do not count. Nor do the ``parameters`` cell, whose values are replaced, and the
    modules and packages in ``display_only`` (dotted names below ``paperlib``), which only display results.
    Returns 16 hex digits. Raises DataError if the notebook does not exist.
    """
    if not notebook.is_file():
        raise DataError(f"{paths.display(notebook)}: no such notebook")
    import nbformat  # which a hash of modules does not need

    cells = nbformat.read(notebook, as_version=4).cells  # type: ignore[no-untyped-call]
    code = [c for c in cells if c.cell_type == "code" and "parameters" not in c.metadata.get("tags", ())]
    trees = [_parse(_without_magics(cell.source)) for cell in code]
    modules: dict[str, str] = {}
    for tree in trees:
        _add(_imported(tree), modules, PLUMBING | set(display_only))
    return digest([[ast.dump(tree) for tree in trees], sorted(modules.items())])


def modules_hash(*names: str) -> str:
    """Hash over modules of this package and all modules of it that they import, directly or indirectly.

    ``names`` are dotted and relative to ``paperlib``, as in "evaluation.metrics". Returns 16 hex digits.
    """
    modules: dict[str, str] = {}
    _add(_imported(ast.parse("\n".join(f"import paperlib.{name}" for name in names))), modules, PLUMBING)
    return digest(sorted(modules.items()))


def _add(names: Collection[str], modules: dict[str, str], ignored: Collection[str]) -> None:
    """Adds to ``modules``, as syntax by path, those of this package that are named, and what they import."""
    for name in sorted(names):
        if any(name == other or name.startswith(f"{other}.") for other in ignored):
            continue
        stem = paths.ROOT / "paperlib" / name.replace(".", "/")
        for path in filter(Path.is_file, (stem.with_suffix(".py"), stem / "__init__.py")):
            key = str(path.relative_to(paths.ROOT))
            if key not in modules:
                modules[key], inner = _read(path, path.stat().st_mtime_ns)
                _add(inner, modules, ignored)


@cache
def _read(path: Path, _changed: int) -> tuple[str, frozenset[str]]:
    """The syntax of a module, and what it imports; read once for all notebooks, and again where it has changed."""
    tree = _parse(path.read_text(encoding="utf-8"))
    return ast.dump(tree), _imported(tree)


def _imported(tree: ast.Module) -> frozenset[str]:
    """Dotted names below ``paperlib`` that ``tree`` imports; some are functions or classes, not modules."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    names = [name.split(".")[1:] for name in found if name.startswith("paperlib.")]
    # Importing a module also runs the packages that contain it.
    return frozenset(".".join(name[:end]) for name in names for end in range(1, len(name) + 1))


def _without_magics(source: str) -> str:
    """The source of a cell without IPython magics and shell commands, which are not Python."""
    return "\n".join("pass" if line.startswith(("%", "!")) else line for line in source.splitlines())


def _parse(source: str) -> ast.Module:
    """The syntax tree of ``source`` without docstrings."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if ast.get_docstring(node, clean=False):
            node.body = node.body[1:]
    return tree
