"""Conditions for committing a notebook, and the cleaning of its outputs.

nbval compares stored outputs on other machines, so they must not depend on one machine or run: they contain no
execution times, no output on stderr and no absolute paths.
"""

import re
from typing import Any

import nbformat

KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}
LANGUAGE = {"file_extension": ".py", "mimetype": "text/x-python", "name": "python", "pygments_lexer": "ipython3"}
MACHINE_PATH = re.compile(r"(?<![\w.:/~<-])/(?:home|root|Users|tmp|work|mnt|private|var|opt)/[\w.-]+")
IGNORED_TAGS = {"nbval-ignore-output", "nbval-skip"}
IGNORED_COMMENT = re.compile(r"^#\s*(NBVAL_IGNORE_OUTPUT|NBVAL_SKIP|PYTEST_VALIDATE_IGNORE_OUTPUT)", re.MULTILINE)
MAX_IGNORED, MAX_CELLS = 2, 25


def clean(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Removes execution metadata and stderr and joins adjacent pieces of stdout, in place; returns the notebook."""
    metadata = {"kernelspec": KERNELSPEC, "language_info": LANGUAGE}
    notebook.metadata = nbformat.from_dict(metadata)  # type: ignore[no-untyped-call]
    for cell in notebook.cells:
        kept = {key: cell.metadata[key] for key in ("tags",) if cell.metadata.get(key)}
        cell.metadata = nbformat.from_dict(kept)  # type: ignore[no-untyped-call]
        if cell.cell_type == "code":
            cell.outputs = _joined([output for output in cell.outputs if output.get("name") != "stderr"])
    return notebook


def problems(notebook: nbformat.NotebookNode) -> list[str]:
    """The reasons why a notebook is not fit to commit, if any, one sentence each."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    found = _layout(notebook, code)
    counts = [cell.execution_count for cell in code]
    if counts != list(range(1, len(code) + 1)):
        found.append(f"cells were not executed in order (execution counts {counts}); run `make notebooks`")
    for number, cell in enumerate(code, 1):
        found += [f"code cell {number}: {problem}" for problem in _cell(cell)]
    return found


def _layout(notebook: nbformat.NotebookNode, code: list[nbformat.NotebookNode]) -> list[str]:
    """Problems of cells and metadata of the notebook; ``code`` are its code cells."""
    found = []
    tagged = [cell for cell in code if "parameters" in cell.metadata.get("tags", ())]
    if len(tagged) != 1:
        found.append(f"{len(tagged)} code cells are tagged 'parameters', expected one")
    if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        found.append("the kernelspec is not python3")
    if notebook.metadata.get("language_info", {}).get("name") != "python":
        found.append("language_info is missing")
    if "papermill" in notebook.metadata:
        found.append("contains execution metadata; run `make notebooks`")
    if len(notebook.cells) > MAX_CELLS:
        found.append(f"{len(notebook.cells)} cells, expected at most {MAX_CELLS}")
    if (ignored := sum(map(_ignored, code))) > MAX_IGNORED:
        found.append(f"{ignored} cells are ignored by nbval, expected at most {MAX_IGNORED}")
    return found


def _cell(cell: nbformat.NotebookNode) -> list[str]:
    """Problems of one code cell and its outputs."""
    found = []
    if {"execution", "papermill"} & set(cell.metadata):
        found.append("contains execution times; run `make notebooks`")
    for output in cell.outputs:
        if output.output_type == "error":
            found.append(f"ended in {output.ename}: {output.evalue}")
        if output.get("name") == "stderr":
            found.append("has output on stderr; run `make notebooks`")
        if path := MACHINE_PATH.search(_text(output)):
            found.append(
                f"contains {path.group()!r}, a path on one machine; print it through paperlib.core.paths.display"
            )
    return found


def _ignored(cell: nbformat.NotebookNode) -> bool:
    return bool(IGNORED_TAGS & set(cell.metadata.get("tags", ())) or IGNORED_COMMENT.search(cell.source))


def _text(output: Any) -> str:
    """The visible text of an output, without images."""
    texts = [value for kind, value in output.get("data", {}).items() if kind.startswith("text/")]
    return "\n".join("".join(piece) for piece in (*texts, output.get("text", "")))


def _joined(outputs: list[Any]) -> list[Any]:
    """Joins adjacent pieces of stdout, as the number of pieces depends on timing."""
    joined: list[Any] = []
    for output in outputs:
        if joined and output.output_type == "stream" == joined[-1].output_type:
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined
