"""Which parts of a cell are folded at first: hidden in JupyterLab and other notebooks, or left out of a book by its author."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

#: By tags of Jupyter Book and nbconvert; what these leave out of a book is folded here.
_CELL = frozenset({"hide-cell", "remove-cell"})
_SOURCE = frozenset({"hide-input", "remove-input"})
_OUTPUTS = frozenset({"hide-output", "remove-output", "remove-all-outputs"})
#: By metadata: of the classic Notebook and its extensions, Kaggle, and nteract.
_NAMED_SOURCE, _NAMED_OUTPUTS = (
    ("hide_input", "_kg_hide-input", "inputHidden"),
    ("collapsed", "_kg_hide-output", "outputHidden"),
)
#: What Quarto reads before the code.
_OPTION = re.compile(r"(?:#|//|--)\| *([\w-]+): *(\S+)[^\n]*(?:\n|$)")
_QUARTO = {
    "echo": ("false", "source"),
    "code-fold": ("true", "source"),
    "output": ("false", "outputs"),
    "include": ("false", ""),
}


def hidden(cell: Any) -> dict[str, bool]:
    """Which parts of a cell are folded at first, `source` and `outputs`."""
    metadata = cell.metadata
    jupyter, tags = metadata.get("jupyter"), metadata.get("tags")
    jupyter = jupyter if isinstance(jupyter, dict) else {}
    named = {str(tag).replace("_", "-") for tag in tags} if isinstance(tags, list) else set()
    said = _said_to_quarto(cell.source) if cell.cell_type == "code" else set()
    whole = bool(named & _CELL) or "" in said
    return {
        "source": whole
        or bool(named & _SOURCE or jupyter.get("source_hidden"))
        or any(metadata.get(name) for name in _NAMED_SOURCE)
        or metadata.get("cellView") == "form"
        or "source" in said,
        "outputs": whole
        or bool(named & _OUTPUTS or jupyter.get("outputs_hidden"))
        or any(metadata.get(name) for name in _NAMED_OUTPUTS)
        or "outputs" in said,
    }


def title(cell: Any) -> str:
    """What a folded source is called: its title in Colab's forms, else what it is."""
    if cell.cell_type != "code":
        return "Text"
    form: Mapping[str, Any] = cell.metadata
    found = re.match(r"#\s*@title[ \t]+([^\n{]{1,200})", cell.source) if form.get("cellView") == "form" else None
    return (found and found[1].strip()) or "Code"


def _said_to_quarto(source: str) -> set[str]:
    found, at = set[str](), 0
    while option := _OPTION.match(source, at):
        value, part = _QUARTO.get(option[1], ("", ""))
        if value and option[2].lower() == value:
            found.add(part)
        at = option.end()
    return found
