"""The course of the story: its notebooks, how they are edited and saved, and what is in folders."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import random
import shutil
import tarfile
from pathlib import Path
from typing import Any

_SAMPLE = "ipython-in-depth.tar.xz"


def write_course(folder: Path) -> str:
    """Put a course of notebooks into a new folder; return where it came from.

    It is the sample course where there is one (in `$HUBSHARE_SAMPLES`, or beside the project), else one that is made up.
    """
    beside = Path(__file__).resolve().parents[2] / "shared" / "samples"
    sample = Path(os.environ.get("HUBSHARE_SAMPLES") or beside) / _SAMPLE
    if sample.is_file():
        with tarfile.open(sample) as archive:
            archive.extractall(folder, filter="data")
        return "a real one, IPython in depth"
    _make_up(folder)
    return "made up"


def _make_up(folder: Path) -> None:
    """Notebooks with outputs in folders with spaces in their names, images, and one large array; always the same."""
    made = random.Random(1)  # noqa: S311 – no secret
    for part in (
        "Notebook Basics",
        "IPython Kernel",
        "Interactive Widgets",
        "Parallel Computing",
        "Customization",
    ):
        (folder / part / "images").mkdir(parents=True)
        for number in range(12):
            image = base64.b64encode(made.randbytes(9_000)).decode()
            output = {"output_type": "display_data", "metadata": {}, "data": {"image/png": image}}
            code = {"cell_type": "code", "execution_count": number, "metadata": {}, "outputs": [output]}
            cells = [_markdown(f"# {part}, part {number}"), code | {"source": [f"plot({number})"]}]
            path = folder / part / f"Lesson {number + 1}.ipynb"
            path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}, indent=1))
        (folder / part / "images" / "figure.png").write_bytes(made.randbytes(50_000))
    (folder / "README.md").write_text("# A course\n")
    (folder / "array.npy").write_bytes(made.randbytes(3_000_000))


def _markdown(words: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": [words]}


def editable(folder: Path) -> list[str]:
    """The notebooks of a folder that have cells, in an order that mixes its folders but is always the same."""
    found = []
    for path in sorted(folder.rglob("*.ipynb")):
        if isinstance(json.loads(path.read_bytes()).get("cells"), list):
            found.append(path.relative_to(folder).as_posix())
    random.Random(2).shuffle(found)  # noqa: S311 – no secret
    return found


def edit(path: Path, words: str) -> None:
    """Add a cell to a notebook, and save it as Jupyter does: not by a rename."""
    notebook = json.loads(path.read_bytes())
    notebook["cells"].append(_markdown(words))
    save(path, json.dumps(notebook, indent=1, ensure_ascii=False).encode())


def save(path: Path, content: bytes) -> None:
    """Copy the old file aside, write in place, flush, remove the copy."""
    aside = path.with_name(f".~{path.name}")
    if path.exists():
        shutil.copy2(path, aside)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.unlink(missing_ok=True)


def text(path: Path) -> str:
    """The words of a file; "" where there is none."""
    return path.read_text(encoding="utf-8") if path.exists() else ""


def files(folder: Path) -> dict[str, bytes]:
    """All files below a folder with their content, without those that a save or a download has aside for a moment."""
    found: dict[str, bytes] = {}
    for parent, _, names in os.walk(folder):
        for name in names:
            if not name.startswith((".~", ".hubshare-")):
                path = Path(parent, name)
                with contextlib.suppress(FileNotFoundError):
                    found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found


def size(folder: Path) -> int:
    """Bytes in all files below a folder."""
    return sum(map(len, files(folder).values()))
